from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.vocabulary.range_values import bounded
from app.vocabulary.ranges import CoverageKind, Range, RangeRefused, covers, grade_set, range_of, read_grade
from app.vocabulary.units import canonical_unit

COVERED, PART, OUTSIDE, NOT_STATED = CoverageKind


def volts(lo: float | None, hi: float | None, *, inclusive: tuple[bool, bool] = (True, True)) -> Range:
    return bounded(lo, hi, canonical_unit("V"), inclusive=inclusive)


@pytest.mark.parametrize(
    ("line", "need", "kind", "part"),
    [
        ((0, 100), (10, 50), COVERED, None),
        ((0, 100), (0, 100), COVERED, None),
        ((10, 20), (10, 10), COVERED, None),
        ((10, 20), (20, 20), COVERED, None),
        ((10, 20), (0, 10), PART, (10, 10)),
        ((10, 20), (5, 15), PART, (10, 15)),
        ((10, 20), (0, 50), PART, (10, 20)),
        ((10, 20), (21, 30), OUTSIDE, None),
        ((-40, 85), (None, 85), COVERED, None),
        ((-40, 60), (None, 85), PART, (-40, 60)),
        ((-40, 125), (None, 85), COVERED, None),
        ((90, 125), (None, 85), OUTSIDE, None),
        ((85, 125), (None, 85), COVERED, None),
        ((20, 50), (10, None), PART, (20, 50)),
        ((0, 5), (10, None), OUTSIDE, None),
        ((0, 10), (10, None), COVERED, None),
        ((None, 100), (10, 50), COVERED, None),
        ((None, 100), (10, 150), PART, (10, 100)),
        ((10, None), (5, None), PART, (10, None)),
        ((10, None), (50, None), COVERED, None),
        ((None, 10), (20, None), OUTSIDE, None),
        ((None, 10), (None, 20), PART, (None, 10)),
    ],
)
def test_a_line_covers_what_a_need_asks(
    line: tuple[float | None, float | None],
    need: tuple[float | None, float | None],
    kind: CoverageKind,
    part: tuple[float, float] | None,
) -> None:
    judged = covers(volts(*line), volts(*need))
    assert (judged.kind, judged.part) == (kind, part)


@pytest.mark.parametrize(
    ("line", "need", "kind"),
    [
        (volts(0, 10, inclusive=(True, False)), volts(0, 10), PART),
        (volts(0, 10, inclusive=(True, False)), volts(0, 10, inclusive=(True, False)), COVERED),
        (volts(0, 10), volts(0, 10, inclusive=(False, False)), COVERED),
        (volts(0, 10, inclusive=(True, False)), volts(10, 10), OUTSIDE),
        (volts(0, 10, inclusive=(True, False)), volts(None, 10), PART),
        (volts(10, 20), volts(None, 10, inclusive=(True, False)), OUTSIDE),
        (volts(10, 20, inclusive=(False, True)), volts(None, 10), OUTSIDE),
        (volts(0, 10), volts(10, 20, inclusive=(False, True)), OUTSIDE),
        (volts(0, None, inclusive=(False, True)), volts(0, 5), PART),
    ],
)
def test_open_ends_do_not_reach_their_point(line: Range, need: Range, kind: CoverageKind) -> None:
    assert covers(line, need).kind is kind


def test_no_range_or_another_dimension_is_not_stated() -> None:
    need = volts(0, 10)
    assert covers(None, need).kind is NOT_STATED
    assert covers(range_of(0, 10, "A"), need).kind is NOT_STATED
    assert covers(range_of(20, 98, "%"), range_of(30, 60, "%RH")).kind is NOT_STATED
    assert covers(range_of(1, 450, "N·m"), range_of(2, 300, "J")).kind is NOT_STATED
    assert covers(range_of(0, 10, "foo"), range_of(0, 10, "bar")).kind is NOT_STATED


def test_units_are_converted_before_they_are_compared() -> None:
    assert covers(range_of(0.06, 1, "kV"), range_of(60, 1000, "V")).kind is COVERED
    assert covers(range_of(-40, 85, "℃"), range_of(233.15, 358.15, "K")).kind is COVERED
    assert covers(range_of(0, 10, "%"), range_of(0, 100_000, "mg/kg")).kind is COVERED
    assert covers(range_of(0.0001, 0.7, "kV"), range_of(0.1, 700, "V")).kind is COVERED


