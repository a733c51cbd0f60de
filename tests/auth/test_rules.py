"""The decision on one call."""

from dataclasses import replace
from types import MappingProxyType

import pytest

from app.auth.errors import ConflictOfInterest, InsufficientScope, SessionRequired
from app.auth.principal import ANONYMOUS, DepartmentRole, Principal
from app.auth.rules import Decision, Row, TargetKind, may, may_somewhere
from app.auth.scopes import KeyUse, Scope
from app.auth.who import Target, Who
from app.errors import Forbidden, NotFound, Unauthenticated, WrongState
from app.kit.i18n import Localized
from app.models import Department, DepartmentDuty, OrganisationRole, PlatformKind


async def nothing(_session: object, _path: object) -> None:
    return None


KIND = TargetKind(Localized(zh="某物"), nothing, NotFound)
EDIT = Row("edit", (Who.EDITOR,), KIND, (Who.VIEWER,), Scope.ORGANISATION_WRITE, ("open",))
OPEN = Target(organisation_id=7, state="open")


def member(role: OrganisationRole, *scopes: Scope, by_key: bool = False) -> Principal:
    return Principal(
        person_id=1,
        roles=MappingProxyType({7: role}),
        scopes=frozenset(scopes) if by_key else None,
        api_key_id=5 if by_key else None,
    )


EDITOR = OrganisationRole.EDITOR


@pytest.mark.parametrize(
    ("principal", "target", "expected"),
    [
        (ANONYMOUS, OPEN, Decision.NOT_SIGNED_IN),
        (ANONYMOUS, None, Decision.NOT_SIGNED_IN),
        (member(EDITOR), OPEN, Decision.ALLOWED),
        (member(OrganisationRole.OWNER), OPEN, Decision.ALLOWED),
        (member(OrganisationRole.VIEWER), OPEN, Decision.FORBIDDEN),
        (member(EDITOR), None, Decision.HIDDEN),
        (member(EDITOR), Target(organisation_id=8, state="open"), Decision.HIDDEN),
        (member(EDITOR), Target(organisation_id=7, state="over"), Decision.WRONG_STATE),
        # Who may not act learns nothing of the state.
        (member(OrganisationRole.VIEWER), Target(organisation_id=7, state="over"), Decision.FORBIDDEN),
        (member(EDITOR, Scope.ORGANISATION_WRITE, by_key=True), OPEN, Decision.ALLOWED),
        (member(EDITOR, Scope.ORGANISATION_READ, by_key=True), OPEN, Decision.SCOPE_MISSING),
        (member(EDITOR, by_key=True), OPEN, Decision.SCOPE_MISSING),
        # A key without the scope is told the same whether the object exists or not.
        (member(EDITOR, by_key=True), None, Decision.SCOPE_MISSING),
        (member(OrganisationRole.VIEWER, *Scope, by_key=True), OPEN, Decision.FORBIDDEN),
    ],
)
def test_an_edit_is_decided_by_role_scope_existence_and_state(
    principal: Principal, target: Target | None, expected: Decision
) -> None:
    assert may(principal, EDIT, target, lambda _code: None) is expected


def test_what_anyone_may_needs_nothing() -> None:
    row = Row("read", (Who.ANYONE,))
    for principal in (ANONYMOUS, member(EDITOR), member(EDITOR, by_key=True)):
        assert may(principal, row, None, lambda _code: None) is Decision.ALLOWED


def test_an_operation_without_an_object_is_allowed_or_forbidden() -> None:
    row = Row("manage", (Who.ADMIN,))
    assert may(Principal(person_id=1, is_admin=True), row, None, lambda _code: None) is Decision.ALLOWED
    assert may(member(EDITOR), row, None, lambda _code: None) is Decision.FORBIDDEN


@pytest.mark.parametrize("scopes", [(), tuple(Scope)])
def test_some_operations_take_any_key_and_some_none(scopes: tuple[Scope, ...]) -> None:
    by_key = member(EDITOR, *scopes, by_key=True)
    for use, expected in ((KeyUse.ANY, Decision.ALLOWED), (KeyUse.NEVER, Decision.SCOPE_MISSING)):
        row = Row("mine", (Who.SIGNED_IN,), key=use)
        assert may(by_key, row, None, lambda _code: None) is expected
        assert may(member(EDITOR), row, None, lambda _code: None) is Decision.ALLOWED


def test_what_is_said_one_may_do_somewhere_follows_from_the_roles() -> None:
    rows = {row.operation: row for row in (EDIT, Row("manage", (Who.ADMIN,)), Row("read", (Who.ANYONE,)))}

    def somewhere(principal: Principal) -> set[str]:
        return {name for name, row in rows.items() if may_somewhere(principal, row)}

    assert somewhere(ANONYMOUS) == {"read"}
    assert somewhere(member(OrganisationRole.VIEWER)) == {"read"}
    assert somewhere(member(EDITOR)) == {"edit", "read"}
    assert somewhere(member(EDITOR, by_key=True)) == {"read"}
    assert somewhere(Principal(person_id=1, is_admin=True)) == {"manage", "read"}


def test_a_member_of_the_organisation_is_told_of_the_conflict_of_interest() -> None:
    row = Row("approve", (Who.REVIEWER,), KIND, (Who.VIEWER, Who.REVIEWER), Scope.REVIEW, ("open",))
    duty = DepartmentRole(Department.ECONOMY, "330000", DepartmentDuty.REVIEWER)
    theirs = Target(7, platform_kind=PlatformKind.PILOT_PLATFORM, region_code="330100", state="open")
    free = Principal(person_id=1, departments=(duty,))
    bound = replace(free, roles=MappingProxyType({7: OrganisationRole.VIEWER}))
    for principal, expected in (
        (free, Decision.ALLOWED),
        (bound, Decision.CONFLICT),
        (member(OrganisationRole.OWNER), Decision.FORBIDDEN),
    ):
        assert may(principal, row, theirs, lambda _code: None) is expected
    assert may(bound, row, replace(theirs, organisation_id=8), lambda _code: None) is Decision.ALLOWED
    assert ConflictOfInterest in row.refusals()
    assert ConflictOfInterest not in EDIT.refusals()


def test_every_refusal_that_can_happen_is_declared() -> None:
    assert set(EDIT.refusals()) == {Unauthenticated, InsufficientScope, Forbidden, NotFound, WrongState}
    assert set(Row("read", (Who.ANYONE,)).refusals()) == {Unauthenticated}
    assert set(Row("mine", (Who.SIGNED_IN,)).refusals()) == {Unauthenticated, SessionRequired}
