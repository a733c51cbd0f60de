"""What an owner writes about a platform: one document for each kind of item, and one for a scope line.

A document is the body of a request and, dumped as JSON (`stored`), what a version of an item holds. It holds all of
an item that its owner decides, so one document gives the whole catalogue row and its children. What only a competent
department decides (`tier`, `recognised_on`, `verified`, the verification of an accreditation) is in none of them, nor
is what never changes (kind, slug, demo).

Codes of vocabularies are of the right form here; that they exist is a finding, as it depends on the catalogue.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, model_validator

from app.kit.i18n import invalid_value
from app.kit.schemas import Given
from app.listing.document_types import (
    CertificateNo,
    CitedStandard,
    Code,
    Codes,
    Day,
    Email,
    Line,
    Money,
    Name,
    OrganisationRef,
    Quantity,
    RangeDocument,
    RegionCode,
    Restriction,
    StandardNumber,
    Telephone,
    Text,
    Trl,
    Url,
    Word,
    in_order,
)
from app.models.listing import ItemKind
from app.models.registry import LeadType, Outsiders, PriceKind, ProcessMode, SettingKind
from app.models.scope import AccreditationState, Scheme

Position = Annotated[
    int | None,
    Field(ge=0, le=100_000, description="place in its list, the lowest first; left out or null: the last"),
]


class Document(Given):
    """Base of the documents of items."""

    def stored(self) -> dict[str, Any]:
        """Return the JSON form that a version of the item keeps."""
        return self.model_dump(mode="json")


class PlatformDocument(Document):
    """The platform itself. Latitude and longitude are in degrees (WGS 84) and go together."""

    name_zh: Name = Field(examples=["杭州某电池中试平台"])
    name_en: Name | None = Field(default=None, examples=["Hangzhou Battery Pilot Platform"])
    lead_type: LeadType | None = None
    region_code: RegionCode | None = None
    place_zh: Line | None = Field(default=None, description="address or place in words")
    lat: float | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    lon: float | None = Field(default=None, ge=-180, le=180, allow_inf_nan=False)
    process_mode: ProcessMode | None = None
    summary_zh: Text | None = None
    summary_en: Text | None = None
    serves_outsiders: Outsiders = Outsiders.UNKNOWN
    fields: Codes = Field(default=[], description="codes of `/v1/fields`", examples=[["new_energy"]])
    co_operators_zh: Annotated[list[Name], Field(max_length=20)] = Field(default=[])

    @model_validator(mode="after")
    def _point_is_whole(self) -> "PlatformDocument":
        if (self.lat is None) != (self.lon is None):
            raise invalid_value("incomplete_point", "lat 与 lon 须一起给出", "lat and lon go together")
        return self


class CapabilityDocument(Given):
    """Something that a service can do, accredited or not: at least a term, a parameter or a standard."""

    term: Code | None = Field(
        default=None, description="code of `/v1/capability-terms`", examples=["salt_spray"]
    )
    object: Line | None = Field(
        default=None, description="test object (检测对象)", examples=["动力蓄电池单体"]
    )
    parameter: Line | None = Field(
        default=None, description="test parameter (项目/参数)", examples=["过充电"]
    )
    standard: StandardNumber | None = None
    range: RangeDocument | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "CapabilityDocument":
        if self.term is None and self.parameter is None and self.standard is None:
            raise invalid_value(
                "empty_capability",
                "术语、参数、标准至少要有一个",
                "At least a term, a parameter or a standard is needed",
            )
        return self


class PriceOptionDocument(Given):
    """A stated fee in CNY per `unit_zh`, on the days from `valid_from` to `valid_to`, both included."""

    kind: PriceKind
    min_cny: Money | None = None
    max_cny: Money | None = None
    unit_zh: Word | None = Field(default=None, examples=["项"])
    valid_from: Day | None = None
    valid_to: Day | None = None

    @model_validator(mode="after")
    def _is_a_price(self) -> "PriceOptionDocument":
        low, high = (None if fee is None else Decimal(fee) for fee in (self.min_cny, self.max_cny))
        in_order(low, high, ("min_cny", "max_cny"))
        in_order(self.valid_from, self.valid_to, ("valid_from", "valid_to"))
        if self.kind is not PriceKind.NEGOTIABLE and low is None:
            raise invalid_value("missing_price", "须给出 min_cny", "min_cny is needed")
        if self.kind is PriceKind.RANGE and high is None:
            raise invalid_value("missing_price", "区间价须给出 max_cny", "A price range needs max_cny")
        if self.kind is PriceKind.FIXED and high is not None and high != low:
            raise invalid_value(
                "price_not_fixed",
                "固定价的 max_cny 须等于 min_cny 或不给出",
                "max_cny of a fixed price equals min_cny or is left out",
            )
        return self


class ServiceDocument(Document):
    """One thing that the platform does for clients. `voucher_accepted` null: not said.

    `price_options`, `lead_time_days` and `monthly_capacity` are published at once, the rest after review.
    """

    function: Code = Field(description="code of `/v1/service-functions`", examples=["test_inspection"])
    title_zh: Name = Field(examples=["锂电池安全性能检测"])
    title_en: Name | None = Field(default=None, examples=["Safety tests of lithium batteries"])
    description_zh: Text | None = None
    description_en: Text | None = None
    fields: Codes = Field(default=[], description="codes of `/v1/fields`", examples=[["new_energy"]])
    batch_min: Quantity | None = None
    batch_max: Quantity | None = None
    batch_unit: Word | None = Field(default=None, examples=["kg"])
    entry_trl: Trl | None = None
    exit_trl: Trl | None = None
    lead_time_days: int | None = Field(default=None, ge=0, le=3_650)
    monthly_capacity: int | None = Field(default=None, ge=0, le=1_000_000, description="jobs a month")
    voucher_accepted: bool | None = Field(default=None, description="whether innovation vouchers may pay")
    deliverables_zh: Text | None = None
    capabilities: Annotated[list[CapabilityDocument], Field(max_length=200)] = Field(default=[])
    price_options: Annotated[list[PriceOptionDocument], Field(max_length=20)] = Field(default=[])

    @model_validator(mode="after")
    def _is_in_order(self) -> "ServiceDocument":
        in_order(self.batch_min, self.batch_max, ("batch_min", "batch_max"))
        in_order(self.entry_trl, self.exit_trl, ("entry_trl", "exit_trl"))
        return self


class EquipmentDocument(Document):
    """A device or line that clients can use or that works for them."""

    name_zh: Name = Field(examples=["盐雾试验箱"])
    model: Line | None = Field(default=None, examples=["YWX-750"])
    specs_zh: Text | None = Field(default=None, description="what it can do, in words")
    position: Position = None


class SettingDocument(Document):
    """A test environment (试验环境) or an application scenario (应用场景) that is open to clients."""

    kind: SettingKind
    name_zh: Name = Field(examples=["封闭测试道路"])
    description_zh: Text | None = None
    position: Position = None


class ContactDocument(Document):
    """A public contact; nothing private belongs here. Published at once. At least one way to reach it."""

    name_zh: Name = Field(description="an office or desk rather than a person", examples=["业务受理处"])
    telephone: Telephone | None = Field(default=None, examples=["0571-12345678"])
    email: Email | None = Field(default=None, examples=["service@example.com"])
    url: Url | None = Field(default=None, examples=["https://example.com/contact"])
    position: Position = None

    @model_validator(mode="after")
    def _can_be_reached(self) -> "ContactDocument":
        if self.telephone is None and self.email is None and self.url is None:
            raise invalid_value(
                "no_way_to_reach",
                "电话、邮箱、网址至少要有一个",
                "At least a telephone number, an e-mail address or a URL is needed",
            )
        return self


class IntakeStepDocument(Document):
    """One step of the procedure by which the platform takes on work (服务承接程序)."""

    title_zh: Name = Field(examples=["提交委托单"])
    description_zh: Text | None = None
    working_days: int | None = Field(default=None, ge=0, le=3_650)
    position: Position = None


class SourceDocument(Given):
    """Where a statement can be checked."""

    title: Line | None = Field(default=None, examples=["CNAS 获认可机构查询"])
    site: Line | None = Field(default=None, examples=["中国合格评定国家认可委员会"])
    url: Url | None = Field(default=None, examples=["https://www.cnas.org.cn/"])


class AccreditationDocument(Document):
    """A CNAS or CMA certificate. Its scope lines are listed apart; whether it was verified, a department says."""

    scheme: Scheme
    certificate_no: CertificateNo | None = Field(default=None, examples=["CNAS L1234"])
    state: AccreditationState
    holder: OrganisationRef | None = Field(
        default=None,
        description="id or slug of the partner organisation that holds it; null: the operator itself. Kept as id",
    )
    valid_from: Day | None = None
    valid_to: Day | None = None
    source: SourceDocument | None = None

    @model_validator(mode="after")
    def _is_in_order(self) -> "AccreditationDocument":
        in_order(self.valid_from, self.valid_to, ("valid_from", "valid_to"))
        return self


class ScopeLineDocument(Given):
    """One accredited ability, read by the same rules as a row of an imported file.

    The standard may be in any spelling, with its clause, and need not be in the vocabulary.
    """

    site: Line | None = Field(default=None, description="site (场所)")
    object: Line = Field(description="test object (检测对象)", examples=["动力蓄电池单体"])
    parameter: Line = Field(description="test parameter (项目/参数)", examples=["过充电"])
    standard: CitedStandard = Field(examples=["GB 38031-2020"])
    clause: Line | None = Field(default=None, examples=["8.1.3"])
    range: RangeDocument | None = Field(default=None, description="null: no range stated")
    restriction: Restriction | None = Field(
        default=None, description="what is excluded or limited (限制范围)"
    )
    effective_from: Day | None = None
    effective_to: Day | None = None

    @model_validator(mode="after")
    def _is_in_order(self) -> "ScopeLineDocument":
        in_order(self.effective_from, self.effective_to, ("effective_from", "effective_to"))
        return self


DOCUMENT_OF: Mapping[ItemKind, type[Document]] = {
    ItemKind.PLATFORM: PlatformDocument,
    ItemKind.SERVICE: ServiceDocument,
    ItemKind.EQUIPMENT: EquipmentDocument,
    ItemKind.SETTING: SettingDocument,
    ItemKind.CONTACT: ContactDocument,
    ItemKind.INTAKE_STEP: IntakeStepDocument,
    ItemKind.ACCREDITATION: AccreditationDocument,
}

AT_ONCE: Mapping[ItemKind, frozenset[str]] = {
    ItemKind.SERVICE: frozenset({"price_options", "lead_time_days", "monthly_capacity"}),
    ItemKind.CONTACT: frozenset(ContactDocument.model_fields),
}
"""What is published without review, by kind of item. Source: listing, price, lead time, capacity and contacts."""


def document_of(kind: ItemKind, stored: Mapping[str, Any]) -> Document:
    """Return the document that a version of an item holds."""
    return DOCUMENT_OF[kind].model_validate(stored)
