"""Evaluations: what an expert reads, says, and corrects. Nobody sees what others say before all are in."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment import queries, reading, schemas
from app.assessment.errors import (
    AlreadyEvaluated,
    EvaluationClosed,
    ExpertNotEligible,
)
from app.assessment.making import Stage, open_stage, settle
from app.assessment.rules import ENDED, all_in
from app.assessment.telling import record_evaluation
from app.assessment.wording import objection
from app.audit import actor_of
from app.auth.principal import Principal
from app.calls.rubric import Criterion, FaultKind, ScoreFault, score_faults, stored_rubric, total_of
from app.db import SessionFactory
from app.disclosure.clearance import clearance
from app.disclosure.readings import Reading, record_readings
from app.disclosure.rules import disclosed
from app.error_handlers import invalid_request
from app.errors import ErrorItem, Forbidden, WrongState
from app.kit.clock import business_day
from app.kit.etag import Precondition
from app.kit.i18n import Localized
from app.membership.reading import key_of
from app.models import Assignment, AssignmentState, Evaluation, ResultState
from app.models.assessment import Constraint
from app.results.documents import ResultDocument


async def get_assigned_result(
    session: AsyncSession,
    new_session: SessionFactory,
    principal: Principal,
    uid: uuid.UUID,
    *,
    now: datetime,
) -> schemas.AssignedResultRead:
    """Return the version that is judged, as far as the expert may read it; the reading is recorded first.

    Raises AssignmentNotFound, and WrongState for an assignment that has ended.
    """
    assignment, call, result, version, _ = await queries.get_assignment(session, uid)
    if assignment.state in ENDED:
        raise WrongState
    may_read = await clearance(session, principal, key_of(result), today=business_day(now))
    shown = disclosed(version.document, version.tiers, may_read)
    answer = schemas.AssignedResultRead(
        assignment_id=assignment.uid,
        result=reading.result_name(result, version),
        version_number=version.number,
        document=ResultDocument.model_validate(shown.document),
        rubric=list(stored_rubric(call.rubric)),
    )
    if not may_read.owns:
        given = Reading(result.uid, version.number, shown.confidential)
        await record_readings(session, new_session, principal, [given], via="get_assigned_result", at=now)
    return answer


async def get_evaluation(session: AsyncSession, uid: uuid.UUID) -> tuple[schemas.EvaluationRead, int]:
    """Return what the expert said, with its version. Raises AssignmentNotFound and EvaluationNotFound."""
    assignment: Assignment = (await queries.get_assignment(session, uid))[0]
    found = await queries.get_evaluation(session, key_of(assignment))
    return reading.evaluation(found, assignment), found.version


async def create_evaluation(
    session: AsyncSession,
    principal: Principal,
    uid: uuid.UUID,
    body: schemas.EvaluationGiven,
    *,
    now: datetime,
) -> tuple[schemas.EvaluationRead, int]:
    """Store what an expert says; the last one in settles what follows.

    Raises AssignmentNotFound, WrongState, InvalidRequest, AlreadyEvaluated, Forbidden for somebody who is an expert
    no longer, and ExpertNotEligible for one who has a conflict by now and must recuse.
    """
    stage, assignment = await _judged(session, uid, now)
    if assignment.state is AssignmentState.DONE:
        raise AlreadyEvaluated
    _require_still_eligible(stage, assignment)
    rubric = stored_rubric(stage.call.rubric)
    _require_sound(rubric, body.scores)
    row = Evaluation(
        assignment_id=key_of(assignment),
        total=total_of(rubric, body.scores),
        submitted_at=now,
        **body.model_dump(),
    )
    session.add(row)
    assignment.state, assignment.ended_at = AssignmentState.DONE, now
    record_evaluation(session, actor_of(principal), "evaluation.submitted", assignment)
    # What is put together next has this one too.
    await session.flush()
    await settle(session, stage, now=now)
    return reading.evaluation(row, assignment), row.version


async def update_evaluation(
    session: AsyncSession,
    principal: Principal,
    uid: uuid.UUID,
    body: schemas.EvaluationGiven,
    precondition: Precondition,
    *,
    now: datetime,
) -> tuple[schemas.EvaluationRead, int]:
    """Correct an evaluation while somebody has still to judge.

    Raises AssignmentNotFound, EvaluationNotFound, PreconditionFailed, EvaluationClosed, WrongState, InvalidRequest.
    """
    stage, assignment = await _judged(session, uid, now)
    row = await queries.get_evaluation(session, key_of(assignment))
    precondition.require(row.version)
    if all_in([one.state for one in stage.entry.counting]):
        raise EvaluationClosed
    rubric = stored_rubric(stage.call.rubric)
    _require_sound(rubric, body.scores)
    row.scores, row.total = body.scores, total_of(rubric, body.scores)
    row.comment_owner, row.comment_department = body.comment_owner, body.comment_department
    row.submitted_at, row.version = now, row.version + 1
    record_evaluation(session, actor_of(principal), "evaluation.corrected", assignment)
    return reading.evaluation(row, assignment), row.version


async def _judged(session: AsyncSession, uid: uuid.UUID, now: datetime) -> tuple[Stage, Assignment]:
    """Return an assignment that counts, with all about its result. Raises AssignmentNotFound and WrongState."""
    row: Any = await queries.get_assignment(session, uid)
    stage = await open_stage(session, queries.RESULT.id == row[2].id, now=now)
    mine = [] if stage is None else [one for one in stage.entry.counting if one.uid == uid]
    if stage is None or not mine or stage.entry.result.state is not ResultState.UNDER_ASSESSMENT:
        raise WrongState
    return stage, mine[0]


def _require_still_eligible(stage: Stage, assignment: Assignment) -> None:
    if assignment.person_id not in stage.found.experts:
        raise Forbidden
    conflicts = stage.found.conflicts(stage.result_id, assignment.person_id)
    if conflicts:
        why = objection(Constraint.CONFLICT, conflicts)
        recuse = Localized(zh=f"{why.zh}，请申请回避", en=f"{why.in_lang('en')}: recuse from it")
        raise ExpertNotEligible(recuse, errors=[ErrorItem(pointer="", code="conflict", detail=recuse)])


def _require_sound(rubric: tuple[Criterion, ...], scores: dict[str, float]) -> None:
    items = [
        ErrorItem(pointer=f"/body/scores/{fault.key}", code=fault.kind, detail=_detail(fault))
        for fault in score_faults(rubric, scores)
    ]
    if items:
        raise invalid_request(items)


def _detail(fault: ScoreFault) -> Localized:
    if fault.criterion is None or fault.kind is FaultKind.UNKNOWN:
        return Localized(zh="征集的评分指标中没有这一项", en="The rubric of the call has no such criterion")
    low, high, name = fault.criterion.low, fault.criterion.high, fault.criterion.name
    match fault.kind:
        case FaultKind.MISSING:
            return Localized(zh=f"缺少“{name.zh}”的评分", en=f"There is no score for {name.en or name.zh}")
        case FaultKind.OUTSIDE:
            return Localized(zh=f"应在 {low} 到 {high} 之间", en=f"Must be from {low} to {high}")
        case _:
            return Localized(zh="最多一位小数", en="At most one decimal")
