"""What every change of a result does: hold it to the table, count its version, write the audit trail."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.auth.principal import Principal
from app.errors import WrongState
from app.kit.etag import Precondition
from app.models import Organisation, Result, ResultVersion
from app.results import queries
from app.results.rules import Action, Standing, after, is_possible

ENTITY = "result"


def standing_of(result: Result) -> Standing:
    """Return where a result stands."""
    return Standing(result.state, result.newest, result.submitted)


async def lock_for(
    session: AsyncSession, key: str, action: Action, precondition: Precondition | None = None
) -> Result:
    """Return the result, kept from others until the commit, if the action is possible.

    Raises ResultNotFound, PreconditionFailed and WrongState.
    """
    result = await queries.get_result(session, key, lock=True)
    if precondition is not None:
        precondition.require(result.version)
    require_possible(result, action)
    return result


def require_possible(result: Result, action: Action) -> None:
    """Raise WrongState unless the action can be done now."""
    if not is_possible(standing_of(result), action):
        raise WrongState


def apply(result: Result, action: Action) -> None:
    """Let the result stand where a possible action leads to, and count its version up."""
    led_to = after(standing_of(result), action)
    if led_to is None:
        raise ValueError(f"{action} leaves no result")
    result.state, result.newest, result.submitted = led_to.state, led_to.newest, led_to.submitted
    result.version += 1


async def begin_version(session: AsyncSession, result: Result, before: int, now: datetime) -> None:
    """Store the newest version as a copy of the one with the number `before`, unless they are the same."""
    if result.newest == before:
        return
    copied = await queries.get_version(session, result, before)
    session.add(
        ResultVersion(
            result_id=copied.result_id,
            number=result.newest,
            document=copied.document,
            tiers=copied.tiers,
            created_at=now,
        )
    )
    # What is read next is read with it.
    await session.flush()


def facts(result: Result, **more: Any) -> dict[str, Any]:
    """Return what the audit trail says of a result: where it stands, and nothing that it says."""
    return {"state": result.state, "newest": result.newest, "submitted": result.submitted, **more}


async def record(
    session: AsyncSession,
    principal: Principal,
    action: str,
    result: Result,
    *,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> None:
    """Write the audit entry; never give what a result says, only names of fields and tiers."""
    owner = await session.get_one(Organisation, result.organisation_id)
    audit.record(
        session,
        audit.actor_of(principal),
        action,
        ENTITY,
        result.uid,
        before=before,
        after=after,
        belongs_to=audit.Owner(organisation_uid=owner.uid),
    )
