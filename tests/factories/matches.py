"""What people said of matches, for tests."""

import uuid

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import DataTask, DataTaskState, FeedbackKind, MatchFeedback, MatchRun, Platform, metadata
from tests.factories.people import LONG_AGO
from tests.factories.registry import stored


async def make_task(session: AsyncSession, run: str, platform: str) -> dict[str, str]:
    """Open a data task for a verdict of the run about the platform; return path parameters of both."""
    matched = metadata.tables["match_run"].c.uid == uuid.UUID(run)
    found = await session.scalar(select(MatchRun).where(matched))
    about = await session.scalar(select(Platform).where(metadata.tables["platform"].c.slug == platform))
    assert found is not None
    assert found.id is not None
    assert about is not None
    assert about.id is not None
    feedback = MatchFeedback(
        run_id=found.id,
        platform_id=about.id,
        need_key="n1",
        kind=FeedbackKind.WRONG,
        verdict="unmet",
        reason="能力已登记",
        created_at=LONG_AGO,
    )
    await stored(session, feedback)
    assert feedback.id is not None
    task = DataTask(
        platform_id=about.id, feedback_id=feedback.id, state=DataTaskState.OPEN, created_at=LONG_AGO
    )
    await stored(session, task)
    return {"feedback_id": str(feedback.uid), "task_id": str(task.uid)}
