"""Searching the catalogue: by the engine, or by the database while the engine is down."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.catalogue.asked import Asked
from app.catalogue.engine_request import (
    NOT_SUSPENDED,
    count_request,
    engine_filters,
    page_request,
    valid_filter,
    without,
)
from app.catalogue.fallback import search_database
from app.catalogue.hits import hits
from app.catalogue.labels import labelled
from app.catalogue.params import Facet, SearchSort
from app.catalogue.relax import counted_relaxations
from app.catalogue.rules import reversed_window
from app.db import SessionFactory
from app.errors import SearchUnavailable
from app.kit.i18n import Lang
from app.models.scope import Scheme
from app.vocabulary.names import Names
from search.highlight import Highlighter
from search.port import Filter, SearchEngine, SearchError

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Searcher:
    """What a search needs besides what is asked.

    While the engine is down, one request asks the database one thing at a time: it has few connections.
    """

    engine: SearchEngine
    new_session: SessionFactory
    names: Names
    lang: Lang
    one_by_one: asyncio.Lock = field(default_factory=asyncio.Lock)


async def search(tools: Searcher, asked: Asked, *, offset: int, limit: int) -> dict[str, Any]:
    """Return a `SearchAnswer` as JSON values, without its cursor.

    Raises SearchUnavailable when neither the engine nor the database answers.
    """
    try:
        return await _by_engine(tools, asked, offset, limit)
    except SearchError as error:
        log.warning("search engine failed, the database answers", engine=tools.engine.name, error=str(error))
    try:
        return await _by_database(tools, asked, offset, limit)
    except (SQLAlchemyError, OSError) as error:
        raise SearchUnavailable from error


async def _by_engine(tools: Searcher, asked: Asked, offset: int, limit: int) -> dict[str, Any]:
    filters = engine_filters(asked)
    from_end = asked.sort is SearchSort.LEAST_RELEVANT
    if from_end:
        total = (await tools.engine.search(count_request(asked, filters, asked.text))).total
        offset, limit = reversed_window(total, offset, limit)
    request = page_request(asked, filters, offset, limit)
    if Facet.SCHEME in asked.facets:
        page, schemes = await asyncio.gather(
            tools.engine.search(request), _scheme_counts(tools, asked, filters)
        )
    else:
        page, schemes = await tools.engine.search(request), []
    counts = {name: [(each.value, each.count) for each in found] for name, found in page.facets.items()}
    counts[Facet.SCHEME] = schemes
    found = [(hit.document, hit.score) for hit in page.hits]
    return {
        "index": asked.index,
        "hits": hits(found[::-1] if from_end else found, _highlighter(tools, asked), asked.circle),
        "total": page.total,
        "total_is_capped": page.total_is_capped,
        "matching": page.matching,
        "facets": _facets(tools, asked, counts),
        "relax": [] if page.total or not asked.relax else await _relaxations(tools, asked, filters),
        "engine": tools.engine.name,
        "degraded": False,
    }


async def _scheme_counts(
    tools: Searcher, asked: Asked, filters: Mapping[str, Filter]
) -> list[tuple[str, int]]:
    """Count by validity on the day: the index holds intervals, so each scheme is a question of its own."""
    others = without(filters, "scheme")
    pages = await asyncio.gather(
        *(
            tools.engine.search(
                count_request(asked, {**others, "scheme": valid_filter([scheme], asked.on_date)}, asked.text)
            )
            for scheme in Scheme
        )
    )
    counts = [(scheme.value, page.total) for scheme, page in zip(Scheme, pages, strict=True) if page.total]
    return sorted(counts, key=lambda entry: (-entry[1], entry[0]))


async def _relaxations(
    tools: Searcher, asked: Asked, filters: Mapping[str, Filter]
) -> Sequence[dict[str, Any]]:
    async def count(dropped: Sequence[str], text: str) -> int:
        return (await tools.engine.search(count_request(asked, without(filters, *dropped), text))).total

    droppable = list(without(filters, NOT_SUSPENDED))
    return await counted_relaxations(droppable, asked.text, tools.engine.reader, count)


async def _by_database(tools: Searcher, asked: Asked, offset: int, limit: int) -> dict[str, Any]:
    async with tools.one_by_one, tools.new_session() as session:
        found = await search_database(
            session, asked, tools.names, tools.engine.reader, offset=offset, limit=limit
        )
    return {
        "index": asked.index,
        "hits": hits(found.page, _highlighter(tools, asked), asked.circle),
        "total": found.total,
        "total_is_capped": False,
        "matching": found.matching,
        "facets": _facets(tools, asked, found.facets),
        "relax": found.relax,
        "engine": "database",
        "degraded": True,
    }


def _highlighter(tools: Searcher, asked: Asked) -> Highlighter | None:
    return Highlighter(tools.engine.reader, asked.text) if asked.text else None


def _facets(
    tools: Searcher, asked: Asked, counts: Mapping[str, Sequence[tuple[str, int]]]
) -> dict[str, list[dict[str, Any]]]:
    return {
        facet.value: labelled(facet, counts[facet.value], tools.names, tools.lang) for facet in asked.facets
    }
