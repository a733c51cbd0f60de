"""The tables of releases take what is new and refuse every change."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import CatalogueRelease, CatalogueReleaseEntry
from tests.factories.registry import stored


@pytest.fixture
async def release(session: AsyncSession) -> CatalogueRelease:
    release = await stored(
        session,
        CatalogueRelease(
            edition=7,
            region_code="330000",
            issued_on=date(2026, 12, 1),
            issued_at=datetime(2026, 11, 30, 18, tzinfo=UTC),
            entry_count=2,
            content_hash="0" * 64,
            head="{}",
        ),
    )
    session.add_all(entry(release, position) for position in range(2))
    await session.commit()
    return release


def entry(release: CatalogueRelease, position: int) -> CatalogueReleaseEntry:
    assert release.id is not None
    return CatalogueReleaseEntry(
        release_id=release.id, position=position, platform_uid=UUID(int=position + 5), content="{}"
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE catalogue_release SET head = '{}'",
        "DELETE FROM catalogue_release",
        "UPDATE catalogue_release_entry SET content = '[]'",
        "DELETE FROM catalogue_release_entry",
    ],
)
async def test_the_database_refuses_to_change_or_delete_a_release(
    release: CatalogueRelease, session: AsyncSession, statement: str
) -> None:
    with pytest.raises(DBAPIError, match="a release cannot be changed"):
        await session.execute(text(statement))
    await session.rollback()
    entries = select(func.count()).select_from(CatalogueReleaseEntry)
    assert await session.scalar(entries) == 2


@pytest.mark.parametrize("position", [-1, 2])
async def test_the_database_refuses_another_entry(
    release: CatalogueRelease, session: AsyncSession, position: int
) -> None:
    session.add(entry(release, position))
    with pytest.raises(DBAPIError, match="a release cannot be changed"):
        await session.flush()
    await session.rollback()
