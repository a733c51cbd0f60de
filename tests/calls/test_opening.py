"""A call that opens is told, once, to those who have a result for it; on both databases."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.calls.opening import tell_of_opened_calls
from app.db import SessionFactory, writing
from app.models import (
    Call,
    Notification,
    Organisation,
    OrganisationRole,
    OutboxEvent,
    Person,
    ResultState,
    ResultVersion,
)
from tests.factories.people import LONG_AGO, make_member, make_person
from tests.factories.pool import make_call, make_result
from tests.factories.registry import make_organisation, make_vocabulary, stored

DAY = timedelta(days=1)
SECRET = "机密标题-9c1e"
ENERGY: dict[str, Any] = {"title": {"zh": SECRET}, "fields": ["new_energy.01"], "confidential": SECRET}
ROBOTS: dict[str, Any] = {"title": {"zh": SECRET}, "fields": ["robotics"]}
OTHER_FIELD = {"fields": ["robotics"], "regions": []}


@dataclass
class World:
    """Organisations, each with its editor, by what they have: some have a result that the usual call takes."""

    session: AsyncSession
    new_session: SessionFactory
    owners: dict[str, Organisation]
    people: dict[str, Person]

    async def call(self, **known: Any) -> Call:
        """A call for new energy in Hangzhou that opens now, unless something else is said."""
        window = {"opens_at": LONG_AGO, "closes_at": LONG_AGO + 10 * DAY}
        asked = {"fields": ["new_energy"], "regions": ["330100"], **window, **known}
        return await make_call(self.session, **asked)

    async def tell(self, days: float = 0) -> int:
        """Let a worker look that knows only what is stored, as after a restart."""
        await self.session.commit()
        async with writing(self.new_session) as session:
            return await tell_of_opened_calls(session, LONG_AGO + days * DAY)

    async def told_of(self, call: Call) -> list[str]:
        names = {person.id: name for name, person in self.people.items()}
        rows = await self.session.scalars(select(Notification))
        return sorted(names[row.person_id] for row in rows if row.entity_uid == call.uid)

    async def events_of(self, call: Call) -> list[OutboxEvent]:
        rows = await self.session.scalars(select(OutboxEvent))
        return [row for row in rows if row.entity_uid == call.uid and row.type == "call.opened"]


@pytest.fixture
async def world(session: AsyncSession, new_session: SessionFactory) -> World:
    await make_vocabulary(session)
    owners, people = {}, {}
    for name, region, demo in (
        ("two fit", "330110", False),
        ("returned", "330100", False),
        ("revised", "330110", False),
        ("demo", "330110", True),
        ("other field", "330110", False),
        ("elsewhere", "330200", False),
        ("nowhere", None, False),
        ("busy", "330110", False),
    ):
        owners[name] = await make_organisation(session, region_code=region, demo=demo)
        people[name] = await make_person(session)
        await make_member(session, people[name], owners[name], OrganisationRole.EDITOR)
    people["owner"], people["viewer"] = await make_person(session), await make_person(session)
    await make_member(session, people["owner"], owners["two fit"], OrganisationRole.OWNER)
    # Of two of the organisations: told once.
    await make_member(session, people["owner"], owners["returned"], OrganisationRole.EDITOR)
    await make_member(session, people["viewer"], owners["two fit"], OrganisationRole.VIEWER)
    disabled = await make_person(session, disabled=True)
    await make_member(session, disabled, owners["two fit"], OrganisationRole.EDITOR)
    before = await make_call(session, closes_at=LONG_AGO - DAY)
    for name in ("two fit", "two fit", "demo", "elsewhere", "nowhere"):
        await make_result(session, owners[name], document=ENERGY)
    await make_result(session, owners["other field"], document=ROBOTS)
    await make_result(session, owners["returned"], document=ENERGY, call=before, state=ResultState.RETURNED)
    for state in (ResultState.SUBMITTED, ResultState.POOLED, ResultState.WITHDRAWN, ResultState.DECLINED):
        await make_result(session, owners["busy"], document=ENERGY, call=before, state=state)
    # What counts is what would be submitted: the revision, not the version that was returned.
    revised = await make_result(
        session, owners["revised"], document=ENERGY, call=before, state=ResultState.RETURNED, newest=2
    )
    await stored(
        session,
        ResultVersion(
            result_id=revised.id or 0, number=2, document=dict(ROBOTS), tiers={}, created_at=LONG_AGO
        ),
    )
    return World(session, new_session, owners, people)


async def test_whoever_has_a_result_for_a_call_is_told_once_that_it_is_open(world: World) -> None:
    usual = ["demo", "owner", "returned", "two fit"]
    call = await world.call()
    cancelled = await world.call(cancelled_at=LONG_AGO)
    closed = await world.call(opens_at=LONG_AGO - 9 * DAY, closes_at=LONG_AGO)
    later = await world.call(opens_at=LONG_AGO + 2 * DAY, **OTHER_FIELD)
    demo = await world.call(demo=True, fields=[], regions=[])
    for_nobody = await world.call(fields=["new_energy.02"])

    assert await world.tell() == len(usual) + 1
    assert await world.told_of(call) == usual
    assert await world.told_of(demo) == ["demo"]
    untold = (cancelled, closed, later, for_nobody)
    assert [await world.told_of(one) for one in untold] == [[]] * 4
    assert [await world.events_of(one) for one in untold] == [[]] * 4

    # Nobody is told again, nor of a result that came later; and one that opened meanwhile is told by the clock.
    assert await world.tell() == 0
    await make_result(world.session, world.owners["other field"], document=ENERGY)
    assert await world.tell(days=1) == 0
    assert await world.tell(days=2) == 2
    assert await world.told_of(later) == ["other field", "revised"]
    # Moved so that it is open now, and cancelled before anybody looked.
    moved = await world.call(opens_at=LONG_AGO + 5 * DAY, **OTHER_FIELD)
    ended = await world.call(opens_at=LONG_AGO + 2.5 * DAY, **OTHER_FIELD)
    assert await world.tell(days=2) == 0
    moved.opens_at, ended.cancelled_at = LONG_AGO + 2.5 * DAY, LONG_AGO + 2.7 * DAY
    assert await world.tell(days=3) == 2
    assert await world.told_of(moved) == ["other field", "revised"]
    assert await world.told_of(ended) == []
    assert await world.tell(days=9) == 0

    rows = list(await world.session.scalars(select(Notification)))
    assert set(Counter((row.person_id, row.cause) for row in rows).values()) == {1}
    [event] = await world.events_of(call)
    assert event.audience == {
        "organisations": sorted(str(world.owners[name].uid) for name in ("demo", "two fit", "returned")),
        "people": [],
    }
    assert event.position is None
    [[of_demo], [of_moved]] = [await world.events_of(one) for one in (demo, moved)]
    assert of_demo.audience["organisations"] == [str(world.owners["demo"].uid)]
    assert set(of_moved.payload) == {"slug", "title", "closes_at"}
    assert SECRET not in f"{[row.payload for row in rows]}{event.payload}{of_demo.payload}{of_moved.payload}"


async def test_a_call_that_closes_at_midnight_is_told_with_the_day_before(world: World) -> None:
    midnight = LONG_AGO.replace(day=20, hour=16, minute=0, second=0)
    await world.call(closes_at=midnight)
    await world.call(closes_at=midnight + timedelta(seconds=1))
    await world.tell()
    rows = await world.session.scalars(select(Notification))
    assert {row.payload["closes_on"] for row in rows} == {"2026-01-20", "2026-01-21"}
