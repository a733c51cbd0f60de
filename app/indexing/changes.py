"""What changed between two versions of the catalogue, platforms and projects, read from the public events."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import metadata
from app.outbox.events import PROJECT, RELEASE

MOST_ALWAYS_FOLLOWED = 20
"""Up to so many changed platforms are followed one by one; more only while they are less than half of all."""

_EVENT = metadata.tables["outbox_event"].c
_PLATFORM = metadata.tables["platform"].c
_AT_ONCE = 200


@dataclass(frozen=True)
class ChangedPlatforms:
    """Some platforms, with every slug that their documents may have in the indexes."""

    uids: Collection[UUID]
    slugs: Collection[str]


@dataclass(frozen=True)
class Changed:
    """What changed, in parts of a bearable size."""

    platforms: Sequence[ChangedPlatforms]
    projects: Sequence[Collection[UUID]]


async def what_changed(session: AsyncSession, since: int, until: int) -> Changed | None:
    """Return the platforms and projects that changed after version `since`, up to `until`.

    None: build the indexes anew, as an event is missing, is about everything, or most platforms changed.
    """
    statement = select(_EVENT.platform_uid, _EVENT.entity, _EVENT.entity_uid, _EVENT.payload).where(
        _EVENT.position > since, _EVENT.position <= until
    )
    events = (await session.execute(statement)).all()
    uids = sorted({event.platform_uid for event in events if event.platform_uid is not None})
    if len(events) != until - since or any(_about_everything(event) for event in events):
        return None
    if len(uids) > MOST_ALWAYS_FOLLOWED and 2 * len(uids) > await _count_platforms(session):
        return None
    slugs: dict[UUID, set[str]] = {uid: set() for uid in uids}
    for event in events:
        if event.entity == "platform" and "slug" in event.payload:
            slugs[event.platform_uid].add(event.payload["slug"])
    parts = []
    for start in range(0, len(uids), _AT_ONCE):
        part = uids[start : start + _AT_ONCE]
        for uid, slug in await session.execute(
            select(_PLATFORM.uid, _PLATFORM.slug).where(_PLATFORM.uid.in_(part))
        ):
            slugs[uid].add(slug)
        parts.append(ChangedPlatforms(part, {slug for uid in part for slug in slugs[uid]}))
    projects = sorted({event.entity_uid for event in events if event.entity == PROJECT})
    starts = range(0, len(projects), _AT_ONCE)
    return Changed(parts, [projects[start : start + _AT_ONCE] for start in starts])


def _about_everything(event: Any) -> bool:
    # A release is a copy of what is published: it changes no document.
    return event.platform_uid is None and event.entity not in (RELEASE, PROJECT)


async def _count_platforms(session: AsyncSession) -> int:
    return await session.scalar(select(func.count()).where(_PLATFORM.live)) or 0
