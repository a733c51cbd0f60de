"""What assessment takes and answers."""

import uuid
from datetime import date, datetime
from typing import Annotated

from pydantic import Field, FiniteFloat, model_validator

from app.calls.rubric import Criterion
from app.kit.i18n import Localized, invalid_value
from app.kit.pagination import PageParams
from app.kit.schemas import Given, Read
from app.listing.document_types import Text
from app.membership.schemas import OrganisationName, PersonName
from app.models.assessment import AssignmentState, Constraint, DecisionKind
from app.models.results import ResultState
from app.results.documents import ResultDocument
from app.vocabulary.schemas import Coded

MOST_AT_ONCE = 100
"""How many results get their experts in one request."""

FieldCode = Annotated[str, Field(min_length=1, max_length=64, examples=["new_energy"])]
Reason = Annotated[Text, Field(max_length=1000, examples=["曾与申报单位合作"])]
Score = Annotated[FiniteFloat, Field(ge=0, le=1000, examples=[8.5])]
Scores = Annotated[
    dict[str, Score],
    Field(
        max_length=20,
        description="by the keys of the criteria of the call, each on its own scale, with at most one decimal",
        examples=[{"innovation": 8.5, "maturity": 6, "market": 7, "team": 8, "feasibility": 9}],
    ),
]


class ExpertProfileSet(Given):
    """What an expert can judge, how much at a time, and when."""

    organisation_id: uuid.UUID | None = Field(default=None, description="where the expert works")
    disciplines: list[FieldCode] = Field(
        max_length=20, description="codes of `/v1/fields`; a field stands for its sub-directions too"
    )
    quota: int = Field(default=5, ge=0, le=50, description="most open assignments at a time")
    available_from: date | None = Field(default=None, description="nothing new is assigned before")
    available_to: date | None = Field(default=None, description="nothing new is assigned after")

    @model_validator(mode="after")
    def _is_a_time(self) -> "ExpertProfileSet":
        if self.available_from and self.available_to and self.available_to < self.available_from:
            raise invalid_value("availability", "结束日期早于开始日期", "It ends before it begins")
        return self


class ExpertProfileRead(Read):
    person_id: uuid.UUID
    name: PersonName
    organisation: OrganisationName | None
    disciplines: list[Coded]
    quota: int
    available_from: date | None
    available_to: date | None
    open_assignments: int = Field(description="assignments that are still to be judged, in all calls")


class ResultName(Read):
    """A result by what everybody may know of it."""

    id: uuid.UUID
    slug: str
    title: Localized


class CallName(Read):
    id: uuid.UUID
    slug: str
    title: Localized


class ExpertName(Read):
    person_id: uuid.UUID
    name: PersonName


class ExpertConflictCreate(Given):
    """A conflict with an organisation or with one result: exactly one of both."""

    organisation_id: uuid.UUID | None = None
    result_id: uuid.UUID | None = None
    reason: Reason | None = None

    @model_validator(mode="after")
    def _is_with_one(self) -> "ExpertConflictCreate":
        if (self.organisation_id is None) == (self.result_id is None):
            raise invalid_value(
                "conflict_with_one",
                "必须指明一个机构或一项成果",
                "Name an organisation or a result, not both",
            )
        return self


class ExpertConflictRead(Read):
    id: uuid.UUID
    organisation: OrganisationName | None
    result: ResultName | None
    reason: str | None
    created_at: datetime


class CandidateFilters(PageParams):
    result: str | None = Field(
        default=None,
        max_length=200,
        description="id or slug of a result of the call: what keeps each from it",
    )


class Objection(Read):
    """What keeps an expert from a result."""

    constraint: Constraint
    detail: Localized


class ExpertCandidate(Read):
    """An expert as the people of a call see one."""

    expert: ExpertName
    organisation: OrganisationName | None
    disciplines: list[Coded]
    quota: int
    open_assignments: int
    available: bool = Field(description="today")
    matching: list[str] | None = Field(description="fields of the result that the expert covers")
    objections: list[Objection] | None = Field(description="null where no result is named")


class AssignmentsCreate(Given):
    """Which results are to get their experts."""

    results: list[Annotated[str, Field(min_length=1, max_length=200)]] | None = Field(
        default=None,
        min_length=1,
        max_length=MOST_AT_ONCE,
        description="ids or slugs; null: those of the call that have too few, the first 100 of them",
    )


class AssignmentAdd(Given):
    person_id: uuid.UUID = Field(description="an expert")


