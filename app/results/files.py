"""The files of attachments: stored under the hash of their content, once however many rows use them.

A file is put in its place, and removed, only by who holds the lock on its hash in a writing transaction, so nobody
removes what another is about to use.
"""

import asyncio
import time
from collections.abc import Iterable
from pathlib import Path

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import SessionFactory, writing
from app.results.attachment_queries import used_hashes
from app.settings import Settings

FOLDER = "attachments"
INCOMING = "incoming"
_TIDY_SECONDS = 3600.0
_HASHES_AT_ONCE = 500

log = structlog.get_logger(__name__)


def folder_of(settings: Settings) -> Path:
    """Return the folder of all attachments."""
    return settings.data_dir / FOLDER


def path_of(settings: Settings, sha256: str) -> Path:
    """Return where the file of this content is, or would be."""
    return folder_of(settings) / sha256[:2] / sha256


async def lock_content(session: AsyncSession, sha256: str) -> None:
    """Keep everybody else from placing or removing the file until the transaction ends.

    With SQLite who writes has the only write lock of the database already.
    """
    if session.get_bind().dialect.name != "sqlite":
        await session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:content))"), {"content": sha256})


async def forget_unused(new_session: SessionFactory, settings: Settings, hashes: Iterable[str]) -> None:
    """Remove the files of those hashes that no row uses any more."""
    for sha256 in sorted(set(hashes)):
        async with writing(new_session) as session:
            await lock_content(session, sha256)
            if not await used_hashes(session, [sha256]):
                await asyncio.to_thread(path_of(settings, sha256).unlink, missing_ok=True)


async def place(session: AsyncSession, settings: Settings, received: Path, sha256: str) -> None:
    """Move a file that was received to its place, unless one of the same content is there already."""
    await lock_content(session, sha256)
    await asyncio.to_thread(_place, received, path_of(settings, sha256))


def _place(received: Path, path: Path) -> None:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        received.replace(path)


async def tidy_attachments(new_session: SessionFactory, settings: Settings) -> None:
    """Remove, once an hour until cancelled, what processes that were killed have left behind."""
    while True:
        try:
            await tidy_once(new_session, settings)
        except (SQLAlchemyError, OSError) as error:
            log.warning("attachments could not be tidied up", error=str(error))
        await asyncio.sleep(_TIDY_SECONDS)


async def tidy_once(
    new_session: SessionFactory, settings: Settings, *, older_than_seconds: float = _TIDY_SECONDS
) -> None:
    """Remove files that no row uses and that nobody is receiving, if they are older than that."""
    names = await asyncio.to_thread(_old_files, folder_of(settings), time.time() - older_than_seconds)
    for start in range(0, len(names), _HASHES_AT_ONCE):
        some = names[start : start + _HASHES_AT_ONCE]
        async with new_session() as session:
            unused = set(some) - await used_hashes(session, some)
        await forget_unused(new_session, settings, unused)


def _old_files(folder: Path, before: float) -> list[str]:
    """Return the hashes of the files of that age; those left in the folder of incoming files go at once."""
    hashes = []
    for path in folder.glob("*/*"):
        if path.stat().st_mtime <= before:
            if path.parent.name == INCOMING:
                path.unlink(missing_ok=True)
            else:
                hashes.append(path.name)
    return sorted(hashes)
