"""Reminding experts of what they have still to judge."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment import queries
from app.assessment.telling import title_payload
from app.kit.clock import business_day
from app.notices import Notice, NoticeType, notify

REMINDED_DAYS_BEFORE = 3


async def remind_experts(session: AsyncSession, now: datetime) -> int:
    """Tell experts once of what is due within three days or overdue; return how many were told."""
    last_day = business_day(now) + timedelta(days=REMINDED_DAYS_BEFORE)
    rows = await queries.open_until(session, last_day)
    told = 0
    for assignment, version in rows:
        payload = {"title": title_payload(version), "due_on": assignment.due_on.isoformat()}
        cause = f"evaluation_due:{assignment.uid}:{assignment.due_on.isoformat()}"
        notice = Notice(NoticeType.EVALUATION_DUE, "assignment", assignment.uid, payload, cause)
        told += await notify(session, [assignment.person_id], notice, now=now)
    return told
