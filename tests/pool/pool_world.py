"""A result submitted to the call of a verification centre, and everybody who has to do with it."""

from dataclasses import dataclass
from datetime import UTC, datetime
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
    Notification,
    Organisation,
    OrganisationRole,
    OutboxEvent,
    Person,
    Platform,
    PlatformKind,
    PoolProject,
    Result,
    ResultNeed,
    ResultState,
    metadata,
)
from app.pool.usecases import create_project
from tests.factories.people import make_duty, make_member, make_person, signed_in_as
from tests.factories.pool import make_call, make_result
from tests.factories.registry import make_organisation, make_platform, make_vocabulary, stored

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MARKS = {
    "title": "标题甲",
    "public_abstract": "简介乙",
    "keywords": "关键词丙",
    "abstract": "secretabstractzq",
    "trl_evidence": "secretevidencezq",
    "needs": "secretneedzq",
    "intellectual_property": "CNsecretpatentzq",
    "people": "secretpersonzq",
    "confidential": "secretknowhowzq",
}
"""What each field of the result says, and nothing else does."""

DOCUMENT: dict[str, Any] = {
    "title": {"zh": f"{MARKS['title']}高安全动力电池", "en": "A safe traction battery"},
    "public_abstract": {"zh": f"{MARKS['public_abstract']}循环寿命显著提高", "en": "It lasts longer"},
    "fields": ["new_energy"],
    "keywords": [MARKS["keywords"]],
    "trl": 5,
    "abstract": f"{MARKS['abstract']} 电解液配方",
    "trl_evidence": MARKS["trl_evidence"],
    "needs": [{"id": "n1", "text": MARKS["needs"], "capability": "overcharge", "must": True}],
    "intellectual_property": [
        {"kind": "invention", "state": "granted", "number": MARKS["intellectual_property"]}
    ],
    "people": [{"name": MARKS["people"]}],
    "confidential": MARKS["confidential"],
}


@dataclass(frozen=True)
class World:
    """`result` of `owner` is submitted to `call` of `centre`; `pilot` is a published platform of `other`."""

    app: FastAPI
    client: httpx.AsyncClient
    session: AsyncSession
    owner: Organisation
    other: Organisation
    centre: Platform
    pilot: Platform
    call: Call
    result: Result
    people: dict[str, Person]
    headers: dict[str, dict[str, str]]

    async def pool(self, result: Result | None = None) -> PoolProject:
        """Pool the result, as a decision of the call does."""
        pooled = result or self.result
        project = await create_project(self.session, pooled, self.call, actor="system", now=NOW)
        pooled.state = ResultState.POOLED
        await self.session.commit()
        return project

    async def ask(
        self, who: str, method: str, path: str, body: Any = None, if_match: str | None = None
    ) -> httpx.Response:
        """Send a request, `who` empty for nobody known; `if_match` is an entity tag, or `read` for that of now."""
        headers = dict(self.headers.get(who, {}))
        if if_match == "read":
            project = "/".join(path.split("/")[:4])
            if_match = (await self.client.get(project, headers=headers)).headers["ETag"]
        if if_match is not None:
            headers["If-Match"] = if_match
        return await self.client.request(method, path, json=body, headers=headers)

    async def rows(self, table: type[Any]) -> list[Any]:
        """Return every row of a table, oldest first."""
        statement = select(table).order_by(metadata.tables[table.__tablename__].c.id)
        found = await self.session.scalars(statement, execution_options={"populate_existing": True})
        rows = list(found)
        await self.session.commit()
        return rows

    async def everything_told(self) -> str:
        """Return all that leaves the system by itself, as text."""
        told = [row.payload for row in await self.rows(OutboxEvent)]
        told += [row.payload for row in await self.rows(Notification)]
        told += [[row.before, row.after] for row in await self.rows(AuditEntry)]
        return repr(told)

    async def readings(self) -> list[tuple[str, str]]:
        """Return who read which field, by the access log."""
        return [(row.reader, row.field) for row in await self.rows(AccessLogEntry)]


async def make_world(app: FastAPI, client: httpx.AsyncClient, session: AsyncSession) -> World:
    app.state.clock = lambda: NOW
    await make_vocabulary(session)
    owner, caller, other = [await make_organisation(session, region_code="330110") for _ in range(3)]
    centre = await make_platform(
        session, kind=PlatformKind.VERIFICATION_CENTRE, region_code="330100", operator_id=caller.id
    )
    pilot = await make_platform(session, kind=PlatformKind.PILOT_PLATFORM, operator_id=other.id)
    call = await make_call(session, centre=centre, now=NOW)
    result = await make_result(
        session, owner, call=call, state=ResultState.UNDER_ASSESSMENT, document=DOCUMENT
    )
    assert result.id is not None
    need = {"result_id": result.id, "need_key": "n1", "must": True, "capability": "overcharge"}
    await stored(session, ResultNeed(**need, stated=DOCUMENT["needs"][0]))
    people: dict[str, Person] = {}
    for name, organisation, role in (
        ("owner", owner, OrganisationRole.EDITOR),
        ("viewer", owner, OrganisationRole.VIEWER),
        ("caller", caller, OrganisationRole.EDITOR),
        ("member", other, OrganisationRole.VIEWER),
    ):
        people[name] = await make_person(session)
        await make_member(session, people[name], organisation, role)
    for name, department, region in (
        ("department", Department.SCIENCE, "330100"),
        ("department elsewhere", Department.SCIENCE, "330200"),
        ("other department", Department.ECONOMY, "330100"),
    ):
        people[name] = await make_person(session)
        await make_duty(session, people[name], department, region, DepartmentDuty.PUBLISHER)
    people["nobody"] = await make_person(session)
    headers = {name: await signed_in_as(session, app, person) for name, person in people.items()}
    await session.commit()
    return World(app, client, session, owner, other, centre, pilot, call, result, people, headers)
