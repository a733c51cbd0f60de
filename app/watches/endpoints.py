"""Saved searches and matches over HTTP. Who may call what stands in app/watches/policy.py and is enforced before."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import HTMLResponse

from app.auth.principal import PrincipalDep
from app.db import SessionDep
from app.errors import InvalidCursor, InvalidRequest, SearchUnavailable, problems
from app.idempotency import IdempotentRoute
from app.kit.etag import EDIT_PROBLEMS, IfMatchDep, set_etag
from app.kit.pagination import Page, PageParams
from app.membership.endpoints import names_first
from app.results.errors import ResultNotFound
from app.vocabulary.names import NamesDep
from app.watches import schemas, usecases
from app.watches.errors import TooManyWatches, WatchNotFound
from app.watches.wording import STOP_PAGE, STOPPED

router = APIRouter(tags=["watches"], route_class=IdempotentRoute, dependencies=[Depends(names_first)])

WatchId = Annotated[uuid.UUID, Path(description="id of a saved search or match")]
Paging = Annotated[PageParams, Query()]
Token = Annotated[
    str,
    Query(min_length=43, max_length=43, pattern="^[A-Za-z0-9_-]+$", description="from the link in a mail"),
]
_PAGE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/html": {"schema": {"type": "string"}}}, "description": "a page to read"}
}


@router.post(
    "/watches",
    status_code=201,
    summary="保存检索或匹配 Save a search or a match",
    responses=problems(InvalidRequest, ResultNotFound, TooManyWatches, SearchUnavailable),
)
async def create_watch(
    *,
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    names: NamesDep,
    body: schemas.WatchCreate,
    response: Response,
) -> schemas.WatchRead:
    """From now on one is told when it turns: by notification, mail and webhook, once for each cause.

    Of a match: a must-need that nobody met is met by somebody, or the other way round, and a standard that a need
    names is replaced; a match of a result follows each new version of it. Of a search, of projects of the pool
    too: what it did not find before.
    """
    state = request.app.state
    saving = usecases.Saving(
        engine=state.search,
        snapshots=state.snapshots,
        names=names,
        token_key=state.token_key.get(),
        now=state.clock(),
    )
    watch, version = await usecases.create_watch(session, principal, saving, body)
    response.headers["Location"] = f"/v1/watches/{watch.id}"
    set_etag(response, version)
    return watch


@router.get(
    "/watches",
    summary="保存的检索与匹配 List saved searches and matches",
    responses=problems(InvalidRequest, InvalidCursor),
)
async def list_watches(
    session: SessionDep, principal: PrincipalDep, asked: Paging
) -> Page[schemas.WatchRead]:
    """One's own, the newest first."""
    return await usecases.list_watches(session, principal, asked)


@router.get(
    "/watches/stop",
    summary="停止提醒页面 Show the page that stops alerts",
    response_class=HTMLResponse,
    responses={**problems(InvalidRequest), **_PAGE},
)
async def show_stop_page(token: Token) -> HTMLResponse:
    """Where the link in a mail leads: a page with one button, as reading a page must not change anything."""
    return HTMLResponse(STOP_PAGE.format(token=token))


@router.post(
    "/watches/stop",
    summary="停止提醒 Stop alerts by the link of a mail",
    responses=problems(InvalidRequest, WatchNotFound),
)
async def stop_watch(request: Request, session: SessionDep, token: Token) -> schemas.WatchStopped:
    """End the saved search or match that the link is for, without an account. Again changes nothing."""
    await usecases.stop_watch(session, token, request.app.state.clock())
    return schemas.WatchStopped(detail=STOPPED)


@router.get(
    "/watches/{watch_id}",
    summary="保存项详情 Get a saved search or match",
    responses=problems(WatchNotFound),
)
async def get_watch(session: SessionDep, watch_id: WatchId, response: Response) -> schemas.WatchRead:
    """How it stood when last looked at, with its version as `ETag`."""
    watch, version = await usecases.get_watch(session, watch_id)
    set_etag(response, version)
    return watch


@router.patch(
    "/watches/{watch_id}",
    summary="修改保存项 Edit a saved search or match",
    responses=problems(*EDIT_PROBLEMS, InvalidRequest, WatchNotFound),
)
async def update_watch(
    *,
    session: SessionDep,
    principal: PrincipalDep,
    watch_id: WatchId,
    body: schemas.WatchUpdate,
    precondition: IfMatchDep,
    response: Response,
) -> schemas.WatchRead:
    """Change its name, or when its alerts are told."""
    watch, version = await usecases.update_watch(session, principal, watch_id, body, precondition)
    set_etag(response, version)
    return watch


@router.delete(
    "/watches/{watch_id}",
    status_code=204,
    summary="删除保存项 Delete a saved search or match",
    responses=problems(*EDIT_PROBLEMS, WatchNotFound),
)
async def delete_watch(
    session: SessionDep, principal: PrincipalDep, watch_id: WatchId, precondition: IfMatchDep
) -> None:
    """Forget it with its alerts."""
    await usecases.delete_watch(session, principal, watch_id, precondition)


@router.get(
    "/watches/{watch_id}/alerts",
    summary="提醒列表 List the alerts of a saved search or match",
    responses=problems(WatchNotFound, InvalidRequest, InvalidCursor),
)
async def list_alerts(session: SessionDep, watch_id: WatchId, asked: Paging) -> Page[schemas.AlertRead]:
    """What turned since it was saved, the newest first."""
    return await usecases.list_alerts(session, watch_id, asked)
