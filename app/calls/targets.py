"""Calls, as far as rights depend on them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.rules import TargetKind
from app.auth.who import KIND_OF_DEPARTMENT, Target, Who
from app.calls.errors import CallNotFound
from app.calls.queries import CALL, PLATFORM
from app.kit.i18n import Localized
from app.kit.ids import has_key
from app.models import PlatformKind
from app.models.membership import Department

CALL_PEOPLE = (Who.EDITOR, Who.REVIEWER, Who.PUBLISHER)
"""The people of a call: editors of the centre that called, or reviewers and publishers of the department."""

OVERSEERS = (Who.REVIEWER, Who.PUBLISHER)
"""The department of a call: with `CALL_OVERSIGHT` also that of the centres of its region."""


def target_of_department(department: Department, region_code: str) -> Target:
    """Return the target of a call of a department."""
    return Target(platform_kind=KIND_OF_DEPARTMENT[department], region_code=region_code)


async def _load(session: AsyncSession, path: Mapping[str, Any]) -> Target | None:
    return await target_where(session, has_key(CALL, path["call_id"]))


async def target_where(session: AsyncSession, condition: Any) -> Target | None:
    """Return the target of the call that keeps the condition: the operator's, or the department's."""
    found = await _find(session, condition)
    if found is None:
        return None
    if found.department is not None:
        return target_of_department(Department(found.department), found.region_code)
    return Target(organisation_id=found.operator_id)


async def _load_for_oversight(session: AsyncSession, path: Mapping[str, Any]) -> Target | None:
    return await oversight_where(session, has_key(CALL, path["call_id"]))


async def oversight_where(session: AsyncSession, condition: Any) -> Target | None:
    """Return the target of the department that oversees the call: its own, or that of the centre's region."""
    found = await _find(session, condition)
    if found is None:
        return None
    if found.department is not None:
        return target_of_department(Department(found.department), found.region_code)
    return Target(found.operator_id, platform_kind=PlatformKind(found.kind), region_code=found.centre_region)


async def _find(session: AsyncSession, condition: Any) -> Any:
    statement = (
        select(
            CALL.department,
            CALL.region_code,
            PLATFORM.operator_id,
            PLATFORM.kind,
            PLATFORM.region_code.label("centre_region"),
        )
        .outerjoin_from(CALL.id.table, PLATFORM.id.table, PLATFORM.id == CALL.platform_id)
        .where(condition)
    )
    return (await session.execute(statement)).first()


CALL_TARGET = TargetKind(Localized(zh="征集", en="call"), _load, CallNotFound)
CALL_OVERSIGHT = TargetKind(
    Localized(zh="征集（主管部门）", en="call, for its department"), _load_for_oversight, CallNotFound
)
