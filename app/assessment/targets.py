"""The objects of assessment, as far as rights depend on them."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment.errors import AssignmentNotFound
from app.assessment.queries import ASSIGNMENT, CALL, PERSON, PROFILE, RESULT, is_with_call
from app.auth.rules import TargetKind
from app.auth.who import KIND_OF_DEPARTMENT, Target, Who
from app.kit.i18n import Localized
from app.kit.ids import as_uuid, has_key
from app.membership.errors import ExpertNotFound
from app.membership.queries import ORGANISATION
from app.models import PlatformKind, ResultState, metadata
from app.models.membership import Department
from app.results.errors import ResultNotFound

_PLATFORM = metadata.tables["platform"].c

PEOPLE = (Who.CALLER, Who.REVIEWER, Who.PUBLISHER)
"""With ASSESSED: the people of the call; with OVERSEEN: they, and the department."""

JUDGED = (Who.SELF, *PEOPLE)
"""To whom an assignment is known: the expert, the people of the call, the department."""


_CALLED = (
    RESULT.organisation_id,
    RESULT.state,
    CALL.department,
    CALL.region_code,
    _PLATFORM.operator_id,
    _PLATFORM.kind,
    _PLATFORM.region_code.label("centre_region"),
)
"""What the target of a submitted result is made of."""


def _target(found: Any, *, overseen: bool, person_id: int | None = None) -> Target:
    """`overseen`: the department of a centre's call is among those who may."""
    kind = region = None
    if found.department is not None:
        kind, region = KIND_OF_DEPARTMENT[Department(found.department)], found.region_code
    elif overseen:
        kind, region = PlatformKind(found.kind), found.centre_region
    return Target(
        organisation_id=found.organisation_id,
        person_id=person_id,
        platform_kind=kind,
        region_code=region,
        state=ResultState(found.state),
        caller_id=found.operator_id,
    )


async def _result(session: AsyncSession, path: Mapping[str, Any], *, overseen: bool) -> Target | None:
    statement = (
        select(*_CALLED)
        .select_from(RESULT.id.table)
        .join(CALL.id.table, CALL.id == RESULT.call_id)
        .outerjoin(_PLATFORM.id.table, _PLATFORM.id == CALL.platform_id)
        .where(has_key(RESULT, path["result_id"]), RESULT.submitted.is_not(None), is_with_call())
    )
    found = (await session.execute(statement)).first()
    return None if found is None else _target(found, overseen=overseen)


async def _assignment(session: AsyncSession, path: Mapping[str, Any], *, overseen: bool) -> Target | None:
    statement = (
        select(*_CALLED, ASSIGNMENT.person_id)
        .select_from(RESULT.id.table)
        .join(ASSIGNMENT.id.table, ASSIGNMENT.result_id == RESULT.id)
        .join(CALL.id.table, CALL.id == ASSIGNMENT.call_id)
        .outerjoin(_PLATFORM.id.table, _PLATFORM.id == CALL.platform_id)
        .where(ASSIGNMENT.uid == as_uuid(path["assignment_id"]), is_with_call())
    )
    found = (await session.execute(statement)).first()
    return None if found is None else _target(found, overseen=overseen, person_id=found.person_id)


async def _load_expert(session: AsyncSession, path: Mapping[str, Any]) -> Target | None:
    statement = (
        select(PERSON.id, ORGANISATION.region_code)
        .select_from(PERSON.id.table)
        .outerjoin(PROFILE.person_id.table, PROFILE.person_id == PERSON.id)
        .outerjoin(ORGANISATION.id.table, ORGANISATION.id == PROFILE.organisation_id)
        .where(PERSON.uid == as_uuid(path["person_id"]), PERSON.is_expert)
    )
    found = (await session.execute(statement)).first()
    return None if found is None else Target(person_id=found.id, region_code=found.region_code)


def _kind(zh: str, en: str, load: Any, not_found: Any) -> TargetKind:
    return TargetKind(Localized(zh=zh, en=en), load, not_found)


EXPERT = _kind("专家", "expert", _load_expert, ExpertNotFound)
ASSESSED = _kind("申报成果", "submitted result", partial(_result, overseen=False), ResultNotFound)
OVERSEEN = _kind(
    "申报成果（主管部门）",
    "submitted result, for its department",
    partial(_result, overseen=True),
    ResultNotFound,
)
ASSIGNMENT_KIND = _kind("评议任务", "assignment", partial(_assignment, overseen=False), AssignmentNotFound)
OVERSEEN_ASSIGNMENT = _kind(
    "评议任务（主管部门）",
    "assignment, for its department",
    partial(_assignment, overseen=True),
    AssignmentNotFound,
)
