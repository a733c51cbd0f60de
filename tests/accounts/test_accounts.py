"""Registration, confirmation, passwords, one's own record."""

import pytest
from sqlalchemy import select

from app.db import SessionFactory
from app.models import AuditEntry, Person
from tests.accounts.conftest import EMAIL, PASSWORD, World, bearer

NEW_PASSWORD = "a much better phrase"
REGISTRATION = {"email": EMAIL, "name": "李工", "password": PASSWORD}


class TestRegistration:
    async def test_answers_alike_and_works_alike_whether_the_address_has_an_account(
        self, world: World
    ) -> None:
        first = await world.post("/accounts", REGISTRATION)
        work = world.passwords.hashed
        await world.post("/accounts/confirm", {"token": world.inbox.last_token(), "password": PASSWORD})
        second = await world.post("/accounts", {**REGISTRATION, "password": NEW_PASSWORD})
        assert (first.status_code, first.json()) == (second.status_code, second.json())
        assert world.passwords.hashed == 2 * work == 2
        assert [mail.to for mail in world.inbox.mails] == [EMAIL, EMAIL]
        assert "pgm_" not in world.inbox.mails[1].text
        # Nothing was changed by it.
        assert (await world.try_to_sign_in()).status_code == 200

    async def test_nobody_can_sign_in_before_the_address_is_confirmed(self, world: World) -> None:
        await world.post("/accounts", REGISTRATION)
        assert (await world.try_to_sign_in()).status_code == 401

    async def test_a_stranger_cannot_confirm_what_somebody_else_registered_in_their_name(
        self, world: World
    ) -> None:
        await world.post("/accounts", REGISTRATION)
        given = {"token": world.inbox.last_token(), "password": "the stranger's own"}
        refused = await world.post("/accounts/confirm", given)
        assert (refused.status_code, refused.json()["code"]) == (422, "mailed-token-refused")

    async def test_the_token_is_good_once_and_for_two_days(self, world: World) -> None:
        await world.post("/accounts", REGISTRATION)
        given = {"token": world.inbox.last_token(), "password": PASSWORD}
        world.clock.advance(hours=48)
        assert (await world.post("/accounts/confirm", given)).status_code == 422
        await world.post("/accounts", REGISTRATION)
        given["token"] = world.inbox.last_token()
        assert (await world.post("/accounts/confirm", given)).status_code == 204
        assert (await world.post("/accounts/confirm", given)).status_code == 422

    async def test_an_unknown_token_costs_one_verification_too(self, world: World) -> None:
        given = {"token": "pgm_" + "a" * 43, "password": PASSWORD}
        assert (await world.post("/accounts/confirm", given)).status_code == 422
        assert world.passwords.verified == 1

    @pytest.mark.parametrize(
        ("changed", "pointer"),
        [
            ({"email": "li"}, "/body/email"),
            ({"email": "li@example.org\nBcc: all@example.org"}, "/body/email"),
            ({"password": "short"}, "/body/password"),
            ({"password": "abababababab"}, "/body/password"),
            ({"password": "li@example.org"}, "/body/password"),
            ({"name": " "}, "/body/name"),
            ({"name": "a\u0000b"}, "/body/name"),
            ({"is_admin": True}, "/body/is_admin"),
        ],
    )
    async def test_what_cannot_be_is_named(
        self, world: World, changed: dict[str, object], pointer: str
    ) -> None:
        refused = await world.post("/accounts", {**REGISTRATION, **changed})
        assert refused.status_code == 422
        assert [item["pointer"] for item in refused.json()["errors"]] == [pointer]
        assert world.inbox.mails == []


