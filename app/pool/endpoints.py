"""Projects of the pool over HTTP. Who may call what stands in app/pool/policy.py and is enforced before."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.auth.enforce import load_target
from app.auth.principal import PrincipalDep
from app.db import SessionDep
from app.errors import Forbidden, Gone, InvalidCursor, InvalidRequest, WrongState, problems
from app.idempotency import IdempotentRoute
from app.kit.etag import EDIT_PROBLEMS, IfMatchDep, set_etag
from app.kit.pagination import Page
from app.membership.endpoints import ReaderDep, names_first
from app.membership.reading import key_of
from app.pool import errors, keeping, queries, reading, schemas, usecases
from app.pool.targets import PROJECT_TARGET
from app.vocabulary.schemas import Listing

router = APIRouter(tags=["pool"], route_class=IdempotentRoute, dependencies=[Depends(names_first)])

ProjectKey = Annotated[str, Path(min_length=1, max_length=200, description="id or slug of a project")]
MilestoneId = Annotated[uuid.UUID, Path(description="id of a milestone")]
PartId = Annotated[uuid.UUID, Path(description="id of the part that a platform takes")]
_GONE = (errors.ProjectNotFound, Gone)


@router.get(
    "/projects", summary="项目库列表 List projects", responses=problems(InvalidRequest, InvalidCursor)
)
async def list_projects(
    session: SessionDep, reader: ReaderDep, asked: Annotated[schemas.ProjectFilters, Query()]
) -> Page[schemas.ProjectListed]:
    """The public pool: title and teaser of every project, those pooled last first. No account needed."""
    return await usecases.list_projects(session, reader, asked)


@router.get("/projects/{project_id}", summary="项目详情 Get a project", responses=problems(*_GONE))
async def get_project(
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    reader: ReaderDep,
    project_id: ProjectKey,
    response: Response,
) -> schemas.ProjectRead:
    """What everybody may read of a project, and in `content` what the reader may read besides.

    Whoever does not own the result and is given a confidential field is written into the access log, which the owner
    reads. A project that was withdrawn is answered 410, but to its owner, the department and the people of the call.
    """
    state = request.app.state
    project = await usecases.get_project(
        session, state.new_session, principal, reader, project_id, now=state.clock()
    )
    set_etag(response, project.version)
    return project


@router.post(
    "/projects/{project_id}/stage",
    status_code=201,
    summary="变更项目阶段 Take a project to another stage",
    responses=problems(*EDIT_PROBLEMS, errors.ProjectNotFound, Forbidden, WrongState),
)
async def create_stage_change(
    *,
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    project_id: ProjectKey,
    body: schemas.StageChangeCreate,
    precondition: IfMatchDep,
    response: Response,
) -> schemas.StageChangeRead:
    """Take one of the steps of docs/project-stages.md, with the `ETag` of the project as `If-Match`.

    Whether a verification succeeded is for the people of the call and the department to say. A withdrawn project is no
    longer public, and its result goes back to its owner. The owner and the platforms involved are told.
    """
    target, city_of = await load_target(session, PROJECT_TARGET, {"project_id": project_id})
    if target is None:
        raise errors.ProjectNotFound
    change, version = await usecases.change_stage(
        session,
        principal,
        project_id,
        body,
        precondition,
        rights=(target, city_of),
        now=request.app.state.clock(),
    )
    set_etag(response, version)
    return change


@router.get(
    "/projects/{project_id}/history", summary="项目阶段历史 List changes of stage", responses=problems(*_GONE)
)
async def list_stage_changes(session: SessionDep, project_id: ProjectKey) -> Listing[schemas.StageChangeRead]:
    """Every change of stage since the result was pooled, oldest first."""
    project = await usecases.public_project(session, project_id)
    rows = await queries.history_of(session, key_of(project))
    return Listing(items=[reading.stage_change(row) for row in rows])


@router.get(
    "/projects/{project_id}/outcomes", summary="项目成效列表 List outcomes", responses=problems(*_GONE)
)
async def list_outcomes(session: SessionDep, project_id: ProjectKey) -> Listing[schemas.OutcomeRead]:
    """What came of the project, newest first: a failure with what was learnt is an outcome too."""
    project = await usecases.public_project(session, project_id)
    rows = await queries.outcomes_of(session, key_of(project))
    return Listing(items=[reading.outcome(row) for row in rows])


@router.get(
    "/projects/{project_id}/milestones", summary="里程碑列表 List milestones", responses=problems(*_GONE)
)
async def list_milestones(session: SessionDep, project_id: ProjectKey) -> Listing[schemas.MilestoneRead]:
    """The milestones by the day they are due."""
    project = await usecases.public_project(session, project_id)
    rows = await queries.milestones_of(session, key_of(project))
    return Listing(items=[reading.milestone(row) for row in rows])


@router.post(
    "/projects/{project_id}/milestones",
    status_code=201,
    summary="新增里程碑 Add a milestone",
    responses=problems(InvalidRequest, errors.ProjectNotFound, WrongState),
)
async def create_milestone(
    session: SessionDep,
    principal: PrincipalDep,
    project_id: ProjectKey,
    body: schemas.MilestoneCreate,
    response: Response,
) -> schemas.MilestoneRead:
    """Add a milestone, which everybody sees."""
    milestone, version = await keeping.create_milestone(session, principal, project_id, body)
    set_etag(response, version)
    response.headers["Location"] = f"/v1/projects/{project_id}/milestones/{milestone.id}"
    return milestone


@router.get(
    "/projects/{project_id}/milestones/{milestone_id}",
    summary="里程碑详情 Get a milestone",
    responses=problems(*_GONE, errors.MilestoneNotFound),
)
async def get_milestone(
    session: SessionDep, project_id: ProjectKey, milestone_id: MilestoneId, response: Response
) -> schemas.MilestoneRead:
    """One milestone, with its version as `ETag`."""
    project = await usecases.public_project(session, project_id)
    row = await queries.get_milestone(session, key_of(project), milestone_id)
    set_etag(response, row.version)
    return reading.milestone(row)


@router.patch(
    "/projects/{project_id}/milestones/{milestone_id}",
    summary="修改里程碑 Edit a milestone",
    responses=problems(*EDIT_PROBLEMS, errors.ProjectNotFound, errors.MilestoneNotFound, WrongState),
)
async def update_milestone(
    *,
    session: SessionDep,
    principal: PrincipalDep,
    project_id: ProjectKey,
    milestone_id: MilestoneId,
    body: schemas.MilestoneUpdate,
    precondition: IfMatchDep,
    response: Response,
) -> schemas.MilestoneRead:
    """Change what the body names; null clears a date."""
    milestone, version = await keeping.update_milestone(
        session, principal, project_id, milestone_id, body=body, precondition=precondition
    )
    set_etag(response, version)
    return milestone


@router.delete(
    "/projects/{project_id}/milestones/{milestone_id}",
    status_code=204,
    summary="删除里程碑 Remove a milestone",
    responses=problems(*EDIT_PROBLEMS, errors.ProjectNotFound, errors.MilestoneNotFound, WrongState),
)
async def delete_milestone(
    session: SessionDep,
    principal: PrincipalDep,
    project_id: ProjectKey,
    milestone_id: MilestoneId,
    precondition: IfMatchDep,
) -> None:
    """Take a milestone away."""
    await keeping.delete_milestone(session, principal, project_id, milestone_id, precondition)


@router.get(
    "/projects/{project_id}/platforms",
    summary="参与平台列表 List the platforms involved",
    responses=problems(*_GONE),
)
async def list_project_platforms(
    session: SessionDep, project_id: ProjectKey
) -> Listing[schemas.ProjectPlatformRead]:
    """Published platforms that take part, and as what."""
    project = await usecases.public_project(session, project_id)
    rows = await queries.parts_of(session, key_of(project))
    return Listing(items=[reading.part(*row) for row in rows])


@router.post(
    "/projects/{project_id}/platforms",
    status_code=201,
    summary="登记参与平台 Say that a platform takes part",
    responses=problems(InvalidRequest, errors.ProjectNotFound, WrongState, errors.PartExists),
)
async def create_project_platform(
    session: SessionDep, principal: PrincipalDep, project_id: ProjectKey, body: schemas.ProjectPlatformCreate
) -> schemas.ProjectPlatformRead:
    """Name a published platform and its part; its operator is told of every stage from now on."""
    return await keeping.add_platform(session, principal, project_id, body)


@router.delete(
    "/projects/{project_id}/platforms/{part_id}",
    status_code=204,
    summary="移除参与平台 Take a platform's part away",
    responses=problems(errors.ProjectNotFound, errors.PartNotFound, WrongState),
)
async def delete_project_platform(
    session: SessionDep, principal: PrincipalDep, project_id: ProjectKey, part_id: PartId
) -> None:
    """Say that a platform no longer takes this part."""
    await keeping.remove_platform(session, principal, project_id, part_id)
