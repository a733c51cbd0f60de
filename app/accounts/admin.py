"""The first administrator, made on the command line by whoever runs the server."""

import re
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from app.accounts import queries
from app.accounts.passwords import Passwords
from app.accounts.rules import EMAIL_PATTERN, PASSWORD_LENGTH, is_weak, normal_email
from app.db import SessionFactory, writing
from app.models import Person


class AdminRefused(Exception):
    """The administrator cannot be made; the message says why, for the terminal."""


async def create_admin(
    new_session: SessionFactory, passwords: Passwords, *, email: str, name: str, password: str, now: datetime
) -> str:
    """Open a confirmed account with all rights; return its normalised address. Raises AdminRefused."""
    normal = normal_email(email)
    if re.fullmatch(EMAIL_PATTERN, email) is None or len(normal) > 254:
        raise AdminRefused(f"{email} is not an address.")
    if len(password) not in PASSWORD_LENGTH:
        raise AdminRefused(
            f"The password must have {PASSWORD_LENGTH.start} to {PASSWORD_LENGTH.stop - 1} characters."
        )
    if is_weak(password, email=normal):
        raise AdminRefused("The password is too easy to guess: it repeats, counts, or is the address.")
    password_hash = await passwords.hash(password)
    try:
        async with writing(new_session) as session:
            if await queries.person_by_email(session, normal) is not None:
                raise AdminRefused(f"{normal} has an account already.")
            session.add(
                Person(
                    email=normal,
                    name=name,
                    password_hash=password_hash,
                    is_admin=True,
                    confirmed_at=now,
                    created_at=now,
                )
            )
    except IntegrityError:
        raise AdminRefused(f"{normal} has an account already.") from None
    return normal
