"""What departments decide at once: suspension, retirement, recognition, verification."""

import uuid
from datetime import date, datetime
from typing import Annotated

from pydantic import Field, model_validator

from app.kit.i18n import invalid_value
from app.kit.schemas import Given, Read
from app.listing.document_types import Day, OrganisationRef
from app.models.registry import Tier
from app.models.scope import Verification

Reason = Annotated[str, Field(min_length=1, max_length=2000, examples=["场所搬迁，资质暂停使用"])]


class SuspensionCreate(Given):
    """Days on which the platform must not be found or matched; both ends count."""

    from_date: Day = Field(description="first day, not before today")
    to_date: Day | None = Field(default=None, description="last day; left out: until it is lifted")
    reason: Reason

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> "SuspensionCreate":
        if self.to_date is not None and self.to_date < self.from_date:
            raise invalid_value(
                "dates_reversed", "结束日期早于开始日期", "The last day is before the first day"
            )
        return self


class SuspensionRecord(Read):
    id: uuid.UUID
    from_date: date
    to_date: date | None
    reason: str
    decided_at: datetime
    lifted_at: datetime | None


class SuspensionsRead(Read):
    items: list[SuspensionRecord] = Field(description="newest first, lifted ones too")


class RetirementCreate(Given):
    successor: OrganisationRef | None = Field(
        default=None,
        description="id or slug of the published platform that takes over; shown with the answer 410",
        examples=["demo-new_energy-02"],
    )
    reason: Reason | None = None


class RetirementRead(Read):
    platform_id: uuid.UUID
    retired_on: date
    successor_id: uuid.UUID | None


class Recognition(Given):
    """What the department says of a platform; what is null is not, or no longer, so."""

    tier: Tier | None
    recognised_on: Day | None = Field(description="not in the future")
    verified: bool = Field(description="whether the department has checked the platform")


class VerificationSet(Given):
    """What was checked of an accreditation; `declared`: nothing, or no longer."""

    verification: Verification
    source: str | None = Field(
        default=None,
        min_length=1,
        max_length=500,
        description="what it was checked against; with `verified` only",
        examples=["https://las.cnas.org.cn/LAS_FQ/publish/externalQueryL1.jsp"],
    )
    verified_on: Day | None = Field(
        default=None, description="the day of the check, not in the future; with `verified` only"
    )

    @model_validator(mode="after")
    def _says_what_was_checked(self) -> "VerificationSet":
        given = [self.source is not None, self.verified_on is not None]
        if self.verification is Verification.VERIFIED and not all(given):
            raise invalid_value(
                "check_not_stated",
                "标记为已核验时必须给出核验来源与日期",
                "What is verified needs the source and the day of the check",
            )
        if self.verification is Verification.DECLARED and any(given):
            raise invalid_value(
                "nothing_checked", "未核验时不能给出来源或日期", "What is declared has neither source nor day"
            )
        return self


class VerificationRead(Read):
    accreditation_id: uuid.UUID
    verification: Verification
    source: str | None = Field(description="what it was checked against")
    verified_on: date | None
    verified_by: str | None = Field(description="the department", examples=["浙江省科技主管部门"])
