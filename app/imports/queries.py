"""What the catalogue knows that a file is checked against."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.models import Standard


async def listed_bases(session: AsyncSession) -> frozenset[str]:
    """Return the base numbers of the standards in the vocabulary."""
    return frozenset(await session.scalars(select(col(Standard.base)).where(col(Standard.listed))))
