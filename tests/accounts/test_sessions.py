"""Signing in, staying signed in, signing out."""

import asyncio

import pytest
from fastapi import FastAPI
from sqlalchemy import update

from app.db import SessionFactory
from app.models import Person
from app.settings import Settings
from tests.accounts.conftest import EMAIL, PASSWORD, World, bearer, equip_for_tests
from tests.fixtures.client import as_new, client_of
from tests.fixtures.contract import Contract


async def test_a_confirmed_person_signs_in_and_is_known(world: World) -> None:
    await world.register()
    tokens = await world.sign_in(" LI@Example.org ")
    me = await world.me(tokens["access_token"])
    assert me.status_code == 200
    assert me.json()["email"] == EMAIL
    assert me.json()["scopes"] is None
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in_seconds"] == 900


async def test_an_access_token_ends_after_its_time(world: World) -> None:
    await world.register()
    tokens = await world.sign_in()
    world.clock.advance(minutes=14, seconds=59)
    assert (await world.me(tokens["access_token"])).status_code == 200
    world.clock.advance(seconds=1)
    refused = await world.me(tokens["access_token"])
    assert refused.status_code == 401
    assert refused.json()["code"] == "unauthenticated"
    assert refused.headers["www-authenticate"] == "Bearer"


async def test_a_refresh_token_gives_the_next_pair_also_beside_an_ended_access_token(world: World) -> None:
    await world.register()
    first = await world.sign_in()
    world.clock.advance(hours=1)
    answer = await world.post(
        "/sessions/refresh", {"refresh_token": first["refresh_token"]}, **bearer(first["access_token"])
    )
    assert answer.status_code == 200
    second = answer.json()
    assert second["refresh_token"] != first["refresh_token"]
    assert (await world.me(second["access_token"])).status_code == 200


async def test_a_refresh_token_used_again_ends_the_session_of_both_who_have_it(world: World) -> None:
    await world.register()
    first = await world.sign_in()
    other = await world.sign_in()
    second = (await world.refresh(first["refresh_token"])).json()
    again = await world.refresh(first["refresh_token"])
    assert (again.status_code, again.json()["code"]) == (401, "refresh-refused")
    assert (await world.refresh(second["refresh_token"])).status_code == 401
    assert (await world.me(second["access_token"])).status_code == 401
    # Another sign-in of the same person is another family.
    assert (await world.me(other["access_token"])).status_code == 200
    assert (await world.refresh(other["refresh_token"])).status_code == 200


async def test_a_refresh_token_ends_after_its_time(world: World) -> None:
    await world.register()
    tokens = await world.sign_in()
    world.clock.advance(days=30)
    assert (await world.refresh(tokens["refresh_token"])).status_code == 401


async def test_signing_out_ends_refresh_and_access_tokens_and_can_be_repeated(world: World) -> None:
    await world.register()
    tokens = await world.sign_in()
    for _ in range(2):
        out = await world.post("/sessions/sign-out", {"refresh_token": tokens["refresh_token"]})
        assert out.status_code == 204
    assert (await world.me(tokens["access_token"])).status_code == 401
    assert (await world.refresh(tokens["refresh_token"])).status_code == 401
    unknown = await world.post("/sessions/sign-out", {"refresh_token": "pgr_" + "a" * 43})
    assert unknown.status_code == 204


@pytest.mark.parametrize("kind", ["unknown", "unconfirmed", "disabled", "wrong password"])
async def test_whatever_fails_a_sign_in_is_answered_alike_and_costs_one_verification(
    world: World, new_session: SessionFactory, kind: str
) -> None:
    await world.register()
    if kind == "unconfirmed":
        await world.post("/accounts", {"email": "wu@example.org", "name": "吴", "password": PASSWORD})
    if kind == "disabled":
        async with new_session() as session, session.begin():
            await session.execute(update(Person).values(disabled=True))
    email = {"unknown": "who@example.org", "unconfirmed": "wu@example.org"}.get(kind, EMAIL)
    password = "another password" if kind == "wrong password" else PASSWORD
    before = (world.passwords.verified, world.passwords.hashed)
    refused = await world.try_to_sign_in(email, password)
    assert (world.passwords.verified, world.passwords.hashed) == (before[0] + 1, before[1])
    body = refused.json()
    body.pop("request_id")
    assert (refused.status_code, body) == (
        401,
        {
            "type": "urn:proving-ground:problem:sign-in-failed",
            "title": "邮箱或密码不正确",
            "status": 401,
            "code": "sign-in-failed",
            "detail": "邮箱或密码不正确",
            "instance": "/v1/sessions",
            "errors": [],
        },
    )


async def test_a_disabled_person_is_not_known_any_more(world: World, new_session: SessionFactory) -> None:
    await world.register()
    tokens = await world.sign_in()
    async with new_session() as session, session.begin():
        await session.execute(update(Person).values(disabled=True))
    assert (await world.me(tokens["access_token"])).status_code == 401
    assert (await world.refresh(tokens["refresh_token"])).status_code == 401


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer x.y.z", "Basic bGk6eA==", "", "Bearer pgk_" + "a" * 43, "pgk_x"]
)
async def test_a_credential_that_is_not_good_is_refused_even_where_none_is_needed(
    world: World, header: str
) -> None:
    for path in ("/v1/me", "/v1/fields"):
        answer = await world.client.get(path, headers={"Authorization": header})
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


@pytest.fixture
async def real_world(own_sessions: SessionFactory, settings: Settings) -> FastAPI:
    """The application on a database of its own, where requests at once have transactions of their own."""
    app = as_new(settings)
    app.state.new_session = own_sessions
    equip_for_tests(app)
    return app


async def test_a_refresh_token_used_twice_at_once_serves_at_most_one_and_ends_the_session(
    real_world: FastAPI, contract: Contract
) -> None:
    async with client_of(real_world, contract) as client:
        world = World(real_world, client)
        await world.register()
        for _ in range(5):
            tokens = await world.sign_in()
            answers = await asyncio.gather(*(world.refresh(tokens["refresh_token"]) for _ in range(6)))
            served = [answer.json() for answer in answers if answer.status_code == 200]
            assert sorted(answer.status_code for answer in answers) == [200, *[401] * 5]
            assert (await world.refresh(served[0]["refresh_token"])).status_code == 401
            assert (await world.me(served[0]["access_token"])).status_code == 401


async def test_registered_twice_at_once_there_is_one_account(real_world: FastAPI, contract: Contract) -> None:
    async with client_of(real_world, contract) as client:
        world = World(real_world, client)
        given = {"email": EMAIL, "name": "李工", "password": PASSWORD}
        answers = await asyncio.gather(*(world.post("/accounts", given) for _ in range(4)))
        assert {answer.status_code for answer in answers} == {202}
        assert len(world.inbox.mails) == 4
