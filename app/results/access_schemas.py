"""What access requests and the access log take and answer."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from app.kit.i18n import Localized, invalid_value
from app.kit.pagination import Page, PageParams
from app.kit.schemas import Given, Read
from app.membership.schemas import OrganisationName, PersonName
from app.models.results import AccessState, DisclosureTier
from app.results.schemas import Key

Reason = Annotated[str, Field(min_length=1, max_length=2000)]
Until = Annotated[date, Field(description="last day of access (Shanghai), at most five years ahead")]


class AccessAsked(Given):
    """For oneself, or for an organisation that one is editor or owner of: all its members read with the grant."""

    reason: Reason
    organisation_id: Key | None = Field(default=None, description="id or slug; null: for oneself")


class AccessGranted(Given):
    """Access without being asked, for an organisation or for one person."""

    organisation_id: Key | None = Field(default=None, description="id or slug")
    person_id: uuid.UUID | None = None
    until: Until
    reason: Reason

    @model_validator(mode="after")
    def _one_reader(self) -> "AccessGranted":
        if (self.organisation_id is None) is (self.person_id is None):
            raise invalid_value(
                "one_reader",
                "organisation_id 与 person_id 须给出其一",
                "Give organisation_id or person_id, and not both",
            )
        return self


class AccessDecision(StrEnum):
    GRANT = "grant"
    REFUSE = "refuse"


class AccessDecide(Given):
    decision: AccessDecision
    until: Until | None = Field(default=None, description="needed to grant")
    answer: Reason | None = Field(default=None, description="told to who asked; needed to refuse")

    @model_validator(mode="after")
    def _is_whole(self) -> "AccessDecide":
        if self.decision is AccessDecision.GRANT and self.until is None:
            raise invalid_value("until_needed", "同意时须给出 until", "A grant needs until")
        if self.decision is AccessDecision.REFUSE and self.answer is None:
            raise invalid_value("answer_needed", "拒绝时须给出 answer", "A refusal needs an answer")
        return self


class AccessRevoke(Given):
    answer: Reason | None = Field(default=None, description="told to who could read")


class AccessFilters(PageParams):
    state: list[AccessState] = Field(default=[], max_length=5, description="any of these")


class AccessResult(Read):
    id: uuid.UUID
    title: Localized | None = Field(description="null while only its owners know of the result")


class PersonBrief(Read):
    id: uuid.UUID
    name: PersonName


class AccessRequestRead(Read):
    """Who asks to read what, and what came of it."""

    id: uuid.UUID
    result: AccessResult
    person: PersonBrief | None = Field(
        description="who asks or may read; null: granted to an organisation directly"
    )
    organisation: OrganisationName | None = Field(
        description="whose members may read; null: the person alone"
    )
    direct: bool = Field(description="whether it was granted without being asked for")
    reason: str
    state: AccessState
    until: date | None = Field(description="last day of access")
    active: bool = Field(description="whether it gives access today")
    created_at: datetime
    decided_at: datetime | None
    answer: str | None


class LogEntryRead(Read):
    """One confidential field that was given to somebody who does not own the result."""

    position: int
    version: int = Field(description="number of the version that was read")
    field: str = Field(
        description="a field of the document, or `attachment:` and the id of one", examples=["people"]
    )
    tier: DisclosureTier
    reader: PersonBrief | None = Field(description="null where the account is gone")
    by_api_key: bool
    organisation: OrganisationName | None = Field(description="for whom it was read, where that is known")
    via: str = Field(description="the operation that gave it away", examples=["get_result"])
    at: datetime
    request_id: str | None
    chain: str = Field(description="SHA-256 over the entry and the chain of the one before it")


class AccessLogRead(Page[LogEntryRead]):
    """The newest first, and whether the whole log is as it was written."""

    intact: bool = Field(description="whether every entry and its chain are as they were written")
    first_broken: int | None = Field(description="the first position where they are not; null: none")
