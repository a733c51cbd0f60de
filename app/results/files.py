"""The files of attachments: stored under the hash of their content, once however many rows use them.

A file is put in its place, and removed, only by who holds the lock on its hash in a writing transaction, so nobody
removes what another is about to use.
"""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import SessionFactory, writing
from app.results.attachment_queries import used_hashes
from app.settings import Settings

FOLDER = "attachments"


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
