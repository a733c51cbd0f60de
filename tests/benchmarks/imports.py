"""Import of scope lines: rows a second against a bare parse and bulk insert, reads meanwhile, memory."""

import asyncio
import random
import re
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import xlsxwriter
from fastapi import FastAPI
from sqlalchemy import text

from app.db import SessionFactory, writing
from app.imports.headings import LABELS, Column
from app.imports.sources import open_source
from app.jobs.watch import MODULE, given_to_process
from app.migrations import ROOT
from app.models import Organisation, OrganisationRole
from app.settings import Settings
from tests.benchmarks.measure import Timing, line
from tests.factories.people import make_member, make_person, signed_in_as
from tests.factories.registry import make_accreditation, make_organisation, make_platform

_COLUMNS = (Column.SITE, Column.OBJECT, Column.PARAMETER, Column.STANDARD, Column.STANDARD_TITLE, Column.CLAUSE,
            Column.RANGE_MIN, Column.RANGE_MAX, Column.UNIT, Column.RESTRICTION, Column.EFFECTIVE_DATE)  # fmt: skip
_UNITS = ("℃", "kV", "MPa", "mm", "V", "A")
_PAUSE_SECONDS = 0.05
_IDLE_CALLS = 60


async def measure_imports(
    app: FastAPI, client: httpx.AsyncClient, settings: Settings, folder: Path, lines: int
) -> None:
    """Import a small and a large file, and print what it cost."""
    new_session: SessionFactory = app.state.new_session
    async with writing(new_session) as session:
        organisation = await make_organisation(session)
        person = await make_person(session)
        await make_member(session, person, organisation, OrganisationRole.EDITOR)
        headers = await signed_in_as(session, app, person)
    small, large = folder / "small.xlsx", folder / "large.xlsx"
    _make_file(small, lines // 10)
    _make_file(large, lines)
    _, memory_small = await _import(client, new_session, settings, organisation, headers, small)
    reads = ["/v1/search?index=services&q=盐雾试验", await _platform_path(client)]
    idle = await _read_for(client, reads, until=None)
    meanwhile: asyncio.Future[Any] = asyncio.ensure_future(
        _import(client, new_session, settings, organisation, headers, large)
    )
    busy = await _read_for(client, reads, until=meanwhile)
    seconds, memory_large = await meanwhile
    bare = await _bare(new_session, large)
    print(
        f"{f'import of {lines} lines from XLSX':<44} {lines / seconds:9.0f} rows/s"
        f"   bare {lines / bare:8.0f} rows/s   ratio {bare / seconds:6.2f}   target >= 0.50"
    )
    print(line("reads while importing (bare: idle)", busy, idle))
    print(f"{'  p95 of them':<44} {busy.p95 / idle.p95:9.2f} times the idle one   target <= 2")
    print(
        f"{'memory of the importing process':<44} {memory_large:9.0f} MB"
        f"   with a tenth of the lines {memory_small:.0f} MB"
    )


def _make_file(path: Path, lines: int) -> None:
    dice = random.Random(lines)
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("能力范围")
    sheet.write_row(0, 0, [LABELS[column][0] for column in _COLUMNS])
    for number in range(lines):
        standard = 90_000 + int(2_000 * dice.random() ** 2)
        cells = [
            f"杭州市示例路{dice.randint(1, 3)}号",
            f"示例产品{number % 1_700}",
            f"示例参数{number // 60}",
            f"GB/T {standard}-{2000 + standard % 24}",
            f"示例试验方法 第{standard}部分",
            f"5.{dice.randint(1, 9)}",
            dice.randint(-40, 20),
            dice.randint(21, 900),
            dice.choice(_UNITS),
            "只测部分参数" if dice.random() < 0.05 else "",
            "2024-05-20",
        ]
        sheet.write_row(number + 1, 0, cells)
    book.close()


async def _platform_path(client: httpx.AsyncClient) -> str:
    answer = await client.get("/v1/platforms?limit=1")
    return f"/v1/platforms/{answer.json()['items'][0]['slug']}"


async def _import(
    client: httpx.AsyncClient,
    new_session: SessionFactory,
    settings: Settings,
    organisation: Organisation,
    headers: dict[str, str],
    path: Path,
) -> tuple[float, float]:
    """Return the seconds that the job took, and the peak memory of its process in MB."""
    async with writing(new_session) as session:
        platform = await make_platform(session, operator_id=organisation.id, slug=f"bench-{path.stem}")
        accreditation = await make_accreditation(session, platform, slug=f"bench-{path.stem}")
    sent = await client.post(
        f"/v1/accreditations/{accreditation.slug}/scope-lines/import",
        content=await asyncio.to_thread(path.read_bytes),
        headers=headers,
    )
    sent.raise_for_status()
    memory = await _work(client, settings, sent.headers["Location"], headers)
    job = (await client.get(sent.headers["Location"], headers=headers)).json()
    if job["outcome"] != "accepted":
        raise RuntimeError(f"the import was not accepted: {job}")
    taken = datetime.fromisoformat(job["finished_at"]) - datetime.fromisoformat(job["started_at"])
    return taken.total_seconds(), memory


async def _work(client: httpx.AsyncClient, settings: Settings, path: str, headers: dict[str, str]) -> float:
    """Let the process that works on jobs do this one, and return its peak memory in MB."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", MODULE, stdin=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert process.stdin is not None
    process.stdin.write(given_to_process(settings))
    await process.stdin.drain()
    status = Path(f"/proc/{process.pid}/status")
    memory = 0.0
    while (await client.get(path, headers=headers)).json()["state"] in ("queued", "running"):
        if process.returncode is not None:
            raise RuntimeError("the process that works on imports has ended")
        memory = max(memory, _peak(status))
        await asyncio.sleep(_PAUSE_SECONDS)
    process.stdin.close()
    await process.wait()
    return memory


def _peak(status: Path) -> float:
    """Return the peak memory of a running process in MB; 0 where the system does not tell."""
    text = status.read_text() if status.exists() else ""
    found = re.search(r"VmHWM:\s+(\d+) kB", text)
    return int(found.group(1)) / 1_024 if found else 0.0


async def _read_for(
    client: httpx.AsyncClient, paths: list[str], until: "asyncio.Future[Any] | None"
) -> Timing:
    """Read every 50 ms, for a while or until something is done."""
    values: list[float] = []
    while (len(values) < _IDLE_CALLS) if until is None else not until.done():
        for path in paths:
            started = time.perf_counter()
            (await client.get(path)).raise_for_status()
            values.append((time.perf_counter() - started) * 1_000)
        await asyncio.sleep(_PAUSE_SECONDS)
    return Timing(values)


async def _bare(new_session: SessionFactory, path: Path) -> float:
    """Return the seconds in which the rows of the file are parsed, not judged, and inserted into a bare table."""
    columns = [column.value for column in _COLUMNS]
    async with writing(new_session) as session:
        await session.execute(
            text(f"CREATE TABLE bench_bare ({', '.join(f'{name} text' for name in columns)})")
        )
    started = time.perf_counter()
    rows = await asyncio.to_thread(_parsed, path)
    async with writing(new_session) as session:
        connection = await session.connection()
        if connection.dialect.name == "sqlite":
            marks = ", ".join("?" * len(columns))
            await connection.exec_driver_sql(f"INSERT INTO bench_bare VALUES ({marks})", rows)
        else:
            await session.execute(text("SELECT 1"))
            driver: Any = (await connection.get_raw_connection()).driver_connection
            await driver.copy_records_to_table("bench_bare", records=rows, columns=columns)
    taken = time.perf_counter() - started
    async with writing(new_session) as session:
        await session.execute(text("DROP TABLE bench_bare"))
    return taken


def _parsed(path: Path) -> list[tuple[str | None, ...]]:
    with path.open("rb") as file:
        places = range(len(_COLUMNS))
        return [tuple(_text(row.cells.get(place)) for place in places) for row in open_source(file).rows]


def _text(cell: Any) -> str | None:
    return None if cell is None else str(getattr(cell, "shown", cell))
