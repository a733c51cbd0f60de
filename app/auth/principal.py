"""Who asks: a person, a machine with an API key, or nobody known.

`PrincipalDep` answers 401 to a credential that is not good, and gives ANONYMOUS where none is sent.
`SignedInDep` asks for one; `PersonDep` asks for an access token, so that no API key manages an account.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth import queries
from app.auth.errors import SessionRequired
from app.auth.tokens import AccessToken, SecretKind, hash_of, read_access_token
from app.db import SessionFactory
from app.errors import Unauthenticated
from app.models import ApiKey, Person
from app.models.membership import Department, DepartmentDuty, OrganisationRole


@dataclass(frozen=True)
class DepartmentRole:
    """A duty in a competent department, for the region of `region_code` and all that lies in it."""

    department: Department
    region_code: str
    role: DepartmentDuty


@dataclass(frozen=True)
class Principal:
    """Whoever a request is made by, with all that rules about rights look at.

    `roles` are by the key of the organisation. `scopes` is None where no API key limits what may be done.
    """

    person_id: int | None = None
    person_uid: uuid.UUID | None = None
    email: str | None = None
    is_admin: bool = False
    is_expert: bool = False
    roles: Mapping[int, OrganisationRole] = field(default_factory=lambda: MappingProxyType({}))
    departments: tuple[DepartmentRole, ...] = ()
    scopes: frozenset[str] | None = None
    api_key_id: int | None = None

    @property
    def is_signed_in(self) -> bool:
        """Whether the request came with a good credential."""
        return self.person_id is not None


ANONYMOUS = Principal()

# A client whose access token has ended sends it along by habit; it must still get the next one.
_EXCHANGES = frozenset({"create_session", "end_session", "refresh_session"})

# Only documents how a credential is sent; we read the header ourselves, as a bad one must be answered.
_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="bearer",
    description="登录会话的 access token，或 API 密钥（`pgk_…`） An access token of a session, or an API key",
)
BearerDep = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


async def principal_of(request: Request, _documented: BearerDep = None) -> Principal:
    """Return who makes `request`; found out once a request, in a transaction of its own.

    Raises Unauthenticated for a credential that is malformed, unknown, expired or revoked.
    """
    known: Principal | None = getattr(request.state, "principal", None)
    if known is None:
        known = ANONYMOUS if request.scope["route"].name in _EXCHANGES else await _find_out(request)
        request.state.principal = known
    return known


async def _find_out(request: Request) -> Principal:
    given = request.headers.get("authorization")
    if given is None:
        return ANONYMOUS
    scheme, _, credential = given.partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated
    state = request.app.state
    now: datetime = state.clock()
    key_hash = hash_of(SecretKind.API_KEY, credential)
    if key_hash is not None:
        found = await _by_api_key(state.new_session, key_hash, now)
    else:
        token = read_access_token(credential, state.token_key.get(), now=now)
        found = None if token is None else await _by_access_token(state.new_session, token)
    if found is None:
        raise Unauthenticated
    return found


async def _by_access_token(new_session: SessionFactory, token: AccessToken) -> Principal | None:
    async with new_session() as session:
        person = await queries.person_signed_in(session, token.person_uid, token.family)
        return None if person is None else await _principal(session, person)


async def _by_api_key(new_session: SessionFactory, key_hash: str, now: datetime) -> Principal | None:
    async with new_session() as session:
        found = await queries.key_and_person(session, key_hash)
        if found is None:
            return None
        key, person = found
        if key.id is None or key.revoked_at is not None or key.expires_at <= now:
            return None
        principal = limited_by_key(await _principal(session, person), key)
    if key.last_used_at is None or key.last_used_at <= now - queries.USE_NOTED_EVERY:
        async with new_session() as session, session.begin():
            await queries.note_use(session, key.id, now)
    return principal


async def _principal(session: AsyncSession, person: Person) -> Principal:
    assert person.id is not None  # noqa: S101 (read from the database; narrows the type)
    return Principal(
        person_id=person.id,
        person_uid=person.uid,
        email=person.email,
        is_admin=person.is_admin,
        is_expert=person.is_expert,
        roles=MappingProxyType(dict(await queries.roles_of(session, person.id))),
        departments=tuple(DepartmentRole(*duty) for duty in await queries.duties_of(session, person.id)),
    )


def limited_by_key(principal: Principal, key: ApiKey) -> Principal:
    """Return what is left of `principal` where it acts by `key`: its scopes, and one organisation if it names one."""
    limited = replace(principal, scopes=frozenset(key.scopes), api_key_id=key.id)
    if key.organisation_id is None:
        return limited
    roles = {one: role for one, role in principal.roles.items() if one == key.organisation_id}
    return replace(limited, is_admin=False, is_expert=False, roles=MappingProxyType(roles), departments=())


async def signed_in(principal: Annotated[Principal, Depends(principal_of)]) -> Principal:
    """FastAPI dependency. Raises Unauthenticated where no credential is sent."""
    if not principal.is_signed_in:
        raise Unauthenticated
    return principal


async def signed_in_person(principal: Annotated[Principal, Depends(signed_in)]) -> Principal:
    """FastAPI dependency. Raises Unauthenticated, and SessionRequired for an API key."""
    if principal.api_key_id is not None:
        raise SessionRequired
    return principal


PrincipalDep = Annotated[Principal, Depends(principal_of)]
SignedInDep = Annotated[Principal, Depends(signed_in)]
PersonDep = Annotated[Principal, Depends(signed_in_person)]
