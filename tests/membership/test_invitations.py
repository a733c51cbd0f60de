"""Invitations by link."""

from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Invitation
from tests.membership.conftest import Asker, KeptMails, People


async def invite(
    client: httpx.AsyncClient, people: People, email: str, role: str = "editor"
) -> httpx.Response:
    body = {"email": email, "role": role}
    return await client.post(f"{people.path}/invitations", json=body, headers=people.owner.headers)


async def accept(client: httpx.AsyncClient, token: str, asker: Asker) -> httpx.Response:
    return await client.post("/v1/invitations/accept", json={"token": token}, headers=asker.headers)


async def test_the_token_goes_by_mail_and_makes_a_member(
    client: httpx.AsyncClient, people: People, mails: KeptMails, session: AsyncSession
) -> None:
    sent = await invite(client, people, f" {people.stranger.person.email.upper()} ")
    assert sent.status_code == 201
    assert (sent.json()["email"], sent.json()["state"]) == (people.stranger.person.email, "open")
    assert [mail.to for mail in mails.sent] == [people.stranger.person.email]
    token = mails.token()
    assert token not in sent.text
    (stored,) = (await session.scalars(select(Invitation))).all()
    assert token not in repr(stored)
    joined = await accept(client, token, people.stranger)
    assert joined.status_code == 200
    assert joined.json()["role"] == "editor"
    assert joined.json()["organisation"]["slug"] == people.organisation.slug
    members = await client.get(f"{people.path}/members", headers=people.stranger.headers)
    assert people.stranger.person.email in {item["email"] for item in members.json()["items"]}


async def test_accepting_again_changes_nothing(
    client: httpx.AsyncClient, people: People, mails: KeptMails
) -> None:
    await invite(client, people, people.stranger.person.email)
    answers = [await accept(client, mails.token(), people.stranger) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()


async def test_an_invitation_is_for_the_address_it_was_sent_to(
    client: httpx.AsyncClient, people: People, mails: KeptMails
) -> None:
    await invite(client, people, "someone.else@example.com")
    answer = await accept(client, mails.token(), people.stranger)
    assert (answer.status_code, answer.json()["code"]) == (403, "invitation-for-another")
    assert (await client.get(people.path, headers=people.stranger.headers)).status_code == 404


async def test_who_has_left_cannot_come_back_with_the_old_token(
    client: httpx.AsyncClient, people: People, mails: KeptMails
) -> None:
    await invite(client, people, people.stranger.person.email)
    token = mails.token()
    await accept(client, token, people.stranger)
    path = f"{people.path}/members/{people.stranger.person.uid}"
    left = await client.delete(path, headers={**people.stranger.headers, "If-Match": "*"})
    assert left.status_code == 204
    answer = await accept(client, token, people.stranger)
    assert (answer.status_code, answer.json()["code"]) == (409, "invitation-over")


async def test_an_expired_invitation_cannot_be_accepted_but_taken_back(
    client: httpx.AsyncClient, people: People, mails: KeptMails, session: AsyncSession, app: FastAPI
) -> None:
    sent = await invite(client, people, people.stranger.person.email)
    await session.execute(update(Invitation).values(expires_at=app.state.clock() - timedelta(seconds=1)))
    await session.commit()
    answer = await accept(client, mails.token(), people.stranger)
    assert (answer.status_code, answer.json()["code"]) == (409, "invitation-over")
    listed = await client.get(f"{people.path}/invitations", headers=people.owner.headers)
    assert [item["state"] for item in listed.json()["items"]] == ["expired"]
    path = f"{people.path}/invitations/{sent.json()['id']}"
    assert (await client.delete(path, headers=people.owner.headers)).status_code == 204


async def test_an_invitation_that_was_taken_back_is_worth_nothing(
    client: httpx.AsyncClient, people: People, mails: KeptMails
) -> None:
    sent = await invite(client, people, people.stranger.person.email)
    path = f"{people.path}/invitations/{sent.json()['id']}"
    assert (await client.delete(path, headers=people.viewer.headers)).status_code == 403
    assert (await client.delete(path, headers=people.stranger.headers)).status_code == 404
    assert (await client.delete(path, headers=people.owner.headers)).status_code == 204
    assert (await client.delete(path, headers=people.owner.headers)).status_code == 404
    answer = await accept(client, mails.token(), people.stranger)
    assert (answer.status_code, answer.json()["code"]) == (404, "invitation-not-found")


async def test_an_accepted_invitation_stays_on_record(
    client: httpx.AsyncClient, people: People, mails: KeptMails
) -> None:
    sent = await invite(client, people, people.stranger.person.email)
    await accept(client, mails.token(), people.stranger)
    path = f"{people.path}/invitations/{sent.json()['id']}"
    answer = await client.delete(path, headers=people.owner.headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong-state")
    listed = await client.get(f"{people.path}/invitations", headers=people.owner.headers)
    assert [item["state"] for item in listed.json()["items"]] == ["accepted"]


async def test_a_member_is_not_invited_again(
    client: httpx.AsyncClient, people: People, mails: KeptMails
) -> None:
    answer = await invite(client, people, people.viewer.person.email)
    assert (answer.status_code, answer.json()["code"]) == (409, "already-member")
    assert mails.sent == []


@pytest.mark.parametrize(
    ("first", "second", "role"), [("owner", "viewer", "owner"), ("viewer", "editor", "editor")]
)
async def test_of_two_invitations_the_higher_role_stays(
    client: httpx.AsyncClient, people: People, mails: KeptMails, first: str, second: str, role: str
) -> None:
    tokens = []
    for invited_as in (first, second):
        await invite(client, people, people.stranger.person.email, invited_as)
        tokens.append(mails.token())
    for token in tokens:
        answer = await accept(client, token, people.stranger)
    assert answer.json()["role"] == role


async def test_viewers_and_editors_neither_invite_nor_see_invitations(
    client: httpx.AsyncClient, people: People
) -> None:
    path = f"{people.path}/invitations"
    for asker in (people.viewer, people.editor):
        body = {"email": "new@example.com", "role": "viewer"}
        assert (await client.post(path, json=body, headers=asker.headers)).status_code == 403
        assert (await client.get(path, headers=asker.headers)).status_code == 403
