"""What claims take and answer."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.kit.pagination import PageParams
from app.kit.schemas import Given, Read
from app.listing.document_types import OrganisationRef, Text
from app.listing.review_schemas import ListedPlatform
from app.membership.schemas import OrganisationName, PersonName
from app.models.listing import ClaimState


class ClaimDecision(StrEnum):
    GRANT = "grant"
    REFUSE = "refuse"


class ClaimCreate(Given):
    organisation_id: OrganisationRef = Field(
        description="id or slug of an organisation of which one is owner"
    )
    evidence: Text = Field(
        description="why the platform is the organisation's: a document, a page, whom to ask",
        examples=["营业执照与平台认定文件见 https://example.org/evidence"],
    )


class ClaimDecide(Given):
    decision: ClaimDecision
    reason: Annotated[str, Field(min_length=1, max_length=2000, examples=["认定文件与申请机构一致"])]


class ClaimRead(Read):
    id: uuid.UUID
    platform: ListedPlatform
    organisation: OrganisationName
    claimed_by: PersonName
    evidence: str
    state: ClaimState
    created_at: datetime
    decided_at: datetime | None
    reason: str | None = Field(description="what the department says to its decision")


class ClaimFilters(PageParams):
    state: ClaimState | None = Field(default=None, description="only claims in this state")
