"""Every SELECT of feedback and data tasks."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.principal import Principal
from app.auth.who import held_by_any
from app.kit.ids import has_key
from app.kit.pagination import PageParams, RowPage, SortKey, fetch_page
from app.listing.targets import PLATFORM_TABLE
from app.models import (
    Call,
    DataTask,
    MatchFeedback,
    MatchRun,
    Organisation,
    Platform,
    Result,
    ResultVersion,
    metadata,
)
from app.models.matches import FeedbackKind, TaskOutcome
from app.runs.errors import DataTaskNotFound, FeedbackNotFound
from app.runs.targets import PLATFORM, RESULT, RUN, TASK, TASK_COLUMNS, TASK_READERS

FEEDBACK = metadata.tables["match_feedback"].c
_VERSION = metadata.tables["result_version"].c
_CALL = metadata.tables["call"].c


async def live_platform(session: AsyncSession, key: str) -> Platform | None:
    """Return the public platform with this id or slug."""
    found: Platform | None = await session.scalar(
        select(Platform).where(has_key(PLATFORM_TABLE.c, key), PLATFORM.live)
    )
    return found


async def operator_of(session: AsyncSession, platform: Platform) -> Organisation | None:
    return None if platform.operator_id is None else await session.get(Organisation, platform.operator_id)


async def is_given(session: AsyncSession, feedback: MatchFeedback) -> bool:
    """Tell whether the same person said the same before."""
    statement = select(FEEDBACK.id).where(
        FEEDBACK.run_id == feedback.run_id,
        FEEDBACK.person_id == feedback.person_id,
        FEEDBACK.platform_id == feedback.platform_id,
        FEEDBACK.need_key == feedback.need_key,
        FEEDBACK.kind == feedback.kind,
    )
    return await session.scalar(statement) is not None


def _feedback() -> Any:
    """Rows of (feedback, platform, data task, run, result, version that was matched, call)."""
    return (
        select(MatchFeedback, Platform, DataTask, MatchRun, Result, ResultVersion, Call)
        .join(Platform, PLATFORM.id == FEEDBACK.platform_id)
        .join(MatchRun, RUN.id == FEEDBACK.run_id)
        .join(Result, RESULT.id == RUN.result_id)
        .join(ResultVersion, (_VERSION.result_id == RESULT.id) & (_VERSION.number == RUN.version_number))
        .outerjoin(DataTask, TASK.feedback_id == FEEDBACK.id)
        .outerjoin(Call, _CALL.id == RESULT.call_id)
    )


async def page_of_feedback(
    session: AsyncSession, condition: ColumnElement[bool], params: PageParams
) -> RowPage:
    """Return rows of all that belongs to feedback, the newest first."""
    return await fetch_page(
        session, _feedback().where(condition), [SortKey(FEEDBACK.id, descending=True)], params
    )


def of_run(uid: uuid.UUID) -> ColumnElement[bool]:
    return RUN.uid == uid


def of_platform(key: str) -> ColumnElement[bool]:
    return has_key(PLATFORM_TABLE.c, key)


async def get_feedback(session: AsyncSession, platform: str, uid: uuid.UUID) -> Any:
    """Return the rows of one. Raises FeedbackNotFound."""
    found = (await session.execute(_feedback().where(of_platform(platform), FEEDBACK.uid == uid))).first()
    if found is None:
        raise FeedbackNotFound
    return found


async def lock_feedback(session: AsyncSession, feedback: MatchFeedback) -> None:
    await session.refresh(feedback, with_for_update=True)


def tasks_readable_by(principal: Principal) -> ColumnElement[bool]:
    """The data tasks of the principal's platforms, and of those that the principal's department decides about."""
    return TASK.id.is_not(None) & held_by_any(principal, TASK_READERS, TASK_COLUMNS)


async def page_of_tasks(
    session: AsyncSession, conditions: Sequence[ColumnElement[bool]], params: PageParams
) -> RowPage:
    return await fetch_page(
        session, _feedback().where(*conditions), [SortKey(TASK.id, descending=True)], params
    )


async def get_task(session: AsyncSession, uid: uuid.UUID, *, lock: bool = False) -> Any:
    """Return the rows of one task; `lock` keeps it from others. Raises DataTaskNotFound."""
    found = (await session.execute(_feedback().where(TASK.uid == uid))).first()
    if found is None:
        raise DataTaskNotFound
    if lock:
        await session.refresh(found[2], with_for_update=True)
    return found


async def confirmed_feedback(session: AsyncSession) -> Sequence[Any]:
    """Return the rows of what both sides stand to: tasks with an outcome, and what platforms answered, in order."""
    concluded = TASK.outcome.in_([TaskOutcome.CONFIRMED.value, TaskOutcome.REFUTED.value])
    answered = FEEDBACK.answered_at.is_not(None) & (FEEDBACK.kind != FeedbackKind.WRONG.value)
    statement = _feedback().where(or_(concluded, answered)).order_by(FEEDBACK.id)
    return list((await session.execute(statement)).all())
