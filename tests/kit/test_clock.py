"""The business day is Shanghai's."""

from datetime import UTC, datetime, timedelta

from app.kit.clock import BUSINESS_ZONE, today, utcnow


def test_times_are_aware_and_in_utc() -> None:
    assert utcnow().tzinfo is UTC


def test_the_business_day_begins_eight_hours_before_the_one_of_greenwich() -> None:
    assert (
        datetime(2026, 3, 1, 16, 0, tzinfo=UTC).astimezone(BUSINESS_ZONE).date().isoformat() == "2026-03-02"
    )
    before = utcnow()
    day = today()
    after = utcnow()
    assert day in {(moment + timedelta(hours=8)).date() for moment in (before, after)}
