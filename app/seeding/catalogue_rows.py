"""Seed records of organisations, platforms and what belongs to them as rows; pure."""

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from app.models import Outsiders, Verification
from app.seeding.files import (
    DemoOwner,
    DemoPlatform,
    DemoRange,
    DemoService,
    PartnerRecord,
    RealPlatform,
    SeedError,
)
from app.seeding.interning import Ids, Names
from app.seeding.tables import Row
from app.seeding.vocabulary_rows import Cited, Numbers
from app.vocabulary.ranges import Range, RangeRefused, range_of

_EPOCH_MILLISECONDS = 1_735_689_600_000  # 2025-01-01T00:00:00Z
_NO_RANGE: Row = {
    "range_written": None,
    "range_min": None,
    "range_max": None,
    "range_unit": None,
    "range_dimension_id": None,
    "range_low": None,
    "range_high": None,
    "range_low_open": False,
    "range_high_open": False,
    "range_grades": None,
}


def seed_uid(name: str) -> uuid.UUID:
    """Return the public id of a seeded row: a UUIDv7 that is the same in every installation."""
    noise = int.from_bytes(hashlib.sha256(name.encode()).digest()[:10], "big")
    value = _EPOCH_MILLISECONDS << 80 | noise
    value = value & ~(0xF << 76) | 0x7 << 76
    return uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def organisation_slug(name_zh: str, *, demo: bool) -> str:
    """Return the slug of an organisation that the seed knows only by name."""
    digest = hashlib.sha256(name_zh.encode()).hexdigest()[:12]
    return f"demo-org-{digest}" if demo else f"org-{digest}"


def real_organisation_rows(platforms: Iterable[RealPlatform], partners: Iterable[PartnerRecord]) -> list[Row]:
    """Operators of real platforms and bodies that could be partners; one row per name."""
    rows: dict[str, dict[str, Any]] = {}
    for partner in partners:
        rows[partner.name_zh] = _organisation(
            partner.id,
            partner.name_zh,
            partner.kind,
            demo=False,
            name_en=partner.name_en,
            region_code=partner.region_code,
            partner_candidate=True,
            source=partner.source,
            as_of=partner.as_of,
        )
    for platform in platforms:
        name = platform.operator_zh
        if name is not None and name not in rows:
            slug = organisation_slug(name, demo=False)
            rows[name] = _organisation(
                slug,
                name,
                platform.operator_kind,
                demo=False,
                source=platform.source,
                as_of=platform.as_of,
            )
    return list(rows.values())


def demo_organisation_rows(platforms: Iterable[DemoPlatform]) -> list[Row]:
    """Operators of demo platforms and the partner bodies that hold accreditations; one row per name."""
    platforms = list(platforms)
    kinds: dict[str, str | None] = {
        platform.operator.name_zh: platform.operator.kind for platform in platforms
    }
    for platform in platforms:
        for accreditation in platform.accreditations:
            if accreditation.holder_zh is not None:
                kinds.setdefault(accreditation.holder_zh, None)
    return [
        _organisation(organisation_slug(name, demo=True), name, kind, demo=True)
        for name, kind in kinds.items()
    ]


def owner_row(record: DemoOwner) -> Row:
    """An organisation that owns results of the demo pool."""
    return _organisation(
        record.slug,
        record.name_zh,
        record.kind,
        demo=True,
        name_en=record.name_en,
        credit_code=record.credit_code,
        region_code=record.region_code,
    )


def _organisation(slug: str, name_zh: str, kind: str | None, *, demo: bool, **known: Any) -> dict[str, Any]:
    return {
        "uid": seed_uid(f"organisation/{slug}"),
        "slug": slug,
        "name_zh": name_zh,
        "name_en": None,
        "kind": kind,
        "credit_code": None,
        "region_code": None,
        "demo": demo,
        "partner_candidate": False,
        "source": None,
        "as_of": None,
        **known,
    }


