"""What review takes and answers."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from app.kit.i18n import Localized, invalid_value
from app.kit.pagination import PageParams
from app.kit.schemas import Given, Read
from app.listing.document_types import Text
from app.membership.schemas import OrganisationName, PersonName
from app.models.listing import ListingState
from app.models.registry import PlatformKind
from app.vocabulary.schemas import Coded

MAX_POINTER = 300


class ReviewDecision(StrEnum):
    REQUEST_CHANGES = "request_changes"
    APPROVE = "approve"


def _json_pointer(text: str) -> str:
    tokens = text.split("/")
    escaped = all(part[:1] in {"0", "1"} for token in tokens for part in token.split("~")[1:])
    if tokens[0] or not escaped:
        raise invalid_value(
            "json_pointer",
            "不是有效的 JSON 指针（RFC 6901）：为空，或以 / 开头，~ 写作 ~0，/ 写作 ~1",
            "Not a JSON pointer (RFC 6901): empty, or beginning with /, with ~ written ~0 and / written ~1",
        )
    return text


JsonPointer = Annotated[
    str,
    Field(
        max_length=MAX_POINTER,
        description="JSON pointer into the draft; empty: the whole of it",
        examples=["/services/0/price_options"],
    ),
    AfterValidator(_json_pointer),
]
Note = Annotated[str, Field(min_length=1, max_length=2000, examples=["请补充能力范围对应的标准年号"])]


class ListedPlatform(Read):
    id: uuid.UUID
    slug: str
    name: Localized
    kind: PlatformKind
    region: Coded | None


class RevisionRead(Read):
    """Where the newest revision of a platform stands."""

    platform: ListedPlatform
    operator: OrganisationName | None
    revision: int
    published_revision: int | None = Field(description="the one that the public sees; null: never published")
    state: ListingState
    version: int = Field(description="version of the draft; what `If-Match` names")
    submitted_at: datetime | None
    decided_at: datetime | None
    decision_note: str | None = Field(description="what the reviewer said to the last decision")
    published_at: datetime | None
    open_comments: int = Field(description="comments, without replies, that are not resolved")


class ReviewFilters(PageParams):
    state: Literal["submitted", "changes_requested", "approved"] | None = Field(
        default=None, description="only revisions in this state; left out: submitted and approved ones"
    )
    kind: PlatformKind | None = Field(default=None, description="only platforms of this kind")
    city: str | None = Field(
        default=None, pattern=r"^[0-9]{6}$", description="only platforms in this city or county (GB/T 2260)"
    )


class ReviewDecisionCreate(Given):
    """What a reviewer decides; changes cannot be requested without saying which."""

    decision: ReviewDecision
    note: Note | None = Field(default=None, description="shown to the platform")

    @model_validator(mode="after")
    def _changes_are_named(self) -> "ReviewDecisionCreate":
        if self.decision is ReviewDecision.REQUEST_CHANGES and self.note is None:
            raise invalid_value(
                "note_missing", "要求修改时必须说明原因", "Changes cannot be requested without a note"
            )
        return self


class CommentCreate(Given):
    """A comment on a place of the draft, or a reply to one, which is about the same place."""

    pointer: JsonPointer | None = Field(
        default=None, description="left out in a reply; else null is the whole"
    )
    body: Text = Field(examples=["该服务引用的标准不在能力范围内，请核对"])
    reply_to: uuid.UUID | None = Field(default=None, description="id of the comment that is answered")


class CommentUpdate(Given):
    resolved: bool = Field(description="whether the matter is settled")


class CommentRead(Read):
    id: uuid.UUID
    revision: int = Field(description="the revision that the comment was made on")
    pointer: str
    body: str
    reply_to: uuid.UUID | None
    author: PersonName
    by_department: bool = Field(description="whether the department says it, and not the platform")
    created_at: datetime
    resolved_at: datetime | None
    resolved_by: PersonName | None = Field(description="who marked it as resolved")


class CommentFilters(PageParams):
    resolved: bool | None = Field(default=None, description="only comments that are, or are not, resolved")
    revision: int | None = Field(
        default=None, ge=1, le=2**31 - 1, description="only comments on this revision"
    )
