"""Fixtures of the whole suite; each kind has its own module in tests/fixtures."""

import gc
import logging
import os
import sys
import tempfile
from pathlib import Path

import pytest
import structlog
from hypothesis import configuration

# Everything a test run writes stays in the environment folder.
CACHE = Path(sys.prefix) / ".cache"
configuration.set_hypothesis_home_dir(CACHE / "hypothesis")
(CACHE / "runtime").mkdir(parents=True, exist_ok=True)
(CACHE / "runtime").chmod(0o700)  # less private, and it would not be used
os.environ["XDG_RUNTIME_DIR"] = str(CACHE / "runtime")
# Settings of the developer's shell must not reach the tests; no test asks anything beyond this machine.
for name in [name for name in os.environ if name.startswith("PROVING_") or name.lower().endswith("_proxy")]:
    del os.environ[name]
(CACHE / "tmp").mkdir(exist_ok=True)
os.environ["TMPDIR"] = tempfile.tempdir = str(CACHE / "tmp")
# The plain traceback: drawing one with the values of all variables takes a minute.
_PLAIN = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
structlog.configure(
    wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
    processors=[*structlog.get_config()["processors"][:-1], _PLAIN],
)

pytest_plugins = [
    "tests.fixtures.run",
    "tests.fixtures.postgres",
    "tests.fixtures.database",
    "tests.fixtures.client",
    "tests.fixtures.live",
    "tests.fixtures.seeded",
]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what takes long first, so that at the end no process waits for another."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """Let collections of garbage pass over what lives until the end, and be rarer: they looked at it all each time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
