"""Import of files, and the jobs that do it. Who may call what stands in app/jobs/policy.py."""

import uuid
from pathlib import PurePath
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.auth.principal import PrincipalDep
from app.db import SessionDep
from app.errors import InvalidCursor, InvalidRequest, UndecodableBody, problems
from app.idempotency import IdempotentRoute
from app.imports.endpoints import CSV, NDJSON, XLSX, file_body
from app.imports.errors import FileTooLarge
from app.imports.rows import Format
from app.jobs import errors, schemas, usecases
from app.jobs.files import ReceivedFile, receive_file
from app.kit.pagination import Page
from app.models import ImportKind

router = APIRouter(tags=["import"], route_class=IdempotentRoute)

AccreditationKey = Annotated[str, Path(min_length=1, max_length=200, description="id or slug")]
PlatformKey = Annotated[str, Path(min_length=1, max_length=200, description="id or slug")]
JobId = Annotated[uuid.UUID, Path(description="id of a job")]
Options = Annotated[schemas.ImportOptions, Query()]

_RETRY_AFTER = {"description": "seconds after which to ask again", "schema": {"type": "integer"}}
_ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {
        "headers": {
            "Location": {"description": "where the job is", "schema": {"type": "string"}},
            "Retry-After": _RETRY_AFTER,
        }
    }
}
_FILE = {"schema": {"type": "string", "format": "binary"}}
_MEDIA_TYPES = {Format.XLSX: XLSX, Format.CSV: CSV, Format.NDJSON: NDJSON}
# The file is received before the transaction begins that claims an Idempotency-Key.
_IMPORT: dict[str, Any] = {
    "status_code": 202,
    "dependencies": [Depends(receive_file)],
    "responses": problems(InvalidRequest, FileTooLarge, UndecodableBody, errors.ImportUnderWay) | _ACCEPTED,
}
_SERVICES = """\
{"title": "锂电池安全性能检测", "function": "test_inspection", "price": "3000元/样", "lead_time_days": 15}
"""
_EQUIPMENT = """\
{"name": "盐雾试验箱", "model": "YWX-750", "specs": "容积 750 L"}
"""


def _accepted(response: Response, job: schemas.JobRead) -> schemas.JobRead:
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    response.headers["Retry-After"] = "1"
    return job


@router.post(
    "/accreditations/{accreditation_id}/scope-lines/import",
    summary="导入能力范围 Import scope lines of an accreditation",
    openapi_extra=file_body(),
    **_IMPORT,
)
async def import_scope_lines(
    *,
    request: Request,
    received: ReceivedFile,
    session: SessionDep,
    principal: PrincipalDep,
    accreditation_id: AccreditationKey,
    asked: Options,
    response: Response,
) -> schemas.JobRead:
    """Bring a whole file into the draft, by a job: XLSX, CSV or NDJSON, read as the check reads it.

    What is there already is left alone: a file sent again changes nothing. Until the job ends, nothing of it is
    there. One import at a time into one accreditation.
    """
    job = await usecases.import_scope_lines(
        session, principal, accreditation_id, received, asked, now=request.app.state.clock()
    )
    return _accepted(response, job)


@router.post(
    "/platforms/{platform_id}/services/import",
    summary="导入服务 Import services of a platform",
    openapi_extra=file_body(_SERVICES),
    **_IMPORT,
)
async def import_services(
    *,
    request: Request,
    received: ReceivedFile,
    session: SessionDep,
    principal: PrincipalDep,
    platform_id: PlatformKey,
    asked: Options,
    response: Response,
) -> schemas.JobRead:
    """Bring a file of services into the draft, by a job. A service is known again by its title and function."""
    job = await usecases.import_items(
        session,
        principal,
        ImportKind.SERVICES,
        platform_id,
        received,
        asked,
        now=request.app.state.clock(),
    )
    return _accepted(response, job)


