"""Rows to what is answered: pure functions over loaded rows, the names of codes, a language and a date."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

from app.kit.i18n import Lang, Localized
from app.models import (
    Accreditation,
    Capability,
    Organisation,
    Platform,
    PriceKind,
    PriceOption,
    ScopeLine,
    Service,
    Setting,
    Suspension,
)
from app.models.base import PublicId
from app.registry import schemas
from app.registry.labels import label
from app.registry.rules import accreditation_status
from app.vocabulary.names import Names
from app.vocabulary.names import label as code_label
from app.vocabulary.ranges import Range
from app.vocabulary.schemas import Coded


@dataclass(frozen=True)
class Reader:
    """Knows in which language labels are, and on which day accreditations are judged."""

    names: Names
    lang: Lang
    on_date: date

    def platform_brief(self, platform: Platform) -> schemas.PlatformBrief:
        return schemas.PlatformBrief(**self._platform_brief(platform))

    def platform_listed(self, platform: Platform, fields: Iterable[str]) -> schemas.PlatformListed:
        return schemas.PlatformListed(**self._platform_listed(platform, fields))

    def _platform_brief(self, platform: Platform) -> dict[str, Any]:
        return {
            "id": platform.uid,
            "slug": platform.slug,
            "name": Localized(zh=platform.name_zh, en=platform.name_en),
            "kind": platform.kind,
            "kind_label": label(platform.kind, self.lang),
            "tier": platform.tier,
            "tier_label": self.label_or_none(platform.tier),
            "lead_type": platform.lead_type,
            "lead_type_label": self.label_or_none(platform.lead_type),
            "city": self._city(platform.region_code),
            "demo": platform.demo,
        }

    def _platform_listed(self, platform: Platform, fields: Iterable[str]) -> dict[str, Any]:
        return {
            **self._platform_brief(platform),
            "field": self.fields(fields),
            "summary": localized(platform.summary_zh, platform.summary_en),
            "place": self._place(platform),
            "serves_outsiders": platform.serves_outsiders,
        }

    def platform(
        self, platform: Platform, fields: Iterable[str], parts: "PlatformParts"
    ) -> schemas.PlatformRead:
        return schemas.PlatformRead(
            **self._platform_listed(platform, fields),
            process_mode=platform.process_mode,
            process_mode_label=self.label_or_none(platform.process_mode),
            operator=organisation(parts.operator),
            co_operators=platform.co_operators_zh,
            recognised_on=platform.recognised_on,
            status_note=platform.status_note_zh,
            contacts=parts.contacts,
            intake=parts.intake,
            equipment=parts.equipment,
            environments=parts.environments,
            scenarios=parts.scenarios,
            services=parts.services,
            accreditations=parts.accreditations,
            suspension=suspension_read(parts.suspension),
            prose=platform.prose,
            facts=platform.facts,
            provenance=schemas.Provenance(
                source=platform.source,
                as_of=platform.as_of,
                confidence=platform.confidence,
                demo=platform.demo,
                verified=platform.verified,
            ),
        )

    def service_brief(
        self, service: Service, prices: Sequence[PriceOption], demo: bool
    ) -> schemas.ServiceBrief:
        return schemas.ServiceBrief(**self._service_brief(service, prices, demo))

    def service_listed(
        self, service: Service, platform: Platform, fields: Iterable[str], prices: Sequence[PriceOption]
    ) -> schemas.ServiceListed:
        return schemas.ServiceListed(**self._service_listed(service, platform, fields, prices))

    def _service_brief(self, service: Service, prices: Sequence[PriceOption], demo: bool) -> dict[str, Any]:
        lowest = cheapest(prices)
        return {
            "id": service.uid,
            "slug": service.slug,
            "title": Localized(zh=service.title_zh, en=service.title_en),
            "function": self._coded(self.names.functions, service.function_code),
            "price": None if lowest is None else self._price(lowest),
            "lead_time_days": service.lead_time_days,
            "demo": demo,
        }

    def _service_listed(
        self, service: Service, platform: Platform, fields: Iterable[str], prices: Sequence[PriceOption]
    ) -> dict[str, Any]:
        return {
            **self._service_brief(service, prices, platform.demo),
            "platform": self.platform_brief(platform),
            "field": self.fields(fields),
            "entry_trl": service.entry_trl,
            "exit_trl": service.exit_trl,
            "voucher_accepted": service.voucher_accepted,
        }

    def service(
        self,
        service: Service,
        platform: Platform,
        fields: Iterable[str],
        prices: Sequence[PriceOption],
        capabilities: Iterable[Any],
    ) -> schemas.ServiceRead:
        batch = (service.batch_min, service.batch_max, service.batch_unit)
        return schemas.ServiceRead(
            **self._service_listed(service, platform, fields, prices),
            description=localized(service.description_zh, service.description_en),
            capabilities=[self._capability(*row) for row in capabilities],
            price_options=[self._price(option) for option in prices],
            batch_scale=None
            if batch == (None, None, None)
            else schemas.BatchScale(min=batch[0], max=batch[1], unit=batch[2]),
            monthly_capacity=service.monthly_capacity,
            deliverables=service.deliverables_zh,
        )

    def _capability(
        self,
        capability: Capability,
        test_object: str | None,
        parameter: str | None,
        base: str | None,
        title: str | None,
        dimension: str | None,
    ) -> schemas.CapabilityRead:
        return schemas.CapabilityRead(
            term=None
            if capability.term_code is None
            else self._coded(self.names.terms, capability.term_code),
            object=test_object,
            parameter=parameter,
            standard=standard(capability, base, title),
            range=stated_range(capability, dimension),
        )

    def accreditation_brief(
        self, accreditation: Accreditation, holder: Organisation | None
    ) -> schemas.AccreditationBrief:
        return schemas.AccreditationBrief(**self._accreditation_brief(accreditation, holder))

    def accreditation(
        self, accreditation: Accreditation, holder: Organisation | None, platform: Platform, lines: int
    ) -> schemas.AccreditationRead:
        return schemas.AccreditationRead(
            **self._accreditation_brief(accreditation, holder),
            platform=self.platform_brief(platform),
            scope_line_count=lines,
            source=accreditation.source,
            verified_by=accreditation.verified_by,
            verified_on=accreditation.verified_on,
        )

    def _accreditation_brief(
        self, accreditation: Accreditation, holder: Organisation | None
    ) -> dict[str, Any]:
        status = accreditation_status(
            accreditation.state, accreditation.valid_from, accreditation.valid_to, self.on_date
        )
        return {
            "id": accreditation.uid,
            "slug": accreditation.slug,
            "scheme": accreditation.scheme,
            "certificate_no": accreditation.certificate_no,
            "state": accreditation.state,
            "status": status,
            "status_label": label(status, self.lang),
            "status_on": self.on_date,
            "holder": organisation(holder),
            "valid_from": accreditation.valid_from,
            "valid_to": accreditation.valid_to,
            "verification": accreditation.verification,
        }

    def scope_line(self, row: Any, asked: Range | None = None) -> schemas.ScopeLineRead:
        """Read a row of `app.registry.scope_queries.lines_by_id`, chosen for the value asked."""
        line: ScopeLine = row.ScopeLine
        return schemas.ScopeLineRead(
            id=row.id,
            object=row.object,
            parameter=row.parameter,
            standard=schemas.StandardRef(
                number=line.standard_number, base=row.base, year=line.standard_year, title=row.title_zh
            ),
            clause=line.clause,
            range=stated_range(line, row.dimension),
            coverage=coverage(line, row.dimension, asked),
            restriction=line.restriction_zh,
            site=line.site_zh,
            effective_from=line.effective_from,
            effective_to=line.effective_to,
            accreditation=self.accreditation_brief(row.Accreditation, row.Organisation),
            platform=self.platform_brief(row.Platform),
        )

    def label_or_none(self, code: StrEnum | None) -> str | None:
        return None if code is None else label(code, self.lang)

    def fields(self, codes: Iterable[str]) -> list[Coded]:
        return [self._coded(self.names.fields, code) for code in codes]

    def _coded(self, names: Any, code: str) -> Coded:
        return Coded(code=code, label=code_label(names, code, self.lang))

    def _city(self, region_code: str | None) -> Coded | None:
        city = self.names.city_of(region_code)
        return None if city is None else Coded(code=city.code, label=city.name.in_lang(self.lang))

    def _place(self, platform: Platform) -> schemas.Place:
        region = self.names.regions.get(platform.region_code or "")
        county = region if region is not None and region.level == "county" else None
        return schemas.Place(
            city=self._city(platform.region_code),
            county=None if county is None else Coded(code=county.code, label=county.name.in_lang(self.lang)),
            written=platform.place_zh,
            in_province=platform.in_province,
            lat=platform.lat,
            lon=platform.lon,
        )

    def _price(self, option: PriceOption) -> schemas.PriceOptionRead:
        return schemas.PriceOptionRead(
            kind=option.kind,
            kind_label=label(option.kind, self.lang),
            min_cny=option.min_cny,
            max_cny=option.max_cny,
            unit=option.unit_zh,
            valid_from=option.valid_from,
            valid_to=option.valid_to,
        )


@dataclass(frozen=True)
class PlatformParts:
    """What belongs to one platform, already read."""

    operator: Organisation | None
    contacts: list[schemas.ContactRead]
    intake: list[schemas.IntakeStepRead]
    equipment: list[schemas.EquipmentRead]
    environments: list[schemas.SettingRead]
    scenarios: list[schemas.SettingRead]
    services: list[schemas.ServiceBrief]
    accreditations: list[schemas.AccreditationBrief]
    suspension: Suspension | None


def localized(zh: str | None, en: str | None) -> Localized | None:
    """Return the text in its languages; an English text alone stands for both."""
    text = zh if zh is not None else en
    return None if text is None else Localized(zh=text, en=en)


def organisation(row: Organisation | None) -> schemas.OrganisationBrief | None:
    if row is None:
        return None
    return schemas.OrganisationBrief(
        id=row.uid,
        slug=row.slug,
        name=Localized(zh=row.name_zh, en=row.name_en),
        kind=row.kind,
        credit_code=row.credit_code,
    )


def standard(cited: Capability, base: str | None, title: str | None) -> schemas.StandardRef | None:
    if cited.standard_number is None or base is None:
        return None
    return schemas.StandardRef(number=cited.standard_number, base=base, year=cited.standard_year, title=title)


def stated_range(row: Capability | ScopeLine, dimension: str | None) -> schemas.RangeRead | None:
    """Return the range of a capability or scope line; None when none is stated."""
    if dimension is None and row.range_written is None:
        return None
    return schemas.RangeRead(
        written=row.range_written,
        min=row.range_min,
        max=row.range_max,
        unit=row.range_unit,
        dimension=dimension,
        low=row.range_low,
        high=row.range_high,
        low_inclusive=not row.range_low_open,
        high_inclusive=not row.range_high_open,
        grades=row.range_grades,
    )


def coverage(
    line: ScopeLine, dimension: str | None, asked: Range | None
) -> Literal["covered", "not_stated"] | None:
    """Say what the range of a line that was chosen for a value tells about it: if it says anything, it covers it."""
    if asked is None:
        return None
    if asked.grades is not None:
        says_something = bool(line.range_grades)
    else:
        says_something = line.range_low is not None or line.range_high is not None
    return "covered" if dimension == asked.dimension and says_something else "not_stated"


def cheapest(prices: Sequence[PriceOption]) -> PriceOption | None:
    """Return the option with the lowest stated fee, the first one when none states a fee."""
    stated = [(fee, option) for option in prices if (fee := stated_fee(option)) is not None]
    if not stated:
        return prices[0] if prices else None
    return min(stated, key=lambda entry: entry[0])[1]


def stated_fee(option: PriceOption) -> Decimal | None:
    """Return the lowest fee of an option in CNY; None when it is negotiable or states no lower end."""
    return None if option.kind is PriceKind.NEGOTIABLE else option.min_cny


def suspension_read(row: Suspension | None) -> schemas.SuspensionRead | None:
    if row is None:
        return None
    return schemas.SuspensionRead(from_date=row.from_date, to_date=row.to_date, reason=row.reason)


def setting(row: Setting) -> schemas.SettingRead:
    return schemas.SettingRead(id=row.uid, name=row.name_zh, description=row.description_zh)


def key_of(row: PublicId) -> int:
    """Return the key of a row that is in the database."""
    if row.id is None:
        raise ValueError("the row has not been stored yet")
    return row.id
