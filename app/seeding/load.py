"""Seed files to rows, in one transaction; seeding again changes nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import SessionFactory
from app.kit.clock import utcnow
from app.models import metadata
from app.registry.postings import rebuild_postings
from app.seeding import catalogue_rows as catalogue
from app.seeding import vocabulary_rows as vocabulary
from app.seeding.announce import announce, platforms_seen
from app.seeding.files import DemoPlatform, SeedFiles, content_hashes, read_seed_files
from app.seeding.interning import intern, intern_standards
from app.seeding.kept import Kept, demo_platforms_of, kept_records, organisations_in_use
from app.seeding.list_files import STATE as LISTS
from app.seeding.pool_files import STATE
from app.seeding.pool_kept import remove_pool
from app.seeding.prune import prune_unused_names
from app.seeding.tables import Changes, Row, remove, replace, upsert
from app.seeding.vocabulary_rows import Numbers, numbers_of

SEED_DIR = Path(__file__).resolve().parent.parent.parent / "seed_data"
_SEED_LOCK = 7_120_250_627
_TABLES = metadata.tables
_CODED = ("capability_term", "region", "field")


@dataclass(frozen=True)
class SeedReport:
    """What seeding did: rows written and removed by table; `changed` is false when there was nothing to do."""

    changed: bool
    written: Mapping[str, int]
    removed: Mapping[str, int]
    lines_posted: int = 0


@dataclass(frozen=True)
class _Run:
    """One seeding under way."""

    session: AsyncSession
    files: SeedFiles
    numbers: Numbers
    changes: Changes
    kept: Kept


async def seed(
    new_session: SessionFactory, *, demo: bool, seed_dir: Path = SEED_DIR, progress: Callable[[str], None]
) -> SeedReport:
    """Bring the seeded rows to what the files say: equal rows stay, with their keys and public ids.

    Platforms and organisations that people have edited here stay as they are, but for the demo catalogue when it goes.
    Does nothing when no file has changed since. Without `demo` the demo catalogue is removed. Commits once.
    Raises SeedError for files that cannot be loaded.
    """
    hashes = content_hashes(seed_dir, demo=demo)
    async with new_session() as session, session.begin():
        if await _stored_hashes(session) == hashes:
            return SeedReport(changed=False, written={}, removed={})
        if session.get_bind().dialect.name == "postgresql":
            await session.execute(select(func.pg_advisory_xact_lock(_SEED_LOCK)))
        files = read_seed_files(seed_dir, demo=demo)
        vocabulary.check_references(files)
        run = _Run(session, files, numbers_of(files), Changes(), await kept_records(session))
        before = await platforms_seen(session)
        progress("vocabularies")
        await _write_vocabularies(run)
        progress(f"{len(files.platforms)} real platforms and centres")
        real = await _write_real(run)
        progress(f"{len(files.demo)} demo platforms")
        demo_slugs = await _write_demo(run)
        await _remove_vanished(run, real, demo_slugs)
        progress("scope line postings")
        posted = await rebuild_postings(session)
        await prune_unused_names(session, list(run.numbers.listed), run.changes)
        await _remember(session, hashes, {"real": real, "demo": demo_slugs})
        if run.changes.any:
            announce(session, before, await platforms_seen(session), run.changes)
    return SeedReport(True, +run.changes.written, +run.changes.removed, posted)


async def _stored_hashes(session: AsyncSession) -> dict[str, str]:
    state = _TABLES["seed_state"].c
    statement = select(state.name, state.content_hash).where(state.name.not_in((STATE, LISTS)))
    return {row.name: row.content_hash for row in await session.execute(statement)}


async def _write_vocabularies(run: _Run) -> None:
    """Insert and update the codes; codes that vanished are removed last, when no record names them."""
    session, files, changes = run.session, run.files, run.changes
    await upsert(session, _TABLES["field"], "code", vocabulary.field_rows(files), changes)
    await replace(session, _TABLES["field_crosswalk"], vocabulary.crosswalk_rows(files), changes)
    await upsert(session, _TABLES["region"], "code", vocabulary.region_rows(files), changes)
    await replace(session, _TABLES["service_function"], vocabulary.function_rows(files), changes)
    await upsert(session, _TABLES["capability_term"], "code", vocabulary.term_rows(files), changes)
    await _write_standards(run)
    await replace(session, _TABLES["broader_object"], vocabulary.broader_object_rows(files), changes)


async def _write_standards(run: _Run) -> None:
    session, files, changes = run.session, run.files, run.changes
    standard = _TABLES["standard"]
    listed = vocabulary.listed_standard_rows(files)
    await upsert(session, standard, "base", listed, changes)
    unlist = (
        update(standard)
        .where(standard.c.listed, standard.c.base.not_in([row["base"] for row in listed]))
        .values(listed=False, capability_code=None, field_codes=[])
    )
    changes.written["standard"] += (await session.execute(unlist)).rowcount  # type: ignore[attr-defined]
    related = vocabulary.related_numbers(files, run.numbers)
    numbers = run.numbers.listed
    await intern_standards(session, [*numbers.values(), *related], changes, listed=numbers)
    edition = _TABLES["standard_edition"]
    for is_listed, numbered in (
        (True, edition.c.number.in_(numbers)),
        (False, edition.c.number.not_in(numbers)),
    ):
        relist = update(edition).where(numbered, edition.c.listed != is_listed).values(listed=is_listed)
        changes.written["standard_edition"] += (await session.execute(relist)).rowcount  # type: ignore[attr-defined]
    equivalences = vocabulary.equivalence_rows(files, run.numbers)
    supersessions = vocabulary.supersession_rows(files, run.numbers)
    await replace(session, _TABLES["standard_equivalence"], equivalences, changes)
    await replace(session, _TABLES["standard_supersession"], supersessions, changes)


async def _write_real(run: _Run) -> dict[str, list[str]]:
    """Write the real records; return the slugs written, by table."""
    session, files, changes = run.session, run.files, run.changes
    organisations = catalogue.real_organisation_rows(files.platforms, files.partners)
    by_name = await _write_organisations(run, organisations)
    records = [record for record in files.platforms if record.id not in run.kept.platforms]
    rows = [catalogue.real_platform_row(record, by_name) for record in records]
    platforms = await upsert(session, _TABLES["platform"], "slug", rows, changes)
    fields = {platforms[record.id]: record.fields for record in records}
    await _write_fields(run, "platform", fields)
    return {
        "organisation": [row["slug"] for row in organisations],
        "platform": [record.id for record in files.platforms],
    }


async def _write_demo(run: _Run) -> dict[str, list[str]]:
    """Write the demo records and all that belongs to them; return the slugs written, by table."""
    session, changes = run.session, run.changes
    records = [record for record in run.files.demo if record.id not in run.kept.platforms]
    organisations = [
        *catalogue.demo_organisation_rows(run.files.demo),
        *(catalogue.owner_row(record) for record in run.files.demo_owners),
    ]
    by_name = await _write_organisations(run, organisations)
    rows = [catalogue.demo_platform_row(record, by_name) for record in records]
    platforms = await upsert(session, _TABLES["platform"], "slug", rows, changes)
    await _write_fields(run, "platform", {platforms[record.id]: record.fields for record in records})
    equipment = [row for record in records for row in catalogue.equipment_rows(record, platforms[record.id])]
    await _replace_children(run, "equipment", equipment, "platform_id", platforms.values())
    await _write_services_and_scopes(run, records, platforms, by_name)
    return {
        "organisation": [row["slug"] for row in organisations],
        "platform": [record.id for record in run.files.demo],
    }


async def _write_services_and_scopes(
    run: _Run, records: Sequence[DemoPlatform], platforms: Mapping[str, int], organisations: Mapping[str, int]
) -> None:
    session, numbers, changes = run.session, run.numbers, run.changes
    ids = await intern(session, catalogue.names_in(records, numbers), changes)
    pairs = [(service, platforms[record.id]) for record in records for service in record.services]
    service_rows = [catalogue.service_row(service, platform_id) for service, platform_id in pairs]
    services = await _upsert_owned(run, "service", service_rows, platforms.values())
    await _write_fields(run, "service", {services[service.id]: service.fields for service, _ in pairs})
    prices = [catalogue.price_row(service, services[service.id]) for service, _ in pairs]
    await _replace_children(run, "price_option", prices, "service_id", services.values())
    capabilities = [
        row
        for service, _ in pairs
        for row in catalogue.capability_rows(service, services[service.id], ids, numbers)
    ]
    await _replace_children(run, "capability", capabilities, "service_id", services.values())
    accreditation_rows = [
        row
        for record in records
        for row in catalogue.accreditation_rows(record, platforms[record.id], organisations)
    ]
    accreditations = await _upsert_owned(run, "accreditation", accreditation_rows, platforms.values())
    lines = [
        row for record in records for row in catalogue.scope_line_rows(record, accreditations, ids, numbers)
    ]
    await _replace_children(run, "scope_line", lines, "accreditation_id", accreditations.values())


async def _write_organisations(run: _Run, rows: Sequence[Row]) -> dict[str, int]:
    """Return the key of each organisation by its name."""
    table, kept = _TABLES["organisation"], run.kept.organisations
    written = [row for row in rows if row["slug"] not in kept]
    by_slug = await upsert(run.session, table, "slug", written, run.changes)
    for row in await run.session.execute(select(table.c.slug, table.c.id).where(table.c.slug.in_(kept))):
        by_slug[row.slug] = row.id
    return {row["name_zh"]: by_slug[row["slug"]] for row in rows}


async def _write_fields(run: _Run, owner: str, fields: Mapping[int, Sequence[str]]) -> None:
    """Write which fields each platform or service is in."""
    column = f"{owner}_id"
    rows = [{column: key, "field_code": code} for key, codes in fields.items() for code in codes]
    await _replace_children(run, f"{owner}_field", rows, column, fields)


async def _replace_children(run: _Run, table: str, rows: Sequence[Row], owner: str, owners: Any) -> None:
    await replace(run.session, _TABLES[table], rows, run.changes, owner=owner, owners=owners)


async def _upsert_owned(run: _Run, name: str, rows: Sequence[Row], platforms: Any) -> dict[str, int]:
    """Make the rows of `platforms` exactly `rows`, by slug; return the key of each by slug."""
    table, wanted = _TABLES[name], {row["slug"] for row in rows}
    statement = select(table.c.slug).where(table.c.platform_id.in_(list(platforms)))
    vanished = set((await run.session.execute(statement)).scalars()) - wanted
    await remove(run.session, table, "slug", sorted(vanished), run.changes)
    return await upsert(run.session, table, "slug", rows, run.changes)


async def _remove_vanished(run: _Run, *seeded: Mapping[str, Sequence[str]]) -> None:
    """Remove what an earlier seeding wrote, the files no longer have and nobody has edited.

    When the demo catalogue goes, all of it goes, with the platforms that people have made for its organisations.
    """
    session, files, changes = run.session, run.files, run.changes
    if not files.demo:
        # Before the organisations and platforms that it refers to.
        await remove_pool(session, changes)
    platforms, organisations = await _vanished(run, seeded)
    await remove(session, _TABLES["platform"], "slug", sorted(platforms), changes)
    unused = organisations - set(await organisations_in_use(session))
    await remove(session, _TABLES["organisation"], "slug", sorted(unused), changes)
    codes = {
        "capability_term": {record.code for record in files.terms},
        "region": {record.code for record in files.regions},
        "field": {row["code"] for row in vocabulary.field_rows(files)},
    }
    for name in _CODED:
        existing = set((await session.execute(select(_TABLES[name].c.code))).scalars())
        await remove(session, _TABLES[name], "code", sorted(existing - codes[name]), changes)


async def _vanished(run: _Run, seeded: Sequence[Mapping[str, Sequence[str]]]) -> tuple[set[str], set[str]]:
    """Return the slugs of the platforms and of the organisations to remove."""
    state = _TABLES["seed_state"].c
    before = {row.name: row.slugs for row in await run.session.execute(select(state.name, state.slugs))}
    demo_goes = bool(before.get("demo")) and not run.files.demo
    found = []
    for name, kept in (("platform", run.kept.platforms), ("organisation", run.kept.organisations)):
        wanted = {slug for slugs in seeded for slug in slugs[name]}
        of_demo = set(before.get("demo", {}).get(name, ()))
        others = {slug for each, slugs in before.items() if each != "demo" for slug in slugs.get(name, ())}
        gone = (others | of_demo) - wanted - kept
        found.append(gone | (of_demo - wanted) if demo_goes else gone)
    platforms, organisations = found
    if demo_goes:
        platforms |= set(await demo_platforms_of(run.session, organisations))
    return platforms, organisations


async def _remember(
    session: AsyncSession, hashes: Mapping[str, str], slugs: Mapping[str, dict[str, list[str]]]
) -> None:
    table = _TABLES["seed_state"]
    await session.execute(table.delete().where(table.c.name != STATE))
    rows = [
        {"name": name, "content_hash": digest, "slugs": slugs.get(name, {}), "seeded_at": utcnow()}
        for name, digest in hashes.items()
    ]
    await session.execute(table.insert(), rows)
