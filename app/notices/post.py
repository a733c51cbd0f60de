"""Mails that belong to notifications: written in their transaction, sent by `app.notices.sending`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import MailToSend


@dataclass(frozen=True)
class Letter:
    """The words of a mail, without any token. `watch_id`: its end is the link that stops the alerts of this watch."""

    subject: str
    text: str
    watch_id: int | None = None


def post(session: AsyncSession, recipients: Iterable[int], letter: Letter, *, now: datetime) -> None:
    """Have the letter sent to people, by their keys, if the transaction of `session` is committed."""
    session.add_all(
        MailToSend(
            person_id=person_id,
            watch_id=letter.watch_id,
            subject=letter.subject,
            text=letter.text,
            created_at=now,
            next_try_at=now,
        )
        for person_id in sorted(set(recipients))
    )
