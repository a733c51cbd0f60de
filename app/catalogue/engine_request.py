"""A search as a request to the engine: the names of its filters are those of the query parameters."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from app.catalogue.asked import Asked
from app.catalogue.params import Facet, SearchSort
from app.indexing.validity import SUSPENDED, date_tokens
from app.models.scope import Scheme
from search.port import (
    And,
    Between,
    Eq,
    Filter,
    GeoRadius,
    In,
    Not,
    SearchRequest,
    Sort,
    SortBy,
    SortByDistance,
)
from search.standard_numbers import StandardNumber, standard_key

_SORT_FIELDS = {"price": "price_min_cny", "lead_time": "lead_time_days", "name": "name"}


NOT_SUSPENDED = "suspended"
"""The name of the filter that is always there: it is nobody's to drop."""


def engine_filters(asked: Asked) -> Mapping[str, Filter]:
    """Return the filters by name."""
    suspended = In("suspended", tuple(date_tokens(SUSPENDED, asked.on_date)))
    return {NOT_SUSPENDED: Not(suspended), **dict([*_keyword_filters(asked), *_number_filters(asked)])}


def _keyword_filters(asked: Asked) -> Iterator[tuple[str, Filter]]:
    keywords: Mapping[str, tuple[str, Sequence[str]]] = {
        "field": ("field", asked.fields),
        "function": ("function", asked.functions),
        "city": ("region", asked.regions),
        "tier": ("tier", asked.tiers),
        "kind": ("kind", asked.kinds),
        "lead_type": ("lead_type", asked.lead_types),
        "standard": ("standard", [_key(number) for number in asked.standards]),
        "capability": ("capability", asked.capabilities),
    }
    for name, (keyword, values) in keywords.items():
        if values:
            yield name, In(keyword, tuple(str(value) for value in values))
    if asked.schemes:
        yield "scheme", valid_filter(asked.schemes, asked.on_date)
    for name, flag in (("voucher", asked.voucher), ("demo", asked.demo)):
        if flag is not None:
            yield name, Eq(name, str(flag).lower())


def _number_filters(asked: Asked) -> Iterator[tuple[str, Filter]]:
    if asked.price_max_cny is not None:
        yield "price_max_cny", Between("price_min_cny", high=float(asked.price_max_cny))
    if asked.lead_time_days_max is not None:
        yield "lead_time_days_max", Between("lead_time_days", high=asked.lead_time_days_max)
    if asked.entry_trl is not None:
        enters = Between("entry_trl", high=asked.entry_trl)
        yield "entry_trl", And((enters, Between("exit_trl", low=asked.entry_trl)))
    if asked.circle is not None and asked.circle.radius_km is not None:
        circle = asked.circle
        yield "radius_km", GeoRadius(circle.lat, circle.lon, asked.circle.radius_km * 1000)


def valid_filter(schemes: Sequence[Scheme], on_date: date) -> Filter:
    """The platform has an accreditation of one of the schemes, granted and valid on the day."""
    return In("valid", tuple(token for scheme in schemes for token in date_tokens(scheme.value, on_date)))


def _key(number: StandardNumber) -> str:
    return standard_key(number.base if number.year is None else number.canonical)


def engine_sort(asked: Asked) -> Sort | None:
    """Return the order; None is relevance, best first."""
    name, descending = asked.sort.removeprefix("-"), asked.sort.startswith("-")
    if name == SearchSort.RELEVANCE:
        return None
    if name == SearchSort.DISTANCE and asked.circle is not None:
        return SortByDistance(asked.circle.lat, asked.circle.lon, descending)
    return SortBy(_SORT_FIELDS[name], descending)


def page_request(asked: Asked, filters: Mapping[str, Filter], offset: int, limit: int) -> SearchRequest:
    """Return the request for one page with the facets the index can count itself: all but the scheme."""
    return SearchRequest(
        index=asked.index,
        text=asked.text,
        filters=filters,
        facets=tuple(facet.value for facet in asked.facets if facet is not Facet.SCHEME),
        sort=engine_sort(asked),
        offset=offset,
        limit=limit,
    )


def count_request(asked: Asked, filters: Mapping[str, Filter], text: str) -> SearchRequest:
    """Return the request that only counts."""
    return SearchRequest(index=asked.index, text=text, filters=filters, limit=0)


def without(filters: Mapping[str, Filter], *names: str) -> Mapping[str, Filter]:
    """Return the filters but the named ones."""
    return {name: clause for name, clause in filters.items() if name not in names}