GRADES = [
    (range_of(None, 67, "IP等级"), range_of(67, 67, "IP等级"), COVERED),
    (range_of(None, 67, "IP等级"), range_of(54, 54, "IP等级"), COVERED),
    (range_of(None, 67, "IP等级"), range_of(58, 58, "IP等级"), OUTSIDE),
    (range_of(None, 67, "IP等级"), range_of(None, 68, "IP等级"), OUTSIDE),
    (range_of(65, 68, "IP等级"), range_of(None, 67, "IP等级"), COVERED),
    (range_of(None, 66, "IP等级"), range_of(65, 68, "IP等级"), PART),
    (range_of(None, 68, "IP等级"), range_of(6, None, "IP等级"), COVERED),
    (range_of(1, 6, "IPX等级"), range_of(5, 5, "IPX等级"), COVERED),
    (range_of(1, 6, "IPX等级"), range_of(8, 8, "IPX等级"), OUTSIDE),
    (range_of(1, 6, "IPX等级"), range_of(4, 8, "IPX等级"), PART),
    (range_of(1, 3, "级"), range_of(2, 2, "级"), COVERED),
    (range_of(1, 3, "级"), range_of(0.5, 0.5, "级"), OUTSIDE),
    (range_of(0.5, 0.5, "级"), range_of(0.5, 0.5, "级"), COVERED),
    (range_of(3, 8, "ISO等级"), range_of(5, None, "ISO等级"), COVERED),
    (range_of(None, 68, "IP等级"), range_of(8, 8, "IPX等级"), NOT_STATED),
    (range_of(67, 67, "IP等级"), range_of(67, 67, "V"), NOT_STATED),
    (grade_set("grade:UL94", frozenset({"V-0", "V-1", "V-2"})), read_grade("V-1"), COVERED),
    (grade_set("grade:UL94", frozenset({"V-1"})), read_grade("v0"), OUTSIDE),
    (read_grade("SIL 2"), read_grade("SIL 3"), OUTSIDE),
    (read_grade("IP69K"), range_of(69, 69, "IP等级"), OUTSIDE),
]


@pytest.mark.parametrize(("line", "need", "kind"), GRADES)
def test_grades_are_sets_and_not_numbers(line: Range, need: Range, kind: CoverageKind) -> None:
    assert covers(line, need).kind is kind


def test_the_shared_grades_are_named() -> None:
    judged = covers(range_of(1, 6, "IPX等级"), range_of(5, 8, "IPX等级"))
    assert judged.part_grades == {"IPX5", "IPX6"}


@pytest.mark.parametrize(
    ("written", "dimension", "code"),
    [
        ("IP67", "grade:IP", "IP67"),
        ("ｉｐ ６７", "grade:IP", "IP67"),
        ("IP69K", "grade:IP", "IP69K"),
        ("IPX5", "grade:IPX", "IPX5"),
        ("ipx9k", "grade:IPX", "IPX9K"),
        ("V-0", "grade:UL94", "V-0"),
        ("V2", "grade:UL94", "V-2"),
        ("UL94 5VA", "grade:UL94", "5VA"),
        ("SIL2", "grade:SIL", "SIL 2"),
        ("ASIL-D", "grade:ASIL", "ASIL D"),
        ("PL d", "grade:PL", "PL d"),
        ("ISO 7级", "grade:ISO", "7"),
    ],
)
def test_a_written_grade_is_a_set_of_one(written: str, dimension: str, code: str) -> None:
    grade = read_grade(written)
    assert grade is not None
    assert (grade.dimension, grade.grades, grade.lo, grade.hi) == (dimension, {code}, None, None)


@pytest.mark.parametrize("written", ["", "IP", "IP7", "IP99", "V-3", "SIL 5", "67", "IP67 10kV", "GB/T 4208"])
def test_what_is_no_grade_is_none(written: str) -> None:
    assert read_grade(written) is None


@pytest.mark.parametrize(
    ("minimum", "maximum", "unit", "kind"),
    [
        (22, 0.5, "J", "min_greater_than_max"),
        (-40, -70, "℃", "min_greater_than_max"),
        (float("nan"), 1, "V", "not_a_number"),
        (0, float("inf"), "V", "not_a_number"),
        (0, Decimal("1e400"), "MHz", "not_a_number"),
        (Decimal("1e-999999"), 1, "V", "not_a_number"),
        (None, None, "V", "range_ambiguous"),
        (0, 1, "", "missing_unit"),
        (0, 1, None, "missing_unit"),
        (79, 79, "IP等级", "not_a_number"),
        (1.5, 3, "IPX等级", "not_a_number"),
        (68, 65, "IP等级", "min_greater_than_max"),
        (58, 67, "IP等级", "min_greater_than_max"),
    ],
)
def test_what_is_no_range_is_refused(
    minimum: float | None, maximum: float | None, unit: str | None, kind: str
) -> None:
    with pytest.raises(RangeRefused) as refused:
        range_of(minimum, maximum, unit)
    assert refused.value.kind == kind
    assert refused.value.zh
    assert refused.value.en


