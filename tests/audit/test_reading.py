"""Reading the audit trail over HTTP."""

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import PlatformKind
from tests.listing.review_world import World, make_draft, make_world


@pytest.fixture
async def world(app: FastAPI, client: httpx.AsyncClient, session: AsyncSession) -> World:
    return await make_world(app, client, session)


async def test_the_trail_of_a_platform_is_read_newest_first_page_by_page(world: World) -> None:
    await world.submit()
    await world.decide("request_changes")
    await world.submit()
    found, cursor = [], ""
    while cursor is not None:
        path = world.path(f"/audit?limit=2{cursor and '&cursor='}{cursor}")
        page = (await world.ask("owner", "GET", path)).json()
        found += page["items"]
        cursor = page["next_cursor"]
    assert [item["action"] for item in found] == [
        "revision.submitted",
        "revision.changes_requested",
        "revision.submitted",
    ]
    assert found[1]["actor"] == f"person:{world.people['reviewer'].uid}"
    assert (found[1]["before"]["state"], found[1]["after"]["state"]) == ("submitted", "changes_requested")
    assert all(item["platform_id"] == str(world.platform.uid) for item in found)


async def test_the_trail_is_narrowed_by_action_and_thing(world: World) -> None:
    await world.submit()
    comment = (await world.ask("reviewer", "POST", world.path("/comments"), {"body": "一"})).json()

    async def found(query: str) -> list[str]:
        answer = await world.ask("reviewer", "GET", world.path(f"/audit?{query}"))
        return [item["action"] for item in answer.json()["items"]]

    assert await found("action=revision.submitted") == ["revision.submitted"]
    assert await found(f"entity_id={comment['id']}") == ["comment.created"]
    assert await found("action=none") == []


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("owner", 200),
        ("reviewer", 200),
        ("publisher", 200),
        ("publisher of the province", 200),
        ("admin", 200),
        ("editor", 403),
        ("viewer", 403),
        ("own reviewer", 403),
        ("reviewer elsewhere", 404),
        ("reviewer of the other kind", 404),
        ("owner elsewhere", 404),
        ("stranger", 404),
    ],
)
async def test_the_owner_and_the_competent_department_read_the_trail_of_a_platform(
    world: World, who: str, status: int
) -> None:
    assert (await world.ask(who, "GET", world.path("/audit"))).status_code == status


async def test_of_an_organisation_a_department_reads_nothing_about_the_other_kind(
    world: World, session: AsyncSession
) -> None:
    centre = await make_draft(session, world.operator, kind=PlatformKind.VERIFICATION_CENTRE)
    await session.commit()
    await world.submit()
    submitted = await world.ask(
        "owner", "POST", world.path("/submission", centre), if_match=await world.version("owner", centre)
    )
    assert submitted.status_code == 200
    await world.ask(
        "owner", "PATCH", f"/v1/organisations/{world.operator.slug}", {"name_en": "Renamed"}, "read"
    )

    async def seen(who: str) -> list[tuple[str, str | None]]:
        answer = await world.ask(who, "GET", f"/v1/organisations/{world.operator.slug}/audit")
        assert answer.status_code == 200, who
        return [(item["action"], item["platform_id"]) for item in answer.json()["items"]]

    of_organisation = ("organisation.changed", None)
    of_pilot = ("revision.submitted", str(world.platform.uid))
    of_centre = ("revision.submitted", str(centre.uid))
    for who in ("owner", "admin"):
        assert await seen(who) == [of_organisation, of_centre, of_pilot]
    for who in ("reviewer", "publisher of the province"):
        assert await seen(who) == [of_organisation, of_pilot]
    assert await seen("reviewer of the other kind") == [of_organisation, of_centre]


@pytest.mark.parametrize(
    ("who", "status"), [("editor", 403), ("viewer", 403), ("reviewer elsewhere", 404), ("stranger", 404)]
)
async def test_members_and_other_regions_do_not_read_the_trail_of_an_organisation(
    world: World, who: str, status: int
) -> None:
    path = f"/v1/organisations/{world.operator.slug}/audit"
    assert (await world.ask(who, "GET", path)).status_code == status
