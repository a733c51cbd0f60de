"""API keys: shown once, scoped, expiring, revocable."""

import hashlib
import uuid

from sqlalchemy import select

from app.db import SessionFactory
from app.models import ApiKey, Membership, Organisation, OrganisationRole, Person
from tests.accounts.conftest import NOW, World, bearer

KEY = {"name": "LIMS", "scopes": ["organisation:read"], "expires_in_days": 30}


async def session_of(world: World, email: str = "li@example.org") -> dict[str, str]:
    await world.register(email)
    return bearer((await world.sign_in(email))["access_token"])


async def test_a_key_is_shown_once_and_only_its_hash_is_kept(
    world: World, new_session: SessionFactory
) -> None:
    headers = await session_of(world)
    made = await world.post("/api-keys", KEY, **headers)
    assert made.status_code == 201
    secret = made.json()["key"]
    assert secret.startswith(made.json()["prefix"])
    listed = (await world.client.get("/v1/api-keys", headers=headers)).json()["items"]
    assert [(one["name"], one["expired"], one["last_used_at"]) for one in listed] == [("LIMS", False, None)]
    assert "key" not in listed[0]
    async with new_session() as session:
        row = (await session.scalars(select(ApiKey))).one()
    assert row.key_hash == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in str(row.model_dump())


async def test_a_key_tells_who_it_acts_for_and_when_it_was_used(world: World) -> None:
    headers = await session_of(world)
    secret = (await world.post("/api-keys", KEY, **headers)).json()["key"]
    me = await world.me(secret)
    assert (me.status_code, me.json()["scopes"]) == (200, ["organisation:read"])
    world.clock.advance(seconds=59)
    await world.me(secret)
    (key,) = (await world.client.get("/v1/api-keys", headers=headers)).json()["items"]
    assert key["last_used_at"] == "2026-11-23T08:30:00Z"
    world.clock.advance(seconds=1)
    await world.me(secret)
    (key,) = (await world.client.get("/v1/api-keys", headers=headers)).json()["items"]
    assert key["last_used_at"] == "2026-11-23T08:31:00Z"


async def test_an_expired_key_and_a_revoked_one_are_refused(world: World) -> None:
    headers = await session_of(world)
    first = (await world.post("/api-keys", KEY, **headers)).json()
    second = (await world.post("/api-keys", {**KEY, "expires_in_days": 1}, **headers)).json()
    revoked = await world.client.delete(f"/v1/api-keys/{first['id']}", headers=headers)
    assert revoked.status_code == 204
    again = await world.client.delete(f"/v1/api-keys/{first['id']}", headers=headers)
    assert (again.status_code, again.json()["code"]) == (404, "api-key-not-found")
    assert (await world.me(first["key"])).status_code == 401
    assert (await world.me(second["key"])).status_code == 200
    world.clock.advance(days=1)
    assert (await world.me(second["key"])).status_code == 401


async def test_a_key_manages_no_account(world: World) -> None:
    headers = await session_of(world)
    made = (await world.post("/api-keys", KEY, **headers)).json()
    machine = bearer(made["key"])
    calls = [
        await world.post("/api-keys", KEY, **machine),
        await world.client.get("/v1/api-keys", headers=machine),
        await world.client.patch("/v1/me", json={"name": "x"}, headers={**machine, "If-Match": "*"}),
        await world.post("/me/password", {"current_password": "a", "new_password": "b" * 12}, **machine),
    ]
    assert [(call.status_code, call.json()["code"]) for call in calls] == [(403, "session-required")] * 4


async def test_somebody_elses_key_cannot_be_told_from_one_that_does_not_exist(world: World) -> None:
    mine = await session_of(world)
    made = (await world.post("/api-keys", KEY, **mine)).json()
    other = await session_of(world, "wu@example.org")
    for key_id in (made["id"], str(uuid.uuid4())):
        answer = await world.client.delete(f"/v1/api-keys/{key_id}", headers=other)
        assert (answer.status_code, answer.json()["code"]) == (404, "api-key-not-found")
    assert (await world.me(made["key"])).status_code == 200


async def test_a_key_of_one_organisation_has_the_role_there_and_nothing_else(
    world: World, new_session: SessionFactory
) -> None:
    headers = await session_of(world)
    async with new_session() as session, session.begin():
        person = (await session.scalars(select(Person))).one()
        person.is_admin = True
        organisations = [Organisation(slug=f"own-{n}", name_zh=f"机构{n}", demo=False) for n in range(2)]
        foreign = Organisation(slug="foreign", name_zh="别家", demo=False)
        session.add_all([*organisations, foreign])
        await session.flush()
        for organisation in organisations:
            session.add(
                Membership(
                    person_id=person.id,
                    organisation_id=organisation.id,
                    role=OrganisationRole.EDITOR,
                    created_at=NOW,
                )
            )
    made = await world.post("/api-keys", {**KEY, "organisation_id": str(organisations[0].uid)}, **headers)
    by_key = (await world.me(made.json()["key"])).json()
    assert [one["slug"] for one in by_key["organisations"]] == ["own-0"]
    assert by_key["is_admin"] is False
    by_session = (await world.client.get("/v1/me", headers=headers)).json()
    assert [(one["slug"], one["role"]) for one in by_session["organisations"]] == [
        ("own-0", "editor"),
        ("own-1", "editor"),
    ]
    assert by_session["is_admin"] is True
    for uid in (foreign.uid, uuid.uuid4()):
        refused = await world.post("/api-keys", {**KEY, "organisation_id": str(uid)}, **headers)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "not_a_member")


async def test_nobody_has_more_than_fifty_good_keys(world: World) -> None:
    headers = await session_of(world)
    for _ in range(50):
        assert (await world.post("/api-keys", KEY, **headers)).status_code == 201
    refused = await world.post("/api-keys", KEY, **headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "too-many-api-keys")


async def test_sent_twice_with_one_idempotency_key_there_is_one_key(world: World) -> None:
    headers = {**await session_of(world), "Idempotency-Key": "once"}
    first = await world.post("/api-keys", KEY, **headers)
    second = await world.post("/api-keys", KEY, **headers)
    assert first.json() == second.json()
    assert len((await world.client.get("/v1/api-keys", headers=headers)).json()["items"]) == 1


async def test_an_unknown_scope_is_refused(world: World) -> None:
    headers = await session_of(world)
    refused = await world.post("/api-keys", {**KEY, "scopes": ["everything"]}, **headers)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/body/scopes/0")