ends = st.integers(-50, 50).map(float)


@st.composite
def intervals(draw: st.DrawFn, *, exact: bool = False) -> Range:
    lo, hi = sorted((draw(ends), draw(ends)))
    inclusive = (True, True) if exact or lo == hi else (draw(st.booleans()), draw(st.booleans()))
    shown = draw(st.sampled_from([(lo, hi), (None, hi), (lo, None)] if not exact else [(lo, hi)]))
    return volts(*shown, inclusive=(inclusive[0] or shown[0] is None, inclusive[1] or shown[1] is None))


def holds(interval: Range, point: float) -> bool:
    above = interval.lo is None or point > interval.lo or (point == interval.lo and interval.lo_inclusive)
    return above and (
        interval.hi is None or point < interval.hi or (point == interval.hi and interval.hi_inclusive)
    )


def asked(need: Range) -> list[float]:
    """Points a need asks: all of one with two ends, the point at (or next to) the end of one with one."""
    if need.lo is not None and need.hi is not None:
        return [point for quarter in range(-204, 205) if holds(need, point := quarter / 4)]
    if need.hi is not None:
        return [need.hi if need.hi_inclusive else need.hi - 1e-6]
    assert need.lo is not None
    return [need.lo if need.lo_inclusive else need.lo + 1e-6]


@given(intervals(), intervals())
def test_covered_never_leaves_an_asked_point_outside(line: Range, need: Range) -> None:
    inside = [point for point in asked(need) if holds(line, point)]
    kind = covers(line, need).kind
    if kind is COVERED:
        assert inside == asked(need)
    else:
        assert inside != asked(need)
    if kind is OUTSIDE:
        assert inside == []


@given(intervals(exact=True), intervals(exact=True))
def test_closed_ranges_cover_exactly_when_every_point_is_inside(line: Range, need: Range) -> None:
    points = asked(need)
    inside = [point for point in points if holds(line, point)]
    expected = COVERED if inside == points else PART if inside else OUTSIDE
    assert covers(line, need).kind is expected


@given(intervals())
def test_every_range_covers_itself(interval: Range) -> None:
    assert covers(interval, interval).kind is COVERED


more = st.none() | st.integers(0, 30)


@given(intervals(), intervals(), more, more)
def test_a_wider_line_covers_no_less(narrow: Range, need: Range, down: int | None, up: int | None) -> None:
    """`down` and `up` are how far the wider line goes beyond the narrow one; None is without limit."""
    wide = volts(
        None if narrow.lo is None or down is None else narrow.lo - down,
        None if narrow.hi is None or up is None else narrow.hi + up,
        inclusive=(narrow.lo_inclusive or down != 0, narrow.hi_inclusive or up != 0),
    )
    assume(wide.lo is not None or wide.hi is not None)
    order = [OUTSIDE, PART, COVERED]
    assert order.index(covers(wide, need).kind) >= order.index(covers(narrow, need).kind)


@given(intervals(), intervals(), st.sampled_from(["kV", "mV", "MV"]))
def test_the_unit_of_the_line_changes_nothing(line: Range, need: Range, unit: str) -> None:
    factor = {"kV": Decimal("0.001"), "mV": Decimal(1000), "MV": Decimal("0.000001")}[unit]
    low, high = (None if end is None else Decimal(str(end)) * factor for end in (line.lo, line.hi))
    same = bounded(low, high, canonical_unit(unit), inclusive=(line.lo_inclusive, line.hi_inclusive))
    assert covers(same, need) == covers(line, need)


@given(st.integers(0, 6), st.integers(0, 9), st.integers(0, 6), st.integers(0, 9))
def test_an_ip_line_covers_a_code_only_digit_by_digit(d1: int, d2: int, n1: int, n2: int) -> None:
    line, need = range_of(None, d1 * 10 + d2, "IP等级"), range_of(n1 * 10 + n2, n1 * 10 + n2, "IP等级")
    assert (covers(line, need).kind is COVERED) == (n1 <= d1 and n2 <= d2)
