"""Facts for the verdict rules: a need, lines, accreditations, platforms that fit together unless told otherwise."""

from datetime import date
from typing import Any

from app.matching.facts import (
    AccreditationFacts,
    Asked,
    Condition,
    ConditionCode,
    Line,
    Need,
    Offering,
    Outcome,
    PlatformFacts,
)
from app.models.scope import AccreditationState, Scheme
from app.vocabulary.ranges import Range

DAY = date(2026, 12, 1)
"""The date on which every default is valid."""

STANDARD, OTHER_STANDARD = "GB 38031", "GB/T 31485"
TERM, OTHER_TERM = "overcharge", "salt_spray"
OBJECT, WIDER, OTHER_OBJECT = "电池单体", "电池", "电池包"
PARAMETER, SYNONYM, OTHER_PARAMETER = "过充电", "过充试验", "挤压"
TERM_NAMES = frozenset({PARAMETER, SYNONYM})


def a_need(**known: Any) -> Need:
    """A need for STANDARD of 2020 under CNAS; nothing else is asked."""
    values = {"id": "n1", "asked": Asked.CNAS, "standard": STANDARD, "edition": "2020", **known}
    return Need(**values)


def a_term_need(**known: Any) -> Need:
    """A need for TERM, by any standard."""
    return a_need(**{"standard": None, "edition": None, "term": TERM, "term_names": TERM_NAMES, **known})


def a_line(number: int = 1, **known: Any) -> Line:
    """A line that meets `a_need` without any condition of its own."""
    standard = known.pop("standard", STANDARD)
    edition = known.pop("edition", "2020")
    values = {
        "id": number,
        "standard": standard,
        "edition": edition,
        "number": f"{standard}-{edition}" if edition else standard,
        "term": TERM,
        **known,
    }
    return Line(**values)


def an_accreditation(*lines: Line, **known: Any) -> AccreditationFacts:
    """A verified certificate of the operator's own, valid for years around DAY; CNAS unless told."""
    values = {
        "id": 11,
        "scheme": Scheme.CNAS,
        "state": AccreditationState.GRANTED,
        "valid_from": date(2024, 5, 1),
        "valid_to": date(2030, 4, 30),
        "verified": True,
        "lines": lines,
        "empty_scope": not lines,
        **known,
    }
    return AccreditationFacts(**values)


def an_offering(number: int = 1, **known: Any) -> Offering:
    """A service capability for STANDARD of 2020 and TERM."""
    standard = known.pop("standard", STANDARD)
    edition = known.pop("edition", "2020" if standard else None)
    values = {
        "id": number,
        "service_id": 100 + number,
        "term": TERM,
        "standard": standard,
        "edition": edition,
        "number": f"{standard}-{edition}" if edition else standard,
        "standard_term": TERM if standard else None,
        **known,
    }
    return Offering(**values)


def a_platform(*accreditations: AccreditationFacts, **known: Any) -> PlatformFacts:
    return PlatformFacts(accreditations=accreditations, **known)


def with_line(**known: Any) -> PlatformFacts:
    """A platform whose one CNAS certificate has one line."""
    return a_platform(an_accreditation(a_line(**known)))


def volts(low: float | None, high: float | None, *, open_ends: str = "") -> Range:
    """A range of voltages; `open_ends` names the ends that are excluded: "low", "high" or both."""
    return numbers(low, high, "voltage", open_ends=open_ends)


def metres(low: float | None, high: float | None) -> Range:
    return numbers(low, high, "length")


def numbers(low: float | None, high: float | None, dimension: str, *, open_ends: str = "") -> Range:
    return Range(
        lo=low,
        hi=high,
        lo_inclusive="low" not in open_ends,
        hi_inclusive="high" not in open_ends,
        dimension=dimension,
        unit="x",
        min=low,
        max=high,
    )


def codes(outcome: Outcome) -> list[ConditionCode]:
    """Return the codes of an outcome's conditions, in their order."""
    return [condition.code for condition in outcome.conditions]


def detail(outcome: Outcome, code: ConditionCode) -> dict[str, str]:
    """Return the facts behind the one condition with this code."""
    [found] = [condition for condition in outcome.conditions if condition.code is code]
    assert isinstance(found, Condition)
    return dict(found.detail)
