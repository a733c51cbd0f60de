"""A file is checked without an account, and nothing is stored."""

from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from app.db import SessionFactory
from app.models import ScopeLine
from tests.imports.makers import HEADINGS, csv_bytes, json_bytes, row, workbook

CHECK = "/v1/scope-lines/check"
ROWS = [HEADINGS, row(), row(单位="kQz")]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.parametrize(
    ("data", "media_type"),
    [(csv_bytes(ROWS, encoding="gb18030"), "text/csv"), (workbook({"S": ROWS}), XLSX), (csv_bytes(ROWS), "")],
)
async def test_a_file_may_be_the_body(client: httpx.AsyncClient, data: bytes, media_type: str) -> None:
    answer = await client.post(CHECK, content=data, headers={"Content-Type": media_type})
    assert answer.status_code == 200
    found = answer.json()
    assert (found["rows_read"], found["accepted"], found["rejected"]) == (2, 1, 1)
    assert found["lines"][0]["standard"] == "GB/T 2423.1-2008"
    assert found["lines"][0]["range"]["low"] == 203.15
    (fault,) = found["faults"]
    assert (fault["row"], fault["column"], fault["code"]) == (3, "单位", "unknown_unit")
    assert set(fault["message"]) == {"zh", "en"}


async def test_a_file_may_come_in_a_form(client: httpx.AsyncClient) -> None:
    answer = await client.post(CHECK, files={"file": ("能力.csv", csv_bytes(ROWS), "text/csv")})
    assert answer.status_code == 200
    assert answer.json()["accepted"] == 1


async def test_a_form_without_the_file_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post(CHECK, files={"other": ("a.csv", b"x", "text/csv")})
    assert answer.status_code == 400


async def test_nothing_is_stored(client: httpx.AsyncClient, new_session: SessionFactory) -> None:
    async def count() -> Any:
        async with new_session() as session:
            return await session.scalar(select(func.count()).select_from(ScopeLine))

    before = await count()
    await client.post(CHECK, content=csv_bytes(ROWS))
    assert await count() == before


async def test_lines_come_by_page(client: httpx.AsyncClient) -> None:
    lines = [{"object": f"A{number}", "parameter": "p", "standard": "GB 5009.3-2016"} for number in range(5)]
    answer = await client.post(CHECK, content=json_bytes(lines), params={"offset": 3, "limit": 10})
    found = answer.json()
    assert found["accepted"] == 5
    assert [line["object"] for line in found["lines"]] == ["A3", "A4"]


@pytest.mark.parametrize(
    ("data", "name", "status", "code"),
    [
        (b"", "", 422, "empty_file"),
        (b"%PDF-1.7", "a.pdf", 415, "wrong_format"),
        (b"words", "a.xlsx", 415, "not_a_workbook"),
        (b"a,b\n1,2\n", "a.csv", 422, "heading_missing"),
        (workbook({"S": [[f"c{index}" for index in range(1000)]]}), "a.xlsx", 413, "too_many_columns"),
    ],
)
async def test_a_file_that_cannot_be_taken_is_a_problem(
    client: httpx.AsyncClient, data: bytes, name: str, status: int, code: str
) -> None:
    answer = await client.post(CHECK, content=data, params={"name": name})
    assert answer.status_code == status
    assert [item["code"] for item in answer.json()["errors"]] == [code]


async def test_the_limit_of_size_is_larger_here_than_elsewhere(client: httpx.AsyncClient) -> None:
    three_mb = csv_bytes(ROWS) + b"\n" * (3 << 20)
    assert (await client.post(CHECK, content=three_mb)).status_code in {200, 413}
    assert (await client.post("/v1/matches", content=three_mb)).status_code == 413


async def test_a_file_over_the_limit_is_refused_whether_it_says_its_length_or_not(
    client: httpx.AsyncClient,
) -> None:
    async def pieces() -> Any:
        for _ in range(23):
            yield b"x" * (1 << 20)

    assert (await client.post(CHECK, content=b"x" * (21 << 20))).status_code == 413
    assert (await client.post(CHECK, content=pieces())).status_code == 413


@pytest.mark.parametrize(("form", "start"), [("xlsx", b"PK"), ("csv", b"\xef\xbb\xbf")])
async def test_templates_can_be_downloaded(client: httpx.AsyncClient, form: str, start: bytes) -> None:
    answer = await client.get(f"/v1/templates/scope-lines.{form}")
    assert answer.status_code == 200
    assert answer.content.startswith(start)
    assert answer.headers["content-disposition"].endswith(f'scope-lines.{form}"')


async def test_there_is_no_template_of_another_form(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/templates/scope-lines.pdf")).status_code == 422
