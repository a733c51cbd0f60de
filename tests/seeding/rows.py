"""Looks at rows and seed files, for tests of seeding."""

import json
from typing import Any

from sqlalchemy import func, select

from app.db import SessionFactory
from app.models import metadata
from app.seeding.load import SEED_DIR

TABLES = metadata.tables
PLATFORM, ORGANISATION = TABLES["platform"], TABLES["organisation"]


async def dump(sessions: SessionFactory) -> dict[str, list[Any]]:
    """Every row of every table, in the order of the primary keys."""
    async with sessions() as session:
        return {
            name: [tuple(row) for row in await session.execute(select(table).order_by(*table.primary_key))]
            for name, table in TABLES.items()
        }


async def count(sessions: SessionFactory, table: str) -> int:
    async with sessions() as session:
        return await session.scalar(select(func.count()).select_from(TABLES[table])) or 0


async def one(sessions: SessionFactory, table: str, **where: Any) -> Any:
    columns = TABLES[table].c
    async with sessions() as session:
        statement = select(TABLES[table]).where(*(columns[name] == value for name, value in where.items()))
        return (await session.execute(statement)).one_or_none()


def read(name: str) -> Any:
    return json.loads((SEED_DIR / name).read_text("utf-8"))


def demo_platforms() -> list[Any]:
    return [
        each
        for path in SEED_DIR.glob("demo/group-*.json")
        for each in json.loads(path.read_bytes())["platforms"]
    ]
