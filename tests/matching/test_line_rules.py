"""Rules 1, 2 and 5 for one line or one service capability."""

from datetime import date, timedelta

import pytest

from app.matching.facts import Asked, Line, Need, Rank, Successor
from app.matching.line_rules import covered_part, line_rank, offering_outcome, superseded_by
from app.vocabulary.ranges import Range, grade_set, range_of, read_grade
from tests.factories.matching import (
    DAY,
    OBJECT,
    OTHER_OBJECT,
    OTHER_PARAMETER,
    OTHER_STANDARD,
    OTHER_TERM,
    PARAMETER,
    STANDARD,
    SYNONYM,
    TERM,
    TERM_NAMES,
    WIDER,
    a_line,
    a_need,
    a_term_need,
    an_offering,
    metres,
    numbers,
    volts,
)


class TestEdition:
    @pytest.mark.parametrize(
        ("asked", "stated", "rank"),
        [
            ("2020", "2020", Rank.MET),
            ("2020", "2021", Rank.OTHER_EDITION),
            ("2020", "2015", Rank.OTHER_EDITION),
            ("2020", None, Rank.LINE_EDITION_NOT_STATED),
            (None, "2020", Rank.MET),
            (None, None, Rank.MET),
            ("F", "F", Rank.MET),
            ("F", "E", Rank.OTHER_EDITION),
            ("F", None, Rank.LINE_EDITION_NOT_STATED),
        ],
    )
    def test_a_named_edition_must_be_equal(self, asked: str | None, stated: str | None, rank: Rank) -> None:
        assert line_rank(a_need(edition=asked), a_line(edition=stated), DAY) is rank
        assert offering_outcome(a_need(edition=asked), an_offering(edition=stated), DAY).rank is rank

    def test_a_need_by_term_asks_no_edition(self) -> None:
        assert line_rank(a_term_need(), a_line(edition="1999"), DAY) is Rank.MET


def grade(code: str) -> Range:
    read = read_grade(code)
    assert read is not None
    return read


IP_54_TO_67 = range_of(54, 67, "IP等级")
UP_TO_IP67 = range_of(None, 67, "IP等级")

