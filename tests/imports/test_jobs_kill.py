"""A process that works on an import is killed at random points: no row is doubled, half there or lost."""

import asyncio
import random
import time
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.db import writing
from app.jobs.runner import work_on_one
from app.kit.clock import utcnow
from app.models import metadata
from app.settings import Settings
from tests.imports import forked_process
from tests.imports.job_worlds import JOB, LINE, World, lines_csv

KILLS = 12
LINES = 2500
CLOSED_ON = date(2026, 10, 31)
OBJECT = metadata.tables["test_object"]

Draft = dict[str, tuple[str | None, date | None]]
"""Restriction and last day of each line of the draft, by its object."""


async def draft_of(world: World) -> Draft:
    statement = (
        select(OBJECT.c.name_zh, LINE.c.restriction_zh, LINE.c.effective_to)
        .join(OBJECT, OBJECT.c.id == LINE.c.object_id)
        .where(LINE.c.until_revision.is_(None), LINE.c.import_id.is_(None))
    )
    rows = await world.rows(statement)
    draft = {row.name_zh: (row.restriction_zh, row.effective_to) for row in rows}
    assert len(draft) == len(rows), "a line is there twice"
    return draft


def after(before: Draft, start: int, restriction: str) -> Draft:
    """What replacing the scope by a file of LINES lines makes of a draft."""
    closed = {name: (said, last or CLOSED_ON) for name, (said, last) in before.items()}
    return closed | {f"示例产品{number}": (restriction, None) for number in range(start, start + LINES)}


async def send(world: World, start: int, restriction: str) -> None:
    answer = await world.send(
        lines_csv(LINES, start=start, 限制范围=restriction),
        mode="replace",
        closed_on=CLOSED_ON.isoformat(),
    )
    assert answer.status_code == 202


async def killed_at_work(settings: Settings, world: World, wait: float) -> bool:
    """Let a process work on the job for `wait` seconds and kill it; False when it had come to the end before."""
    process = forked_process.start(settings)
    ((job, attempts),) = await world.rows(select(JOB.c.id, JOB.c.attempts).order_by(JOB.c.id.desc()).limit(1))
    taken = select(JOB.c.id).where(JOB.c.id == job, JOB.c.attempts > attempts)
    async with asyncio.timeout(60):
        # The other process says nothing; only its rows tell that it is at work.
        while not await world.rows(taken):
            assert process.exitcode is None
            await asyncio.sleep(0.01)
    await asyncio.sleep(wait)
    process.kill()
    process.join()
    process.close()
    return bool(await world.rows(select(JOB.c.id).where(JOB.c.id == job, JOB.c.state == "running")))


@pytest.mark.slow
async def test_no_row_is_doubled_or_half_there_when_the_process_is_killed(
    world: World, own_database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(11)
    settings = Settings(data_dir=world.app.state.settings.data_dir, database_url=own_database_url)
    started = time.monotonic()
    await world.bring(lines_csv(LINES))
    undisturbed = time.monotonic() - started
    before = await draft_of(world)
    start, restriction = 1000, "只测 1"
    await send(world, start, restriction)
    kills: list[bool] = []

    for number in range(KILLS):
        was_running = await killed_at_work(settings, world, chance.uniform(0, undisturbed))
        kills.append(was_running)
        draft = await draft_of(world)
        expected = after(before, start, restriction)
        assert draft in (before, expected)

        if not was_running:
            assert draft == expected
            before, start, restriction = draft, chance.randrange(2000), f"只测 {number}"
            await send(world, start, restriction)
            continue
        async with writing(world.sessions) as session:
            late = utcnow() - timedelta(seconds=1)
            await session.execute(update(JOB).where(JOB.c.state == "running").values(lease_until=late))
    assert await work_on_one(world.shop)
    assert await draft_of(world) == after(before, start, restriction)
    (job,) = await world.rows(select(JOB).order_by(JOB.c.id.desc()).limit(1))
    assert (job.state, job.rows_read) == ("done", LINES)
    assert await world.rows(select(LINE.c.id).where(LINE.c.import_id.is_not(None))) == []
    with capsys.disabled():
        print(f"\n  {KILLS} processes killed, {sum(kills)} of them in the middle of a job")  # noqa: T201
    assert sum(kills) >= KILLS // 3


async def test_a_worker_that_lost_its_lease_writes_nothing_more(world: World) -> None:
    job: Any = (await world.send(lines_csv(2000))).json()["id"]
    working = asyncio.create_task(work_on_one(world.shop))
    await world.until_rows_are_read(job)
    async with writing(world.sessions) as session:
        values = {"worker": "another", "lease_until": utcnow() - timedelta(seconds=1)}
        await session.execute(update(JOB).values(values))
    await working
    assert (await world.job(job))["state"] == "running"
    assert await work_on_one(world.shop)
    found = await world.job(job)
    assert (found["state"], found["added"]) == ("done", 2000)
    assert len(await world.lines()) == 2000
