"""The inbox over HTTP. Who may call what stands in app/notices/policy.py and is enforced before."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import AwareDatetime

from app.auth.principal import PrincipalDep
from app.db import SessionDep
from app.errors import InvalidCursor, InvalidRequest, problems
from app.idempotency import IdempotentRoute
from app.notices import schemas, usecases
from app.notices.errors import NotificationNotFound

router = APIRouter(tags=["notifications"], route_class=IdempotentRoute)

NotificationId = Annotated[uuid.UUID, Path(description="id of a notification")]


@router.get(
    "/notifications",
    summary="通知列表 List my notifications",
    responses=problems(InvalidRequest, InvalidCursor),
)
async def list_notifications(
    session: SessionDep, principal: PrincipalDep, asked: Annotated[schemas.NotificationFilters, Query()]
) -> schemas.NotificationPage:
    """What one was told, the newest first, and how many are unread."""
    return await usecases.list_notifications(session, principal, asked)


@router.post(
    "/notifications/read-all",
    summary="全部标为已读 Mark my notifications as read",
    responses=problems(InvalidRequest),
)
async def read_all_notifications(
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    before: Annotated[
        AwareDatetime | None,
        Query(description="only those made until this time: what came while one was reading stays unread"),
    ] = None,
) -> schemas.MarkedRead:
    """All that are unread, or those made until a time."""
    return await usecases.mark_all_read(session, principal, before, request.app.state.clock())


@router.get(
    "/notifications/{notification_id}",
    summary="通知详情 Get a notification",
    responses=problems(NotificationNotFound),
)
async def get_notification(
    session: SessionDep, principal: PrincipalDep, notification_id: NotificationId
) -> schemas.NotificationRead:
    """One of one's own. Reading it here does not mark it as read."""
    return await usecases.get_notification(session, principal, notification_id)


@router.post(
    "/notifications/{notification_id}/read",
    summary="标为已读 Mark a notification as read",
    responses=problems(NotificationNotFound),
)
async def read_notification(
    request: Request, session: SessionDep, principal: PrincipalDep, notification_id: NotificationId
) -> schemas.NotificationRead:
    """Doing it again changes nothing."""
    return await usecases.mark_read(session, principal, notification_id, request.app.state.clock())
