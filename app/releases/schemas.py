"""What is asked of releases and what is answered beside the releases themselves."""

import uuid
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from app.kit.i18n import Localized
from app.kit.pagination import PageParams
from app.kit.schemas import Given, Read
from app.models.registry import PlatformKind, Tier
from app.registry.params import Code, FieldCodes, RegionCodes
from app.releases.documents import Named, ReleaseListed

RegionCode = Annotated[
    str,
    Field(
        pattern="^[0-9]{6}$",
        description="GB/T 2260 code of the province or city that issues",
        examples=["330000"],
    ),
]


class ReleaseCreateFilter(Given):
    """Values of one are joined by or, different ones by and; left out: all."""

    kind: list[PlatformKind] = Field(
        default=[], max_length=10, description="any of these kinds; left out: all that one is competent for"
    )
    field: FieldCodes = Field(default=[])
    city: RegionCodes = Field(default=[])
    tier: list[Tier] = Field(default=[], max_length=10, description="any of these tiers")


class ReleaseCreate(Given):
    """An edition to be issued. It can never be changed or taken back."""

    title: str = Field(
        min_length=1,
        max_length=200,
        pattern=r"^[^\x00-\x1f\x7f]+$",
        examples=["浙江省概念验证中心服务资源目录清单（2026 年第一批）"],
    )
    note: str | None = Field(default=None, max_length=4000)
    region: RegionCode | None = Field(
        default=None,
        description="the province or city in which one publishes; needed only where there are several cities",
    )
    filter: ReleaseCreateFilter = Field(default_factory=ReleaseCreateFilter)


class ReleasesAsked(PageParams):
    """Query parameters of the list of releases."""

    region: Code | None = Field(
        default=None, description="only those of this province or city", examples=["330000"]
    )


class LatestAsked(BaseModel):
    """Query parameters of the newest release."""

    model_config = ConfigDict(extra="forbid")

    region: Code | None = Field(
        default=None, description="the newest of this province or city; left out: of all", examples=["330000"]
    )


class ReleasedPlatformBrief(Read):
    """A platform that a difference is about."""

    id: uuid.UUID
    slug: str
    name: Localized
    kind: Named


class FieldChange(Read):
    """One value that differs."""

    pointer: str = Field(
        description="JSON pointer into the entry; members of lists by their id or code, where they have one. "
        "A pointer to such a list: its members are the same, in another order",
        examples=["/services/01935f6f-2a3c-7d4e-8f90-a1b2c3d4e5f6/lead_time_days"],
    )
    before: Any = Field(description="null: it said nothing, or was not there")
    after: Any = Field(description="null: it says nothing, or is no longer there")


class PlatformChange(Read):
    platform: ReleasedPlatformBrief
    changes: list[FieldChange]


class ReleaseDiff(Read):
    """What an edition has that another had not, by the ids of platforms."""

    before: ReleaseListed
    after: ReleaseListed
    added: list[ReleasedPlatformBrief]
    removed: list[ReleasedPlatformBrief]
    changed: list[PlatformChange]
    unchanged: int = Field(description="how many platforms are in both and the same")
