"""What search and suggestions answer."""

import uuid
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from app.kit.i18n import Localized
from app.matching.schemas import NeedGiven
from app.models import DisclosureTier, Stage
from app.models.registry import LeadType, PlatformKind, Tier

Code = str


class HitPlatform(BaseModel):
    """The platform of a hit; for a hit of the index `platforms`, itself."""

    id: uuid.UUID
    slug: str
    name: Localized
    kind: PlatformKind
    tier: Tier | None
    lead_type: LeadType | None
    city: Code | None = Field(description="code of the city (GB/T 2260)", examples=["330100"])
    region: Code | None = Field(description="code of the county, or of the city", examples=["330110"])
    lat: float | None
    lon: float | None
    demo: bool


class Highlight(BaseModel):
    """Where the query is found: [start, end) in code points of `text`."""

    field: str = Field(examples=["title.zh"])
    text: str = Field(examples=["动力电池过充试验"])
    ranges: list[tuple[int, int]] = Field(examples=[[[0, 6]]])


class SearchHit(BaseModel):
    """A service or platform. What only services have is null or empty for platforms."""

    id: uuid.UUID
    slug: str
    title: Localized
    description: Localized | None
    platform: HitPlatform
    score: float = Field(ge=0, le=1, description="orders the hits of this answer, means nothing beyond it")
    highlights: list[Highlight]
    field: list[Code]
    function: Code | None = Field(description="null for platforms, which have several")
    functions: list[Code] = Field(description="for platforms those of their services")
    capability: list[Code]
    city: Code | None
    region: Code | None
    tier: Tier | None
    kind: PlatformKind
    lead_type: LeadType | None
    price_min_cny: str | None = Field(
        description="lowest stated fee; null when negotiable", examples=["3000.00"]
    )
    lead_time_days: int | None
    entry_trl: int | None
    exit_trl: int | None
    voucher_accepted: bool | None
    distance_km: float | None = Field(description="from `lat`, `lon`, where they are given")
    demo: bool


class FacetValue(BaseModel):
    value: str = Field(examples=["new_energy"])
    label: str = Field(description="in the language asked", examples=["新能源"])
    count: int


class Relaxation(BaseModel):
    """What to leave out of a search without hits, and how many hits that gives."""

    drop: str = Field(
        description="name of a filter or a word of `q`; two joined by a comma where one is not enough",
        examples=["city"],
    )
    kind: Literal["filter", "word", "filters"]
    count: int = Field(description="exact number of hits without it")
    q: str | None = Field(description="the words that are left, when a word is dropped")


class SearchAnswer(BaseModel):
    """One page of services or platforms."""

    index: Literal["services", "platforms"]
    hits: list[SearchHit]
    total: int
    total_is_capped: bool = Field(description="true: there are more, `total` is where counting stopped")
    matching: Literal["all", "any"] = Field(
        description="whether hits hold every word of `q`, or (when few do) at least one"
    )
    facets: dict[str, list[FacetValue]] = Field(
        description="by name; counted without the facet's own filter, most frequent first"
    )
    relax: list[Relaxation] = Field(description="only when there are no hits")
    engine: str = Field(description="what answered", examples=["embedded"])
    degraded: bool = Field(description="true: the engine was down and the database answered, without ranking")
    next_cursor: str | None


class ProjectHit(BaseModel):
    """A project of the pool, as everybody may read it."""

    id: uuid.UUID
    slug: str
    title: Localized
    description: Localized | None = Field(description="the teaser")
    keywords: list[str]
    score: float = Field(ge=0, le=1, description="orders the hits of this answer, means nothing beyond it")
    highlights: list[Highlight]
    field: list[Code]
    stage: Stage
    city: Code | None = Field(description="of the owner")
    region: Code | None
    trl: int | None = Field(description="readiness by GB/T 22900; null where it is not public")
    capability: list[Code] = Field(description="what it needs, where that is public")
    year: int = Field(description="in which it was pooled")
    demo: bool


class ProjectSearchAnswer(BaseModel):
    """One page of projects."""

    index: Literal["projects"]
    hits: list[ProjectHit]
    total: int
    total_is_capped: bool
    matching: Literal["all", "any"]
    facets: dict[str, list[FacetValue]]
    relax: list[Relaxation]
    engine: str = Field(examples=["embedded"])
    degraded: bool
    next_cursor: str | None


class SearchGroup(BaseModel):
    """The first hits of one kind."""

    hits: list[SearchHit]
    total: int
    total_is_capped: bool
    matching: Literal["all", "any"]


class ProjectGroup(BaseModel):
    """The first projects."""

    hits: list[ProjectHit]
    total: int
    total_is_capped: bool
    matching: Literal["all", "any"]


class SearchGroups(BaseModel):
    services: SearchGroup
    platforms: SearchGroup
    projects: ProjectGroup


class AllSearchAnswer(BaseModel):
    """The first hits of each kind; search one kind alone for its facets and further pages."""

    index: Literal["all"]
    groups: SearchGroups
    engine: str = Field(examples=["embedded"])
    degraded: bool = Field(description="true: the engine was down for one of them, and the database answered")


AnySearchAnswer = Annotated[
    SearchAnswer | ProjectSearchAnswer | AllSearchAnswer, Field(discriminator="index")
]


class MemberProjectHit(ProjectHit):
    """A project with what members may read of it; null or empty where there is nothing, or it is withheld."""

    abstract: str | None
    trl_evidence: str | None
    needs: list[NeedGiven]
    withheld: dict[str, DisclosureTier] = Field(description="fields that say something, to higher tiers only")


class MemberProjectSearchAnswer(BaseModel):
    """One page of projects for members."""

    hits: list[MemberProjectHit]
    total: int
    total_is_capped: bool
    matching: Literal["all", "any"]
    facets: dict[str, list[FacetValue]]
    relax: list[Relaxation]
    engine: str = Field(examples=["embedded"])
    degraded: bool = Field(
        description="true: the engine was down, and only what everybody may read was searched"
    )
    next_cursor: str | None


class SuggestionRead(BaseModel):
    text: str = Field(examples=["动力电池过充试验"])
    kind: Literal["capability", "standard", "field", "platform", "service", "project"]
    code: str | None = Field(
        description="code, standard number or slug; what to filter by or open", examples=["overcharge"]
    )


class Suggestions(BaseModel):
    items: list[SuggestionRead]