RANGES: list[tuple[Range | None, Range | None, Rank]] = [
    # The need asks none: anything will do.
    (None, None, Rank.MET),
    (None, volts(0, 1), Rank.MET),
    # Covered, touching the ends, in part, outside.
    (volts(10, 20), volts(0, 30), Rank.MET),
    (volts(10, 20), volts(10, 20), Rank.MET),
    (volts(10, 20), volts(10, 19.999), Rank.PART_OF_RANGE),
    (volts(10, 20), volts(10.001, 20), Rank.PART_OF_RANGE),
    (volts(10, 20), volts(12, 15), Rank.PART_OF_RANGE),
    (volts(10, 20), volts(20, 30), Rank.PART_OF_RANGE),
    (volts(10, 20), volts(0, 9.999), Rank.OUTSIDE_RANGE),
    (volts(10, 20), volts(20.001, 30), Rank.OUTSIDE_RANGE),
    # A single point; touching at it is covering it.
    (volts(10, 10), volts(0, 10), Rank.MET),
    (volts(10, 10), volts(10, 20), Rank.MET),
    (volts(10, 10), volts(0, 10, open_ends="high"), Rank.OUTSIDE_RANGE),
    (volts(10, 10), volts(10, 20, open_ends="low"), Rank.OUTSIDE_RANGE),
    # An end that the need leaves open is not asked.
    (volts(10, None), volts(5, 12), Rank.MET),
    (volts(10, None), volts(5, 10), Rank.MET),
    (volts(10, None), volts(5, 9), Rank.OUTSIDE_RANGE),
    (volts(10, None), volts(12, 15), Rank.PART_OF_RANGE),
    (volts(None, 10), volts(5, 12), Rank.MET),
    (volts(None, 10), volts(10, 12), Rank.MET),
    (volts(None, 10), volts(11, 12), Rank.OUTSIDE_RANGE),
    (volts(None, 10), volts(5, 8), Rank.PART_OF_RANGE),
    # An end that the line leaves open is unlimited.
    (volts(10, 20), volts(None, 20), Rank.MET),
    (volts(10, 20), volts(5, None), Rank.MET),
    (volts(10, 20), volts(None, 15), Rank.PART_OF_RANGE),
    (volts(10, 20), volts(15, None), Rank.PART_OF_RANGE),
    (volts(10, 20), volts(None, 9), Rank.OUTSIDE_RANGE),
    (volts(10, None), volts(None, 5), Rank.OUTSIDE_RANGE),
    # Excluded ends of line and need.
    (volts(10, 20), volts(10, 30, open_ends="low"), Rank.PART_OF_RANGE),
    (volts(10, 20, open_ends="low"), volts(10, 30, open_ends="low"), Rank.MET),
    (volts(10, 20, open_ends="high"), volts(0, 20, open_ends="high"), Rank.MET),
    (volts(10, 20), volts(0, 20, open_ends="high"), Rank.PART_OF_RANGE),
    # No range, no end at all, or another dimension.
    (volts(10, 20), None, Rank.RANGE_NOT_STATED),
    (volts(10, 20), volts(None, None), Rank.RANGE_NOT_STATED),
    (volts(10, 20), metres(10, 20), Rank.RANGE_NOT_STATED),
    (volts(10, 20), IP_54_TO_67, Rank.RANGE_NOT_STATED),
    # Grades and codes are sets, not numbers.
    (grade("IP65"), IP_54_TO_67, Rank.MET),
    (grade("IP67"), UP_TO_IP67, Rank.MET),
    (grade("IP68"), IP_54_TO_67, Rank.OUTSIDE_RANGE),
    (grade("IP58"), UP_TO_IP67, Rank.OUTSIDE_RANGE),
    (range_of(65, 68, "IP等级"), IP_54_TO_67, Rank.PART_OF_RANGE),
    (range_of(67, None, "IP等级"), UP_TO_IP67, Rank.MET),
    (range_of(68, None, "IP等级"), UP_TO_IP67, Rank.OUTSIDE_RANGE),
    (grade("IPX5"), UP_TO_IP67, Rank.RANGE_NOT_STATED),
    (grade("IP65"), grade("IPX5"), Rank.RANGE_NOT_STATED),
    (grade("V-0"), grade("V-0"), Rank.MET),
    (grade("V-0"), grade("V-1"), Rank.OUTSIDE_RANGE),
    (grade("SIL 2"), grade_set("grade:SIL", frozenset({"SIL 1", "SIL 2"})), Rank.MET),
    (grade("SIL 3"), grade_set("grade:SIL", frozenset({"SIL 1", "SIL 2"})), Rank.OUTSIDE_RANGE),
    (grade("SIL 2"), grade("ASIL B"), Rank.RANGE_NOT_STATED),
    (grade("IP67"), None, Rank.RANGE_NOT_STATED),
    (grade("IP67"), volts(0, 100), Rank.RANGE_NOT_STATED),
]


@pytest.mark.parametrize(("asked", "stated", "rank"), RANGES)
def test_the_range_must_cover_what_is_asked(asked: Range | None, stated: Range | None, rank: Rank) -> None:
    assert line_rank(a_need(range=asked), a_line(range=stated), DAY) is rank
    assert offering_outcome(a_need(range=asked), an_offering(range=stated), DAY).rank is rank


def test_units_are_converted_before_ranges_are_compared() -> None:
    need = a_need(range=range_of(60_000, 60_000, "V"))
    assert line_rank(need, a_line(range=range_of(0, 60, "kV")), DAY) is Rank.MET
    assert line_rank(need, a_line(range=range_of(0, 59.9, "kV")), DAY) is Rank.OUTSIDE_RANGE
    cold = a_need(range=range_of(-40, 85, "℃"))
    assert line_rank(cold, a_line(range=range_of(233.15, 358.15, "K")), DAY) is Rank.MET
    assert line_rank(cold, a_line(range=range_of(234, 359, "K")), DAY) is Rank.PART_OF_RANGE


