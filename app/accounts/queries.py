"""Every SELECT, UPDATE and INSERT of the accounts."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.errors import ApiKeyNotFound
from app.models import (
    ApiKey,
    MailedToken,
    MailPurpose,
    Membership,
    Organisation,
    Person,
    RefreshToken,
    metadata,
)
from app.models.membership import OrganisationRole

_PERSON = metadata.tables["person"].c
_TOKEN = metadata.tables["refresh_token"].c
_MAILED = metadata.tables["mailed_token"].c
_KEY = metadata.tables["api_key"].c
_MEMBER = metadata.tables["membership"].c
_ORGANISATION = metadata.tables["organisation"].c


async def person_by_email(session: AsyncSession, email: str) -> Person | None:
    """Return the person of a normalised address."""
    return (await session.scalars(select(Person).where(_PERSON.email == email))).first()


async def read_person(session: AsyncSession, person_id: int) -> Person:
    """Return the person."""
    return (await session.scalars(select(Person).where(_PERSON.id == person_id))).one()


async def get_person_for_update(session: AsyncSession, person_id: int) -> Person:
    """Return the person, locked for what follows where the database can lock a row."""
    return (await session.scalars(select(Person).where(_PERSON.id == person_id).with_for_update())).one()


async def refresh_token_for_update(
    session: AsyncSession, token_hash: str
) -> tuple[RefreshToken, Person] | None:
    """Return a refresh token with its person, who is locked: all that happens to a person's tokens waits in line."""
    owner = select(_TOKEN.person_id).where(_TOKEN.token_hash == token_hash).scalar_subquery()
    person = (await session.scalars(select(Person).where(_PERSON.id == owner).with_for_update())).first()
    if person is None:
        return None
    # Only now, as somebody else may have used it while we waited.
    statement = select(RefreshToken).where(_TOKEN.token_hash == token_hash)
    return (await session.scalars(statement)).one(), person


async def revoke_family(session: AsyncSession, family: uuid.UUID, now: datetime) -> None:
    """End one sign-in: none of its tokens is good any more."""
    statement = update(RefreshToken).where(_TOKEN.family == family, _TOKEN.revoked_at.is_(None))
    await session.execute(statement.values(revoked_at=now))


async def revoke_sessions(session: AsyncSession, person_id: int, now: datetime) -> None:
    """End every sign-in of a person."""
    statement = update(RefreshToken).where(_TOKEN.person_id == person_id, _TOKEN.revoked_at.is_(None))
    await session.execute(statement.values(revoked_at=now))


async def forget_ended_tokens(session: AsyncSession, person_id: int, now: datetime) -> None:
    """Delete what of a person's tokens can no longer be used or be mistaken for a reuse."""
    await session.execute(delete(RefreshToken).where(_TOKEN.person_id == person_id, _TOKEN.expires_at <= now))
    await session.execute(
        delete(MailedToken).where(_MAILED.person_id == person_id, _MAILED.expires_at <= now)
    )


async def mailed_token(
    session: AsyncSession, purpose: MailPurpose, token_hash: str, now: datetime
) -> MailedToken | None:
    """Return a token that was sent by mail while it is good: not used and not expired."""
    statement = select(MailedToken).where(
        _MAILED.token_hash == token_hash,
        _MAILED.purpose == purpose,
        _MAILED.used_at.is_(None),
        _MAILED.expires_at > now,
    )
    return (await session.scalars(statement)).first()


async def use_mailed_token(session: AsyncSession, token_id: int, now: datetime) -> bool:
    """Use a token; return False when somebody else has used it first."""
    statement = update(MailedToken).where(_MAILED.id == token_id, _MAILED.used_at.is_(None))
    used: int = (await session.execute(statement.values(used_at=now))).rowcount  # type: ignore[attr-defined]
    return used == 1


async def withdraw_mailed_tokens(session: AsyncSession, person_id: int, now: datetime) -> None:
    """Let none of a person's mailed tokens be good any more."""
    statement = update(MailedToken).where(_MAILED.person_id == person_id, _MAILED.used_at.is_(None))
    await session.execute(statement.values(used_at=now))


async def memberships_of(
    session: AsyncSession, person_id: int
) -> Sequence[tuple[Organisation, OrganisationRole]]:
    """Return the organisations of a person with the role in each, by name."""
    statement = (
        select(Organisation, _MEMBER.role)
        .join(Membership, _MEMBER.organisation_id == _ORGANISATION.id)
        .where(_MEMBER.person_id == person_id)
        .order_by(_ORGANISATION.name_zh, _ORGANISATION.id)
    )
    return [(row[0], row[1]) for row in await session.execute(statement)]


async def organisation_key(session: AsyncSession, uid: uuid.UUID) -> int | None:
    """Return the inner key of an organisation."""
    return (await session.scalars(select(_ORGANISATION.id).where(_ORGANISATION.uid == uid))).first()


async def api_keys_of(session: AsyncSession, person_id: int) -> Sequence[tuple[ApiKey, uuid.UUID | None]]:
    """Return a person's keys that are not revoked, newest first, with the id of the organisation of each."""
    statement = (
        select(ApiKey, _ORGANISATION.uid)
        .outerjoin(Organisation, _KEY.organisation_id == _ORGANISATION.id)
        .where(_KEY.person_id == person_id, _KEY.revoked_at.is_(None))
        .order_by(_KEY.id.desc())
    )
    return [(row[0], row[1]) for row in await session.execute(statement)]


async def count_good_api_keys(session: AsyncSession, person_id: int, now: datetime) -> int:
    """Return how many of a person's keys are neither revoked nor expired."""
    good = (_KEY.person_id == person_id, _KEY.revoked_at.is_(None), _KEY.expires_at > now)
    return (await session.scalars(select(func.count()).select_from(ApiKey).where(*good))).one()


async def get_api_key(session: AsyncSession, person_id: int, uid: uuid.UUID) -> ApiKey:
    """Return a key of the person. Raises ApiKeyNotFound, also for one that is revoked."""
    statement = select(ApiKey).where(_KEY.uid == uid, _KEY.person_id == person_id, _KEY.revoked_at.is_(None))
    key = (await session.scalars(statement)).first()
    if key is None:
        raise ApiKeyNotFound
    return key
