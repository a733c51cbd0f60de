"""Turn every kind of failure into a problem: ours, the framework's, and broken input."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.errors import (
    MEDIA_TYPE,
    AppError,
    BodyTooLarge,
    ErrorItem,
    InternalError,
    InvalidRequest,
    MethodNotAllowed,
    NotFound,
    Unavailable,
    UndecodableBody,
)
from app.kit.i18n import Localized, pick_lang

log = structlog.get_logger(__name__)

_BY_STATUS: Mapping[int, type[AppError]] = {
    error.status: error
    for error in (UndecodableBody, NotFound, MethodNotAllowed, BodyTooLarge, InvalidRequest, Unavailable)
}

# Messages for pydantic's error types, filled in with the error's own `ctx`.
# Types without a line here keep pydantic's English message in both languages.
_MESSAGES: Mapping[str, tuple[str, str]] = {
    "missing": ("缺少必填项", "This is required"),
    "extra_forbidden": ("没有这个字段或参数", "There is no such field or parameter"),
    "json_invalid": ("请求体不是有效的 JSON", "The body is not valid JSON"),
    "model_attributes_type": ("必须是一个 JSON 对象", "Must be a JSON object"),
    "model_type": ("必须是一个 JSON 对象", "Must be a JSON object"),
    "dict_type": ("必须是一个 JSON 对象", "Must be a JSON object"),
    "list_type": ("必须是一个列表", "Must be a list"),
    "string_type": ("必须是字符串", "Must be a string"),
    "string_unicode": ("包含无效的 Unicode 字符", "Holds characters that are not valid Unicode"),
    "string_too_short": ("至少需要 {min_length} 个字符", "Must have at least {min_length} characters"),
    "string_too_long": ("最多允许 {max_length} 个字符", "Must have at most {max_length} characters"),
    "string_pattern_mismatch": ("格式不正确，应符合 {pattern}", "Must match the pattern {pattern}"),
    "too_short": ("至少需要 {min_length} 项", "Must have at least {min_length} items"),
    "too_long": ("最多允许 {max_length} 项", "Must have at most {max_length} items"),
    "int_type": ("必须是整数", "Must be a whole number"),
    "int_parsing": ("必须是整数", "Must be a whole number"),
    "int_from_float": ("必须是整数", "Must be a whole number"),
    "int_parsing_size": ("整数过大", "The whole number is too large"),
    "float_type": ("必须是数字", "Must be a number"),
    "float_parsing": ("必须是数字", "Must be a number"),
    "finite_number": ("必须是有限的数字", "Must be a finite number"),
    "decimal_type": ("必须是数字", "Must be a number"),
    "decimal_parsing": ("必须是数字", "Must be a number"),
    "bool_type": ("必须是 true 或 false", "Must be true or false"),
    "bool_parsing": ("必须是 true 或 false", "Must be true or false"),
    "greater_than": ("必须大于 {gt}", "Must be greater than {gt}"),
    "greater_than_equal": ("必须不小于 {ge}", "Must be at least {ge}"),
    "less_than": ("必须小于 {lt}", "Must be less than {lt}"),
    "less_than_equal": ("必须不大于 {le}", "Must be at most {le}"),
    "enum": ("必须是以下之一：{expected}", "Must be one of: {expected}"),
    "literal_error": ("必须是以下之一：{expected}", "Must be one of: {expected}"),
    "date_type": ("必须是日期，如 2026-11-22", "Must be a date such as 2026-11-22"),
    "date_parsing": ("必须是日期，如 2026-11-22", "Must be a date such as 2026-11-22"),
    "date_from_datetime_parsing": ("必须是日期，如 2026-11-22", "Must be a date such as 2026-11-22"),
    "date_from_datetime_inexact": ("必须是日期，不带时间", "Must be a date without a time"),
    "uuid_parsing": ("必须是 UUID", "Must be a UUID"),
    "uuid_type": ("必须是 UUID", "Must be a UUID"),
    "union_tag_invalid": (
        "类型标记必须是以下之一：{expected_tags}",
        "The tag must be one of: {expected_tags}",
    ),
}


def install_error_handlers(app: FastAPI) -> None:
    """Register the handlers. The framework's own exceptions are taken at Starlette's level.

    FastAPI's subclass of HTTPException does not cover what Starlette raises itself, such as an unknown path.
    """
    app.add_exception_handler(AppError, _answer_app_error)
    app.add_exception_handler(HTTPException, _answer_http_exception)
    app.add_exception_handler(RequestValidationError, _answer_validation_error)
    for lost in (OperationalError, InterfaceError, ConnectionError):
        app.add_exception_handler(lost, _answer_lost_database)


def problem_response(request: Request, error: AppError) -> Response:
    """Return the answer for `error` in the language of the request."""
    problem = error.problem(
        pick_lang(request.headers.get("accept-language")),
        instance=request.url.path,
        request_id=request.scope.get("state", {}).get("request_id", ""),
    )
    return Response(
        problem.model_dump_json(), status_code=error.status, headers=error.headers, media_type=MEDIA_TYPE
    )


def invalid_request(items: Sequence[ErrorItem]) -> InvalidRequest:
    """Return one error that names every item."""
    count = len(items)
    detail = Localized(
        zh=f"请求中有 {count} 处错误", en=f"The request has {count} error{'' if count == 1 else 's'}"
    )
    return InvalidRequest(detail, errors=items)


async def _answer_app_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)  # noqa: S101 (what Starlette promises; narrows the type)
    return problem_response(request, error)


async def _answer_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    kind = _BY_STATUS.get(error.status_code, InternalError)
    return problem_response(request, kind(headers=dict(error.headers or {})))


async def _answer_lost_database(request: Request, error: Exception) -> Response:
    log.error("the database does not answer", path=request.url.path, exc_info=error)
    return problem_response(request, Unavailable())


async def _answer_validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    if any(item["type"] == "json_invalid" for item in error.errors()):
        return problem_response(request, UndecodableBody())
    return problem_response(request, invalid_request([_item(item) for item in error.errors()]))


def _item(item: Mapping[str, Any]) -> ErrorItem:
    return ErrorItem(pointer=json_pointer(item["loc"]), code=item["type"], detail=_message(item))


def json_pointer(location: Sequence[str | int]) -> str:
    """Return the JSON pointer (RFC 6901) of a pydantic error location."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)


def _message(item: Mapping[str, Any]) -> Localized:
    context = item.get("ctx", {})
    templates = _MESSAGES.get(item["type"])
    if templates is None:
        plain = str(item["msg"]).removeprefix("Value error, ")
        return Localized(zh=context.get("zh", plain), en=plain)
    zh, en = (template.format(**context) for template in templates)
    return Localized(zh=zh, en=en)
