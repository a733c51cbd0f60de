"""Claims on platforms of the catalogue."""

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Department, OrganisationRole, Platform, PlatformKind
from tests.factories.people import make_duty, make_member, make_person, signed_in_as
from tests.factories.registry import make_organisation, make_platform
from tests.listing.review_world import PUBLISHER, World, make_world


@pytest.fixture
async def world(app: FastAPI, client: httpx.AsyncClient, session: AsyncSession) -> World:
    return await make_world(app, client, session)


async def claim(world: World, who: str = "owner", organisation: str | None = None) -> httpx.Response:
    body = {"organisation_id": organisation or world.operator.slug, "evidence": "认定文件第 3 页"}
    return await world.ask(who, "POST", world.path("/claims", world.seeded), body)


async def decide(
    world: World, claimed: httpx.Response, decision: str, who: str = "publisher"
) -> httpx.Response:
    path = f"/v1/claims/{claimed.json()['id']}/decision"
    return await world.ask(
        who, "POST", path, {"decision": decision, "reason": "已核对"}, claimed.headers["ETag"]
    )


async def operator_of(world: World) -> int | None:
    return (await world.session.get_one(Platform, world.seeded.id, populate_existing=True)).operator_id


async def test_a_granted_claim_makes_the_organisation_the_operator(world: World) -> None:
    claimed = await claim(world)
    assert claimed.status_code == 201
    assert claimed.json()["state"] == "open"
    granted = await decide(world, claimed, "grant")
    assert granted.status_code == 200
    assert (granted.json()["state"], granted.json()["reason"]) == ("granted", "已核对")
    assert await operator_of(world) == world.operator.id
    # From now on its owner is somebody to the platform.
    assert (await world.ask("owner", "GET", world.path("/submission", world.seeded))).status_code == 200
    assert await world.actions() == ["claim.created", "claim.granted", "platform.operator_changed"]
    assert [event.type for event in await world.events()] == ["platform.changed"]


async def test_the_evidence_of_a_claim_is_not_in_the_trail(world: World) -> None:
    """The trail of the platform is read by whoever operates it later, who may be a rival."""
    await claim(world)
    assert all("evidence" not in (entry.after or {}) for entry in await world.trail())


async def test_granting_refuses_every_other_open_claim(world: World) -> None:
    mine = await claim(world)
    theirs = await claim(world, "owner elsewhere", world.elsewhere.slug)
    await decide(world, mine, "grant")
    other = await world.ask("owner elsewhere", "GET", f"/v1/claims/{theirs.json()['id']}")
    assert other.json()["state"] == "refused"
    again = await decide(world, theirs, "grant")
    assert (again.status_code, again.json()["code"]) == (409, "wrong-state")
    assert await operator_of(world) == world.operator.id


async def test_a_refused_claim_changes_nothing_and_may_be_made_again(world: World) -> None:
    before = await operator_of(world)
    refused = await decide(world, await claim(world), "refuse")
    assert refused.json()["state"] == "refused"
    assert await operator_of(world) == before
    assert await world.events() == []
    assert (await claim(world)).status_code == 201


async def test_an_organisation_has_one_open_claim_on_a_platform(world: World) -> None:
    await claim(world)
    again = await claim(world)
    assert (again.status_code, again.json()["code"]) == (409, "claim-open")


async def test_a_platform_whose_operator_has_members_cannot_be_claimed(
    world: World, session: AsyncSession
) -> None:
    before = await claim(world)
    platform = await session.get_one(Platform, world.seeded.id, populate_existing=True)
    platform.operator_id = world.elsewhere.id
    await session.commit()
    answer = await claim(world, "owner")
    assert (answer.status_code, answer.json()["code"]) == (409, "platform-not-claimable")
    # Nor is a claim granted that was made before somebody spoke for it.
    late = await decide(world, before, "grant")
    assert (late.status_code, late.json()["code"]) == (409, "platform-not-claimable")
    assert await operator_of(world) == world.elsewhere.id


async def test_a_platform_without_a_recorded_operator_can_be_claimed(
    world: World, session: AsyncSession
) -> None:
    platform = await session.get_one(Platform, world.seeded.id, populate_existing=True)
    platform.operator_id = None
    await session.commit()
    assert (await decide(world, await claim(world), "grant")).status_code == 200
    assert await operator_of(world) == world.operator.id


