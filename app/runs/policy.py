"""Who may do what with match runs, feedback and data tasks."""

from app.auth.rules import Row
from app.auth.scopes import Scope
from app.auth.who import Who
from app.listing.targets import DRAFT_READERS, PLATFORM
from app.results.targets import RESULT_TARGET
from app.runs.rules import WHO, TaskAction, states_of
from app.runs.targets import DATA_TASK, MATCH_RUN, RUN_READERS, TASK_READERS

_READ, _WRITE = Scope.MATCH_READ, Scope.MATCH_WRITE


def _step(operation: str, action: TaskAction) -> Row:
    return Row(operation, WHO[action], DATA_TASK, TASK_READERS, _WRITE, states_of(action))


ROWS = (
    Row("create_match_run", (Who.EDITOR,), RESULT_TARGET, RUN_READERS, _WRITE),
    Row("list_match_runs", RUN_READERS, RESULT_TARGET, key=_READ),
    Row("get_match_run", RUN_READERS, MATCH_RUN, key=_READ),
    Row("replay_match_run", RUN_READERS, MATCH_RUN, key=_READ),
    Row("create_feedback", (Who.VIEWER,), MATCH_RUN, RUN_READERS, _WRITE),
    Row("list_feedback", RUN_READERS, MATCH_RUN, key=_READ),
    Row("list_feedback_of_platform", TASK_READERS, PLATFORM, DRAFT_READERS, _READ),
    Row("answer_feedback", (Who.EDITOR,), PLATFORM, DRAFT_READERS, _WRITE),
    # Each sees those of one's own platforms or department.
    Row("list_data_tasks", (Who.SIGNED_IN,), key=_READ),
    Row("get_data_task", TASK_READERS, DATA_TASK, key=_READ),
    _step("answer_data_task", TaskAction.ANSWER),
    _step("close_data_task", TaskAction.CLOSE),
    # Only of results whose needs one may read.
    Row("export_feedback", (Who.DEPARTMENT, Who.ANY_PUBLISHER, Who.ADMIN), key=_READ),
)
