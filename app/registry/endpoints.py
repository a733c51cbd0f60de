"""The read side of the registry; no account needed."""

from collections.abc import Callable
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from app.db import SessionDep
from app.errors import Gone, InvalidCursor, InvalidRequest, problems
from app.kit.clock import today
from app.kit.i18n import LangDep
from app.kit.pagination import Page
from app.registry import params, schemas, scope_usecases, usecases
from app.registry.errors import (
    AccreditationNotFound,
    PlatformNotFound,
    ScopeLineNotFound,
    ServiceNotFound,
)
from app.registry.reading import Reader
from app.vocabulary.names import NamesDep

router = APIRouter(tags=["registry"])

ReaderOn = Callable[[date | None], Reader]


async def reader_of_request(names: NamesDep, lang: LangDep) -> ReaderOn:
    """FastAPI dependency: make a reader for a day (None: today) with labels in the language asked."""
    return lambda on_date: Reader(names=names, lang=lang, on_date=on_date or today())


ReaderDep = Annotated[ReaderOn, Depends(reader_of_request)]


@router.get(
    "/platforms", summary="列出平台 List platforms", responses=problems(InvalidRequest, InvalidCursor)
)
async def list_platforms(
    session: SessionDep, reader: ReaderDep, asked: Annotated[params.PlatformFilters, Query()]
) -> Page[schemas.PlatformListed]:
    """Pilot platforms and verification centres, page by page. Values of one filter are joined by "or"."""
    return await usecases.list_platforms(session, reader(None), asked)


@router.get(
    "/platforms/{platform_id}", summary="平台详情 Get a platform", responses=problems(PlatformNotFound, Gone)
)
async def get_platform(
    session: SessionDep,
    reader: ReaderDep,
    platform_id: params.Key,
    asked: Annotated[params.DateParams, Query()],
) -> schemas.PlatformRead:
    """A platform by id or slug, with what it offers and what its accreditations are worth on a day.

    One that is retired is answered with 410, naming its `successor` when there is one; so are its services,
    accreditations and scope lines. One that is suspended on the day says so.
    """
    return await usecases.get_platform(session, reader(asked.on_date), platform_id)


@router.get(
    "/platforms/{platform_id}/scope-lines",
    summary="平台的能力范围 List the scope lines of a platform",
    responses=problems(PlatformNotFound, Gone, InvalidRequest, InvalidCursor),
)
async def list_scope_lines_of_platform(
    session: SessionDep,
    reader: ReaderDep,
    platform_id: params.Key,
    asked: Annotated[params.ScopeLinesOfPlatform, Query()],
) -> Page[schemas.ScopeLineRead]:
    """Every line of the scopes of a platform, also of accreditations that are not valid on the day."""
    return await scope_usecases.scope_lines_of_platform(session, reader(asked.on_date), platform_id, asked)


@router.get("/services", summary="列出服务 List services", responses=problems(InvalidRequest, InvalidCursor))
async def list_services(
    session: SessionDep, reader: ReaderDep, asked: Annotated[params.ServiceFilters, Query()]
) -> Page[schemas.ServiceListed]:
    """Services of all platforms, page by page. For words, orders and facets use `/v1/search`."""
    return await usecases.list_services(session, reader(None), asked)


@router.get(
    "/services/{service_id}", summary="服务详情 Get a service", responses=problems(ServiceNotFound, Gone)
)
async def get_service(session: SessionDep, reader: ReaderDep, service_id: params.Key) -> schemas.ServiceRead:
    """A service by id or slug, with what it says it can do. Only scope lines say what it may do."""
    return await usecases.get_service(session, reader(None), service_id)


@router.get(
    "/accreditations/{accreditation_id}",
    summary="资质详情 Get an accreditation",
    responses=problems(AccreditationNotFound, Gone),
)
async def get_accreditation(
    session: SessionDep,
    reader: ReaderDep,
    accreditation_id: params.Key,
    asked: Annotated[params.DateParams, Query()],
) -> schemas.AccreditationRead:
    """An accreditation by id or slug, and what it is worth on a day."""
    return await usecases.get_accreditation(session, reader(asked.on_date), accreditation_id)


@router.get(
    "/scope-lines",
    summary="反向目录：谁可以做这项试验 Find who may do a test",
    responses=problems(InvalidRequest, InvalidCursor),
)
async def list_scope_lines(
    session: SessionDep, reader: ReaderDep, asked: Annotated[params.ScopeLineQuery, Query()]
) -> Page[schemas.ScopeLineRead]:
    """The reverse directory: who may do this test, on that day, at that value.

    Only lines that stand on the day under an accreditation granted and valid then. With a value, only lines
    whose range covers it.
    """
    return await scope_usecases.find_scope_lines(session, reader(asked.on_date), asked)


@router.get(
    "/scope-lines/{line_id}",
    summary="能力范围详情 Get a scope line",
    responses=problems(ScopeLineNotFound, Gone),
)
async def get_scope_line(
    session: SessionDep,
    reader: ReaderDep,
    line_id: params.LineId,
    asked: Annotated[params.DateParams, Query()],
) -> schemas.ScopeLineRead:
    """A scope line with its accreditation, and what that is worth on a day."""
    return await scope_usecases.get_scope_line(session, reader(asked.on_date), line_id)
