"""What every request must keep to, whatever its endpoint: a size, known parameters, usable text."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import Request
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.error_handlers import invalid_request, problem_response
from app.errors import BodyTooLarge, ErrorItem
from app.kit.i18n import Localized

MAX_BODY_BYTES = 2 * 1024 * 1024

_UNKNOWN_PARAMETER = Localized(zh="没有这个查询参数", en="There is no such query parameter")
_NUL_CHARACTER = Localized(zh="不允许空字符（U+0000）", en="The character U+0000 is not allowed")


class BodyLimitMiddleware:
    """Answer 413 to a body over `max_bytes`, whether it announces its length or not.

    `larger` has the limits of other paths, by a pattern of the whole path.
    """

    def __init__(
        self,
        app: ASGIApp,
        max_bytes: int = MAX_BODY_BYTES,
        larger: Mapping[re.Pattern[str], int] | None = None,
    ) -> None:
        self.app = app
        self.max_bytes = max_bytes
        self.larger = larger or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        max_bytes = next(
            (most for paths, most in self.larger.items() if paths.fullmatch(scope["path"])), self.max_bytes
        )
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced) > max_bytes:
            await problem_response(Request(scope), BodyTooLarge())(scope, receive, send)
            return
        received = 0

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > max_bytes:
                # The framework passes on only its own exceptions while it reads a body.
                raise HTTPException(status_code=BodyTooLarge.status)
            return message

        await self.app(scope, receive_counted, send)


async def refuse_unusable_parameters(request: Request) -> None:
    """FastAPI dependency of every router: refuse query parameters that the OpenAPI document does not name.

    Also refuses the character U+0000, which PostgreSQL cannot store or compare. Raises InvalidRequest.
    """
    declared = _declared_query_parameters(request)
    items = [
        *(
            ErrorItem(pointer=f"/query/{name}", code="extra_forbidden", detail=_UNKNOWN_PARAMETER)
            for name in request.query_params
            if name not in declared
        ),
        *(
            ErrorItem(pointer=pointer, code="nul_character", detail=_NUL_CHARACTER)
            for pointer, value in _texts(request)
            if "\x00" in value
        ),
    ]
    if items:
        raise invalid_request(items)


def _texts(request: Request) -> Iterator[tuple[str, str]]:
    for name, value in request.path_params.items():
        yield f"/path/{name}", str(value)
    for name, value in request.query_params.multi_items():
        yield f"/query/{name}", value


def _declared_query_parameters(request: Request) -> frozenset[str]:
    """Return the names that the document declares for the endpoint of `request`; made once per application."""
    state = request.app.state
    if not hasattr(state, "query_parameters"):
        state.query_parameters = query_parameters_by_operation(request.app.openapi())
    names: Mapping[str, frozenset[str]] = state.query_parameters
    return names.get(request.scope["route"].name, frozenset())


def query_parameters_by_operation(document: Mapping[str, Any]) -> Mapping[str, frozenset[str]]:
    """Return the names of the query parameters of each operation id of an OpenAPI document."""
    return {
        operation["operationId"]: frozenset(
            parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "query"
        )
        for operations in document["paths"].values()
        for operation in operations.values()
    }
