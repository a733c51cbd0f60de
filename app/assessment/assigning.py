"""Assignments: proposed, made, changed by hand, declined, taken back. Rights are decided before, by the table."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment import queries, reading, schemas
from app.assessment.assignment import Wanted
from app.assessment.errors import (
    AlreadyAssigned,
    AssignmentInfeasible,
    ExpertNotEligible,
    StillNeeded,
)
from app.assessment.making import Stage, assign, end, open_stage, require_no_interest, settle
from app.assessment.rounds import Round, is_available, load_round
from app.assessment.telling import tell_people_of_call
from app.assessment.wording import explained, objection
from app.audit import actor_of
from app.auth.principal import Principal
from app.calls.queries import get_call
from app.disclosure.clearance import owned_by
from app.errors import ErrorItem, InvalidRequest, NotFound, WrongState
from app.kit.clock import business_day
from app.kit.i18n import Localized
from app.kit.ids import has_key
from app.kit.pagination import Page, PageParams
from app.membership.errors import ExpertNotFound
from app.membership.reading import Reader, key_of
from app.models import Assignment, AssignmentState, Call, Result, ResultVersion
from app.notices import NoticeType
from app.results.errors import ResultNotFound


async def propose(
    session: AsyncSession, reader: Reader, call_key: str, body: schemas.AssignmentsCreate, *, now: datetime
) -> schemas.ProposalRead:
    """Return the best assignment without storing it. Raises CallNotFound and InvalidRequest."""
    call = await get_call(session, call_key)
    found = await _round(session, call, body.results, now)
    answer = await found.solve(_wanted(found, call))
    return schemas.ProposalRead(
        assignments=[_proposed(found, result, person) for result, person in answer.pairs],
        blocked=[
            schemas.BlockedResult(
                result=_name(found, key),
                constraints=[
                    schemas.BindingConstraint(
                        constraint=why.constraint,
                        detail=explained(why, reader.names.fields),
                        needed=why.needed,
                        found=why.found,
                        disciplines=list(why.disciplines),
                    )
                    for why in reasons
                ],
            )
            for key, reasons in sorted(answer.blocked.items())
        ],
        matched=answer.fit,
    )


async def create_assignments(
    session: AsyncSession,
    principal: Principal,
    reader: Reader,
    call_key: str,
    body: schemas.AssignmentsCreate,
    *,
    now: datetime,
) -> schemas.AssignmentsMade:
    """Give every result its experts, or none of them.

    Raises CallNotFound, InvalidRequest, and AssignmentInfeasible, which names the constraint for each result.
    """
    call = await get_call(session, call_key)
    found = await _round(session, call, body.results, now, lock=True)
    answer = await found.solve(_wanted(found, call))
    if answer.blocked:
        raise AssignmentInfeasible(
            errors=[
                ErrorItem(
                    pointer=_pointer(found, key, body.results),
                    code=why.constraint,
                    detail=_about(found, key, explained(why, reader.names.fields)),
                )
                for key, reasons in sorted(answer.blocked.items())
                for why in reasons
            ]
        )
    made = [
        await assign(session, Stage(call, found, result), person, actor=actor_of(principal), now=now)
        for result, person in answer.pairs
    ]
    return schemas.AssignmentsMade(assignments=await _read(session, made))


async def add_assignment(
    session: AsyncSession, principal: Principal, key: str, body: schemas.AssignmentAdd, *, now: datetime
) -> schemas.AssignmentRead:
    """Assign one expert by hand. Raises ResultNotFound, WrongState, ExpertNotFound, ConflictOfInterest,
    AlreadyAssigned and ExpertNotEligible, which names the constraint.
    """
    stage = await open_stage(session, has_key(queries.RESULT, key), now=now)
    if stage is None or stage.entry.result.state not in queries.IN_ASSESSMENT:
        raise ResultNotFound if stage is None else WrongState()
    require_no_interest(principal, stage)
    person = next((one for one in stage.found.experts.values() if one.person.uid == body.person_id), None)
    if person is None:
        raise ExpertNotFound
    who = key_of(person.person)
    if any(one.person_id == who for one in stage.entry.counting):
        raise AlreadyAssigned
    conflicts = stage.found.conflicts(stage.result_id, who)
    objections = stage.found.objections(stage.result_id, who)
    if objections:
        raise ExpertNotEligible(
            errors=[
                ErrorItem(pointer="/body/person_id", code=one, detail=objection(one, conflicts))
                for one in objections
            ]
        )
    made = await assign(session, stage, who, actor=actor_of(principal), now=now, manual=True)
    return (await _read(session, [made]))[0]


async def release(
    session: AsyncSession,
    principal: Principal,
    uid: uuid.UUID,
    body: schemas.AssignmentEnd,
    *,
    now: datetime,
) -> schemas.AssignmentRead:
    """Take an assignment back that was not judged yet, where enough experts are left without it.

    Raises AssignmentNotFound, WrongState, ConflictOfInterest and StillNeeded, which names the constraint.
    """
    stage, assignment = await _assigned(session, uid, now)
    require_no_interest(principal, stage)
    left = frozenset(one.person_id for one in stage.entry.counting if one is not assignment)
    fields = stage.entry.fields
    held = stage.found.covered_by(left | {assignment.person_id}, fields)
    lost = sorted(held - stage.found.covered_by(left, fields))
    if len(left) < stage.call.experts_per_result or lost:
        raise StillNeeded(errors=_missing(len(left), stage.call.experts_per_result, lost))
    actor, state = actor_of(principal), AssignmentState.RELEASED
    await end(session, stage, assignment, state, body.reason, actor=actor, now=now)
    await settle(session, stage, now=now)
    return (await _read(session, [assignment]))[0]


async def recuse(
    session: AsyncSession,
    principal: Principal,
    uid: uuid.UUID,
    body: schemas.AssignmentEnd,
    *,
    now: datetime,
) -> schemas.AssignmentRead:
    """Let an expert decline: somebody else is assigned where anybody may, and the people of the call are told.

    The expert is not assigned to the result again. Raises AssignmentNotFound and WrongState.
    """
    stage, assignment = await _assigned(session, uid, now)
    actor, state = actor_of(principal), AssignmentState.RECUSED
    await end(session, stage, assignment, state, body.reason, actor=actor, now=now)
    # What is read next counts the recusal.
    await session.flush()
    stage = await _again(session, stage, now)
    answer = await stage.found.solve([stage.found.wanted(stage.result_id, 1)])
    for _, other in answer.pairs:
        await assign(session, stage, other, now=now)
    await tell_people_of_call(
        session,
        NoticeType.EVALUATION_RECUSED,
        stage.call,
        stage.entry.result,
        stage.entry.version,
        cause=str(assignment.uid),
        now=now,
    )
    if not answer.pairs:
        await settle(session, stage, now=now)
    return (await _read(session, [assignment]))[0]


async def list_call_assignments(
    session: AsyncSession, principal: Principal, call_key: str, asked: schemas.AssignmentFilters
) -> Page[schemas.AssignmentRead]:
    """Return those of a call, but for results of one's own organisations. Raises CallNotFound, InvalidCursor."""
    call = await get_call(session, call_key)
    conditions = [
        queries.ASSIGNMENT.call_id == call.id,
        queries.ASSIGNMENT.result_id.not_in(owned_by(principal)),
    ]
    return await _page(session, conditions, asked)


