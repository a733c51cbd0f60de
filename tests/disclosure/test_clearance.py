"""Who reads how much, and that every reading is recorded in a chain."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.principal import ANONYMOUS, DepartmentRole, Principal
from app.disclosure.clearance import clearances
from app.disclosure.readings import Reading, append_readings, first_broken
from app.disclosure.rules import NO_CLEARANCE, OWNER, Clearance
from app.kit.clock import utcnow
from app.models import (
    AccessLogEntry,
    AccessState,
    AssignmentState,
    Department,
    DepartmentDuty,
    DisclosureTier,
    OrganisationRole,
    PlatformKind,
    ResultOwner,
    ResultState,
    metadata,
)
from tests.factories.people import make_person
from tests.factories.pool import make_access, make_assignment, make_call, make_result
from tests.factories.registry import make_organisation, make_platform, make_vocabulary, stored

TODAY = date(2026, 11, 20)
MEMBERS, GRANTED, SEALED = (
    Clearance(tier) for tier in (DisclosureTier.MEMBERS, DisclosureTier.GRANTED, DisclosureTier.SEALED)
)
_REVIEWER = DepartmentDuty.REVIEWER


def somebody(person_id: int, roles: dict[int, OrganisationRole] | None = None, *duties: DepartmentRole):
    return Principal(person_id=person_id, roles=roles or {}, departments=duties)


async def test_the_clearance_of_everybody_for_results_of_a_centre_and_of_a_department(
    session: AsyncSession,
) -> None:
    await make_vocabulary(session)
    owner, co_owner, operator, other = [await make_organisation(session) for _ in range(4)]
    centre = await make_platform(
        session, kind=PlatformKind.VERIFICATION_CENTRE, operator_id=operator.id, region_code="330100"
    )
    hidden = await make_platform(session, operator_id=other.id, live=False)
    assert not hidden.live
    by_centre, by_province = await make_call(session, centre=centre), await make_call(session)
    draft = await make_result(session, owner)
    ours = await make_result(session, owner, call=by_centre, state=ResultState.SUBMITTED)
    theirs = await make_result(session, owner, call=by_province, state=ResultState.SUBMITTED)
    await stored(session, ResultOwner(result_id=ours.id, organisation_id=co_owner.id))
    expert, recused, asked, late, colleague = [await make_person(session) for _ in range(5)]
    await make_assignment(session, ours, expert, AssignmentState.DONE)
    await make_assignment(session, ours, recused, AssignmentState.RECUSED)
    await make_access(session, theirs, asked, until=TODAY)
    await make_access(session, theirs, late, until=TODAY - timedelta(days=1))
    await make_access(session, ours, asked, AccessState.REVOKED, until=TODAY)
    await make_access(session, theirs, asked, organisation_id=other.id, until=TODAY)

    async def of(principal: Principal) -> tuple[Clearance, ...]:
        found = await clearances(session, principal, [draft.id, ours.id, theirs.id], today=TODAY)
        return tuple(found[result.id] for result in (draft, ours, theirs))

    viewer, editor = OrganisationRole.VIEWER, OrganisationRole.EDITOR
    nothing = (NO_CLEARANCE,) * 3
    assert await of(ANONYMOUS) == nothing
    assert await of(somebody(late.id)) == nothing
    assert await of(somebody(recused.id)) == nothing
    assert await of(Principal(person_id=late.id, is_admin=True, is_expert=True)) == nothing
    assert await of(somebody(colleague.id, {owner.id: viewer})) == (OWNER,) * 3
    assert await of(somebody(colleague.id, {co_owner.id: viewer})) == (NO_CLEARANCE, OWNER, NO_CLEARANCE)
    assert await of(somebody(expert.id)) == (NO_CLEARANCE, SEALED, NO_CLEARANCE)
    assert await of(somebody(asked.id)) == (NO_CLEARANCE, NO_CLEARANCE, GRANTED)
    # Of an organisation without a published platform, but with a grant.
    assert await of(somebody(colleague.id, {other.id: viewer})) == (NO_CLEARANCE, NO_CLEARANCE, GRANTED)
    assert await of(somebody(colleague.id, {operator.id: viewer})) == (MEMBERS,) * 3
    assert await of(somebody(colleague.id, {operator.id: editor})) == (MEMBERS, GRANTED, MEMBERS)
    science, economy = Department.SCIENCE, Department.ECONOMY
    duties = {
        (science, "330000"): (NO_CLEARANCE, SEALED, SEALED),
        (science, "330100"): (NO_CLEARANCE, SEALED, NO_CLEARANCE),
        (science, "330200"): nothing,
        (economy, "330000"): nothing,
    }
    for (department, region), expected in duties.items():
        duty = DepartmentRole(department, region, _REVIEWER)
        assert await of(somebody(colleague.id, {}, duty)) == expected, (department, region)
    # Nobody oversees the centre of an organisation of their own.
    province = DepartmentRole(science, "330000", _REVIEWER)
    assert await of(somebody(colleague.id, {operator.id: viewer}, province)) == (MEMBERS, MEMBERS, SEALED)


async def test_readings_form_a_chain_that_shows_what_was_changed_and_cannot_be_changed(
    session: AsyncSession,
) -> None:
    await make_vocabulary(session)
    owner = await make_organisation(session)
    one, other = await make_result(session, owner), await make_result(session, owner)
    reader = Principal(person_id=1, person_uid=one.uid)
    tiers = {"abstract": DisclosureTier.MEMBERS, "confidential": DisclosureTier.GRANTED}
    readings = [Reading(one.uid, 1, tiers), Reading(other.uid, 1, {"people": DisclosureTier.GRANTED})]
    for _ in range(2):
        await append_readings(session, reader, readings, via="get_result", at=utcnow())
    table = metadata.tables[str(AccessLogEntry.__tablename__)]
    statement = select(table).where(table.c.result_uid == one.uid).order_by(table.c.position)
    entries = [dict(row) for row in (await session.execute(statement)).mappings()]
    assert [(entry["position"], entry["field"]) for entry in entries] == [
        (1, "abstract"),
        (2, "confidential"),
        (3, "abstract"),
        (4, "confidential"),
    ]
    assert first_broken(entries) is None
    assert first_broken([]) is None
    for position, (name, value) in enumerate(
        [("field", "people"), ("reader", "person:other"), ("via", "search"), ("at", utcnow())], start=1
    ):
        changed = [dict(entry) for entry in entries]
        changed[position - 1][name] = value
        assert first_broken(changed) == position
    assert first_broken(entries[1:]) == 1
    assert first_broken([*entries[:1], *entries[2:]]) == 2
    for statement_text in ("UPDATE access_log_entry SET reader = 'nobody'", "DELETE FROM access_log_entry"):
        with pytest.raises(DBAPIError):
            async with session.begin_nested():
                await session.execute(text(statement_text))
