"""Releases: issued by departments, read by everybody. Who may call what stands in app/releases/policy.py."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response

from app.auth.principal import PrincipalDep
from app.db import SessionDep
from app.errors import InvalidCursor, InvalidRequest, problems
from app.idempotency import IdempotentRoute
from app.kit.etag import is_known, quoted
from app.kit.pagination import Page
from app.membership.endpoints import names_first
from app.models import CatalogueRelease
from app.registry.params import MAX_INTEGER
from app.releases import schemas, usecases
from app.releases.documents import ReleaseListed, ReleaseRead
from app.releases.errors import NotCompetent, ReleaseNotFound
from app.releases.page import page_of
from app.releases.usecases import Stored
from app.releases.workbook import workbook_of
from app.vocabulary.names import NamesDep

router = APIRouter(tags=["releases"], route_class=IdempotentRoute)

JSON = "application/json"
NDJSON = "application/x-ndjson"
HTML = "text/html"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_IMMUTABLE = "public, max-age=31536000, immutable"
# The newest may be another one at any time.
_NEWEST = "public, no-cache"
_NO_SCRIPTS = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
_TEXT = {"schema": {"type": "string"}}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "未修改：If-None-Match 就是它的 ETag Not modified: If-None-Match names its ETag"}
}

Edition = Annotated[int, Path(ge=1, le=MAX_INTEGER, description="number of the edition", examples=[1])]
OtherEdition = Annotated[
    int, Path(ge=1, le=MAX_INTEGER, description="number of the edition it is compared with", examples=[2])
]
IfNoneMatch = Annotated[
    str | None, Header(description="`ETag` of what one has: 304 without a body when it is still that")
]
Render = Callable[[Stored], bytes]


@router.post(
    "/catalogue-releases",
    status_code=201,
    summary="发布服务资源目录清单 Issue a release of the catalogue",
    responses=problems(InvalidRequest, NotCompetent),
    dependencies=[Depends(names_first)],
)
async def create_catalogue_release(
    *,
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    names: NamesDep,
    body: schemas.ReleaseCreate,
    response: Response,
) -> ReleaseListed:
    """Freeze what is published now as the next edition (服务资源目录清单), for ever.

    A publisher of the province releases for all of it, one of a city for that city; only kinds of platform that the
    own department decides about. Demo entries, entries not known to lie in the province and suspended platforms are
    left out.
    """
    now = request.app.state.clock()
    release = await usecases.create_release(session, principal, names, body, now=now)
    response.headers["Location"] = f"/v1/catalogue-releases/{release.edition}"
    response.headers["ETag"] = quoted(release.content_hash)
    return release


@router.get(
    "/catalogue-releases",
    summary="目录清单各期 List releases of the catalogue",
    responses=problems(InvalidRequest, InvalidCursor),
)
async def list_catalogue_releases(
    session: SessionDep, asked: Annotated[schemas.ReleasesAsked, Query()]
) -> Page[ReleaseListed]:
    """All editions, the newest first, without their entries."""
    return await usecases.list_releases(session, asked)


@router.get(
    "/catalogue-releases/latest",
    summary="最新一期目录清单 Get the latest release",
    response_model=ReleaseRead,
    responses={**problems(ReleaseNotFound, InvalidRequest), **_UNCHANGED},
)
async def get_latest_catalogue_release(
    session: SessionDep,
    asked: Annotated[schemas.LatestAsked, Query()],
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The newest edition; `Content-Location` is its lasting address."""
    release = await usecases.get_latest(session, asked)
    response = await _answer(session, release, if_none_match, JSON, Stored.document)
    response.headers["Cache-Control"] = _NEWEST
    response.headers["Content-Location"] = f"/v1/catalogue-releases/{release.edition}"
    return response


