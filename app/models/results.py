"""Calls for results and what is submitted to them: results in versions, who may read which field, who did.

Source: the plan for concept-verification centres, item on the project pool (定期征集成果), and on trade secrets
(分类分级): every field of a result has a disclosure tier, and each reading of a confidential one is recorded.
"""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.models.base import JsonType, PublicId, UtcDateTime, enum_type
from app.models.membership import Department


class DisclosureTier(StrEnum):
    """Who may read a field of a result; whoever may read one tier may read those before it.

    `public`: everybody. `members`: people of organisations that operate a published platform. `granted`:
    organisations and people whom the owner has granted access, until a date. `sealed`: the department and the
    assigned experts. The owner reads everything.
    """

    PUBLIC = "public"
    MEMBERS = "members"
    GRANTED = "granted"
    SEALED = "sealed"


class ResultState(StrEnum):
    """Where a result stands; the transitions are in `app.results.rules`."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    UNDER_ASSESSMENT = "under_assessment"
    RETURNED = "returned"
    DECLINED = "declined"
    POOLED = "pooled"
    WITHDRAWN = "withdrawn"


class AccessState(StrEnum):
    """Where a request for access stands; that a granted one has expired follows from its date."""

    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"


class Call(PublicId, table=True):
    """A call for results (征集) of a published verification centre or of a department: exactly one of both.

    Whether it is scheduled, open or closed follows from the clock: from `opens_at` until before `closes_at`.
    `fields` and `regions` are codes; none: any. `rubric` is a list of criteria (`app.calls.rubric`).
    `required` names the fields of a result that a submission must have. `experts_per_result` assess each result;
    one more is asked where their totals differ by more than `disagreement_bound` (points of 100).
    `opening_told_at`: when those whom it concerns were told that it is open.
    """

    __tablename__ = "call"
    __table_args__ = (CheckConstraint("(platform_id IS NULL) <> (department IS NULL)", name="one_owner"),)

    slug: str = Field(unique=True, max_length=80)
    platform_id: int | None = Field(default=None, foreign_key="platform.id", index=True)
    department: Department | None = Field(default=None, sa_type=enum_type(Department))
    region_code: str | None = Field(default=None, foreign_key="region.code")
    title_zh: str = Field(max_length=200)
    title_en: str | None = Field(default=None, max_length=300)
    description_zh: str | None = Field(default=None, max_length=8000)
    description_en: str | None = Field(default=None, max_length=8000)
    fields: list[str] = Field(default_factory=list, sa_type=JsonType)
    regions: list[str] = Field(default_factory=list, sa_type=JsonType)
    opens_at: datetime = Field(sa_type=UtcDateTime, index=True)
    closes_at: datetime = Field(sa_type=UtcDateTime, index=True)
    cancelled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    cancel_reason: str | None = Field(default=None, max_length=2000)
    rubric: list[dict[str, Any]] = Field(default_factory=list, sa_type=JsonType)
    required: list[str] = Field(default_factory=list, sa_type=JsonType)
    experts_per_result: int = 3
    disagreement_bound: int = 20
    demo: bool = Field(default=False, index=True)
    opening_told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 1


class Result(PublicId, table=True):
    """A research result (成果) of an organisation. What it says stands in its versions.

    `newest` is the number of the newest version, `submitted` of the one last submitted; a revision after submission
    is a new version. `fields` repeats the field codes of the version that others are shown (a draft: the newest), for
    filters. `version` counts edits, for ETags. The fingerprints (`app.results.similarity`) are of the texts last
    submitted, and of what of them everybody may read.
    """

    slug: str = Field(unique=True, max_length=80)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    created_by_id: int | None = Field(default=None, foreign_key="person.id", ondelete="SET NULL")
    state: ResultState = Field(sa_type=enum_type(ResultState), index=True)
    call_id: int | None = Field(default=None, foreign_key="call.id", index=True)
    newest: int = 1
    submitted: int | None = None
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    fields: list[str] = Field(default_factory=list, sa_type=JsonType)
    fingerprint: list[int] = Field(default_factory=list, sa_type=JsonType)
    public_fingerprint: list[int] = Field(default_factory=list, sa_type=JsonType)
    demo: bool = Field(default=False, index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 1


class ResultVersion(SQLModel, table=True):
    """What a result says, from one revision on. `document` has the form of `app.results.documents`.

    A version is edited while it is a draft, and never again once it is submitted.
    """

    __tablename__ = "result_version"

    result_id: int = Field(primary_key=True, foreign_key="result.id", ondelete="CASCADE")
    number: int = Field(primary_key=True)
    document: dict[str, Any] = Field(sa_type=JsonType)
    tiers: dict[str, str] = Field(default_factory=dict, sa_type=JsonType)
    created_at: datetime = Field(sa_type=UtcDateTime)
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ResultOwner(SQLModel, table=True):
    """A further organisation that owns a part of a result; its people never assess it."""

    __tablename__ = "result_owner"

    result_id: int = Field(primary_key=True, foreign_key="result.id", ondelete="CASCADE")
    organisation_id: int = Field(
        primary_key=True, foreign_key="organisation.id", index=True, ondelete="CASCADE"
    )


class ResultNeed(SQLModel, table=True):
    """One need of the version last submitted, flat, so that it is found by what a platform can do.

    `standard_base` is the base of its standard, `capability` the code of its term, as understood when it was
    submitted; `stated` is the need as given (`app.matching.schemas.NeedGiven`).
    """

    __tablename__ = "result_need"
    __table_args__ = (UniqueConstraint("result_id", "need_key"),)

    id: int | None = Field(default=None, primary_key=True)
    result_id: int = Field(foreign_key="result.id", ondelete="CASCADE")
    need_key: str = Field(max_length=64)
    must: bool
    capability: str | None = Field(default=None, max_length=64, index=True)
    standard_base: str | None = Field(default=None, max_length=80, index=True)
    stated: dict[str, Any] = Field(sa_type=JsonType)


class Attachment(PublicId, table=True):
    """A file of a result, stored under the SHA-256 of its bytes; `media_type` is what its content shows it to be.

    It belongs to the versions from `since_version` until before `until_version` (null: on).
    """

    result_id: int = Field(foreign_key="result.id", index=True, ondelete="CASCADE")
    name: str = Field(max_length=200)
    media_type: str = Field(max_length=100)
    size: int
    sha256: str = Field(max_length=64, index=True)
    tier: DisclosureTier = Field(sa_type=enum_type(DisclosureTier))
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by_id: int | None = Field(default=None, foreign_key="person.id", ondelete="SET NULL")
    since_version: int
    until_version: int | None = None


class AccessRequest(PublicId, table=True):
    """Somebody asks to read the `granted` tier of a result, for an organisation or for themselves.

    With `direct` the owner granted it without being asked: `person_id` is then who may read or, for an organisation,
    who granted.
    A grant holds until the end of the day `until` (Shanghai), unless it is revoked before.
    """

    __tablename__ = "access_request"

    result_id: int = Field(foreign_key="result.id", index=True, ondelete="CASCADE")
    person_id: int = Field(foreign_key="person.id", index=True, ondelete="CASCADE")
    organisation_id: int | None = Field(
        default=None, foreign_key="organisation.id", index=True, ondelete="CASCADE"
    )
    direct: bool = False
    reason: str = Field(max_length=2000)
    state: AccessState = Field(sa_type=enum_type(AccessState))
    until: date | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by_id: int | None = Field(default=None, foreign_key="person.id", ondelete="SET NULL")
    answer: str | None = Field(default=None, max_length=2000)
    version: int = 1


class AccessLogEntry(PublicId, table=True):
    """One reading of one confidential field by somebody who does not own it. The database refuses to change it.

    `chain` is the SHA-256 over the entry and the `chain` of the entry before it of the same result, so that a
    changed or missing entry shows. `via` is the operation that gave the field away.
    """

    __tablename__ = "access_log_entry"
    __table_args__ = (UniqueConstraint("result_uid", "position"),)

    result_uid: uuid.UUID
    position: int
    version_number: int
    field: str = Field(max_length=80)
    tier: DisclosureTier = Field(sa_type=enum_type(DisclosureTier))
    reader: str = Field(max_length=80)
    organisation_uid: uuid.UUID | None = None
    via: str = Field(max_length=80)
    at: datetime = Field(sa_type=UtcDateTime)
    request_id: str | None = Field(default=None, max_length=64)
    chain: str = Field(max_length=64)