@pytest.mark.parametrize(
    ("asked", "stated", "part"),
    [
        (volts(10, 20), volts(12, 15), (12, 15)),
        (volts(10, 20), volts(None, 15), (10, 15)),
        (volts(10, None), volts(12, None), (12, None)),
        (volts(10, 20), volts(0, 30), None),
        (volts(10, 20), volts(30, 40), None),
    ],
)
def test_the_covered_part_is_named(
    asked: Range, stated: Range, part: tuple[float | None, float | None] | None
) -> None:
    need, line = a_need(range=asked), a_line(range=stated)
    assert covered_part(line_rank(need, line, DAY), need, line) == part


class TestObjectAndParameter:
    @pytest.mark.parametrize(
        ("asked", "stated", "rank"),
        [
            (None, OBJECT, Rank.MET),
            (None, None, Rank.MET),
            ({OBJECT, WIDER}, OBJECT, Rank.MET),
            ({OBJECT, WIDER}, WIDER, Rank.MET),
            ({OBJECT, WIDER}, OTHER_OBJECT, Rank.OBJECT_NOT_CONFIRMED),
            ({OBJECT, WIDER}, None, Rank.OBJECT_NOT_CONFIRMED),
            ({WIDER}, OBJECT, Rank.OBJECT_NOT_CONFIRMED),
        ],
    )
    def test_the_object_must_be_the_same_or_broader(
        self, asked: set[str] | None, stated: str | None, rank: Rank
    ) -> None:
        need = a_need(objects=None if asked is None else frozenset(asked))
        assert line_rank(need, a_line(object=stated), DAY) is rank
        assert offering_outcome(need, an_offering(object=stated), DAY).rank is rank

    @pytest.mark.parametrize(
        ("asked", "stated", "rank"),
        [
            (None, OTHER_PARAMETER, Rank.MET),
            (None, None, Rank.MET),
            (TERM_NAMES, PARAMETER, Rank.MET),
            (TERM_NAMES, SYNONYM, Rank.MET),
            (TERM_NAMES, OTHER_PARAMETER, Rank.PARAMETER_NOT_CONFIRMED),
            (TERM_NAMES, None, Rank.PARAMETER_NOT_CONFIRMED),
        ],
    )
    def test_the_parameter_must_be_named(
        self, asked: frozenset[str] | None, stated: str | None, rank: Rank
    ) -> None:
        need = a_need(parameters=asked)
        assert line_rank(need, a_line(parameter=stated), DAY) is rank
        assert offering_outcome(need, an_offering(parameter=stated), DAY).rank is rank


@pytest.mark.parametrize(
    ("start", "end", "rank"),
    [
        (None, None, Rank.MET),
        (DAY, None, Rank.MET),
        (None, DAY, Rank.MET),
        (DAY, DAY, Rank.MET),
        (DAY + timedelta(1), None, Rank.LINE_NOT_IN_FORCE),
        (None, DAY - timedelta(1), Rank.LINE_NOT_IN_FORCE),
    ],
)
def test_a_line_counts_only_while_it_stands_in_the_scope(
    start: date | None, end: date | None, rank: Rank
) -> None:
    assert line_rank(a_need(), a_line(effective_from=start, effective_to=end), DAY) is rank


