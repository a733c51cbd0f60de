"""The feed of changes over HTTP."""

from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app import outbox
from app.outbox import ChangeType, Event
from tests.factories import registry


async def changes(client: httpx.AsyncClient, **asked: Any) -> dict[str, Any]:
    answer = await client.get("/v1/changes", params=asked)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_the_seeded_catalogue_is_in_the_feed(seeded_client: httpx.AsyncClient) -> None:
    first = await changes(seeded_client, limit=500)
    assert len(first["items"]) == 131
    assert not first["has_more"]
    assert [item["entity"] for item in first["items"]] == ["vocabulary"] + ["platform"] * 130
    platform = first["items"][-1]
    assert platform["platform_id"] == platform["entity_id"]
    assert (platform["deleted"], platform["type"]) == (False, "platform.published")
    shown = (await seeded_client.get(f"/v1/platforms/{platform['entity_id']}")).json()
    assert (shown["slug"], shown["name"], shown["demo"]) == (
        platform["slug"],
        platform["name"],
        platform["demo"],
    )


async def test_pages_join_without_gap_or_double(seeded_client: httpx.AsyncClient) -> None:
    everything = (await changes(seeded_client, limit=500))["items"]
    joined, asked = [], {"limit": 40}
    while True:
        page = await changes(seeded_client, **asked)
        joined += page["items"]
        asked["cursor"] = page["cursor"]
        if not page["has_more"]:
            break
    assert joined == everything
    assert await changes(seeded_client, **asked) == {
        "items": [],
        "cursor": asked["cursor"],
        "has_more": False,
    }


async def test_types_narrow_the_feed_and_the_cursor_still_moves_on(seeded_client: httpx.AsyncClient) -> None:
    only = await changes(seeded_client, types="vocabulary.changed, platform.removed", limit=1)
    assert [item["type"] for item in only["items"]] == ["vocabulary.changed"]
    assert not only["has_more"]
    assert (await changes(seeded_client, cursor=only["cursor"]))["items"] == []


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({"types": "platform.exploded"}, "/query/types"),
        ({"cursor": "x"}, "/query/cursor"),
        ({"limit": "501"}, "/query/limit"),
        ({"total": "true"}, "/query/total"),
    ],
)
async def test_what_cannot_be_asked(
    seeded_client: httpx.AsyncClient, asked: dict[str, str], pointer: str
) -> None:
    answer = await seeded_client.get("/v1/changes", params=asked)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_removals_are_marked_and_private_events_never_shown(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    await registry.make_vocabulary(session)
    platform = await registry.make_platform(session)
    start = (await changes(client))["cursor"]
    outbox.add(session, Event("invitation.sent", "invitation", platform.uid))
    outbox.add(
        session,
        outbox.platform_event(
            ChangeType.PLATFORM_REMOVED,
            platform.uid,
            slug=platform.slug,
            name_zh=platform.name_zh,
            name_en=None,
            demo=platform.demo,
        ),
        actor="person:somebody",
    )
    await session.commit()
    answer = await changes(client, cursor=start)
    (item,) = answer["items"]
    assert (item["type"], item["deleted"], item["slug"]) == ("platform.removed", True, platform.slug)
    assert "somebody" not in str(answer)