async def list_my_assignments(
    session: AsyncSession, principal: Principal, asked: schemas.AssignmentFilters
) -> Page[schemas.AssignmentRead]:
    """Raises InvalidCursor."""
    return await _page(session, [queries.ASSIGNMENT.person_id == principal.person_id], asked)


async def get_assignment(session: AsyncSession, uid: uuid.UUID) -> schemas.AssignmentRead:
    """Raises AssignmentNotFound."""
    return reading.assignment(await queries.get_assignment(session, uid))


async def list_candidates(
    session: AsyncSession, reader: Reader, call_key: str, asked: schemas.CandidateFilters, *, now: datetime
) -> Page[schemas.ExpertCandidate]:
    """Return the experts, with what keeps each from a result of the call where one is named.

    Raises CallNotFound, InvalidRequest for an unknown result, and InvalidCursor.
    """
    call = await get_call(session, call_key)
    keys = [] if asked.result is None else [asked.result]
    found = await _round(session, call, keys, now, pointer="/query/result")
    page = await queries.page_of_experts(session, PageParams(limit=asked.limit, cursor=asked.cursor))
    result = next(iter(found.entries), None)
    return page.to_page(lambda row: _candidate(reader, found, row, result))


def _candidate(reader: Reader, found: Round, row: Any, result: int | None) -> schemas.ExpertCandidate:
    person, profile, organisation = row[:3]
    key = key_of(person)
    matching = objections = None
    if result is not None:
        conflicts = found.conflicts(result, key)
        matching = sorted(found.covered_by(frozenset({key}), found.entries[result].fields))
        objections = [
            schemas.Objection(constraint=one, detail=objection(one, conflicts))
            for one in found.objections(result, key)
        ]
    return schemas.ExpertCandidate(
        expert=reading.expert_name(person),
        organisation=reading.organisation_name(organisation),
        disciplines=reading.disciplines_of(reader, profile.disciplines),
        quota=profile.quota,
        open_assignments=found.experts[key].working,
        available=is_available(profile, found.today),
        matching=matching,
        objections=objections,
    )


