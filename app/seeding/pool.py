"""The demo pool to rows, in one transaction; seeding again changes nothing.

It comes after the demo accounts, because experts are people.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import SessionFactory, writing
from app.kit.clock import utcnow
from app.models import metadata
from app.seeding import pool_rows as rows
from app.seeding.files import read_seed_files
from app.seeding.load import SEED_DIR, SeedReport
from app.seeding.pool_announce import announce_projects, projects_seen
from app.seeding.pool_files import (
    STATE,
    PoolFiles,
    ResultRecord,
    pool_hash,
    read_pool_files,
)
from app.seeding.pool_kept import KeptPool, kept_pool, remove_pool
from app.seeding.tables import Changes, Row, remove, replace, upsert
from app.seeding.vocabulary_rows import Numbers, numbers_of

_TABLES = metadata.tables
_STATE = _TABLES["seed_state"]


@dataclass(frozen=True)
class _Known:
    """Keys of what the pool refers to: organisations, platforms and their operators by slug, people by address."""

    organisations: Mapping[str, int]
    regions: Mapping[str, str | None]
    platforms: Mapping[str, int]
    operators: Mapping[str, int]
    people: Mapping[str, int]


@dataclass(frozen=True)
class _Run:
    """One seeding of the pool under way. `written` are the results that are not kept."""

    session: AsyncSession
    files: PoolFiles
    numbers: Numbers
    known: _Known
    kept: KeptPool
    changes: Changes
    written: Mapping[str, ResultRecord]


async def seed_pool(
    new_session: SessionFactory, *, demo: bool, seed_dir: Path = SEED_DIR, progress: Callable[[str], None]
) -> SeedReport:
    """Bring the demo pool to what its files say, or remove it without `demo`; commits once.

    Results, calls and profiles that people have edited here stay as they are, but when the demo goes. Does nothing
    when no file has changed since. Needs the demo catalogue; what an expert without a demo account said is left out.
    Raises SeedError for files that cannot be loaded.
    """
    wanted = pool_hash(seed_dir, demo=demo)
    async with new_session() as session:
        stored = await session.scalar(select(_STATE.c.content_hash).where(_STATE.c.name == STATE))
    if stored == wanted or (stored is None and not demo):
        return SeedReport(changed=False, written={}, removed={})
    changes, slugs = Changes(), dict[str, list[str]]()
    async with writing(new_session) as session:
        before = await projects_seen(session)
        if demo:
            progress("demo pool")
            run = await _begin(session, seed_dir, changes)
            await _write(run)
            slugs = {"result": [record.slug for record in run.files.results]}
            announce_projects(session, before, await projects_seen(session))
        else:
            await remove_pool(session, changes)
        await session.execute(_STATE.delete().where(_STATE.c.name == STATE))
        if demo:
            state = {"name": STATE, "content_hash": wanted, "slugs": slugs, "seeded_at": utcnow()}
            await session.execute(_STATE.insert(), [state])
    return SeedReport(True, +changes.written, +changes.removed)


async def _begin(session: AsyncSession, seed_dir: Path, changes: Changes) -> _Run:
    files, kept = read_pool_files(seed_dir), await kept_pool(session)
    return _Run(
        session=session,
        files=files,
        numbers=numbers_of(read_seed_files(seed_dir, demo=False)),
        known=await _known(session),
        kept=kept,
        changes=changes,
        written={record.slug: record for record in files.results if record.slug not in kept.results},
    )


async def _known(session: AsyncSession) -> _Known:
    organisation, platform, person = (_TABLES[name].c for name in ("organisation", "platform", "person"))
    owners = (
        await session.execute(
            select(organisation.slug, organisation.id, organisation.region_code).where(organisation.demo)
        )
    ).all()
    operated = (
        await session.execute(select(platform.slug, platform.id, platform.operator_id).where(platform.demo))
    ).all()
    people = await session.execute(select(person.email, person.id).where(person.demo))
    return _Known(
        organisations={row.slug: row.id for row in owners},
        regions={row.slug: row.region_code for row in owners},
        platforms={row.slug: row.id for row in operated},
        operators={row.slug: row.operator_id for row in operated},
        people={row.email: row.id for row in people},
    )


async def _write(run: _Run) -> None:
    await _remove_vanished(run)
    calls = await _write_calls(run)
    results, result_rows = await _write_results(run, calls)
    await _write_projects(run, results, result_rows)
    await _write_experts(run)
    await _write_assessment(run, calls, results)
    await _write_requests(run, results)


async def _remove_vanished(run: _Run) -> None:
    """Remove the results that an earlier seeding wrote, the files no longer have and nobody has edited."""
    slugs = await run.session.scalar(select(_STATE.c.slugs).where(_STATE.c.name == STATE)) or {}
    gone = set(slugs.get("result", ())) - {record.slug for record in run.files.results} - run.kept.results
    await remove(run.session, _TABLES["result"], "slug", sorted(gone), run.changes)


async def _write_calls(run: _Run) -> dict[str, int]:
    """Return the key of each call by slug."""
    wanted = [rows.call_row(each, run.known.platforms) for each in run.files.calls]
    written = [row for row in wanted if row["slug"] not in run.kept.calls]
    await upsert(run.session, _TABLES["call"], "slug", written, run.changes)
    return await _keys(run, "call", [record.slug for record in run.files.calls])


async def _write_results(run: _Run, calls: Mapping[str, int]) -> tuple[dict[str, int], dict[str, Row]]:
    """Return the key and the row of each result that was written, by slug."""
    session, records, changes = run.session, run.written, run.changes
    made = {slug: rows.result_row(each, run.known.organisations, calls) for slug, each in records.items()}
    keys = await upsert(session, _TABLES["result"], "slug", list(made.values()), changes)
    versions = [rows.version_row(each, keys[slug]) for slug, each in records.items()]
    await _replace(run, "result_version", versions, "result_id", keys.values())
    owners = [
        {"result_id": keys[slug], "organisation_id": run.known.organisations[owner]}
        for slug, each in records.items()
        for owner in each.co_owners
    ]
    await _replace(run, "result_owner", owners, "result_id", keys.values())
    needs = [row for slug, each in records.items() for row in rows.need_rows(each, keys[slug], run.numbers)]
    await _replace(run, "result_need", needs, "result_id", keys.values())
    return keys, made


async def _write_projects(run: _Run, results: Mapping[str, int], result_rows: Mapping[str, Row]) -> None:
    records = {each.result: each for each in run.files.projects if each.result in results}
    made = [
        rows.project_row(
            each,
            run.written[slug],
            result_rows[slug],
            results[slug],
            run.known.regions[run.written[slug].organisation],
        )
        for slug, each in records.items()
    ]
    keys = await _write_owned(run, "pool_project", made, "result_id", results.values(), key="slug")
    pairs = [(each, keys[slug]) for slug, each in records.items()]
    owners = list(keys.values())
    fields = [row for each, key in pairs for row in rows.project_field_rows(run.written[each.result], key)]
    await _replace(run, "pool_project_field", fields, "project_id", owners)
    parts = [row for each, key in pairs for row in rows.part_rows(each, key, run.known.platforms)]
    await _replace(run, "project_platform", parts, "project_id", owners)
    for name, make in (
        ("stage_change", rows.stage_rows),
        ("milestone", rows.milestone_rows),
        ("project_outcome", rows.outcome_rows),
    ):
        children = [row for each, key in pairs for row in make(each, key)]
        await _write_owned(run, name, children, "project_id", owners)


async def _write_experts(run: _Run) -> None:
    """Write the profile of each expert with a demo account who has not changed it."""
    people = run.known.people
    profiles = [
        rows.profile_row(each, people[each.email], run.known.organisations)
        for each in run.files.experts
        if each.email in people and people[each.email] not in run.kept.profiles
    ]
    await _replace(run, "expert_profile", profiles, "person_id", [row["person_id"] for row in profiles])


async def _write_assessment(run: _Run, calls: Mapping[str, int], results: Mapping[str, int]) -> None:
    """Write who judged what, what they said, and what was decided."""
    call_of = {slug: each.call or "" for slug, each in run.written.items()}
    rubrics = {each.slug: each.rubric for each in run.files.calls}
    given = [
        each for each in run.files.assignments if each.result in results and each.expert in run.known.people
    ]
    made = [
        rows.assignment_row(
            each, calls[call_of[each.result]], results[each.result], run.known.people[each.expert]
        )
        for each in given
    ]
    keys = await _write_owned(run, "assignment", made, "result_id", results.values())
    by_assignment = [(each, keys[row["uid"]]) for each, row in zip(given, made, strict=True)]
    said: list[Row] = []
    totals = defaultdict[str, list[float]](list)
    for each, key in by_assignment:
        row = rows.evaluation_row(each, key, rubrics[call_of[each.result]])
        if row is not None:
            said.append(row)
            totals[each.result].append(row["total"])
    await _write_owned(run, "evaluation", said, "assignment_id", keys.values())
    decisions = [
        rows.decision_row(each, calls[call_of[each.result]], results[each.result], totals[each.result])
        for each in run.files.decisions
        if each.result in results
    ]
    await _write_owned(run, "decision", decisions, "result_id", results.values())


async def _write_requests(run: _Run, results: Mapping[str, int]) -> None:
    known = run.known
    made = [
        rows.request_row(
            each, results[each.result], known.people[each.person], known.operators[each.platform]
        )
        for each in run.files.requests
        if each.result in results and each.person in known.people
    ]
    await _write_owned(run, "access_request", made, "result_id", results.values())


async def _write_owned(
    run: _Run, name: str, wanted: Sequence[Row], owner: str, owners: Iterable[int], *, key: str = "uid"
) -> dict[str, int]:
    """Make the rows of `owners` exactly those wanted, by the unique column `key`; return the keys by it."""
    table = _TABLES[name]
    statement = select(table.c[key]).where(table.c[owner].in_(list(owners)))
    vanished = set((await run.session.scalars(statement)).all()) - {row[key] for row in wanted}
    await remove(run.session, table, key, sorted(vanished), run.changes)
    return await upsert(run.session, table, key, wanted, run.changes)


async def _replace(run: _Run, name: str, wanted: Sequence[Row], owner: str, owners: Iterable[int]) -> None:
    await replace(run.session, _TABLES[name], wanted, run.changes, owner=owner, owners=owners)


async def _keys(run: _Run, name: str, slugs: Sequence[str]) -> dict[str, int]:
    table = _TABLES[name].c
    found = await run.session.execute(select(table.slug, table.id).where(table.slug.in_(slugs)))
    return {row.slug: row.id for row in found}
