"""What can be asked of search and suggestions."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.kit.pagination import MAX_LIMIT
from app.models.pool import Stage
from app.models.scope import Scheme
from app.registry.params import (
    DemoFilter,
    FieldCodes,
    FunctionCodes,
    Kinds,
    LeadTypes,
    OnDate,
    RegionCodes,
    StandardTexts,
    TermCodes,
    Tiers,
)

MAX_QUERY_CHARACTERS = 500
MAX_OFFSET = 1_000_000
"""Nobody reads so far, and an engine would have to keep every hit before it."""


class SearchSort(StrEnum):
    """By what hits are ordered; with a minus the other way round. Hits without the value come last both ways."""

    RELEVANCE = "relevance"
    LEAST_RELEVANT = "-relevance"
    PRICE = "price"
    PRICE_DESCENDING = "-price"
    LEAD_TIME = "lead_time"
    LEAD_TIME_DESCENDING = "-lead_time"
    DISTANCE = "distance"
    DISTANCE_DESCENDING = "-distance"
    NAME = "name"
    NAME_DESCENDING = "-name"
    POOLED = "pooled"
    POOLED_DESCENDING = "-pooled"


class Facet(StrEnum):
    """What services and platforms can be counted by; each is also a filter."""

    FIELD = "field"
    FUNCTION = "function"
    CITY = "city"
    TIER = "tier"
    KIND = "kind"
    LEAD_TYPE = "lead_type"
    SCHEME = "scheme"
    CAPABILITY = "capability"
    VOUCHER = "voucher"
    DEMO = "demo"


class ProjectFacet(StrEnum):
    """What projects of the pool can be counted by; each is also a filter."""

    FIELD = "field"
    STAGE = "stage"
    CITY = "city"
    TRL = "trl"
    CAPABILITY = "capability"
    YEAR = "year"
    DEMO = "demo"


Stages = Annotated[
    list[Stage], Field(max_length=len(Stage), description="stages of projects; any of them; projects only")
]
Trls = Annotated[
    list[Annotated[int, Field(ge=1, le=9)]],
    Field(max_length=9, description="readiness (GB/T 22900) of projects; any of them; projects only"),
]
Years = Annotated[
    list[Annotated[int, Field(ge=2000, le=2999)]],
    Field(max_length=20, description="years in which projects were pooled; any of them; projects only"),
]


class SearchParams(BaseModel):
    """A search. Values of one filter are joined by or, different filters by and."""

    model_config = ConfigDict(extra="forbid")

    index: Literal["services", "platforms", "projects", "all"] = Field(
        default="services",
        description="what to look for; `all`: in each of them, `limit` hits each, with `q`, `field`, `city`, "
        "`capability` and `demo` as filters",
    )
    q: str = Field(
        default="",
        max_length=MAX_QUERY_CHARACTERS,
        description="words in Chinese or English, pinyin, initials, standard numbers in any spelling",
        examples=["动力电池过充 GB 38031"],
    )
    field: FieldCodes = Field(default=[])
    function: FunctionCodes = Field(default=[])
    city: RegionCodes = Field(default=[])
    tier: Tiers = Field(default=[])
    kind: Kinds = Field(default=[])
    lead_type: LeadTypes = Field(default=[])
    scheme: list[Scheme] = Field(
        default=[],
        max_length=2,
        description="the platform has an accreditation of this scheme, granted and valid on `on_date`",
    )
    standard: StandardTexts = Field(default=[])
    capability: TermCodes = Field(default=[])
    price_max_cny: Decimal | None = Field(
        default=None,
        ge=0,
        max_digits=14,
        decimal_places=2,
        description="the lowest stated fee is at most this; negotiable prices never match; services only",
        examples=["5000"],
    )
    lead_time_days_max: int | None = Field(default=None, ge=0, le=10_000, description="services only")
    voucher: bool | None = Field(default=None, description="whether innovation vouchers are accepted")
    entry_trl: int | None = Field(
        default=None,
        ge=1,
        le=9,
        description="readiness level (GB/T 22900) of the result: entry <= it <= exit; services only",
    )
    lat: float | None = Field(default=None, ge=-90, le=90, description="degrees north")
    lon: float | None = Field(default=None, ge=-180, le=180, description="degrees east")
    radius_km: float | None = Field(
        default=None, gt=0, le=20_100, description="great-circle distance from `lat`, `lon`"
    )
    stage: Stages = Field(default=[])
    trl: Trls = Field(default=[])
    year: Years = Field(default=[])
    demo: DemoFilter = None
    on_date: OnDate = None
    sort: SearchSort = Field(
        default=SearchSort.RELEVANCE,
        description="the order of hits; with a minus the other way round (`-relevance`: worst first); "
        "hits without the value come last both ways; `pooled` is for projects, whose newest come first by "
        "`-pooled`",
    )
    cursor: str | None = Field(default=None, max_length=2_000, description="`next_cursor` of the page before")
    limit: int = Field(default=20, ge=1, le=MAX_LIMIT, description="most hits on the page")
    facets: str = Field(
        default="",
        max_length=200,
        description="facets to count, joined by commas: "
        + ", ".join(Facet)
        + "; of projects: "
        + ", ".join(ProjectFacet),
        examples=["field,city,scheme"],
    )


class ProjectSearchParams(BaseModel):
    """A search in what members may read of projects."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(
        default="",
        max_length=MAX_QUERY_CHARACTERS,
        description="words in Chinese or English, pinyin, initials, standard numbers in any spelling",
        examples=["电解液 低温"],
    )
    field: FieldCodes = Field(default=[])
    stage: Stages = Field(default=[])
    city: RegionCodes = Field(default=[])
    trl: Trls = Field(default=[])
    capability: TermCodes = Field(default=[])
    year: Years = Field(default=[])
    demo: DemoFilter = None
    sort: Literal["relevance", "name", "-name", "pooled", "-pooled"] = Field(
        default="relevance", description="the order of hits; with a minus the other way round"
    )
    facets: str = Field(
        default="", max_length=200, description="to count, joined by commas: " + ", ".join(ProjectFacet)
    )
    cursor: str | None = Field(default=None, max_length=2_000, description="`next_cursor` of the page before")
    limit: int = Field(
        default=10, ge=1, le=20, description="most hits on the page; each hit is a recorded reading"
    )


class SuggestParams(BaseModel):
    """The beginning of something, as somebody types it."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(
        max_length=100,
        description="beginning or middle of a name, pinyin, initials, or of a standard number",
        examples=["dldc"],
    )
    limit: Annotated[int, Field(ge=1, le=50, description="most suggestions")] = 10
