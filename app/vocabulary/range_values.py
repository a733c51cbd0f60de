"""Ranges of values, and grades, which are sets and not numbers.

A line up to IP67 does not cover IP58, although 58 is less than 67: an IP code is two digits of two scales.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product

from app.vocabulary.units import Unit, canonical_unit, convertible, to_canonical


class RangeRefused(ValueError):
    """A range that must not be guessed; `kind` is one of the import fault kinds."""

    def __init__(self, kind: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.kind, self.zh, self.en = kind, zh, en


@dataclass(frozen=True, slots=True)
class Range:
    """`lo`, `hi` in the canonical unit of the dimension, `min`, `max` in `unit`; None is an open end.

    Grades have neither `lo` nor `hi`, but `grades`: every code the range holds. On a scale with numbered grades
    (unit `IP等级`, `级`) `min` and `max` are the ends as given, and an open end goes to the end of the scale. A
    code by itself (IP67, V-0) has no `min`, no `max` and an empty `unit`.
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


def range_of(
    minimum: Decimal | float | None,
    maximum: Decimal | float | None,
    unit: str | None,
    *,
    written: str | None = None,
) -> Range:
    """Make a range of structured input; ends are inclusive, None is open.

    An unknown unit is its own dimension. Raises RangeRefused: no end at all, no unit, an end that is no finite
    number, lower end above upper end, a grade that its scale does not have.
    """
    if minimum is None and maximum is None:
        raise RangeRefused("range_ambiguous", "上下限都没有给出", "neither end is given")
    if unit is None or not unit.strip():
        raise RangeRefused("missing_unit", "没有单位", "no unit is given")
    known = canonical_unit(unit)
    for end in (minimum, maximum):
        if end is not None and not convertible(end):
            raise RangeRefused("not_a_number", "不是有限的数", "not a finite number")
    if known.dimension.startswith("grade:"):
        return _grade_range(minimum, maximum, known, written)
    return bounded(minimum, maximum, known, written=written)


def bounded(
    minimum: Decimal | float | None,
    maximum: Decimal | float | None,
    unit: Unit,
    *,
    written: str | None = None,
    inclusive: tuple[bool, bool] = (True, True),
) -> Range:
    """Make a numeric range of finite ends in one unit. Raises RangeRefused where it would hold no value."""
    if any(end is not None and not convertible(end) for end in (minimum, maximum)):
        raise RangeRefused("not_a_number", "数值过大或过小", "a number beyond what can be stored")
    lo = None if minimum is None else to_canonical(minimum, unit)
    hi = None if maximum is None else to_canonical(maximum, unit)
    if lo is not None and hi is not None:
        if lo > hi:
            raise RangeRefused("min_greater_than_max", "下限大于上限", "the lower end is above the upper end")
        if lo == hi and inclusive != (True, True):
            raise RangeRefused("range_ambiguous", "区间内没有值", "no value is inside the interval")
    return Range(
        lo=lo,
        hi=hi,
        lo_inclusive=inclusive[0],
        hi_inclusive=inclusive[1],
        dimension=unit.dimension,
        unit=unit.symbol,
        min=None if minimum is None else float(minimum),
        max=None if maximum is None else float(maximum),
        written=written,
    )


# Grades.

_SCALE_ENDS = {
    "grade:IP": ((0, 6), (0, 9)),
    "grade:IPX": ((0, 9),),
    "grade:ISO": ((1, 9),),
    "grade:级": ((0, 100),),
}
"""First and last digit at each place of a code. Sources: GB/T 4208; GB/T 25915.1 (ISO 14644-1)."""


def _digits(value: Decimal | float, dimension: str) -> tuple[int, ...]:
    """Return a grade as the digits of its places: 67 -> (6, 7) for IP. Raises RangeRefused."""
    ends = _SCALE_ENDS[dimension]
    whole = int(value)
    digits = divmod(whole, 10) if len(ends) == 2 else (whole,)
    if whole != value or any(
        not low <= digit <= high for digit, (low, high) in zip(digits, ends, strict=True)
    ):
        raise RangeRefused("not_a_number", f"没有这个等级: {value}", f"no such grade: {value}")
    return digits


