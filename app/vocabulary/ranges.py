"""The rule when one range covers another; also the one place to import everything about ranges from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.vocabulary.found_ranges import FoundRange, find_ranges
from app.vocabulary.range_values import Range, RangeRefused, grade_set, range_of, read_grade
from app.vocabulary.written_ranges import parse_range

__all__ = [
    "Coverage",
    "CoverageKind",
    "FoundRange",
    "Range",
    "RangeRefused",
    "covers",
    "find_ranges",
    "grade_set",
    "parse_range",
    "range_of",
    "read_grade",
]


class CoverageKind(StrEnum):
    """The answers of `covers`."""

    COVERED = "covered"
    PART = "part"
    OUTSIDE = "outside"
    NOT_STATED = "not_stated"


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far a line covers a need.

    For PART, `part` is the covered part in canonical units (None is an open end), or `part_grades` the grades.
    """

    kind: CoverageKind
    part: tuple[float | None, float | None] | None = None
    part_grades: frozenset[str] | None = None


_COVERED = Coverage(CoverageKind.COVERED)
_OUTSIDE = Coverage(CoverageKind.OUTSIDE)
_NOT_STATED = Coverage(CoverageKind.NOT_STATED)


def covers(line: Range | None, need: Range) -> Coverage:
    """Judge whether a line covers what a need asks.

    An end the need leaves open is not asked; an end the line leaves open is unlimited; touching at one point
    is covering that point. A line without a range or in another dimension is NOT_STATED.
    Source: design verdict rule 2.
    """
    if line is None or line.dimension != need.dimension:
        return _NOT_STATED
    if line.grades is not None or need.grades is not None:
        return _covers_grades(line, need)
    if (line.lo is None and line.hi is None) or (need.lo is None and need.hi is None):
        return _NOT_STATED
    if _starts_after(line, need) or _starts_after(need, line):
        return _OUTSIDE
    if _reaches_down(line, need) and _reaches_up(line, need):
        return _COVERED
    lows = [end for end in (line.lo, need.lo) if end is not None]
    highs = [end for end in (line.hi, need.hi) if end is not None]
    return Coverage(CoverageKind.PART, part=(max(lows, default=None), min(highs, default=None)))


def _starts_after(one: Range, other: Range) -> bool:
    """Tell whether all of `one` is above all of `other`."""
    if one.lo is None or other.hi is None:
        return False
    return one.lo > other.hi or (one.lo == other.hi and not (one.lo_inclusive and other.hi_inclusive))


def _reaches_down(line: Range, need: Range) -> bool:
    """Tell whether the line goes down to the end asked, and includes that point where the need does."""
    if need.lo is None or line.lo is None:
        return True
    return line.lo < need.lo or (line.lo == need.lo and (line.lo_inclusive or not need.lo_inclusive))


def _reaches_up(line: Range, need: Range) -> bool:
    if need.hi is None or line.hi is None:
        return True
    return line.hi > need.hi or (line.hi == need.hi and (line.hi_inclusive or not need.hi_inclusive))


def _covers_grades(line: Range, need: Range) -> Coverage:
    offered, asked = line.grades, _asked_grades(need)
    if not offered or not asked:
        return _NOT_STATED
    if asked <= offered:
        return _COVERED
    shared = asked & offered
    return Coverage(CoverageKind.PART, part_grades=shared) if shared else _OUTSIDE


def _asked_grades(need: Range) -> frozenset[str] | None:
    """Return the grades a need asks: all it holds, or, of a need open at one end, the one at the other."""
    if (need.min is None) == (need.max is None):
        return need.grades
    end = need.max if need.min is None else need.min
    return range_of(end, end, need.unit).grades
