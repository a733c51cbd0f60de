"""Who asks: a person, a machine with an API key, or nobody known.

`PrincipalDep` answers 401 to a credential that is not good, and gives ANONYMOUS where none is sent.
`SignedInDep` asks for one; `PersonDep` asks for an access token, so that no API key manages an account.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated

from fastapi import Depends, Request

from app.auth.errors import SessionRequired
from app.errors import Unauthenticated
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


async def principal_of(request: Request) -> Principal:
    """Return who makes `request`; found out once a request.

    Raises Unauthenticated for a credential that is malformed, unknown, expired or revoked.
    """
    known: Principal | None = getattr(request.state, "principal", None)
    if known is None:
        known = ANONYMOUS
        request.state.principal = known
    return known


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
