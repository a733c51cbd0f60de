"""Suspension: days on which a platform is neither found nor matched. By date, so that it ends without an edit."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit, outbox
from app.models import Organisation, Platform, Suspension, metadata
from app.outbox import ChangeType
from app.outbox.events import platform_event

_SUSPENSION = metadata.tables["suspension"].c


async def suspensions_of(session: AsyncSession, platform_id: int) -> Sequence[Suspension]:
    """Return every suspension of a platform, lifted ones too, the newest first."""
    statement = select(Suspension).where(_SUSPENSION.platform_id == platform_id)
    order = (_SUSPENSION.from_date.desc(), _SUSPENSION.id.desc())
    return (await session.scalars(statement.order_by(*order))).all()


async def suspend(
    session: AsyncSession,
    platform: Platform,
    *,
    from_date: date,
    to_date: date | None,
    reason: str,
    actor: str,
    now: datetime,
) -> Suspension:
    """Suspend a platform from the first day to the last, both included (None: until lifted)."""
    if platform.id is None:
        raise ValueError("the platform has not been stored yet")
    suspension = Suspension(
        platform_id=platform.id,
        from_date=from_date,
        to_date=to_date,
        reason=reason,
        decided_by=actor,
        decided_at=now,
    )
    session.add(suspension)
    await _tell(session, platform, suspension, ChangeType.PLATFORM_SUSPENDED, actor)
    return suspension


async def lift(
    session: AsyncSession, platform: Platform, suspension: Suspension, *, actor: str, now: datetime
) -> None:
    """Take a suspension back: it stands no more, for no day. Lifting it twice changes nothing."""
    if suspension.lifted_at is not None:
        return
    suspension.lifted_at, suspension.lifted_by = now, actor
    await _tell(session, platform, suspension, ChangeType.PLATFORM_REINSTATED, actor)


async def _tell(
    session: AsyncSession, platform: Platform, suspension: Suspension, change: ChangeType, actor: str
) -> None:
    operator = None
    if platform.operator_id is not None:
        operator = await session.get(Organisation, platform.operator_id)
    audit.record(
        session,
        actor,
        "suspension.added" if change is ChangeType.PLATFORM_SUSPENDED else "suspension.lifted",
        "suspension",
        suspension.uid,
        after={
            "from_date": suspension.from_date.isoformat(),
            "to_date": None if suspension.to_date is None else suspension.to_date.isoformat(),
            "reason": suspension.reason,
        },
        belongs_to=audit.Owner(None if operator is None else operator.uid, platform.uid),
    )
    if platform.live:
        event = platform_event(
            change,
            platform.uid,
            slug=platform.slug,
            name_zh=platform.name_zh,
            name_en=platform.name_en,
            demo=platform.demo,
        )
        outbox.add(session, event, actor=actor)
