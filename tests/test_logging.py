"""Logs: one line an event, readable Chinese, the request id on all that belongs together."""

import json
import logging
from collections.abc import Iterator

import httpx
import pytest
import structlog
from fastapi import FastAPI

from app.logging import configure_logging
from app.settings import Settings


@pytest.fixture
def logging_restored() -> Iterator[None]:
    root = logging.getLogger()
    before = (root.handlers[:], root.level, structlog.get_config())
    yield
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    structlog.configure(**before[2])


@pytest.mark.usefixtures("logging_restored")
def test_json_lines_keep_chinese_readable(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Settings(log_format="json"))
    structlog.get_logger("test").info("platform published", name="盐雾试验平台")
    logging.getLogger("elsewhere").warning("from a library: %s", "慢")
    first, second = capsys.readouterr().err.splitlines()
    assert "盐雾试验平台" in first
    assert json.loads(first)["event"] == "platform published"
    assert json.loads(first)["level"] == "info"
    assert json.loads(second)["event"] == "from a library: 慢"
    assert json.loads(second)["logger"] == "elsewhere"


@pytest.mark.usefixtures("logging_restored")
def test_the_level_hides_what_is_below_it(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Settings(log_format="json", log_level="warning"))
    structlog.get_logger("test").info("not shown")
    structlog.get_logger("test").warning("shown")
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["event"] == "shown"


@pytest.mark.usefixtures("logging_restored")
def test_a_traceback_stays_on_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Settings(log_format="json"))
    try:
        int("坏值")
    except ValueError:
        structlog.get_logger("test").exception("failed")
    (line,) = capsys.readouterr().err.splitlines()
    assert "ValueError: invalid literal for int() with base 10: '坏值'" in json.loads(line)["exception"]


@pytest.mark.usefixtures("logging_restored")
async def test_each_request_is_one_line_with_its_id_and_duration(
    app: FastAPI, client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(Settings(log_format="json"))
    await client.get("/v1/nothing", headers={"X-Request-ID": "request-17"})
    await client.get("/healthz")
    (line,) = capsys.readouterr().err.splitlines()
    record = json.loads(line)
    assert record["request_id"] == "request-17"
    assert (record["method"], record["path"], record["status"]) == ("GET", "/v1/nothing", 404)
    assert record["duration_ms"] >= 0
