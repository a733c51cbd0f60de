"""Whether a draft can be given to the department."""

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.listing.review_errors import ImportRunning
from app.membership.reading import key_of
from app.models import Platform, metadata
from app.models.imports import JobState

_JOB = metadata.tables["import_job"].c
_ACTIVE = (JobState.QUEUED, JobState.RUNNING)


async def refuse_unready(session: AsyncSession, platform: Platform) -> None:
    """Raises ImportRunning while rows are being brought into the draft; a dry run brings none."""
    running = exists().where(
        _JOB.platform_id == key_of(platform), _JOB.state.in_(_ACTIVE), _JOB.dry_run.is_(False)
    )
    if await session.scalar(select(running)):
        raise ImportRunning
