"""People of one organisation, and how each of them asks."""

from dataclasses import dataclass

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.mail import Mail
from app.models import Organisation, OrganisationRole, Person
from tests.factories.people import make_member, make_person, signed_in_as
from tests.factories.registry import make_organisation, make_vocabulary


class KeptMails:
    """A mailer that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[Mail] = []

    async def send(self, mail: Mail) -> None:
        self.sent.append(mail)

    def token(self) -> str:
        """Return the token of the last mail: its last line."""
        return self.sent[-1].text.strip().splitlines()[-1]


@dataclass(frozen=True)
class Asker:
    """A person with a session."""

    person: Person
    headers: dict[str, str]


@dataclass(frozen=True)
class People:
    """Owner, editor and viewer of `organisation`; a stranger; an admin."""

    organisation: Organisation
    owner: Asker
    editor: Asker
    viewer: Asker
    stranger: Asker
    admin: Asker

    @property
    def path(self) -> str:
        return f"/v1/organisations/{self.organisation.slug}"


@pytest.fixture
def mails(app: FastAPI) -> KeptMails:
    app.state.mailer = KeptMails()
    return app.state.mailer


@pytest.fixture
async def people(app: FastAPI, session: AsyncSession) -> People:
    await make_vocabulary(session)
    organisation = await make_organisation(session, region_code="330110", name_en="Example body")

    async def asker(role: OrganisationRole | None = None, *, is_admin: bool = False) -> Asker:
        person = await make_person(session, is_admin=is_admin)
        if role is not None:
            await make_member(session, person, organisation, role)
        return Asker(person, await signed_in_as(session, app, person))

    people = People(
        organisation,
        owner=await asker(OrganisationRole.OWNER),
        editor=await asker(OrganisationRole.EDITOR),
        viewer=await asker(OrganisationRole.VIEWER),
        stranger=await asker(),
        admin=await asker(is_admin=True),
    )
    await session.commit()
    return people


async def etag(client: httpx.AsyncClient, path: str, asker: Asker) -> dict[str, str]:
    """Return the headers of an edit by the asker: credentials, and the version as it is now."""
    answer = await client.get(path, headers=asker.headers)
    assert answer.status_code == 200, answer.text
    return {**asker.headers, "If-Match": answer.headers["ETag"]}