@router.get(
    "/catalogue-releases/{edition}.xlsx",
    summary="目录清单工作簿 Download a release as a workbook",
    response_class=Response,
    responses={
        200: {"description": "a sheet for each field", "content": {XLSX: _BINARY}},
        **problems(ReleaseNotFound, InvalidRequest),
        **_UNCHANGED,
    },
)
async def get_catalogue_release_workbook(
    session: SessionDep, edition: Edition, if_none_match: IfNoneMatch = None
) -> Response:
    """A sheet for each field with a row for each service, and a sheet of contents."""
    release = await usecases.get_release(session, edition)
    response = await _answer(session, release, if_none_match, XLSX, lambda stored: workbook_of(_read(stored)))
    name = f"catalogue-release-{edition}.xlsx"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@router.get(
    "/catalogue-releases/{edition}.ndjson",
    summary="目录清单逐行数据 Get a release line by line",
    response_class=Response,
    responses={
        200: {"description": "an entry a line, as in `entries` of the JSON form", "content": {NDJSON: _TEXT}},
        **problems(ReleaseNotFound, InvalidRequest),
        **_UNCHANGED,
    },
)
async def get_catalogue_release_lines(
    session: SessionDep, edition: Edition, if_none_match: IfNoneMatch = None
) -> Response:
    """One platform a line, in the order of the release."""
    release = await usecases.get_release(session, edition)
    return await _answer(session, release, if_none_match, NDJSON, Stored.lines)


@router.get(
    "/catalogue-releases/{edition}.html",
    summary="目录清单打印页 Get a release to print",
    response_class=Response,
    responses={
        200: {"description": "a page for A4, without scripts", "content": {HTML: _TEXT}},
        **problems(ReleaseNotFound, InvalidRequest),
        **_UNCHANGED,
    },
)
async def get_catalogue_release_page(
    session: SessionDep, edition: Edition, if_none_match: IfNoneMatch = None
) -> Response:
    """Cover, contents and all entries by field, to print or to keep as PDF."""
    release = await usecases.get_release(session, edition)
    response = await _answer(session, release, if_none_match, HTML, lambda stored: page_of(_read(stored)))
    response.headers["Content-Security-Policy"] = _NO_SCRIPTS
    return response


@router.get(
    "/catalogue-releases/{edition}",
    summary="一期目录清单 Get a release",
    response_model=ReleaseRead,
    responses={**problems(ReleaseNotFound, InvalidRequest), **_UNCHANGED},
)
async def get_catalogue_release(
    session: SessionDep, edition: Edition, if_none_match: IfNoneMatch = None
) -> Response:
    """A whole edition as canonical JSON (RFC 8785): always the same bytes.

    `content_hash` is the SHA-256 of these bytes without that member; it is also the `ETag`.
    """
    release = await usecases.get_release(session, edition)
    return await _answer(session, release, if_none_match, JSON, Stored.document)


@router.get(
    "/catalogue-releases/{edition}/diff/{other_edition}",
    summary="两期目录清单的差异 Compare two releases",
    responses=problems(ReleaseNotFound, InvalidRequest),
)
async def diff_catalogue_releases(
    session: SessionDep, edition: Edition, other_edition: OtherEdition
) -> schemas.ReleaseDiff:
    """Platforms that the second has and the first has not, the other way round, and what changed field by field."""
    return await usecases.diff_releases(session, edition, other_edition)


def _read(stored: Stored) -> ReleaseRead:
    return ReleaseRead.model_validate_json(stored.document())


async def _answer(
    session: SessionDep, release: CatalogueRelease, if_none_match: str | None, media_type: str, render: Render
) -> Response:
    """Answer with one form of a release, made in a thread as it may be long, or with 304."""
    headers = {
        "ETag": quoted(release.content_hash),
        "Cache-Control": _IMMUTABLE,
        "X-Content-Type-Options": "nosniff",
    }
    if is_known(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    stored = await usecases.with_entries(session, release)
    content = await asyncio.to_thread(render, stored)
    return Response(content, media_type=media_type, headers=headers)
