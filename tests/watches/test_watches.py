"""Saved matches and searches over HTTP and through the worker, on both databases."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.db import SessionFactory
from app.models import Alert, AuditEntry, Capability, Notification, OutboxEvent, Suspension, Watch
from app.outbox import ChangeType
from tests.factories.people import make_person, signed_in_as
from tests.factories.registry import make_service, stored
from tests.matching.catalogue import NUMBER
from tests.watches.watch_world import NEEDS, NOW, World, open_world


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
    assert (alert["type"], alert["facts"]) == ("new_hit", {"hit": str(service.uid), "slug": "another"})
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


async def test_nothing_is_lost_or_told_twice_when_the_worker_dies_between_its_steps(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.watches import worker

    watch = await world.save(match={"needs": NEEDS[:1]})

    async def die(*_: object, **__: object) -> None:
        raise ConnectionError("killed")

    await world.catalogue.line()
    await world.publish()
    for name in ("write_looked", "tell"):
        with monkeypatch.context() as patched:
            patched.setattr(worker, name, die)
            with pytest.raises(ConnectionError):
                await world.work()
    await world.work()
    assert kinds(await world.alerts(watch)) == [("need_met", 1)]
    assert await world.told() == (1, 1, 1, 1)


def test_the_days_of_the_worlds_are_what_their_stories_say() -> None:
    assert (NOW + timedelta(days=1)).strftime("%A") == "Wednesday"
