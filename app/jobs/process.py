"""The process that works on import jobs; `app.jobs.watch` starts it and tells it the settings in one line."""

import asyncio
import json
import os
import sys
import threading

from app.db import make_engine, make_session_factory
from app.jobs.runner import work_on_one, workshop
from app.logging import configure_logging
from app.settings import Settings

WAITS_SECONDS = 60.0
"""How long the process waits for another job: starting it anew costs more than keeping it."""
_LOOK_SECONDS = 0.2


async def work(settings: Settings) -> None:
    """Work on all jobs that are due, and on those that come while it waits."""
    engine = make_engine(settings)
    shop = workshop(settings, make_session_factory(engine))
    waited = 0.0
    try:
        while waited < WAITS_SECONDS:
            if await work_on_one(shop):
                waited = 0.0
            else:
                await asyncio.sleep(_LOOK_SECONDS)
                waited += _LOOK_SECONDS
    finally:
        await engine.dispose()


def _end_with_parent() -> None:
    """End at once when the parent does; the next process finds the job by its lease.

    Reads without a buffer: a lock of one, held by this thread, would spoil the normal end of the process.
    """
    while os.read(0, 1024):
        pass
    os._exit(1)


def main() -> None:
    """Read the settings and work."""
    settings = Settings.model_validate(json.loads(sys.stdin.buffer.readline()))
    configure_logging(settings)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.nice(5)
    asyncio.run(work(settings))


if __name__ == "__main__":
    main()
