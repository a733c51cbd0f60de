"""What departments decide at once: recognition and verification."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.clock import business_day
from app.listing.authority import OF_THE_PROVINCE, tier_within_authority
from app.models import Accreditation, Platform, Tier, Verification
from tests.factories.registry import make_accreditation
from tests.listing.review_world import HIDDEN_FROM, World, make_world

MUNICIPAL = {"tier": "municipal", "recognised_on": "2025-09-01", "verified": True}
CHECK = {"verification": "verified", "source": "认可机构公开目录", "verified_on": "2026-10-01"}


@pytest.fixture
async def world(app: FastAPI, client: httpx.AsyncClient, session: AsyncSession) -> World:
    return await make_world(app, client, session)


@given(before=st.sampled_from([None, *Tier]), after=st.sampled_from([None, *Tier]))
def test_only_the_province_gives_or_takes_provincial_and_national(
    before: Tier | None, after: Tier | None
) -> None:
    assert tier_within_authority(before, after, by_province=True)
    touches = before is not after and bool({before, after} & OF_THE_PROVINCE)
    assert tier_within_authority(before, after, by_province=False) is not touches


async def recognise(world: World, body: dict[str, Any], who: str = "publisher") -> httpx.Response:
    return await world.ask(who, "PUT", world.path("/recognition", world.seeded), body, "read")


async def test_a_recognition_is_public_at_once(world: World) -> None:
    answer = await recognise(world, MUNICIPAL)
    assert answer.status_code == 200
    assert answer.json() == MUNICIPAL
    public = (await world.client.get(world.path("", world.seeded))).json()
    assert public["tier"]["code"] if isinstance(public["tier"], dict) else public["tier"] == "municipal"
    assert [event.type for event in await world.events()] == ["platform.changed"]
    (entry,) = await world.trail()
    assert entry.action == "platform.recognised"
    assert entry.before == {"tier": None, "recognised_on": None, "verified": False}
    assert entry.after == MUNICIPAL


async def test_saying_the_same_again_changes_nothing(world: World) -> None:
    await recognise(world, MUNICIPAL)
    await recognise(world, MUNICIPAL)
    assert await world.actions() == ["platform.recognised"]
    assert len(await world.events()) == 1


async def test_the_recognition_of_a_draft_is_told_to_nobody(world: World) -> None:
    answer = await world.ask("publisher", "PUT", world.path("/recognition"), MUNICIPAL, "read")
    assert answer.status_code == 200
    assert await world.events() == []


async def test_a_city_cannot_give_or_take_what_the_province_decides(world: World) -> None:
    provincial = {**MUNICIPAL, "tier": "provincial"}
    refused = await recognise(world, provincial)
    assert (refused.status_code, refused.json()["code"]) == (403, "tier-beyond-authority")
    assert (await recognise(world, provincial, "publisher of the province")).status_code == 200
    assert (await recognise(world, MUNICIPAL)).status_code == 403
    # What is not the tier may be changed by the city also then.
    assert (await recognise(world, {**provincial, "verified": False})).status_code == 200


async def test_a_recognition_of_a_stale_version_is_refused(world: World) -> None:
    path = world.path("/recognition", world.seeded)
    read = (await world.ask("publisher", "GET", path)).headers["ETag"]
    await recognise(world, MUNICIPAL)
    assert (await world.ask("publisher", "PUT", path, MUNICIPAL, read)).status_code == 412
    assert (await world.ask("publisher", "PUT", path, MUNICIPAL)).status_code == 428


@pytest.mark.parametrize(
    "body",
    [
        {"tier": "municipal", "verified": True},
        {**MUNICIPAL, "tier": "best"},
        {**MUNICIPAL, "verified": None},
        {**MUNICIPAL, "slug": "x"},
    ],
)
async def test_a_recognition_is_said_as_a_whole(world: World, body: dict[str, Any]) -> None:
    assert (await recognise(world, body)).status_code == 422


async def test_nobody_is_recognised_in_the_future(world: World) -> None:
    today = business_day(world.app.state.clock())
    for day, status in ((today, 200), (today + timedelta(days=1), 422)):
        answer = await recognise(world, {**MUNICIPAL, "recognised_on": day.isoformat()})
        assert answer.status_code == status, day


@pytest.mark.parametrize(
    ("who", "status"),
    [("reviewer", 403), ("owner", 403), ("admin", 403), *((who, 404) for who in HIDDEN_FROM)],
)
async def test_only_a_competent_publisher_recognises(world: World, who: str, status: int) -> None:
    answer = await world.ask(who, "PUT", world.path("/recognition"), MUNICIPAL, "*")
    assert answer.status_code == status


async def test_a_publisher_who_is_a_member_of_the_operator_recuses(world: World) -> None:
    answer = await world.ask("own reviewer", "PUT", world.path("/recognition"), MUNICIPAL, "*")
    assert (answer.status_code, answer.json()["code"]) == (403, "conflict-of-interest")


async def accredited(world: World, platform: Platform, **known: Any) -> Accreditation:
    row = await make_accreditation(world.session, platform, source={"url": "https://example.org"}, **known)
    await world.session.commit()
    return row


async def verify(
    world: World, row: Accreditation, body: dict[str, Any], who: str = "reviewer", if_match: str = "read"
) -> httpx.Response:
    return await world.ask(who, "PUT", f"/v1/accreditations/{row.slug}/verification", body, if_match)


async def test_a_verified_accreditation_says_by_whom_when_and_against_what(world: World) -> None:
    row = await accredited(world, world.seeded)
    answer = await verify(world, row, CHECK)
    assert answer.status_code == 200
    assert answer.json() == {
        "accreditation_id": str(row.uid),
        "verification": "verified",
        "source": "认可机构公开目录",
        "verified_on": "2026-10-01",
        "verified_by": "杭州市经信主管部门",
    }
    public = (await world.client.get(f"/v1/accreditations/{row.slug}")).json()
    assert (public["verification"], public["verified_by"]) == ("verified", "杭州市经信主管部门")
    assert public["source"] == {"url": "https://example.org", "verified_against": "认可机构公开目录"}
    (entry,) = await world.trail()
    assert (entry.action, entry.entity_uid, entry.platform_uid) == (
        "accreditation.verified",
        row.uid,
        world.seeded.uid,
    )
    assert entry.actor == f"person:{world.people['reviewer'].uid}"
    assert [event.type for event in await world.events()] == ["platform.changed"]


async def test_a_verification_can_be_taken_back(world: World) -> None:
    row = await accredited(world, world.seeded)
    await verify(world, row, CHECK)
    answer = await verify(world, row, {"verification": "declared"})
    assert answer.json()["verified_by"] is None
    await world.session.refresh(row)
    assert (row.verification, row.verified_on) == (Verification.DECLARED, None)
    assert row.source == {"url": "https://example.org"}
    assert await world.actions() == ["accreditation.verified", "accreditation.unverified"]


async def test_a_certificate_that_changed_since_it_was_looked_at_is_not_verified(world: World) -> None:
    row = await accredited(world, world.seeded)
    read = (await world.ask("reviewer", "GET", f"/v1/accreditations/{row.slug}/verification")).headers["ETag"]
    row.valid_to = date(2035, 1, 1)
    await world.session.commit()
    assert (await verify(world, row, CHECK, if_match=read)).status_code == 412


async def test_what_is_not_published_cannot_be_verified(world: World) -> None:
    row = await accredited(world, world.platform, live=False)
    answer = await verify(world, row, CHECK)
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong-state")


@pytest.mark.parametrize(
    "body",
    [
        {"verification": "verified"},
        {"verification": "verified", "source": "x"},
        {"verification": "verified", "verified_on": "2026-10-01"},
        {"verification": "declared", "source": "x"},
        {**CHECK, "verified_on": "2199-01-01"},
        {**CHECK, "verified_by": "me"},
    ],
)
async def test_a_check_without_its_circumstances_is_refused(world: World, body: dict[str, Any]) -> None:
    row = await accredited(world, world.seeded)
    assert (await verify(world, row, body)).status_code == 422


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("publisher", 403),
        ("owner", 403),
        ("own reviewer", 403),
        ("reviewer elsewhere", 404),
        ("stranger", 404),
    ],
)
async def test_only_a_competent_reviewer_verifies(world: World, who: str, status: int) -> None:
    row = await accredited(world, world.platform)
    assert (await verify(world, row, CHECK, who, "*")).status_code == status
