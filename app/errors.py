"""Errors of the application, answered as RFC 9457 problems.

AppError
├── InvalidRequest        422  a value, a parameter or a body that breaks the contract
│   └── InvalidCursor     422  a cursor that is unreadable or belongs to another query
├── UndecodableBody       400
├── Unauthenticated       401  no credential, or one that is not good
├── Forbidden             403  who asks is known, and may see this, but not do it
├── NotFound              404  each resource has its own subclass
├── MethodNotAllowed      405
├── Gone                  410  it was public once, and is no longer
├── Conflict              409  what is there now does not allow it
│   └── WrongState        409  the thing is in a state in which this is not possible
├── BodyTooLarge          413
├── TooManyRequests       429  with Retry-After
├── InternalError         500
└── Unavailable           503  the database or the search engine does not answer

Use cases raise these and never HTTPException. `problems(...)` declares them in the OpenAPI document.
"""

import uuid
from collections.abc import Sequence
from typing import Any, ClassVar

from pydantic import BaseModel, Field

from app.kit.i18n import Lang, Localized

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:proving-ground:problem:"


class ProblemItem(BaseModel):
    """One thing that is wrong with the request."""

    pointer: str = Field(
        description="JSON pointer into the request, such as `/query/limit` or `/body/needs/0/range`",
        examples=["/query/limit"],
    )
    code: str = Field(description="stable, machine-readable", examples=["less_than_equal"])
    detail: str = Field(examples=["必须不大于 100"])


class Successor(BaseModel):
    """What took the place of something that is gone."""

    id: uuid.UUID
    slug: str = Field(examples=["demo-new-energy-01"])


def _is_none(value: object) -> bool:
    return value is None


class Problem(BaseModel):
    """An error, by RFC 9457."""

    type: str = Field(examples=[TYPE_PREFIX + "invalid-request"])
    title: str = Field(examples=["请求无效"])
    status: int = Field(examples=[422])
    code: str = Field(description="the last part of `type`", examples=["invalid-request"])
    detail: str = Field(examples=["请求中有 1 处错误"])
    instance: str = Field(description="path of the request", examples=["/v1/services"])
    request_id: str = Field(examples=["01935f6f2a3c7d4e8f90a1b2c3d4e5f6"])
    errors: list[ProblemItem] = []
    successor: Successor | None = Field(
        default=None, exclude_if=_is_none, description="what to read instead; only where something is gone"
    )


class ErrorItem(BaseModel):
    """A `ProblemItem` before the language is known."""

    pointer: str
    code: str
    detail: Localized