@pytest.mark.parametrize(
    ("line", "rank"),
    [
        (a_line(edition=None, range=volts(50, 60)), Rank.OUTSIDE_RANGE),
        (a_line(edition=None, range=volts(10, 15)), Rank.PART_OF_RANGE),
        (a_line(edition=None, object=OTHER_OBJECT, range=volts(0, 100)), Rank.OBJECT_NOT_CONFIRMED),
        (a_line(object=OBJECT, range=None), Rank.RANGE_NOT_STATED),
        (a_line(edition="2021", object=OBJECT, range=None), Rank.OTHER_EDITION),
    ],
)
def test_the_worst_part_of_a_line_decides(line: Line, rank: Rank) -> None:
    need = a_need(objects=frozenset({OBJECT}), range=volts(10, 20))
    assert line_rank(need, line, DAY) is rank


BY_STANDARD, BY_TERM = a_need(asked=Asked.NONE), a_term_need(asked=Asked.NONE)
BY_BOTH = a_need(asked=Asked.NONE, term=TERM, term_names=TERM_NAMES)
UNSTATED = {"standard": None, "standard_term": None}


@pytest.mark.parametrize(
    ("need", "known", "rank"),
    [
        (BY_STANDARD, {}, Rank.MET),
        (BY_STANDARD, {"term": None, "standard_term": None}, Rank.MET),
        (BY_STANDARD, {"standard": OTHER_STANDARD}, Rank.NO_SUCH_LINE),
        (BY_STANDARD, UNSTATED, Rank.NO_SUCH_LINE),
        (BY_BOTH, {}, Rank.MET),
        (BY_BOTH, UNSTATED, Rank.STANDARD_NOT_STATED),
        (BY_BOTH, {**UNSTATED, "range": volts(0, 1)}, Rank.STANDARD_NOT_STATED),
        (BY_BOTH, {**UNSTATED, "term": OTHER_TERM}, Rank.NO_SUCH_LINE),
        (BY_BOTH, {"standard": OTHER_STANDARD}, Rank.NO_SUCH_LINE),
        (BY_TERM, {}, Rank.MET),
        (BY_TERM, UNSTATED, Rank.MET),
        (BY_TERM, {"term": None}, Rank.MET),
        (BY_TERM, {"term": OTHER_TERM, "standard_term": TERM}, Rank.MET),
        (BY_TERM, {"term": OTHER_TERM, "standard_term": OTHER_TERM}, Rank.NO_SUCH_LINE),
        (BY_TERM, {**UNSTATED, "term": OTHER_TERM}, Rank.NO_SUCH_LINE),
        (BY_TERM, {**UNSTATED, "term": None}, Rank.NO_SUCH_LINE),
    ],
)
def test_a_service_capability_counts_by_what_it_states(
    need: Need, known: dict[str, object], rank: Rank
) -> None:
    assert offering_outcome(need, an_offering(**known), DAY).rank is rank


@pytest.mark.parametrize(
    ("successors", "number"),
    [
        ((), None),
        ((Successor("GB 38031-2025", DAY),), "GB 38031-2025"),
        ((Successor("GB 38031-2025", DAY + timedelta(1)),), None),
        ((Successor("GB 38031-2025", None),), "GB 38031-2025"),
        ((Successor("A", DAY - timedelta(9)), Successor("B", DAY - timedelta(1))), "B"),
        ((Successor("A", None), Successor("B", DAY - timedelta(1))), "B"),
        ((Successor("A", DAY - timedelta(9)), Successor("B", DAY + timedelta(1))), "A"),
    ],
)
def test_an_edition_is_replaced_by_the_latest_successor_in_force(
    successors: tuple[Successor, ...], number: str | None
) -> None:
    found = superseded_by(successors, DAY)
    assert (found.number if found else None) == number


def test_a_need_for_a_standard_keeps_its_other_parts_when_asked_under_another() -> None:
    need = a_need(range=numbers(1, 2, "voltage"), objects=frozenset({OBJECT}))
    other = need.with_standard(OTHER_STANDARD)
    assert (other.standard, other.edition) == (OTHER_STANDARD, None)
    assert (other.range, other.objects, other.asked) == (need.range, need.objects, need.asked)
    assert need.standard == STANDARD
