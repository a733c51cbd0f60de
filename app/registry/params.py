"""What can be asked of the registry's lists: filters, orders, the date."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from app.kit.pagination import PageParams
from app.models.registry import LeadType, PlatformKind, Tier
from app.models.scope import Scheme

MAX_INTEGER = 2**31 - 1
"""The largest key of a table."""

Code = Annotated[str, Field(min_length=1, max_length=64)]
FieldCodes = Annotated[
    list[Code],
    Field(max_length=50, description="codes of `/v1/fields`; any of them", examples=[["new_energy"]]),
]
FunctionCodes = Annotated[
    list[Code],
    Field(
        max_length=50,
        description="codes of `/v1/service-functions`; any of them",
        examples=[["test_inspection"]],
    ),
]
TermCodes = Annotated[
    list[Code],
    Field(
        max_length=50, description="codes of `/v1/capability-terms`; any of them", examples=[["salt_spray"]]
    ),
]
RegionCodes = Annotated[
    list[Code],
    Field(max_length=50, description="city or county codes (GB/T 2260); any of them", examples=[["330100"]]),
]
StandardText = Annotated[str, Field(min_length=1, max_length=100)]
StandardTexts = Annotated[
    list[StandardText],
    Field(
        max_length=20,
        description="standard numbers in any spelling; with a year that edition, without one any; any of them",
        examples=[["GB/T 2423.17-2008"]],
    ),
]
DemoFilter = Annotated[
    bool | None, Field(description="true: only the fictional demo records; false: only real ones")
]
OnDate = Annotated[
    date | None,
    Field(description="the day in question; default: today in Asia/Shanghai", examples=["2026-12-01"]),
]
Key = Annotated[str, Path(min_length=1, max_length=200, description="id or slug")]
LineId = Annotated[int, Path(ge=1, le=MAX_INTEGER, description="id of a scope line")]


Kinds = Annotated[list[PlatformKind], Field(max_length=10, description="kinds of platform; any of them")]
Tiers = Annotated[
    list[Tier],
    Field(max_length=10, description="tiers of recognition; any of them", examples=[["provincial"]]),
]
LeadTypes = Annotated[list[LeadType], Field(max_length=10, description="who leads the platform; any of them")]


class NameSort(StrEnum):
    """By name; without it in the order of entry, so that new records come last."""

    NAME = "name"
    NAME_DESCENDING = "-name"


Sort = Annotated[NameSort | None, Field(description="by name; otherwise in the order of entry")]


class PlatformFilters(PageParams):
    """Filters of the list of platforms; values of one are joined by or, different filters by and."""

    kind: list[PlatformKind] = Field(default=[], max_length=10, description="any of these kinds")
    field: FieldCodes = Field(default=[])
    city: RegionCodes = Field(default=[])
    tier: list[Tier] = Field(default=[], max_length=10, description="any of these tiers")
    lead_type: list[LeadType] = Field(default=[], max_length=10, description="led by any of these")
    demo: DemoFilter = None
    sort: Sort = None


class ServiceFilters(PageParams):
    """Filters of the list of services; values of one are joined by or, different filters by and."""

    field: FieldCodes = Field(default=[])
    function: FunctionCodes = Field(default=[])
    platform: str | None = Field(
        default=None, max_length=200, description="id or slug of a platform", examples=["demo-new-energy-01"]
    )
    city: RegionCodes = Field(default=[])
    capability: TermCodes = Field(default=[])
    standard: StandardTexts = Field(default=[])
    voucher: bool | None = Field(default=None, description="whether innovation vouchers are accepted")
    demo: DemoFilter = None
    sort: Sort = None


class DateParams(BaseModel):
    """The day on which accreditations are judged."""

    model_config = ConfigDict(extra="forbid")

    on_date: OnDate = None


class ScopeLinesOfPlatform(PageParams):
    """Filters of the scope lines of one platform."""

    scheme: list[Scheme] = Field(default=[], max_length=2, description="any of them")
    standard: StandardText | None = Field(
        default=None, description="standard number in any spelling", examples=["GB/T 261"]
    )
    on_date: OnDate = None


class ScopeLineQuery(PageParams):
    """Who may do this test, on that day, at that value. At least one of the first four must be given."""

    standard: StandardText | None = Field(
        default=None,
        description="standard number in any spelling; with a year only that edition, without one any",
        examples=["GB 38031-2020"],
    )
    object: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="test object; lines for a broader object count too",
        examples=["动力蓄电池单体"],
    )
    parameter: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="test parameter, or any name of a capability term",
        examples=["过充电"],
    )
    platform: str | None = Field(
        default=None, max_length=200, description="id or slug of a platform", examples=["demo-new-energy-01"]
    )
    scheme: list[Scheme] = Field(default=[], max_length=2, description="any of them")
    on_date: OnDate = None
    value: str | None = Field(
        default=None,
        min_length=1,
        max_length=60,
        description="a number with `unit`, or a grade such as IP67 without one; only lines that cover it",
        examples=["60"],
    )
    unit: str | None = Field(
        default=None, min_length=1, max_length=60, description="unit of `value`", examples=["℃"]
    )
    include_unstated: bool = Field(
        default=False,
        description="with `value`: also lines that state no range, or one in another dimension; "
        "they are marked `not_stated`",
    )
    city: RegionCodes = Field(default=[])
    demo: DemoFilter = None
