"""What is read of the database to know who asks."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import ApiKey, Person, metadata
from app.models.membership import Department, DepartmentDuty, OrganisationRole

_PERSON = metadata.tables["person"].c
_TOKEN = metadata.tables["refresh_token"].c
_KEY = metadata.tables["api_key"].c
_MEMBER = metadata.tables["membership"].c
_DUTY = metadata.tables["department_membership"].c

USE_NOTED_EVERY = timedelta(minutes=1)
"""How exactly the last use of an API key is kept: noting each would make every reading a writing."""


async def person_signed_in(session: AsyncSession, person_uid: uuid.UUID, family: uuid.UUID) -> Person | None:
    """Return the person while the account is open and the sign-in `family` is not revoked."""
    lasts = exists().where(
        _TOKEN.family == family, _TOKEN.person_id == _PERSON.id, _TOKEN.revoked_at.is_(None)
    )
    statement = select(Person).where(_PERSON.uid == person_uid, ~_PERSON.disabled, lasts)
    return (await session.scalars(statement)).first()


async def key_and_person(session: AsyncSession, key_hash: str) -> tuple[ApiKey, Person] | None:
    """Return an API key and its person, if the account is open; the key may be expired or revoked."""
    statement = (
        select(ApiKey, Person)
        .join(Person, _PERSON.id == _KEY.person_id)
        .where(_KEY.key_hash == key_hash, ~_PERSON.disabled)
    )
    found = (await session.execute(statement)).first()
    return None if found is None else (found[0], found[1])


async def note_use(session: AsyncSession, key_id: int, now: datetime) -> None:
    """Note that the key was used, unless that was noted less than USE_NOTED_EVERY ago."""
    long_ago = or_(_KEY.last_used_at.is_(None), _KEY.last_used_at <= now - USE_NOTED_EVERY)
    await session.execute(update(ApiKey).where(_KEY.id == key_id, long_ago).values(last_used_at=now))


async def roles_of(session: AsyncSession, person_id: int) -> Mapping[int, OrganisationRole]:
    """Return the person's role in each organisation, by the key of the organisation."""
    statement = select(_MEMBER.organisation_id, _MEMBER.role).where(_MEMBER.person_id == person_id)
    return {row.organisation_id: row.role for row in await session.execute(statement)}


async def duties_of(session: AsyncSession, person_id: int) -> list[tuple[Department, str, DepartmentDuty]]:
    """Return the person's duties in departments: department, region code, duty."""
    statement = (
        select(_DUTY.department, _DUTY.region_code, _DUTY.role)
        .where(_DUTY.person_id == person_id)
        .order_by(_DUTY.id)
    )
    return [(row.department, row.region_code, row.role) for row in await session.execute(statement)]
