"""What the registry answers: platforms, services, accreditations and scope lines as they are read."""

import uuid
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, PlainSerializer

from app.kit.i18n import Localized
from app.kit.schemas import Read
from app.models.registry import LeadType, Outsiders, PlatformKind, PriceKind, ProcessMode, Tier
from app.models.scope import AccreditationState, Scheme, Verification
from app.registry.rules import AccreditationStatus
from app.vocabulary.schemas import Coded, Label

Money = Annotated[
    Decimal,
    PlainSerializer(lambda value: f"{value:.2f}", return_type=str),
    Field(json_schema_extra={"type": "string", "pattern": r"^\d+\.\d\d$"}, examples=["3000.00"]),
]
"""CNY as a decimal string."""

PlatformSlug = Annotated[str, Field(examples=["demo-new-energy-01"])]
LabelOrNone = Annotated[str | None, Field(description="in the language asked", examples=["省级"])]


class Place(Read):
    """Where a platform is. City and county are null where the place is known only as written in the source."""

    city: Coded | None = Field(description="city by its GB/T 2260 code")
    county: Coded | None = Field(description="county by its GB/T 2260 code")
    written: str | None = Field(description="the place as the source writes it", examples=["永康市"])
    in_province: bool | None
    lat: float | None = Field(description="degrees north")
    lon: float | None = Field(description="degrees east")


class OrganisationBrief(Read):
    id: uuid.UUID
    slug: str
    name: Localized
    kind: str | None = Field(examples=["enterprise"])
    credit_code: str | None = Field(description="unified social credit code (GB 32100)")


class Provenance(Read):
    """Where a record comes from and how far to trust it."""

    source: dict[str, Any] | None = Field(description="title, site and address of the source")
    as_of: str | None = Field(
        description="date of the source: YYYY, YYYY-MM or YYYY-MM-DD", examples=["2026-01-08"]
    )
    confidence: str | None = Field(examples=["high"])
    demo: bool = Field(description="true for records of the fictional demo catalogue")
    verified: bool = Field(description="checked by the competent department")


class PlatformBrief(Read):
    """A platform in a list or beside something of its own."""

    id: uuid.UUID
    slug: PlatformSlug
    name: Localized
    kind: PlatformKind
    kind_label: Label
    tier: Tier | None
    tier_label: LabelOrNone
    lead_type: LeadType | None
    lead_type_label: LabelOrNone
    city: Coded | None
    demo: bool


class PlatformListed(PlatformBrief):
    field: list[Coded]
    summary: Localized | None
    place: Place
    serves_outsiders: Outsiders


class ContactRead(Read):
    name: str
    telephone: str | None
    email: str | None
    url: str | None


class IntakeStepRead(Read):
    """One step of the procedure by which the platform takes on work (服务承接程序)."""

    position: int
    title: str
    description: str | None
    working_days: int | None


class EquipmentRead(Read):
    id: uuid.UUID
    name: str
    model: str | None
    specs: str | None


class SettingRead(Read):
    """A test environment (试验环境) or an application scenario (应用场景)."""

    id: uuid.UUID
    name: str
    description: str | None


class PriceOptionRead(Read):
    """A stated fee in CNY per `unit`."""

    kind: PriceKind
    kind_label: Label
    min_cny: Money | None
    max_cny: Money | None
    unit: str | None = Field(examples=["项"])
    valid_from: date | None
    valid_to: date | None


class RangeRead(Read):
    """A range as written, and in the canonical unit of its dimension. A null end is open."""

    written: str | None = Field(examples=["40～200 ℃"])
    min: float | None = Field(examples=[40])
    max: float | None = Field(examples=[200])
    unit: str | None = Field(examples=["℃"])
    dimension: str | None = Field(examples=["temperature"])
    low: float | None = Field(description="lower end in the canonical unit")
    high: float | None = Field(description="upper end in the canonical unit")
    low_inclusive: bool
    high_inclusive: bool
    grades: list[str] | None = Field(description="grades or codes in place of numbers", examples=[["IP67"]])


class StandardRef(Read):
    """A standard as cited."""

    number: str = Field(examples=["GB/T 2423.17-2008"])
    base: str = Field(examples=["GB/T 2423.17"])
    year: int | None = Field(examples=[2008])
    title: str | None


class CapabilityRead(Read):
    """What a service says it can do; accredited or not."""

    term: Coded | None
    object: str | None
    parameter: str | None
    standard: StandardRef | None
    range: RangeRead | None


class AccreditationBrief(Read):
    """An accreditation and what it is worth on `status_on`."""

    id: uuid.UUID
    slug: str
    scheme: Scheme
    certificate_no: str | None
    state: AccreditationState = Field(description="what was decided; says nothing about the date")
    status: AccreditationStatus = Field(description="the state on the date `status_on`")
    status_label: Label
    status_on: date
    holder: OrganisationBrief | None = Field(description="null: the platform's own operator")
    valid_from: date | None
    valid_to: date | None
    verification: Verification


class AccreditationRead(AccreditationBrief):
    platform: PlatformBrief
    scope_line_count: int
    source: dict[str, Any] | None
    verified_by: str | None
    verified_on: date | None


class BatchScale(Read):
    min: float | None
    max: float | None
    unit: str | None = Field(examples=["kg"])


class ServiceBrief(Read):
    id: uuid.UUID
    slug: str
    title: Localized
    function: Coded
    price: PriceOptionRead | None = Field(description="the option with the lowest stated fee")
    lead_time_days: int | None
    demo: bool


class ServiceListed(ServiceBrief):
    platform: PlatformBrief
    field: list[Coded]
    entry_trl: int | None
    exit_trl: int | None
    voucher_accepted: bool | None


class ServiceRead(ServiceListed):
    description: Localized | None
    capabilities: list[CapabilityRead]
    price_options: list[PriceOptionRead]
    batch_scale: BatchScale | None
    monthly_capacity: int | None
    deliverables: str | None


class SuspensionRead(Read):
    """Days, both included, on which the platform is neither found nor matched."""

    from_date: date
    to_date: date | None = Field(description="null: until it is lifted")
    reason: str


class PlatformRead(PlatformListed):
    process_mode: ProcessMode | None
    process_mode_label: LabelOrNone
    operator: OrganisationBrief | None
    co_operators: list[str]
    recognised_on: date | None
    status_note: str | None
    contacts: list[ContactRead]
    intake: list[IntakeStepRead]
    equipment: list[EquipmentRead]
    environments: list[SettingRead]
    scenarios: list[SettingRead]
    services: list[ServiceBrief]
    accreditations: list[AccreditationBrief]
    prose: dict[str, Any] | None = Field(
        description="what the source says only in words; searched, but no more than a hint in a verdict"
    )
    facts: dict[str, Any] | None = Field(
        description="figures of the source by name and unit", examples=[{"pilot_area_m2": 26000}]
    )
    provenance: Provenance
    suspension: SuspensionRead | None = Field(description="the one that holds on the day asked")


class ScopeLineRead(Read):
    """One accredited ability with the accreditation it stands under."""

    id: int
    object: str | None
    parameter: str | None
    standard: StandardRef
    clause: str | None
    range: RangeRead | None = Field(description="null: no range stated")
    coverage: Literal["covered", "not_stated"] | None = Field(
        description="what the range says of the value asked; null where none was asked"
    )
    restriction: str | None
    site: str | None
    effective_from: date | None
    effective_to: date | None
    accreditation: AccreditationBrief
    platform: PlatformBrief
