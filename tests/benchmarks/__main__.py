"""`make bench`: speed as ratios to the bare parts in the same run, at several sizes, on both databases.

Nothing is asserted: targets are printed beside the figures. Timings are in process, without a network.
"""

import argparse
import asyncio
import logging
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import structlog
from fastapi import FastAPI, Response
from sqlalchemy import bindparam, func, select

from app.indexing import indexer
from app.indexing.projections import platform_document, service_document
from app.indexing.queries import platforms_with_services
from app.main import create_app
from app.matching.snapshot_cache import SnapshotCache
from app.models import metadata
from app.settings import Settings
from app.startup import build_indexes, load_seed_data, migrate_database, open_database, open_search
from search.port import In, SearchRequest
from search.schema import PLATFORMS, SERVICES
from tests.benchmarks.demand import measure_demand
from tests.benchmarks.generate import Size, generate
from tests.benchmarks.imports import measure_imports
from tests.benchmarks.measure import Call, line, peak_memory_mb, timed
from tests.benchmarks.watches import measure_watches
from tests.fixtures.postgres import running_postgres, temporary_postgres_database

ON_DATE = date(2024, 6, 1)
WATCHED_DATE = date(2027, 6, 1)
"""Saved matches are judged for a day to come."""
QUERIES = (
    "盐雾试验",
    "动力电池 过充",
    "GB/T 2423.17",
    "拉伸性能检测",
    "emc 测试",
    "zhongshi",
    "涂层耐腐蚀 中试",
    "拉伸",
)


async def main() -> None:
    options = _options()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    for services in options.services:
        size = Size(services // 4, services, services * options.lines_per_service)
        for kind in options.databases:
            with tempfile.TemporaryDirectory(dir=options.folder) as folder:
                async with _database(kind, Path(folder)) as url:
                    print(
                        f"\n{size.platforms} platforms, {services} services, {size.lines} scope lines on {kind}"
                    )
                    await _run(url, Path(folder), size, options.import_lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--services", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--lines-per-service", type=int, default=100)
    parser.add_argument("--import-lines", type=int, default=100_000)
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--folder", default=None, help="where the databases are made; the system's default")
    return parser.parse_args()


@asynccontextmanager
async def _database(kind: str, folder: Path) -> AsyncIterator[str]:
    if kind == "sqlite":
        yield f"sqlite+aiosqlite:///{folder / 'bench.db'}"
        return
    with running_postgres() as server:
        async with temporary_postgres_database(server, "bench") as url:
            yield url


async def _run(url: str, folder: Path, size: Size, import_lines: int) -> None:
    settings = Settings(data_dir=folder, database_url=url, log_level="error")
    await migrate_database(settings, _quiet)
    await load_seed_data(settings, _quiet)
    async with open_database(settings) as new_session:
        started = time.perf_counter()
        await generate(new_session, size)
        print(f"generated in {time.perf_counter() - started:.0f} s")
    await _rebuild(settings)
    await build_indexes(settings, _quiet, only_if_stale=True)
    app = create_app(settings)
    async with (
        open_database(settings) as new_session,
        open_search(settings, new_session) as engine,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://bench", timeout=60
        ) as client,
    ):
        app.state.new_session, app.state.search, app.state.snapshots = new_session, engine, SnapshotCache()
        needs = await _needs(new_session)
        await _matches(client, new_session, needs)
        await _searches(client, engine)
        await _reads(client, new_session)
        await measure_imports(app, client, settings, folder, import_lines)
        await measure_demand(app, client, new_session, ON_DATE.isoformat(), size.services)
        await measure_watches(new_session, engine, WATCHED_DATE)
    print(f"peak memory {peak_memory_mb():.0f} MB")


def _quiet(step: str) -> None:
    del step


async def _rebuild(settings: Settings) -> None:
    """Rebuild the indexes from the database, against ingesting documents that are already made."""
    async with open_database(settings) as new_session, open_search(settings, new_session) as engine:
        started = time.perf_counter()
        counts = await indexer.reindex(new_session, engine, progress=_quiet)
        whole = time.perf_counter() - started
        documents: dict[str, list[Any]] = {SERVICES.name: [], PLATFORMS.name: []}
        async with new_session() as session:
            async for platform, services in platforms_with_services(session):
                documents[PLATFORMS.name].append(platform_document(platform, services))
                documents[SERVICES.name] += [service_document(service) for service in services]
        started = time.perf_counter()
        for name, made in documents.items():
            await engine.rebuild(name, _stream(made), stamp="bench")
        bare = time.perf_counter() - started
    total = sum(counts.values())
    print(
        f"{'rebuild of both indexes':<44} {total / whole:9.0f} documents/s"
        f"   bare {total / bare:8.0f} documents/s   ratio {whole / bare:6.2f}"
    )


async def _stream(documents: Sequence[Any]) -> AsyncIterator[Any]:
    for document in documents:
        yield document


