"""The decision on one operation: a row of the policy table, a principal, an object. Pure."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.auth.errors import ConflictOfInterest, InsufficientScope, SessionRequired
from app.auth.principal import Principal
from app.auth.scopes import KeyUse, Scope
from app.auth.who import DUTY_OF, NOTHING, ROLES_OF, CityOf, Target, Who, has_conflict, holds_any
from app.errors import AppError, Forbidden, NotFound, Unauthenticated, WrongState
from app.kit.i18n import Localized


@dataclass(frozen=True)
class TargetKind:
    """A kind of object: how it is found from the path of a request, and the error when it may not be seen.

    `load` takes a database session and the path parameters, and gives None for what does not exist.
    """

    name: Localized
    load: Callable[[Any, Mapping[str, str]], Awaitable[Target | None]]
    not_found: type[NotFound]


@dataclass(frozen=True)
class Row:
    """Who may call one operation.

    `who`: any of them may. `readers`: those to whom the object is known, so that they are told 403 and not 404.
    `key`: the scope that an API key needs, or that any key or none will do; it does not matter where anyone may.
    `states`: those of the object in which the operation is possible; empty: in each.
    """

    operation: str
    who: tuple[Who, ...]
    target: TargetKind | None = None
    readers: tuple[Who, ...] = ()
    key: Scope | KeyUse = KeyUse.NEVER
    states: tuple[str, ...] = ()

    @property
    def is_public(self) -> bool:
        """Whether no account is needed."""
        return Who.ANYONE in self.who

    def refusals(self) -> tuple[type[AppError], ...]:
        """Return the errors with which a call can be refused for who makes it; a bad credential always is."""
        if self.is_public:
            return (Unauthenticated,)
        errors: list[type[AppError]] = [Unauthenticated]
        if self.key is not KeyUse.ANY:
            errors.append(SessionRequired if self.key is KeyUse.NEVER else InsufficientScope)
        if Who.SIGNED_IN not in self.who:
            errors.append(Forbidden)
        if self.target is not None and not DUTY_OF.keys().isdisjoint(self.who):
            errors.append(ConflictOfInterest)
        if self.target is not None:
            errors.append(self.target.not_found)
        if self.states:
            errors.append(WrongState)
        return tuple(errors)


class Decision(StrEnum):
    ALLOWED = "allowed"
    NOT_SIGNED_IN = "not_signed_in"
    SCOPE_MISSING = "scope_missing"
    FORBIDDEN = "forbidden"
    CONFLICT = "conflict of interest"
    HIDDEN = "hidden"
    WRONG_STATE = "wrong_state"


def before_object(principal: Principal, row: Row) -> Decision | None:
    """Return what is decided whatever the object is; None when it depends on the object."""
    if row.is_public:
        return Decision.ALLOWED
    if principal.person_id is None:
        return Decision.NOT_SIGNED_IN
    if principal.scopes is not None and row.key is not KeyUse.ANY and row.key not in principal.scopes:
        return Decision.SCOPE_MISSING
    return None


def may(principal: Principal, row: Row, target: Target | None, city_of: CityOf) -> Decision:
    """Decide on one call. `target` None: the object does not exist, or the operation has none.

    What is refused says no more than the principal may know: who may not see an object cannot tell it from
    one that does not exist.
    """
    early = before_object(principal, row)
    if early is not None:
        return early
    if row.target is None:
        return Decision.ALLOWED if holds_any(principal, row.who, NOTHING, city_of) else Decision.FORBIDDEN
    if target is None:
        return Decision.HIDDEN
    if holds_any(principal, row.who, target, city_of):
        return Decision.WRONG_STATE if row.states and target.state not in row.states else Decision.ALLOWED
    if not holds_any(principal, row.readers, target, city_of):
        return Decision.HIDDEN
    return Decision.CONFLICT if has_conflict(principal, row.who, target, city_of) else Decision.FORBIDDEN


def may_somewhere(principal: Principal, row: Row) -> bool:
    """Tell whether there can be an object on which the principal may call the operation."""
    early = before_object(principal, row)
    if early is not None:
        return early is Decision.ALLOWED
    roles = set(principal.roles.values())
    duties = {department.role for department in principal.departments}
    return any(_somewhere(principal, who, roles, duties) for who in row.who)


def _somewhere(principal: Principal, who: Who, roles: set[Any], duties: set[Any]) -> bool:
    match who:
        case Who.SELF:
            return True
        case Who.VIEWER | Who.EDITOR | Who.OWNER:
            return not roles.isdisjoint(ROLES_OF[who])
        case Who.CALLER:
            return not roles.isdisjoint(ROLES_OF[Who.EDITOR])
        case Who.REVIEWER | Who.PUBLISHER:
            return DUTY_OF[who] in duties
        case Who.DEPARTMENT:
            return bool(duties)
        case _:
            return holds_any(principal, (who,), NOTHING, lambda _code: None)
