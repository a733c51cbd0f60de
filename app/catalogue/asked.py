"""A search as it is understood: codes that exist, standards read, nothing that contradicts itself."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal, TypeVar

from app.catalogue.params import Facet, SearchParams, SearchSort
from app.error_handlers import invalid_request
from app.errors import ErrorItem
from app.kit.i18n import Localized
from app.models.registry import LeadType, PlatformKind, Tier
from app.models.scope import Scheme
from app.registry.checks import read_standards, region_codes, require_known
from app.vocabulary.names import Names, nearest_codes
from search.standard_numbers import StandardNumber

SERVICES_ONLY = ("price_max_cny", "lead_time_days_max", "entry_trl")
SORTS_OF_SERVICES = ("price", "lead_time")
PROJECTS_ONLY = ("stage", "trl", "year")
AnyFacet = TypeVar("AnyFacet", bound=StrEnum)


@dataclass(frozen=True)
class Circle:
    """Around a point in degrees; without a radius only for distances."""

    lat: float
    lon: float
    radius_km: float | None


@dataclass(frozen=True)
class Asked:
    """Filters that ask nothing are empty or None. `price_max_cny` and the like only for services."""

    index: Literal["services", "platforms"]
    text: str
    on_date: date
    fields: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    tiers: tuple[Tier, ...] = ()
    kinds: tuple[PlatformKind, ...] = ()
    lead_types: tuple[LeadType, ...] = ()
    schemes: tuple[Scheme, ...] = ()
    standards: tuple[StandardNumber, ...] = ()
    capabilities: tuple[str, ...] = ()
    price_max_cny: Decimal | None = None
    lead_time_days_max: int | None = None
    voucher: bool | None = None
    entry_trl: int | None = None
    circle: Circle | None = None
    demo: bool | None = None
    sort: SearchSort = SearchSort.RELEVANCE
    facets: tuple[Facet, ...] = ()
    relax: bool = True
    """Whether to say what could be left out of a search without hits."""

    @property
    def is_about_services(self) -> bool:
        return self.index == "services"


def understand(params: SearchParams, names: Names, today: date) -> Asked:
    """Return a search for services or platforms.

    Raises InvalidRequest that names what does not exist, cannot be read or does not fit together.
    """
    if params.index not in ("services", "platforms"):
        zh, en = "此处只能检索 services 或 platforms", "Only services or platforms can be searched here"
        raise invalid_request([_problem("index", "not_for_this_index", zh, en)])
    facets = read_facets(params.facets, Facet)
    problems = [*_not_for_platforms(params), *_for_projects_only(params), *_half_a_circle(params), *facets[1]]
    if problems:
        raise invalid_request(problems)
    require_known(
        names, field=params.field, function=params.function, city=params.city, capability=params.capability
    )
    circle = None
    if params.lat is not None and params.lon is not None:
        circle = Circle(params.lat, params.lon, params.radius_km)
    return Asked(
        index=params.index,
        text=params.q.strip(),
        on_date=params.on_date or today,
        fields=tuple(params.field),
        functions=tuple(params.function),
        regions=region_codes(names, params.city),
        tiers=tuple(params.tier),
        kinds=tuple(params.kind),
        lead_types=tuple(params.lead_type),
        schemes=tuple(params.scheme),
        standards=tuple(read_standards("/query/standard", params.standard)),
        capabilities=tuple(params.capability),
        price_max_cny=params.price_max_cny,
        lead_time_days_max=params.lead_time_days_max,
        voucher=params.voucher,
        entry_trl=params.entry_trl,
        circle=circle,
        demo=params.demo,
        sort=params.sort,
        facets=facets[0],
    )


def read_facets(text: str, kind: type[AnyFacet]) -> tuple[tuple[AnyFacet, ...], list[ErrorItem]]:
    """Return the facets that are named, and an error for each that does not exist."""
    names = [name for part in text.split(",") if (name := part.strip())]
    known = list(kind)
    problems = [
        _problem(
            "facets",
            "unknown_facet",
            f"没有分面“{name}”；最接近的有：{'、'.join(nearest_codes(name, known))}",
            f"There is no facet '{name}'; the nearest are: {', '.join(nearest_codes(name, known))}",
        )
        for name in names
        if name not in known
    ]
    return tuple(dict.fromkeys(kind(name) for name in names if name in known)), problems


def only_for(params: SearchParams, allowed: Collection[str]) -> list[ErrorItem]:
    """Return an error for each parameter that is given and is not for the index asked."""
    zh, en = f"不能用于检索 {params.index}", f"Cannot be used to search {params.index}"
    given = params.model_fields_set - {"index", *allowed}
    return [_problem(name, "not_for_this_index", zh, en) for name in sorted(given)]


def _for_projects_only(params: SearchParams) -> list[ErrorItem]:
    given = [name for name in PROJECTS_ONLY if getattr(params, name)]
    problems = [
        _problem(name, "projects_only", "只能用于检索项目", "Can only be used to search projects")
        for name in given
    ]
    if params.sort.removeprefix("-") == SearchSort.POOLED:
        problems.append(
            _problem("sort", "projects_only", "只有项目能按此排序", "Only projects have this order")
        )
    return problems


def _not_for_platforms(params: SearchParams) -> list[ErrorItem]:
    if params.index != "platforms":
        return []
    given = [name for name in SERVICES_ONLY if getattr(params, name) is not None]
    problems = [
        _problem(name, "services_only", "只能用于检索服务", "Can only be used to search services")
        for name in given
    ]
    if params.sort.removeprefix("-") in SORTS_OF_SERVICES:
        problems.append(
            _problem("sort", "services_only", "平台不能按此排序", "Platforms cannot be ordered by this")
        )
    return problems


def _half_a_circle(params: SearchParams) -> list[ErrorItem]:
    """A point needs both coordinates, a radius needs a point, a point needs a use."""
    by_distance = params.sort.removeprefix("-") == "distance"
    given = {name: getattr(params, name) is not None for name in ("lat", "lon", "radius_km")}
    if not any(given.values()) and not by_distance:
        return []
    needed = ["lat", "lon"] if by_distance else ["lat", "lon", "radius_km"]
    return [
        _problem(
            name,
            "missing",
            "lat、lon、radius_km 要一起给出；按距离排序需要 lat 和 lon",
            "lat, lon and radius_km go together; the order by distance needs lat and lon",
        )
        for name in needed
        if not given[name]
    ]


def _problem(parameter: str, code: str, zh: str, en: str) -> ErrorItem:
    return ErrorItem(pointer=f"/query/{parameter}", code=code, detail=Localized(zh=zh, en=en))