async def test_only_an_owner_claims_and_only_for_the_own_organisation(world: World) -> None:
    assert (await claim(world, "editor")).status_code == 403
    for who, organisation in (
        ("stranger", world.operator.slug),
        ("owner", world.elsewhere.slug),
        ("owner", "none"),
    ):
        answer = await claim(world, who, organisation)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/body/organisation_id"


async def test_what_is_not_public_cannot_be_claimed(world: World) -> None:
    body = {"organisation_id": world.elsewhere.slug, "evidence": "x"}
    answer = await world.ask("owner elsewhere", "POST", world.path("/claims"), body)
    assert answer.status_code == 404


async def test_who_claims_and_the_department_see_a_claim_and_nobody_else(world: World) -> None:
    uid = (await claim(world)).json()["id"]
    seeing = ["owner", "viewer", "reviewer", "publisher", "publisher of the province", "admin"]
    for who in world.people:
        expected = who in seeing or who == "editor" or who in ("own reviewer", "reviewer of the province")
        answer = await world.ask(who, "GET", f"/v1/claims/{uid}")
        assert answer.status_code == (200 if expected else 404), who
        listed = await world.ask(who, "GET", "/v1/claims?state=open&total=true")
        assert listed.json()["total"] == (1 if expected else 0), who
    assert (await world.ask("owner", "GET", "/v1/claims?state=granted")).json()["items"] == []


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("reviewer", 403),
        ("owner", 403),
        ("admin", 403),
        ("own reviewer", 403),
        ("publisher elsewhere", 404),
        ("publisher of the other kind", 404),
        ("publisher of the province", 200),
    ],
)
async def test_only_a_competent_publisher_without_an_interest_decides(
    world: World, who: str, status: int
) -> None:
    claimed = await claim(world)
    answer = await decide(world, claimed, "grant", who)
    assert answer.status_code == status
    if who == "own reviewer":
        assert answer.json()["code"] == "conflict-of-interest"


async def test_the_other_department_decides_about_the_other_kind(world: World, session: AsyncSession) -> None:
    centre = await make_platform(
        session,
        kind=PlatformKind.VERIFICATION_CENTRE,
        operator_id=(await make_organisation(session)).id,
        region_code="330100",
    )
    await session.commit()
    body = {"organisation_id": world.operator.slug, "evidence": "x"}
    claimed = await world.ask("owner", "POST", world.path("/claims", centre), body)
    assert (await decide(world, claimed, "grant", "publisher")).status_code == 404
    assert (await decide(world, claimed, "grant", "publisher of the other kind")).status_code == 200


async def test_a_claim_is_withdrawn_by_an_owner_while_it_is_open(world: World) -> None:
    claimed = await claim(world)
    path = claimed.headers["Location"]
    assert (await world.ask("owner", "DELETE", path)).status_code == 428
    assert (await world.ask("editor", "DELETE", path, if_match="*")).status_code == 403
    assert (await world.ask("owner", "DELETE", path, if_match=claimed.headers["ETag"])).status_code == 204
    assert (await world.ask("owner", "GET", path)).json()["state"] == "withdrawn"
    assert (await world.ask("owner", "DELETE", path, if_match="*")).status_code == 409
    assert (await decide(world, claimed, "grant")).status_code == 409


async def test_a_person_with_two_organisations_claims_for_the_one_they_name(
    world: World, session: AsyncSession
) -> None:
    person = await make_person(session)
    second = await make_organisation(session)
    await make_member(session, person, world.operator, OrganisationRole.VIEWER)
    await make_member(session, person, second, OrganisationRole.OWNER)
    await make_duty(session, person, Department.ECONOMY, "330000", PUBLISHER)
    world.headers["both"] = await signed_in_as(session, world.app, person)
    await session.commit()
    assert (await claim(world, "both", world.operator.slug)).status_code == 403
    claimed = await claim(world, "both", second.slug)
    assert claimed.status_code == 201
    answer = await decide(world, claimed, "grant", "both")
    assert (answer.status_code, answer.json()["code"]) == (403, "conflict-of-interest")
