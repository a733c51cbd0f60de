from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.indexing.validity import date_tokens, interval_tokens

_DAYS = st.dates(date(2015, 1, 1), date(2040, 12, 31))
_INTERVALS = st.lists(st.tuples(st.sampled_from(["CNAS", "CMA"]), _DAYS, _DAYS), max_size=5)


def _holds(intervals: list[tuple[str, date, date]], scheme: str, day: date) -> bool:
    words = {word for interval in intervals for word in interval_tokens(*interval)}
    return not words.isdisjoint(date_tokens(scheme, day))


@given(_INTERVALS, st.sampled_from(["CNAS", "CMA"]), _DAYS)
def test_a_day_is_found_exactly_when_an_interval_of_the_scheme_holds_it(
    intervals: list[tuple[str, date, date]], scheme: str, day: date
) -> None:
    want = any(of == scheme and start <= day <= end for of, start, end in intervals)
    assert _holds(intervals, scheme, day) == want


@given(_DAYS, st.integers(0, 5000))
def test_both_ends_are_inside_and_their_neighbours_outside(start: date, length: int) -> None:
    end = start + timedelta(days=length)
    intervals = [("CMA", start, end)]
    assert _holds(intervals, "CMA", start)
    assert _holds(intervals, "CMA", end)
    assert not _holds(intervals, "CMA", start - timedelta(days=1))
    assert not _holds(intervals, "CMA", end + timedelta(days=1))
    assert not _holds(intervals, "CNAS", start)


@given(_DAYS)
def test_six_years_take_few_words(start: date) -> None:
    words = interval_tokens("CNAS", start, start + timedelta(days=6 * 366))
    assert len(words) == len(set(words)) <= 24
    assert len(date_tokens("CNAS", start)) <= 24


def test_the_first_and_last_day_of_the_calendar_work() -> None:
    assert _holds([("CMA", date.min, date.max)], "CMA", date.max)
    assert _holds([("CMA", date.min, date.max)], "CMA", date.min)
    assert _holds([("CMA", date.max, date.max)], "CMA", date.max)


def test_an_interval_that_ends_before_it_starts_is_empty() -> None:
    assert interval_tokens("CMA", date(2026, 1, 2), date(2026, 1, 1)) == []
