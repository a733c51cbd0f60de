"""The access log as the owner reads it, with the check of its chain."""

import uuid
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.disclosure.readings import first_broken
from app.kit.pagination import PageParams
from app.models import AccessLogEntry, Organisation, Person
from app.results import access_queries as queries
from app.results import access_schemas as schemas
from app.results.queries import get_result
from app.results.reading import organisation_name

_PERSON = "person:"


async def read_access_log(session: AsyncSession, key: str, asked: PageParams) -> schemas.AccessLogRead:
    """Return a page of the log, the newest first, and whether all of it is whole; reads all of it for that.

    Raises ResultNotFound and InvalidCursor.
    """
    result = await get_result(session, key)
    broken = first_broken(await queries.whole_log(session, result.uid))
    rows = await queries.page_of_log(session, result.uid, asked)
    people = await queries.people_by_uid(session, _known(_reader(one) for one in rows.rows))
    organisations = await queries.organisations_by_uid(
        session, _known(one.organisation_uid for one in rows.rows)
    )
    page = rows.to_page(lambda row: _entry(row, people, organisations))
    return schemas.AccessLogRead(
        items=page.items,
        next_cursor=page.next_cursor,
        total=page.total,
        intact=broken is None,
        first_broken=broken,
    )


def _known(uids: Iterable[uuid.UUID | None]) -> Sequence[uuid.UUID]:
    return sorted({uid for uid in uids if uid is not None})


def _reader(entry: AccessLogEntry) -> uuid.UUID | None:
    """Return the person of an actor as `app.audit.actor_of` writes it."""
    named = entry.reader.split(" ")[0]
    return uuid.UUID(named.removeprefix(_PERSON)) if named.startswith(_PERSON) else None


def _entry(
    row: AccessLogEntry, people: Mapping[uuid.UUID, Person], organisations: Mapping[uuid.UUID, Organisation]
) -> schemas.LogEntryRead:
    person = people.get(_reader(row) or uuid.UUID(int=0))
    organisation = organisations.get(row.organisation_uid or uuid.UUID(int=0))
    return schemas.LogEntryRead(
        position=row.position,
        version=row.version_number,
        field=row.field,
        tier=row.tier,
        reader=None if person is None else schemas.PersonBrief(id=person.uid, name=person.name),
        by_api_key=" api_key:" in row.reader,
        organisation=None if organisation is None else organisation_name(organisation),
        via=row.via,
        at=row.at,
        request_id=row.request_id,
        chain=row.chain,
    )
