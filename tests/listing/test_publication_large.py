"""Publication of much, and how soon it is found: a hundred thousand lines in seconds, anything within two seconds."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import event, insert, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.db import SessionFactory, make_session_factory, writing
from app.indexing.indexer import reindex
from app.kit.clock import utcnow
from app.kit.pagination import PageParams
from app.listing.drafts import lock_listing
from app.listing.lines import LINE
from app.listing.publication import publish_revision, retire_platform
from app.models import ItemKind, Platform, metadata
from app.registry.postings import rebuild_postings
from app.registry.scope_queries import LineConditions, page_of_line_ids
from app.worker import run_worker
from search.embedded import EmbeddedEngine
from search.port import SearchRequest
from search.standard_numbers import parse_standard_number
from search.text import TextLayer
from tests.listing.marked import Marked, make_marked

LINES = 100_000
STANDARDS = 1_500
PUBLISHED_WITHIN_SECONDS = 60.0
FOUND_WITHIN_SECONDS = 2.0
POSTING = metadata.tables["scope_posting"]


def silent(_message: str) -> None:
    pass


async def publish(sessions: SessionFactory, platform_id: int) -> None:
    async with writing(sessions) as session:
        listing = await lock_listing(session, platform_id)
        await publish_revision(session, listing, actor="person:test", now=utcnow())


async def many_lines(session: AsyncSession, marked: Marked, count: int = LINES) -> None:
    """Many lines of fifteen hundred standards in the draft of `hub`, as an import leaves them."""
    standards = [
        {"id": 10_000 + n, "base": f"Q/MANY {n}", "key": f"q/many{n}", "field_codes": [], "listed": False}
        for n in range(STANDARDS)
    ]
    editions = [
        {"id": 10_000 + n, "number": f"Q/MANY {n}-2020", "standard_id": 10_000 + n, "year": 2020}
        for n in range(STANDARDS)
    ]
    await session.execute(insert(metadata.tables["standard"]), standards)
    await session.execute(insert(metadata.tables["standard_edition"]), editions)
    lines = [
        {
            "accreditation_id": marked.held.id,
            "standard_id": 10_000 + n % STANDARDS,
            "standard_number": f"Q/MANY {n % STANDARDS}-2020",
            "standard_year": 2020,
            "clause": str(n),
            "live": False,
            "since_revision": 2,
            "natural_key": n.to_bytes(16, "big"),
        }
        for n in range(count)
    ]
    for start in range(0, count, 10_000):
        await session.execute(insert(LINE), lines[start : start + 10_000])


@pytest.mark.slow
async def test_a_hundred_thousand_lines_are_published_in_seconds(
    own_sessions: SessionFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    async with own_sessions() as session:
        marked = await make_marked(session)
        await many_lines(session, marked)
        await session.commit()
    began = time.perf_counter()
    await publish(own_sessions, marked.hub.id or 0)
    seconds = time.perf_counter() - began
    async with own_sessions() as session:
        kept = list(await session.scalars(select(POSTING.c.data).order_by(POSTING.c.standard_id)))
        assert await rebuild_postings(session) == LINES + 1 + len(marked.next.lines)
        assert kept == list(await session.scalars(select(POSTING.c.data).order_by(POSTING.c.standard_id)))
        await session.rollback()
    with capsys.disabled():
        print(f"\n  {LINES:,} lines were published in {seconds:.1f} s")  # noqa: T201
    assert seconds < PUBLISHED_WITHIN_SECONDS


@asynccontextmanager
async def worker(sessions: SessionFactory) -> AsyncIterator[EmbeddedEngine]:
    engine = EmbeddedEngine(TextLayer())
    await reindex(sessions, engine, progress=silent)
    working = asyncio.create_task(run_worker(sessions, engine))
    yield engine
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working
    await engine.close()


async def seconds_until(engine: EmbeddedEngine, index: str, words: str, *, found: bool) -> float:
    """Return how long it takes until a search for the words finds something that says them, or no longer does."""
    began = time.perf_counter()
    while time.perf_counter() - began < 10 * FOUND_WITHIN_SECONDS:
        page = await engine.search(SearchRequest(index, words))
        if any(words in str(hit.document) for hit in page.hits) == found:
            break
        await asyncio.sleep(0.02)
    return time.perf_counter() - began


async def test_what_is_published_is_found_within_two_seconds_and_what_is_retired_is_not(
    own_sessions: SessionFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    async with own_sessions() as session:
        marked = await make_marked(session)
    new, hubs = marked.new, marked.next
    service = str(hubs.documents[ItemKind.SERVICE]["title_zh"])
    platform = str(new.documents[ItemKind.PLATFORM]["name_zh"])
    waited = []
    async with worker(own_sessions) as engine:
        for drafted, index, words in ((new, "platforms", platform), (hubs, "services", service)):
            page = await engine.search(SearchRequest(index, words))
            assert not any(words in str(hit.document) for hit in page.hits)
            await publish(own_sessions, drafted.platform.id or 0)
            waited.append(await seconds_until(engine, index, words, found=True))
        async with writing(own_sessions) as session:
            row = await session.get_one(Platform, new.platform.id)
            await retire_platform(session, row, successor=None, today=utcnow().date(), actor="person:test")
        waited.append(await seconds_until(engine, "platforms", platform, found=False))
    with capsys.disabled():
        shown = ", ".join(f"{seconds:.2f} s" for seconds in waited)
        print(f"\n  published, edited, retired: known to search after {shown}")  # noqa: T201
    assert statistics.median(waited) < FOUND_WITHIN_SECONDS


LOOKED_UP = {
    "ix_scope_line_standard_id_accreditation_id": LineConditions(
        standard=parse_standard_number("GB 38031-2020")
    ),
    "ix_scope_line_object_id_accreditation_id": LineConditions(object_keys=frozenset({"动力蓄电池单体"})),
    "ix_scope_line_parameter_id_accreditation_id": LineConditions(parameter_keys=frozenset({"过充电"})),
}


async def test_lines_are_looked_up_on_indexes_of_live_lines_alone(own_engine: AsyncEngine) -> None:
    sessions = make_session_factory(own_engine)
    async with sessions() as session:
        marked = await make_marked(session)
        await many_lines(session, marked, 5_000)
        await session.commit()
    await publish(sessions, marked.hub.id or 0)
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        asked.append((statement, parameters))

    event.listen(own_engine.sync_engine, "before_cursor_execute", note)
    async with sessions() as session:
        for conditions in LOOKED_UP.values():
            await page_of_line_ids(session, conditions, PageParams())
    event.remove(own_engine.sync_engine, "before_cursor_execute", note)
    pages = [(statement, given) for statement, given in asked if "FROM scope_line" in statement]
    is_sqlite = own_engine.dialect.name == "sqlite"
    async with own_engine.connect() as connection:
        await connection.execute(text("ANALYZE"))
        if not is_sqlite:
            await connection.execute(text("SET enable_seqscan = off"))
        for index, (statement, given) in zip(LOOKED_UP, pages, strict=True):
            explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
            plan = str((await connection.exec_driver_sql(explain + statement, given)).all())
            assert index in plan
