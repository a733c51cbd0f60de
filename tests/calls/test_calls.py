"""Calls over HTTP, from planning to the end."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.calls.queries import CALL, has_state
from app.calls.rules import CallState, fixed_while_open, state_of, takes_field, takes_region
from app.models import (
    AuditEntry,
    Department,
    DepartmentDuty,
    Notification,
    OrganisationRole,
    Person,
    Platform,
    PlatformKind,
    ResultState,
)
from tests.factories.people import LONG_AGO, make_duty, make_member, make_person, signed_in_as
from tests.factories.pool import make_call, make_result
from tests.factories.registry import make_organisation, make_platform, make_vocabulary

DAY = timedelta(days=1)


@given(st.integers(-5, 5), st.integers(-5, 5), st.booleans())
def test_a_call_is_in_one_state_at_each_moment(opens: int, closes: int, cancelled: bool) -> None:
    found = state_of(
        LONG_AGO + opens * DAY, LONG_AGO + closes * DAY, LONG_AGO if cancelled else None, LONG_AGO
    )
    if cancelled:
        assert found is CallState.CANCELLED
    else:
        assert (found is CallState.SCHEDULED) == (opens > 0)
        assert (found is CallState.OPEN) == (opens <= 0 < closes)


@pytest.mark.parametrize(
    ("asked", "given_fields", "fits"),
    [
        ([], ["robotics"], True),
        ([], [], True),
        (["new_energy"], ["new_energy.02"], True),
        (["new_energy.02"], ["new_energy"], False),
        (["new_energy"], ["new_energy_2"], False),
        (["robotics", "new_energy"], ["other", "new_energy"], True),
    ],
)
def test_a_call_for_a_field_takes_its_sub_directions(
    asked: list[str], given_fields: list[str], fits: bool
) -> None:
    assert takes_field(asked, given_fields) is fits


def test_a_place_is_taken_with_its_city_and_province() -> None:
    assert takes_region(["330000"], ("330110", "330100", "330000"))
    assert takes_region([], ())
    assert not takes_region(["330200"], ("330110", "330100", "330000"))


def test_an_open_call_keeps_what_submitters_rely_on() -> None:
    assert fixed_while_open({"title", "closes_at"}) == []
    assert fixed_while_open({"title", "rubric", "fields"}) == ["fields", "rubric"]


def body_of(now: Any, **known: Any) -> dict[str, Any]:
    return {
        "title": {"zh": "新能源概念验证项目征集", "en": "New energy results"},
        "fields": ["new_energy"],
        "regions": ["330100"],
        "opens_at": (now + DAY).isoformat(),
        "closes_at": (now + 9 * DAY).isoformat(),
        "required": ["trl", "attachments"],
        **known,
    }


@dataclass
class World:
    """A centre and its operator, a department, and people of both; `now` is the time of the application."""

    client: httpx.AsyncClient
    app: FastAPI
    session: AsyncSession
    centre: Platform
    pilot: Platform
    hidden: Platform
    people: dict[str, Person]
    now: datetime = LONG_AGO
    headers: dict[str, dict[str, str]] = field(default_factory=dict)

    async def at(self, now: datetime) -> None:
        self.now = now
        self.app.state.clock = lambda: self.now
        for name, person in self.people.items():
            self.headers[name] = await signed_in_as(self.session, self.app, person)
        await self.session.commit()

    async def ask(self, who: str, method: str, path: str, body: Any = None, tag: str | None = None) -> Any:
        sent = {**self.headers.get(who, {}), **({} if tag is None else {"If-Match": tag})}
        return await self.client.request(method, path, json=body, headers=sent)

    async def found(self, query: str) -> list[str]:
        answer = await self.ask("nobody", "GET", f"/v1/calls?{query}")
        assert answer.status_code == 200, answer.text
        return [one["slug"] for one in answer.json()["items"]]


@pytest.fixture
async def world(app: FastAPI, client: httpx.AsyncClient, session: AsyncSession) -> World:
    await make_vocabulary(session)
    operator = await make_organisation(session, region_code="330110")
    centre = {"operator_id": operator.id, "kind": PlatformKind.VERIFICATION_CENTRE, "region_code": "330110"}
    people = {name: await make_person(session) for name in ("editor", "viewer", "stranger", "reviewer")}
    await make_member(session, people["editor"], operator, OrganisationRole.EDITOR)
    await make_member(session, people["viewer"], operator, OrganisationRole.VIEWER)
    await make_duty(session, people["reviewer"], Department.SCIENCE, "330100", DepartmentDuty.REVIEWER)
    world = World(
        client,
        app,
        session,
        centre=await make_platform(session, **centre),
        pilot=await make_platform(session, operator_id=operator.id),
        hidden=await make_platform(session, **centre, live=False),
        people=people,
    )
    await world.at(LONG_AGO)
    return world


async def test_a_centre_calls_edits_and_cancels_and_everybody_reads(world: World) -> None:
    call, by_department = await create(world)
    path = f"/v1/calls/{call['id']}"
    tag = await edit_before_it_opens(world, call, path)
    await world.at(LONG_AGO + 2 * DAY)
    await find(world, by_department["slug"])
    tag = await edit_while_it_is_open(world, path, tag)
    await cancel(world, path, tag)
    actions = [entry.action for entry in await world.session.scalars(select(AuditEntry))]
    assert sorted(actions) == [
        "call.cancelled",
        "call.changed",
        "call.changed",
        "call.created",
        "call.created",
    ]


async def create(world: World) -> tuple[Any, Any]:
    asked = body_of(world.now, platform_id=world.centre.slug, slug="spring-call")
    for who, status in (("nobody", 401), ("viewer", 403), ("stranger", 403), ("reviewer", 403)):
        assert (await world.ask(who, "POST", "/v1/calls", asked)).status_code == status, who
    for wrong, pointer in (
        ({"platform_id": world.pilot.slug}, "/body/platform_id"),
        ({"platform_id": world.hidden.slug}, "/body/platform_id"),
        ({"fields": ["new_enrgy"]}, "/body/fields"),
        ({"required": ["secret"]}, "/body/required/0"),
        ({"closes_at": world.now.isoformat()}, "/body/closes_at"),
        ({"rubric": [{"key": "a", "name": {"zh": "甲"}, "weight": 99}]}, "/body/rubric"),
        ({"department": "science", "region_code": "330100"}, "/body"),
    ):
        refused = await world.ask("editor", "POST", "/v1/calls", asked | wrong)
        assert refused.status_code == 422, refused.text
        assert refused.json()["errors"][0]["pointer"] == pointer, refused.text
    created = await world.ask("editor", "POST", "/v1/calls", asked)
    assert created.status_code == 201, created.text
    call = created.json()
    assert call["state"] == "scheduled"
    assert sum(one["weight"] for one in call["rubric"]) == 100
    assert (await world.ask("editor", "POST", "/v1/calls", asked)).json()["code"] == "call-slug-taken"
    # A department's: the same people, by what they are competent for.
    elsewhere = body_of(world.now, department="science", region_code="330200")
    assert (await world.ask("reviewer", "POST", "/v1/calls", elsewhere)).status_code == 403
    mine = body_of(world.now, department="science", region_code="330100", fields=[], regions=[])
    by_department = (await world.ask("reviewer", "POST", "/v1/calls", mine)).json()
    assert by_department["owner"]["department"] == "science"
    return call, by_department


async def edit_before_it_opens(world: World, call: Any, path: str) -> str:
    read = await world.ask("nobody", "GET", "/v1/calls/spring-call")
    assert read.json() == call
    tag = read.headers["ETag"]
    for who, status in (("nobody", 401), ("viewer", 403), ("reviewer", 403)):
        assert (await world.ask(who, "PATCH", path, {"required": []}, tag)).status_code == status, who
    assert (await world.ask("editor", "PATCH", path, {"required": []})).status_code == 428
    assert (await world.ask("editor", "PATCH", path, {"title": None}, tag)).status_code == 422
    changed = await world.ask("editor", "PATCH", path, {"required": [], "description": {"zh": "说明"}}, tag)
    assert changed.json()["required"] == []
    assert changed.json()["description"] == {"zh": "说明", "en": None}
    assert (await world.ask("editor", "PATCH", path, {"required": []}, tag)).status_code == 412
    return str(changed.headers["ETag"])


async def find(world: World, by_department: str) -> None:
    both = {by_department, "spring-call"}
    assert set(await world.found("state=open")) == both
    assert await world.found("state=scheduled&state=closed") == []
    assert set(await world.found("field=new_energy.01")) == both
    assert await world.found("field=robotics") == [by_department]
    assert set(await world.found("region=330110")) == both
    assert await world.found("region=330200") == [by_department]
    assert await world.found(f"platform={world.centre.uid}") == ["spring-call"]
    assert await world.found("department=science") == [by_department]
    assert set(await world.found("q=ENERGY")) == both
    assert await world.found("q=%25") == []


async def edit_while_it_is_open(world: World, path: str, tag: str) -> str:
    locked = await world.ask("editor", "PATCH", path, {"required": ["trl"], "fields": []}, tag)
    assert (locked.status_code, locked.json()["code"]) == (409, "fixed-once-open")
    assert [one["pointer"] for one in locked.json()["errors"]] == ["/body/fields", "/body/required"]
    sooner = {"closes_at": (LONG_AGO + 5 * DAY).isoformat()}
    assert (await world.ask("editor", "PATCH", path, sooner, tag)).status_code == 422
    later = {"closes_at": (LONG_AGO + 12 * DAY).isoformat(), "title": {"zh": "延期的征集"}, "required": []}
    kept = await world.ask("editor", "PATCH", path, later, tag)
    assert kept.status_code == 200, kept.text
    return str(kept.headers["ETag"])


async def cancel(world: World, path: str, tag: str) -> None:
    owner = await make_organisation(world.session)
    submitter = await make_person(world.session)
    await make_member(world.session, submitter, owner, OrganisationRole.OWNER)
    row = (await world.session.scalars(select(CALL.id).where(CALL.slug == "spring-call"))).one()
    await make_result(world.session, owner, state=ResultState.SUBMITTED, call_id=row, submitted=1)
    await world.session.commit()
    end = {"reason": "经费调整"}
    cancelled = await world.ask("editor", "POST", f"{path}/cancellation", end, tag)
    assert cancelled.json()["state"] == "cancelled"
    assert cancelled.json()["cancel_reason"] == "经费调整"
    told = (await world.session.scalars(select(Notification))).all()
    assert [(one.person_id, one.type) for one in told] == [(submitter.id, "call_cancelled")]
    tag = cancelled.headers["ETag"]
    assert (await world.ask("editor", "POST", f"{path}/cancellation", end, tag)).json()[
        "code"
    ] == "wrong-state"
    assert (await world.ask("editor", "PATCH", path, {"required": []}, tag)).json()["code"] == "wrong-state"


async def test_the_state_by_rule_and_by_sql_are_the_same(session: AsyncSession) -> None:
    await make_vocabulary(session)
    calls = [
        await make_call(
            session,
            opens_at=LONG_AGO + opens * DAY,
            closes_at=LONG_AGO + closes * DAY,
            cancelled_at=LONG_AGO if cancelled else None,
        )
        for opens, closes in ((-2, -1), (-2, 0), (-1, 1), (0, 1), (1, 2))
        for cancelled in (False, True)
    ]
    for state in CallState:
        by_sql = set(await session.scalars(select(CALL.id).where(has_state(state, LONG_AGO))))
        by_rule = {
            one.id
            for one in calls
            if state_of(one.opens_at, one.closes_at, one.cancelled_at, LONG_AGO) is state
        }
        assert by_sql == by_rule, state