class ProposedAssignment(Read):
    result: ResultName
    expert: ExpertName
    matching: list[str] = Field(description="fields of the result that the expert covers")


class BindingConstraint(Read):
    constraint: Constraint
    detail: Localized
    needed: int
    found: int
    disciplines: list[str] = Field(description="fields that are not covered, or scarce")


class BlockedResult(Read):
    """A result that cannot have its experts, and what binds: each would do if it were relaxed."""

    result: ResultName
    constraints: list[BindingConstraint]


class ProposalRead(Read):
    """The best assignment: nothing is stored."""

    assignments: list[ProposedAssignment]
    blocked: list[BlockedResult]
    matched: int = Field(description="fields covered, over all assignments; no assignment has more")


class AssignmentRead(Read):
    id: uuid.UUID
    call: CallName
    result: ResultName
    version_number: int = Field(description="the version of the result that is judged")
    expert: ExpertName
    state: AssignmentState
    manual: bool
    assigned_at: datetime
    due_on: date = Field(description="the evaluation is asked for by the end of this day")
    ended_at: datetime | None
    reason: str | None = Field(description="why it was declined or taken back")


class AssignmentsMade(Read):
    assignments: list[AssignmentRead]


class AssignmentFilters(PageParams):
    state: AssignmentState | None = Field(default=None, description="only assignments in this state")


class AssignmentEnd(Given):
    reason: Reason


class AssignedResultRead(Read):
    """What an expert judges: the version as it was submitted, and the rubric."""

    assignment_id: uuid.UUID
    result: ResultName
    version_number: int
    document: ResultDocument
    rubric: list[Criterion]


class EvaluationGiven(Given):
    """What an expert says: a score for every criterion."""

    scores: Scores
    comment_owner: Text | None = Field(default=None, description="reaches the owner, without a name")
    comment_department: Text | None = Field(default=None, description="never reaches the owner")


class EvaluationRead(Read):
    id: uuid.UUID
    assignment_id: uuid.UUID
    version_number: int = Field(description="the version of the result that was judged")
    scores: dict[str, float]
    total: float = Field(description="points of 100", examples=[76.5])
    comment_owner: str | None
    comment_department: str | None
    submitted_at: datetime


class ProgressRead(Read):
    """One expert of a result, and whether the evaluation is in."""

    assignment_id: uuid.UUID
    expert: ExpertName
    state: AssignmentState


class SpreadRead(Read):
    mean: float
    median: float
    spread: float = Field(description="the best less the worst")
    deviation: float = Field(description="standard deviation of these experts")


class AggregateRead(Read):
    count: int = Field(description="evaluations")
    total: SpreadRead = Field(description="points of 100")
    criteria: dict[str, SpreadRead] = Field(description="each on its own scale")
    disagree: bool = Field(description="whether totals differ by more than the bound of the call")


class JudgementRead(Read):
    """What one expert said."""

    expert: ExpertName
    scores: dict[str, float]
    total: float
    comment_owner: str | None
    comment_department: str | None = Field(description="null for the people of the centre")


class ResultDecisionCreate(Given):
    decision: DecisionKind
    reasons: Text = Field(description="reach the owner of the result", examples=["建议补充循环寿命数据"])


class RecallCreate(Given):
    reason: Annotated[Text, Field(max_length=2000)]


class DecisionRead(Read):
    """What was decided on a version, as its owner reads it."""

    id: uuid.UUID
    decision: DecisionKind
    reasons: str
    version_number: int
    decided_at: datetime
    comments: list[str] = Field(description="what the experts say to the owner, in no order")
    recalled_at: datetime | None
    recall_reason: str | None


class DecisionMade(Read):
    """A decision with the scores it rests on."""

    id: uuid.UUID
    decision: DecisionKind
    reasons: str
    version_number: int
    mean: float | None
    spread: float | None
    decided_at: datetime
    recalled_at: datetime | None
    recall_reason: str | None


class AssessmentRead(Read):
    """How the assessment of a result stands. Nobody sees what was said before all evaluations are in."""

    result: ResultName
    state: ResultState
    version_number: int
    all_in: bool
    experts: list[ProgressRead]
    aggregate: AggregateRead | None = Field(description="null until all evaluations are in")
    evaluations: list[JudgementRead] | None = Field(description="null until all evaluations are in")
    decisions: list[DecisionMade] = Field(description="the newest first")


class DecisionList(Read):
    decisions: list[DecisionRead]
