"""The life of a result: one table of what can be done in which state and where it leads. Pure.

Whatever is not in the table cannot be done. A result is revised beside the version that was submitted: it stays with
the call while its owner writes the next version, which takes the place of the other when it is submitted.
"""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from app.calls.rules import CallState
from app.models.results import AccessState, ResultState


class Action(StrEnum):
    """What can be done to a result: by its owner, by the people of the call, by the pool."""

    EDIT = "edit"
    DELETE = "delete"
    SUBMIT = "submit"
    REVISE = "revise"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    BEGIN_ASSESSMENT = "begin_assessment"
    POOL = "pool"
    RETURN = "return"
    DECLINE = "decline"
    RECALL = "recall"
    LEAVE_POOL = "leave_pool"


@dataclass(frozen=True)
class Standing:
    """Where a result stands: its state, its newest version, and the one last submitted (None: never)."""

    state: ResultState
    newest: int = 1
    submitted: int | None = None

    @property
    def is_revised(self) -> bool:
        """Whether the newest version was not submitted, so that it can be edited."""
        return self.submitted is None or self.newest > self.submitted


INITIAL = Standing(ResultState.DRAFT)

_DRAFT, _SUBMITTED, _ASSESSED, _RETURNED, _DECLINED, _POOLED, _WITHDRAWN = ResultState

KNOWN_TO_OWNER = (_DRAFT, _WITHDRAWN)
"""States in which nobody but its owners knows of a result (`app.disclosure.rules.is_known`)."""

TRANSITIONS = {
    (_DRAFT, Action.EDIT): _DRAFT,
    (_DRAFT, Action.DELETE): None,
    (_DRAFT, Action.SUBMIT): _SUBMITTED,
    (_DRAFT, Action.WITHDRAW): _WITHDRAWN,
    (_SUBMITTED, Action.REVISE): _SUBMITTED,
    (_SUBMITTED, Action.EDIT): _SUBMITTED,
    (_SUBMITTED, Action.SUBMIT): _SUBMITTED,
    (_SUBMITTED, Action.WITHDRAW): _WITHDRAWN,
    (_SUBMITTED, Action.BEGIN_ASSESSMENT): _ASSESSED,
    (_ASSESSED, Action.EDIT): _ASSESSED,
    (_ASSESSED, Action.WITHDRAW): _WITHDRAWN,
    (_ASSESSED, Action.POOL): _POOLED,
    (_ASSESSED, Action.RETURN): _RETURNED,
    (_ASSESSED, Action.DECLINE): _DECLINED,
    (_RETURNED, Action.REVISE): _RETURNED,
    (_RETURNED, Action.EDIT): _RETURNED,
    (_RETURNED, Action.SUBMIT): _SUBMITTED,
    (_RETURNED, Action.WITHDRAW): _WITHDRAWN,
    (_RETURNED, Action.RECALL): _ASSESSED,
    (_DECLINED, Action.REVISE): _DECLINED,
    (_DECLINED, Action.EDIT): _DECLINED,
    (_DECLINED, Action.SUBMIT): _SUBMITTED,
    (_DECLINED, Action.WITHDRAW): _WITHDRAWN,
    (_DECLINED, Action.RECALL): _ASSESSED,
    (_POOLED, Action.RECALL): _ASSESSED,
    (_POOLED, Action.LEAVE_POOL): _WITHDRAWN,
    (_WITHDRAWN, Action.REOPEN): _DRAFT,
}
"""State and action, to the state to which it leads; None: the result is gone."""

GONE = None


def is_possible(standing: Standing, action: Action) -> bool:
    """Tell whether the action can be done now.

    What is edited or submitted is a version that was not submitted; a new one is begun only after the last was; only
    what was never submitted can be deleted.
    """
    if (standing.state, action) not in TRANSITIONS:
        return False
    match action:
        case Action.EDIT | Action.SUBMIT:
            return standing.is_revised
        case Action.REVISE:
            return not standing.is_revised
        case Action.DELETE:
            return standing.submitted is None
        case _:
            return True


def after(standing: Standing, action: Action) -> Standing | None:
    """Return where the result stands after a possible action; None: it is gone."""
    state = TRANSITIONS[standing.state, action]
    if state is None:
        return GONE
    newest = standing.newest
    if action is Action.REVISE or (action is Action.REOPEN and not standing.is_revised):
        newest += 1
    submitted = newest if action is Action.SUBMIT else standing.submitted
    return replace(standing, state=state, newest=newest, submitted=submitted)


def takes(state: ResultState, call_state: CallState, *, same_call: bool) -> bool:
    """Tell whether a call takes the result as its state is.

    An open call takes it, but for the one that declined it. The call that returned it takes its revision also after
    it has closed, unless it was cancelled. A revision of what is submitted goes to the same call.
    """
    if state is ResultState.DECLINED and same_call:
        return False
    if state is ResultState.SUBMITTED and not same_call:
        return False
    if state is ResultState.RETURNED and same_call:
        return call_state in (CallState.OPEN, CallState.CLOSED)
    return call_state is CallState.OPEN


def holds_on(state: AccessState, until: date | None, today: date) -> bool:
    """Tell whether access is granted on the business day; the last day counts."""
    return state is AccessState.GRANTED and until is not None and today <= until
