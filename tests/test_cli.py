"""The command line as a user meets it: progress in plain words, mistakes in one line."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from app.migrations import ROOT


def environment(folder: Path, **settings: str) -> dict[str, str]:
    return {**os.environ, "PROVING_DATA_DIR": str(folder), **settings}


def run(command: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.cli", command],
        cwd=ROOT,
        env=environment(folder, **settings),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def serving(folder: Path, port: int, **settings: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "serve"],
        cwd=ROOT,
        env=environment(folder, PROVING_PORT=str(port), PROVING_LOG_FORMAT="json", **settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_until_ready(process: subprocess.Popen[str], address: str) -> httpx.Response:
    deadline = time.monotonic() + 120
    while True:
        assert process.poll() is None, "the server stopped before it was ready"
        assert time.monotonic() < deadline
        try:
            return httpx.get(f"{address}/readyz")
        except httpx.TransportError:
            time.sleep(0.1)


@pytest.mark.slow
def test_serving_prepares_everything_once_and_stops_when_told(tmp_path: Path) -> None:
    port = free_port()
    for said in ("Search: indexed", "Search: the indexes are up to date."):
        with serving(tmp_path, port) as process:
            ready = wait_until_ready(process, f"http://127.0.0.1:{port}")
            assert ready.status_code == 200
            assert ready.json()["status"] == "ready"
            process.send_signal(signal.SIGTERM)
            output, logs = process.communicate(timeout=30)
        assert said in output
        assert f"Serving on http://127.0.0.1:{port}" in output
        assert all(json.loads(line)["level"] != "error" for line in logs.splitlines())
    assert "Database: the schema is up to date." in output
    assert "Seed data: unchanged." in output
    assert {child.name for child in tmp_path.iterdir()} == {
        "proving.db",
        "proving.db-leader",
        "index",
        "token.key",
    }


def test_a_mistyped_setting_is_said_in_one_line(tmp_path: Path) -> None:
    done = run("migrate", tmp_path, PROVING_PROT="9000")
    assert done.returncode == 1
    assert done.stderr.startswith("Settings: Unknown setting PROVING_PROT.")
    assert len(done.stderr.splitlines()) == 1


def test_a_database_that_does_not_answer_is_said_in_one_line(tmp_path: Path) -> None:
    done = run("migrate", tmp_path, PROVING_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert done.returncode == 1
    assert done.stderr.startswith("The database cannot be used: ")
    assert "Traceback" not in done.stderr


def test_the_document_is_printed_without_any_database(tmp_path: Path) -> None:
    done = run("openapi", tmp_path)
    assert done.returncode == 0
    assert json.loads(done.stdout)["openapi"].startswith("3.1.")
    assert list(tmp_path.iterdir()) == []
