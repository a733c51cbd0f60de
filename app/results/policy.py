"""Who may do what with results. What of a result is read is decided by `app.disclosure`, for everybody."""

from app.auth.rules import Row
from app.auth.scopes import Scope
from app.auth.who import Who
from app.results.targets import (
    ACCESS_REQUEST,
    CALLERS,
    OWNERS_EDITORS,
    OWNERS_PEOPLE,
    RESULT_READERS,
    RESULT_TARGET,
)

_BOTH_SIDES = (Who.SELF, *OWNERS_PEOPLE)
_READ, _WRITE = Scope.RESULT_READ, Scope.RESULT_WRITE


def _write(operation: str) -> Row:
    return Row(operation, OWNERS_EDITORS, RESULT_TARGET, RESULT_READERS, _WRITE)


def _owner_reads(operation: str) -> Row:
    return Row(operation, OWNERS_PEOPLE, RESULT_TARGET, RESULT_READERS, _READ)


ROWS = (
    # Disclosed to everybody by their clearance; an API key without the scope reads what the public reads.
    Row("list_results", (Who.ANYONE,)),
    Row("get_result", (Who.ANYONE,)),
    Row("get_attachment", (Who.ANYONE,)),
    Row("list_result_versions", (Who.SIGNED_IN,), key=_READ),
    Row("get_result_version", (Who.SIGNED_IN,), key=_READ),
    Row("list_duplicates", CALLERS, RESULT_TARGET, RESULT_READERS, _READ),
    # The organisation is named in the body; one must be its owner or editor.
    Row("create_result", (Who.SIGNED_IN,), key=_WRITE),
    _write("update_result"),
    _write("delete_result"),
    _write("update_result_tiers"),
    _write("submit_result"),
    _write("withdraw_result"),
    _write("revise_result"),
    _write("reopen_result"),
    _write("add_attachment"),
    _write("update_attachment"),
    _write("delete_attachment"),
    Row("request_access", (Who.SIGNED_IN,), key=_WRITE),
    _write("grant_access"),
    _owner_reads("list_access_requests_of_result"),
    _owner_reads("get_access_log"),
    Row("list_access_requests", (Who.SIGNED_IN,), key=_READ),
    Row("get_access_request", _BOTH_SIDES, ACCESS_REQUEST, key=_READ),
    Row("decide_access_request", OWNERS_EDITORS, ACCESS_REQUEST, _BOTH_SIDES, _WRITE),
    Row("withdraw_access_request", (Who.SELF,), ACCESS_REQUEST, _BOTH_SIDES, _WRITE),
    Row("revoke_access", OWNERS_EDITORS, ACCESS_REQUEST, _BOTH_SIDES, _WRITE),
)
