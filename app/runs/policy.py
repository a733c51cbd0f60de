"""Who may do what with match runs, feedback and data tasks."""

from app.auth.rules import Row
from app.auth.scopes import Scope
from app.auth.who import Who
from app.runs.targets import MATCH_RUN, MATCHED_RESULT, RUN_READERS

_READ, _WRITE = Scope.MATCH_READ, Scope.MATCH_WRITE

ROWS = (
    Row("create_match_run", (Who.EDITOR,), MATCHED_RESULT, RUN_READERS, _WRITE),
    Row("list_match_runs", RUN_READERS, MATCHED_RESULT, key=_READ),
    Row("get_match_run", RUN_READERS, MATCH_RUN, key=_READ),
    Row("replay_match_run", RUN_READERS, MATCH_RUN, key=_READ),
)
