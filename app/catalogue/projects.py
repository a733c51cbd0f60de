"""Searching projects of the pool, by what everybody may read of them: by the engine, or by the database."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.catalogue.asked import only_for, read_facets
from app.catalogue.hits import highlights, localized
from app.catalogue.labels import labelled_by
from app.catalogue.params import ProjectFacet, ProjectSearchParams, SearchParams
from app.catalogue.project_fallback import find_projects
from app.catalogue.project_request import AskedProjects, count_request, page_request, project_filters, without
from app.catalogue.relax import counted_relaxations
from app.catalogue.usecases import Searcher
from app.error_handlers import invalid_request
from app.errors import ErrorItem, SearchUnavailable
from app.kit.i18n import Localized
from app.pool.wording import STAGES
from app.registry.checks import region_codes, require_known
from app.vocabulary.names import Names
from search.highlight import Highlighter
from search.port import SearchError
from search.schema import MEMBERS_PROJECTS, PROJECTS

PARAMETERS = frozenset({*ProjectSearchParams.model_fields})
_SORTS = ("relevance", "name", "-name", "pooled", "-pooled")

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Found:
    """Projects that were found, as payloads with scores; `relax` only where there are none."""

    page: Sequence[tuple[Mapping[str, Any], float]]
    total: int
    total_is_capped: bool
    matching: str
    facets: Mapping[str, Sequence[tuple[str, int]]]
    relax: Sequence[Mapping[str, Any]]
    engine: str
    degraded: bool


def understand_projects(params: SearchParams | ProjectSearchParams, names: Names) -> AskedProjects:
    """Raises InvalidRequest that names what does not exist, or is not for projects."""
    facets, problems = read_facets(params.facets, ProjectFacet)
    if isinstance(params, SearchParams):
        problems += only_for(params, PARAMETERS)
        if params.sort not in _SORTS:
            detail = Localized(zh="项目不能按此排序", en="Projects cannot be ordered by this")
            problems.append(ErrorItem(pointer="/query/sort", code="not_for_this_index", detail=detail))
    if problems:
        raise invalid_request(problems)
    require_known(names, field=params.field, city=params.city, capability=params.capability)
    return AskedProjects(
        index=PROJECTS.name if isinstance(params, SearchParams) else MEMBERS_PROJECTS.name,
        text=params.q.strip(),
        fields=tuple(params.field),
        stages=tuple(params.stage),
        regions=region_codes(names, params.city),
        trls=tuple(params.trl),
        capabilities=tuple(params.capability),
        years=tuple(params.year),
        demo=params.demo,
        sort=str(params.sort),
        facets=facets,
    )


async def search_projects(
    tools: Searcher, asked: AskedProjects, *, offset: int, limit: int
) -> dict[str, Any]:
    """Return a `ProjectSearchAnswer` as JSON values, without its cursor.

    Raises SearchUnavailable when neither the engine nor the database answers.
    """
    found = await find(tools, asked, offset=offset, limit=limit)
    highlighter = Highlighter(tools.engine.reader, asked.text) if asked.text else None
    return {
        "index": PROJECTS.name,
        "hits": [project_hit(payload, score, highlighter) for payload, score in found.page],
        **counted(tools, asked, found),
    }


async def find(tools: Searcher, asked: AskedProjects, *, offset: int, limit: int) -> Found:
    """Find projects by the engine, or by the database while that is down, then by what everybody may read.

    Raises SearchUnavailable when neither answers.
    """
    try:
        return await _by_engine(tools, asked, offset, limit)
    except SearchError as error:
        log.warning("search engine failed, the database answers", engine=tools.engine.name, error=str(error))
    try:
        async with tools.one_by_one, tools.new_session() as session:
            by_database = await find_projects(
                session, asked, tools.names, tools.engine.reader, offset=offset, limit=limit
            )
    except (SQLAlchemyError, OSError) as error:
        raise SearchUnavailable from error
    page, total, matching, facets, relax = by_database
    return Found(
        [(payload, 0.0) for payload in page], total, False, matching, facets, relax, "database", True
    )


async def _by_engine(tools: Searcher, asked: AskedProjects, offset: int, limit: int) -> Found:
    filters = project_filters(asked)
    page = await tools.engine.search(page_request(asked, filters, offset, limit))

    async def count(dropped: Sequence[str], text: str) -> int:
        request = count_request(asked, without(filters, dropped), text)
        return (await tools.engine.search(request)).total

    relax: Sequence[Mapping[str, Any]] = []
    if not page.total and asked.relax:
        relax = await counted_relaxations(list(filters), asked.text, tools.engine.reader, count)
    return Found(
        page=[(hit.document, hit.score) for hit in page.hits],
        total=page.total,
        total_is_capped=page.total_is_capped,
        matching=page.matching,
        facets={name: [(each.value, each.count) for each in counts] for name, counts in page.facets.items()},
        relax=relax,
        engine=tools.engine.name,
        degraded=False,
    )


def counted(tools: Searcher, asked: AskedProjects, found: Found) -> dict[str, Any]:
    """Return what an answer says beside its hits."""
    return {
        "total": found.total,
        "total_is_capped": found.total_is_capped,
        "matching": found.matching,
        "facets": {
            facet.value: labelled_by(_LABELS[facet](tools.names), found.facets[facet], tools.lang)
            for facet in asked.facets
        },
        "relax": list(found.relax),
        "engine": found.engine,
        "degraded": found.degraded,
    }


def project_hit(payload: Mapping[str, Any], score: float, highlighter: Highlighter | None) -> dict[str, Any]:
    """Return a `ProjectHit` as JSON values. `highlighter` is None where there are no words to find."""
    return {
        "id": payload["id"],
        "slug": payload["slug"],
        "title": localized(payload["title_zh"], payload["title_en"]),
        "description": localized(payload["description_zh"], payload["description_en"]),
        "keywords": payload["keywords"],
        "score": score,
        "highlights": [] if highlighter is None else highlights(payload, highlighter),
        "field": payload["field"],
        "stage": payload["stage"],
        "city": payload["city"],
        "region": payload["region"],
        "trl": payload["trl"],
        "capability": payload["capability"],
        "year": payload["year"],
        "demo": payload["demo"],
    }


def _stages(_names: Names) -> Mapping[str, Localized]:
    return {stage.value: name for stage, name in STAGES.items()}


def _themselves(_names: Names) -> Mapping[str, Localized]:
    return {}


_YES_NO = {"true": Localized(zh="是", en="yes"), "false": Localized(zh="否", en="no")}
_LABELS: Mapping[ProjectFacet, Callable[[Names], Mapping[str, Localized]]] = {
    ProjectFacet.FIELD: lambda names: names.fields,
    ProjectFacet.STAGE: _stages,
    ProjectFacet.CITY: lambda names: {code: place.name for code, place in names.places.items()},
    ProjectFacet.TRL: _themselves,
    ProjectFacet.CAPABILITY: lambda names: names.terms,
    ProjectFacet.YEAR: _themselves,
    ProjectFacet.DEMO: lambda _names: _YES_NO,
}
