"""Projects found by the database, while the engine is down: the same filters, words found by LIKE, no ranking.

It also answers whoever searches by what members may read: by what everybody may read, and the answer says so.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalogue.params import ProjectFacet
from app.catalogue.project_request import AskedProjects
from app.catalogue.relax import counted_relaxations
from app.catalogue.rules import in_order
from app.indexing.project_documents import project_document
from app.indexing.project_queries import public_projects
from app.indexing.projections import city_code
from app.kit.clock import business_day
from app.models import metadata
from app.pool import filters
from app.vocabulary.names import Names
from app.vocabulary.rules import normal_form
from search.port import TextReader
from search.text import name_key

_PROJECT = metadata.tables["pool_project"].c
_FIELD = metadata.tables["pool_project_field"].c
_NARROW = (
    _PROJECT.id,
    _PROJECT.uid,
    _PROJECT.title_zh,
    _PROJECT.stage,
    _PROJECT.region_code,
    _PROJECT.trl,
    _PROJECT.capabilities,
    _PROJECT.pooled_at,
    _PROJECT.demo,
)

Conditions = Mapping[str, ColumnElement[bool]]
Page = tuple[
    Sequence[Mapping[str, Any]],
    int,
    str,
    Mapping[str, Sequence[tuple[str, int]]],
    Sequence[Mapping[str, Any]],
]
"""Payloads, how many there are, whether all words matched, facets by name, and what could be left out."""


async def find_projects(
    session: AsyncSession,
    asked: AskedProjects,
    names: Names,
    reader: TextReader,
    *,
    offset: int,
    limit: int,
) -> Page:
    """Return one page. Costs a few queries over all projects: good for a while, not for load."""
    where = dict(conditions(asked))
    words = _words(asked.text, names, reader)
    every = await _count(session, [*where.values(), *_text(words, asked.text, "all")])
    matching = "all" if every or not words else "any"
    text = _text(words, asked.text, matching)
    rows = await _rows(session, [*where.values(), *text])
    payloads = await _payloads(session, _ordered(asked, rows)[offset : offset + limit])
    facets = {
        facet.value: await facet_counts(
            session, facet, [*(clause for name, clause in where.items() if name != facet), *text]
        )
        for facet in asked.facets
    }

    async def count(dropped: Sequence[str], left: str) -> int:
        kept = [clause for name, clause in where.items() if name not in dropped]
        some = _words(left, names, reader)
        found = await _count(session, [*kept, *_text(some, left, "all")])
        return found or await _count(session, [*kept, *_text(some, left, "any")])

    relax: Sequence[Mapping[str, Any]] = []
    if not rows and asked.relax:
        relax = await counted_relaxations(list(where), asked.text, reader, count)
    return payloads, len(rows), matching, facets, relax


def conditions(asked: AskedProjects) -> Iterable[tuple[str, ColumnElement[bool]]]:
    """Return the conditions of a search by the names of its query parameters."""
    if asked.fields:
        yield "field", filters.in_field(asked.fields)
    if asked.stages:
        yield "stage", _PROJECT.stage.in_(asked.stages)
    if asked.regions:
        yield "city", filters.in_region(asked.regions)
    if asked.trls:
        yield "trl", _PROJECT.trl.in_(asked.trls)
    if asked.capabilities:
        yield "capability", filters.needs_capability(asked.capabilities)
    if asked.years:
        yield "year", filters.pooled_in(asked.years)
    if asked.demo is not None:
        yield "demo", _PROJECT.demo.is_(asked.demo)


async def facet_counts(
    session: AsyncSession, facet: ProjectFacet, where: Sequence[ColumnElement[bool]]
) -> Sequence[tuple[str, int]]:
    """Count the public projects that keep the conditions by the values of a facet, most frequent first."""
    if facet is ProjectFacet.FIELD:
        statement = (
            select(_FIELD.field_code, func.count())
            .join(_PROJECT.id.table, _PROJECT.id == _FIELD.project_id)
            .where(filters.is_public(), *where)
            .group_by(_FIELD.field_code)
        )
        counts = Counter({row[0]: row[1] for row in await session.execute(statement)})
    else:
        counts = Counter(value for row in await _rows(session, where) for value in _values(facet, row))
    return sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))


def _values(facet: ProjectFacet, row: Any) -> Sequence[str]:
    match facet:
        case ProjectFacet.STAGE:
            return [row.stage.value]
        case ProjectFacet.CITY:
            region = row.region_code
            return [] if region is None or region.endswith("0000") else [city_code(region)]
        case ProjectFacet.TRL:
            return [] if row.trl is None else [str(row.trl)]
        case ProjectFacet.CAPABILITY:
            return list(row.capabilities)
        case ProjectFacet.YEAR:
            return [str(business_day(row.pooled_at).year)]
        case _:
            return [str(row.demo).lower()]


async def _rows(session: AsyncSession, where: Sequence[ColumnElement[bool]]) -> Sequence[Any]:
    return (await session.execute(select(*_NARROW).where(filters.is_public(), *where))).all()


async def _count(session: AsyncSession, where: Sequence[ColumnElement[bool]]) -> int:
    statement = select(func.count()).select_from(_PROJECT.id.table).where(filters.is_public(), *where)
    return await session.scalar(statement) or 0


async def _payloads(session: AsyncSession, rows: Sequence[Any]) -> Sequence[Mapping[str, Any]]:
    uids: list[UUID] = [row.uid for row in rows]
    found = {project.id: project_document(project) async for project in public_projects(session, uids)}
    return [found[str(uid)]["payload"] for uid in uids]


def _ordered(asked: AskedProjects, rows: Iterable[Any]) -> list[Any]:
    """Order as the engine does; without words to rank by, relevance is the order of entry."""
    name, descending = asked.sort.removeprefix("-"), asked.sort.startswith("-")

    def value(row: Any) -> Any:
        if name == "name":
            return name_key(row.title_zh)
        return int(row.pooled_at.timestamp()) if name == "pooled" else 0

    return in_order(rows, value, lambda row: str(row.uid), descending=descending)


def _text(words: Sequence[ColumnElement[bool]], text: str, matching: str) -> list[ColumnElement[bool]]:
    """Return the condition of a text; one with nothing in it that could be found matches nothing."""
    if not text:
        return []
    return [and_(*words) if words and matching == "all" else or_(false(), *words)]


def _words(text: str, names: Names, reader: TextReader) -> list[ColumnElement[bool]]:
    words = [concept.text for concept in reader.query(text).concepts] or text.split()
    return [_says(word, names) for word in words]


def _says(word: str, names: Names) -> ColumnElement[bool]:
    """The word is in the public text, or in a name of a field or of a term that is needed."""
    form = normal_form(word)
    fields = [
        code
        for code, name in names.fields.items()
        if any(form in normal_form(each) for each in (name.zh, name.en) if each)
    ]
    terms = [code for code, forms in names.term_names.items() if any(form in each for each in forms)]
    ways = [_PROJECT.public_text.icontains(word, autoescape=True)]
    if fields:
        ways.append(filters.in_field(fields))
    if terms:
        ways.append(filters.needs_capability(terms))
    return or_(*ways)
