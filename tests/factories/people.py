"""People, what they belong to, and the credentials with which they ask."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scopes import Scope
from app.auth.tokens import AccessToken, SecretKind, new_secret, write_access_token
from app.models import (
    ApiKey,
    Department,
    DepartmentDuty,
    DepartmentMembership,
    Membership,
    Organisation,
    OrganisationRole,
    Person,
    RefreshToken,
)
from app.models.base import new_uid
from tests.factories.registry import stored

LONG_AGO = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_number = itertools.count(1)


async def make_person(session: AsyncSession, **known: Any) -> Person:
    """Somebody with a confirmed account and no password that would open it."""
    number = next(_number)
    values = {
        "email": f"person-{number}@example.com",
        "name": f"示例人员{number}",
        "password_hash": "no password",
        "confirmed_at": LONG_AGO,
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
        **known,
    }
    return await stored(session, Person(**values))


async def make_member(
    session: AsyncSession, person: Person, organisation: Organisation, role: OrganisationRole
) -> Membership:
    assert person.id is not None
    assert organisation.id is not None
    return await stored(
        session,
        Membership(person_id=person.id, organisation_id=organisation.id, role=role, created_at=LONG_AGO),
    )


async def make_duty(
    session: AsyncSession, person: Person, department: Department, region_code: str, role: DepartmentDuty
) -> DepartmentMembership:
    assert person.id is not None
    duty = DepartmentMembership(
        person_id=person.id, department=department, region_code=region_code, role=role, created_at=LONG_AGO
    )
    return await stored(session, duty)


async def signed_in_as(session: AsyncSession, app: FastAPI, person: Person) -> dict[str, str]:
    """Return the header of a request in a session of the person."""
    assert person.id is not None
    now = app.state.clock()
    family = new_uid()
    row = RefreshToken(
        person_id=person.id,
        family=family,
        token_hash=family.hex * 2,
        issued_at=now,
        expires_at=now + timedelta(days=1),
    )
    await stored(session, row)
    token = write_access_token(
        AccessToken(person.uid, family), app.state.token_key.get(), now=now, lifetime=timedelta(hours=1)
    )
    return {"Authorization": f"Bearer {token}"}


async def with_key(
    session: AsyncSession, app: FastAPI, person: Person, *scopes: Scope, organisation_id: int | None = None
) -> dict[str, str]:
    """Return the header of a request by an API key of the person."""
    assert person.id is not None
    now = app.state.clock()
    secret = new_secret(SecretKind.API_KEY)
    row = ApiKey(
        person_id=person.id,
        organisation_id=organisation_id,
        name="试验",
        prefix=secret.prefix,
        key_hash=secret.sha256,
        scopes=[scope.value for scope in scopes],
        expires_at=now + timedelta(days=1),
        created_at=now,
    )
    await stored(session, row)
    return {"Authorization": f"Bearer {secret.text}"}
