"""Items of a platform: what the catalogue holds as documents, and which version holds in a revision. Pure."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from app.imports.scope_lines import ScopeLineRow
from app.listing.document_types import RangeDocument
from app.listing.documents import (
    AccreditationDocument,
    CapabilityDocument,
    ContactDocument,
    EquipmentDocument,
    IntakeStepDocument,
    PlatformDocument,
    PriceOptionDocument,
    ScopeLineDocument,
    ServiceDocument,
    SettingDocument,
    SourceDocument,
)
from app.models.listing import ItemKind, ListingItem
from app.models.registry import Contact, Equipment, IntakeStep, Platform, PriceOption, Service, Setting
from app.models.scope import Accreditation, Capability


class Change(StrEnum):
    """What the draft does to an item, beside what the public sees."""

    UNCHANGED = "unchanged"
    ADDED = "added"
    EDITED = "edited"
    REMOVED = "removed"


@dataclass(frozen=True)
class Item:
    """An item as it is in the draft. `document` is in stored form; `version` is the one that an edit must name."""

    kind: ItemKind
    uid: uuid.UUID
    document: dict[str, Any]
    version: int
    change: Change

    @property
    def name(self) -> str:
        """The name by which people know it."""
        return name_of(self.kind, self.document)

    @property
    def order(self) -> tuple[int, str]:
        """The key of its place among those of its kind."""
        return self.document.get("position") or 0, str(self.uid)


def name_of(kind: ItemKind, document: dict[str, Any]) -> str:
    """Return the name of an item: its title, or the number of a certificate."""
    if kind is ItemKind.ACCREDITATION:
        return " ".join(part for part in (document["scheme"], document["certificate_no"]) if part)
    return str(document["title_zh" if "title_zh" in document else "name_zh"])


def current(versions: Iterable[ListingItem]) -> ListingItem | None:
    """Return the newest version of an item."""
    return next((version for version in versions if version.until_revision is None), None)


def in_revision(versions: Iterable[ListingItem], revision: int) -> ListingItem | None:
    """Return the version that holds in a revision; None: the item was not there, or had no versions."""
    return next(
        (
            version
            for version in versions
            if version.since_revision <= revision
            and (version.until_revision is None or version.until_revision > revision)
        ),
        None,
    )


def change_of(versions: Sequence[ListingItem], published: int | None) -> Change:
    """Return what the draft does to an item with these versions; `published` is the revision the public sees."""
    newest = current(versions)
    if newest is None:
        return Change.UNCHANGED
    before = None if published is None else in_revision(versions, published)
    was_there = before is not None and before.document is not None
    if newest.document is None:
        return Change.REMOVED if was_there else Change.UNCHANGED
    if not was_there:
        return Change.ADDED
    return Change.UNCHANGED if before is newest else Change.EDITED


# What the catalogue holds, as documents.


def platform_document(row: Platform, fields: Sequence[str]) -> PlatformDocument:
    return PlatformDocument(
        name_zh=row.name_zh,
        name_en=row.name_en,
        lead_type=row.lead_type,
        region_code=row.region_code,
        place_zh=row.place_zh,
        lat=row.lat,
        lon=row.lon,
        process_mode=row.process_mode,
        summary_zh=row.summary_zh,
        summary_en=row.summary_en,
        serves_outsiders=row.serves_outsiders,
        fields=list(fields),
        co_operators_zh=row.co_operators_zh,
    )


def service_document(
    row: Service, fields: Sequence[str], prices: Iterable[PriceOption], capabilities: Iterable[Any]
) -> ServiceDocument:
    """`capabilities`: rows of (Capability, object, parameter) in their order."""
    return ServiceDocument(
        function=row.function_code,
        title_zh=row.title_zh,
        title_en=row.title_en,
        description_zh=row.description_zh,
        description_en=row.description_en,
        fields=list(fields),
        batch_min=row.batch_min,
        batch_max=row.batch_max,
        batch_unit=row.batch_unit,
        entry_trl=row.entry_trl,
        exit_trl=row.exit_trl,
        lead_time_days=row.lead_time_days,
        monthly_capacity=row.monthly_capacity,
        voucher_accepted=row.voucher_accepted,
        deliverables_zh=row.deliverables_zh,
        capabilities=[_capability(capability, obj, parameter) for capability, obj, parameter in capabilities],
        price_options=[_price(option) for option in prices],
    )


def _capability(row: Capability, obj: str | None, parameter: str | None) -> CapabilityDocument:
    return CapabilityDocument(
        term=row.term_code,
        object=obj,
        parameter=parameter,
        standard=row.standard_number,
        range=range_document(row.range_written, row.range_min, row.range_max, row.range_unit),
    )


def _price(row: PriceOption) -> PriceOptionDocument:
    return PriceOptionDocument(
        kind=row.kind,
        min_cny=_money(row.min_cny),
        max_cny=_money(row.max_cny),
        unit_zh=row.unit_zh,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"


def range_document(
    written: str | None, low: float | None, high: float | None, unit: str | None
) -> RangeDocument | None:
    """Return a stored range as it was given: the text, or the ends where there is none or it tells less."""
    if written is not None:
        try:
            return RangeDocument(text=written)
        except ValidationError:
            if not unit:
                raise
    return None if low is None and high is None else RangeDocument(min=low, max=high, unit=unit)


def equipment_document(row: Equipment) -> EquipmentDocument:
    return EquipmentDocument(
        name_zh=row.name_zh, model=row.model, specs_zh=row.specs_zh, position=row.position
    )


def setting_document(row: Setting) -> SettingDocument:
    return SettingDocument(
        kind=row.kind, name_zh=row.name_zh, description_zh=row.description_zh, position=row.position
    )


def contact_document(row: Contact) -> ContactDocument:
    return ContactDocument(
        name_zh=row.name_zh, telephone=row.telephone, email=row.email, url=row.url, position=row.position
    )


def intake_step_document(row: IntakeStep) -> IntakeStepDocument:
    return IntakeStepDocument(
        title_zh=row.title_zh,
        description_zh=row.description_zh,
        working_days=row.working_days,
        position=row.position,
    )


def accreditation_document(row: Accreditation, holder: uuid.UUID | None) -> AccreditationDocument:
    """`holder`: the id of the partner body."""
    source = {key: value for key, value in (row.source or {}).items() if key in SourceDocument.model_fields}
    return AccreditationDocument(
        scheme=row.scheme,
        certificate_no=row.certificate_no,
        state=row.state,
        holder=None if holder is None else str(holder),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        source=SourceDocument(**source) if source else None,
    )


def line_document(line: ScopeLineRow, effective_to: date | None) -> ScopeLineDocument:
    found = line.range
    return ScopeLineDocument.model_construct(
        site=line.site,
        object=line.object,
        parameter=line.parameter,
        standard=line.standard,
        clause=line.clause,
        range=None if found is None else range_document(found.written, found.min, found.max, found.unit),
        restriction=line.restriction,
        effective_from=line.effective_date,
        effective_to=effective_to,
    )
