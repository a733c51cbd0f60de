"""The pool of concept-verification projects (概念验证项目库): what was pooled and how it went on."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.models.base import JsonType, PublicId, UtcDateTime, enum_type


class Stage(StrEnum):
    """Where a pooled project stands; the transitions are in `app.pool.rules`."""

    POOLED = "pooled"
    VERIFYING = "verifying"
    VERIFIED = "verified"
    FAILED = "failed"
    IN_PILOT = "in_pilot"
    INDUSTRIALISED = "industrialised"
    WITHDRAWN = "withdrawn"


class PoolProject(PublicId, table=True):
    """A pooled result. Its public side is what the `public` tier of the pooled version says.

    `version_number` is the version of the result that the pool shows. A project that is withdrawn is not public.
    `title_*`, `trl`, `capabilities` (codes of its needs) and `public_text` repeat what of that version is public, and
    `region_code` the region of the owner, for lists and filters (`app.pool.rules.public_columns`).
    """

    __tablename__ = "pool_project"
    __table_args__ = (Index("ix_pool_project_newest", "pooled_at", "id"),)

    slug: str = Field(unique=True, max_length=80)
    result_id: int = Field(foreign_key="result.id", unique=True, ondelete="CASCADE")
    call_id: int | None = Field(default=None, foreign_key="call.id", ondelete="SET NULL")
    version_number: int
    title_zh: str = Field(max_length=2000)
    title_en: str | None = Field(default=None, max_length=4000)
    trl: int | None = None
    region_code: str | None = Field(default=None, foreign_key="region.code")
    capabilities: list[str] = Field(default_factory=list, sa_type=JsonType)
    public_text: str = Field(default="", sa_type=Text)
    stage: Stage = Field(sa_type=enum_type(Stage), index=True)
    pooled_at: datetime = Field(sa_type=UtcDateTime)
    stage_since: datetime = Field(sa_type=UtcDateTime)
    demo: bool = Field(default=False, index=True)
    version: int = 1


class PoolProjectField(SQLModel, table=True):
    """A pooled project in an industry field; the first has position 0."""

    __tablename__ = "pool_project_field"

    project_id: int = Field(primary_key=True, foreign_key="pool_project.id", ondelete="CASCADE")
    field_code: str = Field(primary_key=True, foreign_key="field.code", index=True)
    position: int


class StageChange(PublicId, table=True):
    """One step of a project; `note` is public, for a failure it says what was learnt."""

    __tablename__ = "stage_change"

    project_id: int = Field(foreign_key="pool_project.id", index=True, ondelete="CASCADE")
    before: Stage | None = Field(default=None, sa_type=enum_type(Stage))
    after: Stage = Field(sa_type=enum_type(Stage))
    note_zh: str | None = Field(default=None, max_length=4000)
    note_en: str | None = Field(default=None, max_length=4000)
    at: datetime = Field(sa_type=UtcDateTime)
    by: str = Field(max_length=80)


class Milestone(PublicId, table=True):
    project_id: int = Field(foreign_key="pool_project.id", index=True, ondelete="CASCADE")
    title_zh: str = Field(max_length=200)
    title_en: str | None = Field(default=None, max_length=300)
    due_on: date | None = None
    done_on: date | None = None
    version: int = 1


class ProjectRole(StrEnum):
    """As what a platform takes part in a project."""

    VERIFICATION = "verification"
    PILOT = "pilot"
    TESTING = "testing"


class ProjectPlatform(PublicId, table=True):
    """A platform that takes part in a project, and as what."""

    __tablename__ = "project_platform"
    __table_args__ = (UniqueConstraint("project_id", "platform_id", "role"),)

    project_id: int = Field(foreign_key="pool_project.id", ondelete="CASCADE")
    platform_id: int = Field(foreign_key="platform.id", index=True, ondelete="CASCADE")
    role: ProjectRole = Field(sa_type=enum_type(ProjectRole))
    since: date | None = None


class Outcome(PublicId, table=True):
    """What came of a project: a verified property, a failure with what was learnt, a product. Public."""

    __tablename__ = "project_outcome"

    project_id: int = Field(foreign_key="pool_project.id", index=True, ondelete="CASCADE")
    stage: Stage = Field(sa_type=enum_type(Stage))
    summary_zh: str = Field(max_length=4000)
    summary_en: str | None = Field(default=None, max_length=4000)
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JsonType)
    on_date: date
    created_at: datetime = Field(sa_type=UtcDateTime)
