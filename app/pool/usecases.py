"""Projects of the pool: a result is pooled, is read by everybody, goes from stage to stage, and leaves the pool."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit import actor_of
from app.auth.principal import Principal
from app.auth.who import CityOf, Target, holds_any
from app.db import SessionFactory
from app.disclosure.clearance import clearance
from app.disclosure.readings import Reading, record_readings
from app.disclosure.rules import disclosed
from app.errors import Forbidden, Gone, InvalidRequest, WrongState
from app.kit.clock import business_day
from app.kit.etag import Precondition
from app.kit.i18n import Localized
from app.kit.pagination import Page
from app.membership.reading import Reader, key_of
from app.models import (
    Call,
    DisclosureTier,
    Outcome,
    PoolProject,
    Result,
    ResultState,
    ResultVersion,
    Stage,
    StageChange,
)
from app.outbox import ChangeType
from app.pool import filters, queries, reading, schemas
from app.pool.rules import INITIAL, Step, next_stages, public_columns, public_side, step
from app.pool.telling import facts, record, tell_concerned, tell_everybody
from app.pool.wording import STAGES
from app.registry.checks import region_codes, require_known


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
    owner = (await queries.owners_of(session, result_id))[0]
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
    stage_before = None if project is None else project.stage
    if project is None:
        project = PoolProject(slug=result.slug, result_id=result_id, **columns)
        session.add(project)
    else:
        project.sqlmodel_update(columns | {"version": project.version + 1})
    # Its fields and the change of stage refer to its key.
    await session.flush()
    await queries.write_fields(session, key_of(project), side.fields)
    _begin_stage(session, project, INITIAL, before=stage_before, actor=actor, now=now)
    tell_everybody(session, ChangeType.PROJECT_PUBLISHED, project, actor=actor)
    record(session, actor, "project.pooled", project, owner, before=before, after=facts(project))
    return project


async def withdraw_project(
    session: AsyncSession,
    project: PoolProject,
    *,
    actor: str,
    now: datetime,
    note: Localized | None = None,
) -> None:
    """Take a project out of the pool, whatever its stage. The caller changes the state of the result.

    Tells everybody and those concerned, and writes an audit entry.
    """
    await _take_step(session, project, Stage.WITHDRAWN, actor=actor, now=now, note=note)


async def list_projects(
    session: AsyncSession, reader: Reader, asked: schemas.ProjectFilters
) -> Page[schemas.ProjectListed]:
    """Return the public projects that keep every filter. Raises InvalidRequest and InvalidCursor."""
    require_known(reader.names, field=asked.field, city=asked.city)
    where: list[ColumnElement[bool]] = []
    if asked.field:
        where.append(filters.in_field(asked.field))
    if asked.stage:
        where.append(queries.PROJECT.stage.in_(asked.stage))
    if asked.city:
        where.append(filters.in_region(region_codes(reader.names, asked.city)))
    if asked.trl:
        where.append(queries.PROJECT.trl.in_(asked.trl))
    if asked.q is not None:
        where.append(filters.says(asked.q))
    if asked.demo is not None:
        where.append(queries.PROJECT.demo.is_(asked.demo))
    page = await queries.page_of_projects(session, where, asked)
    versions = await queries.pooled_versions(session, page.rows)
    fields = await queries.fields_of(session, [project.id for project in page.rows])
    return page.to_page(lambda one: reading.listed(reader, one, versions[one.id], fields.get(one.id, ())))


async def get_project(
    session: AsyncSession,
    new_session: SessionFactory,
    principal: Principal,
    reader: Reader,
    key: str,
    *,
    now: datetime,
) -> schemas.ProjectRead:
    """Return a project as far as the principal may read it; what is confidential is recorded first.

    A withdrawn one is read by those who may read more of it than members. Raises ProjectNotFound and Gone.
    """
    project = await queries.get_project(session, key)
    project_id = key_of(project)
    may_read = await clearance(session, principal, project.result_id, today=business_day(now))
    if project.stage is Stage.WITHDRAWN and not may_read.covers(DisclosureTier.GRANTED):
        raise Gone
    result = await session.get_one(Result, project.result_id)
    version = (await queries.pooled_versions(session, [project]))[project_id]
    shown = disclosed(version.document, version.tiers, may_read)
    owner = (await queries.owners_of(session, project.result_id))[0]
    call = None if project.call_id is None else await session.get(Call, project.call_id)
    fields = await queries.fields_of(session, [project_id])
    brief = reading.listed(reader, project, version, fields.get(project_id, ()))
    answer = schemas.ProjectRead(
        **dict(brief),
        result_id=result.uid,
        call=reading.call_name(call),
        owner=reading.owner_name(owner) if may_read.covers(DisclosureTier.MEMBERS) else None,
        version_number=project.version_number,
        next_stages=list(next_stages(project.stage)),
        milestones=[reading.milestone(row) for row in await queries.milestones_of(session, project_id)],
        platforms=[reading.part(*row) for row in await queries.parts_of(session, project_id)],
        outcomes=[reading.outcome(row) for row in await queries.outcomes_of(session, project_id)],
        content=reading.content(shown),
        version=project.version,
    )
    if not may_read.owns:
        read = Reading(result.uid, version.number, shown.confidential)
        await record_readings(session, new_session, principal, [read], via="get_project", at=now)
    return answer


async def results_of_projects(
    session: AsyncSession, uids: Sequence[UUID]
) -> Mapping[UUID, queries.PooledResult]:
    """Return which version of which result each project shows, by the id of the project."""
    return await queries.results_of_projects(session, uids)


async def public_project(session: AsyncSession, key: str) -> PoolProject:
    """Return the project with this id or slug. Raises ProjectNotFound, and Gone for one that was withdrawn."""
    project = await queries.get_project(session, key)
    if project.stage is Stage.WITHDRAWN:
        raise Gone
    return project


async def change_stage(
    session: AsyncSession,
    principal: Principal,
    key: str,
    body: schemas.StageChangeCreate,
    precondition: Precondition,
    *,
    rights: tuple[Target, CityOf],
    now: datetime,
) -> tuple[schemas.StageChangeRead, int]:
    """Take a project to another stage; return the change, and the new version of the project.

    `rights` is what the project is to rights. Raises ProjectNotFound, PreconditionFailed, WrongState for a step that
    is not in the table, Forbidden for one that is for others, and InvalidRequest for a missing outcome.
    """
    project = await queries.get_project(session, key, lock=True)
    precondition.require(project.version)
    taken = _possible(project.stage, body.stage)
    if not holds_any(principal, taken.who, *rights):
        raise Forbidden(
            Localized(
                zh=f"进入“{STAGES[body.stage].zh}”须由他人决定：征集方或主管部门",
                en=f"It is for others to say that a project is {STAGES[body.stage].en}",
            )
        )
    _require_outcome(taken, body)
    actor = actor_of(principal)
    if body.outcome is not None:
        session.add(_outcome(project, body.stage, body.outcome, now))
    note = None if body.note is None else Localized(zh=body.note.zh, en=body.note.en)
    change = await _take_step(session, project, body.stage, actor=actor, now=now, note=note)
    if body.stage is Stage.WITHDRAWN:
        result = await session.get_one(Result, project.result_id, with_for_update=True)
        result.state, result.version = ResultState.WITHDRAWN, result.version + 1
    return reading.stage_change(change), project.version


def _possible(before: Stage, after: Stage) -> Step:
    taken = step(before, after)
    if taken is None:
        names = [STAGES[each] for each in next_stages(before)]
        raise WrongState(
            Localized(
                zh=f"“{STAGES[before].zh}”之后只能进入：{'、'.join(name.zh for name in names) or '无'}",
                en=f"After {STAGES[before].en} can only come: "
                f"{', '.join(name.in_lang('en') for name in names) or 'nothing'}",
            )
        )
    return taken


def _require_outcome(taken: Step, body: schemas.StageChangeCreate) -> None:
    if taken.needs_outcome and body.outcome is None:
        raise InvalidRequest.at(
            "/body/outcome",
            "missing",
            Localized(
                zh="进入该阶段须写明结果；未通过的，写明从中学到了什么",
                en="This stage needs an outcome; for a failure, what was learnt",
            ),
        )
    if body.outcome is not None and not taken.needs_outcome:
        raise InvalidRequest.at(
            "/body/outcome",
            "no_outcome_here",
            Localized(zh="进入该阶段不写结果", en="This stage takes no outcome"),
        )


def _outcome(project: PoolProject, stage: Stage, given: schemas.OutcomeGiven, now: datetime) -> Outcome:
    today = business_day(now)
    if given.on_date is not None and given.on_date > today:
        detail = Localized(zh="不能晚于今天", en="Must not be after today")
        raise InvalidRequest.at("/body/outcome/on_date", "in_the_future", detail)
    return Outcome(
        project_id=key_of(project),
        stage=stage,
        summary_zh=given.summary.zh,
        summary_en=given.summary.en,
        facts=given.facts,
        on_date=given.on_date or today,
        created_at=now,
    )


async def _take_step(
    session: AsyncSession,
    project: PoolProject,
    stage: Stage,
    *,
    actor: str,
    now: datetime,
    note: Localized | None,
) -> StageChange:
    before, stage_before = facts(project), project.stage
    owners = await queries.owners_of(session, project.result_id)
    project.version += 1
    change = _begin_stage(session, project, stage, before=stage_before, actor=actor, now=now, note=note)
    is_over = stage is Stage.WITHDRAWN
    kind = ChangeType.PROJECT_REMOVED if is_over else ChangeType.PROJECT_CHANGED
    tell_everybody(session, kind, project, actor=actor)
    await tell_concerned(session, project, stage_before, owners, actor=actor)
    record(session, actor, "project.stage_changed", project, owners[0], before=before, after=facts(project))
    return change


def _begin_stage(
    session: AsyncSession,
    project: PoolProject,
    stage: Stage,
    *,
    before: Stage | None,
    actor: str,
    now: datetime,
    note: Localized | None = None,
) -> StageChange:
    project.stage, project.stage_since = stage, now
    change = StageChange(
        project_id=key_of(project),
        before=before,
        after=stage,
        note_zh=None if note is None else note.zh,
        note_en=None if note is None else note.en,
        at=now,
        by=actor,
    )
    session.add(change)
    return change
