"""The steps that several use cases of assessment share, on one result under its lock."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment import queries
from app.assessment.rounds import Entry, Round, load_round
from app.assessment.rules import EVALUATION_DAYS, Aggregate, aggregate, all_in, asks_for_one_more
from app.assessment.telling import record_assignment, record_result, tell_expert, tell_people_of_call
from app.audit import SYSTEM
from app.auth.errors import ConflictOfInterest
from app.auth.principal import Principal
from app.calls.rubric import stored_rubric
from app.errors import WrongState
from app.kit.clock import business_day
from app.kit.i18n import Localized
from app.membership.reading import key_of
from app.models import Assignment, AssignmentState, Call, Person, Result, ResultState
from app.notices import NoticeType
from app.results.rules import Action, Standing, after, is_possible


@dataclass(frozen=True)
class Stage:
    """One result in the round of its call."""

    call: Call
    found: Round
    result_id: int

    @property
    def entry(self) -> Entry:
        return self.found.entries[self.result_id]


async def open_stage(session: AsyncSession, condition: ColumnElement[bool], *, now: datetime) -> Stage | None:
    """Lock a submitted result and the experts, and return all that decides about it; None: there is none."""
    row = await queries.submitted_result(session, condition, lock=True)
    if row is None or row[0].call_id is None:
        return None
    call = await session.get_one(Call, row[0].call_id)
    found = await load_round(session, [row], today=business_day(now), lock=True)
    return Stage(call, found, key_of(row[0]))


def require_no_interest(principal: Principal, stage: Stage) -> None:
    """Raises ConflictOfInterest for a member of an organisation that owns a part of the result."""
    if not principal.roles.keys().isdisjoint(stage.entry.ties.owners):
        raise ConflictOfInterest


def move(result: Result, action: Action) -> ResultState:
    """Take a result to its next state; return the one before. Raises WrongState."""
    before = result.state
    standing = Standing(before, result.newest, result.submitted)
    then = after(standing, action) if is_possible(standing, action) else None
    if then is None:
        detail = Localized(
            zh=f"当前状态（{before}）下不能执行此操作", en=f"Not possible while the result is {before}"
        )
        raise WrongState(detail)
    result.state, result.version = then.state, result.version + 1
    return before


async def assign(
    session: AsyncSession,
    stage: Stage,
    person_id: int,
    *,
    now: datetime,
    actor: str = SYSTEM,
    manual: bool = False,
) -> Assignment:
    """Store an assignment and tell the expert; a submitted result is under assessment from the first one on."""
    entry, person = stage.entry, stage.found.experts[person_id].person
    again = [one for one in entry.assignments if one.person_id == person_id]
    assignment = again[0] if again else _new(stage, person_id, now)
    before = assignment.state if again else None
    assignment.state, assignment.manual = AssignmentState.ASSIGNED, manual
    assignment.assigned_at, assignment.assigned_by = now, actor
    assignment.due_on = business_day(now) + timedelta(days=EVALUATION_DAYS)
    assignment.ended_at = assignment.reason = None
    if not again:
        session.add(assignment)
        entry.assignments.append(assignment)
    if entry.result.state is ResultState.SUBMITTED:
        was = move(entry.result, Action.BEGIN_ASSESSMENT)
        await record_result(session, actor, "result.assessment_begun", entry.result, before=was)
    record_assignment(session, actor, "assignment.made", assignment, entry.result, person, before=before)
    await tell_expert(session, assignment, entry.version, now)
    return assignment


def _new(stage: Stage, person_id: int, now: datetime) -> Assignment:
    return Assignment(
        call_id=key_of(stage.call),
        result_id=stage.result_id,
        version_number=stage.entry.version.number,
        person_id=person_id,
        state=AssignmentState.ASSIGNED,
        assigned_at=now,
        due_on=business_day(now),
    )


async def end(
    session: AsyncSession,
    stage: Stage,
    assignment: Assignment,
    state: AssignmentState,
    reason: str,
    *,
    actor: str,
    now: datetime,
) -> None:
    """End an assignment that was not judged, with the reason."""
    person = await session.get_one(Person, assignment.person_id)
    before = assignment.state
    assignment.state, assignment.ended_at, assignment.reason = state, now, reason
    action = f"assignment.{state}"
    record_assignment(session, actor, action, assignment, stage.entry.result, person, before=before)


async def aggregate_of(session: AsyncSession, stage: Stage) -> Aggregate | None:
    """Return what the experts say together; None until all evaluations are in."""
    live = stage.entry.counting
    if not all_in([one.state for one in live]):
        return None
    rows = await queries.evaluations_of(session, [key_of(one) for one in live])
    return aggregate(
        stored_rubric(stage.call.rubric),
        [row.scores for row, _ in rows],
        [row.total for row, _ in rows],
        disagreement_bound=stage.call.disagreement_bound,
    )


async def settle(session: AsyncSession, stage: Stage, *, now: datetime) -> None:
    """Do what follows when the last evaluation came in: ask one more expert where they disagree, else tell so.

    Where nobody may be asked, the people of the call are told of both.
    """
    found = await aggregate_of(session, stage)
    if found is None:
        return
    entry, cause = stage.entry, f"{stage.entry.version.number}:{found.count}"
    if asks_for_one_more(found, stage.call.experts_per_result):
        await tell_people_of_call(
            session,
            NoticeType.EVALUATIONS_DISAGREE,
            stage.call,
            entry.result,
            entry.version,
            cause=cause,
            now=now,
        )
        wanted = replace(stage.found.wanted(stage.result_id, 1), uncovered=frozenset())
        answer = await stage.found.solve([wanted])
        for _, person_id in answer.pairs:
            await assign(session, stage, person_id, now=now)
            return
    await tell_people_of_call(
        session,
        NoticeType.EVALUATIONS_COMPLETE,
        stage.call,
        entry.result,
        entry.version,
        cause=cause,
        now=now,
    )
