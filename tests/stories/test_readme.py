"""The README's walk-through works by copy and paste."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from app.migrations import ROOT
from tests.test_cli import free_port, serving, wait_until_ready

ADDRESS = "http://127.0.0.1:8000"


def walk_through() -> str:
    """Return the commands under `List your platform`."""
    section = (ROOT / "README.md").read_text("utf-8").split("## List your platform", 1)[1]
    found = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.slow
def test_the_walk_through_of_the_readme_ends_with_a_platform_that_is_matched(tmp_path: Path) -> None:
    port = free_port()
    commands = walk_through()
    assert ADDRESS in commands
    with serving(tmp_path / "data", port) as process:
        wait_until_ready(process, f"http://127.0.0.1:{port}")
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands.replace(ADDRESS, f"http://127.0.0.1:{port}")],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    found = {each["platform"]["name"]["zh"]: each["verdicts"][0]["verdict"] for each in answer["candidates"]}
    assert found["甬江涂层中试平台"] == "met"
