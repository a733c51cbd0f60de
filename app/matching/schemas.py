"""What a match is asked and what it answers."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.kit.i18n import Localized, invalid_value
from app.kit.schemas import Given, Read
from app.matching.facts import Asked, ConditionCode, Verdict
from app.models.registry import PlatformKind, Tier
from app.models.scope import AccreditationState, Scheme, Verification

MOST_NEEDS = 50
LONGEST_TEXT = 20_000

Code = Annotated[str, Field(max_length=64)]
Name = Annotated[str, Field(min_length=1, max_length=300)]


class RangeGiven(Given):
    """A closed range; an end left out is not asked. A grade or code (`IP67`, `V-0`) takes the place of numbers."""

    min: float | None = Field(default=None, allow_inf_nan=False)
    max: float | None = Field(default=None, allow_inf_nan=False)
    unit: str | None = Field(default=None, max_length=60, examples=["℃"])
    grade: str | None = Field(default=None, max_length=60, examples=["IP67"])


class NeedGiven(Given):
    """One thing that must be proven. With neither capability nor standard it can only be clarified, never met."""

    id: str | None = Field(default=None, min_length=1, max_length=64, description="n1, n2, … when left out")
    text: str | None = Field(default=None, max_length=LONGEST_TEXT)
    capability: str | None = Field(
        default=None, max_length=200, description="code of a capability term, or one of its names"
    )
    standard: str | None = Field(
        default=None, max_length=200, description="in any spelling; with a year only that edition counts"
    )
    object: Name | None = Field(default=None, description="test object (检测对象)")
    parameter: Name | None = Field(default=None, description="test parameter (项目/参数)")
    range: RangeGiven | None = None
    accreditation: Asked = Asked.NONE
    must: bool = True


class ResultGiven(Given):
    """A research result in the researcher's own words."""

    title: str | None = Field(default=None, max_length=500)
    abstract: str | None = Field(default=None, max_length=LONGEST_TEXT)
    field: Code | None = Field(default=None, description="code of an industry field")
    trl: int | None = Field(default=None, ge=1, le=9, description="readiness by GB/T 22900")
    keywords: list[Annotated[str, Field(max_length=100)]] = Field(default_factory=list, max_length=50)


class ConstraintsGiven(Given):
    """They order the answer and, when `strict`, thin it out; they never change a verdict."""

    city_code: str | None = Field(
        default=None, max_length=6, description="GB/T 2260 code of a city or county"
    )
    lat: float | None = Field(default=None, ge=-90, le=90)
    lon: float | None = Field(default=None, ge=-180, le=180)
    radius_km: float | None = Field(default=None, gt=0, le=20_000)
    budget_cny: float | None = Field(default=None, ge=0, le=1e12)
    deadline_days: int | None = Field(default=None, ge=0, le=3_650)
    min_tier: Tier | None = None
    voucher: bool | None = Field(default=None, description="true: innovation vouchers must be accepted")

    @model_validator(mode="after")
    def _circle_is_whole(self) -> "ConstraintsGiven":
        given = [value is not None for value in (self.lat, self.lon)]
        if any(given) != all(given) or (self.radius_km is not None and not all(given)):
            raise invalid_value(
                "incomplete_circle",
                "lat 与 lon 须一起给出，radius_km 还需要它们",
                "lat and lon go together, and radius_km needs both",
            )
        return self


class MatchRequest(Given):
    """At least `result` or `needs`; needs that are left out are drawn from the text of the result."""

    result: ResultGiven | None = None
    needs: list[NeedGiven] | None = Field(default=None, max_length=MOST_NEEDS)
    constraints: ConstraintsGiven | None = Field(
        default=None, description="drawn from the text when left out together with the needs"
    )
    strict: bool = Field(default=False, description="drop what does not keep every constraint for certain")
    unconditional: bool = Field(default=False, description="count only mets without any condition")
    include_demo: bool = Field(default=True, description="false leaves the fictional demo catalogue out")
    on_date: date | None = Field(default=None, description="today in Shanghai when left out")
    limit: int = Field(default=20, ge=1, le=100, description="bounds candidates and services, each")

    @model_validator(mode="after")
    def _something_is_asked(self) -> "MatchRequest":
        if self.result is None and not self.needs:
            raise invalid_value(
                "nothing_asked", "result 与 needs 至少要有一个", "at least result or needs must be there"
            )
        return self


# --- The answer ---------------------------------------------------------------------------------------------


class Span(Read):
    """Code points of the text, the end not included."""

    of: str = Field(examples=["capability"])
    start: int
    end: int
    text: str


class MatchWarning(Read):
    code: str = Field(examples=["standard_superseded"])
    detail: str
    facts: dict[str, str | None] = Field(default_factory=dict)


class RangeUnderstood(Read):
    """As given, and in the canonical unit of its dimension."""

    min: float | None
    max: float | None
    unit: str | None
    low: float | None = None
    high: float | None = None
    grades: list[str] | None = None
    written: str | None = None


class NeedUnderstood(Read):
    """A need as it was compared."""

    id: str
    text: str | None
    capability: str | None
    capability_label: str | None
    standard: str | None = Field(description="canonical number")
    object: str | None
    parameter: str | None
    range: RangeUnderstood | None
    accreditation: Asked
    must: bool
    drawn: bool = Field(description="true when it was drawn from the text")
    spans: list[Span]
    warnings: list[MatchWarning]


class Proposed(Read):
    """A capability term that words may mean."""

    capability: str = Field(description="code of a capability term")
    label: str = Field(description="its name in the language asked")
    confidence: float = Field(ge=0, le=1)


