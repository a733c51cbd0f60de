"""Rows to search documents: pure functions over plain values that the queries of the database fill.

The documents follow `search.schema`; nothing here reads a database, a clock or a file.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.indexing.validity import SUSPENDED, interval_tokens
from search.port import Document
from search.standard_numbers import standard_key


@dataclass(frozen=True)
class TermSource:
    """A word of a vocabulary: a capability term or a service function."""

    code: str
    name_zh: str
    name_en: str | None = None
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True)
class StandardSource:
    """A standard as cited: `canonical` with its year when it has one, `base` without."""

    canonical: str
    base: str


@dataclass(frozen=True)
class AbilitySource:
    """What a capability of a service or a scope line names."""

    term: TermSource | None = None
    object_zh: str | None = None
    parameter_zh: str | None = None
    standard: StandardSource | None = None


@dataclass(frozen=True)
class AccreditationSource:
    """An accreditation with its state; only a granted one with both dates gives validity."""

    scheme: str
    state: str
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True)
class PlatformSource:
    """A platform and what belongs to it but its services.

    `equipment` and `prose` are texts to search (a name with its model and figures; a sentence of a source).
    `scope` holds the distinct abilities of its scope lines, whatever their accreditation; `suspensions` the first
    and last days (None: no end) of those that were not lifted.
    """

    id: str
    slug: str
    kind: str
    name_zh: str
    demo: bool
    name_en: str | None = None
    operator_zh: str | None = None
    operator_en: str | None = None
    lead_type: str | None = None
    tier: str | None = None
    fields: tuple[str, ...] = ()
    region_code: str | None = None
    lat: float | None = None
    lon: float | None = None
    summary_zh: str | None = None
    summary_en: str | None = None
    equipment: tuple[str, ...] = ()
    prose: tuple[str, ...] = ()
    accreditations: tuple[AccreditationSource, ...] = ()
    suspensions: tuple[tuple[date, date | None], ...] = ()
    scope: tuple[AbilitySource, ...] = ()


@dataclass(frozen=True)
class ServiceSource:
    """A service. `price_min_cny` is its lowest stated price, None when there is none (negotiable)."""

    id: str
    slug: str
    platform: PlatformSource
    title_zh: str
    functions: tuple[TermSource, ...]
    title_en: str | None = None
    description_zh: str | None = None
    description_en: str | None = None
    deliverables_zh: str | None = None
    fields: tuple[str, ...] = ()
    capabilities: tuple[AbilitySource, ...] = ()
    price_min_cny: float | None = None
    lead_time_days: int | None = None
    entry_trl: int | None = None
    exit_trl: int | None = None
    voucher_accepted: bool | None = None


def service_document(service: ServiceSource) -> Document:
    """Return the document of a service for the index `services`.

    `functions` of the source are the entries of one function code in the vocabulary's groups.
    """
    platform = service.platform
    abilities = service.capabilities
    keywords = _platform_keywords(platform) | {
        "slug": service.slug,
        "field": list(service.fields),
        "function": _unique(entry.code for entry in service.functions),
        "capability": _unique(ability.term.code for ability in abilities if ability.term),
        "standard": _standard_keys(abilities),
        "platform": platform.slug,
        "voucher": _flag(service.voucher_accepted),
    }
    numbers = {
        "price_min_cny": service.price_min_cny,
        "lead_time_days": service.lead_time_days,
        "entry_trl": service.entry_trl,
        "exit_trl": service.exit_trl,
    }
    texts = _texts(
        title=[service.title_zh],
        title_en=[service.title_en],
        capabilities=_term_names(ability.term for ability in abilities),
        related=_term_synonyms([*(ability.term for ability in abilities), *service.functions]),
        standards=_standard_texts(abilities),
        scope=_scope_texts(abilities),
        function=_term_names(service.functions),
        platform_name=[platform.name_zh, platform.name_en],
        equipment=platform.equipment,
        description=[service.description_zh, service.description_en],
        summary=[platform.summary_zh, platform.summary_en],
        deliverables=[service.deliverables_zh],
    )
    payload = {
        "id": service.id,
        "slug": service.slug,
        "title_zh": service.title_zh,
        "title_en": service.title_en,
        "description_zh": service.description_zh,
        "description_en": service.description_en,
        "platform": _platform_summary(platform),
        **{name: keywords[name] for name in _PAYLOAD_KEYWORDS},
        "function": service.functions[0].code if service.functions else None,
        "voucher_accepted": service.voucher_accepted,
        **numbers,
    }
    return _present(
        {"id": service.id, "name": service.title_zh, "payload": payload, "texts": texts}
        | keywords
        | numbers
        | {"lat": platform.lat, "lon": platform.lon}
    )


def platform_document(platform: PlatformSource, services: Sequence[ServiceSource]) -> Document:
    """Return the document of a platform for the index `platforms`.

    Its functions and capabilities are those of its services; its standards also those of its scope lines.
    """
    offered = [ability for service in services for ability in service.capabilities]
    abilities = [*offered, *platform.scope]
    functions = [entry for service in services for entry in service.functions]
    vouchers = {service.voucher_accepted for service in services}
    keywords = _platform_keywords(platform) | {
        "slug": platform.slug,
        "field": list(platform.fields),
        "function": _unique(entry.code for entry in functions),
        "capability": _unique(ability.term.code for ability in offered if ability.term),
        "standard": _standard_keys(abilities),
        "voucher": _flag(next((known for known in (True, False) if known in vouchers), None)),
    }
    texts = _texts(
        title=[platform.name_zh],
        title_en=[platform.name_en],
        capabilities=_term_names(ability.term for ability in abilities),
        related=_term_synonyms([*(ability.term for ability in abilities), *functions]),
        standards=_standard_texts(abilities),
        scope=_scope_texts(abilities),
        function=_term_names(functions),
        services=[title for service in services for title in (service.title_zh, service.title_en)],
        equipment=platform.equipment,
        summary=[platform.summary_zh, platform.summary_en],
        operator=[platform.operator_zh, platform.operator_en],
        prose=platform.prose,
    )
    payload = {
        "id": platform.id,
        "slug": platform.slug,
        "title_zh": platform.name_zh,
        "title_en": platform.name_en,
        "description_zh": platform.summary_zh,
        "description_en": platform.summary_en,
        "platform": _platform_summary(platform),
        "function": keywords["function"],
        **{name: keywords[name] for name in _PAYLOAD_KEYWORDS},
    }
    return _present(
        {"id": platform.id, "name": platform.name_zh, "payload": payload, "texts": texts}
        | keywords
        | {"lat": platform.lat, "lon": platform.lon}
    )


_PAYLOAD_KEYWORDS = ("field", "city", "region", "tier", "kind", "lead_type", "capability", "standard")


def city_code(region_code: str) -> str:
    """Return the code of the city that a city or county code (GB/T 2260, six digits) belongs to."""
    return region_code[:4] + "00"


def _platform_keywords(platform: PlatformSource) -> dict[str, Any]:
    region = platform.region_code
    valid = [
        token
        for accreditation in platform.accreditations
        if accreditation.state == "granted" and accreditation.valid_from and accreditation.valid_to
        for token in interval_tokens(accreditation.scheme, accreditation.valid_from, accreditation.valid_to)
    ]
    return {
        "city": city_code(region) if region else None,
        "region": _unique([city_code(region), region]) if region else [],
        "tier": platform.tier,
        "kind": platform.kind,
        "lead_type": platform.lead_type,
        "valid": _unique(valid),
        "suspended": _unique(
            token
            for first, last in platform.suspensions
            for token in interval_tokens(SUSPENDED, first, last or date.max)
        ),
        "demo": _flag(platform.demo),
    }


def _platform_summary(platform: PlatformSource) -> dict[str, Any]:
    return {
        "id": platform.id,
        "slug": platform.slug,
        "name_zh": platform.name_zh,
        "name_en": platform.name_en,
        "kind": platform.kind,
        "tier": platform.tier,
        "region_code": platform.region_code,
        "lat": platform.lat,
        "lon": platform.lon,
        "demo": platform.demo,
    }


def _standard_keys(abilities: Iterable[AbilitySource]) -> list[str]:
    named = [ability.standard for ability in abilities if ability.standard]
    return _unique(
        standard_key(number) for standard in named for number in (standard.canonical, standard.base)
    )


def _standard_texts(abilities: Iterable[AbilitySource]) -> list[str]:
    return _unique(ability.standard.canonical for ability in abilities if ability.standard)


def _scope_texts(abilities: Iterable[AbilitySource]) -> list[str | None]:
    return [text for ability in abilities for text in (ability.object_zh, ability.parameter_zh)]


def _term_names(terms: Iterable[TermSource | None]) -> list[str | None]:
    return [name for term in terms if term for name in (term.name_zh, term.name_en)]


def _term_synonyms(terms: Iterable[TermSource | None]) -> list[str]:
    return [synonym for term in terms if term for synonym in term.synonyms]


def _texts(**texts: Sequence[str | None]) -> dict[str, list[str]]:
    found = {name: _unique(value for value in values if value) for name, values in texts.items()}
    return {name: values for name, values in found.items() if values}


def _flag(value: bool | None) -> str | None:
    return None if value is None else str(value).lower()


def _unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _present(document: Mapping[str, Any]) -> Document:
    return {name: value for name, value in document.items() if value is not None and value != []}
