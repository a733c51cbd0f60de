"""Saved matches and searches over HTTP and through the worker, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.db import SessionFactory
from app.models import (
    Alert,
    AuditEntry,
    Capability,
    MailToSend,
    Notification,
    OutboxEvent,
    Stage,
    Suspension,
    Watch,
)
from app.notices.rules import pause_after
from app.outbox import ChangeType
from app.pool.telling import tell_everybody
from tests.factories.people import make_person, signed_in_as
from tests.factories.registry import make_service, stored
from tests.matching.catalogue import NUMBER
from tests.pool.pool_world import MARKS
from tests.watches.watch_world import NEEDS, NOW, World, open_world

ABOVE_PUBLIC = [
    MARKS[name]
    for name in ("abstract", "trl_evidence", "needs", "intellectual_property", "people", "confidential")
]


@pytest.fixture
async def world(
    app: FastAPI, client: httpx.AsyncClient, own_sessions: SessionFactory
) -> AsyncIterator[World]:
    app.state.new_session = own_sessions
    async with own_sessions() as session, open_world(app, client, session, own_sessions) as world:
        yield world


def kinds(alerts: list[dict[str, Any]]) -> list[tuple[str, int | None]]:
    return [(alert["type"], alert["facts"].get("number")) for alert in alerts]


async def test_each_turn_of_a_saved_match_is_told_once_with_its_cause(world: World) -> None:
    watch = await world.save(match={"needs": NEEDS}, name="过充")
    assert [need["verdict"] for need in watch["needs"]] == ["unmet", "unmet", "unknown"]
    await world.work()
    assert await world.told() == (0, 0, 0, 0)

    # A line: from unmet to met.
    line = await world.catalogue.line()
    await world.publish()
    await world.work()
    [met] = await world.alerts(watch)
    assert (met["type"], met["facts"]["need"], met["facts"]["lines"]) == (
        "need_met",
        "secretkey",
        str(line.id),
    )
    assert met["platform_id"] == str(world.catalogue.platform.uid)
    assert met["told_at"] is not None
    assert await world.told() == (1, 1, 1, 1)
    [event] = [each for each in await world.rows(OutboxEvent) if each.audience is not None]
    assert event.type == "match.alert"
    assert event.audience == {"organisations": [], "people": [str(world.person.uid)]}
    [notice] = await world.rows(Notification)
    assert "示例平台" in notice.payload["change"]["zh"]
    # The key of a need is a word of its owner, and stays with the owner.
    outside = f"{event.payload}{notice.payload}{world.letters.mails[0].text}"
    assert "secretkey" not in outside
    assert "过充要认可报告" not in outside

    # The same again is no new cause.
    await world.publish()
    await world.work()
    assert await world.told() == (1, 1, 1, 1)

    # A service for a need without accreditation.
    service = await make_service(world.session, world.catalogue.platform, slug="spray")
    await stored(world.session, Capability(service_id=service.id, position=1, term_code="salt_spray"))
    await world.publish(ChangeType.SERVICE_PUBLISHED)
    await world.work()
    assert kinds(await world.alerts(watch)) == [("need_met", 1), ("need_met", 2)]

    # A suspension takes both away, its end brings both back, on the next day.
    world.next_day()
    suspension = await stored(
        world.session,
        Suspension(
            platform_id=world.catalogue.platform.id,
            from_date=date(2026, 12, 1),
            reason="检查",
            decided_by="person:test",
            decided_at=NOW,
        ),
    )
    await world.publish(ChangeType.PLATFORM_SUSPENDED)
    await world.work()
    lost = (await world.alerts(watch))[2:]
    assert kinds(lost) == [("need_lost", 1), ("need_lost", 2)]
    assert "暂停" in lost[0]["detail"]["zh"]
    suspension.lifted_at = world.now
    await world.publish(ChangeType.PLATFORM_REINSTATED)
    await world.work()
    assert kinds((await world.alerts(watch))[4:]) == [("need_met", 1), ("need_met", 2)]


async def test_days_and_standards_turn_a_saved_match_too(world: World) -> None:
    await world.catalogue.line()
    service = await make_service(world.session, world.catalogue.platform, slug="spray")
    await stored(world.session, Capability(service_id=service.id, position=1, term_code="salt_spray"))
    await world.publish()
    watch = await world.save(match={"needs": NEEDS})
    assert [need["verdict"] for need in watch["needs"]] == ["met", "met", "unknown"]

    # A new day is enough for an expiry.
    world.catalogue.cnas.valid_to = date(2026, 12, 3)
    await world.publish(ChangeType.ACCREDITATION_CHANGED)
    world.next_day(days=9)
    await world.work()
    [expired] = await world.alerts(watch)
    assert (expired["type"], expired["facts"]["reason"]) == ("need_lost", "accreditation_expired")
    assert "7 天前" in expired["detail"]["zh"]
    assert "expired 7 days ago" in expired["detail"]["en"]

    # A standard that is replaced.
    await world.catalogue.supersede(NUMBER, "GB 38031-2026", date(2026, 12, 1))
    await world.change_vocabulary()
    await world.work()
    [superseded] = (await world.alerts(watch))[1:]
    assert superseded["facts"]["successor"] == "GB 38031-2026"
    told = await world.told()
    world.next_day()
    await world.change_vocabulary()
    await world.work()
    assert await world.told() == told
    read = (await world.ask("GET", f"/watches/{watch['id']}")).json()
    assert [need["verdict"] for need in read["needs"]] == ["unmet", "met", "unknown"]
    assert read["needs"][0]["superseded_by"] == "GB 38031-2026"

    # A platform that is gone.
    world.catalogue.platform.live = False
    await world.publish(ChangeType.PLATFORM_REMOVED)
    await world.work()
    assert kinds((await world.alerts(watch))[2:]) == [("need_lost", 2)]


async def test_alerts_are_gathered_for_their_day_and_end_by_the_link_of_the_mail(world: World) -> None:
    watch = await world.save(match={"needs": NEEDS[:1]}, cadence="daily")
    stranger = await signed_in_as(world.session, world.app, await make_person(world.session))
    await world.session.commit()
    for method, path in (("GET", ""), ("GET", "/alerts"), ("DELETE", "")):
        hidden = await world.client.request(
            method, f"/v1/watches/{watch['id']}{path}", headers={**stranger, "If-Match": '"1"'}
        )
        assert hidden.status_code == 404

    await world.catalogue.line()
    await world.publish()
    await world.work()
    assert await world.told() == (1, 0, 0, 0)
    world.next_day()
    await world.work()
    assert await world.told() == (1, 1, 1, 1)

    renamed = await world.ask(
        "PATCH", f"/watches/{watch['id']}", {"cadence": "weekly", "name": "改名"}, **{"If-Match": '"1"'}
    )
    assert (renamed.status_code, renamed.json()["cadence"]) == (200, "weekly")
    stale = await world.ask("PATCH", f"/watches/{watch['id']}", {"name": "x"}, **{"If-Match": '"1"'})
    assert stale.status_code == 412
    # The second of December is a Wednesday: nothing is told before Monday.
    world.catalogue.cnas.valid_to = date(2026, 12, 2)
    await world.publish()
    world.next_day(days=4)
    await world.work()
    assert await world.told() == (2, 1, 1, 1)
    world.next_day()
    await world.work()
    assert await world.told() == (2, 2, 2, 2)

    link = world.letters.mails[-1].text.strip().rsplit("\n", 1)[-1]
    path = link.removeprefix(world.app.state.settings.public_url)
    page = await world.client.get(path)
    assert page.status_code == 200
    assert '<form method="post"' in page.text
    assert (await world.rows(Watch))[0].stopped_at is None
    wrong = path[:-1] + ("A" if path[-1] != "A" else "B")
    assert (await world.client.post(wrong)).status_code == 404
    assert [(await world.client.post(path)).status_code for _ in range(2)] == [200, 200]
    world.catalogue.cnas.valid_to = date(2030, 1, 1)
    await world.publish()
    world.next_day(days=8)
    await world.work()
    assert await world.told() == (2, 2, 2, 2)
    assert [entry.action for entry in await world.rows(AuditEntry)] == [
        "watch.created",
        "watch.updated",
        "watch.stopped",
    ]
    gone = await world.ask("DELETE", f"/watches/{watch['id']}", **{"If-Match": '"3"'})
    assert gone.status_code == 204
    assert await world.rows(Alert) == []


async def test_a_saved_search_tells_what_it_did_not_find_before(world: World) -> None:
    watch = await world.save(search={"q": "示例服务", "city": ["330100"], "limit": 5}, name="杭州服务")
    assert watch["hits"] == 1
    assert watch["search"] == {"index": "services", "q": "示例服务", "city": ["330100"]}
    await world.publish()
    await world.work()
    assert await world.told() == (0, 0, 0, 0)
    service = await make_service(world.session, world.catalogue.platform, slug="another")
    await world.publish(ChangeType.SERVICE_PUBLISHED)
    await world.work()
    [alert] = await world.alerts(watch)
    assert (alert["type"], alert["facts"]) == (
        "new_hit",
        {"hit": str(service.uid), "slug": "another", "index": "services"},
    )
    await world.publish()
    await world.work()
    assert await world.told() == (1, 1, 1, 1)

    for body in (
        {"search": {"index": "platforms", "q": "x"}, "match": {"needs": NEEDS}},
        {},
        {"search": {"index": "services", "field": ["no-such-field"]}},
        {"match": {"needs": [{"standard": "???"}]}},
        {"search": {"cursor": "x", "unknown": 1}},
    ):
        refused = await world.ask("POST", "/watches", {"name": "x", **body})
        assert refused.status_code == 422, refused.text


async def test_projects_are_told_from_the_pool_and_nothing_above_the_public_tier(world: World) -> None:
    pooled = await world.save(search={"index": "projects", "field": ["new_energy"], "trl": [5]})
    assert (pooled["hits"], pooled["search"]["index"]) == (0, "projects")
    everything = await world.save(search={"index": "all", "q": "动力电池"})
    secret = await world.save(search={"index": "all", "q": MARKS["abstract"]})
    digest = await world.save(search={"index": "projects", "q": "动力电池"}, cadence="weekly")
    project = await world.pool()
    await world.publish()
    await world.work()
    for watch in (pooled, everything):
        [alert] = await world.alerts(watch)
        facts = {"hit": str(project.uid), "slug": project.slug, "index": "projects"}
        assert (alert["type"], alert["facts"], alert["platform_id"]) == ("new_hit", facts, None)
        assert MARKS["title"] in alert["detail"]["zh"]
        assert alert["told_at"] is not None
    assert await world.alerts(secret) == []
    [waiting] = await world.alerts(digest)
    assert waiting["told_at"] is None
    assert await world.told() == (3, 2, 2, 2)
    outside = [row.payload for row in await world.rows(OutboxEvent)]
    outside += [row.payload for row in [*await world.rows(Notification), *await world.rows(Alert)]]
    said = f"{outside}{[mail.text for mail in world.letters.mails]}"
    assert MARKS["title"] in said
    assert [mark for mark in ABOVE_PUBLIC if mark in said] == []

    # A project that changed is no new one; a service is found beside it, and the platform that offers it.
    project.stage = Stage.VERIFYING
    tell_everybody(world.session, ChangeType.PROJECT_CHANGED, project, actor="test")
    service = await make_service(world.session, world.catalogue.platform, title_zh="动力电池试验")
    await world.publish(ChangeType.SERVICE_PUBLISHED)
    await world.work()
    beside = {each["facts"]["index"]: each["facts"]["hit"] for each in await world.alerts(everything)}
    platform = str(world.catalogue.platform.uid)
    assert beside == {"projects": str(project.uid), "services": str(service.uid), "platforms": platform}
    assert await world.told() == (5, 3, 3, 3)

    # What is withdrawn before the day of the digest is not told; back in the pool it is new again, once.
    for stage, change, alerts in (
        (Stage.WITHDRAWN, ChangeType.PROJECT_REMOVED, 0),
        (Stage.POOLED, ChangeType.PROJECT_PUBLISHED, 1),
    ):
        project.stage = stage
        tell_everybody(world.session, change, project, actor="test")
        await world.publish()
        await world.work()
        assert len(await world.alerts(digest)) == alerts
        assert len(await world.alerts(pooled)) == 1
    world.next_day(days=6)
    await world.work()
    assert await world.told() == (5, 4, 4, 4)

    link = world.letters.mails[0].text.strip().rsplit("\n", 1)[-1]
    assert (
        await world.client.post(link.removeprefix(world.app.state.settings.public_url))
    ).status_code == 200
    await world.pool()
    await world.publish()
    await world.work()
    assert len(await world.alerts(pooled)) + len(await world.alerts(everything)) == 5


async def test_a_search_that_does_not_fit_together_is_refused_in_both_languages(world: World) -> None:
    for asked, place in (
        ({"index": "projects", "price_max_cny": "5"}, "price_max_cny"),
        ({"index": "projects", "sort": "price"}, "sort"),
        ({"index": "projects", "on_date": "2026-12-01"}, "on_date"),
        ({"index": "projects", "field": ["no-such-field"]}, "field"),
        ({"index": "all", "trl": [5]}, "trl"),
        ({"index": "all", "sort": "name"}, "sort"),
        ({"index": "services", "stage": ["pooled"]}, "stage"),
        ({"index": "platforms", "city": ["nowhere"]}, "city"),
        ({"index": "members_projects"}, "index"),
        ({"index": "projects", "q": "a\u0000b"}, "q"),
    ):
        details = set()
        for lang in ("zh", "en"):
            refused = await world.ask(
                "POST", "/watches", {"name": "x", "search": asked}, **{"Accept-Language": lang}
            )
            assert refused.status_code == 422, refused.text
            [problem] = refused.json()["errors"]
            assert problem["pointer"].removesuffix("/0") == f"/body/search/{place}"
            details.add(problem["detail"])
        assert len(details) == 2, asked
    paged = {"index": "all", "q": "x", "on_date": "2026-12-01", "limit": 5, "facets": "field", "cursor": "x"}
    assert (await world.save(search=paged))["search"] == {"index": "all", "q": "x"}


async def test_a_match_of_a_result_follows_each_version_of_it_at_once(world: World) -> None:
    service = await make_service(world.session, world.catalogue.platform, slug="spray")
    await stored(world.session, Capability(service_id=service.id, position=1, term_code="salt_spray"))
    await world.publish(ChangeType.SERVICE_PUBLISHED)
    path = await world.submitted_result(NEEDS[:1])
    watch = await world.save(result_id=path.rsplit("/", 1)[-1])
    assert [need["verdict"] for need in watch["needs"]] == ["unmet"]
    await world.work()
    assert await world.told() == (0, 0, 0, 0)

    async def needs() -> list[tuple[str, str]]:
        await world.work()
        read = (await world.ask("GET", f"/watches/{watch['id']}")).json()
        return [(need["id"], need["verdict"]) for need in read["needs"]]

    every = {"If-Match": "*"}
    for wanted, then in (
        ([{**NEEDS[1], "id": "secretkey"}, NEEDS[2]], [("secretkey", "met"), ("n3", "unknown")]),
        ([], []),
    ):
        before = await needs()
        assert (await world.ask("POST", f"{path}/revisions", **every)).status_code == 200
        document = (await world.ask("GET", path)).json()["document"]
        edited = await world.ask("PATCH", path, {"document": {**document, "needs": wanted}}, **every)
        assert edited.status_code == 200, edited.text
        submitted = await world.ask("POST", f"{path}/submission", {"call_id": world.call}, **every)
        assert submitted.status_code == 200, submitted.text
        assert before != then
        assert await needs() == then
    assert kinds(await world.alerts(watch)) == [("need_met", 1)]

    # Whoever leaves the organisation loses it, whatever is saved by those who stay.
    assert world.colleague is not None
    headers = await signed_in_as(world.session, world.app, world.colleague)
    await world.session.delete(world.membership)
    await world.session.commit()
    theirs = {"name": "x", "search": {"index": "projects"}}
    assert (await world.client.post("/v1/watches", json=theirs, headers=headers)).status_code == 201
    assert (await world.ask("GET", f"/watches/{watch['id']}")).status_code == 404
    assert (await world.ask("GET", "/watches")).json()["items"] == []


async def test_nothing_is_lost_or_told_twice_when_the_worker_dies_between_its_steps(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.watches import worker

    watch = await world.save(match={"needs": NEEDS[:1]})

    async def die(*_: object, **__: object) -> None:
        raise ConnectionError("killed")

    async def killed(*_: object) -> None:
        raise asyncio.CancelledError

    await world.catalogue.line()
    await world.publish()
    for name in ("write_looked", "tell"):
        with monkeypatch.context() as patched:
            patched.setattr(worker, name, die)
            with pytest.raises(ConnectionError):
                await world.work()
    # Told and committed, and dead before the mail went.
    with monkeypatch.context() as patched:
        patched.setattr(world.letters, "send", killed)
        with pytest.raises(asyncio.CancelledError):
            await world.work()
    assert kinds(await world.alerts(watch)) == [("need_met", 1)]
    assert await world.told() == (1, 1, 1, 0)
    [waiting] = await world.rows(MailToSend)
    assert "token" not in f"{waiting.subject}{waiting.text}"
    world.now += pause_after(1)
    await world.work()
    assert await world.told() == (1, 1, 1, 1)
    assert "/v1/watches/stop?token=" in world.letters.mails[0].text
    assert await world.rows(MailToSend) == []


def test_the_days_of_the_worlds_are_what_their_stories_say() -> None:
    assert (NOW + timedelta(days=1)).strftime("%A") == "Wednesday"
