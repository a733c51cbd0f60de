"""The rules that find what is missing or doubtful, in one item and in a whole draft. Pure: the day is a parameter.

Single edits, rows of imports and submission are judged by these. Source: listing, completeness.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from app.imports.cited import nearest_standard
from app.listing.findings import Finding, finding
from app.models.listing import ItemKind
from app.models.registry import Outsiders
from app.models.scope import AccreditationState
from app.vocabulary.names import Names, nearest_codes
from search.standard_numbers import parse_standard_number

Stored = Mapping[str, Any]
EXPIRES_SOON = timedelta(days=90)
EXAMPLES = 3
FAR_KM: Mapping[str, float] = {"county": 100, "city": 200, "province": 500}
"""How far from the seat of its region a platform may be, by the level of the region; a rough bound."""
_CLAIMED = frozenset({AccreditationState.GRANTED, AccreditationState.APPLIED, AccreditationState.PLANNED})


@dataclass(frozen=True)
class Vocabulary:
    """What items are judged against.

    `listed`: base numbers of standards; `successors`: (number, in force from) by superseded number;
    `designations`: approvals that a term may need; `seats`: latitude and longitude by region code.
    """

    names: Names
    listed: frozenset[str] = frozenset()
    successors: Mapping[str, Sequence[tuple[str, date | None]]] = field(default_factory=dict)
    designations: Mapping[str, str] = field(default_factory=dict)
    seats: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class ScopeOfStandard:
    """The lines of one accreditation that cite one number, counted."""

    number: str
    base: str
    lines: int
    without_range: int


@dataclass(frozen=True)
class WholeDraft:
    """The documents of a draft in the order in which it shows them; `scopes` go with the accreditations."""

    platform: Stored
    services: Sequence[Stored] = ()
    accreditations: Sequence[Stored] = ()
    scopes: Sequence[Sequence[ScopeOfStandard]] = ()
    contacts: int = 0
    intake_steps: int = 0


def judge_draft(draft: WholeDraft, vocabulary: Vocabulary, today: date) -> list[Finding]:
    """Return everything that is to be said of a draft, item by item and between items."""
    found = judge_item(ItemKind.PLATFORM, draft.platform, vocabulary, today, "/platform/document")
    for name, count in (
        ("services", len(draft.services)),
        ("contacts", draft.contacts),
        ("intake", draft.intake_steps),
    ):
        if count == 0:
            found.append(finding(f"{name}_missing", "/intake_steps" if name == "intake" else f"/{name}"))
    for index, document in enumerate(draft.accreditations):
        at = f"/accreditations/{index}/document"
        found += judge_item(ItemKind.ACCREDITATION, document, vocabulary, today, at)
        found += _scope(draft.scopes[index], vocabulary, today, f"/accreditations/{index}")
    covered = {
        one.base
        for document, scope in zip(draft.accreditations, draft.scopes, strict=True)
        if document["state"] in _CLAIMED
        for one in scope
    }
    for index, document in enumerate(draft.services):
        at = f"/services/{index}/document"
        found += judge_item(ItemKind.SERVICE, document, vocabulary, today, at)
        found += _not_covered(document, covered, at)
    return found


def judge_item(
    kind: ItemKind, document: Stored, vocabulary: Vocabulary, today: date, at: str = ""
) -> list[Finding]:
    """Return what is to be said of one item by itself; `document` is in stored form, `at` its place in the draft."""
    match kind:
        case ItemKind.PLATFORM:
            return list(_platform(document, vocabulary, at))
        case ItemKind.SERVICE:
            return list(_service(document, vocabulary, today, at))
        case ItemKind.ACCREDITATION:
            return list(_accreditation(document, today, at))
        case _:
            return []


def _platform(document: Stored, vocabulary: Vocabulary, at: str) -> Iterator[Finding]:
    names, region = vocabulary.names, document["region_code"]
    if region is None:
        yield finding("region_missing", f"{at}/region_code")
    elif region not in names.regions:
        yield finding(
            "unknown_region", f"{at}/region_code", region, nearest=nearest_codes(region, list(names.regions))
        )
    else:
        yield from _far_away(document, region, vocabulary, at)
    yield from _fields(document, names, at)
    if document["name_en"] is None:
        yield finding("english_name_missing", f"{at}/name_en")
    if document["summary_zh"] is None:
        yield finding("summary_missing", f"{at}/summary_zh")
    if document["serves_outsiders"] == Outsiders.UNKNOWN:
        yield finding("outsiders_unknown", f"{at}/serves_outsiders")


def _far_away(document: Stored, region: str, vocabulary: Vocabulary, at: str) -> Iterator[Finding]:
    seat, level = vocabulary.seats.get(region), vocabulary.names.regions[region]
    if seat is None or document["lat"] is None or document["lon"] is None:
        return
    distance = kilometres((document["lat"], document["lon"]), seat)
    if distance > FAR_KM.get(level.level, math.inf):
        yield finding("coordinates_outside_region", f"{at}/lat", level.name.zh, round(distance))


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the great-circle distance between two points in degrees."""
    (lat, lon), (lat2, lon2) = (map(math.radians, point) for point in (one, other))
    half = math.sin((lat2 - lat) / 2) ** 2 + math.cos(lat) * math.cos(lat2) * math.sin((lon2 - lon) / 2) ** 2
    return 2 * 6371.0 * math.asin(math.sqrt(min(1.0, half)))


