"""A search for projects as a request to the engine: the names of its filters are those of the query parameters."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.catalogue.params import ProjectFacet
from app.models.pool import Stage
from search.port import Eq, Filter, In, SearchRequest, SortBy

RELEVANCE = "relevance"


@dataclass(frozen=True)
class AskedProjects:
    """A search for projects as it is understood. Filters that ask nothing are empty or None."""

    index: str
    text: str
    fields: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    regions: tuple[str, ...] = ()
    trls: tuple[int, ...] = ()
    capabilities: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    demo: bool | None = None
    sort: str = RELEVANCE
    facets: tuple[ProjectFacet, ...] = ()
    relax: bool = True


def project_filters(asked: AskedProjects) -> Mapping[str, Filter]:
    """Return the filters by name."""
    return dict(_filters(asked))


def _filters(asked: AskedProjects) -> Iterator[tuple[str, Filter]]:
    keywords: Mapping[str, tuple[str, Sequence[object]]] = {
        "field": ("field", asked.fields),
        "stage": ("stage", asked.stages),
        "city": ("region", asked.regions),
        "trl": ("trl", asked.trls),
        "capability": ("capability", asked.capabilities),
        "year": ("year", asked.years),
    }
    for name, (keyword, values) in keywords.items():
        if values:
            yield name, In(keyword, tuple(str(value) for value in values))
    if asked.demo is not None:
        yield "demo", Eq("demo", str(asked.demo).lower())


def page_request(
    asked: AskedProjects, filters: Mapping[str, Filter], offset: int, limit: int
) -> SearchRequest:
    """Return the request for one page with its facets."""
    name, descending = asked.sort.removeprefix("-"), asked.sort.startswith("-")
    return SearchRequest(
        index=asked.index,
        text=asked.text,
        filters=filters,
        facets=tuple(facet.value for facet in asked.facets),
        sort=None if name == RELEVANCE else SortBy(name, descending),
        offset=offset,
        limit=limit,
    )


def count_request(asked: AskedProjects, filters: Mapping[str, Filter], text: str) -> SearchRequest:
    """Return the request that only counts."""
    return SearchRequest(index=asked.index, text=text, filters=filters, limit=0)


def without(filters: Mapping[str, Filter], names: Collection[str]) -> Mapping[str, Filter]:
    """Return the filters but the named ones."""
    return {name: clause for name, clause in filters.items() if name not in names}
