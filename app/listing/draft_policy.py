"""Who may do what with drafts: the people of the operator edit, they and the competent department read."""

from app.auth.rules import Row, TargetKind
from app.auth.scopes import Scope
from app.auth.who import Who
from app.listing.targets import ACCREDITATION, DRAFT_READERS, PLATFORM

_ITEMS = (
    ("service", "services"),
    ("equipment", "equipment"),
    ("environment", "environments"),
    ("contact", "contacts"),
    ("intake_step", "intake_steps"),
    ("accreditation", "accreditations"),
)
_EDITORS = (Who.EDITOR,)


def _read(operation: str, target: TargetKind = PLATFORM) -> Row:
    return Row(operation, DRAFT_READERS, target, key=Scope.PLATFORM_READ)


def _write(operation: str, target: TargetKind = PLATFORM) -> Row:
    return Row(operation, _EDITORS, target, DRAFT_READERS, Scope.PLATFORM_WRITE)


def _of_items(one: str, many: str) -> tuple[Row, ...]:
    return (
        _read(f"list_draft_{many}"),
        _read(f"get_draft_{one}"),
        _write(f"create_draft_{one}"),
        _write(f"update_draft_{one}"),
        _write(f"delete_draft_{one}"),
    )


ROWS = (
    # The organisation is named in the body; one must be its owner or editor.
    Row("create_platform", (Who.SIGNED_IN,), key=Scope.PLATFORM_WRITE),
    _read("get_draft"),
    _write("update_draft"),
    _write("discard_draft"),
    _read("get_draft_changes"),
    _read("get_completeness"),
    _read("list_draft_scope_lines"),
    _read("get_draft_scope_line", ACCREDITATION),
    _write("create_scope_line", ACCREDITATION),
    _write("update_scope_line", ACCREDITATION),
    _write("delete_scope_line", ACCREDITATION),
    *(row for one, many in _ITEMS for row in _of_items(one, many)),
)
