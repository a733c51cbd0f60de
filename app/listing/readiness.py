"""Whether a draft can be given to the department."""

from datetime import date

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import ErrorItem
from app.listing.completeness_usecases import findings_of
from app.listing.findings import Severity
from app.listing.review_errors import FindingsRemain, ImportRunning
from app.membership.reading import key_of
from app.models import Platform, metadata
from app.models.imports import JobState
from app.vocabulary.names import Names

_JOB = metadata.tables["import_job"].c
_ACTIVE = (JobState.QUEUED, JobState.RUNNING)


async def refuse_unready(session: AsyncSession, platform: Platform, names: Names, today: date) -> None:
    """Raises ImportRunning while rows are being brought into the draft (a dry run brings none), and FindingsRemain."""
    running = exists().where(
        _JOB.platform_id == key_of(platform), _JOB.state.in_(_ACTIVE), _JOB.dry_run.is_(False)
    )
    if await session.scalar(select(running)):
        raise ImportRunning
    _, found = await findings_of(session, str(platform.uid), names, today)
    errors = [
        ErrorItem(pointer=one.pointer, code=one.code, detail=one.why)
        for one in found
        if one.severity is Severity.ERROR
    ]
    if errors:
        raise FindingsRemain(errors=errors)
