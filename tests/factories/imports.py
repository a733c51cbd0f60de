"""Import jobs of a platform."""

from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import ImportJob, ImportKind, ImportMode, JobState, OnError, Platform
from tests.factories.people import LONG_AGO
from tests.factories.registry import stored


async def make_job(session: AsyncSession, platform: Platform, **known: Any) -> ImportJob:
    """A job that waits, with a file that nobody kept."""
    assert platform.id is not None
    values: dict[str, Any] = {
        "kind": ImportKind.EQUIPMENT,
        "platform_id": platform.id,
        "target": f"something of {platform.id}",
        "mode": ImportMode.APPEND,
        "on_error": OnError.REJECT_ALL,
        "dry_run": False,
        "closed_on": date(2026, 10, 31),
        "file_name": "设备.csv",
        "media_type": "text/csv",
        "size_bytes": 321,
        "sha256": "0" * 64,
        "state": JobState.QUEUED,
        "created_at": LONG_AGO,
        "requested_by": "person:test",
        **known,
    }
    return await stored(session, ImportJob(**values))
