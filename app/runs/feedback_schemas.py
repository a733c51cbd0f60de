"""What feedback, data tasks and the export of gold are asked and what they answer."""

import uuid
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field, model_validator

from app.kit.i18n import Localized, invalid_value
from app.kit.pagination import PageParams
from app.kit.schemas import Given, Read
from app.matching.facts import Verdict
from app.models.matches import DataTaskState, FeedbackKind, TaskOutcome
from app.models.results import DisclosureTier

Reason = Annotated[str, Field(min_length=1, max_length=2000)]


class FeedbackCreate(Given):
    """On a candidate or, with a need, on its verdict. The platform reads the reason: no secret belongs into it."""

    platform: str = Field(
        min_length=1, max_length=200, description="id or slug", examples=["demo-new_energy-02"]
    )
    need_id: str | None = Field(default=None, min_length=1, max_length=64, examples=["n1"])
    kind: FeedbackKind
    reason: Reason | None = Field(default=None, description="needed where something is wrong")
    claimed: Verdict | None = Field(default=None, description="the verdict that would be right")
    share_evidence: bool = Field(
        default=False,
        description="true: the platform and its department see what the verdict rested on, whatever they may read of "
        "the result; else only those see it who may read its needs",
    )

    @model_validator(mode="after")
    def _is_whole(self) -> "FeedbackCreate":
        wrong = self.kind is FeedbackKind.WRONG
        if wrong and self.reason is None:
            raise invalid_value("reason_needed", "请说明哪里有误", "Say what is wrong")
        if self.claimed is not None and not (wrong and self.need_id is not None):
            raise invalid_value(
                "claimed_without_verdict",
                "claimed 只用于指出某个需求的判断有误",
                "claimed goes with a wrong verdict on a need",
            )
        return self


class TaskRef(Read):
    id: uuid.UUID
    state: DataTaskState
    outcome: TaskOutcome | None


class FeedbackRead(Read):
    id: uuid.UUID
    platform: str = Field(description="slug")
    need_id: str | None
    kind: FeedbackKind
    verdict: Verdict | None = Field(description="what the run says; null: the platform is not in its answer")
    claimed: Verdict | None
    reason: str | None
    created_at: datetime
    answer: str | None = Field(description="what the platform says to it")
    answered_at: datetime | None
    task: TaskRef | None = Field(description="the data task that it opened")


class NeedShown(Read):
    """A need, as far as one may read it: above one's tier only that it is there."""

    id: str
    must: bool | None
    withheld: DisclosureTier | None = Field(description="the tier of what is not shown; null: all is shown")
    text: str | None = None
    capability: str | None = None
    standard: str | None = None


class ResultShown(Read):
    """The public side of a result that one may know of."""

    id: uuid.UUID
    slug: str
    title: Localized


class PlatformFeedbackRead(FeedbackRead):
    """Feedback as its platform reads it."""

    result: ResultShown | None = Field(description="null where one may not know of it")
    need: NeedShown | None


class AnswerCreate(Given):
    answer: Reason


class EvidenceRef(Read):
    kind: str = Field(examples=["scope_line"])
    id: str
    href: str


class DataTaskFilters(PageParams):
    state: DataTaskState | None = Field(default=None, description="only tasks in this state")
    platform: str | None = Field(
        default=None, max_length=200, description="slug; only tasks of this platform"
    )


class DataTaskRead(Read):
    """A verdict is said to be wrong: the platform answers, the department concludes."""

    id: uuid.UUID
    platform: str = Field(description="slug")
    state: DataTaskState
    created_at: datetime
    verdict: Verdict
    claimed: Verdict | None
    on_date: date = Field(description="the day that the verdict is about")
    reason: str | None
    result: ResultShown | None
    need: NeedShown
    evidence: list[EvidenceRef] | None = Field(
        description="what the verdict rested on; null: not for the reader"
    )
    answer: str | None
    closed_at: datetime | None
    outcome: TaskOutcome | None
    conclusion: str | None


class TaskClose(Given):
    outcome: TaskOutcome = Field(description="`confirmed`: the verdict was wrong; `refuted`: it stands")
    conclusion: Reason


class GoldResult(Read):
    """A result with what is known for certain; the form of a gold file of the evaluation."""

    id: str
    field: str | None
    title_zh: str
    abstract_zh: str
    trl: int | None
    keywords_zh: list[str]
    needs: list[dict[str, Any]]
    constraints: dict[str, Any]
    on_date: date
    judgements: dict[str, int] = Field(description="services by slug: 2 useful, 3 contacted")
    verdicts: dict[str, dict[str, Verdict]] = Field(description="by need and platform")
    best_plan: list[list[str]]
    text_only_needs: list[str]


class GoldRead(Read):
    """Feedback that was confirmed, as gold. `partial`: of what it does not name nothing is known."""

    partial: bool = True
    universe: list[str] = Field(description="platforms whose services are judged")
    results: list[GoldResult]
    queries: list[dict[str, Any]] = Field(default_factory=list)
