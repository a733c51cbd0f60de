"""Telling what was public and is no longer from what never was: 410 with a successor, or nothing."""

from typing import Any

from sqlalchemy import ColumnElement, Table, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import Gone, Successor
from app.kit.ids import as_uuid, has_key
from app.models import ItemKind, metadata

_ACCREDITATION = metadata.tables["accreditation"]
_ITEM = metadata.tables["listing_item"]
_LINE = metadata.tables["scope_line"]
_LISTING = metadata.tables["listing"]
_PLATFORM = metadata.tables["platform"]
_SERVICE = metadata.tables["service"]
_TABLES = {
    ItemKind.PLATFORM: _PLATFORM,
    ItemKind.SERVICE: _SERVICE,
    ItemKind.ACCREDITATION: _ACCREDITATION,
}
_NEVER_PUBLISHED = exists().where(_LISTING.c.platform_id == _PLATFORM.c.id, _LISTING.c.published.is_(None))
_RETIRED = and_(_PLATFORM.c.retired_on.is_not(None), ~_NEVER_PUBLISHED)


async def refuse_gone(session: AsyncSession, kind: ItemKind, key: str) -> None:
    """Raise Gone when the thing with this id or slug was public; one whose row is deleted is known by id alone."""
    uid, table = as_uuid(key), _TABLES[kind]
    retired = and_(_RETIRED, _was_public(table)) if kind is ItemKind.ACCREDITATION else _RETIRED
    statement = select(_PLATFORM.c.successor_uid).where(has_key(table.c, key), or_(retired, _removed(table)))
    if kind is not ItemKind.PLATFORM:
        statement = statement.join_from(_PLATFORM, table, table.c.platform_id == _PLATFORM.c.id)
    await _refuse(session, statement)
    if kind is ItemKind.SERVICE and uid is not None:
        removed = (
            select(_PLATFORM.c.successor_uid)
            .join_from(_PLATFORM, _ITEM, _ITEM.c.platform_id == _PLATFORM.c.id)
            .join(_LISTING, _LISTING.c.platform_id == _PLATFORM.c.id)
            .where(_ITEM.c.uid == uid, _ITEM.c.kind == kind, *_closed_by_publication())
        )
        await _refuse(session, removed)


async def refuse_gone_line(session: AsyncSession, line_id: int) -> None:
    """Raise Gone when the scope line stood in a published revision."""
    statement = (
        select(_PLATFORM.c.successor_uid)
        .join_from(_PLATFORM, _ACCREDITATION, _ACCREDITATION.c.platform_id == _PLATFORM.c.id)
        .join(_LINE, _LINE.c.accreditation_id == _ACCREDITATION.c.id)
        .join(_LISTING, _LISTING.c.platform_id == _PLATFORM.c.id)
        .where(
            _LINE.c.id == line_id,
            ~_LINE.c.live,
            _LINE.c.import_id.is_(None),
            _LINE.c.since_revision <= _LISTING.c.published,
        )
    )
    await _refuse(session, statement)


def _removed(table: Table) -> ColumnElement[bool]:
    """The row is kept but closed by a published revision, as that of a removed accreditation is."""
    tombstone = exists(
        select(_ITEM.c.id)
        .join_from(_ITEM, _LISTING, _LISTING.c.platform_id == _ITEM.c.platform_id)
        .where(_ITEM.c.uid == table.c.uid, *_closed_by_publication())
    )
    return and_(~table.c.live, tombstone) if "live" in table.c else tombstone


def _was_public(table: Table) -> ColumnElement[bool]:
    """The row stood in a published revision: it was never edited here, or was so in that revision or before."""
    versions = (
        select(_ITEM.c.id)
        .join_from(_ITEM, _LISTING, _LISTING.c.platform_id == _ITEM.c.platform_id)
        .where(_ITEM.c.uid == table.c.uid)
    )
    return or_(~exists(versions), exists(versions.where(_ITEM.c.since_revision <= _LISTING.c.published)))


def _closed_by_publication() -> list[ColumnElement[bool]]:
    return [
        _ITEM.c.document.is_(None),
        _ITEM.c.until_revision.is_(None),
        _ITEM.c.since_revision <= _LISTING.c.published,
    ]


async def _refuse(session: AsyncSession, statement: Any) -> None:
    row = (await session.execute(statement)).first()
    if row is None:
        return
    named = select(_PLATFORM.c.uid, _PLATFORM.c.slug).where(
        _PLATFORM.c.uid == row.successor_uid, _PLATFORM.c.live
    )
    successor = None if row.successor_uid is None else (await session.execute(named)).first()
    if successor is None:
        raise Gone
    raise Gone(Successor(id=successor.uid, slug=successor.slug), address=f"/v1/platforms/{successor.slug}")
