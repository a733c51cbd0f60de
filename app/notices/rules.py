"""When a mail is tried again. Pure."""

from datetime import timedelta

PAUSES = (
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=8),
    timedelta(hours=12),
)
"""How long to wait after each attempt that began; after the last one there is no other. In all 25 hours 20 minutes."""
MOST_ATTEMPTS = len(PAUSES) + 1


def pause_after(attempts: int) -> timedelta:
    """Return how long the attempt with this number (from 1) has, until the next one may begin or it is given up."""
    return PAUSES[min(attempts, len(PAUSES)) - 1]
