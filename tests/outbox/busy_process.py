"""A process that changes platforms, says which changes are committed, and delivers them; killed by test_kill.

`python -m tests.outbox.busy_process URL FOLDER ROUND`
"""

import asyncio
import sys
from pathlib import Path

from app.worker import run_worker
from tests.outbox.worlds import open_world, rename

SLUGS = ("demo-petrochemical-01", "demo-petrochemical-02", "demo-petrochemical-03")


async def be_busy(url: str, folder: Path, round_name: str) -> None:
    async with open_world(url, folder) as world:
        working = asyncio.create_task(run_worker(world.sessions, world.search))
        for number in range(100_000):
            slug, name = SLUGS[number % len(SLUGS)], f"平台 {round_name} {number}"
            await rename(world, slug, name)
            print(f"{slug}\t{name}", flush=True)  # noqa: T201 (the parent reads it)
            await asyncio.sleep(0.005)
        await working


if __name__ == "__main__":
    asyncio.run(be_busy(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
