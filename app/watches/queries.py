"""Every SELECT of saved searches and matches."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.pagination import PageParams, RowPage, SortKey, fetch_page
from app.models import Alert, Cadence, Person, Progress, Watch, WatchKind, WatchNeed, metadata
from app.models.base import new_uid
from app.watches.errors import WatchNotFound

FOLLOWER = "watches"
WATCH = metadata.tables["watch"].c
NEED = metadata.tables["watch_need"].c
ALERT = metadata.tables["alert"].c
_EVENT = metadata.tables["outbox_event"].c
_PLATFORM = metadata.tables["platform"].c
_RESULT = metadata.tables["result"].c
_MEMBERSHIP = metadata.tables["membership"].c
_CO_OWNER = metadata.tables["result_owner"].c
_STEP = _RESULT.newest + func.coalesce(_RESULT.submitted, 0)
"""Of a result; both numbers only grow, and one of them grows whenever a version is begun or submitted."""


def still_owned() -> ColumnElement[bool]:
    """The match is not of a result, or its person is still with an organisation that owns the result."""
    mine = select(_MEMBERSHIP.organisation_id).where(_MEMBERSHIP.person_id == WATCH.person_id)
    # Of the watch that is asked about, two queries above, and not of any watch.
    mine = mine.correlate(WATCH.id.table)
    owned = select(_RESULT.id).where(_RESULT.id == WATCH.result_id, _RESULT.organisation_id.in_(mine))
    co_owned = select(_CO_OWNER.result_id).where(
        _CO_OWNER.result_id == WATCH.result_id, _CO_OWNER.organisation_id.in_(mine)
    )
    return or_(WATCH.result_id.is_(None), owned.exists(), co_owned.exists())


def is_active() -> ColumnElement[bool]:
    return and_(WATCH.stopped_at.is_(None), still_owned())


async def find_watch(session: AsyncSession, uid: uuid.UUID, *, lock: bool = False) -> Watch | None:
    """Return the watch, whosever it is; `lock` keeps it from other editors."""
    statement = select(Watch).where(WATCH.uid == uid, still_owned())
    found: Watch | None = await session.scalar(statement.with_for_update() if lock else statement)
    return found


async def get_watch(session: AsyncSession, uid: uuid.UUID, *, lock: bool = False) -> Watch:
    """Raises WatchNotFound."""
    found = await find_watch(session, uid, lock=lock)
    if found is None:
        raise WatchNotFound
    return found


async def watch_by_stop_hash(session: AsyncSession, stop_hash: str) -> Watch | None:
    found: Watch | None = await session.scalar(
        select(Watch).where(WATCH.stop_hash == stop_hash).with_for_update()
    )
    return found


async def count_active(session: AsyncSession, person_id: int) -> int:
    statement = select(func.count()).where(WATCH.person_id == person_id, WATCH.stopped_at.is_(None))
    return await session.scalar(statement) or 0


async def page_of_watches(session: AsyncSession, person_id: int, params: PageParams) -> RowPage:
    """Return one's own, the newest first."""
    statement = select(Watch).where(WATCH.person_id == person_id, still_owned())
    return await fetch_page(session, statement, [SortKey(WATCH.id, descending=True)], params)


async def page_of_alerts(session: AsyncSession, watch_id: int, params: PageParams) -> RowPage:
    """Return those of a watch, the newest first."""
    statement = select(Alert).where(ALERT.watch_id == watch_id)
    return await fetch_page(session, statement, [SortKey(ALERT.id, descending=True)], params)


async def needs_of(session: AsyncSession, watch_ids: Iterable[int]) -> dict[int, list[WatchNeed]]:
    """Return the needs of watches in their order."""
    found: dict[int, list[WatchNeed]] = {}
    statement = select(WatchNeed).where(NEED.watch_id.in_(sorted(set(watch_ids)))).order_by(NEED.id)
    for row in await session.scalars(statement):
        found.setdefault(row.watch_id, []).append(row)
    return found


async def result_uids(session: AsyncSession, ids: Iterable[int]) -> dict[int, uuid.UUID]:
    """Return the public ids of results."""
    statement = select(_RESULT.id, _RESULT.uid).where(_RESULT.id.in_(sorted(set(ids))))
    return {row.id: row.uid for row in await session.execute(statement)}


# --- Following the catalogue --------------------------------------------------------------------------------


async def progress(session: AsyncSession, follower: str = FOLLOWER) -> Progress | None:
    found: Progress | None = await session.get(Progress, follower)
    return found


async def public_events(session: AsyncSession, since: int, until: int) -> Sequence[Any]:
    """Return the public events after one position up to another."""
    statement = select(_EVENT.position, _EVENT.entity, _EVENT.platform_uid).where(
        _EVENT.position > since, _EVENT.position <= until
    )
    return (await session.execute(statement.order_by(_EVENT.position))).all()


def _stated(column: str, platforms: Collection[uuid.UUID]) -> Select[Any]:
    """Return a column of the standards that the lines and services of platforms state."""
    standard, line, held, service, capability = (
        metadata.tables[name] for name in ("standard", "scope_line", "accreditation", "service", "capability")
    )
    mine = select(_PLATFORM.id).where(_PLATFORM.uid.in_(platforms))
    lines = (
        select(line.c.standard_id)
        .join(held, held.c.id == line.c.accreditation_id)
        .where(held.c.platform_id.in_(mine), held.c.live, line.c.live)
    )
    offered = (
        select(capability.c.standard_id)
        .join(service, service.c.id == capability.c.service_id)
        .where(service.c.platform_id.in_(mine), capability.c.standard_id.is_not(None))
    )
    return select(standard.c[column]).where(or_(standard.c.id.in_(lines), standard.c.id.in_(offered)))


