"""Catalogue rows to what is released. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from app.kit.i18n import Localized
from app.models import (
    Accreditation,
    Capability,
    Organisation,
    Platform,
    PriceOption,
    Service,
)
from app.registry.labels import names_of
from app.registry.reading import key_of, localized
from app.registry.rules import accreditation_status
from app.releases import documents
from app.releases.documents import Named
from app.releases.queries import Parts
from app.releases.rules import in_force
from app.vocabulary.names import Names

UNSTATED = Named(code="unstated", name=Localized(zh="未标注领域", en="no field stated"))


@dataclass(frozen=True)
class Writer:
    """Knows the names of codes, which field belongs to which, and the day of issue."""

    names: Names
    main_fields: Mapping[str, str]
    on_date: date

    def platform(self, platform: Platform, parts: Parts) -> documents.ReleasedPlatform:
        """Return the entry of a platform."""
        key = key_of(platform)
        return documents.ReleasedPlatform(
            id=platform.uid,
            slug=platform.slug,
            name=Localized(zh=platform.name_zh, en=platform.name_en),
            kind=enum_named(platform.kind),
            fields=self.fields(parts.fields.get(key, ())),
            tier=enum_or_none(platform.tier),
            recognised_on=platform.recognised_on,
            verified=platform.verified,
            lead_type=enum_or_none(platform.lead_type),
            process_mode=enum_or_none(platform.process_mode),
            place=self._place(platform),
            operator=organisation(parts.operators.get(platform.operator_id or 0)),
            co_operators=platform.co_operators_zh,
            summary=localized(platform.summary_zh, platform.summary_en),
            status_note=platform.status_note_zh,
            serves_outsiders=platform.serves_outsiders,
            **_small_parts(key, parts),
            services=[self._service(service, parts) for service in parts.services.get(key, ())],
            accreditations=[self._accreditation(*row) for row in parts.accreditations.get(key, ())],
            prose=platform.prose,
            facts=platform.facts,
            source=platform.source,
            as_of=platform.as_of,
            confidence=platform.confidence,
        )

    def fields(self, codes: Iterable[str]) -> list[documents.ReleasedField]:
        """Return the fields in the order of the plan."""
        order = {code: place for place, code in enumerate(self.names.fields)}
        return [
            documents.ReleasedField(
                **self._field(code).model_dump(), main=self._field(self.main_fields.get(code, code))
            )
            for code in sorted(codes, key=lambda code: (order.get(code, len(order)), code))
        ]

    def contents(self, entries: Iterable[documents.ReleasedPlatform]) -> list[documents.ContentsLine]:
        """Count the entries of each main field, in the order of the plan; an entry counts once in a field."""
        counts = Counter(
            code
            for entry in entries
            for code in {field.main.code for field in entry.fields} or {UNSTATED.code}
        )
        known = [code for code in self.names.fields if code in counts]
        lost = sorted(counts.keys() - set(known) - {UNSTATED.code})
        lines = [
            documents.ContentsLine(**self._field(code).model_dump(), entries=counts[code])
            for code in (*known, *lost)
        ]
        if UNSTATED.code in counts:
            lines.append(documents.ContentsLine(**UNSTATED.model_dump(), entries=counts[UNSTATED.code]))
        return lines

    def _field(self, code: str) -> Named:
        return named(self.names.fields, code)

    def region(self, code: str) -> Named:
        """Return a province, city or county with its name."""
        region = self.names.regions.get(code)
        return Named(code=code, name=Localized(zh=code) if region is None else region.name)

    def _place(self, platform: Platform) -> documents.ReleasedPlace:
        city = self.names.city_of(platform.region_code)
        region = self.names.regions.get(platform.region_code or "")
        is_county = region is not None and region.level == "county"
        return documents.ReleasedPlace(
            city=None if city is None else self.region(city.code),
            county=self.region(region.code) if region is not None and is_county else None,
            written=platform.place_zh,
        )

    def _service(self, service: Service, parts: Parts) -> documents.ReleasedService:
        key = key_of(service)
        batch = documents.ReleasedBatch(min=service.batch_min, max=service.batch_max, unit=service.batch_unit)
        return documents.ReleasedService(
            id=service.uid,
            slug=service.slug,
            title=Localized(zh=service.title_zh, en=service.title_en),
            function=named(self.names.functions, service.function_code),
            fields=self.fields(parts.service_fields.get(key, ())),
            description=localized(service.description_zh, service.description_en),
            capabilities=[self._capability(*row) for row in parts.capabilities.get(key, ())],
            batch_scale=batch if any(value is not None for _, value in batch) else None,
            entry_trl=service.entry_trl,
            exit_trl=service.exit_trl,
            lead_time_days=service.lead_time_days,
            monthly_capacity=service.monthly_capacity,
            voucher_accepted=service.voucher_accepted,
            deliverables=service.deliverables_zh,
            prices=[self._price(option) for option in parts.prices.get(key, ())],
        )

    def _capability(
        self, capability: Capability, test_object: str | None, parameter: str | None
    ) -> documents.ReleasedCapability:
        return documents.ReleasedCapability(
            term=None if capability.term_code is None else named(self.names.terms, capability.term_code),
            object=test_object,
            parameter=parameter,
            standard=capability.standard_number,
            range=capability.range_written,
        )

    def _price(self, option: PriceOption) -> documents.ReleasedPrice:
        return documents.ReleasedPrice(
            kind=enum_named(option.kind),
            min_cny=_money(option.min_cny),
            max_cny=_money(option.max_cny),
            unit=option.unit_zh,
            valid_from=option.valid_from,
            valid_to=option.valid_to,
            in_force=in_force(option.valid_from, option.valid_to, self.on_date),
        )

    def _accreditation(
        self, row: Accreditation, holder: Organisation | None, lines: int
    ) -> documents.ReleasedAccreditation:
        status = accreditation_status(row.state, row.valid_from, row.valid_to, self.on_date)
        return documents.ReleasedAccreditation(
            id=row.uid,
            scheme=row.scheme,
            certificate_no=row.certificate_no,
            holder=organisation(holder),
            state=enum_named(row.state),
            status=enum_named(status),
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            verification=row.verification,
            verified_by=row.verified_by,
            verified_on=row.verified_on,
            scope_lines=lines,
        )


def _small_parts(key: int, parts: Parts) -> Mapping[str, Any]:
    return {
        "contacts": [
            documents.ReleasedContact(
                id=row.uid, name=row.name_zh, telephone=row.telephone, email=row.email, url=row.url
            )
            for row in parts.contacts.get(key, ())
        ],
        "intake": [
            documents.ReleasedStep(
                id=row.uid, title=row.title_zh, description=row.description_zh, working_days=row.working_days
            )
            for row in parts.intake.get(key, ())
        ],
        "equipment": [
            documents.ReleasedEquipment(id=row.uid, name=row.name_zh, model=row.model, specs=row.specs_zh)
            for row in parts.equipment.get(key, ())
        ],
        "settings": [
            documents.ReleasedSetting(
                id=row.uid, kind=row.kind, name=row.name_zh, description=row.description_zh
            )
            for row in parts.settings.get(key, ())
        ],
    }


def in_order(platforms: Sequence[Platform]) -> list[Platform]:
    """Sort by kind, place and name, then by id: by code points, so that every database gives the same order."""
    return sorted(
        platforms, key=lambda row: (row.kind.value, row.region_code or "~", row.name_zh, str(row.uid))
    )


def organisation(row: Organisation | None) -> documents.ReleasedOrganisation | None:
    if row is None:
        return None
    return documents.ReleasedOrganisation(
        id=row.uid,
        name=Localized(zh=row.name_zh, en=row.name_en),
        kind=row.kind,
        credit_code=row.credit_code,
    )


def named(names: Mapping[str, Localized], code: str) -> Named:
    """Return a code with its name; the code itself where the vocabulary has lost it."""
    return Named(code=code, name=names.get(code) or Localized(zh=code))


def enum_named(code: StrEnum) -> Named:
    """Return a member of one of the registry's enums with its name."""
    return Named(code=code.value, name=names_of(type(code))[code.value])


def enum_or_none(code: StrEnum | None) -> Named | None:
    return None if code is None else enum_named(code)


def _money(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.2f}"
