"""The story of a result, on a real server process and both databases."""

import asyncio
from pathlib import Path

import httpx
import pytest

from app.kit.clock import utcnow
from tests.stories.pool_story import PoolStory
from tests.test_cli import free_port, serving, wait_until_ready


@pytest.mark.slow
async def test_a_result_goes_from_a_call_to_a_verified_project(
    own_catalogue_url: str, tmp_path: Path
) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    settings = {"PROVING_DATABASE_URL": own_catalogue_url, "PROVING_MAIL": "file"}
    with serving(tmp_path, port, **settings) as process:
        await asyncio.to_thread(wait_until_ready, process, address)
        async with httpx.AsyncClient(base_url=address, timeout=60) as client:
            await PoolStory(client, utcnow(), mark="临安").play()
