"""Match runs of results."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.auth.principal import PrincipalDep
from app.db import ReadingSessionDep, SessionDep
from app.errors import InvalidCursor, InvalidRequest, problems
from app.idempotency import IdempotentRoute
from app.kit.i18n import LangDep
from app.kit.pagination import Page, PageParams
from app.registry.params import Key
from app.results.errors import ResultNotFound
from app.runs import replay, schemas, usecases
from app.runs.errors import MatchRunNotFound, NotReplayable

router = APIRouter(tags=["matching"], route_class=IdempotentRoute)
computing = APIRouter(tags=["matching"])
"""POSTs that only compute: no idempotency key, no limit on writes."""

RunId = Annotated[uuid.UUID, Path(description="id of a match run")]
_JSON = "application/json"


async def computed_match(
    request: Request, lang: LangDep, result_id: Key, body: schemas.MatchRunCreate
) -> usecases.Computed:
    """FastAPI dependency: match before the transaction of the request takes the write lock."""
    state = request.app.state
    return await usecases.compute(state, result_id, body, now=state.clock(), lang=lang)


ComputedDep = Annotated[usecases.Computed, Depends(computed_match)]


@router.post(
    "/results/{result_id}/matches",  # noqa: FAST003 (what computes takes it)
    status_code=201,
    summary="匹配并存档 Match a result and keep the answer",
    response_model=schemas.MatchRunRead,
    responses=problems(InvalidRequest, ResultNotFound),
    # Named here too: what a route depends on comes before the idempotency key, which opens the transaction.
    dependencies=[Depends(computed_match)],
)
async def create_match_run(
    request: Request, session: SessionDep, principal: PrincipalDep, computed: ComputedDep
) -> Response:
    """Match the newest version of a result by its needs and constraints, or by others, and keep the answer.

    The run holds everything that the answer followed from: years later it reads the same, and a replay says what
    has changed since.
    """
    uid, content = usecases.keep(session, principal, computed, now=request.app.state.clock())
    headers = {"Location": f"/v1/match-runs/{uid}"}
    return Response(content, status_code=201, headers=headers, media_type=_JSON)


@router.get(
    "/results/{result_id}/match-runs",
    summary="成果的匹配记录 List the match runs of a result",
    responses=problems(InvalidRequest, InvalidCursor, ResultNotFound),
)
async def list_match_runs(
    session: SessionDep, result_id: Key, asked: Annotated[PageParams, Query()]
) -> Page[schemas.MatchRunHead]:
    """The newest first, without their answers."""
    return await usecases.list_runs(session, result_id, asked)


@router.get(
    "/match-runs/{run_id}",
    summary="匹配记录详情 Get a match run",
    response_model=schemas.MatchRunRead,
    responses=problems(MatchRunNotFound),
)
async def get_match_run(
    request: Request, session: SessionDep, principal: PrincipalDep, run_id: RunId
) -> Response:
    """The answer as it was given, byte for byte, whatever became of the catalogue."""
    state = request.app.state
    content = await usecases.get_run(session, state.new_session, principal, run_id, now=state.clock())
    return Response(content, media_type=_JSON)


@computing.post(
    "/match-runs/{run_id}/replay",
    summary="重新匹配并比较 Replay a match run",
    responses=problems(InvalidRequest, MatchRunNotFound, NotReplayable),
)
async def replay_match_run(
    *,
    request: Request,
    session: ReadingSessionDep,
    principal: PrincipalDep,
    lang: LangDep,
    run_id: RunId,
    as_of: Annotated[
        schemas.AsOf, Query(description="the day that was asked about then, or today in Shanghai")
    ] = schemas.AsOf.TODAY,
) -> schemas.ReplayRead:
    """Ask the same again and say what is different, per need and platform, and why. Nothing is stored."""
    state = request.app.state
    return await replay.replay(session, state, principal, run_id, as_of, now=state.clock(), lang=lang)
