"""The world of import jobs."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.db import SessionFactory
from app.settings import Settings
from tests.fixtures.client import as_new, client_of
from tests.fixtures.contract import Contract
from tests.imports.job_worlds import World, fill


@pytest.fixture
async def world(tmp_path: Path, contract: Contract, own_sessions: SessionFactory) -> AsyncIterator[World]:
    app = as_new(Settings(data_dir=tmp_path / "data", log_level="warning"))
    app.state.new_session = own_sessions
    known = await fill(own_sessions, app)
    async with client_of(app, contract) as client:
        yield World(client, app, own_sessions, **known)
