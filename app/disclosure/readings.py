"""The access log: one entry for every confidential field that somebody who does not own a result was given.

The entries of a result form a chain of hashes, so that one that was changed or removed shows. Source: plan for
concept-verification centres, item on trade secrets: 数据存证.
"""

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit import actor_of
from app.auth.principal import Principal
from app.db import SessionFactory, writing
from app.models import AccessLogEntry, DisclosureTier, metadata
from app.models.base import new_uid

FIRST_CHAIN = "0" * 64
_ENTRY = metadata.tables["access_log_entry"].c
_RESULT = metadata.tables["result"].c


@dataclass(frozen=True)
class Reading:
    """What of one version of one result is given away: fields with their tiers, by `Disclosed.confidential`."""

    result_uid: uuid.UUID
    version_number: int
    fields: Mapping[str, DisclosureTier]


async def record_readings(
    session: AsyncSession,
    new_session: SessionFactory,
    principal: Principal,
    readings: Sequence[Reading],
    *,
    via: str,
    at: datetime,
    organisation_uid: uuid.UUID | None = None,
) -> None:
    """Append to the log, in a transaction of its own. Call it before the answer is given, never for an owner.

    `session` is that of the request, which has read all it needs: its transaction is ended here, as it would hold
    the connection that the log waits for. `via` is the operation; `organisation_uid` whom the principal reads for,
    where that is known.
    """
    given = [reading for reading in readings if reading.fields]
    if not given:
        return
    await session.commit()
    async with writing(new_session) as log:
        await append_readings(log, principal, given, via=via, at=at, organisation_uid=organisation_uid)


async def append_readings(
    session: AsyncSession,
    principal: Principal,
    readings: Sequence[Reading],
    *,
    via: str,
    at: datetime,
    organisation_uid: uuid.UUID | None = None,
) -> None:
    """Append to the log in the transaction of the caller, which must be a writing one."""
    uids = sorted({reading.result_uid for reading in readings})
    # In the order of the keys, so that two readers of the same results never wait for each other.
    await session.execute(
        select(_RESULT.id).where(_RESULT.uid.in_(uids)).order_by(_RESULT.id).with_for_update()
    )
    ends = await _ends(session, uids)
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    rows = []
    for reading in readings:
        for field, tier in sorted(reading.fields.items()):
            position, chain = ends.get(reading.result_uid, (0, FIRST_CHAIN))
            entry = {
                "result_uid": reading.result_uid,
                "position": position + 1,
                "version_number": reading.version_number,
                "field": field,
                "tier": tier,
                "reader": actor_of(principal),
                "organisation_uid": organisation_uid,
                "via": via,
                "at": at,
                "request_id": request_id,
            }
            ends[reading.result_uid] = (position + 1, chain_of(chain, entry))
            rows.append({**entry, "uid": new_uid(), "chain": ends[reading.result_uid][1]})
    if rows:
        await session.execute(insert(AccessLogEntry), rows)


async def _ends(session: AsyncSession, uids: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[int, str]]:
    """Return the last position and chain of each result that has entries."""
    last = (
        select(_ENTRY.result_uid, func.max(_ENTRY.position).label("position"))
        .where(_ENTRY.result_uid.in_(uids))
        .group_by(_ENTRY.result_uid)
        .subquery()
    )
    statement = select(_ENTRY.result_uid, _ENTRY.position, _ENTRY.chain).join(
        last, (last.c.result_uid == _ENTRY.result_uid) & (last.c.position == _ENTRY.position)
    )
    return {row.result_uid: (row.position, row.chain) for row in await session.execute(statement)}


def chain_of(before: str, entry: Mapping[str, Any]) -> str:
    """Return the hash of an entry: SHA-256 over the chain before it and the entry's values in canonical JSON."""
    values = {
        "result_uid": str(entry["result_uid"]),
        "position": entry["position"],
        "version_number": entry["version_number"],
        "field": entry["field"],
        "tier": str(entry["tier"]),
        "reader": entry["reader"],
        "organisation_uid": None if entry["organisation_uid"] is None else str(entry["organisation_uid"]),
        "via": entry["via"],
        "at": entry["at"].astimezone(UTC).isoformat(timespec="microseconds"),
        "request_id": entry["request_id"],
    }
    canonical = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{before}{canonical}".encode()).hexdigest()


def first_broken(entries: Sequence[Mapping[str, Any]]) -> int | None:
    """Return the position at which the chain of a result's entries breaks, in their order; None: it is whole.

    That entries were cut off at the end does not show here; the owner compares with the last chain seen.
    """
    chain = FIRST_CHAIN
    for expected, entry in enumerate(entries, start=1):
        chain = chain_of(chain, entry)
        if entry["position"] != expected or entry["chain"] != chain:
            return expected
    return None
