"""What an admin grants, and what everybody may see of it: the own roles."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from app.auth.principal import PrincipalDep
from app.db import SessionDep
from app.errors import InvalidCursor, InvalidRequest, problems
from app.idempotency import IdempotentRoute
from app.kit.pagination import Page, PageParams
from app.membership import appointments, errors, my_roles, schemas
from app.membership.endpoints import PersonId, ReaderDep, names_first

router = APIRouter(tags=["membership"], route_class=IdempotentRoute, dependencies=[Depends(names_first)])

DutyId = Annotated[uuid.UUID, Path(description="id of a duty in a department")]


@router.get("/me/roles", summary="我的角色 What one is and may do")
async def get_my_roles(
    request: Request, session: SessionDep, principal: PrincipalDep, reader: ReaderDep
) -> schemas.MyRoles:
    """Organisations, departments, and the operations one may call on at least some objects."""
    return await my_roles.get_my_roles(session, principal, reader, request.app.state.policy)


@router.post(
    "/department-members",
    status_code=201,
    summary="授予主管部门职责 Grant a duty in a department",
    responses=problems(InvalidRequest, errors.DutyExists),
)
async def create_department_member(
    session: SessionDep,
    principal: PrincipalDep,
    reader: ReaderDep,
    body: schemas.DepartmentMemberCreate,
) -> schemas.DepartmentMemberRead:
    """Make a person reviewer or publisher of the science or economy department of a province or city."""
    return await appointments.create_department_member(session, principal, reader, body)


@router.get(
    "/department-members",
    summary="主管部门成员 List the members of departments",
    responses=problems(InvalidRequest, InvalidCursor),
)
async def list_department_members(
    session: SessionDep, reader: ReaderDep, asked: Annotated[schemas.DepartmentMemberFilters, Query()]
) -> Page[schemas.DepartmentMemberRead]:
    """Every duty that was granted; who has two is listed twice."""
    return await appointments.list_department_members(session, reader, asked)


@router.delete(
    "/department-members/{duty_id}",
    status_code=204,
    summary="收回主管部门职责 Take a duty back",
    responses=problems(errors.DepartmentMemberNotFound),
)
async def delete_department_member(session: SessionDep, principal: PrincipalDep, duty_id: DutyId) -> None:
    """It ends with the next request of the person."""
    await appointments.delete_department_member(session, principal, duty_id)


@router.post("/experts", summary="认定专家 Make a person an expert", responses=problems(InvalidRequest))
async def create_expert(
    session: SessionDep, principal: PrincipalDep, body: schemas.ExpertCreate
) -> schemas.ExpertRead:
    """Who is an expert already stays one."""
    return await appointments.create_expert(session, principal, body)


@router.get(
    "/experts", summary="专家列表 List the experts", responses=problems(InvalidRequest, InvalidCursor)
)
async def list_experts(
    session: SessionDep, asked: Annotated[PageParams, Query()]
) -> Page[schemas.ExpertRead]:
    """Everybody who may evaluate results."""
    return await appointments.list_experts(session, asked)


@router.delete(
    "/experts/{person_id}",
    status_code=204,
    summary="取消专家 Let a person be an expert no longer",
    responses=problems(errors.ExpertNotFound),
)
async def delete_expert(session: SessionDep, principal: PrincipalDep, person_id: PersonId) -> None:
    """It ends with the next request of the person."""
    await appointments.delete_expert(session, principal, person_id)