def real_platform_row(record: RealPlatform, organisations: Mapping[str, int]) -> Row:
    """`organisations`: key by name."""
    return {
        "uid": seed_uid(f"platform/{record.id}"),
        "slug": record.id,
        "kind": record.kind,
        "name_zh": record.name_zh,
        "name_en": record.name_en,
        "operator_id": organisations[record.operator_zh] if record.operator_zh else None,
        "co_operators_zh": record.co_operators_zh,
        "lead_type": record.lead_type,
        "tier": record.tier,
        "recognised_on": None,
        "status_note_zh": record.status_note_zh,
        "region_code": record.region_code,
        "place_zh": record.place_zh,
        "in_province": record.in_province,
        "lat": None,
        "lon": None,
        "process_mode": None,
        "summary_zh": None,
        "summary_en": None,
        "serves_outsiders": Outsiders.UNKNOWN,
        "verified": False,
        "prose": record.prose,
        "facts": record.facts,
        "demo": False,
        "source": record.source,
        "as_of": record.as_of,
        "confidence": record.confidence,
    }


def demo_platform_row(record: DemoPlatform, organisations: Mapping[str, int]) -> Row:
    """`organisations`: key by name."""
    return {
        "uid": seed_uid(f"platform/{record.id}"),
        "slug": record.id,
        "kind": record.kind,
        "name_zh": record.name_zh,
        "name_en": record.name_en,
        "operator_id": organisations[record.operator.name_zh],
        "co_operators_zh": [],
        "lead_type": record.lead_type,
        "tier": record.tier,
        "recognised_on": record.recognised_on,
        "status_note_zh": None,
        "region_code": record.region_code,
        "place_zh": None,
        "in_province": True,
        "lat": record.lat,
        "lon": record.lon,
        "process_mode": record.process_mode,
        "summary_zh": record.summary_zh,
        "summary_en": record.summary_en,
        "serves_outsiders": Outsiders.UNKNOWN,
        "verified": False,
        "prose": None,
        "facts": None,
        "demo": True,
        "source": None,
        "as_of": None,
        "confidence": None,
    }


def equipment_rows(record: DemoPlatform, platform_id: int) -> Iterator[Row]:
    for position, equipment in enumerate(record.equipment):
        yield {
            "uid": seed_uid(f"equipment/{record.id}/{position}"),
            "platform_id": platform_id,
            "position": position,
            **equipment.model_dump(),
        }


def service_row(record: DemoService, platform_id: int) -> Row:
    batch = record.batch_scale
    return {
        "uid": seed_uid(f"service/{record.id}"),
        "slug": record.id,
        "platform_id": platform_id,
        "function_code": record.category,
        "title_zh": record.title_zh,
        "title_en": record.title_en,
        "description_zh": record.description_zh,
        "description_en": None,
        "batch_min": batch.min if batch else None,
        "batch_max": batch.max if batch else None,
        "batch_unit": batch.unit if batch else None,
        "entry_trl": record.entry_trl,
        "exit_trl": record.exit_trl,
        "lead_time_days": record.lead_time_days,
        "monthly_capacity": record.monthly_capacity,
        "voucher_accepted": record.voucher_accepted,
        "deliverables_zh": record.deliverables_zh,
    }


def price_row(record: DemoService, service_id: int) -> Row:
    return {
        "service_id": service_id,
        "position": 0,
        "kind": record.price.kind,
        "min_cny": _money(record.price.min),
        "max_cny": _money(record.price.max),
        "unit_zh": record.price.unit_zh,
        "valid_from": None,
        "valid_to": None,
    }


def capability_rows(record: DemoService, service_id: int, ids: Ids, numbers: Numbers) -> Iterator[Row]:
    for position, capability in enumerate(record.capabilities):
        cited = numbers.read(capability.standard) if capability.standard else None
        yield {
            "service_id": service_id,
            "position": position,
            "term_code": capability.term,
            "object_id": ids.object_id(capability.object_zh),
            "parameter_id": ids.parameter_id(capability.parameter_zh),
            "standard_id": ids.standards[cited.base] if cited else None,
            "standard_number": cited.number if cited else None,
            "standard_year": cited.year if cited else None,
            **_range_columns(read_range(capability.range), ids),
        }


