"""What the keepers of a project see to: milestones, and the platforms that take part. Everybody reads it."""

import uuid

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit import actor_of
from app.auth.principal import Principal
from app.errors import InvalidRequest
from app.kit.etag import Precondition
from app.kit.i18n import Localized
from app.membership.reading import key_of
from app.models import Milestone, PoolProject, ProjectPlatform
from app.outbox import ChangeType
from app.pool import queries, reading, schemas
from app.pool.errors import PartExists
from app.pool.telling import record, tell_everybody


async def create_milestone(
    session: AsyncSession, principal: Principal, key: str, body: schemas.MilestoneCreate
) -> tuple[schemas.MilestoneRead, int]:
    """Return the milestone with its version. Raises ProjectNotFound."""
    project = await queries.get_project(session, key, lock=True)
    row = Milestone(
        project_id=key_of(project),
        title_zh=body.title.zh,
        title_en=body.title.en,
        due_on=body.due_on,
        done_on=body.done_on,
    )
    session.add(row)
    made = reading.milestone(row)
    await _changed(session, principal, project, "milestone.created", None, made)
    return made, row.version


async def update_milestone(
    session: AsyncSession,
    principal: Principal,
    key: str,
    milestone_id: uuid.UUID,
    *,
    body: schemas.MilestoneUpdate,
    precondition: Precondition,
) -> tuple[schemas.MilestoneRead, int]:
    """Return the milestone with its new version.

    Raises ProjectNotFound, MilestoneNotFound, PreconditionFailed, and InvalidRequest for no title.
    """
    project = await queries.get_project(session, key, lock=True)
    row = await queries.get_milestone(session, key_of(project), milestone_id, lock=True)
    precondition.require(row.version)
    before = reading.milestone(row)
    if "title" in body.model_fields_set:
        if body.title is None:
            detail = Localized(zh="标题不能为空", en="A milestone has a title")
            raise InvalidRequest.at("/body/title", "missing", detail)
        row.title_zh, row.title_en = body.title.zh, body.title.en
    for name in ("due_on", "done_on"):
        if name in body.model_fields_set:
            setattr(row, name, getattr(body, name))
    after = reading.milestone(row)
    if after != before:
        row.version += 1
        await _changed(session, principal, project, "milestone.updated", before, after)
    return after, row.version


async def delete_milestone(
    session: AsyncSession, principal: Principal, key: str, milestone_id: uuid.UUID, precondition: Precondition
) -> None:
    """Raises ProjectNotFound, MilestoneNotFound and PreconditionFailed."""
    project = await queries.get_project(session, key, lock=True)
    row = await queries.get_milestone(session, key_of(project), milestone_id, lock=True)
    precondition.require(row.version)
    await session.delete(row)
    await _changed(session, principal, project, "milestone.deleted", reading.milestone(row), None)


async def add_platform(
    session: AsyncSession, principal: Principal, key: str, body: schemas.ProjectPlatformCreate
) -> schemas.ProjectPlatformRead:
    """Say that a published platform takes part. Raises ProjectNotFound, InvalidRequest and PartExists."""
    project = await queries.get_project(session, key, lock=True)
    platform = await queries.find_platform(session, body.platform)
    if platform is None:
        detail = Localized(zh="没有这个已发布的平台", en="There is no such published platform")
        raise InvalidRequest.at("/body/platform", "unknown_platform", detail)
    row = ProjectPlatform(
        project_id=key_of(project), platform_id=key_of(platform), role=body.role, since=body.since
    )
    session.add(row)
    try:
        # The error is ours to answer.
        await session.flush()
    except IntegrityError as error:
        raise PartExists from error
    added = reading.part(row, platform)
    await _changed(session, principal, project, "project_platform.added", None, added)
    return added


async def remove_platform(session: AsyncSession, principal: Principal, key: str, part_id: uuid.UUID) -> None:
    """Say that a platform no longer takes this part. Raises ProjectNotFound and PartNotFound."""
    project = await queries.get_project(session, key, lock=True)
    row, platform = await queries.get_part(session, key_of(project), part_id)
    before = reading.part(row, platform)
    await session.delete(row)
    await _changed(session, principal, project, "project_platform.removed", before, None)


async def _changed(
    session: AsyncSession,
    principal: Principal,
    project: PoolProject,
    action: str,
    before: schemas.MilestoneRead | schemas.ProjectPlatformRead | None,
    after: schemas.MilestoneRead | schemas.ProjectPlatformRead | None,
) -> None:
    owner = (await queries.owners_of(session, project.result_id))[0]
    project.version += 1
    actor = actor_of(principal)
    record(
        session,
        actor,
        action,
        project,
        owner,
        before=None if before is None else before.model_dump(mode="json"),
        after=None if after is None else after.model_dump(mode="json"),
    )
    tell_everybody(session, ChangeType.PROJECT_CHANGED, project, actor=actor)
