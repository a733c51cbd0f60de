"""A small catalogue, somebody who saves searches and matches in it, and the worker that looks at them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import outbox
from app.accounts.mail import Mail
from app.db import SessionFactory
from app.indexing.indexer import follow, reindex
from app.matching.snapshot_cache import SnapshotCache
from app.models import (
    Alert,
    Membership,
    Notification,
    OrganisationRole,
    OutboxEvent,
    Person,
    PoolProject,
    ResultState,
    metadata,
)
from app.notices.sending import Post
from app.outbox import ChangeType
from app.outbox.events import vocabulary_event
from app.pool.usecases import create_project
from app.watches.stopping import make_stop_lines
from app.watches.worker import Watcher, attend_watches
from search.embedded import EmbeddedEngine
from search.text import TextLayer
from tests.factories.people import make_member, make_person, signed_in_as
from tests.factories.pool import make_call, make_result
from tests.factories.registry import make_organisation
from tests.matching.catalogue import NUMBER, Catalogue, make_catalogue
from tests.pool.pool_world import DOCUMENT

NOW = datetime(2026, 12, 1, 4, tzinfo=UTC)
NEEDS = [
    {"id": "secretkey", "text": "过充要认可报告", "standard": NUMBER, "accreditation": "CNAS"},
    {"id": "n2", "capability": "salt_spray", "accreditation": "none"},
    {"id": "n3", "text": "还说不清楚"},
]


def silent(_message: str) -> None:
    pass


@dataclass
class Letterbox:
    """Keeps the mails that are sent."""

    mails: list[Mail] = field(default_factory=list)

    async def send(self, mail: Mail) -> None:
        self.mails.append(mail)


@dataclass
class World:
    app: FastAPI
    client: httpx.AsyncClient
    session: AsyncSession
    new_session: SessionFactory
    catalogue: Catalogue
    engine: EmbeddedEngine
    watcher: Watcher
    letters: Letterbox
    post: Post
    person: Person
    headers: dict[str, str]
    now: datetime = NOW
    call: str = ""
    colleague: Person | None = None
    membership: Membership | None = None

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return await self.client.request(method, f"/v1{path}", json=body, headers={**self.headers, **headers})

    async def save(self, **body: Any) -> dict[str, Any]:
        answer = await self.ask("POST", "/watches", {"name": "我的关注", **body})
        assert answer.status_code == 201, answer.text
        saved: dict[str, Any] = answer.json()
        return saved

    async def publish(self, change: ChangeType = ChangeType.PLATFORM_CHANGED) -> None:
        """Make the changes of the platform visible, with its event, and the indexes follow."""
        platform = self.catalogue.platform
        event = outbox.platform_event(
            change, platform.uid, slug=platform.slug, name_zh="平台", name_en=None, demo=True
        )
        outbox.add(self.session, event)
        await self.catalogue.publish()
        await follow(self.new_session, self.engine, progress=silent)

    async def pool(self) -> PoolProject:
        """Pool a result that says something in each field, as a decision of its call does."""
        owner = await make_organisation(self.session, region_code="330110")
        call = await make_call(self.session, now=NOW)
        result = await make_result(
            self.session, owner, call=call, state=ResultState.POOLED, document=DOCUMENT
        )
        return await create_project(self.session, result, call, actor="test", now=NOW)

    async def submitted_result(self, needs: list[dict[str, Any]]) -> str:
        """Let the person submit a result of their organisation, which has a colleague; return its path."""
        owner = await make_organisation(self.session, region_code="330110")
        self.membership = await make_member(self.session, self.person, owner, OrganisationRole.EDITOR)
        self.colleague = await make_person(self.session)
        await make_member(self.session, self.colleague, owner, OrganisationRole.EDITOR)
        call = await make_call(self.session, now=NOW)
        document = {**DOCUMENT, "needs": needs}
        result = await make_result(
            self.session, owner, call=call, state=ResultState.SUBMITTED, document=document
        )
        await self.session.commit()
        self.call = str(call.uid)
        return f"/results/{result.uid}"

    async def change_vocabulary(self) -> None:
        outbox.add(self.session, vocabulary_event())
        await self.catalogue.publish()

    def next_day(self, days: int = 1) -> None:
        """Let days pass for the worker; who is signed in stays so."""
        self.now += timedelta(days=days)

    async def work(self) -> None:
        for _ in range(20):
            if not await attend_watches(self.watcher, now=self.now):
                await self.post.send_due()
                return
        raise AssertionError("the worker never finds an end")

    async def alerts(self, watch: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the alerts of a watch, oldest first."""
        answer = await self.ask("GET", f"/watches/{watch['id']}/alerts")
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items[::-1]

    async def rows(self, table: Any) -> list[Any]:
        column = metadata.tables[table.__tablename__].c.id
        async with self.new_session() as session:
            return list(await session.scalars(select(table).order_by(column)))

    async def told(self) -> tuple[int, int, int, int]:
        """Return how many alerts, notifications, addressed events and mails there are."""
        events = [each for each in await self.rows(OutboxEvent) if each.audience is not None]
        alerts, notices = await self.rows(Alert), await self.rows(Notification)
        return len(alerts), len(notices), len(events), len(self.letters.mails)


@asynccontextmanager
async def open_world(
    app: FastAPI, client: httpx.AsyncClient, session: AsyncSession, new_session: SessionFactory
) -> AsyncIterator[World]:
    catalogue = await make_catalogue(session)
    person = await make_person(session)
    app.state.clock = lambda: NOW
    engine = EmbeddedEngine(TextLayer(()))
    app.state.search, app.state.snapshots = engine, SnapshotCache()
    headers = await signed_in_as(session, app, person)
    await catalogue.publish()
    await reindex(new_session, engine, progress=silent)
    letters = Letterbox()
    watcher = Watcher(new_session, engine, app.state.snapshots)
    post = Post(new_session, letters, make_stop_lines(app.state.settings), lambda: world.now)
    world = World(
        app, client, session, new_session, catalogue, engine, watcher, letters, post, person, headers
    )
    await world.work()
    yield world
    await engine.close()
