"""Three platforms that meet what a submitted result needs, and everybody who has to do with the match."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app import outbox
from app.models import (
    Accreditation,
    Department,
    DepartmentDuty,
    Organisation,
    OrganisationRole,
    Person,
    Platform,
    PlatformKind,
    ResultState,
    ScopeLine,
)
from app.models.registry import Outsiders
from app.models.scope import Verification
from app.outbox import ChangeType, Event
from app.registry.postings import rebuild_postings
from tests.factories.people import make_duty, make_member, make_person, signed_in_as
from tests.factories.pool import make_call, make_result
from tests.factories.registry import (
    make_accreditation,
    make_capability,
    make_line,
    make_organisation,
    make_platform,
    make_service,
    make_standard,
    make_vocabulary,
)

DAY = "2026-12-01"
OVERCHARGE, SALT = "GB 38031-2020", "GB/T 2423.17-2008"
SECRET = "马克密语"
"""Stands in the text of a need and in the confidential text."""
DOCUMENT: dict[str, Any] = {
    "title": {"zh": "高安全动力电池系统"},
    "abstract": "研制的动力电池系统需要验证安全性。",
    "confidential": f"{SECRET}配方",
    "fields": ["new_energy"],
    "needs": [
        {"id": "n1", "text": f"过充 {SECRET}", "standard": OVERCHARGE, "accreditation": "CNAS"},
        {"id": "n2", "text": "盐雾", "standard": SALT, "accreditation": "CNAS"},
    ],
}


@dataclass
class World:
    app: FastAPI
    client: httpx.AsyncClient
    session: AsyncSession
    operator: Organisation
    platforms: dict[str, Platform] = field(default_factory=dict)
    held: dict[str, Accreditation] = field(default_factory=dict)
    lines: dict[str, ScopeLine] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)

    async def add_platform(self, slug: str, *, valid_to: date) -> None:
        """One that meets the first need under CNAS until a day; `hub` is the operator's."""
        self.platforms[slug] = await make_platform(
            self.session,
            slug=slug,
            operator_id=self.operator.id if slug == "hub" else None,
            serves_outsiders=Outsiders.YES,
            region_code="330100",
        )
        service = await make_service(
            self.session, self.platforms[slug], slug=f"{slug}-svc-1", lead_time_days=5
        )
        await make_capability(self.session, service, standard=OVERCHARGE, object=None, parameter=None)
        self.held[slug] = await make_accreditation(
            self.session,
            self.platforms[slug],
            slug=f"{slug}-cnas",
            verification=Verification.VERIFIED,
            valid_to=valid_to,
        )
        self.lines[slug] = await make_line(
            self.session, self.held[slug], standard=OVERCHARGE, object=None, parameter=None
        )

    async def sign_in(self) -> None:
        """Give everybody a session from now on."""
        for name, person in self.people.items():
            self.headers[name] = await signed_in_as(self.session, self.app, person)
        await self.session.commit()

    async def ask(self, who: str, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {**self.headers.get(who, {}), **names}
        return await self.client.request(method, path, json=body, headers=sent)

    async def got(self, who: str, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Ask what must be answered."""
        answer = await self.ask(who, method, path, body, **headers)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def tell(self, change: ChangeType, platform: str, thing: Any = None) -> None:
        """Write the event of a change, so that it is a new version of the catalogue."""
        of = self.platforms[platform]
        entity, uid = ("platform", of.uid) if thing is None else (change.partition(".")[0], thing.uid)
        payload = {"slug": of.slug, "name": {"zh": of.name_zh, "en": None}, "demo": of.demo}
        outbox.add(self.session, Event(change, entity, uid, of.uid, payload))

    async def publish(self) -> None:
        await self.session.flush()
        await rebuild_postings(self.session)
        await self.session.commit()


async def make_world(app: FastAPI, client: httpx.AsyncClient, session: AsyncSession) -> World:
    """`hub`, `soon` and `third` meet the first need under CNAS; nobody meets the second."""
    await make_vocabulary(session)
    await make_standard(session, OVERCHARGE, capability_code="overcharge")
    await make_standard(session, SALT, capability_code="salt_spray")
    owner, operator = await make_organisation(session), await make_organisation(session)
    world = World(app, client, session, operator)
    for slug in ("hub", "soon", "third"):
        await world.add_platform(slug, valid_to=date(2026, 12, 31) if slug == "soon" else date(2030, 4, 30))
    call = await make_call(session, now=app.state.clock())
    await make_result(
        session, owner, call=call, state=ResultState.SUBMITTED, document=DOCUMENT, slug="battery"
    )
    people = world.people
    people |= {
        name: await make_person(session)
        for name in ("owner", "viewer", "operator", "science", "economy", "stranger", "admin")
    }
    people["admin"].is_admin = True
    await make_member(session, people["owner"], owner, OrganisationRole.EDITOR)
    await make_member(session, people["viewer"], owner, OrganisationRole.VIEWER)
    await make_member(session, people["operator"], operator, OrganisationRole.EDITOR)
    for name, department in (("science", Department.SCIENCE), ("economy", Department.ECONOMY)):
        await make_duty(session, people[name], department, "330000", DepartmentDuty.REVIEWER)
    assert {platform.kind for platform in world.platforms.values()} == {PlatformKind.PILOT_PLATFORM}
    world.tell(ChangeType.PLATFORM_PUBLISHED, "hub")
    await world.publish()
    await world.sign_in()
    return world
