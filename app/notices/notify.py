"""Telling people: rows of their inbox, written with what they are told of."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.clock import utcnow
from app.models import metadata
from app.models.base import new_uid
from app.notices.wording import NoticeType, missing_keys

_ROWS_AT_ONCE = 500
_TABLE = metadata.tables["notification"]


@dataclass(frozen=True)
class Notice:
    """What is told: the type, the thing it is about, the values of its wording, and its cause.

    Of one `cause` (at most 200 characters) a person is told once, however often it is given. The `payload` has the
    keys of the wording (`app.notices.wording`), each a text, a number or `{"zh", "en"}` that everybody may know.
    """

    type: NoticeType
    entity: str
    entity_uid: uuid.UUID | None
    payload: Mapping[str, Any] = field(default_factory=dict)
    cause: str = ""


async def notify(
    session: AsyncSession, recipients: Iterable[int], notice: Notice, *, now: datetime | None = None
) -> int:
    """Tell people, by their keys, in the transaction of `session`; return how many did not know yet.

    Raises ValueError for a payload without a key of the wording, and for a notice without a cause.
    """
    missing = missing_keys(notice.type, notice.payload)
    if missing or not notice.cause:
        raise ValueError(f"a notice of {notice.type} needs {', '.join(missing) or 'a cause'}")
    people = sorted(set(recipients))
    rows = [_row(person_id, notice, now or utcnow()) for person_id in people]
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    told = 0
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        statement = insert(_TABLE).values(rows[start : start + _ROWS_AT_ONCE])
        unknown = statement.on_conflict_do_nothing(index_elements=["person_id", "cause"])
        told += len((await session.execute(unknown.returning(_TABLE.c.id))).all())
    return told


def _row(person_id: int, notice: Notice, now: datetime) -> dict[str, Any]:
    return {
        "uid": new_uid(),
        "person_id": person_id,
        "type": notice.type.value,
        "entity": notice.entity,
        "entity_uid": notice.entity_uid,
        "payload": dict(notice.payload),
        "cause": notice.cause,
        "created_at": now,
    }
