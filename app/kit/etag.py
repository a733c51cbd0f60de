"""Versions of what can be edited: `ETag` on reads and edits, `If-Match` asked of every edit. Source: RFC 9110, 13.1.1.

A read sets `set_etag(response, row.version)`. An edit takes `IfMatchDep`, reads its row `with_for_update()` (or two
editors could both find their version good), calls `precondition.require(row.version)`, and raises the version by one.
"""

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request, Response

from app.errors import AppError, ErrorItem, InvalidRequest
from app.kit.i18n import Localized

_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_TAGS = re.compile(rf"\s*{_TAG}(?:\s*,\s*{_TAG})*\s*")


class PreconditionRequired(AppError):
    """An edit without If-Match."""

    status = 428
    code = "if-match-required"
    title = Localized(
        zh="缺少 If-Match：请先读取，再带上其 ETag",
        en="If-Match is missing: read first, then send the ETag you were given",
    )


class PreconditionFailed(AppError):
    """The object was changed after the version that If-Match names."""

    status = 412
    code = "stale-version"
    title = Localized(
        zh="内容已被他人修改：请重新读取后再编辑",
        en="It has been changed meanwhile: read it again, then edit",
    )


@dataclass(frozen=True)
class Precondition:
    """What If-Match says: the entity tags of the versions that may be edited; None is `*`, any version."""

    tags: frozenset[str] | None

    def require(self, version: int) -> None:
        """Raise PreconditionFailed unless `version` is one that may be edited.

        Weak tags never match: If-Match compares strongly.
        """
        current = etag_of(version)
        if self.tags is not None and current not in self.tags:
            raise PreconditionFailed(headers={"ETag": current})


def etag_of(version: int) -> str:
    """Return the entity tag of a version, strong and quoted."""
    return f'"{version}"'


def quoted(tag: str) -> str:
    """Return a strong entity tag of a text without quotes."""
    return f'"{tag}"'


def is_known(if_none_match: str | None, current: str) -> bool:
    """Tell whether If-None-Match names the tag, so that 304 is the answer; weak tags match too (RFC 9110, 13.1.2).

    A header that cannot be read names nothing.
    """
    if if_none_match is None:
        return False
    if if_none_match.strip() == "*":
        return True
    if not _TAGS.fullmatch(if_none_match):
        return False
    return current in {tag.removeprefix("W/") for tag in re.findall(_TAG, if_none_match)}


def set_etag(response: Response, version: int) -> None:
    """Say which version the answer shows."""
    response.headers["ETag"] = etag_of(version)


def read_if_match(value: str) -> Precondition:
    """Return what the header says. Raises InvalidRequest for what is neither `*` nor quoted entity tags."""
    if value.strip() == "*":
        return Precondition(None)
    if not _TAGS.fullmatch(value):
        detail = Localized(
            zh='If-Match 应为 * 或带引号的 ETag，如 "3"',
            en='If-Match must be * or quoted entity tags such as "3"',
        )
        raise InvalidRequest(
            detail, errors=[ErrorItem(pointer="/header/if-match", code="invalid_if_match", detail=detail)]
        )
    return Precondition(frozenset(re.findall(_TAG, value)))


async def precondition_of_request(
    request: Request,
    if_match: Annotated[
        str | None,
        Header(
            description='The `ETag` of the version that is edited, such as `"3"`; `*`: whichever it is. '
            "428 without it, 412 when the object has changed since."
        ),
    ] = None,
) -> Precondition:
    """FastAPI dependency of every edit. Raises PreconditionRequired and InvalidRequest."""
    if if_match is None:
        raise PreconditionRequired
    return read_if_match(", ".join(request.headers.getlist("if-match")))


IfMatchDep = Annotated[Precondition, Depends(precondition_of_request)]
EDIT_PROBLEMS = (PreconditionRequired, PreconditionFailed, InvalidRequest)
"""What an edit declares: `responses=problems(*EDIT_PROBLEMS, ...)`."""
