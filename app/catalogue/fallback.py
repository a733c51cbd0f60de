"""The search answered by the database, while the engine is down: the same filters, words found by LIKE, no ranking."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, false, or_
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalogue import queries
from app.catalogue.asked import Asked
from app.catalogue.hits import Payload
from app.catalogue.payload_queries import payloads_of_platforms, payloads_of_services
from app.catalogue.relax import counted_relaxations
from app.catalogue.rules import distance_km, in_order
from app.registry import filters
from app.vocabulary.names import Names
from app.vocabulary.rules import normal_form
from search.port import TextReader
from search.standard_numbers import FoundStandard, find_standard_numbers
from search.text import name_key


@dataclass(frozen=True)
class Found:
    """What the database found; facets by name, most frequent value first."""

    page: Sequence[tuple[Payload, float]]
    total: int
    matching: Literal["all", "any"]
    facets: Mapping[str, Sequence[tuple[str, int]]]
    relax: Sequence[dict[str, Any]]


async def search_database(
    session: AsyncSession, asked: Asked, names: Names, reader: TextReader, *, offset: int, limit: int
) -> Found:
    """Return one page. Costs a few queries over all rows: good for a while, not for load."""
    where = dict(await queries.conditions(session, asked))
    words = _words(asked, asked.text, names, reader)
    matching: Literal["all", "any"] = "all"
    if words and not await queries.count(session, asked, [*where.values(), and_(*words)]):
        matching = "any"
    text = _text(words, asked.text, matching)
    rows = await queries.keys(session, asked, [*where.values(), *text])
    ordered = _ordered(asked, rows)
    payloads = payloads_of_services if asked.is_about_services else payloads_of_platforms
    page = await payloads(session, [row.id for row in ordered[offset : offset + limit]])
    facets = {
        facet.value: await queries.facet_counts(session, asked, facet, [*_but(where, facet.value), *text])
        for facet in asked.facets
    }
    relax = [] if rows or not asked.relax else await _relaxations(session, asked, names, reader, where)
    return Found([(payload, 0.0) for payload in page], len(rows), matching, facets, relax)


async def _relaxations(
    session: AsyncSession,
    asked: Asked,
    names: Names,
    reader: TextReader,
    where: Mapping[str, ColumnElement[bool]],
) -> Sequence[dict[str, Any]]:
    async def count(dropped: Sequence[str], text: str) -> int:
        kept = [clause for name, clause in where.items() if name not in dropped]
        words = _words(asked, text, names, reader)
        number = await queries.count(session, asked, [*kept, *_text(words, text, "all")])
        return number or await queries.count(session, asked, [*kept, *_text(words, text, "any")])

    return await counted_relaxations(list(where), asked.text, reader, count)


def _but(where: Mapping[str, ColumnElement[bool]], name: str) -> Iterable[ColumnElement[bool]]:
    return (clause for own, clause in where.items() if own != name)


def _text(
    words: Sequence[ColumnElement[bool]], text: str, matching: Literal["all", "any"]
) -> list[ColumnElement[bool]]:
    """Return the condition of a text; one with nothing in it that could be found matches nothing."""
    if not text:
        return []
    return [and_(*words) if words and matching == "all" else or_(false(), *words)]


def _words(asked: Asked, text: str, names: Names, reader: TextReader) -> list[ColumnElement[bool]]:
    """Return one condition for each standard number and each word of the text."""
    standards = find_standard_numbers(text)
    cites = filters.service_has_standard if asked.is_about_services else filters.platform_has_standard
    rest = _without(text, standards)
    words = [concept.text for concept in reader.query(rest).concepts] or rest.split()
    codes = {
        word: [
            code
            for code, forms in names.term_names.items()
            if any(normal_form(word) in form for form in forms)
        ]
        for word in words
    }
    return [
        *(cites([found.number]) for found in standards),
        *(queries.text_condition(asked, [word], codes) for word in words),
    ]


def _without(text: str, standards: Sequence[FoundStandard]) -> str:
    for found in reversed(standards):
        text = f"{text[: found.start]} {text[found.end :]}"
    return text.strip()


def _ordered(asked: Asked, rows: Iterable[Any]) -> list[Any]:
    """Order as the engine does; without words to rank by, relevance is the order of entry."""
    name, descending = asked.sort.removeprefix("-"), asked.sort.startswith("-")
    circle = asked.circle

    def value(row: Any) -> Any:
        if name == "distance":
            if circle is None or row.lat is None or row.lon is None:
                return None
            return distance_km(circle.lat, circle.lon, row.lat, row.lon)
        if name == "name":
            return name_key(row.name)
        return 0 if name == "relevance" else getattr(row, name)

    ordered = in_order(rows, value, lambda row: str(row.uid), descending=descending)
    return ordered[::-1] if asked.sort == "-relevance" else ordered
