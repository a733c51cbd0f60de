"""The files around the code agree with it and with each other."""

import re
import tomllib
from typing import Any

import pytest
import yaml

from app import __version__
from app.migrations import ROOT
from app.settings import PREFIX, Settings

LOCKS = ("requirements.lock", "requirements-dev.lock")
PINNED = re.compile(r"^([a-z0-9.-]+)==([^ ;\\]+)", re.MULTILINE)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def normal(requirement: str) -> str:
    return re.split(r"[\[<>=; ]", requirement)[0].lower().replace("_", "-")


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads(text("pyproject.toml"))["project"]


def test_the_version_is_said_once(project: dict[str, Any]) -> None:
    assert project["version"] == __version__
    assert f"proving-ground:{__version__}" in text("compose.yaml")


def test_every_library_asked_for_is_locked_with_hashes(project: dict[str, Any]) -> None:
    runtime, development = (dict(PINNED.findall(text(lock))) for lock in LOCKS)
    assert {normal(one) for one in project["dependencies"]} <= set(runtime)
    assert {normal(one) for one in project["optional-dependencies"]["dev"]} <= set(development)
    assert runtime.items() <= development.items()
    for lock in LOCKS:
        assert text(lock).count("--hash=sha256:") > len(PINNED.findall(text(lock)))


def test_the_locks_name_no_place_to_fetch_from() -> None:
    for lock in LOCKS:
        assert "://" not in text(lock)
        assert "--index-url" not in text(lock)
        assert "--find-links" not in text(lock)


def test_compose_runs_production_on_postgresql_and_meilisearch_without_demo_data() -> None:
    services = yaml.safe_load(text("compose.yaml"))["services"]
    assert set(services) == {"api", "worker", "postgres", "meilisearch"}
    given = services["api"]["environment"]
    assert given["PROVING_SEED_DEMO"] == "0"
    assert given["PROVING_SEARCH_ENGINE"] == "meilisearch"
    assert given["PROVING_DATABASE_URL"].startswith("postgresql://")
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    assert set(given) <= known
    work = services["worker"]["environment"]
    assert given["PROVING_WORKER"] == work["PROVING_WORKER"] == "apart"
    assert work.items() <= given.items()
    assert services["worker"]["command"][-1] == "worker"
    for service in services.values():
        assert ":" in service["image"]
        assert not service["image"].endswith(":latest")


def test_compose_takes_every_secret_from_the_environment() -> None:
    for line in text("compose.yaml").splitlines():
        name, _, value = line.strip().partition(": ")
        if name.endswith(("PASSWORD", "_KEY")):
            assert re.fullmatch(r"\$\{[A-Z_]+:\?set [A-Z_]+\}", value), line


def test_the_image_is_built_of_files_that_exist_and_does_not_run_as_root() -> None:
    kept = [line[1:] for line in text(".dockerignore").splitlines() if line.startswith("!")]
    assert kept
    for name in kept:
        assert (ROOT / name).exists(), name
    dockerfile = text("Dockerfile")
    assert "\nUSER proving\n" in dockerfile
    assert "HEALTHCHECK" in dockerfile
    assert dockerfile.count("FROM python:3.11.") == 2
    assert set(re.findall(r"PROVING_[A-Z_]+", dockerfile)) <= {
        PREFIX + n.upper() for n in Settings.model_fields
    }


def test_make_help_lists_every_command() -> None:
    makefile = text("Makefile")
    declared = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert declared is not None
    for name in declared[1].split():
        assert re.search(rf"^{name}:.* ## ", makefile, re.MULTILINE), name
