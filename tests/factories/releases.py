"""Releases that stand in the database already."""

from datetime import UTC, date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import CatalogueRelease
from app.releases.canonical import canonical, hash_of
from tests.factories.registry import stored


async def make_release(session: AsyncSession, edition: int = 1) -> CatalogueRelease:
    """An edition of the science department of the province, without entries."""
    head = {
        "edition": edition,
        "title": f"示例目录清单{edition}",
        "note": None,
        "issued_on": "2026-12-01",
        "issuer": {
            "region": {"code": "330000", "name": {"zh": "浙江省", "en": "Zhejiang"}},
            "departments": [{"code": "science", "name": {"zh": "科学技术厅", "en": None}}],
        },
        "filter": {"kind": [], "field": [], "city": [], "tier": []},
        "contents": [],
        "entry_count": 0,
    }
    return await stored(
        session,
        CatalogueRelease(
            edition=edition,
            region_code="330000",
            issued_on=date(2026, 12, 1),
            issued_at=datetime(2026, 11, 30, 18, tzinfo=UTC),
            entry_count=0,
            content_hash=hash_of(head, []),
            head=canonical(head),
        ),
    )
