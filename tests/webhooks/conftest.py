"""An organisation whose owner has webhooks, in a database of the test's own, with a clock that the test moves."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app import outbox
from app.accounts.mail import Mail
from app.auth.tokens import AccessToken, read_access_token, write_access_token
from app.db import SessionFactory, writing
from app.kit.clock import utcnow
from app.models import Organisation, OrganisationRole, Person
from app.notices.sending import Post
from app.outbox.drain import Drained
from app.settings import Settings
from app.webhooks.sending import open_sender
from app.webhooks.signing import Cipher
from app.webhooks.worker import Deliverer
from app.worker import work
from search.embedded import EmbeddedEngine
from search.text import TextLayer
from tests.factories.people import make_member, make_person, signed_in_as
from tests.factories.registry import make_organisation, make_vocabulary
from tests.fixtures.client import as_new, client_of
from tests.fixtures.contract import Contract
from tests.webhooks.receiver import Receiver


class KeptMails:
    def __init__(self) -> None:
        self.sent: list[Mail] = []

    async def send(self, mail: Mail) -> None:
        self.sent.append(mail)


@dataclass
class World:
    sessions: SessionFactory
    client: httpx.AsyncClient
    receiver: Receiver
    deliverer: Deliverer
    another: Deliverer
    search: EmbeddedEngine
    ours: Organisation
    theirs: Organisation
    owner: Person
    tokens: dict[str, AccessToken]
    key: bytes
    now: datetime
    post: Post
    mails: KeptMails = field(default_factory=KeptMails)

    def clock(self) -> datetime:
        return self.now

    async def ask(self, method: str, path: str, status: int = 200, by: str = "owner", **sent: Any) -> Any:
        # The clock may be days ahead by now: the session goes on, with an access token of this moment.
        token = write_access_token(self.tokens[by], self.key, now=self.now, lifetime=timedelta(minutes=5))
        headers = {"Authorization": f"Bearer {token}", **sent.pop("headers", {})}
        answer = await self.client.request(method, f"/v1{path}", headers=headers, **sent)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def hook(self, path: str, types: list[str], *, own: bool = False, by: str = "owner") -> Any:
        """Register a webhook of the organisation (`own`: of the person) on a path of the receiver."""
        body = {"url": self.receiver.url(path), "event_types": types}
        owned = {} if own else {"organisation_id": str(self.ours.uid)}
        return await self.ask("POST", "/webhooks", 201, by, json={**body, **owned})

    async def tell(self, *events: outbox.Event) -> Drained:
        """Write events as use cases do, and let the worker make deliveries of them."""
        async with writing(self.sessions) as session:
            for event in events:
                outbox.add(session, event)
        return await work(self.sessions, self.search, now=self.now)

    async def deliver(self) -> int:
        """Send all that is due at this moment."""
        started = 0
        while new := await self.deliverer.start_due():
            started += new
            await self.deliverer.finish()
        await self.post.send_due()
        return started

    async def log(self, hook: Any) -> list[Any]:
        return list((await self.ask("GET", f"/webhooks/{hook['id']}/deliveries"))["items"])


@pytest.fixture
async def world(own_sessions: SessionFactory, tmp_path: Path, contract: Contract) -> AsyncIterator[World]:
    app = as_new(Settings(data_dir=tmp_path, log_level="warning", webhooks_allow_private=True))
    app.state.new_session = own_sessions
    async with own_sessions() as session:
        await make_vocabulary(session)
        ours, theirs = await make_organisation(session), await make_organisation(session)
        people = {"owner": await make_person(session), "viewer": await make_person(session)}
        people["stranger"] = await make_person(session)
        await make_member(session, people["owner"], ours, OrganisationRole.OWNER)
        await make_member(session, people["viewer"], ours, OrganisationRole.VIEWER)
        key = app.state.token_key.get()
        tokens = {}
        for name, person in people.items():
            header = (await signed_in_as(session, app, person))["Authorization"]
            token = read_access_token(header.removeprefix("Bearer "), key, now=utcnow())
            assert token is not None
            tokens[name] = token
        await session.commit()
    async with (
        Receiver() as receiver,
        client_of(app, contract) as client,
        open_sender(allow_private=True, total_seconds=5.0) as sender,
    ):
        mails, search = KeptMails(), EmbeddedEngine(TextLayer())
        deliverer, another = (
            Deliverer(own_sessions, sender, lambda: Cipher(app.state.token_key.get()), lambda: world.now)
            for _ in range(2)
        )
        world = World(
            sessions=own_sessions,
            client=client,
            receiver=receiver,
            deliverer=deliverer,
            another=another,
            search=search,
            ours=ours,
            theirs=theirs,
            owner=people["owner"],
            tokens=tokens,
            key=key,
            now=utcnow(),
            post=Post(own_sessions, mails, str, lambda: world.now),
            mails=mails,
        )
        app.state.clock = world.clock
        yield world
        await deliverer.abandon()
        await another.abandon()
        await search.close()
