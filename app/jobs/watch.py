"""Seeing that import jobs are worked on: by a process of their own, so that reading a file slows no request down.

The process is started when a job is due, works on all that are, waits a little for more, and ends. It ends with its
parent too, however that ends: its input is a pipe that then closes.
"""

import asyncio
import json
import sys
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.db import SessionFactory
from app.jobs.files import folder_of, forget_files
from app.jobs.queries import has_due_job, known_files
from app.kit.clock import utcnow
from app.settings import Settings

LOOK_SECONDS = 0.5
_AFTER_FAILURE_SECONDS = 5.0
_TIDY_SECONDS = 3600.0
MODULE = "app.jobs.process"

log = structlog.get_logger(__name__)


async def watch_jobs(new_session: SessionFactory, settings: Settings) -> None:
    """Start the process whenever a job is due, and tidy up the files; until cancelled."""
    tidied = 0.0
    loop = asyncio.get_running_loop()
    while True:
        pause = LOOK_SECONDS
        try:
            if await is_due(new_session, now=utcnow()) and await run_process(settings) != 0:
                pause = _AFTER_FAILURE_SECONDS
            if loop.time() - tidied > _TIDY_SECONDS:
                tidied = loop.time()
                await tidy(new_session, settings, now=utcnow())
        except (SQLAlchemyError, OSError) as error:
            log.warning("import jobs could not be looked after", error=str(error))
            pause = _AFTER_FAILURE_SECONDS
        await asyncio.sleep(pause)


async def is_due(new_session: SessionFactory, *, now: datetime) -> bool:
    """Tell whether a job waits to be worked on."""
    async with new_session() as session:
        return await has_due_job(session, now)


async def tidy(new_session: SessionFactory, settings: Settings, *, now: datetime) -> None:
    """Delete files that nobody needs."""
    async with new_session() as session:
        known = await known_files(session)
    await forget_files(folder_of(settings), known, now)


async def run_process(settings: Settings) -> int:
    """Run the process to its end, and return its exit status; it is killed when this is cancelled."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", MODULE, stdin=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None  # noqa: S101 (asked for; narrows the type)
    try:
        # By the pipe, not as arguments: others could read a password there.
        process.stdin.write(given_to_process(settings))
        await process.stdin.drain()
        return await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        process.stdin.close()


def given_to_process(settings: Settings) -> bytes:
    """Return the line that tells the process its settings."""
    wanted = {"data_dir", "database_url", "import_limit_mb", "log_level", "log_format"}
    return json.dumps(settings.model_dump(mode="json", include=wanted)).encode() + b"\n"
