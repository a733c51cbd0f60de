"""Reading results: each reading of a confidential field is recorded before the answer is given."""

import uuid
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.principal import Principal
from app.db import SessionFactory
from app.disclosure.clearance import clearances, is_owned_by, is_platform_member, known_to, reads_as
from app.disclosure.readings import record_readings
from app.disclosure.rules import NO_CLEARANCE
from app.kit.clock import business_day
from app.kit.ids import has_key
from app.kit.pagination import Page
from app.membership.reading import Reader, key_of
from app.models import Organisation
from app.results import queries, schemas
from app.results.reading import (
    View,
    known_result,
    may_read_version,
    read_result,
    read_summary,
    read_version,
    view_of,
)


async def list_results(
    session: AsyncSession,
    principal: Principal,
    reader: Reader,
    asked: schemas.ResultFilters,
    *,
    now: datetime,
) -> Page[schemas.ResultSummary]:
    """Return the results that one may know of, the newest first. Raises InvalidCursor."""
    reads = reads_as(principal)
    today = business_day(now)
    is_member = await is_platform_member(session, reads)
    conditions: list[ColumnElement[bool]] = [known_to(reads, is_member=is_member, today=today, now=now)]
    if asked.own is not None:
        own = is_owned_by(reads)
        conditions.append(own if asked.own else ~own)
    if asked.state:
        conditions.append(queries.RESULT.state.in_(asked.state))
    if asked.call is not None:
        conditions.append(has_key(queries.CALL, asked.call))
    if asked.field is not None:
        conditions.append(queries.in_field(asked.field))
    page = await queries.page_of_results(session, conditions, asked)
    ids = [key_of(result) for result, _, _ in page.rows]
    cleared = await clearances(session, reads, ids, today=today, is_member=is_member)
    versions = await queries.versions_by_key(
        session,
        {
            (key_of(one), one.newest if cleared[key_of(one)].owns else one.submitted or one.newest)
            for one, _, _ in page.rows
        },
    )
    return page.to_page(
        lambda row: read_summary(
            reader,
            row[0],
            row[1],
            row[2],
            versions[key_of(row[0])],
            cleared.get(key_of(row[0]), NO_CLEARANCE),
        )
    )


async def get_result(
    session: AsyncSession, new_session: SessionFactory, principal: Principal, key: str, *, now: datetime
) -> tuple[schemas.ResultRead, int]:
    """Return it with its version, as far as the principal may read it. Raises ResultNotFound."""
    view = await _shown(session, new_session, principal, key, via="get_result", now=now)
    return read_result(view), view.result.version


async def get_version(
    session: AsyncSession,
    new_session: SessionFactory,
    principal: Principal,
    key: str,
    number: int,
    *,
    now: datetime,
) -> schemas.VersionRead:
    """Return one version as far as the principal may read it. Raises ResultNotFound and VersionNotFound."""
    via = "get_result_version"
    return read_version(await _shown(session, new_session, principal, key, via=via, now=now, number=number))


async def _shown(
    session: AsyncSession,
    new_session: SessionFactory,
    principal: Principal,
    key: str,
    *,
    via: str,
    now: datetime,
    number: int | None = None,
) -> View:
    """Return what may be shown, once it is recorded that it is; `session` has ended then."""
    view = await view_of(session, principal, key, now=now, number=number)
    if view.reading is not None:
        reads_for = await organisation_of(session, principal)
        await record_readings(
            session, new_session, principal, [view.reading], via=via, at=now, organisation_uid=reads_for
        )
    return view


async def organisation_of(session: AsyncSession, principal: Principal) -> uuid.UUID | None:
    """Return for whom somebody reads, where that is beyond doubt: the only organisation they belong to."""
    if len(principal.roles) != 1:
        return None
    organisation = await session.get(Organisation, next(iter(principal.roles)))
    return None if organisation is None else organisation.uid


async def list_versions(
    session: AsyncSession, principal: Principal, key: str, *, now: datetime
) -> schemas.ResultVersionsRead:
    """Return the versions that may be read, the newest first. Raises ResultNotFound."""
    result, _, cleared = await known_result(session, principal, key, now=now)
    return schemas.ResultVersionsRead(
        items=[
            schemas.VersionSummary(
                number=one.number, created_at=one.created_at, submitted_at=one.submitted_at
            )
            for one in await queries.versions_of(session, key_of(result))
            if may_read_version(result, one.number, cleared)
        ]
    )