def _terms_offered(platforms: Collection[uuid.UUID]) -> Select[Any]:
    service, capability = metadata.tables["service"], metadata.tables["capability"]
    mine = select(_PLATFORM.id).where(_PLATFORM.uid.in_(platforms))
    return (
        select(capability.c.term_code)
        .join(service, service.c.id == capability.c.service_id)
        .where(service.c.platform_id.in_(mine), capability.c.term_code.is_not(None))
    )


async def needs_touched(
    session: AsyncSession, platforms: Collection[uuid.UUID], met: int
) -> Sequence[tuple[WatchNeed, Watch]]:
    """Return the needs of active matches that a change of the platforms may turn.

    Either the answer rests on one of them, or it is not yet `met` and one of them now states its standard or term.
    """
    uids = sorted(platforms)
    by_term = or_(
        NEED.capability.in_(_stated("capability_code", uids)), NEED.capability.in_(_terms_offered(uids))
    )
    may_meet = or_(NEED.standard_base.in_(_stated("base", uids)), and_(NEED.standard_base.is_(None), by_term))
    statement = (
        select(WatchNeed, Watch)
        .join(Watch, WATCH.id == NEED.watch_id)
        .where(is_active(), or_(NEED.platform_uid.in_(uids), and_(NEED.rank != met, may_meet)))
        .order_by(NEED.id)
    )
    return [tuple(row) for row in await session.execute(statement)]  # type: ignore[misc]


async def mark_due(session: AsyncSession, condition: ColumnElement[bool]) -> None:
    """Note that active matches are to be looked at again."""
    chosen = (WATCH.kind == WatchKind.MATCH.value) & WATCH.stopped_at.is_(None) & condition
    await session.execute(update(Watch).where(chosen).values(due=True))


async def due_matches(session: AsyncSession, limit: int) -> Sequence[Watch]:
    """Return matches that are to be looked at again: those noted, and those of a result that took a step since."""
    watch = metadata.tables["watch"].alias().c
    noted = select(watch.id).where(watch.due)
    stepped = (
        select(watch.id)
        .join(_RESULT.id.table, _RESULT.id == watch.result_id)
        .where(watch.looked_version != _STEP)
    )
    statement = (
        select(Watch).where(WATCH.id.in_(noted.union(stepped)), is_active()).order_by(WATCH.id).limit(limit)
    )
    return (await session.scalars(statement)).all()


async def result_steps(session: AsyncSession, ids: Iterable[int]) -> dict[int, int]:
    """Return at which step results stand: a new version and its submission are one each."""
    statement = select(_RESULT.id, _STEP.label("step")).where(_RESULT.id.in_(sorted(set(ids))))
    return {row.id: row.step for row in await session.execute(statement)}


async def searches_behind(session: AsyncSession, version: int, limit: int) -> Sequence[Watch]:
    """Return saved searches that were last looked at by older indexes, the longest ago first."""
    statement = (
        select(Watch)
        .where(WATCH.kind == WatchKind.SEARCH.value, WATCH.looked_version < version, is_active())
        .order_by(WATCH.looked_version, WATCH.id)
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


async def add_alerts(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write alerts; of one cause a watch has one."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    for start in range(0, len(rows), 500):
        values = [{"uid": new_uid(), **row} for row in rows[start : start + 500]]
        statement = insert(metadata.tables["alert"]).values(values)
        await session.execute(statement.on_conflict_do_nothing(index_elements=["watch_id", "cause"]))


async def waiting_hits(session: AsyncSession, watch_ids: Iterable[int]) -> dict[int, set[str]]:
    """Return the hits of saved searches whose alerts were not told yet."""
    found: dict[int, set[str]] = {}
    statement = select(ALERT.watch_id, ALERT.payload).where(
        ALERT.watch_id.in_(sorted(set(watch_ids))), ALERT.told_at.is_(None)
    )
    for row in await session.execute(statement):
        found.setdefault(row.watch_id, set()).add(row.payload["facts"]["hit"])
    return found


async def take_back(session: AsyncSession, watch_id: int, causes: Sequence[str]) -> None:
    """Forget alerts of a watch that were not told."""
    mine = (ALERT.watch_id == watch_id) & ALERT.told_at.is_(None) & ALERT.cause.in_(causes)
    await session.execute(delete(Alert).where(mine))


# --- Telling ------------------------------------------------------------------------------------------------


async def untold(session: AsyncSession, day_began: datetime, limit: int) -> Sequence[tuple[Watch, Person]]:
    """Return active watches that have alerts which were not told, with whose they are.

    Those that gather alerts only where they were last told before the day.
    """
    last = func.coalesce(WATCH.told_at, WATCH.created_at)
    may = or_(WATCH.cadence == Cadence.AT_ONCE.value, last < day_began)
    waiting = select(ALERT.watch_id).where(ALERT.told_at.is_(None)).distinct()
    person = metadata.tables["person"].c
    statement = (
        select(Watch, Person)
        .join(Person, person.id == WATCH.person_id)
        .where(WATCH.id.in_(waiting), may, is_active(), person.disabled.is_(False))
        .order_by(WATCH.cadence, WATCH.id)
        .limit(limit)
    )
    return [tuple(row) for row in await session.execute(statement)]  # type: ignore[misc]


async def untold_alerts(session: AsyncSession, watch_id: int) -> Sequence[Alert]:
    statement = select(Alert).where(ALERT.watch_id == watch_id, ALERT.told_at.is_(None))
    return (await session.scalars(statement.order_by(ALERT.id))).all()
