"""Several release at once, on a database of their own: every request has a transaction to itself."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
from sqlalchemy import select

from app.db import SessionFactory, begin_write
from app.models import CatalogueRelease, Listing, ListingState, OutboxEvent, Platform
from app.settings import Settings
from tests.factories.registry import make_vocabulary
from tests.fixtures.client import as_new, client_of
from tests.fixtures.contract import Contract
from tests.releases.conftest import CENTRE, NOW, PATH, PILOT, Publishers, make_publishers, make_real


@dataclass(frozen=True)
class Shared:
    client: httpx.AsyncClient
    new_session: SessionFactory
    publishers: Publishers


@pytest.fixture
async def shared(
    settings: Settings, contract: Contract, own_sessions: SessionFactory
) -> AsyncIterator[Shared]:
    app = as_new(settings)
    app.state.new_session = own_sessions
    app.state.clock = lambda: NOW
    async with own_sessions() as session, session.begin():
        await make_vocabulary(session)
        publishers = await make_publishers(session, app)
        pilot = await make_real(session, "pilot", kind=PILOT)
        assert pilot.id is not None
        session.add(Listing(platform_id=pilot.id, published=1, state=ListingState.PUBLISHED))
        await make_real(session, "centre", kind=CENTRE)
    async with client_of(app, contract) as client:
        yield Shared(client, own_sessions, publishers)


async def test_departments_that_release_at_once_get_editions_of_their_own_without_a_gap(
    shared: Shared,
) -> None:
    by = (shared.publishers.economy, shared.publishers.science) * 3
    answers = await asyncio.gather(
        *(shared.client.post(PATH, headers=headers, json={"title": "目录"}) for headers in by)
    )
    assert [answer.status_code for answer in answers] == [201] * 6
    assert sorted(answer.json()["edition"] for answer in answers) == [1, 2, 3, 4, 5, 6]
    for answer, expected in zip(answers, ("pilot", "centre") * 3, strict=True):
        whole = (await shared.client.get(answer.headers["Location"])).json()
        assert [entry["slug"] for entry in whole["entries"]] == [expected]
    async with shared.new_session() as session:
        events = (await session.scalars(select(OutboxEvent))).all()
    assert sorted(event.payload["slug"] for event in events) == ["1", "2", "3", "4", "5", "6"]


async def test_one_request_sent_several_times_at_once_issues_one_edition(shared: Shared) -> None:
    headers = {**shared.publishers.economy, "Idempotency-Key": "one"}
    answers = await asyncio.gather(
        *(shared.client.post(PATH, headers=headers, json={"title": "目录"}) for _ in range(3))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    async with shared.new_session() as session:
        assert len((await session.scalars(select(CatalogueRelease))).all()) == 1


async def test_a_release_waits_for_a_revision_that_is_being_published(shared: Shared) -> None:
    async with shared.new_session() as session, session.begin():
        await begin_write(session)
        listing = (await session.scalars(select(Listing).with_for_update())).one()
        releasing = asyncio.create_task(
            shared.client.post(PATH, headers=shared.publishers.economy, json={"title": "目录"})
        )
        done, _ = await asyncio.wait({releasing}, timeout=0.5)
        assert not done
        platform = await session.get_one(Platform, listing.platform_id)
        platform.name_zh = "发布之后的名称"
    answer = await releasing
    whole = (await shared.client.get(answer.headers["Location"])).json()
    assert [entry["name"]["zh"] for entry in whole["entries"]] == ["发布之后的名称"]
