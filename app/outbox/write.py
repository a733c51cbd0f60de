"""Writing events. Public ones get their place in the feed at the last moment before the commit.

The place is the next version of the catalogue, counted up in one row that stays locked until the commit. So versions
are committed in their order, one after the other, and a transaction that is rolled back leaves no gap. The lock comes
last and is held for the commit only: writers may prepare their changes side by side, and cannot wait for each other
in a circle.
"""

import structlog
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, SessionTransaction

from app.kit.clock import utcnow
from app.models import OutboxEvent, metadata
from app.outbox.events import Event

_UNPLACED = "outbox_unplaced"
_VERSION = metadata.tables["catalogue_version"]


def add(session: AsyncSession, happened: Event, *, actor: str | None = None) -> None:
    """Write the event in the transaction of `session`; it leaves the system only if that is committed.

    A public event also counts up the version of the catalogue. The id of the request is taken from the log context.
    """
    row = OutboxEvent(
        type=happened.type,
        entity=happened.entity,
        entity_uid=happened.entity_uid,
        platform_uid=happened.platform_uid
        or (happened.entity_uid if happened.entity == "platform" else None),
        payload=dict(happened.payload),
        audience=None if happened.audience is None else happened.audience.stored(),
        occurred_at=utcnow(),
        actor=actor,
        request_id=structlog.contextvars.get_contextvars().get("request_id"),
    )
    session.add(row)
    if happened.is_public:
        session.info.setdefault(_UNPLACED, []).append(row)


def _place(session: Session) -> None:
    """Give the public events of a transaction their positions, before it is committed."""
    if _UNPLACED not in session.info or session.in_nested_transaction():
        return
    # What a savepoint took back is no longer in the session.
    rows = [row for row in session.info.pop(_UNPLACED) if row in session]
    if rows:
        # All other locks of this transaction are taken before the one that everybody needs.
        session.flush()
        last = _count_up(session, len(rows))
        for position, row in enumerate(rows, start=last - len(rows) + 1):
            row.position = position


def _forget(session: Session, ended: SessionTransaction) -> None:
    if ended.parent is None:
        session.info.pop(_UNPLACED, None)


def _count_up(session: Session, changes: int) -> int:
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = {"id": 1, "version": changes, "changed_at": utcnow()}
    grown = {"version": _VERSION.c.version + changes, "changed_at": values["changed_at"]}
    counting = insert(_VERSION).values(values).on_conflict_do_update(index_elements=["id"], set_=grown)
    version: int = session.execute(counting.returning(_VERSION.c.version)).scalar_one()
    return version


event.listen(Session, "before_commit", _place)
event.listen(Session, "after_soft_rollback", _forget)
