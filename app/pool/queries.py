"""Every SELECT of projects, and what of them is written in bulk."""

from collections.abc import Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import PoolProject, PoolProjectField, metadata

PROJECT = metadata.tables["pool_project"].c
_FIELD = metadata.tables["pool_project_field"].c
_NEED = metadata.tables["result_need"].c


async def project_of_result(session: AsyncSession, result_id: int) -> PoolProject | None:
    """Return the project of a result, locked, whatever its stage."""
    statement = select(PoolProject).where(PROJECT.result_id == result_id).with_for_update()
    found: PoolProject | None = await session.scalar(statement)
    return found


async def capabilities_of(session: AsyncSession, result_id: int) -> Sequence[str]:
    """Return the codes of the terms that the needs of the submitted version were understood as."""
    statement = select(_NEED.capability).where(_NEED.result_id == result_id, _NEED.capability.is_not(None))
    return sorted(set((await session.scalars(statement)).all()))


async def write_fields(session: AsyncSession, project_id: int, codes: Sequence[str]) -> None:
    """Make these the fields of the project, in their order."""
    await session.execute(delete(PoolProjectField).where(_FIELD.project_id == project_id))
    rows = [
        {"project_id": project_id, "field_code": code, "position": position}
        for position, code in enumerate(codes)
    ]
    if rows:
        await session.execute(insert(PoolProjectField), rows)
