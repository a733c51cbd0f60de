"""The form of what is released. It says everything by name, so that it can be read without the vocabularies.

Whatever the catalogue does not say is null. Changing this form changes the bytes of later releases only.
"""

import uuid
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from app.kit.i18n import Localized
from app.kit.schemas import Read
from app.models.registry import Outsiders, SettingKind
from app.models.scope import Scheme, Verification

Money = Annotated[
    str, Field(pattern=r"^\d+\.\d\d$", description="CNY as a decimal string", examples=["3000.00"])
]


class Named(Read):
    """A code of a vocabulary and its name when the release was issued."""

    code: str = Field(examples=["new_energy"])
    name: Localized


class ReleasedField(Named):
    """A field of a platform; `main` is the field that it belongs to, or itself."""

    main: Named


class ReleasedPlace(Read):
    city: Named | None
    county: Named | None
    written: str | None = Field(description="the place as the source writes it")


class ReleasedOrganisation(Read):
    id: uuid.UUID
    name: Localized
    kind: str | None
    credit_code: str | None = Field(description="unified social credit code (GB 32100)")


class ReleasedContact(Read):
    id: uuid.UUID
    name: str
    telephone: str | None
    email: str | None
    url: str | None


class ReleasedStep(Read):
    """One step of the procedure by which the platform takes on work (服务承接程序)."""

    id: uuid.UUID
    title: str
    description: str | None
    working_days: int | None


class ReleasedEquipment(Read):
    id: uuid.UUID
    name: str
    model: str | None
    specs: str | None


class ReleasedSetting(Read):
    """A test environment (试验环境) or an application scenario (应用场景)."""

    id: uuid.UUID
    kind: SettingKind
    name: str
    description: str | None


class ReleasedPrice(Read):
    kind: Named
    min_cny: Money | None
    max_cny: Money | None
    unit: str | None
    valid_from: date | None
    valid_to: date | None
    in_force: bool = Field(description="whether the day of issue lies within its validity")


class ReleasedCapability(Read):
    """What a service says it can do; accredited or not."""

    term: Named | None
    object: str | None
    parameter: str | None
    standard: str | None
    range: str | None = Field(description="as written")


class ReleasedBatch(Read):
    min: float | None
    max: float | None
    unit: str | None


class ReleasedService(Read):
    id: uuid.UUID
    slug: str
    title: Localized
    function: Named
    fields: list[ReleasedField]
    description: Localized | None
    capabilities: list[ReleasedCapability]
    batch_scale: ReleasedBatch | None
    entry_trl: int | None
    exit_trl: int | None
    lead_time_days: int | None
    monthly_capacity: int | None
    voucher_accepted: bool | None
    deliverables: str | None
    prices: list[ReleasedPrice]


class ReleasedAccreditation(Read):
    id: uuid.UUID
    scheme: Scheme
    certificate_no: str | None
    holder: ReleasedOrganisation | None = Field(description="null: the platform's own operator")
    state: Named
    status: Named = Field(description="what it was worth on the day of issue")
    valid_from: date | None
    valid_to: date | None
    verification: Verification
    verified_by: str | None
    verified_on: date | None
    scope_lines: int = Field(description="lines that stood in its scope on the day of issue")


class ReleasedPlatform(Read):
    """One entry: a platform with all that it offers."""

    id: uuid.UUID
    slug: str
    name: Localized
    kind: Named
    fields: list[ReleasedField]
    tier: Named | None
    recognised_on: date | None
    verified: bool = Field(description="checked by the competent department")
    lead_type: Named | None
    process_mode: Named | None
    place: ReleasedPlace
    operator: ReleasedOrganisation | None
    co_operators: list[str]
    summary: Localized | None
    status_note: str | None
    serves_outsiders: Outsiders
    contacts: list[ReleasedContact]
    intake: list[ReleasedStep]
    equipment: list[ReleasedEquipment]
    settings: list[ReleasedSetting]
    services: list[ReleasedService]
    accreditations: list[ReleasedAccreditation]
    prose: dict[str, Any] | None = Field(description="what the source says only in words")
    facts: dict[str, Any] | None = Field(description="figures of the source by name and unit")
    source: dict[str, Any] | None
    as_of: str | None = Field(description="date of the source: YYYY, YYYY-MM or YYYY-MM-DD")
    confidence: str | None


class Issuer(Read):
    """Which departments of which province or city issued it."""

    region: Named
    departments: list[Named]


class ReleaseFilter(Read):
    """What was asked to be in it; an empty list: all."""

    kind: list[Named]
    field: list[Named]
    city: list[Named]
    tier: list[Named]


class ContentsLine(Named):
    """A field and how many entries it has. The code `unstated` counts those that state no field."""

    entries: int


class ReleaseHead(Read):
    """What a release is, without its entries."""

    edition: int = Field(description="1, 2, 3, ... across all issuers", examples=[3])
    title: str = Field(examples=["浙江省中试平台服务资源目录清单（2026 年第三批）"])
    note: str | None
    issued_on: date = Field(description="day in Asia/Shanghai; what depends on a date is as on it")
    issuer: Issuer
    filter: ReleaseFilter
    contents: list[ContentsLine] = Field(description="by field, in the order of the plan")
    entry_count: int


class ReleaseListed(ReleaseHead):
    """A release in a list."""

    content_hash: str = Field(
        pattern="^[0-9a-f]{64}$",
        description="SHA-256 of the canonical JSON (RFC 8785) of the release without this member",
    )


class ReleaseRead(ReleaseListed):
    """A whole release."""

    entries: list[ReleasedPlatform]
