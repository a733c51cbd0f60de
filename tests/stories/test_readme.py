"""The README's walk-throughs work by copy and paste."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from app.migrations import ROOT
from tests.test_cli import free_port, serving, wait_until_ready

ADDRESS = "http://127.0.0.1:8000"


def walk_through(heading: str) -> str:
    """Return the commands under a heading."""
    section = (ROOT / "README.md").read_text("utf-8").split(f"## {heading}\n", 1)[1]
    found = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.slow
def test_the_walk_throughs_end_with_a_platform_that_is_matched_and_a_result_that_is_assessed(
    tmp_path: Path,
) -> None:
    port = free_port()
    listing, pool = walk_through("List your platform"), walk_through("From a result to a followed project")
    commands = f"{listing}\necho; echo '---'\n{pool}"
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
    listed, _, pooled = done.stdout.partition("\n---\n")
    answer = json.loads(listed.splitlines()[-1])
    found = {each["platform"]["name"]["zh"]: each["verdicts"][0]["verdict"] for each in answer["candidates"]}
    assert found["甬江涂层中试平台"] == "met"
    assessment = json.loads(pooled.splitlines()[-1])
    assert (assessment["state"], assessment["all_in"]) == ("under_assessment", False)
    assert len(assessment["experts"]) == 2
    demand = json.loads(pooled.splitlines()[-3])
    assert any(each["title"]["zh"] == "生物基清洗溶剂" for each in demand["items"])