async def _round(
    session: AsyncSession,
    call: Call,
    keys: Sequence[str] | None,
    now: datetime,
    *,
    lock: bool = False,
    pointer: str = "/body/results",
) -> Round:
    """Raises InvalidRequest for a result that is not in the assessment of the call."""
    results: Sequence[tuple[Result, ResultVersion]] = ()
    if keys is None or keys:
        results = await queries.results_in_assessment(session, key_of(call), keys, lock=lock)
    known = {str(result.uid) for result, _ in results} | {result.slug for result, _ in results}
    detail = Localized(
        zh="该征集没有待评议的这项成果",
        en="No result of this call that is to be assessed has this id or slug",
    )
    unknown = [
        ErrorItem(pointer=pointer, code="unknown_result", detail=detail)
        for key in keys or ()
        if key not in known
    ]
    if unknown:
        raise InvalidRequest(detail, errors=unknown)
    return await load_round(session, results, today=business_day(now), lock=lock)


def _wanted(found: Round, call: Call) -> list[Wanted]:
    """Return what the results want that have too few experts, at most as many as are solved at once."""
    lacking = {
        key: call.experts_per_result - len(entry.counting) for key, entry in sorted(found.entries.items())
    }
    wanted = [found.wanted(key, places) for key, places in lacking.items() if places > 0]
    return wanted[: schemas.MOST_AT_ONCE]


async def _assigned(session: AsyncSession, uid: uuid.UUID, now: datetime) -> tuple[Stage, Assignment]:
    """Return an assignment that is to be judged, with all about its result. Raises AssignmentNotFound, WrongState."""
    row = await queries.get_assignment(session, uid)
    stage = await open_stage(session, queries.RESULT.id == row[2].id, now=now)
    mine = [] if stage is None else [one for one in stage.entry.counting if one.uid == uid]
    if stage is None or not mine or mine[0].state is not AssignmentState.ASSIGNED:
        raise WrongState
    return stage, mine[0]


async def _again(session: AsyncSession, stage: Stage, now: datetime) -> Stage:
    again = await open_stage(session, queries.RESULT.id == stage.result_id, now=now)
    if again is None:
        raise NotFound
    return again


def _missing(left: int, needed: int, lost: Sequence[str]) -> list[ErrorItem]:
    items = []
    if left < needed:
        detail = Localized(
            zh=f"需要 {needed} 位专家，将只剩 {left} 位", en=f"{needed} are needed, {left} are left"
        )
        items.append(ErrorItem(pointer="", code="experts", detail=detail))
    if lost:
        codes = ", ".join(lost)
        detail = Localized(zh=f"将无人覆盖学科：{codes}", en=f"nobody would cover: {codes}")
        items.append(ErrorItem(pointer="", code="discipline", detail=detail))
    return items


def _pointer(found: Round, result_id: int, keys: Sequence[str] | None) -> str:
    result = found.entries[result_id].result
    names = (str(result.uid), result.slug)
    place = next((str(i) for i, key in enumerate(keys or ()) if key in names), None)
    return "/body/results" if place is None else f"/body/results/{place}"


def _about(found: Round, result_id: int, why: Localized) -> Localized:
    title = reading.title_of(found.entries[result_id].version)
    return Localized(zh=f"“{title.zh}”：{why.zh}", en=f"“{title.in_lang('en')}”: {why.in_lang('en')}")


def _name(found: Round, result_id: int) -> schemas.ResultName:
    entry = found.entries[result_id]
    return reading.result_name(entry.result, entry.version)


def _proposed(found: Round, result_id: int, person_id: int) -> schemas.ProposedAssignment:
    fields = found.entries[result_id].fields
    return schemas.ProposedAssignment(
        result=_name(found, result_id),
        expert=reading.expert_name(found.experts[person_id].person),
        matching=sorted(found.covered_by(frozenset({person_id}), fields)),
    )


async def _page(
    session: AsyncSession, conditions: list[ColumnElement[bool]], asked: schemas.AssignmentFilters
) -> Page[schemas.AssignmentRead]:
    if asked.state is not None:
        conditions.append(queries.ASSIGNMENT.state == asked.state)
    page = await queries.page_of_assignments(session, conditions, asked)
    return page.to_page(reading.assignment)


async def _read(session: AsyncSession, made: Sequence[Assignment]) -> list[schemas.AssignmentRead]:
    # Their keys are needed to read them with all that is named.
    await session.flush()
    rows = await queries.assignments_by_key(session, [key_of(one) for one in made])
    return [reading.assignment(row) for row in rows]
