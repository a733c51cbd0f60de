"""Demand over HTTP. Who may call what stands in app/demand/policy.py and is enforced before."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from app.auth.principal import PrincipalDep
from app.db import SessionDep
from app.demand import schemas, usecases
from app.demand.errors import DepartmentsOnly
from app.demand.usecases import Asker, Demand
from app.errors import InvalidCursor, InvalidRequest, problems
from app.membership.endpoints import ReaderDep, names_first
from app.registry.errors import PlatformNotFound

router = APIRouter(tags=["demand"], dependencies=[Depends(names_first)])

PlatformKey = Annotated[str, Path(min_length=1, max_length=200, description="id or slug of a platform")]


async def demand_of_app(request: Request) -> Demand:
    """FastAPI dependency: what the process remembers of needs, made at the first request."""
    state = request.app.state
    if getattr(state, "demand", None) is None or state.demand.snapshots is not state.snapshots:
        state.demand = Demand(state.snapshots)
    demand: Demand = state.demand
    return demand


async def asker_of_request(request: Request, principal: PrincipalDep, reader: ReaderDep) -> Asker:
    """FastAPI dependency."""
    state = request.app.state
    return Asker(principal=principal, reader=reader, new_session=state.new_session, now=state.clock())


DemandDep = Annotated[Demand, Depends(demand_of_app)]
AskerDep = Annotated[Asker, Depends(asker_of_request)]


@router.get(
    "/platforms/{platform_id}/demand",
    summary="平台面对的需求 Demand for what a platform can do",
    responses=problems(PlatformNotFound, InvalidRequest, InvalidCursor),
)
async def get_platform_demand(
    session: SessionDep,
    demand: DemandDep,
    asker: AskerDep,
    platform_id: PlatformKey,
    asked: Annotated[schemas.DemandFilters, Query()],
) -> schemas.DemandPage:
    """Pooled projects and results submitted to open calls whose needs the platform meets, or nearly meets.

    A match read the other way round: `met` here is `met` in a match of that result, by the same rules. Those of which
    it meets every must-need come first, then those it is nearest to; `missing` says what is to be done. Only results
    whose needs one may read are there, and reading them is noted for their owners.
    """
    return await usecases.platform_demand(session, demand, asker, platform_id, asked)


@router.get(
    "/demand/unmet",
    summary="无人满足的需求 Needs that nobody meets",
    responses=problems(DepartmentsOnly, InvalidRequest, InvalidCursor),
)
async def list_unmet_demand(
    session: SessionDep, demand: DemandDep, asker: AskerDep, asked: Annotated[schemas.UnmetFilters, Query()]
) -> schemas.UnmetPage:
    """For departments, of results in their region: needs that no platform of the whole catalogue meets on the date.

    They are grouped by field, capability, accreditation asked and city of the owner, with how many results wait and
    how near the nearest platform comes. No group says which result it is about, or shows its words.
    """
    return await usecases.unmet_demand(session, demand, asker, asked)
