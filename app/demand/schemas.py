"""What demand is asked and what it answers."""

import uuid
from datetime import date
from typing import Annotated

from pydantic import Field

from app.demand.rules import Standing
from app.kit.i18n import Localized
from app.kit.pagination import Page, PageParams
from app.kit.schemas import Read
from app.matching.facts import Asked
from app.models import DisclosureTier, ResultState, Stage
from app.vocabulary.schemas import Coded

_IncludeDemo = Annotated[bool, Field(description="false leaves fictional results and platforms out")]


class DemandFilters(PageParams):
    field: str | None = Field(
        default=None, max_length=64, description="code of an industry field; what belongs to it is found too"
    )
    only_met: bool = Field(default=False, description="only results of which every must-need is met")
    include_demo: _IncludeDemo = True
    on_date: date | None = Field(
        default=None, description="judged for this day; today in Shanghai when left out"
    )


class UnmetFilters(PageParams):
    field: str | None = Field(default=None, max_length=64, description="code of a main field")
    capability: str | None = Field(default=None, max_length=64, description="code of a capability term")
    scheme: Asked | None = Field(default=None, description="the accreditation that is asked")
    city: str | None = Field(default=None, max_length=6, description="GB/T 2260 code of the owner's city")
    include_demo: _IncludeDemo = True
    on_date: date | None = Field(
        default=None, description="judged for this day; today in Shanghai when left out"
    )


class Missing(Read):
    """What stands between a near need and a met one."""

    code: str = Field(
        description="a reason of a match, or `one_scope_line_away`", examples=["accreditation_expired"]
    )
    steps: int = Field(description="how much is to be done: 1 little, 3 much")
    detail: Localized = Field(
        examples=[
            {
                "zh": "CNAS 证书已于 12 天前（2026-11-12）到期",
                "en": "The CNAS certificate expired 12 days ago (2026-11-12)",
            }
        ]
    )
    facts: dict[str, str]


class NeedStanding(Read):
    """A need of a result, and how the platform stands to it. `unclear`: words alone, which nobody can meet."""

    id: str
    must: bool
    standing: Standing
    text: str | None
    capability: Coded | None
    standard: str | None
    object: str | None
    parameter: str | None
    range: str | None = Field(description="as it is asked", examples=["-55..85 ℃"])
    accreditation: Asked
    reason: str = Field(description="the reason of a match", examples=["part_of_range"])
    conditions: list[str] = Field(description="codes of what stays to be checked about a met need")
    missing: Missing | None


class ProjectName(Read):
    id: uuid.UUID
    slug: str
    stage: Stage


class DemandRead(Read):
    """A result that waits for what the platform can do. More of it is read under `/v1/results/{id}`."""

    id: uuid.UUID
    slug: str
    title: Localized
    fields: list[Coded]
    state: ResultState
    project: ProjectName | None = Field(description="null: submitted to an open call, not pooled yet")
    waits_since: date
    demo: bool
    all_must_met: bool
    value: float = Field(description="the sum of value_parts; it only orders this answer")
    value_parts: dict[str, float]
    needs: list[NeedStanding]
    withheld: dict[str, DisclosureTier] = Field(description="fields that one may not read, with their tiers")


class DemandPage(Page[DemandRead]):
    on_date: date
    index_version: str = Field(description="version of the catalogue that was judged")


class NearestPlatform(Read):
    """Who comes nearest to a need of the group, and why it is not met."""

    platform: str | None = Field(description="slug; null where nobody has anything like it")
    code: str
    detail: Localized


class UnmetGroup(Read):
    """Needs that nobody meets and that are alike. No words of any result stand here."""

    field: Coded | None
    capability: Coded | None = Field(description="null: the standards asked serve no term of the vocabulary")
    scheme: Asked
    city: Coded | None = Field(description="where the owners are")
    projects: int = Field(description="how many results wait")
    must_projects: int = Field(description="for how many of them it is a must")
    needs: int
    nearest: NearestPlatform


class UnmetPage(Page[UnmetGroup]):
    on_date: date
    index_version: str
    projects: int = Field(description="how many results have a need that nobody meets")
    results: int = Field(description="how many results were looked at")
