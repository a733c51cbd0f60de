"""Results and what hangs on them, as far as rights depend on them.

Who may write is decided by the policy table: the owner's people, the people of the call, its department. Who may read
which field is decided by `app.disclosure`.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.rules import TargetKind
from app.auth.who import Target, Who
from app.calls.queries import CALL
from app.calls.targets import oversight_where
from app.kit.i18n import Localized
from app.kit.ids import as_uuid, has_key
from app.models import ResultState, metadata
from app.results.errors import AccessRequestNotFound, ResultNotFound
from app.results.queries import RESULT
from app.results.rules import KNOWN_TO_OWNER

_ACCESS = metadata.tables["access_request"].c

OWNERS_PEOPLE = (Who.VIEWER,)
OWNERS_EDITORS = (Who.EDITOR,)
CALLERS = (Who.CALLER, Who.REVIEWER, Who.PUBLISHER)
"""The people of the centre that called, and the department: that called, or that oversees the centre."""

RESULT_READERS = (Who.VIEWER, *CALLERS)
"""To whom a result is known by what they are to it; grantees and experts know it too, but change nothing of it."""


async def _load(session: AsyncSession, path: Mapping[str, Any]) -> Target | None:
    return await _target_where(session, has_key(RESULT, path["result_id"]))


async def _target_where(session: AsyncSession, condition: ColumnElement[bool]) -> Target | None:
    statement = select(RESULT.organisation_id, RESULT.state, RESULT.call_id, RESULT.submitted)
    found = (await session.execute(statement.where(condition))).first()
    if found is None:
        return None
    called = None
    if found.call_id is not None and found.submitted is not None and found.state not in KNOWN_TO_OWNER:
        called = await oversight_where(session, CALL.id == found.call_id)
    if called is None:
        return Target(organisation_id=found.organisation_id, state=ResultState(found.state))
    return Target(
        organisation_id=found.organisation_id,
        caller_id=called.organisation_id,
        platform_kind=called.platform_kind,
        region_code=called.region_code,
        state=ResultState(found.state),
    )


async def _load_request(session: AsyncSession, path: Mapping[str, Any]) -> Target | None:
    statement = (
        select(_ACCESS.person_id, _ACCESS.state, RESULT.organisation_id)
        .join(RESULT.id.table, RESULT.id == _ACCESS.result_id)
        .where(_ACCESS.uid == as_uuid(path["request_id"]))
    )
    found = (await session.execute(statement)).first()
    if found is None:
        return None
    return Target(organisation_id=found.organisation_id, person_id=found.person_id)


RESULT_TARGET = TargetKind(Localized(zh="成果", en="result"), _load, ResultNotFound)
ACCESS_REQUEST = TargetKind(
    Localized(zh="查阅申请", en="request for access"), _load_request, AccessRequestNotFound
)
