"""Projects of the pool: a result is pooled, goes from stage to stage, and leaves the pool."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app import audit, outbox
from app.membership.reading import key_of
from app.models import Call, Organisation, PoolProject, Result, ResultVersion, Stage, StageChange
from app.outbox import ChangeType
from app.pool import queries
from app.pool.rules import INITIAL, public_columns, public_side
from app.pool.telling import facts, tell_everybody


async def create_project(
    session: AsyncSession, result: Result, call: Call | None, *, actor: str, now: datetime
) -> PoolProject:
    """Take a submitted result into the pool, as its submitted version stands, and make its teaser public.

    One that was pooled before and withdrawn begins anew under its old id and slug. The caller changes the state of
    the result. Writes an audit entry and the public event. Raises ValueError for a result that was never submitted
    or is in the pool.
    """
    result_id = key_of(result)
    version = await session.get(ResultVersion, (result_id, result.submitted or 0))
    project = await queries.project_of_result(session, result_id)
    if version is None or (project is not None and project.stage is not Stage.WITHDRAWN):
        raise ValueError("only a submitted result that is not in the pool can be pooled")
    side = public_side(version.document, version.tiers)
    owner = await session.get_one(Organisation, result.organisation_id)
    columns = public_columns(side, await queries.capabilities_of(session, result_id)) | {
        "call_id": None if call is None else call.id,
        "version_number": version.number,
        "region_code": owner.region_code,
        "stage": INITIAL,
        "pooled_at": now,
        "stage_since": now,
        "demo": result.demo,
    }
    before = None if project is None else facts(project)
    if project is None:
        project = PoolProject(slug=result.slug, result_id=result_id, **columns)
        session.add(project)
    else:
        project.sqlmodel_update(columns | {"version": project.version + 1})
    # The fields and the change of stage refer to its key.
    await session.flush()
    await queries.write_fields(session, key_of(project), side.fields)
    await begin_stage(session, project, INITIAL, before=None, actor=actor, now=now)
    tell_everybody(session, ChangeType.PROJECT_PUBLISHED, project, actor=actor)
    audit.record(
        session,
        actor,
        "project.pooled",
        outbox.PROJECT,
        project.uid,
        before=before,
        after=facts(project),
        belongs_to=audit.Owner(organisation_uid=owner.uid),
    )
    return project


async def begin_stage(
    session: AsyncSession,
    project: PoolProject,
    stage: Stage,
    *,
    before: Stage | None,
    actor: str,
    now: datetime,
    note: tuple[str | None, str | None] = (None, None),
) -> StageChange:
    """Write the stage and its place in the history; `note` (Chinese, English) is public."""
    project.stage, project.stage_since = stage, now
    change = StageChange(
        project_id=key_of(project),
        before=before,
        after=stage,
        note_zh=note[0],
        note_en=note[1],
        at=now,
        by=actor,
    )
    session.add(change)
    return change
