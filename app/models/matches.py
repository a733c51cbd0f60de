"""Matches that are kept: runs with their answers, what people say of them, searches and matches that are watched."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from app.models.base import JsonType, PublicId, UtcDateTime, enum_type


class FeedbackKind(StrEnum):
    USEFUL = "useful"
    CONTACTED = "contacted"
    WRONG = "wrong"


class DataTaskState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class TaskOutcome(StrEnum):
    """What a department found out: the verdict was wrong, it stands, or nobody can tell."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    UNCLEAR = "unclear"


class WatchKind(StrEnum):
    SEARCH = "search"
    MATCH = "match"


class Cadence(StrEnum):
    """When alerts of a watch are told: at once, or gathered once a day or week (Shanghai)."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    WEEKLY = "weekly"


class MatchRun(PublicId, table=True):
    """One match of a stored result, as it was asked and answered. A row is never changed.

    `request` is what the scorer was given and the newest keys of the catalogue then, `answer` what it returned: both
    zlib-compressed JSON in UTF-8, so that the answer is read back byte for byte; `answer_hash` is the SHA-256 of the
    JSON. `index_version` is the version of the catalogue that was judged; `degraded`: without the search engine.
    """

    __tablename__ = "match_run"

    result_id: int = Field(foreign_key="result.id", index=True, ondelete="CASCADE")
    version_number: int
    person_id: int | None = Field(default=None, foreign_key="person.id", ondelete="SET NULL")
    on_date: date
    lang: str = Field(max_length=2)
    inputs_hash: str = Field(max_length=64)
    scorer_version: str = Field(max_length=40)
    weights: dict[str, Any] = Field(sa_type=JsonType)
    index_version: str = Field(max_length=40)
    vocabulary_version: str = Field(max_length=80)
    engine: str = Field(max_length=40)
    degraded: bool = False
    request: bytes
    answer: bytes
    answer_hash: str = Field(max_length=64)
    created_at: datetime = Field(sa_type=UtcDateTime)


class MatchFeedback(PublicId, table=True):
    """What the researcher says of one candidate of a run, or of one verdict; the platform may answer."""

    __tablename__ = "match_feedback"
    __table_args__ = (UniqueConstraint("run_id", "person_id", "platform_id", "need_key", "kind"),)

    run_id: int = Field(foreign_key="match_run.id", ondelete="CASCADE")
    person_id: int | None = Field(default=None, foreign_key="person.id", ondelete="SET NULL")
    platform_id: int = Field(foreign_key="platform.id", index=True, ondelete="CASCADE")
    need_key: str = Field(default="", max_length=64)
    kind: FeedbackKind = Field(sa_type=enum_type(FeedbackKind))
    verdict: str | None = Field(default=None, max_length=20)
    claimed: str | None = Field(default=None, max_length=20)
    reason: str | None = Field(default=None, max_length=2000)
    created_at: datetime = Field(sa_type=UtcDateTime)
    answer: str | None = Field(default=None, max_length=2000)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    answered_by: str | None = Field(default=None, max_length=80)


class DataTask(PublicId, table=True):
    """A verdict is said to be wrong: the platform and the department have to look at the data behind it.

    `evidence` is what the verdict rested on; unless `shared` only those see it who may read the need it was for.
    """

    __tablename__ = "data_task"

    platform_id: int = Field(foreign_key="platform.id", index=True, ondelete="CASCADE")
    feedback_id: int = Field(foreign_key="match_feedback.id", unique=True, ondelete="CASCADE")
    state: DataTaskState = Field(sa_type=enum_type(DataTaskState), index=True)
    evidence: list[dict[str, Any]] = Field(default_factory=list, sa_type=JsonType)
    shared: bool = False
    created_at: datetime = Field(sa_type=UtcDateTime)
    answer: str | None = Field(default=None, max_length=2000)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_by: str | None = Field(default=None, max_length=80)
    outcome: TaskOutcome | None = Field(default=None, sa_type=enum_type(TaskOutcome))
    conclusion: str | None = Field(default=None, max_length=2000)
    version: int = 1


class Watch(PublicId, table=True):
    """A saved search or a saved match, and how alerts of it are told.

    `request` is what is asked (`app.catalogue.params.SearchParams` or `app.matching.schemas.MatchRequest`). `seen`
    are the ids of the hits of a search, when it was last looked at by the indexes of `looked_version`; of a match of a
    result, that is the step of the result whose needs were looked at (`app.watches.queries.result_steps`). `due`: a
    change, or a new day, may turn an answer of a match, which is to be looked at again. `stop_hash` is the SHA-256 of
    the token in the link that ends it.
    """

    person_id: int = Field(foreign_key="person.id", index=True, ondelete="CASCADE")
    result_id: int | None = Field(default=None, foreign_key="result.id", index=True, ondelete="CASCADE")
    kind: WatchKind = Field(sa_type=enum_type(WatchKind))
    name: str = Field(max_length=200)
    request: dict[str, Any] = Field(sa_type=JsonType)
    on_date: date | None = None
    cadence: Cadence = Field(sa_type=enum_type(Cadence))
    seen: list[str] = Field(default_factory=list, sa_type=JsonType)
    looked_version: int = 0
    looked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    due: bool = Field(default=False, index=True)
    told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    stop_hash: str = Field(unique=True, max_length=64)
    stopped_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 1


class WatchNeed(SQLModel, table=True):
    """One need of a saved match, flat, so that a changed platform finds the watches it may turn.

    `rank` is the best answer of all platforms when it was last looked at (`app.matching.facts.Rank`), `platform_uid`
    one platform that gives it, and `lines` the ids of the scope lines behind, joined by commas. `successor` is the
    standard that has replaced the one it names.
    """

    __tablename__ = "watch_need"
    __table_args__ = (UniqueConstraint("watch_id", "need_key"),)

    id: int | None = Field(default=None, primary_key=True)
    watch_id: int = Field(foreign_key="watch.id", ondelete="CASCADE")
    need_key: str = Field(max_length=64)
    must: bool
    capability: str | None = Field(default=None, max_length=64, index=True)
    standard_base: str | None = Field(default=None, max_length=80, index=True)
    rank: int
    platform_uid: uuid.UUID | None = Field(default=None, index=True)
    lines: str = Field(default="", max_length=60)
    successor: str | None = Field(default=None, max_length=100)


class Progress(SQLModel, table=True):
    """How far one follower of the changes of the catalogue has come: the position seen, and the day begun."""

    follower: str = Field(primary_key=True, max_length=40)
    position: int
    day: date | None = None


class DemandLook(SQLModel, table=True):
    """A version of a result for which platforms were looked for when it began to wait."""

    __tablename__ = "demand_look"

    result_id: int = Field(primary_key=True, foreign_key="result.id", ondelete="CASCADE")
    version_number: int = Field(primary_key=True)


class DemandTold(SQLModel, table=True):
    """The people of a platform were told that a result waits for what it can do; they are told once."""

    __tablename__ = "demand_told"

    platform_id: int = Field(primary_key=True, foreign_key="platform.id", ondelete="CASCADE")
    result_id: int = Field(primary_key=True, foreign_key="result.id", ondelete="CASCADE")


class Alert(PublicId, table=True):
    """Something turned that a watch looks for. `cause` is unique within a watch: one cause, at most one alert."""

    __table_args__ = (UniqueConstraint("watch_id", "cause"),)

    watch_id: int = Field(foreign_key="watch.id", ondelete="CASCADE")
    cause: str = Field(max_length=200)
    type: str = Field(max_length=60)
    platform_uid: uuid.UUID | None = None
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JsonType)
    created_at: datetime = Field(sa_type=UtcDateTime)
    told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
