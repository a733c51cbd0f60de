"""Nothing that was committed is lost when the process is killed before, while or after it delivers."""

import asyncio
import os
import random
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.indexing.indexer import reindex
from app.indexing.queries import catalogue_version
from app.kit.clock import utcnow
from app.migrations import ROOT
from app.models import OutboxEvent
from app.worker import work
from search.schema import SCHEMAS
from tests.outbox.busy_process import SLUGS
from tests.outbox.worlds import PLATFORM, documents, open_world, silent

ROUNDS = 3
START_SECONDS = 60.0


async def killed_at_random(url: str, folder: Path, round_name: str, chance: random.Random) -> list[str]:
    """Let a process be busy for a while, then kill it; return the lines of what it said was committed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.outbox.busy_process",
        url,
        str(folder),
        round_name,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    first = await asyncio.wait_for(process.stdout.readline(), START_SECONDS)
    await asyncio.sleep(chance.uniform(0.1, 1.5))
    process.kill()
    rest = await process.stdout.read()
    await process.wait()
    said = (first + rest).decode().split("\n")
    return [line for line in said[:-1] if line]


@pytest.mark.slow
async def test_no_change_is_lost_when_the_process_is_killed(
    own_catalogue_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(7)
    folder = tmp_path / "index"
    async with open_world(own_catalogue_url, folder) as world:
        await reindex(world.sessions, world.search, progress=silent)
        async with world.sessions() as session:
            seeded = await catalogue_version(session)
    said: list[str] = []
    for number in range(ROUNDS):
        said += await killed_at_random(own_catalogue_url, folder, str(number), chance)
    async with open_world(own_catalogue_url, folder) as world:
        while (await work(world.sessions, world.search, now=utcnow())).delivered:
            pass
        async with world.sessions() as session:
            head = await catalogue_version(session)
            undelivered = await session.scalar(
                select(func.count()).where(OutboxEvent.delivered_at.is_(None))  # type: ignore[union-attr]
            )
            events = await session.scalar(select(func.count()).where(OutboxEvent.position > seeded))  # type: ignore[operator]
            names = dict((await session.execute(select(PLATFORM.slug, PLATFORM.name_zh))).all())
        shown = {
            each["slug"]: each["title_zh"] for each in (await documents(world.search, "platforms")).values()
        }
        stamps = (await world.search.health()).stamps
    with capsys.disabled():
        print(  # noqa: T201
            f"\n  {ROUNDS} processes killed, {len(said)} changes said to be committed, {events} found"
        )
    # Of each process, one change may be committed and not yet said.
    assert len(said) <= head - seeded <= len(said) + ROUNDS
    assert events == head - seeded
    assert undelivered == 0
    assert shown == names
    assert stamps == dict.fromkeys(SCHEMAS, str(head))
    for slug in SLUGS:
        last = [line.split("\t")[1] for line in said if line.startswith(f"{slug}\t")][-1]
        _, round_name, count = last.split()
        _, found_round, found_count = names[slug].split()
        assert (int(found_round), int(found_count)) >= (int(round_name), int(count))
