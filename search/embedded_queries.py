"""Filter trees and understood texts as tantivy queries."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import tantivy
from tantivy import Occur, Query

from search.embedded_documents import (
    POINT,
    SOUNDS,
    TOKENS,
    as_keyword,
    keyword_field,
    number_field,
    token_field,
)
from search.embedded_store import Snapshot
from search.port import And, Between, EngineRejected, Eq, Exists, Filter, GeoRadius, In, Not, Or, Scalar
from search.text import Alternative, Concept, TextQuery

EARTH_RADIUS_M = 6_371_008.8

_FEW = 64
"""So many values are looked up one by one; for more, tantivy runs through its dictionary."""

Floats = np.ndarray[Any, np.dtype[np.float64]]


def filter_query(snapshot: Snapshot, clause: Filter) -> Query:
    """Raises EngineRejected for a field that the index cannot filter."""
    match clause:
        case Eq(field, value):
            return _values_query(snapshot, field, [value])
        case In(field, values):
            return _values_query(snapshot, field, values)
        case Between(field, low, high):
            return _range_query(snapshot, field, low, high)
        case Exists(field):
            return Query.exists_query(_field(snapshot, field))
        case GeoRadius(lat, lon, radius_m):
            places = snapshot.places
            metres = distances_m(lat, lon, places.degrees[:, 0], places.degrees[:, 1])
            near = [places.terms[index] for index in np.flatnonzero(metres <= radius_m)]
            return Query.term_set_query(snapshot.fields, POINT, near)
        case Not(inner):
            return Query.boolean_query(
                [(Occur.Must, Query.all_query()), (Occur.MustNot, filter_query(snapshot, inner))]
            )
        case And(clauses):
            return every(filter_query(snapshot, inner) for inner in clauses)
        case Or(clauses):
            return either(filter_query(snapshot, inner) for inner in clauses)


def filters_query(
    snapshot: Snapshot, filters: Mapping[str, Filter], without: str | None = None
) -> Query | None:
    """Join filters by AND, leaving out the one named `without`; None when none is left. It adds no score."""
    queries = [filter_query(snapshot, clause) for name, clause in filters.items() if name != without]
    return Query.const_score_query(every(queries), 0.0) if queries else None


def every(queries: Iterable[Query]) -> Query:
    clauses = [(Occur.Must, query) for query in queries]
    return Query.boolean_query(clauses) if clauses else Query.all_query()


def either(queries: Iterable[Query]) -> Query:
    clauses = [(Occur.Should, query) for query in queries]
    return Query.boolean_query(clauses) if clauses else Query.empty_query()


def token_query(snapshot: Snapshot, token: str) -> Query:
    return Query.term_query(snapshot.fields, token_field(token), token, index_option="freq")


def all_concepts_query(snapshot: Snapshot, concepts: Sequence[Concept]) -> Query:
    """Documents that hold every concept, without a score."""
    held = every(
        either(_alternative_query(snapshot, alternative) for alternative in concept.alternatives)
        for concept in concepts
    )
    return Query.const_score_query(held, 0.0)


def any_token_query(snapshot: Snapshot, text: TextQuery) -> Query:
    """Documents with at least one token that finds, without a score."""
    tokens = {
        field: [one for one in text.any_tokens if token_field(one) == field] for field in (TOKENS, SOUNDS)
    }
    held = either(
        Query.term_set_query(snapshot.fields, field, found) for field, found in tokens.items() if found
    )
    return Query.const_score_query(held, 0.0)


def scored_query(snapshot: Snapshot, scored: Iterable[tuple[str, float]]) -> Query:
    return either(Query.boost_query(token_query(snapshot, token), weight) for token, weight in scored)


def distances_m(lat: float, lon: float, lats: Floats, lons: Floats) -> Floats:
    """Return great-circle distances in metres from a point (haversine), all in degrees; NaN stays NaN."""
    here, there = math.radians(lat), np.radians(lats)
    chord = (
        np.sin((there - here) / 2) ** 2
        + math.cos(here) * np.cos(there) * np.sin(np.radians(lons - lon) / 2) ** 2
    )
    metres: Floats = 2 * EARTH_RADIUS_M * np.arcsin(np.minimum(1.0, np.sqrt(chord)))
    return metres


def _alternative_query(snapshot: Snapshot, alternative: Alternative) -> Query:
    if len(alternative.tokens) == 1:
        return token_query(snapshot, alternative.tokens[0])
    return every(token_query(snapshot, token) for token in alternative.tokens)


def _values_query(snapshot: Snapshot, field: str, values: Sequence[Scalar]) -> Query:
    name = _field(snapshot, field)
    if field in snapshot.schema.numbers:
        numbers = [float(value) for value in values if not isinstance(value, str)]
        return either(_range_query(snapshot, field, number, number) for number in numbers)
    keywords = [as_keyword(value) for value in values]
    if len(keywords) <= _FEW:
        return either(Query.term_query(snapshot.fields, name, one, index_option="basic") for one in keywords)
    return Query.term_set_query(snapshot.fields, name, keywords)


def _range_query(snapshot: Snapshot, field: str, low: float | None, high: float | None) -> Query:
    if field not in snapshot.schema.numbers:
        raise EngineRejected(f"{field} is not a number field of the index {snapshot.schema.name}")
    if low is None and high is None:
        return Query.exists_query(number_field(field))
    return Query.range_query(
        snapshot.fields,
        number_field(field),
        tantivy.FieldType.Float,
        None if low is None else float(low),
        None if high is None else float(high),
    )


def _field(snapshot: Snapshot, field: str) -> str:
    if field == "id":
        return "id"
    if field in snapshot.schema.keywords:
        return keyword_field(field)
    if field in snapshot.schema.numbers:
        return number_field(field)
    raise EngineRejected(f"{field} is not a filter field of the index {snapshot.schema.name}")
