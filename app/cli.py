"""The command `proving`: serve, and the steps before it one by one."""

import asyncio
import gc
import sys
import time
from collections.abc import Coroutine
from typing import Any

import typer

from app.settings import Settings, SettingsError, load_settings

cli = typer.Typer(
    name="proving",
    help="Proving Ground: from the test a research result needs, to the platform that may lawfully run it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command line; what its user can put right is said in plain lines, not as a traceback."""
    try:
        cli()
    except SettingsError as error:
        sys.exit(f"Settings: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


@cli.command()
def serve() -> None:
    """Prepare the database and the search indexes as far as needed, then answer requests until stopped."""
    settings = _configured()
    # Importing makes many objects and hardly any garbage: without looking for it we start a quarter sooner.
    gc.disable()
    import uvicorn

    import app.main  # noqa: F401  (what uvicorn loads)
    from app.startup import prepare

    gc.freeze()
    gc.enable()
    _run(prepare(settings, _say))
    _say(f"Serving on http://{settings.host}:{settings.port} (documentation at /docs). Stop with Ctrl+C.")
    uvicorn.run(
        "app.main:create_app_from_environment",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        log_config=None,
        access_log=False,
        server_header=False,
    )


@cli.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    from app.startup import migrate_database

    _run(migrate_database(_configured(), _say))


@cli.command()
def seed() -> None:
    """Load the seed data, if it or PROVING_SEED_DEMO has changed; migrates first."""
    from app.startup import load_seed_data, migrate_database

    settings = _configured()
    _run(migrate_database(settings, _say))
    _run(load_seed_data(settings, _say))


@cli.command()
def reindex() -> None:
    """Build the search indexes anew from the database; searches are answered meanwhile."""
    from app.startup import build_indexes

    _run(build_indexes(_configured(), _say, only_if_stale=False))


@cli.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    from app.main import create_app
    from app.openapi import as_text

    sys.stdout.write(as_text(create_app(Settings()).openapi()))


def _configured() -> Settings:
    from app.logging import configure_logging

    settings = load_settings()
    configure_logging(settings)
    return settings


def _run(work: Coroutine[Any, Any, None]) -> None:
    from sqlalchemy.exc import DBAPIError

    from app.seeding.files import SeedError
    from search.port import SearchError

    try:
        asyncio.run(work)
    except (DBAPIError, ConnectionError) as error:
        sys.exit(f"The database cannot be used: {getattr(error, 'orig', None) or error}")
    except SeedError as error:
        sys.exit(f"The seed data cannot be loaded: {error}")
    except SearchError as error:
        sys.exit(f"The search engine cannot be used: {error}")


def _say(message: str) -> None:
    print(time.strftime("%H:%M:%S"), message, flush=True)  # noqa: T201 (a command talks to its user)


if __name__ == "__main__":
    main()
