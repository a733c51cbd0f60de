"""Events for what seeding changed of the pool: which projects came, went, or say something else to everybody."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit, outbox
from app.models import Stage, metadata
from app.outbox import ChangeType

_TABLES = metadata.tables
_PROJECT = _TABLES["pool_project"].c
_PUBLIC_PARTS = ("pool_project_field", "stage_change", "milestone", "project_platform", "project_outcome")


@dataclass(frozen=True)
class SeenProject:
    """A public project as it was at one time; `digest` is equal while all that is public of it is equal."""

    slug: str
    title_zh: str
    title_en: str | None
    demo: bool
    digest: bytes


async def projects_seen(session: AsyncSession) -> dict[uuid.UUID, SeenProject]:
    """Return every public project with a digest of all that is public of it."""
    public = select(_TABLES["pool_project"]).where(_PROJECT.stage != Stage.WITHDRAWN.value)
    rows = (await session.execute(public.order_by(_PROJECT.id))).all()
    digests = {row.id: hashlib.sha256(repr(tuple(row)).encode()) for row in rows}
    for name in _PUBLIC_PARTS:
        table = _TABLES[name]
        for part in await session.execute(select(table).order_by(*table.primary_key)):
            if part.project_id in digests:
                digests[part.project_id].update(repr(tuple(part)).encode())
    return {row.uid: _seen(row, digests[row.id].digest()) for row in rows}


def _seen(row: Row[tuple[object, ...]], digest: bytes) -> SeenProject:
    return SeenProject(row.slug, row.title_zh, row.title_en, row.demo, digest)


def announce_projects(
    session: AsyncSession,
    before: Mapping[uuid.UUID, SeenProject],
    after: Mapping[uuid.UUID, SeenProject],
) -> None:
    """Write an event for each project that came, went or changed."""
    for uid, seen in after.items():
        if uid not in before:
            _add(session, ChangeType.PROJECT_PUBLISHED, uid, seen)
        elif seen.digest != before[uid].digest:
            _add(session, ChangeType.PROJECT_CHANGED, uid, seen)
    for uid, seen in before.items():
        if uid not in after:
            _add(session, ChangeType.PROJECT_REMOVED, uid, seen)


async def announce_removed(session: AsyncSession, results: Sequence[int]) -> None:
    """Write an event for each public project of the results, which are about to be removed."""
    public = select(_TABLES["pool_project"]).where(_PROJECT.stage != Stage.WITHDRAWN.value)
    wanted = set(results)
    for row in await session.execute(public.order_by(_PROJECT.id)):
        if row.result_id in wanted:
            _add(session, ChangeType.PROJECT_REMOVED, row.uid, _seen(row, b""))


def _add(session: AsyncSession, change: ChangeType, uid: uuid.UUID, seen: SeenProject) -> None:
    event = outbox.project_event(
        change, uid, slug=seen.slug, title_zh=seen.title_zh, title_en=seen.title_en, demo=seen.demo
    )
    outbox.add(session, event, actor=audit.SYSTEM)
