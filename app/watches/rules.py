"""What turned, what is one cause, and when it is told. Pure."""

import uuid
from datetime import date
from enum import StrEnum

from app.matching.facts import Rank
from app.models.matches import Cadence

MOST_WATCHES = 100
"""How many saved searches and matches one person may have that are not stopped."""

MOST_HITS = 1_000
"""A saved search finds at most so many when it is saved: what is new among more would not be read."""

_LONGEST_EVIDENCE = 50


class AlertType(StrEnum):
    """What an alert tells."""

    NEED_MET = "need_met"
    NEED_LOST = "need_lost"
    STANDARD_SUPERSEDED = "standard_superseded"
    NEW_HIT = "new_hit"


def turned(before: Rank, after: Rank) -> AlertType | None:
    """Return how the best answer to a need turned; None where it did not turn to or from `met`."""
    if (before is Rank.MET) == (after is Rank.MET):
        return None
    return AlertType.NEED_MET if after is Rank.MET else AlertType.NEED_LOST


def cause_of(
    kind: AlertType, subject: str, platform: uuid.UUID | None, evidence: str, day: date | None
) -> str:
    """Return what tells causes apart: the kind, the need or hit, the platform, what it rests on, and the day.

    So what turns to and fro is told at most once a day each way.
    """
    parts = [kind.value, subject, str(platform or ""), evidence[:_LONGEST_EVIDENCE], str(day or "")]
    return ":".join(parts)


def day_judged(on_date: date | None, today: date) -> date:
    """Return the day for which a saved match is judged: the one asked, or today once that has passed."""
    return today if on_date is None or on_date < today else on_date


def is_rolling(on_date: date | None, today: date) -> bool:
    """Tell whether a new day alone can turn a saved match."""
    return on_date is None or on_date <= today


def may_tell(cadence: Cadence, last: date, today: date) -> bool:
    """Tell whether alerts may be told today, `last` being the day they were last, or when the watch was saved.

    Daily: once each day, weekly: once each week from Monday.
    """
    match cadence:
        case Cadence.AT_ONCE:
            return True
        case Cadence.DAILY:
            return today > last
        case Cadence.WEEKLY:
            return today.isocalendar()[:2] > last.isocalendar()[:2]
