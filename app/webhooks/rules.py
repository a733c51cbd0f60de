"""When a delivery is tried again, and when a webhook is disabled. Pure: the present moment is a parameter."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
"""How long to wait after each failed attempt; after the last one there is no other. In all 27 hours 36 minutes."""
MOST_ATTEMPTS = len(PAUSES) + 1
JITTER = 0.2
"""By what part a pause may be longer, so that what failed together does not come back together."""
FAILING_FOR = timedelta(hours=24)
"""A webhook that has failed for so long, and as often as one delivery is tried, is disabled."""
OVERLAP = timedelta(hours=24)
"""How long the secret before a rotation signs too."""
KEPT_FOR = timedelta(days=30)
"""How long deliveries that are over can be seen and replayed."""
MOST_PER_OWNER = 20
GONE = 410
_ANSWER_CHARACTERS = 300


def pause_after(attempts: int, chance: float) -> timedelta | None:
    """Return how long to wait after so many failed attempts; None when no other is made.

    `chance`, from 0 to 1, says how much of the jitter is added.
    """
    if attempts > len(PAUSES):
        return None
    return PAUSES[attempts - 1] * (1 + JITTER * chance)


def is_success(status: int | None) -> bool:
    """Tell whether an answer takes the delivery. Redirects are not followed, so they do not."""
    return status is not None and 200 <= status < 300


def has_failed_for_too_long(failures_in_a_row: int, failing_since: datetime | None, now: datetime) -> bool:
    """Tell whether a webhook is to be disabled, after attempts of which none was good since `failing_since`."""
    return (
        failing_since is not None
        and failures_in_a_row >= MOST_ATTEMPTS
        and now - failing_since >= FAILING_FOR
    )


def is_addressed(
    audience: Mapping[str, Sequence[str]], organisation: uuid.UUID | None, person: uuid.UUID | None
) -> bool:
    """Tell whether an event for the audience (as `outbox.Audience` is stored) is for an owner of webhooks."""
    return (organisation is not None and str(organisation) in audience.get("organisations", ())) or (
        person is not None and str(person) in audience.get("people", ())
    )


def printable(answer: bytes) -> str | None:
    """Return the beginning of an answer that the delivery log keeps: printable characters only."""
    text = "".join(each for each in answer.decode("utf-8", "replace") if each.isprintable())
    return text[:_ANSWER_CHARACTERS] or None