def _grade_range(
    minimum: Decimal | float | None, maximum: Decimal | float | None, unit: Unit, written: str | None
) -> Range:
    ends = _SCALE_ENDS[unit.dimension]
    if unit.dimension == "grade:级" and minimum is not None and minimum == maximum:
        return _class(minimum, unit, written)
    lo = tuple(low for low, _ in ends) if minimum is None else _digits(minimum, unit.dimension)
    hi = tuple(high for _, high in ends) if maximum is None else _digits(maximum, unit.dimension)
    if any(low > high for low, high in zip(lo, hi, strict=True)):
        raise RangeRefused("min_greater_than_max", "下限高于上限", "the lower grade is above the upper one")
    codes = product(*(range(low, high + 1) for low, high in zip(lo, hi, strict=True)))
    return Range(
        lo=None,
        hi=None,
        lo_inclusive=True,
        hi_inclusive=True,
        dimension=unit.dimension,
        unit=unit.symbol,
        min=None if minimum is None else float(minimum),
        max=None if maximum is None else float(maximum),
        written=written,
        grades=frozenset(_code(digits, unit.dimension) for digits in codes),
    )


def _class(value: Decimal | float, unit: Unit, written: str | None) -> Range:
    """Make one class by itself, which need not be a whole number: accuracy class 0.5, cleanliness class 10,000."""
    single = grade_set(unit.dimension, frozenset({f"{float(value):.12g}"}), written)
    return replace(single, unit=unit.symbol, min=float(value), max=float(value))


def _code(digits: tuple[int, ...], dimension: str) -> str:
    prefix = dimension.removeprefix("grade:")
    return (prefix if prefix in {"IP", "IPX"} else "") + "".join(map(str, digits))


_WRITTEN_GRADES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("grade:IP", re.compile(r"IP ?([0-6])(\d)(K?)", re.IGNORECASE)),
    ("grade:IPX", re.compile(r"IP ?X ?(\d)(K?)", re.IGNORECASE)),
    ("grade:UL94", re.compile(r"(?:UL ?94 ?)?(?:(V)-?([0-2])|(5V)-?([AB]))", re.IGNORECASE)),
    ("grade:SIL", re.compile(r"(SIL) ?-?([1-4])", re.IGNORECASE)),
    ("grade:ASIL", re.compile(r"(ASIL) ?-?([A-D])", re.IGNORECASE)),
    ("grade:PL", re.compile(r"(PL) ?=? ?([a-e])", re.IGNORECASE)),
    ("grade:ISO", re.compile(r"ISO ?([1-9]) ?级", re.IGNORECASE)),
)


def read_grade(text: str) -> Range | None:
    """Read a grade or code (IP67, IPX5, V-0, SIL 2) as a set of one; None when it is none."""
    folded = text.strip().translate(_HALF_WIDTH)
    for dimension, pattern in _WRITTEN_GRADES:
        found = pattern.fullmatch(folded)
        if found:
            return _single_grade(dimension, [part for part in found.groups() if part], text)
    return None


_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: 0x20,
    0x2010: 0x2D,
    0x2011: 0x2D,
}


def _single_grade(dimension: str, parts: list[str], written: str) -> Range:
    if dimension in {"grade:IP", "grade:IPX", "grade:ISO"}:
        prefix = dimension.removeprefix("grade:")
        code = (prefix if prefix != "ISO" else "") + "".join(parts).upper()
    elif dimension == "grade:PL":
        code = f"PL {parts[1].lower()}"
    else:
        joint = " " if dimension in {"grade:SIL", "grade:ASIL"} else ("" if parts[0].upper() == "5V" else "-")
        code = joint.join(part.upper() for part in parts)
    return grade_set(dimension, frozenset({code}), written)


def grade_set(dimension: str, grades: frozenset[str], written: str | None = None) -> Range:
    """Make the range that holds exactly these codes of one scale, such as the classes a line names."""
    return Range(
        lo=None,
        hi=None,
        lo_inclusive=True,
        hi_inclusive=True,
        dimension=dimension,
        unit="",
        min=None,
        max=None,
        written=written,
        grades=grades,
    )
