"""What match runs are asked and what they answer."""

import uuid
from datetime import date, datetime
from enum import StrEnum

from pydantic import Field

from app.kit.i18n import Lang
from app.kit.schemas import Given, Read
from app.matching.facts import Verdict
from app.matching.schemas import MOST_NEEDS, ConstraintsGiven, MatchRead, NeedGiven
from app.runs.reasons import ReasonCode


class MatchRunCreate(Given):
    """What is asked besides what the newest version of the result says; all of it may be left out."""

    needs: list[NeedGiven] | None = Field(
        default=None,
        max_length=MOST_NEEDS,
        description="in the place of the result's own; where it has none either, they are drawn from its text",
    )
    constraints: ConstraintsGiven | None = Field(
        default=None, description="in the place of the constraints of the result"
    )
    strict: bool = Field(default=False, description="drop what does not keep every constraint for certain")
    unconditional: bool = Field(default=False, description="count only mets without any condition")
    include_demo: bool = Field(default=True, description="false leaves the fictional demo catalogue out")
    on_date: date | None = Field(default=None, description="today in Shanghai when left out")
    limit: int = Field(default=20, ge=1, le=100, description="bounds candidates and services, each")


class ResultRef(Read):
    id: uuid.UUID
    slug: str


class MatchRunHead(Read):
    """What makes a kept answer reproducible."""

    id: uuid.UUID
    result: ResultRef
    version: int = Field(description="number of the version of the result that was matched", examples=[1])
    created_at: datetime
    on_date: date = Field(description="the day that was asked about")
    lang: Lang
    inputs_hash: str = Field(description="SHA-256 of everything that decides the answer but the catalogue")
    answer_hash: str = Field(description="SHA-256 of the bytes of `match`")
    scorer_version: str
    weights: dict[str, float]
    index_version: str = Field(description="version of the catalogue that was judged")
    vocabulary_version: str = Field(description="equal where needs are understood and judged alike")
    engine: str = Field(description="the search engine that proposed services", examples=["embedded"])
    degraded: bool = Field(description="true when the engine did not answer: no text likeness")


class MatchRunRead(MatchRunHead):
    """A match as it was answered; `match` stays the same to the byte, whatever becomes of the catalogue."""

    match: MatchRead


class AsOf(StrEnum):
    """On which day the same question is asked again."""

    ASKED_DATE = "asked_date"
    TODAY = "today"


class ChangedThing(Read):
    """The thing of the catalogue that changed."""

    kind: str = Field(examples=["accreditation"])
    id: str
    href: str | None = Field(description="path where it is read; null for what is no longer there")


class ReasonRead(Read):
    code: ReasonCode
    detail: str = Field(description="in the language asked")
    subject: ChangedThing | None
    before: str | None
    after: str | None


class VerdictSeen(Read):
    verdict: Verdict
    reason: str


class VerdictChangeRead(Read):
    """A verdict that is not what it was; null: the platform was not among the candidates."""

    platform: str = Field(description="slug")
    need_id: str
    before: VerdictSeen | None
    after: VerdictSeen | None
    differs: list[str] = Field(description="`verdict`, `reason`, `conditions`, `evidence`")
    reasons: list[ReasonRead]


class CandidateChangeRead(Read):
    """Places count from 1; null: not among the candidates."""

    platform: str
    before: int | None
    after: int | None
    reasons: list[ReasonCode]


class PlanChangeRead(Read):
    platforms: list[str]
    reasons: list[ReasonCode]


class PlanChanges(Read):
    gained: list[PlanChangeRead]
    lost: list[PlanChangeRead]


class NeedChangeRead(Read):
    """A need that is understood in another way today, or warned of."""

    need_id: str
    differs: list[str]
    reason: ReasonRead


class RunVersions(Read):
    on_date: date
    index_version: str
    vocabulary_version: str
    scorer_version: str
    engine: str
    degraded: bool


class ReplayRead(Read):
    """What is different from the kept answer when the same is asked again. Nothing is stored."""

    run: uuid.UUID
    as_of: AsOf
    unchanged: bool = Field(description="true when every verdict, plan, candidate and its place is the same")
    before: RunVersions
    after: RunVersions
    weights_changed: bool
    verdicts: list[VerdictChangeRead]
    candidates: list[CandidateChangeRead]
    plans: PlanChanges
    needs: list[NeedChangeRead]
