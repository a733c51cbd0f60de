"""What one is, and so may do."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.principal import Principal
from app.auth.rules import Row, may_somewhere
from app.auth.scopes import Scope
from app.errors import Unauthenticated
from app.membership import queries, reading, schemas


async def get_my_roles(
    session: AsyncSession, principal: Principal, reader: reading.Reader, table: Mapping[str, Row]
) -> schemas.MyRoles:
    """Return the roles of the principal, as far as its API key reaches. Raises Unauthenticated."""
    if principal.person_id is None or principal.person_uid is None:
        raise Unauthenticated
    rows = await queries.organisations_of_person(session, principal.person_id)
    return schemas.MyRoles(
        person_id=principal.person_uid,
        email=principal.email or "",
        is_admin=principal.is_admin,
        is_expert=principal.is_expert,
        organisations=[
            reading.organisation_membership(row.Organisation, row.role)
            for row in rows
            if row.Organisation.id in principal.roles
        ],
        departments=[reader.my_duty(duty) for duty in principal.departments],
        scopes=None
        if principal.scopes is None
        else [scope for scope in sorted(Scope) if scope in principal.scopes],
        operations=sorted(row.operation for row in table.values() if may_somewhere(principal, row)),
    )
