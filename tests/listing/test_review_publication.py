"""Publication, suspension and retirement over HTTP; and several at once, on a database of their own."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import SessionFactory
from app.kit.clock import business_day
from app.listing.documents import PlatformDocument
from app.models import ItemKind, ListingItem, ListingState, Platform
from app.models.imports import ImportJob, ImportKind, ImportMode, JobState, OnError
from app.settings import Settings
from tests.factories.people import LONG_AGO
from tests.factories.registry import make_platform
from tests.fixtures.client import as_new, client_of
from tests.fixtures.contract import Contract
from tests.listing.review_world import HIDDEN_FROM, World, make_world

NAME = "审核通过的名称"


async def with_document(world: World) -> World:
    """Give the draft the document that publication writes."""
    document = PlatformDocument(name_zh=NAME, region_code="330110", fields=["new_energy"]).stored()
    assert world.platform.id is not None
    world.session.add(
        ListingItem(
            platform_id=world.platform.id,
            kind=ItemKind.PLATFORM,
            uid=world.platform.uid,
            since_revision=1,
            document=document,
        )
    )
    await world.session.commit()
    return world


@pytest.fixture
async def world(app: FastAPI, client: httpx.AsyncClient, session: AsyncSession) -> World:
    return await with_document(await make_world(app, client, session))


@pytest.fixture
async def shared(
    settings: Settings, contract: Contract, own_sessions: SessionFactory
) -> AsyncIterator[World]:
    """The same world where every request has a connection and a transaction to itself."""
    app = as_new(settings)
    app.state.new_session = own_sessions
    async with own_sessions() as session, client_of(app, contract) as client:
        yield await with_document(await make_world(app, client, session))


async def publish(world: World, who: str = "publisher", version: str | None = None) -> httpx.Response:
    if_match = version or await world.version(who)
    return await world.ask(who, "POST", world.path("/publication"), if_match=if_match)


async def approve(world: World) -> None:
    assert (await world.submit()).status_code == 200
    assert (await world.decide("approve")).status_code == 200


async def test_what_was_approved_is_published_and_found(world: World) -> None:
    await approve(world)
    answer = await publish(world)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["state"], body["published_revision"], body["revision"]) == ("published", 1, 1)
    assert body["published_at"] is not None
    public = await world.client.get(world.path())
    assert public.json()["name"]["zh"] == NAME
    assert (await world.actions())[-1] == "revision.published"
    assert [event.type for event in await world.events()] == ["platform.published"]


@pytest.mark.parametrize("state", ["draft", "submitted", "changes_requested", "published"])
async def test_only_what_is_approved_is_published(world: World, state: str) -> None:
    if state != "draft":
        await world.submit()
    if state == "changes_requested":
        await world.decide("request_changes")
    if state == "published":
        await world.decide("approve")
        await publish(world)
    before = await world.actions()
    answer = await publish(world)
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong-state")
    assert await world.actions() == before


@pytest.mark.parametrize(
    ("who", "status"),
    [("reviewer", 403), ("owner", 403), ("admin", 403), *((who, 404) for who in HIDDEN_FROM)],
)
async def test_only_a_competent_publisher_publishes(world: World, who: str, status: int) -> None:
    await approve(world)
    assert (await publish(world, who, "*")).status_code == status
    assert (await world.client.get(world.path())).status_code == 404


async def test_nobody_publishes_for_their_own_organisation(world: World) -> None:
    await approve(world)
    answer = await publish(world, "own reviewer")
    assert (answer.status_code, answer.json()["code"]) == (403, "conflict-of-interest")
    assert (await publish(world, "publisher of the province")).status_code == 200


async def test_a_publication_names_the_version_that_was_approved(world: World) -> None:
    await approve(world)
    assert (await world.ask("publisher", "POST", world.path("/publication"))).status_code == 428
    assert (await publish(world, version='"2"')).status_code == 412
    assert await world.state() is ListingState.APPROVED


async def test_nothing_is_submitted_while_the_draft_has_errors(world: World) -> None:
    item = await world.session.scalar(select(ListingItem))
    assert item is not None
    assert item.document is not None
    item.document = {**item.document, "region_code": None}
    await world.session.commit()
    refused = await world.submit()
    assert (refused.status_code, refused.json()["code"]) == (409, "findings-remain")
    assert "region_missing" in [error["code"] for error in refused.json()["errors"]]
    assert await world.state() is ListingState.DRAFT
    item.document = {**item.document, "region_code": "330110"}
    await world.session.commit()
    assert (await world.submit()).status_code == 200


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RUNNING])
async def test_nothing_is_submitted_while_rows_are_being_imported(world: World, state: JobState) -> None:
    assert world.platform.id is not None
    job = ImportJob(
        kind=ImportKind.SERVICES,
        platform_id=world.platform.id,
        target="x",
        mode=ImportMode.APPEND,
        on_error=OnError.REJECT_ALL,
        dry_run=False,
        closed_on=LONG_AGO.date(),
        file_name="x.csv",
        media_type="text/csv",
        size_bytes=1,
        sha256="0" * 64,
        state=state,
        created_at=LONG_AGO,
        requested_by="x",
    )
    world.session.add(job)
    await world.session.commit()
    refused = await world.submit()
    assert (refused.status_code, refused.json()["code"]) == (409, "import-running")
    job.state = JobState.DONE
    await world.session.commit()
    assert (await world.submit()).status_code == 200


async def test_a_dry_run_does_not_hinder_a_submission(world: World) -> None:
    assert world.platform.id is not None
    world.session.add(
        ImportJob(
            kind=ImportKind.SERVICES,
            platform_id=world.platform.id,
            target="x",
            mode=ImportMode.APPEND,
            on_error=OnError.REJECT_ALL,
            dry_run=True,
            closed_on=LONG_AGO.date(),
            file_name="x.csv",
            media_type="text/csv",
            size_bytes=1,
            sha256="0" * 64,
            state=JobState.RUNNING,
            created_at=LONG_AGO,
            requested_by="x",
        )
    )
    await world.session.commit()
    assert (await world.submit()).status_code == 200


async def suspend(world: World, who: str = "publisher", **known: Any) -> httpx.Response:
    today = business_day(world.app.state.clock())
    body = {"from_date": today.isoformat(), "reason": "搬迁", **known}
    return await world.ask(who, "POST", world.path("/suspensions", world.seeded), body)


async def test_a_suspension_stands_until_it_is_lifted(world: World) -> None:
    made = await suspend(world)
    assert made.status_code == 201
    path = world.path(f"/suspensions/{made.json()['id']}", world.seeded)
    lifted = await world.ask("publisher", "DELETE", path)
    assert lifted.status_code == 204
    again = await world.ask("publisher", "DELETE", path)
    assert (again.status_code, again.json()["code"]) == (409, "already-lifted")
    listed = await world.ask("reviewer", "GET", world.path("/suspensions", world.seeded))
    (item,) = listed.json()["items"]
    assert (item["reason"], item["lifted_at"] is not None) == ("搬迁", True)
    assert await world.actions() == ["suspension.added", "suspension.lifted"]
    assert len(await world.events()) == 2


async def test_a_suspension_cannot_begin_before_today_or_end_before_it_begins(world: World) -> None:
    today = business_day(world.app.state.clock())
    yesterday, tomorrow = today - timedelta(days=1), today + timedelta(days=1)
    assert (await suspend(world, from_date=yesterday.isoformat())).status_code == 422
    reversed_ = await suspend(world, from_date=tomorrow.isoformat(), to_date=today.isoformat())
    assert reversed_.status_code == 422
    assert (await suspend(world, to_date=today.isoformat())).status_code == 201


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("reviewer", 403),
        ("admin", 403),
        ("owner", 404),
        ("publisher elsewhere", 404),
        ("publisher of the other kind", 404),
        ("publisher of the province", 201),
    ],
)
async def test_only_a_competent_publisher_suspends(world: World, who: str, status: int) -> None:
    assert (await suspend(world, who)).status_code == status


async def test_a_suspension_of_another_platform_is_not_lifted_here(world: World) -> None:
    made = await suspend(world)
    path = world.path(f"/suspensions/{made.json()['id']}")
    assert (await world.ask("publisher", "DELETE", path)).status_code == 404


async def retire(world: World, who: str, platform: Platform, **body: Any) -> httpx.Response:
    return await world.ask(who, "POST", world.path("/retirement", platform), body)


async def test_a_retired_platform_answers_410_with_its_successor_and_can_do_nothing_more(
    world: World,
) -> None:
    successor = await make_platform(world.session)
    await world.session.commit()
    answer = await retire(world, "publisher", world.seeded, successor=successor.slug, reason="并入")
    assert answer.status_code == 200
    assert answer.json()["successor_id"] == str(successor.uid)
    gone = await world.client.get(world.path("", world.seeded))
    assert gone.status_code == 410
    assert await world.state(world.seeded) is ListingState.RETIRED
    (entry,) = await world.trail()
    assert entry.action == "platform.retired"
    assert (entry.after or {})["successor"] == str(successor.uid)
    assert (await retire(world, "publisher", world.seeded)).status_code == 409
    assert (await suspend(world)).status_code == 409
    assert [event.type for event in await world.events()] == ["platform.removed"]


async def test_the_owner_may_retire_a_draft_which_nobody_ever_saw(world: World) -> None:
    assert (await retire(world, "editor", world.platform)).status_code == 403
    assert (await retire(world, "owner", world.platform)).status_code == 200
    assert await world.events() == []
    assert (await world.submit()).status_code == 409


async def test_the_successor_is_another_public_platform(world: World) -> None:
    for successor in (world.seeded.slug, world.platform.slug, "none", str(world.seeded.uid)):
        answer = await retire(world, "publisher", world.seeded, successor=successor)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/body/successor"
    assert await world.state(world.seeded) is ListingState.PUBLISHED


async def at_once(*requests: Any) -> list[int]:
    return sorted(answer.status_code for answer in await asyncio.gather(*requests))


async def test_of_two_submissions_at_once_one_is_made(shared: World) -> None:
    version = await shared.version()
    path = shared.path("/submission")
    statuses = await at_once(
        *(shared.ask(who, "POST", path, if_match=version) for who in ("owner", "editor", "owner"))
    )
    assert statuses == [200, 409, 409]
    assert await shared.actions() == ["revision.submitted"]


async def test_of_two_publications_at_once_one_is_made(shared: World) -> None:
    await approve(shared)
    version = await shared.version()
    publishers = ("publisher", "publisher of the province", "publisher")
    statuses = await at_once(*(publish(shared, who, version) for who in publishers))
    assert statuses == [200, 409, 409]
    assert (await shared.actions()).count("revision.published") == 1
    assert [event.type for event in await shared.events()] == ["platform.published"]


async def test_an_approval_and_a_withdrawal_at_once_do_not_both_hold(shared: World) -> None:
    await shared.submit()
    version = await shared.version()
    answers = await asyncio.gather(
        shared.ask("reviewer", "POST", shared.path("/decisions"), {"decision": "approve"}, version),
        shared.ask("owner", "DELETE", shared.path("/submission"), if_match=version),
    )
    # An approved revision may still be withdrawn; a withdrawn one cannot be approved.
    assert [answer.status_code for answer in answers] in ([200, 204], [409, 204])
    assert await shared.state() is ListingState.DRAFT


async def test_of_two_claims_granted_at_once_one_is(shared: World) -> None:
    claims = []
    for who, organisation in (("owner", shared.operator), ("owner elsewhere", shared.elsewhere)):
        body = {"organisation_id": organisation.slug, "evidence": "认定文件"}
        claims.append(await shared.ask(who, "POST", shared.path("/claims", shared.seeded), body))
    assert [claim.status_code for claim in claims] == [201, 201]
    decision = {"decision": "grant", "reason": "已核对"}
    statuses = await at_once(
        *(
            shared.ask("publisher", "POST", f"{claim.headers['Location']}/decision", decision, '"1"')
            for claim in claims
        )
    )
    assert statuses == [200, 409]
    assert (await shared.actions()).count("claim.granted") == 1
    assert (await shared.actions()).count("claim.refused") == 1
