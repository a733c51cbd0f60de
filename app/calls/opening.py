"""Telling owners of results of a call that has opened: by the clock, or because it was made or moved so."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app import outbox
from app.calls import queries
from app.calls.people import EDITORS
from app.calls.reading import places_of, title_of
from app.calls.rules import takes_field, takes_region
from app.kit.clock import business_day
from app.membership.reading import Reader
from app.models import Call
from app.notices import Notice, NoticeType, notify, people_of_organisations
from app.outbox import AddressedType, Audience, Event
from app.vocabulary.names import load_names

CALLS_AT_ONCE = 20
_LAST_MOMENT = timedelta.resolution


async def tell_of_opened_calls(session: AsyncSession, now: datetime) -> int:
    """Tell, once for each open call, the people who may submit a result that it takes; return how many were told.

    A result that waits to be submitted is a draft, or was returned. Whether a call takes it is what submission asks.
    A call that closed or was cancelled before anybody looked is not told of.
    """
    calls = await queries.opened_untold(session, now, CALLS_AT_ONCE)
    if not calls:
        return 0
    reader = Reader(await load_names(session, 0), "zh")
    waiting = await queries.waiting_results(session)
    told = 0
    for call in calls:
        told += await _tell(session, call, _owners_concerned(reader, call, waiting), now)
        call.opening_told_at = now
    return told


def _owners_concerned(reader: Reader, call: Call, waiting: Sequence[Any]) -> list[Any]:
    """Return the rows of waiting results that the call takes; of a demo call, those of demo owners."""
    return [
        row
        for row in waiting
        if (row.demo or not call.demo)
        and takes_field(call.fields, row.fields or ())
        and takes_region(call.regions, places_of(reader, row.region_code))
    ]


async def _tell(session: AsyncSession, call: Call, owners: Sequence[Any], now: datetime) -> int:
    """Tell the editors of the owners, and their systems; nothing is said of their results."""
    if not owners:
        return 0
    title = title_of(call).model_dump()
    # A call that closes at midnight takes results until the day before.
    closes_on = business_day(call.closes_at - _LAST_MOMENT).isoformat()
    notice = Notice(
        NoticeType.CALL_OPENED,
        "call",
        call.uid,
        {"call": title, "closes_on": closes_on},
        cause=f"call_opened:{call.uid}",
    )
    people = await people_of_organisations(session, {row.id for row in owners}, EDITORS)
    event = Event(
        AddressedType.CALL_OPENED,
        "call",
        call.uid,
        payload={"slug": call.slug, "title": title, "closes_at": call.closes_at.isoformat()},
        audience=Audience(organisations=frozenset(row.uid for row in owners)),
    )
    outbox.add(session, event)
    return await notify(session, people, notice, now=now)
