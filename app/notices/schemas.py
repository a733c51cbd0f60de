"""What the inbox is asked and what it answers."""

import uuid
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.kit.i18n import Localized
from app.kit.pagination import Page, PageParams
from app.notices.wording import NoticeType


class NotificationFilters(PageParams):
    unread: bool | None = Field(default=None, description="true: only unread ones; false: only read ones")
    type: NoticeType | None = Field(default=None, description="only of this type")


class NotificationSubject(BaseModel):
    """The thing that something is about."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(examples=["result"])
    id: uuid.UUID | None = Field(description="null where it is about all of its kind")
    link: str | None = Field(description="path of the API where it is read", examples=["/v1/results/…"])


class NotificationRead(BaseModel):
    """One thing that one is told. The thing itself says what it is now, and to whom it may be shown."""

    model_config = ConfigDict(frozen=True)

    id: uuid.UUID
    type: NoticeType
    title: Localized
    body: Localized
    subject: NotificationSubject
    payload: dict[str, Any] = Field(description="the values in the words, for programs")
    created_at: datetime
    read_at: datetime | None


class NotificationPage(Page[NotificationRead]):
    """Notifications, the newest first."""

    unread: int = Field(description="how many are unread in all, whatever the filter", examples=[2])


class MarkedRead(BaseModel):
    read: int = Field(description="how many were unread", examples=[3])
