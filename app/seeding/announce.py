"""Events for what seeding changed: which platforms came, went, or have other content than before."""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import outbox
from app.models import metadata
from app.outbox import ChangeType
from app.seeding.tables import Changes

_TABLES = metadata.tables
_PLATFORM = _TABLES["platform"]
_OWNED = ("contact", "equipment", "intake_step", "setting", "platform_field", "service", "accreditation")
_OF_SERVICE = ("service_field", "price_option", "capability")
_VOCABULARY = (
    "capability_term", "field", "field_crosswalk", "region", "service_function", "standard", "standard_edition",
    "standard_equivalence", "standard_supersession", "broader_object", "test_object", "test_parameter",
)  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """A platform as it was at one time; `digest` is equal while all of its content is equal."""

    uid: uuid.UUID
    slug: str
    name_zh: str
    name_en: str | None
    demo: bool
    digest: bytes


async def platforms_seen(session: AsyncSession) -> dict[uuid.UUID, Seen]:
    """Return every public platform with a digest of all that is public of it; costs a reading of the catalogue."""
    public = select(_PLATFORM).where(_PLATFORM.c.live).order_by(_PLATFORM.c.id)
    rows = (await session.execute(public)).mappings().all()
    digests = {row["id"]: hashlib.sha256(repr(sorted(row.items())).encode()) for row in rows}
    for table, owner in _children():
        statement = select(owner.label("owner_id"), table).order_by(*table.primary_key)
        if owner.table is not table:
            column = table.c[f"{owner.table.name}_id"]
            statement = statement.join(owner.table, owner.table.c.id == column)
        if "live" in table.c:
            statement = statement.where(table.c.live)
        for row in (await session.execute(statement)).mappings():
            if row["owner_id"] in digests:
                digests[row["owner_id"]].update(repr(sorted(row.items())).encode())
    return {
        row["uid"]: Seen(
            row["uid"],
            row["slug"],
            row["name_zh"],
            row["name_en"],
            row["demo"],
            digests[row["id"]].digest(),
        )
        for row in rows
    }


def announce(
    session: AsyncSession,
    before: Mapping[uuid.UUID, Seen],
    after: Mapping[uuid.UUID, Seen],
    changes: Changes,
) -> None:
    """Write an event for each platform that came, went or changed, and one for the vocabularies."""
    if any(changes.written[name] or changes.removed[name] for name in _VOCABULARY):
        outbox.add(session, outbox.vocabulary_event())
    for uid, seen in after.items():
        if uid not in before:
            _add(session, ChangeType.PLATFORM_PUBLISHED, seen)
        elif seen.digest != before[uid].digest:
            _add(session, ChangeType.PLATFORM_CHANGED, seen)
    for uid, seen in before.items():
        if uid not in after:
            _add(session, ChangeType.PLATFORM_REMOVED, seen)


def _add(session: AsyncSession, change: ChangeType, seen: Seen) -> None:
    event = outbox.platform_event(
        change, seen.uid, slug=seen.slug, name_zh=seen.name_zh, name_en=seen.name_en, demo=seen.demo
    )
    outbox.add(session, event, actor="system")


def _children() -> list[tuple[Table, ColumnElement[Any]]]:
    """Return the tables of what belongs to a platform, each with the column that says to which."""
    service, accreditation = _TABLES["service"], _TABLES["accreditation"]
    return [
        *((_TABLES[name], _TABLES[name].c.platform_id) for name in _OWNED),
        *((_TABLES[name], service.c.platform_id) for name in _OF_SERVICE),
        (_TABLES["scope_line"], accreditation.c.platform_id),
    ]
