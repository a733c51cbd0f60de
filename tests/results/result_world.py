"""Results and calls with everybody who has to do with them; requests go over HTTP."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.main import equip
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
    PlatformKind,
    Result,
    metadata,
)
from search.embedded import EmbeddedEngine
from search.text import TextLayer
from tests.factories.people import LONG_AGO, make_duty, make_member, make_person, signed_in_as
from tests.factories.pool import make_call
from tests.factories.registry import make_organisation, make_platform, make_vocabulary

DAY = timedelta(days=1)
_ROLES = {
    "owner": ("ours", OrganisationRole.OWNER),
    "editor": ("ours", OrganisationRole.EDITOR),
    "viewer": ("ours", OrganisationRole.VIEWER),
    "co-owner": ("partner", OrganisationRole.VIEWER),
    "centre": ("centre", OrganisationRole.EDITOR),
    "viewer of the centre": ("centre", OrganisationRole.VIEWER),
    "member": ("members", OrganisationRole.VIEWER),
    "grantee": ("investor", OrganisationRole.OWNER),
}
_DUTIES = {
    "department": (Department.SCIENCE, "330100"),
    "province": (Department.SCIENCE, "330000"),
    "department elsewhere": (Department.SCIENCE, "330200"),
    "other department": (Department.ECONOMY, "330100"),
}

DOCUMENT: dict[str, Any] = {
    "title": {"zh": "高安全动力电池系统", "en": "A safe traction battery"},
    "public_abstract": {"zh": "研制的动力电池系统，需要验证过充安全性。"},
    "abstract": "采用阻燃电解液与多级泄压结构的动力电池系统，已完成实验室样机，需要第三方验证过充与盐雾。",
    "confidential": "电解液添加剂为磷腈类化合物，质量分数百分之四点二，配合双层陶瓷隔膜。",
    "fields": ["new_energy"],
    "keywords": ["动力电池", "阻燃"],
    "trl": 5,
    "trl_evidence": "实验室样机三轮测试记录",
    "intellectual_property": [{"kind": "invention", "state": "filed", "number": "CN202410000001.6"}],
    "people": [{"name": "李工", "organisation": "示例大学"}],
    "needs": [
        {"text": "过充安全", "capability": "过充电", "standard": "GB 38031-2020", "accreditation": "CNAS"},
        {"id": "salt", "capability": "salt_spray", "must": False},
    ],
    "constraints": {"city_code": "330100", "deadline_days": 90},
}
"""What every field says something in."""


@dataclass
class World:
    app: FastAPI
    client: httpx.AsyncClient
    session: AsyncSession
    organisations: dict[str, Organisation]
    people: dict[str, Person]
    call: Call
    now: datetime = LONG_AGO
    headers: dict[str, dict[str, str]] = field(default_factory=dict)

    async def at(self, now: datetime) -> None:
        """Let it be another time, and everybody signed in anew."""
        self.now = now
        self.app.state.clock = lambda: self.now
        self.headers = {
            name: await signed_in_as(self.session, self.app, person) for name, person in self.people.items()
        }
        await self.session.commit()

    async def ask(
        self, who: str, method: str, path: str, body: Any = None, tag: str | None = None, **more: Any
    ) -> httpx.Response:
        """Send a request; `tag` is an entity tag, or `read` for that of the result as its owner reads it."""
        if tag == "read":
            parts = path.split("/")
            read = await self.client.get("/".join(parts[:4]), headers=self.headers["owner"])
            assert read.status_code == 200, read.text
            tag = read.headers["ETag"]
        headers = {**self.headers.get(who, {}), **({} if tag is None else {"If-Match": tag})}
        return await self.client.request(method, path, json=body, headers=headers, **more)

    async def draft(self, **known: Any) -> str:
        """Create a draft of ours; return its path."""
        body = {"organisation_id": self.organisations["ours"].slug, "document": DOCUMENT, **known}
        created = await self.ask("editor", "POST", "/v1/results", body)
        assert created.status_code == 201, created.text
        return f"/v1/results/{created.json()['id']}"

    async def submit(self, path: str, call: Call | None = None) -> httpx.Response:
        body = {"call_id": (call or self.call).slug}
        return await self.ask("editor", "POST", f"{path}/submission", body, "read")

    async def submitted(self, **known: Any) -> str:
        """Create a result and submit it; return its path."""
        path = await self.draft(**known)
        answer = await self.submit(path)
        assert answer.status_code == 200, answer.text
        return path

    async def row(self, path: str) -> Result:
        uid = uuid.UUID(path.split("/")[3])
        statement = select(Result).where(metadata.tables["result"].c.uid == uid)
        found = (await self.session.scalars(statement.execution_options(populate_existing=True))).one()
        # Nothing is held while the application is asked.
        await self.session.commit()
        return found

    async def actions(self) -> list[str]:
        entries = metadata.tables["audit_entry"].c
        return [one.action for one in await self.session.scalars(select(AuditEntry).order_by(entries.id))]

    async def told(self) -> list[tuple[str, str]]:
        """Return who was told of what."""
        names = {person.id: name for name, person in self.people.items()}
        rows = await self.session.scalars(select(Notification))
        return sorted((names[one.person_id], one.type) for one in rows)

    async def events(self) -> list[OutboxEvent]:
        events = metadata.tables["outbox_event"].c
        return list(await self.session.scalars(select(OutboxEvent).order_by(events.id)))

    async def log(self) -> list[tuple[str, str]]:
        """Return who was given which field."""
        names = {f"person:{person.uid}": name for name, person in self.people.items()}
        entries = metadata.tables["access_log_entry"].c
        rows = await self.session.scalars(select(AccessLogEntry).order_by(entries.id))
        return [(names[one.reader], one.field) for one in rows]


async def make_world(app: FastAPI, client: httpx.AsyncClient, session: AsyncSession) -> World:
    equip(app, app.state.new_session, EmbeddedEngine(TextLayer([])))
    await make_vocabulary(session)
    organisations = {
        name: await make_organisation(session, region_code="330110", demo=False)
        for name in ("ours", "partner", "centre", "members", "investor")
    }
    centre = await make_platform(
        session,
        operator_id=organisations["centre"].id,
        kind=PlatformKind.VERIFICATION_CENTRE,
        region_code="330110",
    )
    await make_platform(session, operator_id=organisations["members"].id)
    people = {name: await make_person(session) for name in ("stranger", *_ROLES, *_DUTIES)}
    people["admin"] = await make_person(session, is_admin=True)
    people["expert"] = await make_person(session, is_expert=True)
    for name, (organisation, role) in _ROLES.items():
        await make_member(session, people[name], organisations[organisation], role)
    for name, (department, region) in _DUTIES.items():
        await make_duty(session, people[name], department, region, DepartmentDuty.REVIEWER)
    call = await make_call(session, centre=centre, fields=["new_energy"], regions=["330100"])
    world = World(app, client, session, organisations, people, call)
    await world.at(LONG_AGO)
    return world