def accreditation_rows(
    record: DemoPlatform, platform_id: int, organisations: Mapping[str, int]
) -> Iterator[Row]:
    for accreditation in record.accreditations:
        holder = accreditation.holder_zh
        yield {
            "uid": seed_uid(f"accreditation/{accreditation.id}"),
            "slug": accreditation.id,
            "platform_id": platform_id,
            "scheme": accreditation.scheme,
            "certificate_no": accreditation.certificate_no,
            "state": accreditation.state,
            "holder_id": organisations[holder] if holder else None,
            "valid_from": accreditation.valid_from,
            "valid_to": accreditation.valid_to,
            "verification": Verification.DECLARED,
            "verified_by": None,
            "verified_on": None,
            "source": None,
        }


def scope_line_rows(
    record: DemoPlatform, accreditations: Mapping[str, int], ids: Ids, numbers: Numbers
) -> Iterator[Row]:
    """`accreditations`: key by slug."""
    for accreditation in record.accreditations:
        for line in accreditation.scope:
            cited = numbers.read(line.standard)
            yield {
                "accreditation_id": accreditations[accreditation.id],
                "site_zh": None,
                "object_id": ids.object_id(line.object_zh),
                "parameter_id": ids.parameter_id(line.parameter_zh),
                "standard_id": ids.standards[cited.base],
                "standard_number": cited.number,
                "standard_year": cited.year,
                "clause": cited.clause,
                "restriction_zh": line.restriction_zh,
                "effective_from": None,
                "effective_to": None,
                **_range_columns(read_range(line.range), ids),
            }


def names_in(platforms: Iterable[DemoPlatform], numbers: Numbers) -> Names:
    """Return everything that the demo's capabilities and scope lines name. Raises SeedError with the place."""
    names = Names()
    for platform in platforms:
        for accreditation in platform.accreditations:
            for line in accreditation.scope:
                _add(names, line.object_zh, line.parameter_zh, line.range, f"{accreditation.id}")
                _add_standard(names, numbers, line.standard, accreditation.id)
        for service in platform.services:
            for capability in service.capabilities:
                _add(names, capability.object_zh, capability.parameter_zh, capability.range, service.id)
                _add_standard(names, numbers, capability.standard, service.id)
    return names


def _add(names: Names, obj: str | None, parameter: str | None, given: DemoRange | None, where: str) -> None:
    names.add_object(obj)
    names.add_parameter(parameter)
    try:
        found = read_range(given)
    except RangeRefused as error:
        raise SeedError(f"demo, {where}: the range {given} cannot be read: {error}") from None
    if found is not None:
        names.dimensions.add(found.dimension)


def _add_standard(names: Names, numbers: Numbers, text: str | None, where: str) -> None:
    if text is None:
        return
    try:
        cited: Cited = numbers.read(text)
    except SeedError as error:
        raise SeedError(f"demo, {where}: {error}") from None
    names.standards[cited.number] = cited


def read_range(given: DemoRange | None) -> Range | None:
    """Return the range, None where neither end is given. Raises RangeRefused."""
    if given is None or (given.min is None and given.max is None) or given.unit is None:
        return None
    return range_of(given.min, given.max, given.unit)


def _range_columns(found: Range | None, ids: Ids) -> Row:
    if found is None:
        return _NO_RANGE
    return {
        "range_written": found.written,
        "range_min": found.min,
        "range_max": found.max,
        "range_unit": found.unit,
        "range_dimension_id": ids.dimensions[found.dimension],
        "range_low": found.lo,
        "range_high": found.hi,
        "range_low_open": not found.lo_inclusive,
        "range_high_open": not found.hi_inclusive,
        "range_grades": sorted(found.grades) if found.grades is not None else None,
    }


def _money(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else amount.quantize(Decimal("0.01"))