class AppError(Exception):
    """Base of all errors that have an answer of their own."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal-error"
    title: ClassVar[Localized] = Localized(zh="服务器内部错误", en="Internal error")

    def __init__(
        self,
        detail: Localized | None = None,
        *,
        errors: Sequence[ErrorItem] = (),
        headers: dict[str, str] | None = None,
        successor: Successor | None = None,
    ) -> None:
        self.detail = detail or self.title
        self.errors = tuple(errors)
        self.headers = headers or {}
        self.successor = successor
        super().__init__(self.detail.in_lang("en"))

    def problem(self, lang: Lang, *, instance: str, request_id: str) -> Problem:
        """Return the body of the answer in `lang`."""
        return Problem(
            type=TYPE_PREFIX + self.code,
            title=self.title.in_lang(lang),
            status=self.status,
            code=self.code,
            detail=self.detail.in_lang(lang),
            instance=instance,
            request_id=request_id,
            errors=[
                ProblemItem(pointer=item.pointer, code=item.code, detail=item.detail.in_lang(lang))
                for item in self.errors
            ],
            successor=self.successor,
        )


class InternalError(AppError):
    """Something failed that we did not foresee; the log has the traceback under the request id."""


class InvalidRequest(AppError):
    """The request breaks the contract; `errors` says where."""

    status = 422
    code = "invalid-request"
    title = Localized(zh="请求无效", en="Invalid request")

    @classmethod
    def at(cls, pointer: str, code: str, detail: Localized) -> "InvalidRequest":
        """Return the error for one wrong place, named by its JSON pointer."""
        return cls(detail, errors=[ErrorItem(pointer=pointer, code=code, detail=detail)])


class InvalidCursor(InvalidRequest):
    """The cursor is unreadable, or was given for another query."""

    code = "invalid-cursor"
    title = Localized(zh="分页游标无效", en="Invalid cursor")

    def __init__(self) -> None:
        detail = Localized(
            zh="游标无法读取，或属于另一个查询；请去掉 cursor 从第一页开始",
            en="The cursor is unreadable or of another query; leave it out to start at the first page",
        )
        super().__init__(
            detail, errors=[ErrorItem(pointer="/query/cursor", code="invalid_cursor", detail=detail)]
        )


class UndecodableBody(AppError):
    """The body is not valid JSON, or not in the encoding it claims."""

    status = 400
    code = "undecodable-body"
    title = Localized(zh="请求体无法解析", en="The body cannot be read")


class Unauthenticated(AppError):
    """Who asks is not known: no credential, or one that is malformed, expired or revoked."""

    status = 401
    code = "unauthenticated"
    title = Localized(zh="需要登录，或凭证无效", en="A valid credential is needed")

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": "Bearer"})


class Forbidden(AppError):
    """Who asks is known and may see the thing, but may not do this with it."""

    status = 403
    code = "forbidden"
    title = Localized(zh="没有此操作的权限", en="Not permitted")


class NotFound(AppError):
    """There is no such thing, or it may not be seen."""

    status = 404
    code = "not-found"
    title = Localized(zh="未找到", en="Not found")


class Gone(AppError):
    """It was public and is no longer; `successor` and the Link header name what took its place, if anything did."""

    status = 410
    code = "gone"
    title = Localized(zh="已退出，不再公开", en="No longer public")

    def __init__(self, successor: Successor | None = None, *, address: str = "") -> None:
        """`address` is that of the successor."""
        headers = {"Link": f'<{address}>; rel="successor-version"'} if successor else {}
        super().__init__(successor=successor, headers=headers)


class MethodNotAllowed(AppError):
    """The path exists, but not for this method."""

    status = 405
    code = "method-not-allowed"
    title = Localized(zh="不支持的请求方法", en="Method not allowed")


class Conflict(AppError):
    """What is there now does not allow it."""

    status = 409
    code = "conflict"
    title = Localized(zh="与现有数据冲突", en="In conflict with what is there")


class WrongState(Conflict):
    """The thing is in a state in which this is not possible."""

    code = "wrong-state"
    title = Localized(zh="当前状态不允许此操作", en="Not possible in the present state")


class BodyTooLarge(AppError):
    """The body is larger than the server accepts."""

    status = 413
    code = "body-too-large"
    title = Localized(zh="请求体过大", en="The body is too large")


class TooManyRequests(AppError):
    """Too much in too short a time; `Retry-After` says in how many seconds there is room again."""

    status = 429
    code = "too-many-requests"
    title = Localized(zh="请求过于频繁，请稍后再试", en="Too many requests; try again later")

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(headers={"Retry-After": str(retry_after_seconds)})


class Unavailable(AppError):
    """Something we depend on does not answer; trying again later may help."""

    status = 503
    code = "unavailable"
    title = Localized(zh="服务暂不可用", en="Temporarily unavailable")


class SearchUnavailable(Unavailable):
    """The search engine does not answer."""

    code = "search-unavailable"
    title = Localized(zh="检索引擎暂不可用", en="The search engine does not answer")


def problems(*errors: type[AppError]) -> dict[int | str, dict[str, Any]]:
    """Return the `responses=` declaration of `errors`, with an example for each."""
    responses: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        response = responses.setdefault(
            error.status,
            {
                "description": f"{error.title.zh} {error.title.en}",
                "content": {
                    MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}},
                },
            },
        )
        response["content"][MEDIA_TYPE]["examples"][error.code] = {"value": _example(error)}
    return responses


def _example(error: type[AppError]) -> dict[str, Any]:
    # Subclasses may take arguments of their own; an example needs only what the class says.
    sample = AppError.__new__(error)
    AppError.__init__(sample, error.title)
    problem = sample.problem("zh", instance="/v1/services", request_id="01935f6f2a3c7d4e8f90a1b2c3d4e5f6")
    return problem.model_dump(mode="json")
