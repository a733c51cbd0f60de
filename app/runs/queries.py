"""Every SELECT of match runs, and of what became of the things that an old answer rests on."""

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.ids import has_key
from app.kit.pagination import PageParams, RowPage, SortKey, fetch_page
from app.models import MatchRun, Organisation, Result, ResultVersion, metadata
from app.models.scope import AccreditationState
from app.outbox import ChangeType
from app.registry.rules import is_suspended
from app.results.errors import ResultNotFound
from app.runs.errors import MatchRunNotFound
from app.runs.reasons import AccreditationNow, LineNow, PlatformNow
from app.runs.targets import RESULT, RUN

_T = metadata.tables
_PLATFORM, _ACCREDITATION, _SERVICE = _T["platform"].c, _T["accreditation"].c, _T["service"].c
_LINE, _SUSPENSION, _EVENT = _T["scope_line"].c, _T["suspension"].c, _T["outbox_event"].c
_LISTING = _T["listing"].c
_VERSION = _T["result_version"].c
_MARKED = ("platform", "accreditation", "scope_line", "service")


@dataclass(frozen=True, slots=True)
class Since:
    """From when on things are new: the run's time, day, catalogue version, and the newest keys of then."""

    created_at: datetime
    on_date: date
    version: int
    marks: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Named:
    """The things that two answers name: platforms by id, scope lines by key, services by id."""

    platforms: frozenset[uuid.UUID]
    lines: frozenset[int]
    services: frozenset[uuid.UUID]


# --- Results and runs ---------------------------------------------------------------------------------------


async def result_with_newest(session: AsyncSession, key: str) -> tuple[Result, ResultVersion, Organisation]:
    """Return a result, what its newest version says, and its owner. Raises ResultNotFound."""
    statement = (
        select(Result, ResultVersion, Organisation)
        .join(ResultVersion, (_VERSION.result_id == RESULT.id) & (_VERSION.number == RESULT.newest))
        .join(Organisation, _T["organisation"].c.id == RESULT.organisation_id)
        .where(has_key(RESULT, key))
    )
    found = (await session.execute(statement)).first()
    if found is None:
        raise ResultNotFound
    return found[0], found[1], found[2]


async def version_of(session: AsyncSession, result_id: int, number: int) -> ResultVersion:
    return await session.get_one(ResultVersion, (result_id, number))


async def marks(session: AsyncSession) -> dict[str, int]:
    """Return the greatest key of each table whose rows an answer may name."""
    columns = [
        select(func.coalesce(func.max(_T[name].c.id), 0)).scalar_subquery().label(name) for name in _MARKED
    ]
    return dict((await session.execute(select(*columns))).mappings().one())


def _runs() -> Select[*tuple[Any, ...]]:
    return select(MatchRun, Result).join(Result, RESULT.id == RUN.result_id)


async def get_run(session: AsyncSession, uid: uuid.UUID) -> tuple[MatchRun, Result]:
    """Raises MatchRunNotFound."""
    found = (await session.execute(_runs().where(RUN.uid == uid))).first()
    if found is None:
        raise MatchRunNotFound
    return found[0], found[1]


async def page_of_runs(session: AsyncSession, key: str, params: PageParams) -> RowPage:
    """Return pairs of run and result, the newest first."""
    order = [SortKey(RUN.id, descending=True)]
    return await fetch_page(session, _runs().where(has_key(RESULT, key)), order, params)


# --- What became of the things named ------------------------------------------------------------------------


async def platforms_now(
    session: AsyncSession, named: Named, since: Since, today: date
) -> dict[uuid.UUID, PlatformNow]:
    """Return what the platforms are now and what happened to them since, by id; a removed one is not live."""
    rows = await session.execute(
        select(_PLATFORM.id, _PLATFORM.uid, _PLATFORM.live).where(_PLATFORM.uid.in_(named.platforms))
    )
    found = {row.id: row for row in rows}
    events = await _events(session, named.platforms, since)
    suspended = await _suspended(session, found.keys(), since, today)
    accreditations = await _accreditations(session, found.keys(), events, since)
    lines = await _lines(session, named.lines)
    services = await _services(session, named.services)
    result = {}
    for key, row in found.items():
        happened = events.get(row.uid, {})
        changed = ChangeType.PLATFORM_CHANGED in happened.get(row.uid, ())
        held = accreditations.get(key, {})
        own_lines = {str(line.id): line for line in lines.values() if str(line.accreditation_uid) in held}
        own_services = {str(s.uid): s for s in services.values() if s.platform_id == key}
        result[row.uid] = PlatformNow(
            live=row.live,
            added=key > since.marks["platform"] or ChangeType.PLATFORM_PUBLISHED in happened.get(row.uid, ()),
            suspended=suspended[key][1],
            reinstated=suspended[key][0] and not suspended[key][1],
            changed=changed,
            accreditations=held,
            lines={
                line_id: LineNow(line.live, str(line.accreditation_uid), line.effective_to)
                for line_id, line in own_lines.items()
            },
            new_lines=frozenset(
                line_id
                for line_id, line in own_lines.items()
                if line.id > since.marks["scope_line"] or _published_since(line, since)
            ),
            services=dict.fromkeys(own_services, row.live),
            new_services=frozenset(
                service_id
                for service_id, service in own_services.items()
                if service.id > since.marks["service"]
                or ChangeType.SERVICE_PUBLISHED in happened.get(service.uid, ())
            ),
        )
    return result


