"""The command `proving`: serve, and the steps before it one by one."""

import asyncio
import gc
import getpass
import sys
import time
from collections.abc import Coroutine
from typing import Annotated, Any

import typer

from app.settings import Settings, SettingsError, load_settings

cli = typer.Typer(
    name="proving",
    help="Proving Ground: from the test a research result needs, to the platform that may lawfully run it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
admin = typer.Typer(help="Administrators.", no_args_is_help=True)
cli.add_typer(admin, name="admin")


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
    _show_demo_accounts(settings)
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
def worker() -> None:
    """Deliver events to the search indexes until stopped, for servers with PROVING_WORKER=apart; migrates first."""
    from app.startup import migrate_database
    from app.worker import serve_apart

    settings = _configured()
    _run(migrate_database(settings, _say))
    _say("Delivering events. Stop with Ctrl+C.")
    _run(serve_apart(settings))


@cli.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    from app.startup import migrate_database

    _run(migrate_database(_configured(), _say))


@cli.command()
def seed() -> None:
    """Load the seed data, if it or PROVING_SEED_DEMO has changed; migrates first."""
    from app.startup import bring_accounts, load_demo_pool, load_seed_data, migrate_database

    settings = _configured()
    _run(migrate_database(settings, _say))
    _run(load_seed_data(settings, _say))
    _run(bring_accounts(settings, _say))
    _run(load_demo_pool(settings, _say))


@cli.command()
def reindex() -> None:
    """Build the search indexes anew from the database; searches are answered meanwhile."""
    from app.startup import build_indexes

    _run(build_indexes(_configured(), _say, only_if_stale=False))


@admin.command()
def create(
    email: str, name: Annotated[str, typer.Option(help="how the administrator is called")] = "管理员"
) -> None:
    """Open an administrator's account; migrates first. The password is asked for, or read from standard input."""
    from app.accounts.admin import AdminRefused
    from app.startup import make_admin, migrate_database

    settings = _configured()
    password = _read_password()
    _run(migrate_database(settings, _say))
    try:
        _run(make_admin(settings, _say, email=email, name=name, password=password))
    except AdminRefused as error:
        sys.exit(str(error))


@cli.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    from app.main import create_app
    from app.openapi import as_text

    sys.stdout.write(as_text(create_app(Settings()).openapi()))


@cli.command()
def policy() -> None:
    """Print the table of who may do what, as docs/policy.md."""
    from app.auth.document import policy_document
    from app.main import create_app
    from app.policy import TABLE

    sys.stdout.write(policy_document(create_app(Settings()).openapi(), TABLE))


@cli.command()
def states(page: str = "listing-states") -> None:
    """Print a state machine as a page of docs/: listing-states, project-stages or result-states."""
    from app.drawing import PAGES

    if page not in PAGES:
        sys.exit(f"There is no page {page}; there are: {', '.join(PAGES)}")
    sys.stdout.write(PAGES[page]())


def _show_demo_accounts(settings: Settings) -> None:
    """Print how to sign in to the demo, or end the process where more than this machine could do so."""
    from app.accounts.demo import PASSWORD
    from app.startup import existing_demo_accounts

    accounts = asyncio.run(existing_demo_accounts(settings))
    if not accounts:
        return
    if not settings.listens_on_loopback_only and not settings.allow_demo_accounts:
        sys.exit(
            f"There are demo accounts with a public password, and {settings.host} can be reached from outside. "
            "Remove them with PROVING_SEED_DEMO=0, or allow them with PROVING_ALLOW_DEMO_ACCOUNTS=1."
        )
    _say(f"Demo accounts, all with the password {PASSWORD}:")
    for email in accounts:
        _say(f"  {email}")


def _read_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        sys.exit("The two are not the same.")
    return password


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
