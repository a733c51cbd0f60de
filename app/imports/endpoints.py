"""Templates, and the check of a file before anybody imports it."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from app.db import ReadingSessionDep
from app.errors import UndecodableBody, problems
from app.imports import schemas, usecases
from app.imports.errors import FileTooLarge, UnreadableFile, UnsupportedFile, problem_of
from app.imports.faults import FileRefused
from app.imports.rows import MEBIBYTE, Limits
from app.imports.templates import (
    EQUIPMENT_TEMPLATE,
    SCOPE_LINE_TEMPLATE,
    Template,
    csv_template,
    service_template,
    workbook_template,
)
from app.imports.uploads import FORM_FIELD, receive_upload
from app.vocabulary.names import NamesDep

router = APIRouter(tags=["import"])

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
NDJSON = "application/x-ndjson"
CHECK_PATH = "/scope-lines/check"
FILE_PATHS = r"/(?:[a-z-]+/check|[a-z]+/[^/]+/[a-z-]+/import)"
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


Form = Annotated[Literal["xlsx", "csv"], Path(description="format of the template", examples=["xlsx"])]
_TEMPLATE: dict[str, Any] = {
    "response_class": Response,
    "responses": {
        200: {"description": "the template", "content": {XLSX: _BINARY, CSV: {"schema": {"type": "string"}}}}
    },
}


@router.get(
    "/templates/scope-lines.{form}", summary="能力范围模板 Download the template for scope lines", **_TEMPLATE
)
async def get_scope_line_template(form: Form) -> Response:
    """The columns of the accreditation attachments; XLSX has drop-down lists, notes and an example row."""
    return _template(SCOPE_LINE_TEMPLATE, form, "scope-lines")


@router.get("/templates/services.{form}", summary="服务模板 Download the template for services", **_TEMPLATE)
async def get_service_template(form: Form, names: NamesDep) -> Response:
    """One row for each capability or fee of a service; XLSX has drop-down lists, notes and an example row."""
    functions, fields = ([name.zh for name in codes.values()] for codes in (names.functions, names.fields))
    return _template(service_template(functions, fields), form, "services")


@router.get(
    "/templates/equipment.{form}", summary="设备模板 Download the template for equipment", **_TEMPLATE
)
async def get_equipment_template(form: Form) -> Response:
    """The columns of an equipment list; XLSX has notes and an example row."""
    return _template(EQUIPMENT_TEMPLATE, form, "equipment")


def _template(template: Template, form: str, name: str) -> Response:
    content, media_type = (
        (workbook_template(template), XLSX)
        if form == "xlsx"
        else (csv_template(template), f"{CSV}; charset=utf-8")
    )
    disposition = f'attachment; filename="{name}.{form}"'
    return Response(content, media_type=media_type, headers={"Content-Disposition": disposition})
