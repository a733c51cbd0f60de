"""The one place where rights are enforced: a dependency of every router, deciding by the policy table.

The application keeps the table in `app.state.policy`; an operation without a row answers nobody.
"""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.errors import ConflictOfInterest, InsufficientScope, SessionRequired
from app.auth.principal import Principal, principal_of
from app.auth.rules import Decision, Row, TargetKind, before_object, may
from app.auth.scopes import KeyUse
from app.auth.who import CityOf, Target
from app.errors import AppError, Forbidden, Unauthenticated, WrongState
from app.models.base import metadata

_REGION = metadata.tables["region"].c


async def enforce_policy(request: Request, principal: Annotated[Principal, Depends(principal_of)]) -> None:
    """FastAPI dependency: refuse what the row of the operation in the policy table does not allow.

    Runs before the body and the parameters are judged, so that who may not learns nothing from them.
    Raises Unauthenticated, Forbidden, the not-found error of the object, or WrongState.
    """
    row: Row = request.app.state.policy[request.scope["route"].name]
    decision = before_object(principal, row)
    if decision is None:
        decision = await _decide(request, principal, row)
    if decision is not Decision.ALLOWED:
        raise _refusal(decision, row)


async def _decide(request: Request, principal: Principal, row: Row) -> Decision:
    if row.target is None:
        return may(principal, row, None, _nowhere)
    # A transaction of its own: the one of the use case shall begin with what it locks.
    async with request.app.state.new_session() as session:
        target, city_of = await load_target(session, row.target, request.path_params)
    return may(principal, row, target, city_of)


async def load_target(
    session: AsyncSession, kind: TargetKind, path: Mapping[str, str]
) -> tuple[Target | None, CityOf]:
    """Return the object that the parameters of a path name, and the city of its own region."""
    target = await kind.load(session, path)
    city = await _city_of_target(session, target)
    return target, lambda _code: city


async def _city_of_target(session: AsyncSession, target: Target | None) -> str | None:
    if target is None or target.region_code is None:
        return None
    statement = select(_REGION.level, _REGION.parent_code).where(_REGION.code == target.region_code)
    found = (await session.execute(statement)).first()
    if found is None:
        return None
    return {"city": target.region_code, "county": found.parent_code}.get(found.level)


def _nowhere(_code: str | None) -> None:
    return None


def _refusal(decision: Decision, row: Row) -> AppError:
    match decision:
        case Decision.NOT_SIGNED_IN:
            return Unauthenticated()
        case Decision.SCOPE_MISSING:
            return SessionRequired() if row.key is KeyUse.NEVER else InsufficientScope()
        case Decision.HIDDEN if row.target is not None:
            return row.target.not_found()
        case Decision.CONFLICT:
            return ConflictOfInterest()
        case Decision.WRONG_STATE:
            return WrongState()
        case _:
            return Forbidden()
