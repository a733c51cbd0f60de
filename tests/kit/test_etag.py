"""If-Match: absent 428, stale 412, `*` and lists by RFC 9110, section 13.1.1."""

import httpx
import pytest
from fastapi import FastAPI, Response

from app.error_handlers import install_error_handlers
from app.errors import InvalidRequest
from app.kit.etag import IfMatchDep, PreconditionFailed, etag_of, read_if_match, set_etag


@pytest.mark.parametrize(
    ("header", "version", "holds"),
    [
        ('"3"', 3, True),
        ('"3"', 4, False),
        ('"13"', 3, False),
        ('"2", "3"', 3, True),
        ('"2" ,"4"', 3, False),
        ("*", 3, True),
        (" * ", 3, True),
        ('W/"3"', 3, False),
        ('W/"3", "3"', 3, True),
        ('""', 3, False),
        ('"2,3"', 3, False),
    ],
)
def test_an_edit_needs_the_present_version(header: str, version: int, holds: bool) -> None:
    precondition = read_if_match(header)
    if holds:
        precondition.require(version)
        return
    with pytest.raises(PreconditionFailed) as refused:
        precondition.require(version)
    assert refused.value.headers == {"ETag": etag_of(version)}


@pytest.mark.parametrize("header", ["3", "", '"3', '"3" "4"', '*, "3"', '"3",', 'w/"3"', "'3'"])
def test_what_is_no_entity_tag_is_an_invalid_request(header: str) -> None:
    with pytest.raises(InvalidRequest):
        read_if_match(header)


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ([], 428, "if-match-required"),
        ([("If-Match", '"6"')], 412, "stale-version"),
        ([("If-Match", "7")], 422, "invalid-request"),
        ([("If-Match", '"7"')], 200, None),
        ([("If-Match", '"6"'), ("If-Match", '"7"')], 200, None),
        ([("If-Match", "*")], 200, None),
    ],
)
async def test_over_http(headers: list[tuple[str, str]], status: int, code: str | None) -> None:
    app = FastAPI()
    install_error_handlers(app)

    @app.put("/thing")
    async def edit_thing(precondition: IfMatchDep, response: Response) -> None:
        precondition.require(7)
        set_etag(response, 8)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        answer = await client.put("/thing", headers=headers)
    assert answer.status_code == status
    if code is None:
        assert answer.headers["etag"] == '"8"'
    else:
        assert answer.json()["code"] == code
