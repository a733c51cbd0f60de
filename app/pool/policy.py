"""Who may do what with projects of the pool: everybody reads what is public, its keepers see to it."""

from app.auth.rules import Row
from app.auth.scopes import Scope
from app.auth.who import Who
from app.pool.rules import KEEPERS, STEPS, WORKED_ON
from app.pool.targets import PROJECT_TARGET

_ANYONE = (Who.ANYONE,)
_WRITE = Scope.PROJECT_WRITE
_NOT_ENDED = tuple(dict.fromkeys(one.before.value for one in STEPS))
_WORKED_ON = tuple(stage.value for stage in WORKED_ON)


def _keeping(operation: str) -> Row:
    return Row(operation, KEEPERS, PROJECT_TARGET, _ANYONE, _WRITE, _WORKED_ON)


ROWS = (
    Row("list_projects", _ANYONE),
    Row("get_project", _ANYONE),
    Row("list_stage_changes", _ANYONE),
    Row("list_milestones", _ANYONE),
    Row("get_milestone", _ANYONE),
    Row("list_project_platforms", _ANYONE),
    Row("list_outcomes", _ANYONE),
    # Which of them may take which step stands in app/pool/rules.py.
    Row("create_stage_change", KEEPERS, PROJECT_TARGET, _ANYONE, _WRITE, _NOT_ENDED),
    _keeping("create_milestone"),
    _keeping("update_milestone"),
    _keeping("delete_milestone"),
    _keeping("create_project_platform"),
    _keeping("delete_project_platform"),
)
