"""Every SELECT of telling platforms of demand, and what is kept so that they are told once."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Progress, metadata

_LOOK = metadata.tables["demand_look"]
_TOLD = metadata.tables["demand_told"]
_PLATFORM = metadata.tables["platform"].c
_ORGANISATION = metadata.tables["organisation"].c
_MEMBERSHIP = metadata.tables["membership"].c
_EVENT = metadata.tables["outbox_event"].c


def _insert(session: AsyncSession, table: Any) -> Any:
    made = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    return made(table)


async def versions_looked_at(session: AsyncSession) -> frozenset[tuple[int, int]]:
    """Return the results, with their versions, for which platforms were looked for."""
    rows = await session.execute(select(_LOOK.c.result_id, _LOOK.c.version_number))
    return frozenset((row[0], row[1]) for row in rows)


async def note_looked_at(session: AsyncSession, versions: Sequence[tuple[int, int]]) -> None:
    """Note versions of results that were looked at; what was deleted meanwhile is left out."""
    result = metadata.tables["result"].c
    ids = [result_id for result_id, _ in versions]
    there = set(await session.scalars(select(result.id).where(result.id.in_(ids))))
    values = [{"result_id": key, "version_number": number} for key, number in versions if key in there]
    if values:
        await session.execute(_insert(session, _LOOK).values(values).on_conflict_do_nothing())


async def note_told(session: AsyncSession, platform_id: int, result_ids: Sequence[int]) -> frozenset[int]:
    """Note that a platform is told of results; return those of which it was not told before."""
    result, told = metadata.tables["result"].c, _TOLD.c
    found: set[int] = set()
    for start in range(0, len(result_ids), 500):
        part = result_ids[start : start + 500]
        known = select(told.result_id).where(told.platform_id == platform_id)
        new = select(result.id).where(result.id.in_(part), result.id.not_in(known))
        found.update(await session.scalars(new))
    rows = [{"platform_id": platform_id, "result_id": key} for key in sorted(found)]
    if rows:
        await session.execute(insert(_TOLD), rows)
    return frozenset(found)


async def operated_platforms(session: AsyncSession) -> frozenset[int]:
    """Return the published platforms whose operator has people: there is somebody to tell."""
    people = select(_MEMBERSHIP.organisation_id).distinct()
    statement = select(_PLATFORM.id).where(_PLATFORM.live, _PLATFORM.operator_id.in_(people))
    return frozenset((await session.scalars(statement)).all())


async def changed_platforms(
    session: AsyncSession, since: int, until: int, limit: int
) -> tuple[Sequence[int], int]:
    """Return the operated platforms that changed after one position, up to another or to the `limit` of platforms."""
    people = select(_MEMBERSHIP.organisation_id).distinct()
    statement = (
        select(_EVENT.position, _PLATFORM.id)
        .join(_PLATFORM.id.table, _PLATFORM.uid == _EVENT.platform_uid)
        .where(_EVENT.position > since, _EVENT.position <= until)
        .where(_PLATFORM.live, _PLATFORM.operator_id.in_(people))
        .order_by(_EVENT.position)
    )
    found: list[int] = []
    for position, platform_id in await session.execute(statement):
        if platform_id in found:
            continue
        if len(found) == limit:
            return found, position - 1
        found.append(platform_id)
    return found, until


async def note_progress(session: AsyncSession, follower: str, since: int, until: int) -> None:
    """Note how far a follower came; the first time there is no row of it."""
    progress = await session.get(Progress, follower)
    if progress is None:
        session.add(Progress(follower=follower, position=until))
    elif progress.position == since:
        progress.position = until


async def platform_and_operator(session: AsyncSession, platform_id: int) -> Any:
    """Return names and ids of a platform and of who operates it; None where nobody does."""
    statement = (
        select(
            _PLATFORM.uid,
            _PLATFORM.slug,
            _PLATFORM.name_zh,
            _PLATFORM.name_en,
            _PLATFORM.operator_id,
            _ORGANISATION.uid.label("operator_uid"),
        )
        .join(_ORGANISATION.id.table, _ORGANISATION.id == _PLATFORM.operator_id)
        .where(_PLATFORM.id == platform_id)
    )
    return (await session.execute(statement)).first()
