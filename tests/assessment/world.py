"""A call of a centre and one of the department, results, five experts, and everybody who has to do with them."""

from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import (
    AccessLogEntry,
    AuditEntry,
    Call,
    Department,
    DepartmentDuty,
    ExpertProfile,
    Organisation,
    OrganisationRole,
    Person,
    PlatformKind,
    Result,
    ResultOwner,
    ResultState,
    metadata,
)
from tests.factories.people import make_duty, make_member, make_person, signed_in_as
from tests.factories.pool import make_call, make_result
from tests.factories.registry import make_organisation, make_platform, make_vocabulary, stored

SECRET = "机密配方-7f3a"
GOOD = {"innovation": 9, "maturity": 8, "market": 9, "team": 9, "feasibility": 8}
"""Scores of 86 points."""
POOR = {"innovation": 2, "maturity": 3, "market": 2, "team": 3, "feasibility": 2}
"""Scores of 23 points."""

EXPERTS = {
    "battery": ["new_energy"],
    "robots": ["robotics"],
    "both": ["new_energy", "robotics"],
    "energy": ["new_energy"],
    "kin": ["new_energy", "robotics"],
}


@dataclass(frozen=True)
class World:
    """`battery` is a result of `owner` and `partner` in both fields, submitted to the centre's call; `robot` another.

    The expert `kin` is a member of `partner`.
    """

    client: httpx.AsyncClient
    session: AsyncSession
    owner: Organisation
    partner: Organisation
    call: Call
    battery: Result
    robot: Result
    people: dict[str, Person]
    headers: dict[str, dict[str, str]]

    async def ask(
        self, who: str, method: str, path: str, body: Any = None, *, expect: int, if_match: str | None = None
    ) -> Any:
        """Send a request under /v1 and return the body of the answer, which must have the status."""
        headers = {**self.headers[who], **({"If-Match": if_match} if if_match else {})}
        answer = await self.client.request(method, f"/v1{path}", json=body, headers=headers)
        assert answer.status_code == expect, answer.text
        return answer.json() if answer.content else None

    async def assignment_of(self, expert: str, result: Result | None = None) -> str:
        """Return the path of the newest assignment of an expert."""
        page = await self.ask(expert, "GET", "/assignments", expect=200)
        slug = (result or self.battery).slug
        return "/assignments/" + next(
            str(one["id"]) for one in page["items"] if one["result"]["slug"] == slug
        )

    async def told(self, who: str) -> list[str]:
        """Return the types of what somebody was told, in order."""
        table = metadata.tables["notification"].c
        statement = select(table.type).where(table.person_id == self.people[who].id).order_by(table.id)
        return list(await self.session.scalars(statement))

    async def state(self, result: Result | None = None) -> ResultState:
        table = metadata.tables["result"].c
        statement = select(table.state).where(table.id == (result or self.battery).id)
        return ResultState(str(await self.session.scalar(statement)))

    async def readings(self) -> list[AccessLogEntry]:
        return list(await self.session.scalars(select(AccessLogEntry)))

    async def trail(self) -> list[AuditEntry]:
        return list(await self.session.scalars(select(AuditEntry)))


async def make_world(app: FastAPI, client: httpx.AsyncClient, session: AsyncSession) -> World:
    await make_vocabulary(session)
    operator = await make_organisation(session, region_code="330110")
    owner, partner = [await make_organisation(session, region_code="330110") for _ in range(2)]
    centre = await make_platform(
        session, operator_id=operator.id, kind=PlatformKind.VERIFICATION_CENTRE, region_code="330110"
    )
    call = await make_call(session, centre=centre, experts_per_result=2, disagreement_bound=20)
    people: dict[str, Person] = {}

    async def add(name: str, organisation: Organisation | None = None, **known: Any) -> Person:
        people[name] = await make_person(session, **known)
        if organisation is not None:
            await make_member(session, people[name], organisation, OrganisationRole.EDITOR)
        return people[name]

    await add("caller", operator)
    await add("researcher", owner)
    await add("partner", partner)
    await add("stranger")
    await add("two hats", operator)
    await make_member(session, people["two hats"], owner, OrganisationRole.VIEWER)
    for name, department in (("department", Department.SCIENCE), ("economy", Department.ECONOMY)):
        await make_duty(session, await add(name), department, "330100", DepartmentDuty.PUBLISHER)
    for name, disciplines in EXPERTS.items():
        person = await add(name, partner if name == "kin" else None, is_expert=True)
        await stored(session, ExpertProfile(person_id=person.id or 0, disciplines=disciplines, quota=2))
    battery, robot = [
        await make_result(
            session,
            owner,
            call=call,
            state=ResultState.SUBMITTED,
            document={"title": {"zh": title}, "fields": fields, "confidential": SECRET},
        )
        for title, fields in (("高安全电池", ["new_energy", "robotics"]), ("机器人关节", ["robotics"]))
    ]
    session.add(ResultOwner(result_id=battery.id or 0, organisation_id=partner.id or 0))
    headers = {name: await signed_in_as(session, app, person) for name, person in people.items()}
    await session.commit()
    return World(client, session, owner, partner, call, battery, robot, people, headers)
