"""Several at once, on a database of their own: every request has a connection and a transaction to itself."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import SessionFactory
from app.models import OrganisationRole, Person, metadata
from app.settings import Settings
from tests.factories.people import make_member, make_person, signed_in_as
from tests.factories.registry import make_organisation, make_vocabulary
from tests.fixtures.client import as_new, client_of
from tests.fixtures.contract import Contract
from tests.membership.conftest import KeptMails

MEMBERSHIP = metadata.tables["membership"].c
OWNERS = 4


@dataclass(frozen=True)
class Shared:
    """An organisation whose members are all owners."""

    client: httpx.AsyncClient
    app: FastAPI
    new_session: SessionFactory
    path: str
    owners: list[tuple[Person, dict[str, str]]]

    async def owners_left(self) -> int:
        statement = select(func.count()).where(MEMBERSHIP.role == OrganisationRole.OWNER)
        async with self.new_session() as session:
            return await session.scalar(statement) or 0


@pytest.fixture
async def shared(
    settings: Settings, contract: Contract, own_sessions: SessionFactory
) -> AsyncIterator[Shared]:
    app = as_new(settings)
    app.state.new_session = own_sessions
    async with own_sessions() as session, session.begin():
        await make_vocabulary(session)
        organisation = await make_organisation(session)
        owners = [await owner(session, app, organisation) for _ in range(OWNERS)]
    async with client_of(app, contract) as client:
        yield Shared(client, app, own_sessions, f"/v1/organisations/{organisation.slug}", owners)


async def owner(session: AsyncSession, app: FastAPI, organisation: object) -> tuple[Person, dict[str, str]]:
    person = await make_person(session)
    await make_member(session, person, organisation, OrganisationRole.OWNER)  # type: ignore[arg-type]
    return person, await signed_in_as(session, app, person)


async def test_when_all_owners_leave_at_once_one_must_stay(shared: Shared) -> None:
    answers = await asyncio.gather(
        *(
            shared.client.delete(f"{shared.path}/members/{person.uid}", headers={**headers, "If-Match": "*"})
            for person, headers in shared.owners
        )
    )
    assert sorted(answer.status_code for answer in answers) == [204] * (OWNERS - 1) + [409]
    assert await shared.owners_left() == 1


async def test_when_owners_downgrade_each_other_at_once_one_stays_owner(shared: Shared) -> None:
    following = [*shared.owners[1:], shared.owners[0]]
    answers = await asyncio.gather(
        *(
            shared.client.patch(
                f"{shared.path}/members/{person.uid}",
                json={"role": "viewer"},
                headers={**headers, "If-Match": "*"},
            )
            for (_, headers), (person, _) in zip(shared.owners, following, strict=True)
        )
    )
    assert {answer.status_code for answer in answers} <= {200, 403, 409}
    assert await shared.owners_left() >= 1
    refused = [answer for answer in answers if answer.status_code != 200]
    assert len(answers) - len(refused) == OWNERS - await shared.owners_left()


async def test_of_two_edits_of_one_version_at_once_one_is_done(shared: Shared) -> None:
    read = await shared.client.get(shared.path, headers=shared.owners[0][1])
    version = {"If-Match": read.headers["ETag"]}
    answers = await asyncio.gather(
        *(
            shared.client.patch(shared.path, json={"kind": kind}, headers={**headers, **version})
            for kind, (_, headers) in zip(("alpha", "beta", "gamma", "delta"), shared.owners, strict=True)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    (done,) = [answer.json()["kind"] for answer in answers if answer.status_code == 200]
    assert (await shared.client.get(shared.path, headers=shared.owners[0][1])).json()["kind"] == done


async def test_of_two_organisations_with_one_slug_at_once_one_is_made(shared: Shared) -> None:
    body = {"name_zh": "同名", "slug": "only-one"}
    answers = await asyncio.gather(
        *(shared.client.post("/v1/organisations", json=body, headers=headers) for _, headers in shared.owners)
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_an_invitation_accepted_several_times_at_once_makes_one_member(shared: Shared) -> None:
    shared.app.state.mailer = mails = KeptMails()
    async with shared.new_session() as session, session.begin():
        guest = await make_person(session)
        headers = await signed_in_as(session, shared.app, guest)
    body = {"email": guest.email, "role": "editor"}
    await shared.client.post(f"{shared.path}/invitations", json=body, headers=shared.owners[0][1])
    token = {"token": mails.token()}
    answers = await asyncio.gather(
        *(shared.client.post("/v1/invitations/accept", json=token, headers=headers) for _ in range(3))
    )
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len({answer.text for answer in answers}) == 1
    async with shared.new_session() as session:
        count = select(func.count()).where(MEMBERSHIP.person_id == guest.id)
        assert await session.scalar(count) == 1
