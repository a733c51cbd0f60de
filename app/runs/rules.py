"""The life of a data task, and what may be said of a verdict: tables and checks. Pure."""

from collections.abc import Mapping
from enum import StrEnum

from app.auth.who import Who
from app.models.matches import DataTaskState


class TaskAction(StrEnum):
    ANSWER = "answer"
    CLOSE = "close"


TRANSITIONS: Mapping[tuple[DataTaskState, TaskAction], DataTaskState] = {
    (DataTaskState.OPEN, TaskAction.ANSWER): DataTaskState.ANSWERED,
    (DataTaskState.OPEN, TaskAction.CLOSE): DataTaskState.CLOSED,
    (DataTaskState.ANSWERED, TaskAction.CLOSE): DataTaskState.CLOSED,
}
"""Whatever is not here cannot be done. A closed task stays closed: new feedback opens a new one."""

WHO: Mapping[TaskAction, tuple[Who, ...]] = {
    TaskAction.ANSWER: (Who.EDITOR,),
    TaskAction.CLOSE: (Who.REVIEWER, Who.PUBLISHER),
}


def states_of(action: TaskAction) -> tuple[DataTaskState, ...]:
    """Return the states in which the action is possible."""
    return tuple(state for state, possible in TRANSITIONS if possible is action)


def after(state: DataTaskState, action: TaskAction) -> DataTaskState | None:
    """Return the state to which the action leads; None: it is not possible."""
    return TRANSITIONS.get((state, action))
