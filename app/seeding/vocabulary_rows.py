"""Seed records of the vocabularies as rows; pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from app.seeding.files import SeedError, SeedFiles
from app.seeding.tables import Row
from app.vocabulary.rules import normal_form, with_indirect
from search.standard_numbers import parse_standard_number, standard_key


@dataclass(frozen=True)
class Cited:
    """A standard number as cited: canonical with its year, base without; `clause` if one was named."""

    number: str
    base: str
    year: int | None
    clause: str | None = None


@dataclass(frozen=True)
class Numbers:
    """Reads the standard numbers of the seed; those of the vocabulary are taken as they stand there."""

    listed: dict[str, Cited] = field(default_factory=dict)

    def read(self, text: str) -> Cited:
        """Return what `text` cites. Raises SeedError when it is not surely one standard number."""
        if text in self.listed:
            return self.listed[text]
        parsed = parse_standard_number(text)
        if parsed is None:
            raise SeedError(f"not a standard number: {text!r}")
        return Cited(parsed.canonical, parsed.base, parsed.year, parsed.clause)


def numbers_of(files: SeedFiles) -> Numbers:
    """Return a reader that knows the numbers of the vocabulary."""
    return Numbers({row.number: Cited(row.number, row.base, row.year) for row in files.standards})


def field_rows(files: SeedFiles) -> list[Row]:
    """Fields first, then their sub-directions."""
    fields: list[Row] = [
        {
            "code": record.code,
            "parent_code": None,
            "position": position,
            "name_zh": record.name_zh,
            "name_en": record.name_en,
            "aliases": record.aliases,
            "in_plan": record.in_plan,
            "note": record.note,
        }
        for position, record in enumerate(files.fields)
    ]
    sub_directions: list[Row] = [
        {
            "code": sub.code,
            "parent_code": record.code,
            "position": position,
            "name_zh": sub.name_zh,
            "name_en": None,
            "aliases": [],
            "in_plan": False,
            "note": record.sub_directions_note,
        }
        for record in files.fields
        for position, sub in enumerate(record.sub_directions)
    ]
    return [*fields, *sub_directions]


def crosswalk_rows(files: SeedFiles) -> list[Row]:
    return [
        {"field_code": record.code, **crosswalk.model_dump()}
        for record in files.fields
        for crosswalk in record.crosswalks
    ]


def region_rows(files: SeedFiles) -> list[Row]:
    """Province, cities, counties: whoever is above comes first."""
    order = {"province": 0, "city": 1, "county": 2}
    return [record.model_dump() for record in sorted(files.regions, key=lambda record: order[record.level])]


def function_rows(files: SeedFiles) -> list[Row]:
    return [record.model_dump() | {"position": position} for position, record in enumerate(files.functions)]


def term_rows(files: SeedFiles) -> list[Row]:
    """Capability terms, each with the approval beyond CNAS and CMA that it may need."""
    designations = {
        record.capability: record.model_dump(exclude={"capability"}) for record in files.designations
    }
    return [
        record.model_dump() | {"position": position, "designation": designations.get(record.code)}
        for position, record in enumerate(files.terms)
    ]


def listed_standard_rows(files: SeedFiles) -> list[Row]:
    return [
        {
            "base": record.base,
            "key": standard_key(record.base),
            "body": record.body,
            "kind": record.kind,
            "title_zh": record.title_zh,
            "capability_code": record.capability_code,
            "field_codes": record.field_codes,
            "listed": True,
        }
        for record in files.standards
    ]


def unlisted_standard_row(base: str) -> Row:
    """A standard of which only the number is known."""
    unknown: dict[str, Any] = dict.fromkeys(("body", "kind", "title_zh", "capability_code"))
    return {"base": base, "key": standard_key(base), "field_codes": [], "listed": False, **unknown}


def related_numbers(files: SeedFiles, numbers: Numbers) -> Iterator[Cited]:
    """Every number that a relation between standards names."""
    for equivalence in files.equivalences:
        yield numbers.read(equivalence.number)
        yield numbers.read(equivalence.adopts)
    for supersession in files.supersessions:
        yield numbers.read(supersession.old)
        yield numbers.read(supersession.new)


def equivalence_rows(files: SeedFiles, numbers: Numbers) -> list[Row]:
    return [
        record.model_dump()
        | {"base": numbers.read(record.number).base, "adopts_base": numbers.read(record.adopts).base}
        for record in files.equivalences
    ]


def supersession_rows(files: SeedFiles, numbers: Numbers) -> list[Row]:
    return [
        record.model_dump()
        | {"old_base": numbers.read(record.old).base, "new_base": numbers.read(record.new).base}
        for record in files.supersessions
    ]


def broader_object_rows(files: SeedFiles) -> list[Row]:
    """The pairs given and those that follow from them, by normal form."""
    given = {(normal_form(row.narrower), normal_form(row.broader)): row.source for row in files.object_terms}
    try:
        pairs = with_indirect(given)
    except ValueError as error:
        raise SeedError(f"object_terms.json: {error}") from None
    return [
        {
            "narrower_key": narrower,
            "broader_key": broader,
            "source": given[narrower, broader] if direct else "follows from other pairs",
        }
        for (narrower, broader), direct in pairs.items()
    ]


def check_references(files: SeedFiles) -> None:
    """Raise SeedError where a seed record names a code that no seed file defines."""
    fields = {record.code for record in files.fields}
    regions = {record.code for record in files.regions if not record.successor_codes}
    terms = {record.code for record in files.terms}
    functions = {record.code for record in files.functions}
    named: Iterable[tuple[str, set[str], Iterable[str | None]]] = [
        ("capability_terms.json", fields, (code for row in files.terms for code in row.field_codes)),
        ("designations.json", terms, (row.capability for row in files.designations)),
        ("standards.json", terms, (row.capability_code for row in files.standards)),
        ("standards.json", fields, (code for row in files.standards for code in row.field_codes)),
        ("regions.json", {row.code for row in files.regions}, (row.parent_code for row in files.regions)),
        ("regions.json", regions, (code for row in files.regions for code in row.successor_codes)),
        ("platforms.json", fields, (code for row in files.platforms for code in row.fields)),
        ("platforms.json", regions, (row.region_code for row in files.platforms)),
        ("partner_organisations.json", regions, (row.region_code for row in files.partners)),
        ("demo", fields, (code for row in files.demo for code in row.fields)),
        ("demo", regions, (row.region_code for row in files.demo)),
        ("demo", functions, (service.category for row in files.demo for service in row.services)),
        ("demo", fields, (code for row in files.demo for service in row.services for code in service.fields)),
        (
            "demo",
            terms,
            (
                ability.term
                for row in files.demo
                for service in row.services
                for ability in service.capabilities
            ),
        ),
    ]
    for where, known, codes in named:
        unknown = sorted({code for code in codes if code is not None} - known)
        if unknown:
            raise SeedError(f"{where} names what no seed file defines: {', '.join(unknown)}")