Happened = dict[uuid.UUID, dict[uuid.UUID | None, set[str]]]


async def _events(session: AsyncSession, platforms: Collection[uuid.UUID], since: Since) -> Happened:
    """Return the types of the public events since, by platform and by the thing they are about."""
    statement = select(_EVENT.type, _EVENT.entity_uid, _EVENT.platform_uid).where(
        _EVENT.position > since.version, _EVENT.platform_uid.in_(platforms)
    )
    found: Happened = {}
    for row in await session.execute(statement):
        found.setdefault(row.platform_uid, {}).setdefault(row.entity_uid, set()).add(row.type)
    return found


async def _suspended(
    session: AsyncSession, platforms: Iterable[int], since: Since, today: date
) -> dict[int, tuple[bool, bool]]:
    """Return whether each platform was suspended on the day asked when the run was made, and is on the day now."""
    keys = list(platforms)
    spans: dict[int, tuple[list[Any], list[Any]]] = {key: ([], []) for key in keys}
    rows = await session.execute(select(_SUSPENSION.id.table).where(_SUSPENSION.platform_id.in_(keys)))
    for row in rows:
        span = (row.from_date, row.to_date)
        if row.decided_at <= since.created_at and (
            row.lifted_at is None or row.lifted_at >= since.created_at
        ):
            spans[row.platform_id][0].append(span)
        if row.lifted_at is None:
            spans[row.platform_id][1].append(span)
    return {
        key: (is_suspended(before, since.on_date), is_suspended(after, today))
        for key, (before, after) in spans.items()
    }


async def _accreditations(
    session: AsyncSession, platforms: Iterable[int], events: Happened, since: Since
) -> dict[int, dict[str, AccreditationNow]]:
    """Return the accreditations of the platforms, published or not, by platform and id."""
    a = _ACCREDITATION
    found: dict[int, dict[str, AccreditationNow]] = {}
    statement = (
        select(a.id.table, _PLATFORM.uid.label("platform_uid"))
        .join(_PLATFORM.id.table, _PLATFORM.id == a.platform_id)
        .where(a.platform_id.in_(list(platforms)))
        .order_by(a.id)
    )
    for row in await session.execute(statement):
        happened = events.get(row.platform_uid, {}).get(row.uid, set())
        found.setdefault(row.platform_id, {})[str(row.uid)] = AccreditationNow(
            live=row.live,
            scheme=row.scheme.value,
            certificate_no=row.certificate_no,
            state=AccreditationState(row.state),
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            added=row.id > since.marks["accreditation"] or ChangeType.ACCREDITATION_PUBLISHED in happened,
            changed=ChangeType.ACCREDITATION_CHANGED in happened,
        )
    return found


async def _lines(session: AsyncSession, ids: Iterable[int]) -> dict[int, Any]:
    statement = (
        select(
            _LINE.id,
            _LINE.live,
            _LINE.effective_to,
            _LINE.since_revision,
            _LISTING.published,
            _LISTING.published_at,
            _ACCREDITATION.uid.label("accreditation_uid"),
        )
        .join(_ACCREDITATION.id.table, _ACCREDITATION.id == _LINE.accreditation_id)
        .outerjoin(_LISTING.platform_id.table, _LISTING.platform_id == _ACCREDITATION.platform_id)
        .where(_LINE.id.in_(list(ids)))
    )
    return {row.id: row for row in await session.execute(statement)}


def _published_since(line: Any, since: Since) -> bool:
    """Tell whether a line that was drafted before the run came with the revision published after it."""
    return (
        line.published_at is not None
        and line.since_revision == line.published
        and line.published_at >= since.created_at
    )


async def _services(session: AsyncSession, uids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Any]:
    statement = select(_SERVICE.id, _SERVICE.uid, _SERVICE.platform_id).where(_SERVICE.uid.in_(list(uids)))
    return {row.uid: row for row in await session.execute(statement)}