class NeedDrawn(NeedUnderstood):
    """A need as it was drawn, to be confirmed or corrected."""

    confidence: float = Field(
        ge=0,
        le=1,
        description="how sure it is that the text asks for this: 0.95 for the number of a standard whose term is "
        "known, 0.8 for any other number, then by the words (name of the term, a phrase, a synonym, everyday speech), "
        "more where the clause asks, less where the sentence tells what was done. It orders; it is no probability",
    )
    alternatives: list[Proposed] = Field(description="what the same words may mean instead, the surest first")


class UnclearWords(Read):
    """Words that may mean several terms, none before the others: no need is drawn from them."""

    span: Span
    alternatives: list[Proposed]


class ConstraintsUnderstood(Read):
    """The constraints that were applied; `spans` say where drawn ones stand in the text."""

    city_code: str | None
    lat: float | None
    lon: float | None
    radius_km: float | None
    budget_cny: float | None
    deadline_days: int | None
    min_tier: Tier | None
    voucher: bool | None
    spans: list[Span]


class ConditionRead(Read):
    code: ConditionCode
    detail: str = Field(description="in the language asked")
    facts: dict[str, str]


class EvidenceRead(Read):
    """What a verdict rests on; `id` opens under the resource of its kind."""

    kind: Literal["scope_line", "accreditation", "service"]
    id: str
    href: str
    scheme: Scheme | None = None
    certificate_no: str | None = None
    state: AccreditationState | None = None
    verification: Verification | None = None
    holder: str | None = Field(default=None, description="the partner body that holds it; null: the operator")
    valid_from: date | None = None
    valid_to: date | None = None
    object: str | None = None
    parameter: str | None = None
    standard: str | None = None
    clause: str | None = None
    range: RangeUnderstood | None = None
    restriction: str | None = None
    service_slug: str | None = None


class NearestMiss(Read):
    code: str
    detail: str
    covered: RangeUnderstood | None = Field(default=None, description="the part of the range that is covered")


class VerdictRead(Read):
    need_id: str
    verdict: Verdict
    reason: str
    nearest_miss: NearestMiss | None
    conditions: list[ConditionRead]
    evidence: list[EvidenceRead]


class ConstraintRead(Read):
    name: str
    kept: bool | Literal["unknown"]


class ServiceScore(Read):
    id: UUID
    slug: str
    title: Localized
    score: float


class PlatformHead(Read):
    id: UUID
    slug: str
    name: Localized
    kind: PlatformKind
    tier: Tier | None
    city: str | None = Field(description="GB/T 2260 code")
    region: str | None
    fields: list[str]
    demo: bool


class CandidateRead(Read):
    platform: PlatformHead
    score: float = Field(description="the sum of score_parts; it only orders this answer")
    score_parts: dict[str, float]
    verdicts: list[VerdictRead]
    constraints: list[ConstraintRead]
    distance_m: float | None
    services: list[ServiceScore]
    warnings: list[MatchWarning]


class PlanPrice(Read):
    """The sum over needs of the cheapest stated price of a member that meets it; null where one is not stated."""

    amount: str | None = Field(examples=["12000.00"])
    currency: Literal["CNY"] = "CNY"


class PlanRead(Read):
    platforms: list[str]
    covers: list[str]
    conditions: int
    price_cny: PlanPrice
    lead_time_days: int | None
    distance_m: float | None
    constraints: list[ConstraintRead]


class Closest(Read):
    platform: str
    verdict: Verdict
    reason: str
    detail: str


class Unmeetable(Read):
    """A must-need that no platform meets, and who comes closest."""

    need_id: str
    why: str
    detail: str
    closest: list[Closest]


class RunRead(Read):
    """What makes the answer reproducible."""

    inputs_hash: str
    scorer_version: str
    index_version: str = Field(description="version of the catalogue that was judged")
    on_date: date
    degraded: bool = Field(description="true when the search engine did not answer: no text likeness")


class MatchRead(Read):
    needs: list[NeedUnderstood]
    constraints: ConstraintsUnderstood
    candidates: list[CandidateRead]
    candidates_total: int
    plans: list[PlanRead]
    plans_total: int
    to_clarify: list[str]
    unmeetable: list[Unmeetable]
    services: list[ServiceScore]
    run: RunRead


class DrawRequest(BaseModel):
    """Spans count code points of the text as it is sent: nothing is taken off its ends."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(
        min_length=1,
        max_length=LONGEST_TEXT,
        description="what is to be proven, in one's own words; a title, an abstract and keywords on lines of their own",
    )
    on_date: date | None = Field(default=None, description="today in Shanghai when left out")


class DrawRead(Read):
    """What a text asks for. Needs that are confirmed are sent to a match or kept with a result."""

    needs: list[NeedDrawn]
    constraints: ConstraintsUnderstood
    unclear: list[UnclearWords]
    vocabulary_version: str


MATCH_EXAMPLE: dict[str, Any] = {
    "result": {"title": "糠醛基绿色清洗溶剂的上市检测", "field": "petrochemical", "trl": 7},
    "needs": [
        {
            "id": "flash",
            "text": "闭口闪点，要认可报告",
            "standard": "GB/T 261-2021",
            "parameter": "闭口闪点",
            "range": {"min": 60, "max": 100, "unit": "℃"},
            "accreditation": "CNAS",
        },
        {"id": "sampling", "text": "桶装料抽样", "standard": "GB/T 6678", "accreditation": "CMA"},
    ],
    "constraints": {"city_code": "330200", "deadline_days": 90},
    "on_date": "2026-12-01",
}
