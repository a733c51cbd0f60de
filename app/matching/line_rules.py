"""The verdict rules for one line or one service capability: rules 1, 2, 5 and 7 of the design. Pure."""

from collections.abc import Iterable, Iterator
from datetime import date

from app.matching.facts import (
    Condition,
    ConditionCode,
    Evidence,
    Line,
    Need,
    Offering,
    Outcome,
    Rank,
    Successor,
)
from app.registry.rules import stands_on
from app.vocabulary.ranges import CoverageKind, Range, covers

RANGE_RANK = {
    CoverageKind.COVERED: Rank.MET,
    CoverageKind.NOT_STATED: Rank.RANGE_NOT_STATED,
    CoverageKind.PART: Rank.PART_OF_RANGE,
    CoverageKind.OUTSIDE: Rank.OUTSIDE_RANGE,
}

NOTHING = Outcome(Rank.NO_SUCH_LINE)
"""The answer of a line or capability that does not count."""


def counts(need: Need, standard: str | None, served_term: str | None) -> bool:
    """Tell whether a line of this standard counts at all. Rule 1."""
    if need.standard is not None:
        return standard == need.standard
    return need.term is not None and served_term == need.term


def edition_rank(need: Need, edition: str | None) -> Rank:
    """Rule 1: a named edition must be equal; a line that states none is unknown."""
    if need.standard is None or need.edition is None or need.edition == edition:
        return Rank.MET
    return Rank.LINE_EDITION_NOT_STATED if edition is None else Rank.OTHER_EDITION


def range_rank(need: Need, line_range: Range | None) -> Rank:
    """Rule 2."""
    if need.range is None:
        return Rank.MET
    return RANGE_RANK[covers(line_range, need.range).kind]


def object_rank(need: Need, object_name: str | None) -> Rank:
    """Rule 5: the same object, or one the vocabulary calls broader."""
    return Rank.MET if need.objects is None or object_name in need.objects else Rank.OBJECT_NOT_CONFIRMED


def parameter_rank(need: Need, parameter: str | None) -> Rank:
    """Rule 5: the same parameter, or a name of exactly the same thing."""
    if need.parameters is None or parameter in need.parameters:
        return Rank.MET
    return Rank.PARAMETER_NOT_CONFIRMED


def line_rank(need: Need, line: Line, on_date: date) -> Rank:
    """Judge a line of the need's standard or term, whatever its accreditation is worth."""
    if not stands_on(line.effective_from, line.effective_to, on_date):
        return Rank.LINE_NOT_IN_FORCE
    return max(
        edition_rank(need, line.edition),
        range_rank(need, line.range),
        object_rank(need, line.object),
        parameter_rank(need, line.parameter),
    )


def line_conditions(need: Need, line: Line | Offering, on_date: date) -> Iterator[Condition]:
    """Yield what stays to be checked when this line is met. Rule 7."""
    if isinstance(line, Line) and line.restriction:
        yield condition(ConditionCode.RESTRICTION, text=line.restriction)
    if line.object and need.objects is None:
        yield condition(ConditionCode.OBJECT_NOT_ASKED, object=line.object)
    if line.parameter and need.parameters is None:
        yield condition(ConditionCode.PARAMETER_NOT_ASKED, parameter=line.parameter)
        if need.standard is not None and need.term is None:
            yield condition(ConditionCode.PART_OF_STANDARD, parameter=line.parameter)
    if need.standard and need.term and line.parameter and line.parameter not in need.term_names:
        yield condition(ConditionCode.TERM_NOT_NAMED, parameter=line.parameter)
    for end in open_ends(need, line.range):
        yield condition(ConditionCode.OPEN_END_ASSUMED_UNLIMITED, end=end)
    if edition_not_stated(need, line.edition):
        yield condition(ConditionCode.EDITION_NOT_STATED, need=need.edition, line=line.edition)
    successor = superseded_by(line.successors, on_date)
    if successor is not None:
        yield condition(
            ConditionCode.EDITION_SUPERSEDED, successor=successor.number, effective=successor.effective
        )


def open_ends(need: Need, line_range: Range | None) -> Iterator[str]:
    """Yield the ends that the need asks and the line leaves open: `min`, `max`.

    A scale of grades is open where only its other end was given; a code by itself (IP67) asks both ends.
    """
    asked = need.range
    if asked is None or line_range is None:
        return
    if line_range.grades is not None:
        one_end = (line_range.min is None) != (line_range.max is None)
        if one_end and line_range.min is None and (asked.min is not None or asked.max is None):
            yield "min"
        if one_end and line_range.max is None and (asked.max is not None or asked.min is None):
            yield "max"
        return
    if asked.lo is not None and line_range.lo is None:
        yield "min"
    if asked.hi is not None and line_range.hi is None:
        yield "max"


def edition_not_stated(need: Need, edition: str | None) -> bool:
    """Tell whether the need or the line leaves open which edition is meant."""
    return edition is None or need.edition is None


def superseded_by(successors: Iterable[Successor], on_date: date) -> Successor | None:
    """Return the edition that replaces this one on the date; one without a known date counts as replacing."""
    in_force = [s for s in successors if s.effective is None or s.effective <= on_date]
    return max(in_force, key=lambda s: (s.effective or date.min, s.number), default=None)


# --- Service capabilities, on the platform's own word ---


def bears_on(need: Need, offering: Offering) -> bool:
    """Tell whether an offering states the need's standard, or its term, or a standard that serves its term."""
    return (need.standard is not None and offering.standard == need.standard) or (
        need.term is not None and need.term in (offering.term, offering.standard_term)
    )


def offering_outcome(need: Need, offering: Offering, on_date: date) -> Outcome:
    """Judge a service capability like a line, on the platform's own word. Rule 3 `none`."""
    if need.standard is not None and offering.standard is None:
        known = need.term is not None and offering.term == need.term
        return Outcome(Rank.STANDARD_NOT_STATED, (), (Evidence(offering=offering),)) if known else NOTHING
    if not (
        counts(need, offering.standard, offering.standard_term)
        or (need.standard is None and need.term is not None and offering.term == need.term)
    ):
        return NOTHING
    rank = max(
        edition_rank(need, offering.edition),
        range_rank(need, offering.range),
        object_rank(need, offering.object),
        parameter_rank(need, offering.parameter),
    )
    conditions: tuple[Condition, ...] = ()
    if rank is Rank.MET:
        conditions = (*line_conditions(need, offering, on_date), condition(ConditionCode.SELF_DECLARED))
    return Outcome(rank, conditions, (Evidence(offering=offering),), covered_part(rank, need, offering))


def covered_part(rank: Rank, need: Need, line: Line | Offering) -> tuple[float | None, float | None] | None:
    if rank is not Rank.PART_OF_RANGE or need.range is None:
        return None
    return covers(line.range, need.range).part


def condition(code: ConditionCode, **detail: object) -> Condition:
    return Condition(code, tuple((name, str(value)) for name, value in detail.items() if value is not None))
