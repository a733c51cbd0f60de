"""Every SELECT of access requests and of the access log."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.principal import Principal
from app.kit.pagination import PageParams, RowPage, SortKey, fetch_page
from app.models import (
    AccessLogEntry,
    AccessRequest,
    AccessState,
    Organisation,
    Person,
    Result,
    metadata,
)
from app.results.errors import AccessRequestNotFound

ACCESS = metadata.tables["access_request"].c
_ENTRY = metadata.tables["access_log_entry"].c
_PERSON = metadata.tables["person"].c
_RESULT = metadata.tables["result"].c
_ORGANISATION = metadata.tables["organisation"].c


def _requests() -> Any:
    return (
        select(AccessRequest, Result, Person, Organisation)
        .join(Result, _RESULT.id == ACCESS.result_id)
        .join(Person, _PERSON.id == ACCESS.person_id)
        .outerjoin(Organisation, _ORGANISATION.id == ACCESS.organisation_id)
    )


def asked_by(principal: Principal) -> ColumnElement[bool]:
    """The request is one's own, or gives access to an organisation of one's own."""
    own = and_(ACCESS.person_id == principal.person_id, or_(~ACCESS.direct, ACCESS.organisation_id.is_(None)))
    return or_(own, ACCESS.organisation_id.in_(list(principal.roles)))


async def page_of_requests(
    session: AsyncSession, conditions: Sequence[ColumnElement[bool]], params: PageParams
) -> RowPage:
    """Return rows of request, result, person and organisation, the newest first."""
    order = [SortKey(ACCESS.id, descending=True)]
    return await fetch_page(session, _requests().where(*conditions), order, params)


async def get_request(session: AsyncSession, uid: uuid.UUID) -> Any:
    """Return the row of request, result, person and organisation. Raises AccessRequestNotFound."""
    found = (await session.execute(_requests().where(ACCESS.uid == uid))).first()
    if found is None:
        raise AccessRequestNotFound
    return found


async def lock_request(session: AsyncSession, uid: uuid.UUID) -> AccessRequest:
    """Raises AccessRequestNotFound."""
    statement = select(AccessRequest).where(ACCESS.uid == uid).with_for_update()
    found = await session.scalar(statement)
    if found is None:
        raise AccessRequestNotFound
    return found


async def requests_for(
    session: AsyncSession, result_id: int, *, person_id: int, organisation_id: int | None
) -> Sequence[AccessRequest]:
    """Return the open and granted ones of the same reader."""
    reader = (
        and_(ACCESS.organisation_id.is_(None), ACCESS.person_id == person_id)
        if organisation_id is None
        else ACCESS.organisation_id == organisation_id
    )
    statement = select(AccessRequest).where(
        ACCESS.result_id == result_id, reader, ACCESS.state.in_((AccessState.OPEN, AccessState.GRANTED))
    )
    return (await session.scalars(statement)).all()


async def person_by_uid(session: AsyncSession, uid: uuid.UUID) -> Person | None:
    """Return somebody with an open account."""
    found: Person | None = await session.scalar(
        select(Person).where(_PERSON.uid == uid, _PERSON.disabled.is_(False))
    )
    return found


async def page_of_log(session: AsyncSession, result_uid: uuid.UUID, params: PageParams) -> RowPage:
    """Return the entries of one result, the newest first."""
    statement = select(AccessLogEntry).where(_ENTRY.result_uid == result_uid)
    return await fetch_page(session, statement, [SortKey(_ENTRY.position, descending=True)], params)


async def whole_log(session: AsyncSession, result_uid: uuid.UUID) -> Sequence[Mapping[str, Any]]:
    """Return all values of all entries of one result, in their order."""
    table = metadata.tables["access_log_entry"]
    statement = select(table).where(_ENTRY.result_uid == result_uid).order_by(_ENTRY.position)
    return [dict(row) for row in (await session.execute(statement)).mappings()]


async def people_by_uid(session: AsyncSession, uids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Person]:
    rows = await session.scalars(select(Person).where(_PERSON.uid.in_(uids)))
    return {row.uid: row for row in rows}


async def organisations_by_uid(
    session: AsyncSession, uids: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, Organisation]:
    rows = await session.scalars(select(Organisation).where(_ORGANISATION.uid.in_(uids)))
    return {row.uid: row for row in rows}
