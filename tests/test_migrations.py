"""The migrations make exactly the tables of the models, and can be taken back."""

from collections.abc import AsyncIterator

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db import engine_for_url
from app.migrations import config_for, migrate
from app.models import metadata

ALEMBICS_OWN_TABLE = {"alembic_version"}


@pytest.fixture
async def empty_engine(empty_database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = engine_for_url(empty_database_url)
    yield engine
    await engine.dispose()


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True}
    )
    return list(compare_metadata(context, metadata))


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def head(connection: Connection) -> str | None:
    return ScriptDirectory.from_config(config_for(connection)).get_current_head()


def downgrade(connection: Connection) -> None:
    command.downgrade(config_for(connection), "base")


async def test_upgrade_from_empty_makes_exactly_the_models(empty_engine: AsyncEngine) -> None:
    revision = await migrate(empty_engine)
    async with empty_engine.connect() as connection:
        assert revision is not None
        assert revision == await connection.run_sync(head)
        assert await connection.run_sync(tables) == set(metadata.tables) | ALEMBICS_OWN_TABLE
        assert await connection.run_sync(differences) == []


async def test_a_missing_column_is_noticed(empty_engine: AsyncEngine) -> None:
    await migrate(empty_engine)
    async with empty_engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE seed_state DROP COLUMN content_hash")
    async with empty_engine.connect() as connection:
        assert len(await connection.run_sync(differences)) == 1


async def test_migrating_twice_does_nothing(empty_engine: AsyncEngine) -> None:
    await migrate(empty_engine)
    assert await migrate(empty_engine) is None


async def test_down_to_nothing_and_up_again(empty_engine: AsyncEngine) -> None:
    await migrate(empty_engine)
    async with empty_engine.begin() as connection:
        await connection.run_sync(downgrade)
        assert await connection.run_sync(tables) == ALEMBICS_OWN_TABLE
    assert await migrate(empty_engine) is not None
    async with empty_engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_constraints_have_names_that_both_databases_share(empty_engine: AsyncEngine) -> None:
    await migrate(empty_engine)

    def unnamed(connection: Connection) -> list[str]:
        inspector = inspect(connection)
        return [
            table
            for table in metadata.tables
            for constraint in (
                *inspector.get_foreign_keys(table),
                *inspector.get_unique_constraints(table),
                inspector.get_pk_constraint(table),
            )
            if not str(constraint["name"]).startswith(("fk_", "uq_", "pk_"))
        ]

    async with empty_engine.connect() as connection:
        assert await connection.run_sync(unnamed) == []


def test_there_is_one_head_and_file_names_sort_by_date() -> None:
    from alembic.config import Config

    from app.migrations import ROOT

    script = ScriptDirectory.from_config(Config(ROOT / "alembic.ini"))
    assert len(script.get_heads()) == 1
    newest_first = [revision.path.rsplit("/", 1)[-1] for revision in script.walk_revisions()]
    assert newest_first == sorted(newest_first, reverse=True)
