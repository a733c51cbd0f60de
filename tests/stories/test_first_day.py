"""The story of a first day, on a real server process and both databases."""

import asyncio
import email
import re
from pathlib import Path

import httpx
import pytest

from app.accounts.admin import create_admin
from app.accounts.passwords import Passwords
from app.db import engine_for_url, make_session_factory
from app.kit.clock import business_day, utcnow
from tests.stories.api import signed_in
from tests.stories.first_day import FirstDay
from tests.test_cli import free_port, serving, wait_until_ready

ADMIN, PASSWORD = "admin@example.org", "甬江首日故事里管理员的长口令"


class MailFolder:
    """The mails that the server wrote to files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def __call__(self, address: str) -> str:
        """Return the token in the newest mail to an address, waiting for it: mails go out after the answer."""
        for _ in range(100):
            for path in sorted(self._folder.glob("*.eml"), reverse=True):
                mail = email.message_from_bytes(path.read_bytes())
                if mail["To"] == address:
                    text = mail.get_payload(decode=True)
                    assert isinstance(text, bytes)
                    return re.findall(r"[\w.-]{20,}", text.decode())[-1]
            await asyncio.sleep(0.1)
        raise AssertionError(f"no mail to {address}")


async def _make_admin(database_url: str) -> None:
    engine = engine_for_url(database_url)
    sessions = make_session_factory(engine)
    await create_admin(sessions, Passwords(), email=ADMIN, name="系统管理员", password=PASSWORD, now=utcnow())
    await engine.dispose()


@pytest.mark.slow
async def test_a_platform_and_a_department_live_through_their_first_day(
    own_database_url: str, tmp_path: Path
) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    settings = {"PROVING_DATABASE_URL": own_database_url, "PROVING_MAIL": "file", "PROVING_SEED_DEMO": "0"}
    await _make_admin(own_database_url)
    with serving(tmp_path, port, **settings) as process:
        await asyncio.to_thread(wait_until_ready, process, address)
        async with httpx.AsyncClient(base_url=address, timeout=60) as client:
            story = FirstDay(
                client,
                MailFolder(tmp_path / "mail"),
                await signed_in(client, ADMIN, PASSWORD),
                business_day(utcnow()),
                mark="首日",
            )
            try:
                await story.play()
            except AssertionError as error:
                process.terminate()
                _, logs = await asyncio.to_thread(process.communicate, timeout=30)
                failed = [line[-2000:] for line in logs.splitlines() if '"level": "error"' in line]
                raise AssertionError("\n".join([str(error), *failed])) from error
