"""The seed files as typed records. Reading them checks their form; nothing here touches a database."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from app.models import (
    AccreditationState,
    LeadType,
    PlatformKind,
    PriceKind,
    ProcessMode,
    Scheme,
    Tier,
)

LOADER_VERSION = 2
"""Raise it when the same files give other rows than before: every catalogue is then seeded anew."""

_VOCABULARY_FILES = (
    "fields.json",
    "regions.json",
    "service_functions.json",
    "capability_terms.json",
    "designations.json",
    "standards.json",
    "standard_relations.json",
    "object_terms.json",
)
_REAL_FILES = ("platforms.json", "partner_organisations.json")
_DEMO_GLOB = "demo/group-*.json"
_OWNERS_FILE = "demo_pool/organisations.json"


class SeedError(Exception):
    """The seed files cannot be loaded; the message names file and place."""


class Record(BaseModel):
    """Base of everything that stands in a seed file: an unknown member is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SubDirection(Record):
    code: str
    name_zh: str


class Crosswalk(Record):
    taxonomy: str
    code: str
    name_zh: str | None


class FieldRecord(Record):
    code: str
    name_zh: str
    name_en: str
    aliases: list[str]
    in_plan: bool
    note: str | None
    sub_directions: list[SubDirection]
    sub_directions_note: str
    crosswalks: list[Crosswalk]


class RegionRecord(Record):
    code: str
    parent_code: str | None
    level: Literal["province", "city", "county"]
    slug: str | None
    name_zh: str
    short_zh: str | None
    name_en: str | None
    lat: float | None
    lon: float | None
    retired: str | None
    successor_codes: list[str]


class FunctionRecord(Record):
    group: str
    code: str
    name_zh: str
    name_en: str
    synonyms: list[str]
    in_plan: bool


class TermRecord(Record):
    code: str
    name_zh: str
    name_en: str
    synonyms: list[str]
    same_as: list[str]
    field_codes: list[str]


class DesignationRecord(Record):
    capability: str
    approval_zh: str
    authority_zh: str
    when_zh: str


class StandardRecord(Record):
    number: str
    base: str
    year: int | None
    body: str
    kind: str
    title_zh: str
    capability_code: str
    field_codes: list[str]


class EquivalenceRecord(Record):
    number: str
    adopts: str
    degree: Literal["IDT", "MOD", "NEQ"]
    source: str
    confidence: Literal["seen", "known"]


class SupersessionRecord(Record):
    old: str
    new: str
    effective: date | None
    source: str
    confidence: Literal["seen", "known"]


class ObjectTermRecord(Record):
    narrower: str
    broader: str
    source: str


class RealPlatform(Record):
    id: str
    kind: PlatformKind
    name_zh: str
    name_en: str | None
    operator_zh: str | None
    operator_kind: str | None
    co_operators_zh: list[str]
    lead_type: LeadType | None
    tier: Tier | None
    status_note_zh: str | None
    region_code: str | None
    place_zh: str | None
    in_province: bool | None
    fields: list[str]
    prose: dict[Literal["services", "capabilities", "qualifications", "equipment"], list[str]] | None
    facts: dict[str, Any] | None
    source: dict[str, str]
    as_of: str | None
    confidence: Literal["high", "medium", "low"]


class PartnerRecord(Record):
    id: str
    name_zh: str
    name_en: str | None
    kind: str | None
    region_code: str | None
    source: dict[str, str]
    as_of: str | None


class DemoRange(Record):
    min: float | None
    max: float | None
    unit: str | None


class DemoScopeLine(Record):
    object_zh: str
    parameter_zh: str
    standard: str
    range: DemoRange | None
    restriction_zh: str | None


class DemoAccreditation(Record):
    id: str
    scheme: Scheme
    certificate_no: str | None
    state: AccreditationState
    holder_zh: str | None
    valid_from: date | None
    valid_to: date | None
    scope: list[DemoScopeLine]


class DemoEquipment(Record):
    name_zh: str
    model: str | None
    specs_zh: str | None


class DemoCapability(Record):
    term: str | None
    object_zh: str | None
    parameter_zh: str | None
    standard: str | None
    range: DemoRange | None


class DemoPrice(Record):
    kind: PriceKind
    min: Decimal | None
    max: Decimal | None
    unit_zh: str | None
    currency: Literal["CNY"]


class DemoService(Record):
    id: str
    category: str
    title_zh: str
    title_en: str
    description_zh: str
    fields: list[str]
    capabilities: list[DemoCapability]
    batch_scale: DemoRange | None
    entry_trl: int | None
    exit_trl: int | None
    price: DemoPrice
    lead_time_days: int | None
    monthly_capacity: int | None
    voucher_accepted: bool | None
    deliverables_zh: str | None


class DemoOperator(Record):
    name_zh: str
    kind: str