class TestPasswordReset:
    async def test_answers_alike_for_an_address_without_account(self, world: World) -> None:
        await world.register()
        mails = len(world.inbox.mails)
        known = await world.post("/password-resets", {"email": EMAIL})
        unknown = await world.post("/password-resets", {"email": "who@example.org"})
        assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
        assert known.status_code == 202
        assert [mail.to for mail in world.inbox.mails[mails:]] == [EMAIL]
        assert world.passwords.hashed == 1

    async def test_sets_the_password_once_and_ends_every_session(self, world: World) -> None:
        await world.register()
        tokens = await world.sign_in()
        await world.post("/password-resets", {"email": EMAIL})
        given = {"token": world.inbox.last_token(), "new_password": NEW_PASSWORD}
        assert (await world.post("/password-resets/complete", given)).status_code == 204
        assert (await world.post("/password-resets/complete", given)).status_code == 422
        assert (await world.me(tokens["access_token"])).status_code == 401
        assert (await world.refresh(tokens["refresh_token"])).status_code == 401
        assert (await world.try_to_sign_in()).status_code == 401
        assert (await world.try_to_sign_in(password=NEW_PASSWORD)).status_code == 200
        assert "您的密码已更改" in world.inbox.mails[-1].text

    async def test_the_token_ends_after_an_hour_and_with_the_next_one(self, world: World) -> None:
        await world.register()
        await world.post("/password-resets", {"email": EMAIL})
        first = world.inbox.last_token()
        await world.post("/password-resets", {"email": EMAIL})
        second = world.inbox.last_token()
        given = {"token": first, "new_password": NEW_PASSWORD}
        assert (await world.post("/password-resets/complete", given)).status_code == 422
        world.clock.advance(minutes=60)
        given["token"] = second
        assert (await world.post("/password-resets/complete", given)).status_code == 422

    async def test_a_weak_password_does_not_use_up_the_token(self, world: World) -> None:
        await world.register()
        await world.post("/password-resets", {"email": EMAIL})
        given = {"token": world.inbox.last_token(), "new_password": EMAIL}
        assert (await world.post("/password-resets/complete", given)).status_code == 422
        given["new_password"] = NEW_PASSWORD
        assert (await world.post("/password-resets/complete", given)).status_code == 204

    async def test_a_token_that_confirms_an_address_resets_no_password(self, world: World) -> None:
        await world.post("/accounts", REGISTRATION)
        given = {"token": world.inbox.last_token(), "new_password": NEW_PASSWORD}
        assert (await world.post("/password-resets/complete", given)).status_code == 422


class TestMe:
    async def test_anonymous_is_asked_to_sign_in(self, world: World) -> None:
        assert (await world.client.get("/v1/me")).status_code == 401

    async def test_is_edited_only_at_the_version_that_was_read(self, world: World) -> None:
        await world.register()
        headers = bearer((await world.sign_in())["access_token"])
        read = await world.client.get("/v1/me", headers=headers)
        without = await world.client.patch("/v1/me", json={"name": "李总工"}, headers=headers)
        assert without.status_code == 428
        headers["If-Match"] = read.headers["etag"]
        edited = await world.client.patch("/v1/me", json={"name": "李总工"}, headers=headers)
        assert (edited.status_code, edited.json()["name"]) == (200, "李总工")
        assert edited.headers["etag"] != read.headers["etag"]
        stale = await world.client.patch("/v1/me", json={"name": "李"}, headers=headers)
        assert stale.status_code == 412

    async def test_the_password_is_changed_with_the_current_one_and_ends_every_session(
        self, world: World
    ) -> None:
        await world.register()
        tokens = await world.sign_in()
        headers = bearer(tokens["access_token"])
        wrong = {"current_password": "not the current", "new_password": NEW_PASSWORD}
        refused = await world.post("/me/password", wrong, **headers)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (
            422,
            "/body/current_password",
        )
        right = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
        assert (await world.post("/me/password", right, **headers)).status_code == 204
        assert (await world.me(tokens["access_token"])).status_code == 401
        assert (await world.try_to_sign_in(password=NEW_PASSWORD)).status_code == 200


async def test_what_happens_to_an_account_is_in_the_audit_trail_without_any_secret(
    world: World, new_session: SessionFactory
) -> None:
    await world.register()
    headers = bearer((await world.sign_in())["access_token"])
    key = {"name": "LIMS", "scopes": ["organisation:read"]}
    made = (await world.post("/api-keys", key, **headers)).json()
    await world.client.delete(f"/v1/api-keys/{made['id']}", headers=headers)
    await world.client.patch("/v1/me", json={"name": "李总工"}, headers={**headers, "If-Match": "*"})
    given = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    await world.post("/me/password", given, **headers)
    async with new_session() as session:
        entries = (await session.scalars(select(AuditEntry).order_by(AuditEntry.id))).all()  # type: ignore[arg-type]
        person = (await session.scalars(select(Person))).one()
    assert [entry.action for entry in entries] == [
        "person.confirmed",
        "api_key.created",
        "api_key.revoked",
        "person.updated",
        "person.password_changed",
    ]
    assert {entry.actor for entry in entries} == {f"person:{person.uid}"}
    assert (entries[3].before, entries[3].after) == ({"name": "李工"}, {"name": "李总工"})
    told = str([(entry.before, entry.after) for entry in entries])
    assert made["prefix"] in told
    assert made["key"] not in told
