"""Results with their match runs, and data tasks, as far as rights depend on them.

A match run is its owner's; the department of the call that the result was submitted to reads it too.
"""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.rules import TargetKind
from app.auth.who import Target, TargetColumns, Who
from app.calls.queries import CALL
from app.calls.targets import oversight_where
from app.kit.i18n import Localized
from app.models import PlatformKind, metadata
from app.models.matches import DataTaskState
from app.results.errors import ResultNotFound
from app.runs.errors import DataTaskNotFound, MatchRunNotFound

RESULT = metadata.tables["result"].c
RUN = metadata.tables["match_run"].c
TASK = metadata.tables["data_task"].c
PLATFORM = metadata.tables["platform"].c

RUN_READERS = (Who.VIEWER, Who.REVIEWER, Who.PUBLISHER)
TASK_READERS = (Who.VIEWER, Who.REVIEWER, Who.PUBLISHER)
"""The people of the platform, and the department that is competent for it."""

TASK_COLUMNS = TargetColumns(
    organisation_id=PLATFORM.operator_id, platform_kind=PLATFORM.kind, region_code=PLATFORM.region_code
)


def as_uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def has_key(key: str) -> ColumnElement[bool]:
    """The result has this id or slug."""
    uid = as_uuid(key)
    return RESULT.slug == key if uid is None else RESULT.uid == uid


async def _load_result(session: AsyncSession, path: Mapping[str, Any]) -> Target | None:
    return await _target_of_result(session, has_key(path["result_id"]))


async def _load_run(session: AsyncSession, path: Mapping[str, Any]) -> Target | None:
    uid = as_uuid(path["run_id"])
    if uid is None:
        return None
    of_run = select(RUN.result_id).where(RUN.uid == uid).scalar_subquery()
    return await _target_of_result(session, RESULT.id == of_run)


async def _target_of_result(session: AsyncSession, condition: ColumnElement[bool]) -> Target | None:
    statement = select(RESULT.organisation_id, RESULT.call_id, RESULT.submitted).where(condition)
    found = (await session.execute(statement)).first()
    if found is None:
        return None
    overseen = None
    if found.call_id is not None and found.submitted is not None:
        overseen = await oversight_where(session, CALL.id == found.call_id)
    return replace(overseen or Target(), organisation_id=found.organisation_id)


async def _load_task(session: AsyncSession, path: Mapping[str, Any]) -> Target | None:
    uid = as_uuid(path["task_id"])
    if uid is None:
        return None
    statement = (
        select(PLATFORM.operator_id, PLATFORM.kind, PLATFORM.region_code, TASK.state)
        .join(PLATFORM.id.table, PLATFORM.id == TASK.platform_id)
        .where(TASK.uid == uid)
    )
    found = (await session.execute(statement)).first()
    if found is None:
        return None
    return Target(
        organisation_id=found.operator_id,
        platform_kind=PlatformKind(found.kind),
        region_code=found.region_code,
        state=DataTaskState(found.state),
    )


MATCHED_RESULT = TargetKind(
    Localized(zh="成果（匹配记录）", en="result, for its match runs"), _load_result, ResultNotFound
)
MATCH_RUN = TargetKind(Localized(zh="匹配记录", en="match run"), _load_run, MatchRunNotFound)
DATA_TASK = TargetKind(Localized(zh="数据质量任务", en="data task"), _load_task, DataTaskNotFound)
