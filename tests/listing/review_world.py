"""A platform with a draft, and everybody who has to do with its review."""

from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import (
    AuditEntry,
    Department,
    DepartmentDuty,
    Listing,
    ListingState,
    Organisation,
    OrganisationRole,
    OutboxEvent,
    Person,
    Platform,
    PlatformKind,
    metadata,
)
from tests.factories.people import make_duty, make_member, make_person, signed_in_as
from tests.factories.registry import make_organisation, make_platform, make_vocabulary, stored

REVIEWER, PUBLISHER = DepartmentDuty
SCIENCE, ECONOMY = Department
_DUTIES = {
    "reviewer": (ECONOMY, "330100", REVIEWER),
    "publisher": (ECONOMY, "330100", PUBLISHER),
    "reviewer of the province": (ECONOMY, "330000", REVIEWER),
    "publisher of the province": (ECONOMY, "330000", PUBLISHER),
    "reviewer elsewhere": (ECONOMY, "330200", REVIEWER),
    "publisher elsewhere": (ECONOMY, "330200", PUBLISHER),
    "reviewer of the other kind": (SCIENCE, "330100", REVIEWER),
    "publisher of the other kind": (SCIENCE, "330100", PUBLISHER),
}
HIDDEN_FROM = (
    "reviewer elsewhere",
    "publisher elsewhere",
    "reviewer of the other kind",
    "publisher of the other kind",
    "stranger",
    "owner elsewhere",
)
"""Who must not learn that the draft exists."""


@dataclass(frozen=True)
class World:
    """`platform` is a draft of `operator`, never published; `seeded` is public, and nobody speaks for it."""

    app: FastAPI
    client: httpx.AsyncClient
    session: AsyncSession
    operator: Organisation
    elsewhere: Organisation
    platform: Platform
    seeded: Platform
    people: dict[str, Person]
    headers: dict[str, dict[str, str]]

    def path(self, rest: str = "", platform: Platform | None = None) -> str:
        return f"/v1/platforms/{(platform or self.platform).slug}{rest}"

    async def ask(
        self, who: str, method: str, path: str, body: Any = None, if_match: str | None = None
    ) -> httpx.Response:
        """Send a request; `if_match` is an entity tag, or `read` for that of a GET by the same person."""
        headers = dict(self.headers.get(who, {}))
        if if_match == "read":
            read = await self.client.get(path, headers=headers)
            assert read.status_code == 200, read.text
            if_match = read.headers["ETag"]
        if if_match is not None:
            headers["If-Match"] = if_match
        return await self.client.request(method, path, json=body, headers=headers)

    async def version(self, who: str = "owner", platform: Platform | None = None) -> str:
        """Return the entity tag of the newest revision."""
        answer = await self.ask(who, "GET", self.path("/submission", platform))
        assert answer.status_code == 200, answer.text
        return answer.headers["ETag"]

    async def submit(self) -> httpx.Response:
        return await self.ask("owner", "POST", self.path("/submission"), if_match=await self.version())

    async def decide(
        self, decision: str, who: str = "reviewer", note: str | None = "请看意见"
    ) -> httpx.Response:
        body = {"decision": decision, "note": note}
        return await self.ask(who, "POST", self.path("/decisions"), body, await self.version(who))

    async def state(self, platform: Platform | None = None) -> ListingState:
        statement = select(Listing.state).where(
            metadata.tables["listing"].c.platform_id == (platform or self.platform).id
        )
        return ListingState(await self.session.scalar(statement) or "published")

    async def trail(self) -> list[AuditEntry]:
        """Return the audit entries, oldest first."""
        statement = select(AuditEntry).order_by(metadata.tables["audit_entry"].c.id)
        return list(await self.session.scalars(statement))

    async def actions(self) -> list[str]:
        return [entry.action for entry in await self.trail()]

    async def events(self) -> list[OutboxEvent]:
        statement = select(OutboxEvent).order_by(metadata.tables["outbox_event"].c.id)
        return list(await self.session.scalars(statement))


async def make_draft(session: AsyncSession, operator: Organisation, **known: Any) -> Platform:
    """A platform that was never published, in its first draft."""
    values = {
        "kind": PlatformKind.PILOT_PLATFORM,
        "region_code": "330110",
        "tier": None,
        "live": False,
        "demo": False,
        **known,
    }
    platform = await make_platform(session, operator_id=operator.id, **values)
    assert platform.id is not None
    await stored(session, Listing(platform_id=platform.id, state=ListingState.DRAFT, version=3))
    return platform


async def make_world(app: FastAPI, client: httpx.AsyncClient, session: AsyncSession) -> World:
    await make_vocabulary(session)
    operator = await make_organisation(session, region_code="330110", demo=False)
    elsewhere = await make_organisation(session, region_code="330200", demo=False)
    people: dict[str, Person] = {"stranger": await make_person(session)}
    people["admin"] = await make_person(session, is_admin=True)
    for role in OrganisationRole:
        people[role.value] = await make_person(session)
        await make_member(session, people[role.value], operator, role)
    people["owner elsewhere"] = await make_person(session)
    await make_member(session, people["owner elsewhere"], elsewhere, OrganisationRole.OWNER)
    for name, duty in _DUTIES.items():
        people[name] = await make_person(session)
        await make_duty(session, people[name], *duty)
    people["own reviewer"] = await make_person(session)
    await make_member(session, people["own reviewer"], operator, OrganisationRole.VIEWER)
    for one in DepartmentDuty:
        await make_duty(session, people["own reviewer"], ECONOMY, "330100", one)
    platform = await make_draft(session, operator)
    seeded = await make_platform(
        session, operator_id=(await make_organisation(session)).id, region_code="330110", tier=None
    )
    headers = {name: await signed_in_as(session, app, person) for name, person in people.items()}
    await session.commit()
    return World(app, client, session, operator, elsewhere, platform, seeded, people, headers)
