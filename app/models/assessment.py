"""Assessment of results: experts, who may not judge what, assignments, evaluations, decisions."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from app.models.base import JsonType, PublicId, UtcDateTime, enum_type


class AssignmentState(StrEnum):
    """`assigned`: to be judged; `done`: judged; `recused`: the expert declined; `released`: taken back."""

    ASSIGNED = "assigned"
    DONE = "done"
    RECUSED = "recused"
    RELEASED = "released"


class DecisionKind(StrEnum):
    POOL = "pool"
    RETURN = "return"
    DECLINE = "decline"


class Constraint(StrEnum):
    """What can keep an expert from a result, or a result from its experts."""

    CONFLICT = "conflict"
    AVAILABILITY = "availability"
    QUOTA = "quota"
    DISCIPLINE = "discipline"
    EXPERTS = "experts"


class ExpertProfile(SQLModel, table=True):
    """What an expert can judge and how much of it.

    `disciplines` are codes of industry fields; `quota` is the most open assignments at a time; on days outside
    `available_from` to `available_to` (both count, null: open) nothing new is assigned.
    """

    __tablename__ = "expert_profile"

    person_id: int = Field(primary_key=True, foreign_key="person.id", ondelete="CASCADE")
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id", ondelete="SET NULL")
    disciplines: list[str] = Field(default_factory=list, sa_type=JsonType)
    quota: int = 5
    available_from: date | None = None
    available_to: date | None = None
    version: int = 1


class ExpertConflict(PublicId, table=True):
    """A conflict of interest that an expert has declared: with an organisation or with one result."""

    __tablename__ = "expert_conflict"

    person_id: int = Field(foreign_key="person.id", index=True, ondelete="CASCADE")
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id", ondelete="CASCADE")
    result_id: int | None = Field(default=None, foreign_key="result.id", ondelete="CASCADE")
    reason: str | None = Field(default=None, max_length=1000)
    created_at: datetime = Field(sa_type=UtcDateTime)


class Assignment(PublicId, table=True):
    """One expert is to judge one version of one result within one call, by the end of the day `due_on`."""

    __table_args__ = (UniqueConstraint("result_id", "call_id", "version_number", "person_id"),)

    call_id: int = Field(foreign_key="call.id", index=True, ondelete="CASCADE")
    result_id: int = Field(foreign_key="result.id", ondelete="CASCADE")
    version_number: int
    person_id: int = Field(foreign_key="person.id", index=True, ondelete="CASCADE")
    state: AssignmentState = Field(sa_type=enum_type(AssignmentState))
    manual: bool = False
    assigned_at: datetime = Field(sa_type=UtcDateTime)
    due_on: date
    assigned_by: str | None = Field(default=None, max_length=80)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str | None = Field(default=None, max_length=1000)


class Evaluation(PublicId, table=True):
    """What one expert says of one version of a result: `scores` by criterion, on the scale of the rubric.

    `comment_owner` reaches the owner of the result with the decision, `comment_department` never. `version` grows
    with every correction.
    """

    assignment_id: int = Field(foreign_key="assignment.id", unique=True, ondelete="CASCADE")
    scores: dict[str, Any] = Field(sa_type=JsonType)
    total: float
    comment_owner: str | None = Field(default=None, max_length=4000)
    comment_department: str | None = Field(default=None, max_length=4000)
    submitted_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 1


class Decision(PublicId, table=True):
    """What the owner of a call decides on one version of a result; a department may recall it with a reason."""

    result_id: int = Field(foreign_key="result.id", index=True, ondelete="CASCADE")
    call_id: int = Field(foreign_key="call.id", index=True, ondelete="CASCADE")
    version_number: int
    kind: DecisionKind = Field(sa_type=enum_type(DecisionKind))
    reasons: str = Field(max_length=4000)
    mean: float | None = None
    spread: float | None = None
    decided_at: datetime = Field(sa_type=UtcDateTime)
    decided_by: str = Field(max_length=80)
    recalled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    recalled_by: str | None = Field(default=None, max_length=80)
    recall_reason: str | None = Field(default=None, max_length=2000)
