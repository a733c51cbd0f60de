"""How a platform is listed: its revisions, the draft apart from what is published, review, suspension, claims.

The tables of the catalogue (`platform`, `service`, `accreditation`, ...) hold what is published: whoever reads them
can see nothing else, but for the rows marked not `live`. A draft is kept here, as versions of the platform's items;
publishing writes the versions of that revision into the catalogue. Scope lines, which are many, are versioned in
their own table by the same numbers.
"""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.models.base import JsonType, PublicId, UtcDateTime, enum_type


class ListingState(StrEnum):
    """Where the newest revision of a platform stands; the transitions are in `app.listing.rules`."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    CHANGES_REQUESTED = "changes_requested"
    APPROVED = "approved"
    PUBLISHED = "published"
    RETIRED = "retired"


class ItemKind(StrEnum):
    """What a revision is made of; its scope lines are rows of `scope_line`."""

    PLATFORM = "platform"
    SERVICE = "service"
    EQUIPMENT = "equipment"
    SETTING = "setting"
    CONTACT = "contact"
    INTAKE_STEP = "intake_step"
    ACCREDITATION = "accreditation"


class ClaimState(StrEnum):
    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Listing(SQLModel, table=True):
    """The revisions of one platform. `revision` is the newest, `published` the one that the public sees, if any.

    When both are the same there is no draft. `version` counts the edits of the draft, whichever item they touch.
    """

    platform_id: int = Field(primary_key=True, foreign_key="platform.id", ondelete="CASCADE")
    revision: int = 1
    published: int | None = None
    state: ListingState = Field(sa_type=enum_type(ListingState), index=True)
    version: int = 1
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    submitted_by: str | None = Field(default=None, max_length=80)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: str | None = Field(default=None, max_length=80)
    decision_note: str | None = Field(default=None, max_length=2000)
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ListingItem(SQLModel, table=True):
    """One version of one item of a platform: it holds from `since_revision` until before `until_revision` (null: on).

    `uid` is the public id of the item, the same in all its versions. `document` has the form of
    `app.listing.documents` for its kind; null: the item is removed by the revision. An item that was never edited
    has no versions: it is as the catalogue has it.
    """

    __tablename__ = "listing_item"
    __table_args__ = (UniqueConstraint("platform_id", "uid", "since_revision"),)

    id: int | None = Field(default=None, primary_key=True)
    platform_id: int = Field(foreign_key="platform.id", ondelete="CASCADE")
    kind: ItemKind = Field(sa_type=enum_type(ItemKind))
    uid: uuid.UUID = Field(index=True)
    since_revision: int
    until_revision: int | None = None
    document: dict[str, Any] | None = Field(default=None, sa_type=JsonType)
    version: int = 1


class ReviewComment(PublicId, table=True):
    """What a reviewer, or the platform in reply, says to one place of a revision.

    `pointer` is a JSON pointer into the draft as `GET /v1/platforms/{id}/draft` shows it.
    """

    __tablename__ = "review_comment"

    platform_id: int = Field(foreign_key="platform.id", index=True, ondelete="CASCADE")
    revision: int
    pointer: str = Field(max_length=300)
    body: str = Field(max_length=4000)
    author_id: int = Field(foreign_key="person.id", ondelete="CASCADE")
    by_department: bool
    reply_to_id: int | None = Field(default=None, foreign_key="review_comment.id", ondelete="CASCADE")
    created_at: datetime = Field(sa_type=UtcDateTime)
    resolved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    resolved_by_id: int | None = Field(default=None, foreign_key="person.id", ondelete="SET NULL")


class Suspension(PublicId, table=True):
    """Days on which a platform must not be found or matched; both ends count, no end: until it is lifted."""

    platform_id: int = Field(foreign_key="platform.id", index=True, ondelete="CASCADE")
    from_date: date
    to_date: date | None = None
    reason: str = Field(max_length=2000)
    decided_by: str = Field(max_length=80)
    decided_at: datetime = Field(sa_type=UtcDateTime)
    lifted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lifted_by: str | None = Field(default=None, max_length=80)


_OPEN_CLAIM = text("state = 'open'")


class PlatformClaim(PublicId, table=True):
    """An organisation says that a platform of the catalogue is its own; a competent department decides."""

    __tablename__ = "platform_claim"
    __table_args__ = (
        Index(
            "uq_platform_claim_open",
            "platform_id",
            "organisation_id",
            unique=True,
            sqlite_where=_OPEN_CLAIM,
            postgresql_where=_OPEN_CLAIM,
        ),
    )

    platform_id: int = Field(foreign_key="platform.id", ondelete="CASCADE")
    organisation_id: int = Field(foreign_key="organisation.id", index=True, ondelete="CASCADE")
    claimed_by_id: int = Field(foreign_key="person.id", ondelete="CASCADE")
    evidence: str = Field(max_length=4000)
    state: ClaimState = Field(sa_type=enum_type(ClaimState))
    created_at: datetime = Field(sa_type=UtcDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: str | None = Field(default=None, max_length=80)
    reason: str | None = Field(default=None, max_length=2000)
    version: int = 1
