"""Who may import, and who may follow an import."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.principal import Principal
from app.auth.rules import Row, TargetKind
from app.auth.scopes import Scope
from app.auth.who import Target, Who, held_by_any
from app.jobs.errors import JobNotFound
from app.jobs.queries import JOB
from app.kit.i18n import Localized
from app.kit.ids import as_uuid
from app.listing.rules import EDITABLE
from app.listing.targets import ACCREDITATION, DRAFT_READERS, PLATFORM, PLATFORM_COLUMNS, PLATFORM_TABLE
from app.models import PlatformKind


def jobs_readable_by(principal: Principal) -> ColumnElement[bool]:
    """The jobs whose platform's draft the principal may read."""
    return held_by_any(principal, DRAFT_READERS, PLATFORM_COLUMNS)


async def _load_job(session: AsyncSession, path: Mapping[str, Any]) -> Target | None:
    uid = as_uuid(path["job_id"])
    if uid is None:
        return None
    columns = (PLATFORM_TABLE.c.operator_id, PLATFORM_TABLE.c.kind, PLATFORM_TABLE.c.region_code)
    statement = select(*columns).join(JOB, JOB.c.platform_id == PLATFORM_TABLE.c.id).where(JOB.c.uid == uid)
    found = (await session.execute(statement)).first()
    if found is None:
        return None
    return Target(
        organisation_id=found.operator_id,
        platform_kind=PlatformKind(found.kind),
        region_code=found.region_code,
    )


JOB_TARGET = TargetKind(Localized(zh="导入任务", en="import job"), _load_job, JobNotFound)

_EDITABLE = tuple(sorted(EDITABLE))
_EDITORS = (Who.EDITOR,)
_READ, _WRITE = Scope.PLATFORM_READ, Scope.PLATFORM_WRITE

ROWS = (
    Row("import_scope_lines", _EDITORS, ACCREDITATION, DRAFT_READERS, _WRITE, _EDITABLE),
    Row("import_services", _EDITORS, PLATFORM, DRAFT_READERS, _WRITE, _EDITABLE),
    Row("import_equipment", _EDITORS, PLATFORM, DRAFT_READERS, _WRITE, _EDITABLE),
    Row("list_jobs", (Who.SIGNED_IN,), key=_READ),
    Row("get_job", DRAFT_READERS, JOB_TARGET, key=_READ),
    Row("cancel_job", _EDITORS, JOB_TARGET, DRAFT_READERS, _WRITE),
    Row("get_job_report", DRAFT_READERS, JOB_TARGET, key=_READ),
    Row("get_job_file", DRAFT_READERS, JOB_TARGET, key=_READ),
    # The vocabulary is the province's: only its departments have no region to be outside of.
    Row("list_proposed_standards", (Who.DEPARTMENT, Who.ADMIN), key=Scope.REVIEW),
)
