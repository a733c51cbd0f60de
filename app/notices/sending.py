"""Sending the mails that belong to notifications: each at least once.

An attempt is counted, and the time of the next one is set, before it is made; the row goes when the mail was accepted.
So a mail whose sender died is sent again later, and one that was accepted just before that comes twice. What fails is
tried `MOST_ATTEMPTS` times over a day, and is then given up with a line in the log.
"""

import asyncio
import smtplib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.accounts.mail import Mail, Mailer
from app.db import SessionFactory, writing
from app.kit.clock import utcnow
from app.notices import queries
from app.notices.rules import MOST_ATTEMPTS, pause_after

LOOK_SECONDS = 1.0
_AFTER_FAILURE_SECONDS = 5.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Attempt:
    """One attempt that was begun: the key of its row, its number from 1, and what is sent."""

    mail_id: int
    number: int
    mail: Mail


class Post:
    """Sends mails that are due, one after the other; it may be one of several, in several processes.

    `stop_lines` gives the lines with the link that stops the alerts of a watch.
    """

    def __init__(
        self,
        new_session: SessionFactory,
        mailer: Mailer,
        stop_lines: Callable[[uuid.UUID], str],
        clock: Callable[[], datetime] = utcnow,
    ) -> None:
        self._new_session = new_session
        self._mailer = mailer
        self._stop_lines = stop_lines
        self._clock = clock

    async def send_due(self) -> int:
        """Try what is due at this moment; return how many were sent."""
        sent = 0
        async with self._new_session() as session:
            if not await queries.has_due_mail(session, self._clock()):
                return 0
        while True:
            attempt = await self._begin()
            if attempt is None:
                return sent
            sent += await self._try(attempt)

    async def _begin(self) -> Attempt | None:
        """Begin the next attempt that may be made; what may not be tried any more goes."""
        now = self._clock()
        async with writing(self._new_session) as session:
            while (found := await queries.lock_due_mail(session, now)) is not None:
                row, person, watch_uid = found
                if not person.disabled and row.attempts < MOST_ATTEMPTS:
                    row.attempts += 1
                    row.next_try_at = now + pause_after(row.attempts)
                    text = row.text if watch_uid is None else row.text + self._stop_lines(watch_uid)
                    return Attempt(row.id or 0, row.attempts, Mail(person.email, row.subject, text))
                if not person.disabled:
                    log.error("a mail was given up", mail=row.id, attempts=row.attempts, error=row.error)
                await session.delete(row)
                # The next look must not find it again.
                await session.flush()
        return None

    async def _try(self, attempt: Attempt) -> bool:
        try:
            await self._mailer.send(attempt.mail)
        # A mail that cannot be written down as one (ValueError) must not keep the others waiting.
        except (OSError, smtplib.SMTPException, ValueError) as error:
            await self._note_failure(attempt, _name_of(error))
            return False
        async with writing(self._new_session) as session:
            await queries.forget_mail(session, attempt.mail_id)
        return True

    async def _note_failure(self, attempt: Attempt, error: str) -> None:
        is_last = attempt.number >= MOST_ATTEMPTS
        async with writing(self._new_session) as session:
            if is_last:
                await queries.forget_mail(session, attempt.mail_id)
            else:
                await queries.note_mail_error(session, attempt.mail_id, error)
        say, words = (
            (log.error, "a mail was given up")
            if is_last
            else (log.warning, "a mail could not be sent and is tried again")
        )
        say(words, mail=attempt.mail_id, attempts=attempt.number, error=error)


def _name_of(error: Exception) -> str:
    """Return what may be kept and logged of an error: its text may have the address, or words of the mail."""
    code = getattr(error, "smtp_code", None)
    return type(error).__name__ if code is None else f"{type(error).__name__} {code}"


async def keep_sending(post: Post) -> None:
    """Send until cancelled."""
    while True:
        pause = LOOK_SECONDS
        try:
            await post.send_due()
        except (SQLAlchemyError, OSError) as error:
            log.warning("mails could not be sent", error=str(error))
            pause = _AFTER_FAILURE_SECONDS
        await asyncio.sleep(pause)
