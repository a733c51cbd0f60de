"""Every SELECT of demand. What a result says is read here for judging; what is shown goes through `app.disclosure`."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, case, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.principal import DepartmentRole
from app.auth.who import within_region
from app.demand.rules import WAITING_STAGES
from app.matching.one_platform import Reach
from app.matching.queries import IN_LIMIT
from app.matching.snapshot import VocabularyView
from app.models import ResultState, metadata

RESULT = metadata.tables["result"].c
NEED = metadata.tables["result_need"].c
VERSION = metadata.tables["result_version"].c
CALL = metadata.tables["call"].c
PROJECT = metadata.tables["pool_project"].c
_SUBMITTED = (ResultState.SUBMITTED.value, ResultState.UNDER_ASSESSMENT.value)


def waits(now: datetime) -> ColumnElement[bool]:
    """The result is pooled and may still need a platform, or is submitted to a call that is open.

    `call` and `pool_project` must be joined, as `_waiting` does.
    """
    is_pooled = and_(
        RESULT.state == ResultState.POOLED.value, PROJECT.stage.in_([each.value for each in WAITING_STAGES])
    )
    call_is_open = and_(CALL.cancelled_at.is_(None), CALL.opens_at <= now, CALL.closes_at > now)
    return or_(is_pooled, and_(RESULT.state.in_(_SUBMITTED), call_is_open))


def _waiting(*columns: Any) -> Any:
    result, call, project = (metadata.tables[name] for name in ("result", "call", "pool_project"))
    return (
        select(*columns)
        .select_from(result)
        .outerjoin(call, call.c.id == result.c.call_id)
        .outerjoin(project, project.c.result_id == result.c.id)
    )


def in_reach(reach: Reach, vocabulary: VocabularyView) -> ColumnElement[bool]:
    """A need that a platform of this reach may meet, or of which it is at least near."""
    bases = set(reach.standards)
    for base in reach.standards:
        bases.update(vocabulary.bases_related_to(base))
    offered = {i for term in reach.offered for i in vocabulary.standards_of_term(term)}
    bases.update(view.base for view in vocabulary.standards_with(offered))
    by_standard: ColumnElement[bool] = NEED.standard_base.in_(sorted(bases))
    if len(bases) > IN_LIMIT:
        by_standard = NEED.standard_base.is_not(None)
    return or_(
        by_standard,
        and_(NEED.standard_base.is_(None), NEED.capability.in_(sorted(reach.terms))),
        NEED.capability.in_(sorted(reach.offered)),
    )


async def needs_in_reach(
    session: AsyncSession, condition: ColumnElement[bool], now: datetime
) -> Sequence[Any]:
    """Return the needs of results that wait: of which result, key, must, and the need as JSON text."""
    statement = (
        _waiting(NEED.result_id, NEED.need_key, NEED.must, cast(NEED.stated, Text).label("stated"))
        .join(NEED.id.table, NEED.result_id == RESULT.id)
        .where(condition, waits(now))
    )
    return (await session.execute(statement)).all()


async def waiting_results(
    session: AsyncSession, now: datetime, ids: Collection[int], *, field: str | None = None
) -> Sequence[Any]:
    """Return of the results with these keys those that wait: what orders them, and the tiers of their fields.

    `must` and `should` count the needs that can be compared. `field`: only results of this field or below it.
    """
    counted = (
        select(
            NEED.result_id,
            func.sum(case((and_(NEED.must, comparable()), 1), else_=0)).label("must"),
            func.sum(case((and_(NEED.must.is_(False), comparable()), 1), else_=0)).label("should"),
        )
        .group_by(NEED.result_id)
        .subquery()
    )
    statement = (
        _waiting(
            RESULT.id,
            RESULT.uid,
            RESULT.slug,
            RESULT.state,
            RESULT.submitted,
            RESULT.submitted_at,
            RESULT.demo,
            PROJECT.uid.label("project_uid"),
            PROJECT.slug.label("project_slug"),
            PROJECT.stage,
            PROJECT.pooled_at,
            cast(VERSION.tiers, Text).label("tiers"),
            VERSION.document["constraints"]["budget_cny"].as_string().is_not(None).label("has_budget"),
            counted.c.must,
            counted.c.should,
        )
        .join(counted, counted.c.result_id == RESULT.id)
        .join(
            VERSION.result_id.table,
            and_(VERSION.result_id == RESULT.id, VERSION.number == RESULT.submitted),
        )
        .where(waits(now))
    )
    if field is not None:
        codes = cast(VERSION.document["fields"], Text)
        statement = statement.where(or_(codes.contains(f'"{field}"'), codes.contains(f'"{field}.')))
    if len(ids) > IN_LIMIT:
        return [row for row in await session.execute(statement) if row.id in ids]
    return (await session.execute(statement.where(RESULT.id.in_(sorted(ids))))).all()


async def versions_of(session: AsyncSession, ids: Iterable[int]) -> dict[int, Any]:
    """Return the version last submitted of each result: number, document and tiers."""
    statement = (
        select(VERSION.result_id, VERSION.number, VERSION.document, VERSION.tiers)
        .join(RESULT.id.table, and_(VERSION.result_id == RESULT.id, VERSION.number == RESULT.submitted))
        .where(RESULT.id.in_(sorted(set(ids))))
    )
    return {row.result_id: row for row in await session.execute(statement)}


def comparable() -> ColumnElement[bool]:
    """A need that names a capability or a standard."""
    return or_(NEED.capability.is_not(None), NEED.standard_base.is_not(None))


async def results_in_regions(
    session: AsyncSession, departments: Iterable[DepartmentRole], now: datetime
) -> Sequence[Any]:
    """Return the results that wait whose owner is in the region of one of the departments.

    `fields` and `tiers` are JSON text, `region_code` is the owner's.
    """
    organisation = metadata.tables["organisation"]
    regions = [within_region(department, organisation.c.region_code) for department in departments]
    statement = (
        _waiting(
            RESULT.id,
            RESULT.demo,
            organisation.c.region_code,
            cast(VERSION.document["fields"], Text).label("fields"),
            cast(VERSION.tiers, Text).label("tiers"),
        )
        .join(organisation, organisation.c.id == RESULT.organisation_id)
        .join(
            VERSION.result_id.table,
            and_(VERSION.result_id == RESULT.id, VERSION.number == RESULT.submitted),
        )
        .where(waits(now), or_(*regions))
    )
    return (await session.execute(statement)).all()


async def organisation_uid(session: AsyncSession, organisation_id: int) -> UUID | None:
    """Return the public id of an organisation."""
    organisation = metadata.tables["organisation"].c
    uid: UUID | None = await session.scalar(
        select(organisation.uid).where(organisation.id == organisation_id)
    )
    return uid
