"""Bring the database to the newest schema. The steps themselves are in the folder `migrations`."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

ROOT = Path(__file__).resolve().parent.parent
# Any number will do, as long as nothing else in the database uses it.
_LOCK = 7_120_250_626


def config_for(connection: Connection) -> Config:
    """Return the Alembic configuration that works on `connection`."""
    config = Config(ROOT / "alembic.ini")
    config.attributes["connection"] = connection
    return config


async def migrate(engine: AsyncEngine) -> str | None:
    """Upgrade to the newest revision; return it, or None if the database was there already.

    Several processes may do this at once on PostgreSQL: a lock lets one work and the others find it done.
    """
    async with engine.begin() as connection:
        return await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> str | None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
    head = ScriptDirectory.from_config(Config(ROOT / "alembic.ini")).get_current_head()
    if MigrationContext.configure(connection).get_current_revision() == head:
        return None
    command.upgrade(config_for(connection), "head")
    return head
