"""Data tasks: a platform answers, its department concludes. One function per use case."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.auth.principal import Principal
from app.db import SessionFactory
from app.disclosure.readings import record_readings
from app.errors import WrongState
from app.kit.etag import Precondition
from app.kit.i18n import Localized
from app.kit.pagination import Page
from app.matching.facts import Verdict
from app.membership.reading import key_of
from app.models import DataTask, MatchFeedback, Platform, TaskOutcome
from app.notices import Notice, NoticeType, notify, people_of_organisation
from app.runs import feedback_queries as queries
from app.runs import feedback_schemas as schemas
from app.runs.feedback_usecases import department_of
from app.runs.rules import TaskAction, after
from app.runs.sight import Sight, sights
from app.runs.targets import PLATFORM, TASK

OUTCOMES = {
    TaskOutcome.CONFIRMED: Localized(zh="判断确实有误", en="the verdict was wrong"),
    TaskOutcome.REFUTED: Localized(zh="判断无误", en="the verdict stands"),
    TaskOutcome.UNCLEAR: Localized(zh="无法查明", en="it could not be found out"),
}


async def list_tasks(
    session: AsyncSession,
    new_session: SessionFactory,
    principal: Principal,
    asked: schemas.DataTaskFilters,
    *,
    now: datetime,
) -> Page[schemas.DataTaskRead]:
    """Return the tasks that the principal may see, the newest first. Raises InvalidCursor."""
    conditions = [queries.tasks_readable_by(principal)]
    if asked.state is not None:
        conditions.append(TASK.state == asked.state)
    if asked.platform is not None:
        conditions.append(PLATFORM.slug == asked.platform)
    page = await queries.page_of_tasks(session, conditions, asked)
    seen = await sights(session, principal, [(row[4], row[5], row[6]) for row in page.rows], now=now)
    items = [_read(row, sight) for row, sight in zip(page.rows, seen, strict=True)]
    readings = [sight.reading() for sight in seen]
    await record_readings(session, new_session, principal, readings, via="list_data_tasks", at=now)
    return Page(items=items, next_cursor=page.next_cursor, total=page.total)


async def get_task(
    session: AsyncSession,
    new_session: SessionFactory,
    principal: Principal,
    uid: uuid.UUID,
    *,
    now: datetime,
) -> tuple[schemas.DataTaskRead, int]:
    """Return a task with its version. Raises DataTaskNotFound."""
    row = await queries.get_task(session, uid)
    [sight] = await sights(session, principal, [(row[4], row[5], row[6])], now=now)
    read = _read(row, sight)
    await record_readings(session, new_session, principal, [sight.reading()], via="get_data_task", at=now)
    return read, row[2].version


async def answer_task(
    session: AsyncSession,
    principal: Principal,
    uid: uuid.UUID,
    body: schemas.AnswerCreate,
    precondition: Precondition,
    *,
    now: datetime,
) -> int:
    """Store what the platform says and return the new version; the department is told.

    Raises DataTaskNotFound, WrongState and PreconditionFailed.
    """
    row = await queries.get_task(session, uid, lock=True)
    feedback, platform, task = row[:3]
    precondition.require(task.version)
    put_answer(feedback, task, body.answer, by=audit.actor_of(principal), now=now)
    await _record(session, principal, "data_task.answered", platform, task, {"answer": body.answer})
    return int(task.version)


async def close_task(
    session: AsyncSession,
    principal: Principal,
    uid: uuid.UUID,
    body: schemas.TaskClose,
    precondition: Precondition,
    *,
    now: datetime,
) -> int:
    """Store the conclusion of the department and return the new version; whoever asked and the platform are told.

    Raises DataTaskNotFound, WrongState and PreconditionFailed.
    """
    row = await queries.get_task(session, uid, lock=True)
    feedback, platform, task = row[:3]
    precondition.require(task.version)
    put_conclusion(task, body, by=audit.actor_of(principal), now=now)
    said = {"outcome": body.outcome, "conclusion": body.conclusion}
    await _record(session, principal, "data_task.closed", platform, task, said)
    await _tell_closed(session, feedback, platform, task, body.outcome, now=now)
    return int(task.version)


def put_answer(feedback: MatchFeedback, task: DataTask, answer: str, *, by: str, now: datetime) -> None:
    """Write what the platform says into the task, and into its feedback if that is not answered. Raises WrongState."""
    _advance(task, TaskAction.ANSWER)
    task.answer = answer
    if feedback.answered_at is None:
        feedback.answer, feedback.answered_at, feedback.answered_by = answer, now, by


def put_conclusion(task: DataTask, body: schemas.TaskClose, *, by: str, now: datetime) -> None:
    """Write what the department concludes into the task. Raises WrongState."""
    _advance(task, TaskAction.CLOSE)
    task.outcome, task.conclusion = body.outcome, body.conclusion
    task.closed_at, task.closed_by = now, by


def _advance(task: DataTask, action: TaskAction) -> None:
    state = after(task.state, action)
    if state is None:
        raise WrongState
    task.state = state
    task.version += 1


async def _record(
    session: AsyncSession,
    principal: Principal,
    action: str,
    platform: Platform,
    task: DataTask,
    said: dict[str, Any],
) -> None:
    operator = await queries.operator_of(session, platform)
    audit.record(
        session,
        audit.actor_of(principal),
        action,
        "data_task",
        task.uid,
        after={"state": task.state, **said},
        belongs_to=audit.Owner(None if operator is None else operator.uid, platform.uid),
    )


async def _tell_closed(
    session: AsyncSession,
    feedback: MatchFeedback,
    platform: Platform,
    task: DataTask,
    outcome: TaskOutcome,
    *,
    now: datetime,
) -> None:
    operator = await queries.operator_of(session, platform)
    people = [] if operator is None else list(await people_of_organisation(session, key_of(operator)))
    if feedback.person_id is not None:
        people.append(feedback.person_id)
    notice = closed_notice(platform, task, outcome)
    await notify(session, [*people, *await department_of(session, platform)], notice, now=now)


def closed_notice(platform: Platform, task: DataTask, outcome: TaskOutcome) -> Notice:
    """Return what whoever gave the feedback, the platform and its department are told of a conclusion."""
    words = OUTCOMES[outcome]
    payload = {
        "platform": {"zh": platform.name_zh, "en": platform.name_en},
        "outcome": {"zh": words.zh, "en": words.en},
    }
    cause = f"data_task_closed:{task.uid}"
    return Notice(NoticeType.DATA_TASK_CLOSED, "data_task", task.uid, payload, cause)


def _read(row: Any, sight: Sight) -> schemas.DataTaskRead:
    feedback, platform, task, run = row[:4]
    may_see = task.shared or sight.shows_needs
    return schemas.DataTaskRead(
        id=task.uid,
        platform=platform.slug,
        state=task.state,
        created_at=task.created_at,
        verdict=Verdict(feedback.verdict),
        claimed=feedback.claimed,
        on_date=run.on_date,
        reason=feedback.reason,
        result=sight.shown(),
        need=sight.need(run, feedback.need_key),
        evidence=[schemas.EvidenceRef(**each) for each in task.evidence] if may_see else None,
        answer=task.answer,
        closed_at=task.closed_at,
        outcome=task.outcome,
        conclusion=task.conclusion,
    )
