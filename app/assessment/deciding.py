"""Decisions on results, and their recall; what the people of the call, the department and the owner see of both."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment import queries, reading, schemas
from app.assessment.errors import EvaluationsOutstanding
from app.assessment.making import Stage, aggregate_of, move, open_stage, require_no_interest
from app.assessment.rounds import load_round
from app.assessment.telling import record_result, tell_owners, tell_people_of_call
from app.audit import actor_of
from app.auth.principal import Principal
from app.auth.who import ROLES_OF, Who
from app.errors import WrongState
from app.kit.clock import business_day
from app.kit.i18n import Localized
from app.kit.ids import has_key
from app.membership.reading import key_of
from app.models import Call, Decision, DecisionKind, Platform, ResultState
from app.notices import NoticeType
from app.pool.usecases import create_project, withdraw_project
from app.results.errors import ResultNotFound
from app.results.reading import known_result
from app.results.rules import Action

_ACTION_OF = {
    DecisionKind.POOL: Action.POOL,
    DecisionKind.RETURN: Action.RETURN,
    DecisionKind.DECLINE: Action.DECLINE,
}


async def get_assessment(
    session: AsyncSession, principal: Principal, key: str, *, now: datetime
) -> schemas.AssessmentRead:
    """Return how it stands; what was said only when all evaluations are in.

    Raises ResultNotFound, and ConflictOfInterest for a member of an owner.
    """
    row = await queries.submitted_result(session, has_key(queries.RESULT, key))
    if row is None or row[0].call_id is None:
        raise ResultNotFound
    call = await session.get_one(Call, row[0].call_id)
    found = await load_round(session, [row], today=business_day(now))
    stage = Stage(call, found, key_of(row[0]))
    require_no_interest(principal, stage)
    entry, together = stage.entry, await aggregate_of(session, stage)
    people = await queries.people(session, [one.person_id for one in entry.assignments])
    evaluations = None
    if together is not None:
        for_department = not await _is_of_the_centre(session, principal, call)
        rows = await queries.evaluations_of(session, [key_of(one) for one in entry.counting])
        evaluations = [reading.judgement(*each, for_department=for_department) for each in rows]
    return schemas.AssessmentRead(
        result=reading.result_name(entry.result, entry.version),
        state=entry.result.state,
        version_number=entry.version.number,
        all_in=together is not None,
        experts=[
            schemas.ProgressRead(
                assignment_id=one.uid, expert=reading.expert_name(people[one.person_id]), state=one.state
            )
            for one in entry.assignments
        ],
        aggregate=None if together is None else reading.aggregated(together),
        evaluations=evaluations,
        decisions=[reading.decision_made(one) for one in await queries.decisions_of(session, key_of(row[0]))],
    )


async def _is_of_the_centre(session: AsyncSession, principal: Principal, call: Call) -> bool:
    """Tell whether somebody reads as an editor of the centre that called, and not as the department."""
    platform = None if call.platform_id is None else await session.get(Platform, call.platform_id)
    operator = None if platform is None else platform.operator_id
    return operator is not None and principal.roles.get(operator) in ROLES_OF[Who.EDITOR]


async def list_decisions(
    session: AsyncSession, principal: Principal, key: str, *, now: datetime
) -> list[schemas.DecisionRead]:
    """Return the decisions on a result of one's own, the newest first, each with what its experts say to the owner.

    Whoever knows of the result without owning a part of it is given none. Raises ResultNotFound.
    """
    result, _, may_read = await known_result(session, principal, key, now=now)
    if not may_read.owns:
        return []
    return [
        reading.decision_for_owner(one, await queries.comments_to_owner(session, one))
        for one in await queries.decisions_of(session, key_of(result))
    ]


async def decide(
    session: AsyncSession,
    principal: Principal,
    key: str,
    body: schemas.ResultDecisionCreate,
    *,
    now: datetime,
) -> schemas.DecisionMade:
    """Pool, return or decline a result when all its evaluations are in. What is pooled is public at once.

    Raises ResultNotFound, WrongState, ConflictOfInterest and EvaluationsOutstanding.
    """
    stage = await _stage(session, key, now)
    require_no_interest(principal, stage)
    result, version, actor = stage.entry.result, stage.entry.version, actor_of(principal)
    if result.state is not ResultState.UNDER_ASSESSMENT:
        raise WrongState
    together = await aggregate_of(session, stage)
    if together is None:
        raise EvaluationsOutstanding
    decision = Decision(
        result_id=stage.result_id,
        call_id=key_of(stage.call),
        version_number=version.number,
        kind=body.decision,
        reasons=body.reasons,
        mean=together.total.mean,
        spread=together.total.spread,
        decided_at=now,
        decided_by=actor,
    )
    session.add(decision)
    before = move(result, _ACTION_OF[body.decision])
    if body.decision is DecisionKind.POOL:
        await create_project(session, result, stage.call, actor=actor, now=now)
    await record_result(session, actor, "result.decided", result, before=before, decision=str(decision.uid))
    await tell_owners(session, result, version, decision, recalled=False, actor=actor, now=now)
    return reading.decision_made(decision)


async def recall(
    session: AsyncSession, principal: Principal, key: str, body: schemas.RecallCreate, *, now: datetime
) -> schemas.DecisionMade:
    """Take the standing decision back for the department: the result is under assessment again, and not in the pool.

    Raises ResultNotFound, WrongState and ConflictOfInterest.
    """
    stage = await _stage(session, key, now)
    require_no_interest(principal, stage)
    result, version, actor = stage.entry.result, stage.entry.version, actor_of(principal)
    decision = await queries.standing_decision(session, stage.result_id)
    before = move(result, Action.RECALL)
    if decision is None or decision.version_number != version.number:
        raise WrongState
    if before is ResultState.POOLED:
        project = await queries.project_of(session, result)
        if project is not None:
            note = Localized(zh="主管部门收回入库结论", en="The department recalled the decision")
            await withdraw_project(session, project, actor=actor, now=now, note=note)
    decision.recalled_at, decision.recalled_by, decision.recall_reason = now, actor, body.reason
    await record_result(
        session, actor, "result.decision_recalled", result, before=before, decision=str(decision.uid)
    )
    await tell_owners(session, result, version, decision, recalled=True, actor=actor, now=now)
    await tell_people_of_call(
        session,
        NoticeType.RESULT_RECALLED,
        stage.call,
        result,
        version,
        cause=str(decision.uid),
        now=now,
    )
    return reading.decision_made(decision)


async def _stage(session: AsyncSession, key: str, now: datetime) -> Stage:
    stage = await open_stage(session, has_key(queries.RESULT, key), now=now)
    if stage is None:
        raise ResultNotFound
    return stage
