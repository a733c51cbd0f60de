"""Projects, as far as rights depend on them: whose they are, who called for them, which department is competent."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.rules import TargetKind
from app.auth.who import Target
from app.calls.queries import CALL
from app.calls.targets import oversight_where
from app.kit.i18n import Localized
from app.kit.ids import has_key
from app.models import PlatformKind, Result, metadata
from app.pool.errors import ProjectNotFound
from app.pool.queries import PROJECT

_RESULT = metadata.tables["result"].c


async def load_project(session: AsyncSession, path: Mapping[str, Any]) -> Target | None:
    """Return the target of the project that the path names.

    Without its call it is under the department of its region that decides about verification centres.
    """
    statement = (
        select(PROJECT.stage, PROJECT.call_id, PROJECT.region_code, _RESULT.organisation_id)
        .join_from(PROJECT.id.table, Result, _RESULT.id == PROJECT.result_id)
        .where(has_key(PROJECT, path["project_id"]))
    )
    found = (await session.execute(statement)).first()
    if found is None:
        return None
    call = None if found.call_id is None else await oversight_where(session, CALL.id == found.call_id)
    if call is None:
        call = Target(platform_kind=PlatformKind.VERIFICATION_CENTRE, region_code=found.region_code)
    return Target(
        organisation_id=found.organisation_id,
        caller_id=call.organisation_id,
        platform_kind=call.platform_kind,
        region_code=call.region_code,
        state=found.stage,
    )


PROJECT_TARGET = TargetKind(Localized(zh="入库项目", en="pool project"), load_project, ProjectNotFound)