class DemoPlatform(Record):
    id: str
    kind: PlatformKind
    name_zh: str
    name_en: str
    operator: DemoOperator
    lead_type: LeadType
    tier: Tier
    recognised_on: date | None
    region_code: str
    lat: float
    lon: float
    fields: list[str]
    process_mode: ProcessMode
    summary_zh: str
    summary_en: str
    accreditations: list[DemoAccreditation]
    equipment: list[DemoEquipment]
    services: list[DemoService]


class DemoOwner(Record):
    """A fictional organisation that owns results of the demo pool."""

    slug: str
    name_zh: str
    name_en: str
    kind: str
    credit_code: str
    region_code: str


class _FieldsFile(Record):
    fields: list[FieldRecord]


class _RegionsFile(Record):
    regions: list[RegionRecord]


class _FunctionsFile(Record):
    service_functions: list[FunctionRecord]


class _TermsFile(Record):
    capability_terms: list[TermRecord]


class _DesignationsFile(Record):
    designations: list[DesignationRecord]


class _StandardsFile(Record):
    standards: list[StandardRecord]


class _RelationsFile(Record):
    equivalences: list[EquivalenceRecord]
    supersessions: list[SupersessionRecord]


class _ObjectTermsFile(Record):
    object_terms: list[ObjectTermRecord]


class _PlatformsFile(Record):
    platforms: list[RealPlatform]


class _PartnersFile(Record):
    organisations: list[PartnerRecord]


class _DemoFile(Record):
    platforms: list[DemoPlatform]


class _OwnersFile(Record):
    organisations: list[DemoOwner]


@dataclass(frozen=True)
class SeedFiles:
    """Everything that is seeded but the demo pool; the demo is empty when it is switched off."""

    fields: list[FieldRecord]
    regions: list[RegionRecord]
    functions: list[FunctionRecord]
    terms: list[TermRecord]
    designations: list[DesignationRecord]
    standards: list[StandardRecord]
    equivalences: list[EquivalenceRecord]
    supersessions: list[SupersessionRecord]
    object_terms: list[ObjectTermRecord]
    platforms: list[RealPlatform]
    partners: list[PartnerRecord]
    demo: list[DemoPlatform]
    demo_owners: list[DemoOwner]


def content_hashes(seed_dir: Path, *, demo: bool) -> dict[str, str]:
    """Return the hash of each set of seed files; a catalogue without the demo has no `demo`.

    Raises SeedError for a file that is missing.
    """
    sets: dict[str, list[Path]] = {
        "vocabulary": [seed_dir / name for name in _VOCABULARY_FILES],
        "real": [seed_dir / name for name in _REAL_FILES],
    }
    if demo:
        sets["demo"] = [*sorted(seed_dir.glob(_DEMO_GLOB)), seed_dir / _OWNERS_FILE]
    return {name: _hash(paths) for name, paths in sets.items()}


def _hash(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256(str(LOADER_VERSION).encode())
    for path in paths:
        digest.update(path.name.encode())
        digest.update(bytes_of(path))
    return digest.hexdigest()


def read_seed_files(seed_dir: Path, *, demo: bool) -> SeedFiles:
    """Read every seed file. Raises SeedError naming the file and the place that is wrong."""
    relations = read_file(seed_dir / "standard_relations.json", _RelationsFile)
    groups = [read_file(path, _DemoFile) for path in sorted(seed_dir.glob(_DEMO_GLOB))] if demo else []
    return SeedFiles(
        fields=read_file(seed_dir / "fields.json", _FieldsFile).fields,
        regions=read_file(seed_dir / "regions.json", _RegionsFile).regions,
        functions=read_file(seed_dir / "service_functions.json", _FunctionsFile).service_functions,
        terms=read_file(seed_dir / "capability_terms.json", _TermsFile).capability_terms,
        designations=read_file(seed_dir / "designations.json", _DesignationsFile).designations,
        standards=read_file(seed_dir / "standards.json", _StandardsFile).standards,
        equivalences=relations.equivalences,
        supersessions=relations.supersessions,
        object_terms=read_file(seed_dir / "object_terms.json", _ObjectTermsFile).object_terms,
        platforms=read_file(seed_dir / "platforms.json", _PlatformsFile).platforms,
        partners=read_file(seed_dir / "partner_organisations.json", _PartnersFile).organisations,
        demo=[platform for group in groups for platform in group.platforms],
        demo_owners=read_file(seed_dir / _OWNERS_FILE, _OwnersFile).organisations if demo else [],
    )


_File = TypeVar("_File", bound=Record)


def read_file(path: Path, model: type[_File]) -> _File:
    """Read one seed file. Raises SeedError naming the file and the place that is wrong."""
    try:
        return model.model_validate_json(bytes_of(path))
    except ValidationError as error:
        first = error.errors()[0]
        place = "/".join(str(part) for part in first["loc"])
        raise SeedError(f"{path.name} at {place}: {first['msg']}") from None


def bytes_of(path: Path) -> bytes:
    """Return what a file holds. Raises SeedError when it is missing."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise SeedError(f"{path.name} is missing in {path.parent}") from None
