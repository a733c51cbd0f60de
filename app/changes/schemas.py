"""What the feed of changes is asked and what it answers."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.kit.i18n import Localized
from app.outbox.events import ChangeType

MAX_LIMIT = 500


class ChangesAsked(BaseModel):
    """Query parameters of the feed."""

    model_config = ConfigDict(extra="forbid")

    cursor: str | None = Field(
        default=None,
        max_length=200,
        description="`cursor` of the answer before; left out: from the first change on",
    )
    types: str | None = Field(
        default=None,
        max_length=500,
        description="only changes of these types, separated by commas",
        examples=["platform.published,platform.removed"],
    )
    limit: int = Field(default=100, ge=1, le=MAX_LIMIT, description="most changes in the answer")


class ChangeRead(BaseModel):
    """One change of published content. Read the thing itself for what it is now."""

    id: UUID = Field(description="stays the same however often the change is read")
    type: ChangeType
    entity: str = Field(examples=["platform"])
    entity_id: UUID | None = Field(description="null where the change is about all of the entity's kind")
    platform_id: UUID | None = Field(description="the platform that it belongs to")
    deleted: bool = Field(description="whether the thing is no longer public")
    slug: str | None = Field(description="its readable key when it changed")
    name: Localized | None = None
    demo: bool | None = Field(description="whether it belongs to the fictional demo catalogue")
    occurred_at: datetime


class ChangesRead(BaseModel):
    """Some changes, oldest first."""

    items: list[ChangeRead]
    cursor: str = Field(description="always there: give it to go on, now or when there may be new changes")
    has_more: bool = Field(description="whether there were more changes already when this was answered")
