"""Attachments over HTTP."""

import uuid
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, BackgroundTasks, Depends, Path, Query, Request, Response
from fastapi.responses import FileResponse

from app.auth.principal import PrincipalDep
from app.db import SessionDep
from app.errors import InvalidRequest, UndecodableBody, WrongState, problems
from app.idempotency import IdempotentRoute
from app.kit.etag import EDIT_PROBLEMS, IfMatchDep, is_known, quoted, set_etag
from app.models.results import DisclosureTier
from app.results import attachment_usecases as usecases
from app.results import errors, schemas
from app.results.endpoints import ResultKey
from app.results.file_types import FileKind
from app.results.files import forget_unused
from app.results.uploads import FORM_FIELD, Received, receive_attachment

router = APIRouter(tags=["results"], route_class=IdempotentRoute)

AttachmentId = Annotated[uuid.UUID, Path(description="id of an attachment")]
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "a form with the file as its part `file`: PDF, DOCX, XLSX, PNG, JPEG, CSV or TXT",
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {FORM_FIELD: {"type": "string", "format": "binary"}},
                    "required": [FORM_FIELD],
                },
                "example": {FORM_FIELD: "过充试验报告.pdf"},
            }
        },
    }
}


@router.post(
    "/results/{result_id}/attachments",
    status_code=201,
    summary="上传附件 Add an attachment",
    responses=problems(
        InvalidRequest,
        UndecodableBody,
        WrongState,
        errors.ResultNotFound,
        errors.AttachmentTooLarge,
        errors.TooManyAttachments,
        errors.UnsupportedAttachment,
        errors.AttachmentMismatch,
    ),
    openapi_extra=_FORM,
    # The file is received before the transaction begins that claims an Idempotency-Key.
    dependencies=[Depends(receive_attachment)],
)
async def add_attachment(
    *,
    request: Request,
    received: Received,
    session: SessionDep,
    principal: PrincipalDep,
    result_id: ResultKey,
    tier: Annotated[DisclosureTier, Query(description="who may read it")] = DisclosureTier.GRANTED,
    response: Response,
) -> schemas.AttachmentRead:
    """Add a file to the version that is being written. What it is, is found from its content."""
    state = request.app.state
    attachment, version = await usecases.add_attachment(
        session, state.settings, principal, result_id, received, tier, now=state.clock()
    )
    response.headers["Location"] = f"/v1/results/{result_id}/attachments/{attachment.id}"
    set_etag(response, version)
    return attachment


@router.get(
    "/results/{result_id}/attachments/{attachment_id}",
    summary="下载附件 Get an attachment",
    response_class=Response,
    responses=problems(errors.ResultNotFound, errors.AttachmentNotFound)
    | {
        200: {"description": "the file", "content": {kind.value: _BINARY for kind in FileKind}},
        304: {"description": "the file that If-None-Match names"},
    },
)
async def get_attachment(
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    result_id: ResultKey,
    attachment_id: AttachmentId,
) -> Response:
    """The file itself, as a download. Reading one above `public` is recorded."""
    state = request.app.state
    found = await usecases.get_download(
        session, state.new_session, state.settings, principal, result_id, attachment_id, now=state.clock()
    )
    headers = {
        "ETag": quoted(found.sha256),
        "Cache-Control": "public, no-cache" if found.tier is DisclosureTier.PUBLIC else "private, no-cache",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    if is_known(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return FileResponse(found.path, media_type=found.media_type, headers=headers)


@router.patch(
    "/results/{result_id}/attachments/{attachment_id}",
    summary="修改附件的披露级别 Set the disclosure tier of an attachment",
    responses=problems(*EDIT_PROBLEMS, errors.ResultNotFound, errors.AttachmentNotFound),
)
async def update_attachment(
    *,
    session: SessionDep,
    principal: PrincipalDep,
    result_id: ResultKey,
    attachment_id: AttachmentId,
    body: schemas.AttachmentUpdate,
    precondition: IfMatchDep,
    response: Response,
) -> schemas.AttachmentRead:
    """Say who may read it, at once. The `ETag` is that of the result."""
    attachment, version = await usecases.update_attachment(
        session, principal, result_id, attachment_id, tier=body.tier, precondition=precondition
    )
    set_etag(response, version)
    return attachment


@router.delete(
    "/results/{result_id}/attachments/{attachment_id}",
    status_code=204,
    summary="移除附件 Remove an attachment",
    responses=problems(*EDIT_PROBLEMS, errors.ResultNotFound, errors.AttachmentNotFound, WrongState),
)
async def delete_attachment(
    *,
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    result_id: ResultKey,
    attachment_id: AttachmentId,
    precondition: IfMatchDep,
    background: BackgroundTasks,
) -> None:
    """Take it out of the version that is being written; versions that were submitted keep it."""
    hashes = await usecases.remove_attachment(session, principal, result_id, attachment_id, precondition)
    state = request.app.state
    background.add_task(forget_unused, state.new_session, state.settings, hashes)
