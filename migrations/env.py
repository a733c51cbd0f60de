"""How Alembic reaches the database: on a connection handed to it, or on the one of the settings."""

import asyncio
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection
from sqlmodel import AutoString, SQLModel

import app.models  # noqa: F401  (registers every table)
from app.db import make_engine
from app.models.base import UtcDateTime
from app.settings import load_settings


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our own column types as plain ones: a step must run long after our code has changed."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    return False


def run(connection: Connection) -> None:
    """Run the migrations on `connection`; SQLite alters tables by copying them (batch mode)."""
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        render_item=render_item,
        compare_type=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_with_settings() -> None:
    """Connect by the PROVING_ settings; this is what the `alembic` command uses."""
    engine = make_engine(load_settings())
    async with engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    asyncio.run(run_with_settings())
