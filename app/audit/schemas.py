"""The audit trail as it is read."""

import uuid
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.kit.pagination import PageParams


class AuditEntryRead(BaseModel):
    """One change: who did what to which thing, and what it was before and after."""

    model_config = ConfigDict(frozen=True)

    id: uuid.UUID
    at: datetime
    actor: str = Field(
        description="`person:<id>`, with `api_key:<n>` where a key was used; `system`",
        examples=["person:01935f6f-2a3c-7d4e-8f90-a1b2c3d4e5f6"],
    )
    action: str = Field(examples=["revision.submitted"])
    entity: str = Field(examples=["platform"])
    entity_id: uuid.UUID
    platform_id: uuid.UUID | None
    before: dict[str, Any] | None = Field(description="null: it was not there")
    after: dict[str, Any] | None = Field(description="null: it is no longer there")
    request_id: str | None


class AuditFilters(PageParams):
    action: str | None = Field(
        default=None, max_length=60, description="only this action, such as `revision.published`"
    )
    entity_id: uuid.UUID | None = Field(default=None, description="only what happened to this thing")
