from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models.scope import AccreditationState
from app.registry.rules import AccreditationStatus, accreditation_status, stands_on

DAY = timedelta(days=1)
FROM, TO = date(2024, 5, 1), date(2030, 4, 30)


@pytest.mark.parametrize(
    ("state", "valid_from", "valid_to", "on_date", "status"),
    [
        ("granted", FROM, TO, FROM, "granted"),
        ("granted", FROM, TO, TO, "granted"),
        ("granted", FROM, TO, FROM - DAY, "not_yet_valid"),
        ("granted", FROM, TO, TO + DAY, "expired"),
        ("granted", FROM, FROM, FROM, "granted"),
        ("granted", None, TO, TO, "validity_not_stated"),
        ("granted", FROM, None, FROM, "validity_not_stated"),
        ("granted", None, None, FROM, "validity_not_stated"),
        ("granted", None, TO, TO + DAY, "validity_not_stated"),
        ("granted", FROM, None, FROM - DAY, "validity_not_stated"),
        ("suspended", FROM, TO, FROM, "suspended"),
        ("withdrawn", FROM, TO, FROM, "withdrawn"),
        ("applied", FROM, TO, FROM, "applied"),
        ("planned", None, None, FROM, "planned"),
        ("suspended", FROM, TO, TO + DAY, "suspended"),
    ],
)
def test_status_follows_from_state_and_dates(
    state: str, valid_from: date | None, valid_to: date | None, on_date: date, status: str
) -> None:
    assert accreditation_status(AccreditationState(state), valid_from, valid_to, on_date) == status


@given(st.sampled_from(AccreditationState), st.none() | st.dates(), st.none() | st.dates(), st.dates())
def test_granted_only_when_granted_and_the_date_lies_between_two_stated_ends(
    state: AccreditationState, valid_from: date | None, valid_to: date | None, on_date: date
) -> None:
    granted = accreditation_status(state, valid_from, valid_to, on_date) is AccreditationStatus.GRANTED
    inside = valid_from is not None and valid_to is not None and valid_from <= on_date <= valid_to
    assert granted == (state is AccreditationState.GRANTED and inside)


@pytest.mark.parametrize(
    ("effective_from", "effective_to", "on_date", "stands"),
    [
        (None, None, FROM, True),
        (FROM, None, FROM, True),
        (FROM, None, FROM - DAY, False),
        (None, TO, TO, True),
        (None, TO, TO + DAY, False),
    ],
)
def test_a_line_stands_between_its_dates(
    effective_from: date | None, effective_to: date | None, on_date: date, stands: bool
) -> None:
    assert stands_on(effective_from, effective_to, on_date) is stands
