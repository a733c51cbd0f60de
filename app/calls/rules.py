"""When a call takes results, and what of it may still change. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from app.kit.i18n import Localized

FULL_WEIGHT = 100
"""The sum of the weights of a rubric."""

CHANGEABLE_WHILE_OPEN = frozenset({"title", "closes_at"})
"""Members of a call that may change while it is open; `closes_at` only to a later time."""


class CallState(StrEnum):
    SCHEDULED = "scheduled"
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


def state_of(
    opens_at: datetime, closes_at: datetime, cancelled_at: datetime | None, now: datetime
) -> CallState:
    """Return the state of a call: open from `opens_at` until before `closes_at`, unless it was cancelled.

    `app.calls.queries.has_state` is the SQL side.
    """
    if cancelled_at is not None:
        return CallState.CANCELLED
    if now < opens_at:
        return CallState.SCHEDULED
    return CallState.OPEN if now < closes_at else CallState.CLOSED


def fixed_while_open(changed: Iterable[str]) -> list[str]:
    """Return those of the members to be changed that an open call keeps, in the order of their names."""
    return sorted(set(changed) - CHANGEABLE_WHILE_OPEN)


def fault_of_window(
    opens_at: datetime, closes_at: datetime, now: datetime, *, earliest: datetime | None = None
) -> Localized | None:
    """Return what is wrong with the window of a call that has not ended; `earliest`: it may not close before."""
    if closes_at <= opens_at:
        return Localized(zh="截止时间须晚于开始时间", en="It must close after it opens")
    if closes_at <= now:
        return Localized(zh="截止时间须在将来", en="It must close in the future")
    if earliest is not None and closes_at < earliest:
        return Localized(zh="已开始的征集只能推迟截止时间", en="An open call can only close later")
    return None


def fault_of_weights(weights: Iterable[int]) -> Localized | None:
    """Return what is wrong with the weights of a rubric: they must sum up to `FULL_WEIGHT`."""
    total = sum(weights)
    if total == FULL_WEIGHT:
        return None
    return Localized(
        zh=f"各评分指标权重之和应为 {FULL_WEIGHT}，现为 {total}",
        en=f"The weights must sum up to {FULL_WEIGHT}; they sum up to {total}",
    )


def takes_field(asked: Sequence[str], given: Iterable[str]) -> bool:
    """Tell whether a call for the fields `asked` (none: any) takes a result of one of the fields `given`.

    A sub-direction belongs to its field: `new_energy.02` to `new_energy`.
    """
    return not asked or any(code == one or code.startswith(f"{one}.") for code in given for one in asked)


def takes_region(asked: Sequence[str], places: Iterable[str]) -> bool:
    """Tell whether a call for the regions `asked` (none: any) takes a result of an owner in one of `places`.

    `places` are the codes of where the owner is: its county, city and province.
    """
    return not asked or not set(asked).isdisjoint(places)
