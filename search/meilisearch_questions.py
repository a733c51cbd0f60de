"""Search requests in Meilisearch's terms, and its answers in ours. Pure functions."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from search.meilisearch_documents import sort_attribute
from search.meilisearch_filters import (
    EVERYTHING,
    NOTHING,
    all_true,
    any_of,
    attribute,
    decode,
    encode,
    is_digest,
    one_true,
    original_id,
)
from search.port import EngineRejected, FacetCount, Hit, SearchPage, Sort, SortByDistance
from search.schema import IndexSchema
from search.text import Concept, TextQuery

Matching = Literal["all", "any"]
BY_ID = "id:asc"


@dataclass(frozen=True)
class Question:
    """What is asked of one index: `filters` and `text` are expressions; `facets` are the ones to count."""

    uid: str
    schema: IndexSchema
    filters: Mapping[str, str]
    facets: tuple[str, ...]
    text: str
    matching: Matching

    def hits(self, *, but: str | None = None, within: Sequence[str] = ()) -> dict[str, Any]:
        """Return a query for the hits, by id; `but` leaves out the filter of that name."""
        named = [filter_ for name, filter_ in self.filters.items() if name != but]
        text = [] if self.text == EVERYTHING else [self.text]
        return {"indexUid": self.uid, "filter": [*text, *named, *within], "sort": [BY_ID]}

    def first_query(self, **more: Any) -> dict[str, Any]:
        """Return the query for the hits that also counts the facets without a filter of their own."""
        free = [attribute(facet) for facet in self.facets if facet not in self.filters]
        return {**self.hits(), **({"facets": free} if free else {}), **more}

    def facet_queries(self) -> list[dict[str, Any]]:
        """Return one query for each facet that has a filter of its own, in order."""
        return [
            {**self.hits(but=facet), "facets": [attribute(facet)], "limit": 0}
            for facet in self.facets
            if facet in self.filters
        ]

    def distributions(self, results: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, int]]:
        """Return stored value -> count for each facet, from the answers to `first_query` and `facet_queries`."""
        first, *others = results
        own = iter(others)
        found = {}
        for facet in self.facets:
            result = next(own) if facet in self.filters else first
            found[facet] = result.get("facetDistribution", {}).get(attribute(facet), {})
        return found

    def page(
        self, results: Sequence[Mapping[str, Any]], hits: Sequence[Hit], originals: Mapping[str, str]
    ) -> SearchPage:
        """Return the page of `hits`; `originals` are the values of digests among the facet values."""
        facets = {
            facet: sorted(
                (
                    FacetCount(originals.get(stored) or decode(stored), count)
                    for stored, count in counts.items()
                ),
                key=lambda entry: (-entry.count, entry.value),
            )
            for facet, counts in self.distributions(results).items()
        }
        total = int(results[0]["estimatedTotalHits"])
        return SearchPage(hits, total, total_is_capped=False, facets=facets, matching=self.matching)

    def digest_queries(self, results: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return a query for each digest among the facet values, for one document that has its value."""
        more = {"limit": 1, "attributesToRetrieve": ["long"]}
        return [
            {"indexUid": self.uid, "filter": any_of(attribute(facet), [stored]), **more}
            for facet, counts in self.distributions(results).items()
            for stored in counts
            if is_digest(stored)
        ]


def holding_all(query: TextQuery) -> str:
    """Return the expression for documents that hold every concept of a query."""
    if not query.concepts:
        return EVERYTHING if query.is_blank else NOTHING
    return all_true(_holding(concept) for concept in query.concepts)


def holding_any(query: TextQuery) -> str:
    """Return the expression for documents that hold one of the tokens of a query."""
    return EVERYTHING if query.is_blank else holding(query.any_tokens)


def holding(tokens: Sequence[str]) -> str:
    return any_of("tokens", [encode(token) for token in tokens])


def _holding(concept: Concept) -> str:
    single = [way.tokens[0] for way in concept.alternatives if len(way.tokens) == 1]
    several = [way.tokens for way in concept.alternatives if len(way.tokens) > 1]
    ways = [holding(single)] if single else []
    return one_true([*ways, *(all_true(holding([token]) for token in tokens) for tokens in several)])


def order(sort: Sort | None, schema: IndexSchema) -> list[str]:
    """Return the server's form of an order; ties go by id, and it puts what has no value last both ways."""
    if sort is None:
        return [BY_ID]
    direction = "desc" if sort.descending else "asc"
    if isinstance(sort, SortByDistance):
        return [f"_geoPoint({sort.lat:f}, {sort.lon:f}):{direction}", BY_ID]
    for known in schema.sorts:
        if known.name == sort.field:
            return [f"{sort_attribute(known)}:{direction}", BY_ID]
    raise EngineRejected(f"the index {schema.name} has no such field to sort by: {sort.field!r}")


def check_facets(facets: Sequence[str], schema: IndexSchema) -> None:
    unknown = [facet for facet in facets if facet not in schema.keywords]
    if unknown:
        raise EngineRejected(f"the index {schema.name} has no such facets: {', '.join(unknown)}")


def hit(found: Mapping[str, Any], score: float) -> Hit:
    return Hit(original_id(found["id"]), score, json.loads(found["payload"]))
