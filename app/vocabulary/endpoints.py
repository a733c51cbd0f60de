"""The vocabularies over HTTP."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from app.db import SessionDep
from app.errors import problems
from app.kit.clock import today
from app.kit.i18n import LangDep
from app.kit.pagination import Page
from app.vocabulary import schemas, usecases
from app.vocabulary.errors import (
    FieldNotFound,
    RegionNotFound,
    RegionRetired,
    StandardNotFound,
    TermNotFound,
)
from app.vocabulary.names import NamesDep
from app.vocabulary.reading import Reader

router = APIRouter(tags=["vocabulary"])


async def _reader(names: NamesDep, lang: LangDep) -> Reader:
    return Reader(names, lang)


ReaderDep = Annotated[Reader, Depends(_reader)]
Code = Annotated[str, Path(min_length=1, max_length=64, description="code of the entry")]


@router.get("/fields", summary="List the industry fields")
async def list_fields(session: SessionDep, reader: ReaderDep) -> schemas.Listing[schemas.FieldRead]:
    """The 15 fields of the provincial plans and 其他, each with its sub-directions and other taxonomies."""
    return await usecases.list_fields(session, reader)


@router.get("/fields/{code}", summary="Read a field or a sub-direction", responses=problems(FieldNotFound))
async def get_field(session: SessionDep, reader: ReaderDep, code: Code) -> schemas.FieldRead:
    """A sub-direction names its field in `parent_code`."""
    return await usecases.get_field(session, reader, code)


@router.get("/regions", summary="List regions")
async def list_regions(
    session: SessionDep, reader: ReaderDep, asked: Annotated[schemas.RegionFilters, Query()]
) -> schemas.Listing[schemas.RegionRead]:
    """The province, its cities and counties by GB/T 2260 codes."""
    return await usecases.list_regions(session, reader, asked)


@router.get("/regions/{code}", summary="Read a region", responses=problems(RegionNotFound, RegionRetired))
async def get_region(session: SessionDep, reader: ReaderDep, code: Code) -> schemas.RegionRead:
    """An abolished code is answered with 410, naming its successors in `errors` and in the Link header."""
    return await usecases.get_region(session, reader, code)


@router.get("/service-functions", summary="List service functions by group")
async def list_service_functions(
    session: SessionDep, reader: ReaderDep, asked: Annotated[schemas.FunctionFilters, Query()]
) -> schemas.Listing[schemas.FunctionGroup]:
    """What a service can be for. Three groups are the provincial plans'; a code may stand in several groups."""
    return await usecases.list_functions(session, reader, asked.group)


@router.get("/capability-terms", summary="List capability terms")
async def list_capability_terms(
    session: SessionDep, reader: ReaderDep, asked: Annotated[schemas.TermFilters, Query()]
) -> Page[schemas.TermListed]:
    """Kinds of tests and work. `q` finds a part of any name or synonym, whatever its width, case and spaces."""
    return await usecases.list_terms(session, reader, asked)


@router.get("/capability-terms/{code}", summary="Read a capability term", responses=problems(TermNotFound))
async def get_capability_term(session: SessionDep, reader: ReaderDep, code: Code) -> schemas.TermRead:
    """With the standards that serve the term."""
    return await usecases.get_term(session, reader, code)


@router.get("/standards", summary="List standards")
async def list_standards(
    session: SessionDep, reader: ReaderDep, asked: Annotated[schemas.StandardFilters, Query()]
) -> Page[schemas.StandardBrief]:
    """By base number. `q` takes a number in any spelling (`GBT2423.17`), its beginning, or words of the title."""
    return await usecases.list_standards(session, reader, asked)


@router.get("/standards/{number:path}", summary="Read a standard", responses=problems(StandardNotFound))
async def get_standard(
    session: SessionDep,
    reader: ReaderDep,
    number: Annotated[
        str,
        Path(
            min_length=1,
            max_length=100,
            description="number in any spelling; with a year that edition",
            examples=["GB/T 10125-2021"],
        ),
    ],
    on_date: Annotated[
        date | None, Query(description="the day in question; default: today in Asia/Shanghai")
    ] = None,
) -> schemas.StandardRead:
    """Its editions, what they adopt or are adopted by, and what replaced them, also through further editions."""
    return await usecases.get_standard(session, reader, number, on_date or today())
