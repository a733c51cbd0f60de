"""Every SELECT of projects, and what of them is written in bulk."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.ids import has_key
from app.kit.pagination import PageParams, RowPage, SortKey, fetch_page, only
from app.models import (
    Milestone,
    Organisation,
    Outcome,
    Platform,
    PoolProject,
    PoolProjectField,
    ProjectPlatform,
    ResultVersion,
    StageChange,
    metadata,
)
from app.pool.errors import MilestoneNotFound, PartNotFound, ProjectNotFound
from app.pool.filters import is_public

PROJECT = metadata.tables["pool_project"].c
_FIELD = metadata.tables["pool_project_field"].c
_NEED = metadata.tables["result_need"].c
_RESULT = metadata.tables["result"].c
_CO_OWNER = metadata.tables["result_owner"].c
_VERSION = metadata.tables["result_version"].c
_MILESTONE = metadata.tables["milestone"].c
_PART = metadata.tables["project_platform"].c
_PLATFORM = metadata.tables["platform"].c
_ORGANISATION = metadata.tables["organisation"].c
_OUTCOME = metadata.tables["project_outcome"].c
_CHANGE = metadata.tables["stage_change"].c


async def page_of_projects(
    session: AsyncSession, conditions: Iterable[ColumnElement[bool]], params: PageParams
) -> RowPage:
    """Return public projects, those pooled last first, with what a list shows of each."""
    order = [SortKey(PROJECT.pooled_at, descending=True), SortKey(PROJECT.id, descending=True)]
    listed = only(PoolProject, "uid", "slug", "region_code", "stage", "stage_since", "pooled_at", "demo")
    public = select(PoolProject).options(listed).where(is_public(), *conditions)
    return await fetch_page(session, public, order, params)


async def get_project(session: AsyncSession, key: str, *, lock: bool = False) -> PoolProject:
    """Return the project with this id or slug, whatever its stage. Raises ProjectNotFound."""
    statement = select(PoolProject).where(has_key(PROJECT, key))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found: PoolProject | None = await session.scalar(statement)
    if found is None:
        raise ProjectNotFound
    return found


async def project_of_result(session: AsyncSession, result_id: int) -> PoolProject | None:
    """Return the project of a result, locked, whatever its stage."""
    statement = select(PoolProject).where(PROJECT.result_id == result_id).with_for_update()
    found: PoolProject | None = await session.scalar(statement.execution_options(populate_existing=True))
    return found


async def pooled_versions(
    session: AsyncSession, projects: Sequence[PoolProject]
) -> Mapping[int, ResultVersion]:
    """Return the version of its result that each project shows, by the key of the project."""
    statement = (
        select(PROJECT.id, ResultVersion)
        .join(
            ResultVersion,
            (_VERSION.result_id == PROJECT.result_id) & (_VERSION.number == PROJECT.version_number),
        )
        .where(PROJECT.id.in_([project.id for project in projects]))
    )
    return {row[0]: row[1] for row in await session.execute(statement)}


@dataclass(frozen=True)
class PooledResult:
    """A result in the pool, by its key and id, with the number of the version that was pooled."""

    key: int
    uid: uuid.UUID
    version_number: int


async def results_of_projects(
    session: AsyncSession, uids: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, PooledResult]:
    """Return the results of projects by the ids of the projects."""
    statement = (
        select(PROJECT.uid, _RESULT.id, _RESULT.uid, PROJECT.version_number)
        .join_from(PROJECT.id.table, _RESULT.id.table, _RESULT.id == PROJECT.result_id)
        .where(PROJECT.uid.in_(uids))
    )
    return {row[0]: PooledResult(row[1], row[2], row[3]) for row in await session.execute(statement)}


async def fields_of(session: AsyncSession, project_ids: Sequence[int | None]) -> Mapping[int, list[str]]:
    """Return the field codes of projects, the main one first."""
    statement = select(_FIELD.project_id, _FIELD.field_code).where(_FIELD.project_id.in_(project_ids))
    found: dict[int, list[str]] = defaultdict(list)
    for row in await session.execute(statement.order_by(_FIELD.project_id, _FIELD.position)):
        found[row.project_id].append(row.field_code)
    return found


async def capabilities_of(session: AsyncSession, result_id: int) -> Sequence[str]:
    """Return the codes of the terms that the needs of the submitted version were understood as."""
    statement = select(_NEED.capability).where(_NEED.result_id == result_id, _NEED.capability.is_not(None))
    return sorted(set((await session.scalars(statement)).all()))


async def owners_of(session: AsyncSession, result_id: int) -> Sequence[Organisation]:
    """Return the organisation that owns a result and then those that own a part of it."""
    owner = select(_RESULT.organisation_id).where(_RESULT.id == result_id)
    co_owners = select(_CO_OWNER.organisation_id).where(_CO_OWNER.result_id == result_id)
    statement = (
        select(Organisation)
        .where(or_(_ORGANISATION.id.in_(owner), _ORGANISATION.id.in_(co_owners)))
        .order_by(_ORGANISATION.id.in_(owner).desc(), _ORGANISATION.id)
    )
    return (await session.scalars(statement)).all()


async def write_fields(session: AsyncSession, project_id: int, codes: Sequence[str]) -> None:
    """Make these the fields of the project, in their order."""
    await session.execute(delete(PoolProjectField).where(_FIELD.project_id == project_id))
    rows = [
        {"project_id": project_id, "field_code": code, "position": position}
        for position, code in enumerate(codes)
    ]
    if rows:
        await session.execute(insert(PoolProjectField), rows)


async def milestones_of(session: AsyncSession, project_id: int) -> Sequence[Milestone]:
    """Return the milestones by the day they are due, those without a day last."""
    statement = select(Milestone).where(_MILESTONE.project_id == project_id)
    order = (_MILESTONE.due_on.is_(None), _MILESTONE.due_on, _MILESTONE.id)
    return (await session.scalars(statement.order_by(*order))).all()


async def get_milestone(
    session: AsyncSession, project_id: int, uid: uuid.UUID, *, lock: bool = False
) -> Milestone:
    """Raises MilestoneNotFound."""
    statement = select(Milestone).where(_MILESTONE.project_id == project_id, _MILESTONE.uid == uid)
    found: Milestone | None = await session.scalar(statement.with_for_update() if lock else statement)
    if found is None:
        raise MilestoneNotFound
    return found


async def parts_of(session: AsyncSession, project_id: int) -> Sequence[tuple[ProjectPlatform, Platform]]:
    """Return the parts that published platforms take in a project, in the order they were added."""
    statement = (
        select(ProjectPlatform, Platform)
        .join(Platform, _PLATFORM.id == _PART.platform_id)
        .where(_PART.project_id == project_id, _PLATFORM.live)
        .order_by(_PART.id)
    )
    return [(row[0], row[1]) for row in await session.execute(statement)]


async def get_part(
    session: AsyncSession, project_id: int, uid: uuid.UUID
) -> tuple[ProjectPlatform, Platform]:
    """Return a part with its platform, published or not. Raises PartNotFound."""
    statement = (
        select(ProjectPlatform, Platform)
        .join(Platform, _PLATFORM.id == _PART.platform_id)
        .where(_PART.project_id == project_id, _PART.uid == uid)
    )
    found = (await session.execute(statement)).first()
    if found is None:
        raise PartNotFound
    return found[0], found[1]


async def find_platform(session: AsyncSession, key: str) -> Platform | None:
    """Return the published platform with this id or slug."""
    found: Platform | None = await session.scalar(
        select(Platform).where(has_key(_PLATFORM, key), _PLATFORM.live)
    )
    return found


async def outcomes_of(session: AsyncSession, project_id: int) -> Sequence[Outcome]:
    """Return what came of a project, newest first."""
    statement = select(Outcome).where(_OUTCOME.project_id == project_id)
    return (await session.scalars(statement.order_by(_OUTCOME.id.desc()))).all()


async def history_of(session: AsyncSession, project_id: int) -> Sequence[StageChange]:
    """Return the changes of stage, oldest first."""
    statement = select(StageChange).where(_CHANGE.project_id == project_id)
    return (await session.scalars(statement.order_by(_CHANGE.id))).all()


async def operators_involved(session: AsyncSession, project: PoolProject) -> Sequence[Organisation]:
    """Return the operators of the published platforms that take part in a project."""
    operators = (
        select(_PLATFORM.operator_id)
        .join(_PART.id.table, _PART.platform_id == _PLATFORM.id)
        .where(_PART.project_id == project.id, _PLATFORM.live)
    )
    statement = select(Organisation).where(_ORGANISATION.id.in_(operators))
    return (await session.scalars(statement.order_by(_ORGANISATION.id))).all()
