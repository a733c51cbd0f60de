"""Mails that belong to notifications: sent once in the good case, at least once in every other; on both databases."""

import asyncio
import smtplib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from app.accounts.mail import Mail, Mailer, make_mailer
from app.db import SessionFactory, writing
from app.models import MailToSend, Notification, Person
from app.notices import Letter, Notice, NoticeType, notify, post
from app.notices.rules import MOST_ATTEMPTS, PAUSES, pause_after
from app.notices.sending import Post
from app.settings import Settings
from tests.factories.people import make_person

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
SUBJECT = "“私事”有变化"


@dataclass
class Letterbox:
    """Keeps what is sent; first it raises each of `troubles`, the last one first."""

    troubles: list[BaseException] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)

    async def send(self, mail: Mail) -> None:
        # Another sender may have its turn.
        await asyncio.sleep(0)
        if self.troubles:
            raise self.troubles.pop()
        self.mails.append(mail)


@dataclass
class World:
    sessions: SessionFactory
    people: list[Person]
    box: Letterbox = field(default_factory=Letterbox)
    now: datetime = NOW

    def sender(self, mailer: Mailer | None = None) -> Post:
        """A process that sends, which knows only what is stored."""
        return Post(self.sessions, mailer or self.box, str, lambda: self.now)

    async def tell(self, cause: str, *people: Person, subject: str = SUBJECT, fails: bool = False) -> None:
        """Tell people, with a mail, in one transaction, which fails at last if asked."""
        keys = [person.id or 0 for person in people]
        async with writing(self.sessions) as session:
            notice = Notice(NoticeType.SEARCH_ALERT, "watch", None, {"name": "私事", "count": 1}, cause)
            await notify(session, keys, notice, now=self.now)
            post(session, keys, Letter(subject, f"text of {cause}"), now=self.now)
            await session.flush()
            if fails:
                raise ConnectionError("killed")

    async def waiting(self) -> list[MailToSend]:
        async with self.sessions() as session:
            return list(await session.scalars(select(MailToSend)))


@pytest.fixture
async def world(own_sessions: SessionFactory) -> World:
    async with writing(own_sessions) as session:
        people = [await make_person(session) for _ in range(3)]
    return World(own_sessions, people)


async def test_a_mail_is_sent_once_and_outlives_whoever_was_to_send_it(world: World) -> None:
    one, two, three = world.people
    # A transaction that fails tells nobody anything.
    with pytest.raises(ConnectionError):
        await world.tell("rolled back", one, fails=True)
    assert await world.sender().send_due() == 0
    async with world.sessions() as session:
        assert list(await session.scalars(select(Notification))) == []

    # The good case: one mail for each person, by several senders at once, and nothing is kept.
    for number in range(4):
        await world.tell(f"cause {number}", one, two, one)
    sent = await asyncio.gather(*(world.sender().send_due() for _ in range(3)))
    assert sum(sent) == 8
    assert sorted((mail.to, mail.text) for mail in world.box.mails) == sorted(
        (person.email, f"text of cause {number}") for person in (one, two) for number in range(4)
    )
    assert await world.waiting() == []
    assert await world.sender().send_due() == 0

    # Whoever sends dies before the mail went: another sends it, when the first has had its time.
    world.box.mails.clear()
    await world.tell("killed", one)
    world.box.troubles = [asyncio.CancelledError()]
    with pytest.raises(asyncio.CancelledError):
        await world.sender().send_due()
    assert await world.sender().send_due() == 0
    world.now += pause_after(1) - timedelta(seconds=1)
    assert await world.sender().send_due() == 0
    world.now += timedelta(seconds=1)
    assert await world.sender().send_due() == 1
    assert [mail.text for mail in world.box.mails] == ["text of killed"]
    assert await world.waiting() == []

    # It goes to where the person is now; not to an account that was disabled, nor to one that is gone.
    await world.tell("later", one, two, three)
    async with writing(world.sessions) as session:
        (await session.get_one(Person, one.id)).email = "new@example.com"
        (await session.get_one(Person, two.id)).disabled = True
        await session.delete(await session.get_one(Person, three.id))
    assert await world.sender().send_due() == 1
    assert world.box.mails[-1].to == "new@example.com"
    assert await world.waiting() == []


async def test_what_cannot_be_sent_is_tried_again_for_a_day_and_then_given_up(
    world: World, tmp_path: Path
) -> None:
    one, two, _ = world.people
    closed = Settings(mail="smtp", smtp_host="127.0.0.1", smtp_port=1, smtp_security="none")
    await world.tell("failing", one)
    with capture_logs() as logs:
        for attempt, pause in enumerate([*PAUSES, PAUSES[-1]], start=1):
            assert await world.sender(make_mailer(closed)).send_due() == 0
            if attempt < MOST_ATTEMPTS:
                [row] = await world.waiting()
                assert (row.attempts, row.error) == (attempt, "ConnectionRefusedError")
                assert row.next_try_at == world.now + pause
            world.now += pause
    assert await world.waiting() == []
    assert [line["log_level"] for line in logs] == ["warning"] * (MOST_ATTEMPTS - 1) + ["error"]
    assert (logs[-1]["event"], logs[-1]["attempts"]) == ("a mail was given up", MOST_ATTEMPTS)
    assert not [secret for secret in (one.email, "私事") if secret in str(logs)]

    # One that is refused, or that is no mail at all, keeps no other waiting; a better day sends it.
    await world.tell("refused", one)
    await world.tell("sent", two)
    world.box.troubles = [smtplib.SMTPDataError(451, b"later, " + one.email.encode())]
    assert await world.sender().send_due() == 1
    assert [row.error for row in await world.waiting()] == ["SMTPDataError 451"]
    world.now += PAUSES[0]
    assert await world.sender().send_due() == 1
    assert await world.waiting() == []
    await world.tell("no mail", one, subject="two\nlines")
    await world.tell("a mail", two)
    files = make_mailer(Settings(data_dir=tmp_path, mail="file"))
    assert await world.sender(files).send_due() == 1
    assert [row.error for row in await world.waiting()] == ["ValueError"]

    # Whoever made the last attempt died in it: nobody makes another.
    [row] = await world.waiting()
    async with writing(world.sessions) as session:
        (await session.get_one(MailToSend, row.id)).attempts = MOST_ATTEMPTS
    world.now += PAUSES[-1]
    with capture_logs() as logs:
        assert await world.sender().send_due() == 0
    assert [line["event"] for line in logs] == ["a mail was given up"]
    assert await world.waiting() == []