async def _needs(new_session: Any) -> list[list[dict[str, Any]]]:
    """Return sets of four needs: two common standards, a rare one, and a heavy term."""
    standard, scope = metadata.tables["standard"].c, metadata.tables["scope_line"].c
    async with new_session() as session:
        rows = (
            await session.execute(
                select(scope.standard_number, func.count())
                .group_by(scope.standard_number)
                .order_by(func.count().desc(), scope.standard_number)
            )
        ).all()
        terms = (
            (
                await session.execute(
                    select(standard.capability_code)
                    .where(standard.capability_code.is_not(None))
                    .group_by(standard.capability_code)
                    .order_by(func.count().desc(), standard.capability_code)
                    .limit(12)
                )
            )
            .scalars()
            .all()
        )
    common, rare = [r[0] for r in rows[:20]], [r[0] for r in rows[-20:]]
    return [
        [
            {"standard": common[n], "accreditation": "CNAS"},
            {"standard": common[-n - 1], "accreditation": "either"},
            {"standard": rare[n], "accreditation": "CMA", "must": False},
            {"capability": terms[n], "accreditation": "both"},
        ]
        for n in range(10)
    ]


async def _matches(client: httpx.AsyncClient, new_session: Any, needs: Sequence[Any]) -> None:
    def match(body: dict[str, Any]) -> Call:
        async def call() -> None:
            answer = await client.post("/v1/matches", json=body)
            answer.raise_for_status()

        return call

    bodies = [{"needs": n, "on_date": ON_DATE.isoformat()} for n in needs]
    measured = await timed([match(body) for body in bodies])
    bare = await timed([_look_up(new_session, n) for n in needs])
    print(line("match of 4 needs, 20 candidates shown", measured, bare, "target p50 < 50 ms"))


def _look_up(new_session: Any, needs: Sequence[dict[str, Any]]) -> Call:
    """Return the bare look-up: for each need the accreditations with a line, straight from the covering index."""
    line_table, standard = metadata.tables["scope_line"].c, metadata.tables["standard"]
    numbers = [n["standard"].rsplit("-", 1)[0] for n in needs if "standard" in n]
    terms = [n["capability"] for n in needs if "capability" in n]
    ids = select(standard.c.id).where(
        standard.c.base.in_(bindparam("bases", expanding=True))
        | standard.c.capability_code.in_(bindparam("terms", expanding=True))
    )
    statement = (
        select(line_table.standard_id, line_table.accreditation_id, func.count())
        .where(line_table.standard_id.in_(ids))
        .group_by(line_table.standard_id, line_table.accreditation_id)
    )

    async def call() -> None:
        async with new_session() as session:
            (await session.execute(statement, {"bases": numbers, "terms": terms})).all()

    return call


async def _searches(client: httpx.AsyncClient, engine: Any) -> None:
    facets = ("field", "city", "tier")

    def endpoint(query: dict[str, Any]) -> Call:
        async def call() -> None:
            answer = await client.get("/v1/search", params={"index": "services", **query})
            answer.raise_for_status()

        return call

    def bare(request: SearchRequest) -> Call:
        async def call() -> None:
            await engine.search(request)

        return call

    plain = await timed([endpoint({"q": q}) for q in QUERIES], passes=10)
    engine_plain = await timed([bare(SearchRequest("services", q)) for q in QUERIES], passes=10)
    print(line("search, text", plain, engine_plain, "target ratio <= 2"))
    narrowed = await timed(
        [endpoint({"q": q, "city": "330100", "facets": ",".join(facets)}) for q in QUERIES], passes=10
    )
    request = {"city": In("region", ("330100",))}
    engine_narrowed = await timed(
        [bare(SearchRequest("services", q, filters=request, facets=facets)) for q in QUERIES], passes=10
    )
    print(line("search, text + city + 3 facets", narrowed, engine_narrowed, "target ratio <= 2"))


async def _reads(client: httpx.AsyncClient, new_session: Any) -> None:
    platform, scope = metadata.tables["platform"].c, metadata.tables["scope_line"].c
    async with new_session() as session:
        slug = (await session.execute(select(func.max(platform.slug)))).scalar_one()
        number = (await session.execute(select(func.min(scope.standard_number)))).scalar_one()
    paths = {
        "GET /v1/platforms": "/v1/platforms?limit=20",
        "GET /v1/platforms/{slug}": f"/v1/platforms/{slug}",
        "GET /v1/services": "/v1/services?limit=20",
        "GET /v1/scope-lines, reverse directory": f"/v1/scope-lines?standard={number}&scheme=CNAS&on_date={ON_DATE}",
    }
    for name, path in paths.items():
        answer = await client.get(path)
        answer.raise_for_status()
        bare_app = FastAPI()
        bare_app.add_api_route("/", _same_bytes(answer.content))
        transport = httpx.ASGITransport(app=bare_app)
        async with httpx.AsyncClient(transport=transport, base_url="http://bare") as bare_client:
            measured = await timed([lambda path=path: client.get(path)], passes=60)  # type: ignore[misc]
            bare = await timed([lambda: bare_client.get("/")], passes=60)
        print(line(name, measured, bare))


def _same_bytes(content: bytes) -> Callable[[], Response]:
    def answer() -> Response:
        return Response(content, media_type="application/json")

    return answer


if __name__ == "__main__":
    asyncio.run(main())
