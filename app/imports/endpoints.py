"""Templates, and the check of a file before anybody imports it."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from app.db import ReadingSessionDep
from app.errors import UndecodableBody, problems
from app.imports import schemas, usecases
from app.imports.errors import FileTooLarge, UnreadableFile, UnsupportedFile, problem_of
from app.imports.faults import FileRefused
from app.imports.rows import MEBIBYTE, Limits
from app.imports.templates import csv_template, workbook_template
from app.imports.uploads import FORM_FIELD, receive_upload

router = APIRouter(tags=["import"])

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
NDJSON = "application/x-ndjson"
CHECK_PATH = "/scope-lines/check"
FILE_PATHS = r"/[a-z-]+/check|/[a-z]+/[^/]+/[a-z-]+/import"
"""The paths that take whole files, as a pattern."""

_BINARY = {"schema": {"type": "string", "format": "binary"}}
_LINES = """\
{"object": "电工电子产品", "parameter": "低温试验", "standard": "gbt2423.1-2008", "range_min": -70, "unit": "℃"}
{"object": "电工电子产品", "parameter": "盐雾试验", "standard": "GB/T 2423.17-2008", "range_min": 1}
"""


def file_body(example: str = _LINES) -> dict[str, Any]:
    """Return the declaration of a body that is a file; `example` is of NDJSON."""
    form = {
        "type": "object",
        "properties": {FORM_FIELD: {"type": "string", "format": "binary"}},
        "required": [FORM_FIELD],
    }
    return {
        "requestBody": {
            "required": True,
            "description": "the file as the body, or as the part `file` of a form",
            "content": {
                NDJSON: {"schema": {"type": "string"}, "example": example},
                CSV: {"schema": {"type": "string"}},
                XLSX: _BINARY,
                "multipart/form-data": {"schema": form},
            },
        }
    }


@router.post(
    CHECK_PATH,
    summary="Check a file of scope lines",
    responses=problems(UnsupportedFile, FileTooLarge, UnreadableFile, UndecodableBody),
    openapi_extra=file_body(),
)
async def check_scope_lines(
    request: Request, session: ReadingSessionDep, asked: Annotated[schemas.CheckOptions, Query()]
) -> schemas.CheckRead:
    """What would become of every row: the normalised line, or its row, column, kind of fault and nearest value.

    XLSX, CSV (UTF-8, UTF-16 or GB18030) and NDJSON; told by the bytes. Tables are found below titles and beside
    other columns, under Chinese or English headings. Formulas are not read. Nothing is stored.
    """
    limits = Limits(file_bytes=request.app.state.settings.import_limit_mb * MEBIBYTE)
    try:
        async with receive_upload(request, asked.name, limits.file_bytes) as upload:
            return await usecases.check_scope_lines(session, upload, asked, limits)
    except FileRefused as refused:
        raise problem_of(refused) from None


@router.get(
    "/templates/scope-lines.{form}",
    summary="Download the template for scope lines",
    response_class=Response,
    responses={
        200: {"description": "the template", "content": {XLSX: _BINARY, CSV: {"schema": {"type": "string"}}}}
    },
)
async def get_scope_line_template(
    form: Annotated[Literal["xlsx", "csv"], Path(description="format of the template", examples=["xlsx"])],
) -> Response:
    """The columns of the accreditation attachments; XLSX has drop-down lists, notes and an example row."""
    content, media_type = (
        (workbook_template(), XLSX) if form == "xlsx" else (csv_template(), f"{CSV}; charset=utf-8")
    )
    disposition = f'attachment; filename="scope-lines.{form}"'
    return Response(content, media_type=media_type, headers={"Content-Disposition": disposition})
