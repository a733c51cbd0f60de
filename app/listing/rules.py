"""The life of a revision: one table of what can be done in which state, by whom, and where it leads. Pure.

Whatever is not in the table cannot be done. The page docs/listing-states.md is drawn from it (`proving states`).
"""

from dataclasses import dataclass
from enum import StrEnum

from app.auth.who import Who
from app.models.listing import ListingState


class Action(StrEnum):
    """What can be done to the newest revision of a platform."""

    EDIT = "edit"
    DISCARD = "discard"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    REQUEST_CHANGES = "request_changes"
    APPROVE = "approve"
    PUBLISH = "publish"
    RETIRE = "retire"


@dataclass(frozen=True)
class Transition:
    """`once_published`: only where the public sees an earlier revision, to which the platform then returns.

    A platform that was never published has nothing to return to: such an action ends it.
    """

    state: ListingState
    action: Action
    who: tuple[Who, ...]
    to: ListingState
    once_published: bool = False


_DRAFT, _SUBMITTED, _CHANGES, _APPROVED, _PUBLISHED, _RETIRED = ListingState
_EDITORS, _REVIEWERS, _PUBLISHERS = (Who.EDITOR,), (Who.REVIEWER,), (Who.PUBLISHER,)
_RETIRING = (Who.OWNER, Who.PUBLISHER)

TRANSITIONS = (
    Transition(_DRAFT, Action.EDIT, _EDITORS, _DRAFT),
    Transition(_DRAFT, Action.DISCARD, _EDITORS, _PUBLISHED, once_published=True),
    Transition(_DRAFT, Action.SUBMIT, _EDITORS, _SUBMITTED),
    Transition(_DRAFT, Action.RETIRE, _RETIRING, _RETIRED),
    Transition(_SUBMITTED, Action.WITHDRAW, _EDITORS, _DRAFT),
    Transition(_SUBMITTED, Action.REQUEST_CHANGES, _REVIEWERS, _CHANGES),
    Transition(_SUBMITTED, Action.APPROVE, _REVIEWERS, _APPROVED),
    Transition(_SUBMITTED, Action.RETIRE, _RETIRING, _RETIRED),
    Transition(_CHANGES, Action.EDIT, _EDITORS, _CHANGES),
    Transition(_CHANGES, Action.DISCARD, _EDITORS, _PUBLISHED, once_published=True),
    Transition(_CHANGES, Action.SUBMIT, _EDITORS, _SUBMITTED),
    Transition(_CHANGES, Action.RETIRE, _RETIRING, _RETIRED),
    Transition(_APPROVED, Action.WITHDRAW, _EDITORS, _DRAFT),
    Transition(_APPROVED, Action.REQUEST_CHANGES, _REVIEWERS, _CHANGES),
    Transition(_APPROVED, Action.PUBLISH, _PUBLISHERS, _PUBLISHED),
    Transition(_APPROVED, Action.RETIRE, _RETIRING, _RETIRED),
    Transition(_PUBLISHED, Action.EDIT, _EDITORS, _DRAFT),
    Transition(_PUBLISHED, Action.RETIRE, _RETIRING, _RETIRED),
)

INITIAL = ListingState.DRAFT
"""A platform that lists itself begins here; one that was seeded is published."""


def _index() -> dict[tuple[ListingState, Action], Transition]:
    table = {(one.state, one.action): one for one in TRANSITIONS}
    if len(table) != len(TRANSITIONS):
        raise ValueError("two transitions for one action in one state")
    return table


_TABLE = _index()


def after(state: ListingState, action: Action, *, was_published: bool) -> ListingState | None:
    """Return the state to which the action leads; None: it is not possible."""
    found = _TABLE.get((state, action))
    if found is None or (found.once_published and not was_published):
        return None
    return found.to


def states_of(*actions: Action) -> tuple[ListingState, ...]:
    """Return the states in which any of the actions is possible, in the order of `ListingState`."""
    return tuple(state for state in ListingState if any((state, action) in _TABLE for action in actions))


def who_may(action: Action) -> tuple[Who, ...]:
    """Return who may do the action; the same in every state in which it is possible."""
    found = {one.who for one in TRANSITIONS if one.action is action}
    if len(found) != 1:
        raise ValueError(f"not the same people in each state: {action}")
    return found.pop()


EDITABLE = frozenset(states_of(Action.EDIT))
"""States in which a platform can be edited; an edit of a published one opens the draft of the next revision."""
