"""What projects of the pool take and answer."""

import uuid
from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, Field

from app.kit.i18n import Localized
from app.kit.pagination import PageParams
from app.kit.schemas import Given, Read
from app.matching.schemas import ConstraintsGiven, NeedGiven
from app.membership.schemas import OrganisationName
from app.models import DisclosureTier, ProjectRole, Stage
from app.registry.params import DemoFilter, FieldCodes, RegionCodes
from app.results.documents import Contributor, IntellectualProperty
from app.vocabulary.schemas import Coded

MOST_FACTS = 50

Line = Annotated[str, Field(min_length=1, max_length=200)]
LongText = Annotated[str, Field(min_length=1, max_length=4000)]


Fact = bool | Annotated[float, Field(allow_inf_nan=False)] | Annotated[str, Field(max_length=500)]


class TextGiven(Given):
    """A text that everybody may read, in Chinese and, where there is one, in English."""

    zh: LongText
    en: LongText | None = None


class TitleGiven(Given):
    """A short text in Chinese and, where there is one, in English."""

    zh: Line
    en: Annotated[str, Field(min_length=1, max_length=300)] | None = None


class OutcomeGiven(Given):
    """What came of it. Everybody reads it; for a failure it says what was learnt."""

    summary: TextGiven
    facts: dict[Annotated[str, Field(max_length=100)], Fact] = Field(
        default_factory=dict,
        max_length=MOST_FACTS,
        description="figures, as the project sees fit; public",
        examples=[{"cycles": 1200, "capacity retained": "82 %"}],
    )
    on_date: date | None = Field(default=None, description="default: today in Asia/Shanghai")


class StageChangeCreate(Given):
    """A step to another stage. `outcome` is needed for `verified`, `failed` and `industrialised`, and only there."""

    stage: Stage = Field(examples=[Stage.VERIFYING])
    note: TextGiven | None = Field(default=None, description="public; why, or what comes next")
    outcome: OutcomeGiven | None = None


class MilestoneCreate(Given):
    title: TitleGiven
    due_on: date | None = None
    done_on: date | None = None


class MilestoneUpdate(Given):
    """What is left out stays; null clears a date."""

    title: TitleGiven | None = None
    due_on: date | None = None
    done_on: date | None = None


class ProjectPlatformCreate(Given):
    platform: str = Field(
        min_length=1,
        max_length=200,
        description="id or slug of a published platform",
        examples=["demo-new-energy-01"],
    )
    role: ProjectRole
    since: date | None = None


class ProjectFilters(PageParams):
    """Values of one filter are joined by or, different filters by and."""

    field: FieldCodes = Field(default=[])
    stage: list[Stage] = Field(default=[], max_length=len(Stage), description="any of these stages")
    city: RegionCodes = Field(default=[])
    trl: list[Annotated[int, Field(ge=1, le=9)]] = Field(
        default=[], max_length=9, description="readiness by GB/T 22900, where it is public; any of these"
    )
    q: str | None = Field(
        default=None, min_length=1, max_length=100, description="words of the title, teaser and keywords"
    )
    demo: DemoFilter = None


class PlatformName(Read):
    id: uuid.UUID
    slug: str
    name: Localized


class CallName(Read):
    id: uuid.UUID
    slug: str
    title: Localized


class ProjectListed(Read):
    """A project as everybody may read it."""

    id: uuid.UUID
    slug: str
    title: Localized
    teaser: Localized | None
    field: list[Coded] = Field(description="industry fields, the main one first")
    keywords: list[str]
    trl: int | None = Field(description="readiness by GB/T 22900; null where it is not public")
    city: Coded | None = Field(description="of the owner")
    stage: Stage
    stage_label: str = Field(description="in the language asked", examples=["验证中"])
    stage_since: AwareDatetime
    pooled_at: AwareDatetime
    demo: bool


class ProjectContent(Read):
    """What the reader may read of the result besides; null or empty where there is nothing, or it is withheld."""

    abstract: str | None = None
    confidential: str | None = None
    trl_evidence: str | None = None
    intellectual_property: list[IntellectualProperty] = Field(default=[])
    people: list[Contributor] = Field(default=[])
    needs: list[NeedGiven] = Field(default=[])
    constraints: ConstraintsGiven | None = None
    withheld: dict[str, DisclosureTier] = Field(
        description="fields that say something, but to readers of a higher tier only",
        examples=[{"abstract": "members"}],
    )


class MilestoneRead(Read):
    id: uuid.UUID
    title: Localized
    due_on: date | None
    done_on: date | None


class ProjectPlatformRead(Read):
    id: uuid.UUID = Field(description="of the part that the platform takes")
    platform: PlatformName
    role: ProjectRole
    since: date | None


class OutcomeRead(Read):
    id: uuid.UUID
    stage: Stage = Field(description="the stage that was reached with it")
    summary: Localized
    facts: dict[str, Fact]
    on_date: date
    created_at: AwareDatetime


class StageChangeRead(Read):
    id: uuid.UUID
    before: Stage | None = Field(description="null when the result was pooled")
    after: Stage
    note: Localized | None
    at: AwareDatetime


class ProjectRead(ProjectListed):
    """A project with all that belongs to it; `content` depends on who reads, and confidential readings are recorded."""

    result_id: uuid.UUID = Field(description="to ask for access to more of it")
    call: CallName | None
    owner: OrganisationName | None = Field(description="null below the tier `members`")
    version_number: int = Field(description="number of the version of the result that is shown")
    next_stages: list[Stage] = Field(description="stages that can follow")
    milestones: list[MilestoneRead]
    platforms: list[ProjectPlatformRead]
    outcomes: list[OutcomeRead] = Field(description="newest first")
    content: ProjectContent
    version: int = Field(description="as in `ETag`")
