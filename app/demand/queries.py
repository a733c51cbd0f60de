"""Every SELECT of demand. What a result says is read here for judging; what is shown goes through `app.disclosure`."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.principal import DepartmentRole
from app.auth.who import within_region
from app.demand.rules import WAITING_STAGES
from app.matching.queries import IN_LIMIT
from app.models import ResultState, metadata

_RESULT = metadata.tables["result"].c
_NEED = metadata.tables["result_need"].c
_VERSION = metadata.tables["result_version"].c
_CALL = metadata.tables["call"].c
_PROJECT = metadata.tables["pool_project"].c
_ORGANISATION = metadata.tables["organisation"].c
_SUBMITTED = (ResultState.SUBMITTED.value, ResultState.UNDER_ASSESSMENT.value)


def _may_wait() -> ColumnElement[bool]:
    """The result is pooled and may still need a platform, or is with a call, which may be open."""
    stages = [each.value for each in WAITING_STAGES]
    is_pooled = and_(_RESULT.state == ResultState.POOLED.value, _PROJECT.stage.in_(stages))
    return or_(is_pooled, and_(_RESULT.state.in_(_SUBMITTED), _CALL.id.is_not(None)))


def _results(*columns: Any) -> Any:
    result, call, project = (metadata.tables[name] for name in ("result", "call", "pool_project"))
    return (
        select(*columns)
        .select_from(result)
        .outerjoin(call, call.c.id == result.c.call_id)
        .outerjoin(project, project.c.result_id == result.c.id)
        .where(_may_wait())
    )


async def fingerprint(session: AsyncSession) -> tuple[Any, ...]:
    """Return what is another whenever a result, its call or its project changed: counts and sums of versions."""
    found: list[Any] = []
    for columns, group in ((_RESULT, _RESULT.state), (_PROJECT, _PROJECT.stage)):
        counted = select(group, func.count(), func.sum(columns.version), func.max(columns.id)).group_by(group)
        found += sorted(map(tuple, (await session.execute(counted)).all()))
    submitted = select(func.sum(_RESULT.submitted), func.max(_RESULT.submitted_at))
    calls = select(func.count(), func.sum(_CALL.version))
    owners = select(func.count()).select_from(_ORGANISATION.id.table)
    for statement in (submitted, calls, owners):
        found.append(tuple((await session.execute(statement)).one()))
    return tuple(found)


async def signatures(session: AsyncSession) -> Sequence[Any]:
    """Return id and versions of everything that may wait: what did not change need not be read again."""
    statement = _results(
        _RESULT.id,
        _RESULT.version,
        _RESULT.state,
        _RESULT.submitted,
        _PROJECT.version,
        _PROJECT.stage,
        _CALL.version,
    )
    return (await session.execute(statement)).all()


async def waiting_results(session: AsyncSession, ids: Sequence[int]) -> list[Any]:
    """Return what decides whether, since when and for whom results wait; `tiers` and `fields` are JSON text."""
    statement = _results(
        _RESULT.id,
        _RESULT.uid,
        _RESULT.slug,
        _RESULT.state,
        _RESULT.submitted,
        _RESULT.submitted_at,
        _RESULT.demo,
        _CALL.opens_at,
        _CALL.closes_at,
        _CALL.cancelled_at,
        _PROJECT.uid.label("project_uid"),
        _PROJECT.slug.label("project_slug"),
        _PROJECT.stage,
        _PROJECT.pooled_at,
        _ORGANISATION.region_code,
        cast(_VERSION.tiers, Text).label("tiers"),
        cast(_VERSION.document["fields"], Text).label("fields"),
        _VERSION.document["constraints"]["budget_cny"].as_string().is_not(None).label("has_budget"),
    )
    statement = statement.join(
        _VERSION.result_id.table, and_(_VERSION.result_id == _RESULT.id, _VERSION.number == _RESULT.submitted)
    ).join(_ORGANISATION.id.table, _ORGANISATION.id == _RESULT.organisation_id)
    return [
        row for part in _parts(ids) for row in await session.execute(statement.where(_RESULT.id.in_(part)))
    ]


async def needs_of(session: AsyncSession, ids: Sequence[int]) -> list[Any]:
    """Return the needs of results: of which result, key, must, and the need as JSON text."""
    statement = select(
        _NEED.result_id, _NEED.need_key, _NEED.must, cast(_NEED.stated, Text).label("stated")
    ).order_by(_NEED.id)
    return [
        row
        for part in _parts(ids)
        for row in await session.execute(statement.where(_NEED.result_id.in_(part)))
    ]


def _parts(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + IN_LIMIT] for start in range(0, len(ids), IN_LIMIT))


async def versions_of(session: AsyncSession, ids: Iterable[int]) -> dict[int, Any]:
    """Return the version last submitted of each result: number, document and tiers."""
    statement = (
        select(_VERSION.result_id, _VERSION.number, _VERSION.document, _VERSION.tiers)
        .join(_RESULT.id.table, and_(_VERSION.result_id == _RESULT.id, _VERSION.number == _RESULT.submitted))
        .where(_RESULT.id.in_(sorted(set(ids))))
    )
    return {row.result_id: row for row in await session.execute(statement)}


async def codes_in_regions(session: AsyncSession, departments: Iterable[DepartmentRole]) -> frozenset[str]:
    """Return the codes of all places in the regions of the departments."""
    region = metadata.tables["region"].c
    inside = or_(*(within_region(department, region.code) for department in departments))
    return frozenset((await session.scalars(select(region.code).where(inside))).all())


async def organisation_uid(session: AsyncSession, organisation_id: int) -> UUID | None:
    """Return the public id of an organisation."""
    statement = select(_ORGANISATION.uid).where(_ORGANISATION.id == organisation_id)
    uid: UUID | None = await session.scalar(statement)
    return uid
