"""What happens before requests are answered: schema, seed data, search indexes. Each step does only what is needed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import structlog
from starlette.datastructures import State

from app.accounts.admin import create_admin
from app.accounts.demo import bring_demo_accounts, demo_emails
from app.accounts.passwords import Passwords
from app.auth.token_key import TokenKey
from app.db import SessionFactory, make_engine, make_session_factory
from app.errors import SearchUnavailable
from app.indexing.indexer import ensure_fresh, reindex
from app.kit.clock import utcnow
from app.matching.snapshot_cache import SnapshotCache
from app.matching.snapshot_queries import catalogue_version
from app.migrations import migrate
from app.seeding.demo_lists import are_listed, forget_lists, seed_lists
from app.seeding.load import SEED_DIR, SeedReport, seed
from app.seeding.pool import seed_pool
from app.settings import Settings
from app.vocabulary.names import load_names
from app.vocabulary.synonyms import colloquial_groups, drawing_phrases, synonym_groups
from app.watches.usecases import Saving
from search.factory import make_engine as make_search_engine
from search.port import SearchEngine, SearchError
from search.synonyms import SynonymGroup
from search.text import TextLayer

Say = Callable[[str], None]

RETRY_SECONDS = 10.0
"""How long to wait before a search engine that could not be used is tried again."""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[SessionFactory]:
    """Give the factory of sessions on the database of `settings`; its connections are closed at the end."""
    engine = make_engine(settings)
    try:
        yield make_session_factory(engine)
    finally:
        await engine.dispose()


@asynccontextmanager
async def open_search(settings: Settings, new_session: SessionFactory) -> AsyncIterator[SearchEngine]:
    """Give the search engine of `settings`, which understands the words of the present vocabularies."""
    engine = make_search_engine(
        settings.search_engine,
        await make_text_layer(new_session),
        folder=settings.index_dir,
        meili_url=settings.meili_url,
        meili_key=settings.meili_key.get_secret_value() or None,
        index_prefix=settings.meili_index_prefix,
    )
    try:
        yield engine
    finally:
        await engine.close()


async def make_text_layer(new_session: SessionFactory) -> TextLayer:
    """Return the tokens of the search engines, with the synonyms of the vocabularies and of everyday speech."""
    async with new_session() as session:
        return TextLayer([*await synonym_groups(session), *_colloquial_groups()])


def make_snapshots() -> SnapshotCache:
    """Return the memory of the catalogue for matching, which understands how people put things."""
    return SnapshotCache(_colloquial_groups(), drawing_phrases(SEED_DIR / "drawing_phrases.json"))


def _colloquial_groups() -> list[SynonymGroup]:
    return colloquial_groups(SEED_DIR / "search_synonyms.json")


async def migrate_database(settings: Settings, say: Say) -> None:
    """Bring the database to the newest schema."""
    engine = make_engine(settings)
    try:
        revision = await migrate(engine)
    finally:
        await engine.dispose()
    say("Database: the schema is up to date." if revision is None else f"Database: migrated to {revision}.")


async def load_seed_data(settings: Settings, say: Say) -> None:
    """Load the seed files, if they or PROVING_SEED_DEMO have changed since."""
    async with open_database(settings) as new_session:
        report = await seed(
            new_session, demo=settings.seed_demo, progress=lambda step: say(f"Seed data: {step} ...")
        )
    _say_seeded(report, "Seed data", say)


async def bring_accounts(settings: Settings, say: Say) -> None:
    """Make the demo accounts where the demo catalogue is, and remove them where it is not."""
    async with open_database(settings) as new_session:
        made, removed = await bring_demo_accounts(
            new_session, Passwords(), wanted=settings.seed_demo, now=utcnow()
        )
    if made or removed:
        say(f"Demo accounts: {made} made, {removed} removed.")


async def load_demo_pool(settings: Settings, say: Say) -> None:
    """Load the files of the demo pool, if they or PROVING_SEED_DEMO have changed since."""
    async with open_database(settings) as new_session:
        report = await seed_pool(
            new_session, demo=settings.seed_demo, progress=lambda step: say(f"Seed data: {step} ...")
        )
        if not settings.seed_demo:
            await forget_lists(new_session)
    _say_seeded(report, "Demo pool", say)


def _say_seeded(report: SeedReport, what: str, say: Say) -> None:
    if report.changed:
        say(f"{what}: {sum(report.written.values())} rows written, {sum(report.removed.values())} removed.")
    else:
        say(f"{what}: unchanged.")


async def existing_demo_accounts(settings: Settings) -> Sequence[str]:
    """Return the addresses of the demo accounts in the database."""
    async with open_database(settings) as new_session, new_session() as session:
        return await demo_emails(session)


async def make_admin(settings: Settings, say: Say, *, email: str, name: str, password: str) -> None:
    """Open an administrator's account. Raises AdminRefused."""
    async with open_database(settings) as new_session:
        made = await create_admin(
            new_session, Passwords(), email=email, name=name, password=password, now=utcnow()
        )
    say(f"Administrator {made} can sign in.")


async def build_indexes(settings: Settings, say: Say, *, only_if_stale: bool) -> None:
    """Build the search indexes, or only those that are behind the database."""
    build = ensure_fresh if only_if_stale else reindex
    async with open_database(settings) as new_session, open_search(settings, new_session) as engine:
        counts = await build(new_session, engine, progress=lambda step: say(f"Search: {step} ..."))
    if counts:
        built = ", ".join(f"{count} {index}" for index, count in counts.items())
        say(f"Search: indexed {built} ({settings.search_engine}).")
    else:
        say("Search: the indexes are up to date.")


async def fill_demo_lists(settings: Settings, say: Say) -> None:
    """Make what the demo accounts find in their lists, if that has changed since.

    Comes after the search indexes, which are asked. Raises SearchError and SearchUnavailable.
    """
    async with open_database(settings) as new_session:
        if not settings.seed_demo or await are_listed(new_session):
            return
        async with open_search(settings, new_session) as engine:
            report = await seed_lists(*await _asking(settings, new_session, engine))
    _say_seeded(report, "Demo lists", say)


async def _asking(
    settings: Settings, new_session: SessionFactory, engine: SearchEngine
) -> tuple[State, Saving]:
    """Return what matching and saving take, outside of the application."""
    snapshots = make_snapshots()
    async with new_session() as session:
        names = await load_names(session, await catalogue_version(session))
    saving = Saving(engine, snapshots, names, TokenKey(settings).get(), utcnow())
    return State(
        {"new_session": new_session, "search": engine, "snapshots": snapshots, "settings": settings}
    ), saving


async def prepare(settings: Settings, say: Say) -> None:
    """Do all that serving needs, in order; a second time there is nothing to do."""
    await migrate_database(settings, say)
    await load_seed_data(settings, say)
    await bring_accounts(settings, say)
    await load_demo_pool(settings, say)
    try:
        await build_indexes(settings, say, only_if_stale=True)
        await fill_demo_lists(settings, say)
    except (SearchError, SearchUnavailable) as error:
        say(f"Search: the engine cannot be used ({error}).")
        say("Search: the database answers until the engine is back; its indexes are built then.")


async def build_indexes_when_possible(
    new_session: SessionFactory, engine: SearchEngine, *, retry_seconds: float = RETRY_SECONDS
) -> None:
    """Build what is behind the database, again and again until the engine lets us."""
    while True:
        try:
            await ensure_fresh(new_session, engine, progress=log.info)
        except SearchError as error:
            log.warning("the indexes are not up to date", error=str(error))
            await asyncio.sleep(retry_seconds)
        else:
            return
