"""Every SELECT of assessment."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment.errors import (
    AssignmentNotFound,
    EvaluationNotFound,
    ExpertConflictNotFound,
)
from app.kit.ids import has_key
from app.kit.pagination import PageParams, RowPage, SortKey, fetch_page
from app.membership.errors import ExpertNotFound
from app.models import (
    Assignment,
    AssignmentState,
    Call,
    Decision,
    Evaluation,
    ExpertConflict,
    ExpertProfile,
    Organisation,
    Person,
    PoolProject,
    Result,
    ResultState,
    ResultVersion,
    metadata,
)

RESULT = metadata.tables["result"].c
VERSION = metadata.tables["result_version"].c
CO_OWNER = metadata.tables["result_owner"].c
CALL = metadata.tables["call"].c
ASSIGNMENT = metadata.tables["assignment"].c
EVALUATION = metadata.tables["evaluation"].c
DECISION = metadata.tables["decision"].c
PROFILE = metadata.tables["expert_profile"].c
CONFLICT = metadata.tables["expert_conflict"].c
PROJECT = metadata.tables["pool_project"].c
PERSON = metadata.tables["person"].c
ORGANISATION = metadata.tables["organisation"].c
MEMBERSHIP = metadata.tables["membership"].c

_OWNERS_ONLY = (ResultState.DRAFT, ResultState.WITHDRAWN)

IN_ASSESSMENT = (ResultState.SUBMITTED, ResultState.UNDER_ASSESSMENT)
"""States of a result in which experts are assigned to it."""


def is_with_call() -> ColumnElement[bool]:
    """The result was not taken back by its owner: others than the owner may know of it."""
    return RESULT.state.not_in(_OWNERS_ONLY)


# --- Experts ---


def _experts() -> Any:
    return (
        select(Person, ExpertProfile, Organisation)
        .join(ExpertProfile, PROFILE.person_id == PERSON.id)
        .outerjoin(Organisation, ORGANISATION.id == PROFILE.organisation_id)
        .where(PERSON.is_expert, PERSON.disabled.is_(False))
    )


async def experts_with_profiles(
    session: AsyncSession, *, lock: bool = False
) -> Sequence[tuple[Person, ExpertProfile]]:
    """Return all experts who have said what they can judge; `lock` keeps them from other assignments."""
    statement = _experts().order_by(PERSON.id)
    if lock:
        statement = statement.with_for_update(of=ExpertProfile)
    return [(row[0], row[1]) for row in await session.execute(statement)]


async def page_of_experts(session: AsyncSession, params: PageParams) -> RowPage:
    """Return rows of person, profile and organisation or None, by name."""
    return await fetch_page(session, _experts(), [SortKey(PERSON.name), SortKey(PERSON.id)], params)


async def get_expert(session: AsyncSession, uid: uuid.UUID) -> Person:
    """Raises ExpertNotFound."""
    found: Person | None = await session.scalar(select(Person).where(PERSON.uid == uid, PERSON.is_expert))
    if found is None:
        raise ExpertNotFound
    return found


async def find_profile(session: AsyncSession, person_id: int, *, lock: bool = False) -> ExpertProfile | None:
    statement = select(ExpertProfile).where(PROFILE.person_id == person_id)
    found: ExpertProfile | None = await session.scalar(statement.with_for_update() if lock else statement)
    return found


async def open_assignments(session: AsyncSession) -> Mapping[int, int]:
    """Return how many assignments of each expert are open, in all calls; none: not in it."""
    statement = (
        select(ASSIGNMENT.person_id, func.count().label("open"))
        .where(ASSIGNMENT.state == AssignmentState.ASSIGNED)
        .group_by(ASSIGNMENT.person_id)
    )
    return {row.person_id: row.open for row in await session.execute(statement)}


async def memberships_of_experts(session: AsyncSession) -> Mapping[int, set[int]]:
    """Return the organisations of each expert."""
    statement = select(MEMBERSHIP.person_id, MEMBERSHIP.organisation_id).join(
        PROFILE.person_id.table, PROFILE.person_id == MEMBERSHIP.person_id
    )
    return await _grouped(session, statement)


async def declarations(session: AsyncSession) -> Sequence[ExpertConflict]:
    """Return all declared conflicts."""
    return (await session.scalars(select(ExpertConflict).order_by(CONFLICT.id))).all()


async def recusals(session: AsyncSession, result_ids: Sequence[int]) -> Mapping[int, set[int]]:
    """Return from which of the results each expert recused, whichever version it was."""
    statement = select(ASSIGNMENT.person_id, ASSIGNMENT.result_id).where(
        ASSIGNMENT.state == AssignmentState.RECUSED, ASSIGNMENT.result_id.in_(result_ids)
    )
    return await _grouped(session, statement)


async def _grouped(session: AsyncSession, statement: Any) -> Mapping[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for key, value in await session.execute(statement):
        found[key].add(value)
    return found


async def page_of_conflicts(session: AsyncSession, person_id: int, params: PageParams) -> RowPage:
    """Return rows of declaration, organisation, result and the version submitted, the newest first.

    A result that its owner took back is not among them.
    """
    statement: Any = (
        select(ExpertConflict, Organisation, Result, ResultVersion)
        .outerjoin(Organisation, ORGANISATION.id == CONFLICT.organisation_id)
        .outerjoin(Result, (RESULT.id == CONFLICT.result_id) & is_with_call())
        .outerjoin(ResultVersion, (VERSION.result_id == RESULT.id) & (VERSION.number == RESULT.submitted))
        .where(CONFLICT.person_id == person_id)
    )
    return await fetch_page(session, statement, [SortKey(CONFLICT.id, descending=True)], params)


async def get_conflict(session: AsyncSession, person_id: int, uid: uuid.UUID) -> ExpertConflict:
    """Raises ExpertConflictNotFound."""
    statement = select(ExpertConflict).where(CONFLICT.person_id == person_id, CONFLICT.uid == uid)
    found: ExpertConflict | None = await session.scalar(statement)
    if found is None:
        raise ExpertConflictNotFound
    return found


# --- Results in assessment ---


def _submitted() -> Any:
    return select(Result, ResultVersion).join(
        ResultVersion, (VERSION.result_id == RESULT.id) & (VERSION.number == RESULT.submitted)
    )


async def results_in_assessment(
    session: AsyncSession, call_id: int, keys: Sequence[str] | None, *, lock: bool = False
) -> Sequence[tuple[Result, ResultVersion]]:
    """Return the results of a call to which experts are assigned, with the version submitted, by their keys.

    `keys` are ids or slugs; None: all.
    """
    statement = _submitted().where(RESULT.call_id == call_id, RESULT.state.in_(IN_ASSESSMENT))
    if keys is not None:
        statement = statement.where(or_(*(has_key(RESULT, key) for key in keys)))
    statement = statement.order_by(RESULT.id)
    if lock:
        statement = statement.with_for_update(of=Result)
    return [(row[0], row[1]) for row in await session.execute(statement)]


async def submitted_result(
    session: AsyncSession, condition: ColumnElement[bool], *, lock: bool = False
) -> tuple[Result, ResultVersion] | None:
    """Return one result with the version that was submitted last."""
    statement = _submitted().where(condition)
    if lock:
        statement = statement.with_for_update(of=Result)
    row = (await session.execute(statement.execution_options(populate_existing=lock))).first()
    return None if row is None else (row[0], row[1])


async def co_owners(session: AsyncSession, result_ids: Sequence[int]) -> Mapping[int, set[int]]:
    """Return the further owners of each result."""
    statement = select(CO_OWNER.result_id, CO_OWNER.organisation_id).where(CO_OWNER.result_id.in_(result_ids))
    return await _grouped(session, statement)


async def owners_of(session: AsyncSession, result: Result) -> Sequence[Organisation]:
    """Return the owner of a result, then its co-owners."""
    others = select(CO_OWNER.organisation_id).where(CO_OWNER.result_id == result.id)
    statement = (
        select(Organisation)
        .where((ORGANISATION.id == result.organisation_id) | ORGANISATION.id.in_(others))
        .order_by(ORGANISATION.id != result.organisation_id, ORGANISATION.id)
    )
    return (await session.scalars(statement)).all()


async def project_of(session: AsyncSession, result: Result) -> PoolProject | None:
    """Return the project of the pool that a result became."""
    statement = select(PoolProject).where(PROJECT.result_id == result.id)
    found: PoolProject | None = await session.scalar(statement)
    return found


async def assignments_of(
    session: AsyncSession, results: Collection[Result], *, lock: bool = False
) -> Mapping[int, list[Assignment]]:
    """Return all assignments of the version submitted, by result, in the order they were made."""
    statement = (
        select(Assignment)
        .join(Result, (RESULT.id == ASSIGNMENT.result_id) & (RESULT.submitted == ASSIGNMENT.version_number))
        .where(ASSIGNMENT.result_id.in_([one.id for one in results]), ASSIGNMENT.call_id == RESULT.call_id)
        .order_by(ASSIGNMENT.id)
    )
    if lock:
        statement = statement.with_for_update(of=Assignment).execution_options(populate_existing=True)
    found: dict[int, list[Assignment]] = defaultdict(list)
    for one in await session.scalars(statement):
        found[one.result_id].append(one)
    return found


# --- Assignments and evaluations ---


def _assignments() -> Any:
    return (
        select(Assignment, Call, Result, ResultVersion, Person)
        .join(Call, CALL.id == ASSIGNMENT.call_id)
        .join(Result, RESULT.id == ASSIGNMENT.result_id)
        .join(
            ResultVersion,
            (VERSION.result_id == ASSIGNMENT.result_id) & (VERSION.number == ASSIGNMENT.version_number),
        )
        .join(Person, PERSON.id == ASSIGNMENT.person_id)
        .where(is_with_call())
    )


async def page_of_assignments(
    session: AsyncSession, conditions: Sequence[ColumnElement[bool]], params: PageParams
) -> RowPage:
    """Return rows of assignment, call, result, the version judged and the expert; the newest first."""
    statement = _assignments().where(*conditions)
    return await fetch_page(session, statement, [SortKey(ASSIGNMENT.id, descending=True)], params)


async def assignments_by_key(session: AsyncSession, keys: Sequence[int]) -> Sequence[Any]:
    """Return rows as `page_of_assignments` does, in the order they were made."""
    statement = _assignments().where(ASSIGNMENT.id.in_(keys)).order_by(ASSIGNMENT.id)
    rows: Sequence[Any] = (await session.execute(statement)).all()
    return rows


async def get_assignment(session: AsyncSession, uid: uuid.UUID) -> Any:
    """Return a row as `page_of_assignments` does. Raises AssignmentNotFound."""
    row = (await session.execute(_assignments().where(ASSIGNMENT.uid == uid))).first()
    if row is None:
        raise AssignmentNotFound
    return row


async def open_until(session: AsyncSession, last_day: date) -> Sequence[tuple[Assignment, ResultVersion]]:
    """Return the assignments that are still to be judged and due by the day, with the version to be judged."""
    judged = (VERSION.result_id == ASSIGNMENT.result_id) & (VERSION.number == ASSIGNMENT.version_number)
    statement = (
        select(Assignment, ResultVersion)
        .join(ResultVersion, judged)
        .where(ASSIGNMENT.state == AssignmentState.ASSIGNED, ASSIGNMENT.due_on <= last_day)
        .order_by(ASSIGNMENT.id)
    )
    return [(row[0], row[1]) for row in await session.execute(statement)]


async def find_evaluation(session: AsyncSession, assignment_id: int) -> Evaluation | None:
    found: Evaluation | None = await session.scalar(
        select(Evaluation).where(EVALUATION.assignment_id == assignment_id)
    )
    return found


async def get_evaluation(session: AsyncSession, assignment_id: int) -> Evaluation:
    """Raises EvaluationNotFound."""
    found = await find_evaluation(session, assignment_id)
    if found is None:
        raise EvaluationNotFound
    return found


async def evaluations_of(
    session: AsyncSession, assignment_ids: Sequence[int]
) -> Sequence[tuple[Evaluation, Person]]:
    """Return the evaluations of the assignments with who made them."""
    statement = (
        select(Evaluation, Person)
        .join(Assignment, ASSIGNMENT.id == EVALUATION.assignment_id)
        .join(Person, PERSON.id == ASSIGNMENT.person_id)
        .where(EVALUATION.assignment_id.in_(assignment_ids))
        .order_by(EVALUATION.assignment_id)
    )
    return [(row[0], row[1]) for row in await session.execute(statement)]


async def people(session: AsyncSession, keys: Collection[int]) -> Mapping[int, Person]:
    """Return people by their keys."""
    rows = await session.scalars(select(Person).where(PERSON.id.in_(sorted(set(keys)))))
    return {one.id: one for one in rows if one.id is not None}


# --- Decisions ---


async def decisions_of(session: AsyncSession, result_id: int) -> Sequence[Decision]:
    """Return the decisions on a result, the newest first."""
    statement = select(Decision).where(DECISION.result_id == result_id).order_by(DECISION.id.desc())
    return (await session.scalars(statement)).all()


async def standing_decision(session: AsyncSession, result_id: int) -> Decision | None:
    """Return the newest decision on a result that was not recalled, kept from other requests."""
    statement = (
        select(Decision)
        .where(DECISION.result_id == result_id, DECISION.recalled_at.is_(None))
        .order_by(DECISION.id.desc())
        .limit(1)
    )
    found: Decision | None = await session.scalar(statement.with_for_update())
    return found


async def comments_to_owner(session: AsyncSession, decision: Decision) -> Sequence[str]:
    """Return what the experts on whom a decision rests say to the owner."""
    statement = (
        select(EVALUATION.comment_owner)
        .join(ASSIGNMENT.id.table, EVALUATION.assignment_id == ASSIGNMENT.id)
        .where(
            ASSIGNMENT.result_id == decision.result_id,
            ASSIGNMENT.call_id == decision.call_id,
            ASSIGNMENT.version_number == decision.version_number,
            ASSIGNMENT.state == AssignmentState.DONE,
            EVALUATION.submitted_at <= decision.decided_at,
            EVALUATION.comment_owner.is_not(None),
        )
        # By the text itself: neither the order nor anything else tells who said it.
        .order_by(EVALUATION.comment_owner)
    )
    return (await session.scalars(statement)).all()
