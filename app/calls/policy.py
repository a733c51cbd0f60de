"""Who may do what with calls: everybody reads them, the people of the call change it."""

from app.auth.rules import Row
from app.auth.scopes import Scope
from app.auth.who import Who
from app.calls.targets import CALL_PEOPLE, CALL_TARGET

_ANYONE = (Who.ANYONE,)

ROWS = (
    Row("list_calls", _ANYONE),
    Row("get_call", _ANYONE),
    # The centre or the department is named in the body; one must be of its people.
    Row("create_call", (Who.SIGNED_IN,), key=Scope.CALL_WRITE),
    Row("update_call", CALL_PEOPLE, CALL_TARGET, _ANYONE, Scope.CALL_WRITE),
    Row("cancel_call", CALL_PEOPLE, CALL_TARGET, _ANYONE, Scope.CALL_WRITE),
)
