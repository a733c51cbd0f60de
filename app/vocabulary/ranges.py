"""Ranges of values and grades, and the rule when one covers another."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RangeRefused(ValueError):
    """A range that must not be guessed; `kind` is one of the import fault kinds."""

    def __init__(self, kind: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.kind, self.zh, self.en = kind, zh, en


@dataclass(frozen=True, slots=True)
class Range:
    """`lo`, `hi` in the canonical unit of the dimension, `min`, `max` in `unit`; None is an open end.

    Grades (`grades` set) have neither `lo` nor `hi`.
    """

    lo: float | None
    hi: float | None
    lo_inclusive: bool
    hi_inclusive: bool
    dimension: str
    unit: str
    min: float | None
    max: float | None
    written: str | None = None
    grades: frozenset[str] | None = None


class CoverageKind(StrEnum):
    COVERED = "covered"
    PART = "part"
    OUTSIDE = "outside"
    NOT_STATED = "not_stated"


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far a line covers a need; `part` is the covered part in canonical units, for PART."""

    kind: CoverageKind
    part: tuple[float | None, float | None] | None = None
    part_grades: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class FoundRange:
    """A range inside a text; offsets are code points of that text, end exclusive."""

    range: Range
    start: int
    end: int


def range_of(
    minimum: float | None, maximum: float | None, unit: str, *, written: str | None = None
) -> Range:
    """Make a range of structured input; ends are inclusive. Raises RangeRefused."""
    raise NotImplementedError


def covers(line: Range | None, need: Range) -> Coverage:
    """Judge whether a line covers what a need asks. Source: design verdict rule 2."""
    raise NotImplementedError


def read_grade(text: str) -> Range | None:
    """Read a grade or code (IP67, IPX5, V-0, SIL 2) as a set of one; None when it is none."""
    raise NotImplementedError


def parse_range(text: str) -> Range:
    """Read a written range; raises RangeRefused for what would have to be guessed."""
    raise NotImplementedError


def find_ranges(text: str) -> list[FoundRange]:
    """Find the certain ranges in running text, in order, not overlapping."""
    raise NotImplementedError
