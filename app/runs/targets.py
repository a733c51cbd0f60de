"""Match runs and data tasks, as far as rights depend on them.

A match run is its owner's; the department of the call that the result was submitted to reads it too.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.rules import TargetKind
from app.auth.who import Target, TargetColumns, Who
from app.kit.i18n import Localized
from app.kit.ids import as_uuid
from app.models import PlatformKind, metadata
from app.models.matches import DataTaskState
from app.results.targets import RESULT_TARGET
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


async def _load_run(session: AsyncSession, path: Mapping[str, Any]) -> Target | None:
    """Return the result that was matched: whose it is and who decides on it are the same for its runs."""
    uid = as_uuid(path["run_id"])
    if uid is None:
        return None
    statement = select(RESULT.uid).join(RUN.id.table, RUN.result_id == RESULT.id).where(RUN.uid == uid)
    found = await session.scalar(statement)
    return None if found is None else await RESULT_TARGET.load(session, {"result_id": str(found)})


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


MATCH_RUN = TargetKind(Localized(zh="匹配记录", en="match run"), _load_run, MatchRunNotFound)
DATA_TASK = TargetKind(Localized(zh="数据质量任务", en="data task"), _load_task, DataTaskNotFound)
