"""Rules of the registry. Pure: the date is a parameter."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from app.models.scope import AccreditationState


class AccreditationStatus(StrEnum):
    """What an accreditation is worth on a date; only `granted` lets its holder test under it."""

    PLANNED = "planned"
    APPLIED = "applied"
    GRANTED = "granted"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    VALIDITY_NOT_STATED = "validity_not_stated"


def accreditation_status(
    state: AccreditationState, valid_from: date | None, valid_to: date | None, on_date: date
) -> AccreditationStatus:
    """Return the status on `on_date`; both ends of the validity are inclusive.

    A granted accreditation that lacks an end of its validity is `validity_not_stated`, whatever the other end says.
    Source: design verdict rule 3.
    """
    if state is not AccreditationState.GRANTED:
        return AccreditationStatus(state.value)
    if valid_from is None or valid_to is None:
        return AccreditationStatus.VALIDITY_NOT_STATED
    if on_date > valid_to:
        return AccreditationStatus.EXPIRED
    if on_date < valid_from:
        return AccreditationStatus.NOT_YET_VALID
    return AccreditationStatus.GRANTED


def is_suspended(suspensions: Iterable[tuple[date, date | None]], on_date: date) -> bool:
    """Tell whether one of the suspensions that were not lifted, (first day, last day or None), holds on the date."""
    return any(first <= on_date and (last is None or on_date <= last) for first, last in suspensions)


def stands_on(effective_from: date | None, effective_to: date | None, on_date: date) -> bool:
    """Tell whether a scope line stands in its scope on the date; a missing end is the certificate's."""
    return (effective_from is None or effective_from <= on_date) and (
        effective_to is None or on_date <= effective_to
    )
