"""How much of which result somebody may read, from the database.

Owners and co-owners read everything; the department that is competent for the call, and the experts assigned, up to
`sealed`; the people of the centre that called, and whoever was granted access, up to `granted`; the people of an
organisation with a published platform up to `members`; everybody else what is public. Nobody reads as department or
caller before the result was submitted to that call.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, false, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.principal import ANONYMOUS, DepartmentRole, Principal
from app.auth.scopes import Scope
from app.auth.who import KIND_OF_DEPARTMENT, ROLES_OF, Who, within_region
from app.disclosure.rules import NO_CLEARANCE, OWNER, Clearance
from app.models import AccessState, AssignmentState, DisclosureTier, PlatformKind, ResultState, metadata

_RESULT = metadata.tables["result"].c
_CO_OWNER = metadata.tables["result_owner"].c
_CALL = metadata.tables["call"].c
_PLATFORM = metadata.tables["platform"].c
_ACCESS = metadata.tables["access_request"].c
_ASSIGNMENT = metadata.tables["assignment"].c

_MEMBERS = Clearance(DisclosureTier.MEMBERS)
_GRANTED = Clearance(DisclosureTier.GRANTED)
_SEALED = Clearance(DisclosureTier.SEALED)


def reads_as(principal: Principal) -> Principal:
    """Return as whom the principal reads results: an API key without the scope reads as nobody."""
    limited = principal.scopes is not None and Scope.RESULT_READ not in principal.scopes
    return ANONYMOUS if limited else principal


async def clearances(
    session: AsyncSession,
    principal: Principal,
    result_ids: Sequence[int],
    *,
    today: date,
    is_member: bool | None = None,
) -> Mapping[int, Clearance]:
    """Return the clearance of the principal for each result, in at most two statements whatever their number.

    `is_member` is what `is_platform_member` says, where the caller has asked it.
    """
    principal = reads_as(principal)
    if not principal.is_signed_in or not result_ids:
        return dict.fromkeys(result_ids, NO_CLEARANCE)
    if is_member is None:
        is_member = await _is_member(session, principal)
    found = dict.fromkeys(result_ids, _MEMBERS if is_member else NO_CLEARANCE)
    levels = (
        (_GRANTED, _is_granted_to(principal, today)),
        (_GRANTED, _called_by_own_centre(principal)),
        (_SEALED, _assigned_to(principal)),
        (_SEALED, _under_department(principal)),
        (OWNER, is_owned_by(principal)),
    )
    held = [
        select(_RESULT.id, literal(level).label("level")).where(_RESULT.id.in_(result_ids), condition)
        for level, (_, condition) in enumerate(levels)
    ]
    for row in await session.execute(union_all(*held).order_by("level")):
        found[row.id] = levels[row.level][0]
    return found


async def clearance(session: AsyncSession, principal: Principal, result_id: int, *, today: date) -> Clearance:
    """Return the clearance of the principal for one result."""
    return (await clearances(session, principal, [result_id], today=today))[result_id]


def known_to(principal: Principal, *, is_member: bool, today: date, now: datetime) -> ColumnElement[bool]:
    """The SQL side of `app.disclosure.rules.is_known`; `is_member` as `is_platform_member` says."""
    principal = reads_as(principal)
    pooled = _RESULT.state == ResultState.POOLED.value
    if not principal.is_signed_in:
        return pooled
    may_read = or_(
        _is_granted_to(principal, today),
        _called_by_own_centre(principal),
        _assigned_to(principal),
        _under_department(principal),
    )
    out = (ResultState.DRAFT.value, ResultState.WITHDRAWN.value)
    known = or_(pooled, is_owned_by(principal), _RESULT.state.not_in(out) & may_read)
    return or_(known, _under_open_call(now)) if is_member else known


def _under_open_call(now: datetime) -> ColumnElement[bool]:
    open_now = (_CALL.cancelled_at.is_(None)) & (_CALL.opens_at <= now) & (_CALL.closes_at > now)
    waiting = (ResultState.SUBMITTED.value, ResultState.UNDER_ASSESSMENT.value)
    return _RESULT.state.in_(waiting) & _RESULT.call_id.in_(select(_CALL.id).where(open_now))


async def is_platform_member(session: AsyncSession, principal: Principal) -> bool:
    """Tell whether somebody reads the `members` tier of every result that is known to members."""
    reads = reads_as(principal)
    return reads.is_signed_in and await _is_member(session, reads)


async def _is_member(session: AsyncSession, principal: Principal) -> bool:
    if not principal.roles:
        return False
    operated = select(_PLATFORM.id).where(_PLATFORM.live, _PLATFORM.operator_id.in_(principal.roles)).limit(1)
    return (await session.scalar(operated)) is not None


def owned_by(principal: Principal) -> Select[int]:
    """Return a statement for the keys of the results that an organisation of the principal owns or co-owns."""
    return select(_RESULT.id).where(is_owned_by(principal))


def is_owned_by(principal: Principal) -> ColumnElement[bool]:
    """An organisation of the principal owns or co-owns the result."""
    own = list(principal.roles)
    co_owned = select(_CO_OWNER.result_id).where(_CO_OWNER.organisation_id.in_(own))
    return or_(_RESULT.organisation_id.in_(own), _RESULT.id.in_(co_owned.correlate(None)))


def _is_granted_to(principal: Principal, today: date) -> ColumnElement[bool]:
    for_whom = or_(
        and_(_ACCESS.organisation_id.is_(None), _ACCESS.person_id == principal.person_id),
        _ACCESS.organisation_id.in_(list(principal.roles)),
    )
    granted = and_(_ACCESS.state == AccessState.GRANTED.value, _ACCESS.until >= today)
    return _RESULT.id.in_(select(_ACCESS.result_id).where(granted, for_whom).correlate(None))


def _called_by_own_centre(principal: Principal) -> ColumnElement[bool]:
    editing = [key for key, role in principal.roles.items() if role in ROLES_OF[Who.EDITOR]]
    centres = select(_PLATFORM.id).where(_PLATFORM.operator_id.in_(editing))
    return _submitted_to(_CALL.platform_id.in_(centres))


def _assigned_to(principal: Principal) -> ColumnElement[bool]:
    judging = (AssignmentState.ASSIGNED.value, AssignmentState.DONE.value)
    assigned = select(_ASSIGNMENT.result_id).where(
        _ASSIGNMENT.person_id == principal.person_id, _ASSIGNMENT.state.in_(judging)
    )
    return _RESULT.id.in_(assigned.correlate(None))


def _under_department(principal: Principal) -> ColumnElement[bool]:
    return _submitted_to(calls_overseen_by(principal))


def calls_overseen_by(principal: Principal) -> ColumnElement[bool]:
    """Return the condition of the calls of the principal's departments and of the centres they are competent for.

    Nobody oversees a call of a centre that belongs to an organisation of their own. Source: design section 2,
    authority.
    """
    return or_(false(), *(_overseen_by(duty, principal) for duty in principal.departments))


def _overseen_by(duty: DepartmentRole, principal: Principal) -> ColumnElement[bool]:
    own = and_(_CALL.department == duty.department.value, within_region(duty, _CALL.region_code))
    if KIND_OF_DEPARTMENT[duty.department] is not PlatformKind.VERIFICATION_CENTRE:
        return own
    centres = select(_PLATFORM.id).where(
        _PLATFORM.kind == PlatformKind.VERIFICATION_CENTRE.value,
        within_region(duty, _PLATFORM.region_code),
        or_(_PLATFORM.operator_id.is_(None), _PLATFORM.operator_id.not_in(list(principal.roles))),
    )
    return or_(own, _CALL.platform_id.in_(centres))


def _submitted_to(which: ColumnElement[bool]) -> ColumnElement[bool]:
    # The calls of its own, not those of the statement that it is put into.
    calls = select(_CALL.id).where(which).correlate(None)
    return and_(_RESULT.call_id.in_(calls), _RESULT.submitted.is_not(None))
