"""From an event to the receiver: who is told, how often, by which signatures, and when it ends."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from app.models import AuditEntry
from app.models.base import new_uid
from app.outbox import AddressedType, Audience, ChangeType, Event, platform_event
from app.webhooks.delivery import AT_ONCE_OF_ENDPOINT, CLAIMED_FOR
from app.webhooks.rules import MOST_ATTEMPTS
from app.worker import look_after
from tests.webhooks.conftest import World
from tests.webhooks.receiver import Received, Reply


def published(slug: str = "lab") -> Event:
    return platform_event(
        ChangeType.PLATFORM_PUBLISHED, new_uid(), slug=slug, name_zh="中试平台", name_en=None, demo=False
    )


def decided(audience: Audience) -> Event:
    return Event(AddressedType.RESULT_DECIDED, "result", new_uid(), None, {"decision": "pooled"}, audience)


def verified(received: Received, secret: str) -> Any:
    return Webhook(secret).verify(received.body, dict(received.headers))


async def test_events_reach_those_who_asked_and_may_know(world: World) -> None:
    ours = await world.hook("/ours", ["platform.published", "result.decided"])
    own = await world.hook("/own", ["result.decided", "match.alert"], own=True)
    strangers = await world.hook(
        "/stranger", ["platform.published", "result.decided"], own=True, by="stranger"
    )
    public = published()
    for_ours = decided(Audience(organisations=frozenset({world.ours.uid})))
    for_owner = decided(Audience(people=frozenset({world.owner.uid})))
    for_others = decided(Audience(organisations=frozenset({world.theirs.uid})))
    internal = Event("listing.noted", "listing", new_uid())
    told = await world.tell(public, for_ours, for_owner, for_others, decided(Audience()), internal)
    assert told.delivered == 6
    assert await world.deliver() == 4
    got = {path: [verified(each, hook["secret"]) for each in world.receiver.at(path)] for path, hook in (
        ("/ours", ours), ("/own", own), ("/stranger", strangers),
    )}  # fmt: skip
    assert [each["data"]["entity_id"] for each in got["/ours"]] == [
        str(public.entity_uid),
        str(for_ours.entity_uid),
    ]
    assert [each["data"]["entity_id"] for each in got["/own"]] == [str(for_owner.entity_uid)]
    assert [each["type"] for each in got["/stranger"]] == ["platform.published"]
    first = got["/ours"][0]
    assert set(first) == {"type", "timestamp", "data"}
    assert first["data"]["details"] == {"slug": "lab", "name": {"zh": "中试平台", "en": None}, "demo": False}
    assert first["data"]["link"] == f"/v1/platforms/{public.entity_uid}"
    with pytest.raises(WebhookVerificationError):
        verified(world.receiver.at("/ours")[0], own["secret"])
    # The outbox delivers at least once; nobody is told twice.
    async with world.sessions() as session, session.begin():
        await session.execute(_undelivered())
    await world.tell()
    assert await world.deliver() == 0
    await world.ask("POST", f"/webhooks/{ours['id']}/test", 202)
    assert await world.deliver() == 1
    test = verified(world.receiver.at("/ours")[-1], ours["secret"])
    assert (test["type"], test["data"]["entity_id"]) == ("webhook.test", ours["id"])
    assert [item["type"] for item in await world.log(ours)] == [
        "webhook.test", "result.decided", "platform.published",
    ]  # fmt: skip


def _undelivered() -> Any:
    from sqlalchemy import update

    from app.models import OutboxEvent

    return update(OutboxEvent).values(delivered_at=None)


async def test_what_fails_is_tried_again_with_the_same_id_and_can_be_replayed(world: World) -> None:
    hook = await world.hook("/hook", ["platform.published"])
    replies = [Reply(500, b"no\x00 room"), Reply(302, headers={"location": world.receiver.url("/other")})]
    world.receiver.replies["/hook"] = lambda _: replies.pop(0) if replies else Reply(200, b"thanks")
    await world.tell(published())
    began = world.now
    for wait in (0, 4, 2, 59, 14):
        world.now += timedelta(seconds=wait)
        await world.deliver()
    # At once, within 5 to 6 s, and 60 to 72 s after that; 4 s and 59 s later it was too early.
    assert len(world.receiver.at("/hook")) == 3
    assert world.receiver.at("/other") == []
    got = world.receiver.at("/hook")
    assert {each.body for each in got} == {got[0].body}
    assert len({each.headers["webhook-id"] for each in got}) == 1
    times = [int(each.headers["webhook-timestamp"]) for each in got]
    assert times == [int((began + timedelta(seconds=passed)).timestamp()) for passed in (0, 6, 79)]
    (brief,) = await world.log(hook)
    assert (brief["state"], brief["attempts"], brief["next_try_at"]) == ("delivered", 3, None)
    path = f"/webhooks/{hook['id']}/deliveries/{brief['id']}"
    detail = await world.ask("GET", path)
    assert [(each["status"], each["answer"]) for each in detail["log"]] == [
        (500, "no room"),
        (302, None),
        (200, None),
    ]
    assert detail["body"] == json.loads(got[0].body)
    assert brief["last_attempt"] == detail["log"][-1]
    replayed = await world.ask("POST", f"{path}/replay", 202)
    assert (replayed["state"], replayed["attempts"]) == ("pending", 0)
    assert await world.deliver() == 1
    assert world.receiver.received[-1].headers["webhook-id"] == brief["webhook_id"]
    assert (await world.ask("GET", path))["state"] == "delivered"
    for days, status in ((30, 200), (31, 404)):
        await look_after(world.sessions, world.search, now=world.now + timedelta(days=days))
        kept = await world.ask("GET", path, status)
    assert kept["code"] == "webhook-delivery-not-found"


async def test_after_a_rotation_both_secrets_sign_for_a_day(world: World) -> None:
    hook = await world.hook("/hook", ["platform.published"])
    rotated = await world.ask("POST", f"/webhooks/{hook['id']}/rotate-secret")
    assert rotated["secret"] != hook["secret"]
    await world.tell(published())
    await world.deliver()
    (got,) = world.receiver.received
    assert len(got.headers["webhook-signature"].split(" ")) == 2
    assert verified(got, hook["secret"]) == verified(got, rotated["secret"])
    shown = await world.ask("GET", f"/webhooks/{hook['id']}")
    assert shown["previous_secret_until"] == rotated["previous_secret_until"]
    assert "secret" not in shown
    world.now += timedelta(hours=24)
    await world.tell(published())
    await world.deliver()
    last = world.receiver.received[-1]
    signed = Webhook(rotated["secret"]).sign(last.headers["webhook-id"], world.now, last.body)
    assert last.headers["webhook-signature"] == signed
    assert (await world.ask("GET", f"/webhooks/{hook['id']}"))["previous_secret_until"] is None


async def test_410_and_a_day_of_failure_disable_a_webhook_and_its_owner_is_told(world: World) -> None:
    gone = await world.hook("/gone?key=hidden", ["platform.published"])
    failing = await world.hook("/failing", ["platform.published"])
    world.receiver.replies |= {"/gone?key=hidden": Reply(410), "/failing": Reply(503)}
    await world.tell(published(), published("second"))
    await world.deliver()
    shown = await world.ask("GET", f"/webhooks/{gone['id']}")
    assert (shown["enabled"], shown["disabled_reason"]) == (False, "gone")
    assert {item["state"] for item in await world.log(gone)} == {"failed"}
    inbox = await world.ask("GET", "/notifications", params={"type": "webhook_disabled"})
    assert (inbox["unread"], inbox["items"][0]["subject"]["id"]) == (1, gone["id"])
    assert "127.0.0.1" in inbox["items"][0]["body"]["zh"]
    assert [mail.to for mail in world.mails.sent] == [world.owner.email]
    assert (await world.ask("POST", f"/webhooks/{gone['id']}/test", 409))["code"] == "wrong-state"
    while (await world.ask("GET", f"/webhooks/{failing['id']}"))["enabled"]:
        tried = [item["next_try_at"] for item in await world.log(failing) if item["next_try_at"]]
        world.now = type(world.now).fromisoformat(max(tried))
        await world.deliver()
    # Both deliveries failed all the while, to the last attempt of one.
    shown = await world.ask("GET", f"/webhooks/{failing['id']}")
    assert shown["disabled_reason"] == "failing"
    assert shown["failures_in_a_row"] > MOST_ATTEMPTS
    states = {(item["state"], item["attempts"]) for item in await world.log(failing)}
    assert ("failed", MOST_ATTEMPTS) in states
    assert len(world.mails.sent) == 2
    # While it is disabled nothing is kept for it; afterwards it is told of what happens then.
    await world.tell(published())
    assert await world.deliver() == 0
    world.receiver.replies.clear()
    world.now += timedelta(seconds=1)
    enabled = await world.ask("POST", f"/webhooks/{failing['id']}/enable")
    assert (enabled["enabled"], enabled["failures_in_a_row"]) == (True, 0)
    assert await world.deliver() == 0
    async with world.sessions() as session:
        trail = (await session.scalars(select(AuditEntry))).all()
    assert [row.action for row in trail if row.actor == "system"] == ["webhook.disabled"] * 2
    assert "hidden" not in str([(row.before, row.after) for row in trail])


async def test_a_receiver_that_hangs_keeps_no_other_waiting_and_two_workers_send_nothing_twice(
    world: World,
) -> None:
    free = asyncio.Event()
    world.receiver.replies["/slow"] = Reply(until=free)
    await world.hook("/slow", ["platform.published"])
    quick = await world.hook("/quick", ["platform.published"])
    await world.tell(*(published(f"lab-{number}") for number in range(5)))
    while len(world.receiver.at("/quick")) < 5 or len(world.receiver.at("/slow")) < AT_ONCE_OF_ENDPOINT:
        await asyncio.gather(world.deliverer.start_due(), world.another.start_due())
        await asyncio.gather(world.deliverer.wait(0.01), world.another.wait(0.01))
    assert len(world.receiver.at("/slow")) == AT_ONCE_OF_ENDPOINT
    free.set()
    await world.another.finish()
    await world.deliverer.finish()
    await world.deliver()
    for path in ("/slow", "/quick"):
        assert len({each.headers["webhook-id"] for each in world.receiver.at(path)}) == 5
        assert len(world.receiver.at(path)) == 5
    assert {item["state"] for item in await world.log(quick)} == {"delivered"}


async def test_what_a_process_that_died_had_taken_is_sent_again_by_the_next(world: World) -> None:
    world.receiver.replies["/hook"] = Reply(until=asyncio.Event())
    hook = await world.hook("/hook", ["platform.published"])
    await world.tell(published())
    assert await world.deliverer.start_due() == 1
    await world.receiver.arrived.wait()
    await world.deliverer.abandon()
    world.receiver.replies.clear()
    world.now += CLAIMED_FOR - timedelta(seconds=1)
    assert await world.deliver() == 0
    world.now += timedelta(seconds=1)
    assert await world.deliver() == 1
    first, second = world.receiver.received
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
    (brief,) = await world.log(hook)
    assert (brief["state"], brief["attempts"]) == ("delivered", 1)