def _fields(document: Stored, names: Names, at: str) -> Iterator[Finding]:
    if not document["fields"]:
        yield finding("fields_missing", f"{at}/fields")
    for index, code in enumerate(document["fields"]):
        if code not in names.fields:
            nearest = nearest_codes(code, list(names.fields))
            yield finding("unknown_field", f"{at}/fields/{index}", code, nearest=nearest)


def _service(document: Stored, vocabulary: Vocabulary, today: date, at: str) -> Iterator[Finding]:
    names, function = vocabulary.names, document["function"]
    if function not in names.functions:
        nearest = nearest_codes(function, list(names.functions))
        yield finding("unknown_function", f"{at}/function", function, nearest=nearest)
    yield from _fields(document, names, at)
    if not document["price_options"]:
        yield finding("price_missing", f"{at}/price_options")
    if document["lead_time_days"] is None:
        yield finding("lead_time_missing", f"{at}/lead_time_days")
    if document["title_en"] is None:
        yield finding("english_name_missing", f"{at}/title_en")
    if not document["capabilities"]:
        yield finding("capability_missing", f"{at}/capabilities")
    for index, capability in enumerate(document["capabilities"]):
        yield from _capability(capability, vocabulary, today, f"{at}/capabilities/{index}")


def _capability(capability: Stored, vocabulary: Vocabulary, today: date, at: str) -> Iterator[Finding]:
    term, standard = capability["term"], capability["standard"]
    if term is not None and term not in vocabulary.names.terms:
        nearest = nearest_codes(term, list(vocabulary.names.terms))
        yield finding("unknown_term", f"{at}/term", term, nearest=nearest)
    elif term in vocabulary.designations:
        label = vocabulary.names.terms[term].zh
        yield finding("designation_may_apply", f"{at}/term", label, vocabulary.designations[term])
    if standard is None:
        return
    base = base_of(standard)
    if base not in vocabulary.listed:
        near = nearest_standard(base, vocabulary.listed)
        yield finding("standard_unknown", f"{at}/standard", standard, nearest=[near] if near else [])
    successor = superseded_by(standard, vocabulary, today)
    if successor is not None:
        yield finding("edition_superseded", f"{at}/standard", standard, successor, nearest=[successor])


def base_of(standard: str) -> str:
    """Return the base number of a canonical number."""
    number = parse_standard_number(standard)
    return standard if number is None else number.base


def superseded_by(standard: str, vocabulary: Vocabulary, today: date) -> str | None:
    """Return the number that replaces an edition on the day, if the known replacements name one in force."""
    successors = vocabulary.successors.get(standard, ())
    return next((new for new, effective in successors if effective is not None and effective <= today), None)


def _accreditation(document: Stored, today: date, at: str) -> Iterator[Finding]:
    if document["state"] != AccreditationState.GRANTED:
        return
    if document["certificate_no"] is None:
        yield finding("certificate_no_missing", f"{at}/certificate_no")
    for name in ("valid_from", "valid_to"):
        if document[name] is None:
            yield finding("validity_not_stated", f"{at}/{name}")
    if document["valid_to"] is None:
        return
    end = date.fromisoformat(document["valid_to"])
    if end < today:
        yield finding("accreditation_expired", f"{at}/valid_to", end)
    elif end <= today + EXPIRES_SOON:
        yield finding("accreditation_expires_soon", f"{at}/valid_to", end)


def _scope(
    scope: Sequence[ScopeOfStandard], vocabulary: Vocabulary, today: date, at: str
) -> Iterator[Finding]:
    """Judge the lines of an accreditation together: counts and a few examples, never one finding a line."""
    if not scope:
        yield finding("accreditation_without_lines", at)
        return
    counts: dict[str, Counter[str]] = {
        "line_range_missing": Counter({one.number: one.without_range for one in scope}),
        "line_standard_unknown": Counter(
            {one.number: one.lines for one in scope if one.base not in vocabulary.listed}
        ),
        "line_edition_superseded": Counter(
            {one.number: one.lines for one in scope if superseded_by(one.number, vocabulary, today)}
        ),
    }
    for code, by_number in counts.items():
        examples = sorted(number for number, lines in by_number.items() if lines)[:EXAMPLES]
        if examples:
            yield finding(code, at, by_number.total(), "、".join(examples))


def _not_covered(document: Stored, covered: set[str], at: str) -> Iterator[Finding]:
    for index, capability in enumerate(document["capabilities"]):
        standard = capability["standard"]
        if standard is not None and base_of(standard) not in covered:
            yield finding("standard_not_in_scope", f"{at}/capabilities/{index}/standard", standard)
