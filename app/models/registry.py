"""Who offers what: organisations, platforms, services and what belongs to them."""

import uuid
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Numeric
from sqlmodel import Field, SQLModel

from app.models.base import LIVE, JsonType, PublicId, enum_type


class PlatformKind(StrEnum):
    PILOT_PLATFORM = "pilot_platform"
    VERIFICATION_CENTRE = "verification_centre"


class LeadType(StrEnum):
    ENTERPRISE = "enterprise_led"
    THIRD_PARTY = "third_party_led"
    UNIVERSITY = "university_led"
    GOVERNMENT = "government_led"


class Tier(StrEnum):
    CONSTRUCTION = "construction"
    MUNICIPAL = "municipal"
    PROVINCIAL = "provincial"
    NATIONAL = "national"


class ProcessMode(StrEnum):
    PROCESS = "process"
    DISCRETE = "discrete"
    BOTH = "both"
    SOFTWARE = "software"


class Outsiders(StrEnum):
    """Whether clients from outside the operator are served."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class PriceKind(StrEnum):
    FIXED = "fixed"
    FROM = "from"
    RANGE = "range"
    NEGOTIABLE = "negotiable"


class SettingKind(StrEnum):
    """A test environment (试验环境) or an application scenario (应用场景)."""

    ENVIRONMENT = "environment"
    SCENARIO = "scenario"


class Organisation(PublicId, table=True):
    """A legal body: operator of platforms, or partner holding an accreditation for one."""

    slug: str = Field(unique=True, max_length=80)
    name_zh: str = Field(index=True, max_length=200)
    name_en: str | None = None
    kind: str | None = Field(default=None, max_length=40)
    credit_code: str | None = Field(default=None, unique=True, max_length=18)
    region_code: str | None = Field(default=None, foreign_key="region.code")
    demo: bool
    partner_candidate: bool = False
    source: dict[str, Any] | None = Field(default=None, sa_type=JsonType)
    as_of: str | None = Field(default=None, max_length=10)


class Platform(PublicId, table=True):
    """A pilot platform or verification centre.

    `prose` holds what a source says only in words (services, capabilities, qualifications, equipment: lists of
    text); it is shown and searched, and gives at most `unknown` in a verdict (verdict rule 6). `facts` holds
    figures of the source by name and unit, such as `pilot_area_m2`; they are only shown.
    `as_of` is the date of the source as precise as it is known: YYYY, YYYY-MM or YYYY-MM-DD.
    A platform that is not `live` is not public: it was never published, or is retired.
    """

    slug: str = Field(unique=True, max_length=80)
    live: bool = LIVE
    retired_on: date | None = None
    successor_uid: uuid.UUID | None = None
    kind: PlatformKind = Field(sa_type=enum_type(PlatformKind), index=True)
    name_zh: str = Field(max_length=200)
    name_en: str | None = None
    operator_id: int | None = Field(default=None, foreign_key="organisation.id", index=True)
    co_operators_zh: list[str] = Field(default_factory=list, sa_type=JsonType)
    lead_type: LeadType | None = Field(default=None, sa_type=enum_type(LeadType))
    tier: Tier | None = Field(default=None, sa_type=enum_type(Tier))
    recognised_on: date | None = None
    status_note_zh: str | None = None
    region_code: str | None = Field(default=None, foreign_key="region.code", index=True)
    place_zh: str | None = None
    in_province: bool | None = None
    lat: float | None = None
    lon: float | None = None
    process_mode: ProcessMode | None = Field(default=None, sa_type=enum_type(ProcessMode))
    summary_zh: str | None = None
    summary_en: str | None = None
    serves_outsiders: Outsiders = Field(default=Outsiders.UNKNOWN, sa_type=enum_type(Outsiders))
    verified: bool = False
    prose: dict[str, Any] | None = Field(default=None, sa_type=JsonType)
    facts: dict[str, Any] | None = Field(default=None, sa_type=JsonType)
    demo: bool = Field(index=True)
    source: dict[str, Any] | None = Field(default=None, sa_type=JsonType)
    as_of: str | None = Field(default=None, max_length=10)
    confidence: str | None = Field(default=None, max_length=12)


class PlatformField(SQLModel, table=True):
    __tablename__ = "platform_field"

    platform_id: int = Field(primary_key=True, foreign_key="platform.id", ondelete="CASCADE")
    field_code: str = Field(primary_key=True, foreign_key="field.code", index=True)


class Equipment(PublicId, table=True):
    platform_id: int = Field(foreign_key="platform.id", index=True, ondelete="CASCADE")
    position: int
    name_zh: str
    model: str | None = None
    specs_zh: str | None = None


class Setting(PublicId, table=True):
    """A test environment or application scenario that a platform opens to its clients."""

    platform_id: int = Field(foreign_key="platform.id", index=True, ondelete="CASCADE")
    position: int
    kind: SettingKind = Field(sa_type=enum_type(SettingKind))
    name_zh: str
    description_zh: str | None = None


class Contact(PublicId, table=True):
    """A public contact of a platform; nothing private is kept here."""

    platform_id: int = Field(foreign_key="platform.id", index=True, ondelete="CASCADE")
    position: int
    name_zh: str
    telephone: str | None = None
    email: str | None = None
    url: str | None = None


class IntakeStep(PublicId, table=True):
    """One step of the procedure by which a platform takes on work (服务承接程序)."""

    __tablename__ = "intake_step"

    platform_id: int = Field(foreign_key="platform.id", index=True, ondelete="CASCADE")
    position: int
    title_zh: str
    description_zh: str | None = None
    working_days: int | None = None


class Service(PublicId, table=True):
    """One thing a platform does for clients. `voucher_accepted` null: not said."""

    slug: str = Field(unique=True, max_length=120)
    platform_id: int = Field(foreign_key="platform.id", index=True, ondelete="CASCADE")
    function_code: str = Field(index=True, max_length=64)
    title_zh: str = Field(max_length=200)
    title_en: str | None = None
    description_zh: str | None = None
    description_en: str | None = None
    batch_min: float | None = None
    batch_max: float | None = None
    batch_unit: str | None = Field(default=None, max_length=40)
    entry_trl: int | None = None
    exit_trl: int | None = None
    lead_time_days: int | None = None
    monthly_capacity: int | None = None
    voucher_accepted: bool | None = None
    deliverables_zh: str | None = None


class ServiceField(SQLModel, table=True):
    __tablename__ = "service_field"

    service_id: int = Field(primary_key=True, foreign_key="service.id", ondelete="CASCADE")
    field_code: str = Field(primary_key=True, foreign_key="field.code", index=True)


class PriceOption(SQLModel, table=True):
    """A stated fee in CNY per `unit_zh`, valid between two dates (null: no end said)."""

    __tablename__ = "price_option"

    id: int | None = Field(default=None, primary_key=True)
    service_id: int = Field(foreign_key="service.id", index=True, ondelete="CASCADE")
    position: int
    kind: PriceKind = Field(sa_type=enum_type(PriceKind))
    min_cny: Decimal | None = Field(default=None, sa_type=Numeric(14, 2))
    max_cny: Decimal | None = Field(default=None, sa_type=Numeric(14, 2))
    unit_zh: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