@router.post(
    "/platforms/{platform_id}/equipment/import",
    summary="导入设备 Import equipment of a platform",
    openapi_extra=file_body(_EQUIPMENT),
    **_IMPORT,
)
async def import_equipment(
    *,
    request: Request,
    received: ReceivedFile,
    session: SessionDep,
    principal: PrincipalDep,
    platform_id: PlatformKey,
    asked: Options,
    response: Response,
) -> schemas.JobRead:
    """Bring a file of equipment into the draft, by a job. A device is known again by its name and model."""
    job = await usecases.import_items(
        session,
        principal,
        ImportKind.EQUIPMENT,
        platform_id,
        received,
        asked,
        now=request.app.state.clock(),
    )
    return _accepted(response, job)


@router.get(
    "/jobs", summary="导入任务列表 List import jobs", responses=problems(InvalidRequest, InvalidCursor)
)
async def list_jobs(
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    asked: Annotated[schemas.JobFilters, Query()],
) -> Page[schemas.JobRead]:
    """Those of the platforms whose draft one may read, the newest first."""
    return await usecases.list_jobs(session, principal, asked, now=request.app.state.clock())


@router.get(
    "/jobs/{job_id}",
    summary="导入任务进度 Follow an import job",
    responses=problems(errors.JobNotFound) | {200: {"headers": {"Retry-After": _RETRY_AFTER}}},
)
async def get_job(
    request: Request, session: SessionDep, job_id: JobId, response: Response
) -> schemas.JobRead:
    """How far a job is; while it has not ended, `Retry-After` says when to ask again."""
    job, wait = await usecases.get_job(session, job_id, now=request.app.state.clock())
    if wait is not None:
        response.headers["Retry-After"] = str(wait)
    return job


@router.post(
    "/jobs/{job_id}/cancellation",
    summary="取消导入任务 Cancel an import job",
    responses=problems(errors.JobNotFound, errors.JobOver),
)
async def cancel_job(
    request: Request, session: SessionDep, principal: PrincipalDep, job_id: JobId
) -> schemas.JobRead:
    """A job that waits is cancelled at once; one that runs ends soon, and nothing of it stays."""
    return await usecases.cancel_job(session, principal, job_id, now=request.app.state.clock())


@router.get(
    "/jobs/{job_id}/report",
    summary="导入报告 Report of an import job",
    responses=problems(errors.JobNotFound, errors.JobUnfinished),
)
async def get_job_report(session: SessionDep, job_id: JobId) -> schemas.ReportRead:
    """Every fault by row and column, with the nearest valid value, and what came of the rest."""
    return await usecases.get_report(session, job_id)


@router.get(
    "/jobs/{job_id}/file",
    summary="带错误说明的原文件 The file of a job with its errors",
    response_class=Response,
    responses=problems(errors.JobNotFound, errors.JobUnfinished, errors.FileForgotten)
    | {200: {"description": "the file", "content": {XLSX: _FILE, CSV: _FILE, NDJSON: _FILE}}},
)
async def get_job_file(request: Request, session: SessionDep, job_id: JobId) -> StreamingResponse:
    """The user's own file, with one more column that names what is wrong with each row. Kept for 30 days."""
    pieces, form, name = await usecases.get_marked_file(session, job_id, request.app.state.settings)
    shown = f"{PurePath(name).stem or 'import'}-errors.{form.value}"
    return StreamingResponse(
        pieces,
        media_type=_MEDIA_TYPES[form],
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(shown, safe='')}"},
    )


@router.get(
    "/standards/proposed",
    summary="建议收录的标准 List standards proposed for the vocabulary",
    responses=problems(InvalidRequest, InvalidCursor),
)
async def list_proposed_standards(
    session: SessionDep, asked: Annotated[schemas.ProposedFilters, Query()]
) -> Page[schemas.ProposedStandard]:
    """Standards that scope lines cite and the vocabulary does not have."""
    return await usecases.list_proposed_standards(session, asked)
