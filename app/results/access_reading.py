"""Requests for access as they are answered."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.clock import business_day
from app.kit.i18n import Localized
from app.kit.pagination import Page
from app.membership.reading import key_of
from app.results import access_queries as queries
from app.results import access_schemas as schemas
from app.results.queries import versions_by_key
from app.results.reading import organisation_name, title_of_result
from app.results.rules import KNOWN_TO_OWNER, holds_on


async def page_of_requests(
    session: AsyncSession, conditions: Sequence[Any], asked: schemas.AccessFilters, now: datetime
) -> Page[schemas.AccessRequestRead]:
    in_state = [queries.ACCESS.state.in_(asked.state)] if asked.state else []
    page = await queries.page_of_requests(session, [*conditions, *in_state], asked)
    titles = await titles_of(session, page.rows)
    return page.to_page(lambda row: read_request(row, titles, business_day(now)))


async def titles_of(session: AsyncSession, rows: Sequence[Any]) -> Mapping[int, Localized]:
    """Return the titles of the results that others know of, as they were submitted."""
    known = [row[1] for row in rows if row[1].state not in KNOWN_TO_OWNER and row[1].submitted is not None]
    versions = await versions_by_key(session, {(key_of(one), one.submitted) for one in known})
    titles = {key: title_of_result(version) for key, version in versions.items()}
    return {key: Localized(zh=title.zh, en=title.en) for key, title in titles.items()}


def read_request(row: Any, titles: Mapping[int, Localized], today: date) -> schemas.AccessRequestRead:
    request, result, person, organisation = row[0], row[1], row[2], row[3]
    granted_to_all = request.direct and organisation is not None
    return schemas.AccessRequestRead(
        id=request.uid,
        result=schemas.AccessResult(id=result.uid, title=titles.get(key_of(result))),
        person=None if granted_to_all else schemas.PersonBrief(id=person.uid, name=person.name),
        organisation=None if organisation is None else organisation_name(organisation),
        direct=request.direct,
        reason=request.reason,
        state=request.state,
        until=request.until,
        active=holds_on(request.state, request.until, today),
        created_at=request.created_at,
        decided_at=request.decided_at,
        answer=request.answer,
    )
