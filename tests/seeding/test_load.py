"""Seeding on both databases: idempotent, removable, true to the files."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from app.db import SessionFactory, engine_for_url, make_session_factory
from app.migrations import migrate
from app.seeding.files import SeedError
from app.seeding.load import SEED_DIR, SeedReport, seed
from tests.seeding.rows import ORGANISATION, PLATFORM, TABLES, count, dump, one


@pytest.fixture
def seed_dir(tmp_path: Path) -> Path:
    """A copy of the seed files that a test may edit."""
    return Path(shutil.copytree(SEED_DIR, tmp_path / "seed_data"))


def silent(_message: str) -> None:
    pass


async def seed_all(sessions: SessionFactory, *, demo: bool = True, seed_dir: Path = SEED_DIR) -> SeedReport:
    return await seed(sessions, demo=demo, seed_dir=seed_dir, progress=silent)


async def record_counts(sessions: SessionFactory) -> dict[str, int]:
    """How many rows each table has, but for the events, which tell what happened to the others."""
    return {name: len(rows) for name, rows in (await dump(sessions)).items() if name != "outbox_event"}


async def line_ids(sessions: SessionFactory) -> set[int]:
    async with sessions() as session:
        return set((await session.scalars(select(TABLES["scope_line"].c.id))).all())


async def forget_hashes(sessions: SessionFactory) -> None:
    """Let the next seeding believe that every file has changed."""
    async with sessions() as session, session.begin():
        await session.execute(update(TABLES["seed_state"]).values(content_hash="another"))


def edit(seed_dir: Path, name: str, change: Callable[[Any], None]) -> None:
    path = seed_dir / name
    content = json.loads(path.read_text("utf-8"))
    change(content)
    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")


class TestSeedingTwice:
    async def test_writes_nothing_when_no_file_has_changed(self, own_sessions: SessionFactory) -> None:
        first = await seed_all(own_sessions)
        before = await dump(own_sessions)
        second = await seed_all(own_sessions)
        assert first.changed
        assert not second.changed
        assert second.written == second.removed == {}
        assert await dump(own_sessions) == before

    async def test_writes_no_row_when_files_differ_but_say_the_same(
        self, own_catalogue: SessionFactory
    ) -> None:
        before = await dump(own_catalogue)
        await forget_hashes(own_catalogue)
        report = await seed_all(own_catalogue)
        after = await dump(own_catalogue)
        assert report.changed
        assert report.written == report.removed == {}
        del before["seed_state"], after["seed_state"]
        assert after == before

    async def test_two_databases_get_the_same_public_ids(
        self, own_catalogue: SessionFactory, tmp_path: Path
    ) -> None:
        other = engine_for_url(f"sqlite+aiosqlite:///{tmp_path / 'other.db'}")
        await migrate(other)
        await seed_all(make_session_factory(other))
        ids = [await public_ids(each) for each in (own_catalogue, make_session_factory(other))]
        await other.dispose()
        assert ids[0] == ids[1]
        assert len({uid for uids in ids[0].values() for uid in uids.values()}) == sum(
            map(len, ids[0].values())
        )


async def public_ids(sessions: SessionFactory) -> dict[str, dict[str, Any]]:
    async with sessions() as session:
        return {
            name: {
                row.slug: row.uid
                for row in await session.execute(select(TABLES[name].c.slug, TABLES[name].c.uid))
            }
            for name in ("organisation", "platform", "service", "accreditation")
        }


class TestDemo:
    async def test_without_it_the_database_is_as_if_it_had_never_been_there(
        self, own_catalogue: SessionFactory, tmp_path: Path
    ) -> None:
        await seed_all(own_catalogue, demo=False)
        other = engine_for_url(f"sqlite+aiosqlite:///{tmp_path / 'other.db'}")
        await migrate(other)
        await seed_all(make_session_factory(other), demo=False)
        mine, never = await dump(own_catalogue), await dump(make_session_factory(other))
        await other.dispose()
        for name in ("service", "accreditation", "scope_line", "scope_posting", "capability", "equipment"):
            assert mine[name] == []
        for name in ("test_object", "test_parameter", "range_dimension", "price_option", "service_field"):
            assert mine[name] == []
        for name in ("catalogue_version", "outbox_event", "seed_state", "standard_edition"):
            del mine[name], never[name]  # numbers, times and history of changes, keys in another order
        assert mine == never

    async def test_switching_it_off_keeps_the_keys_of_real_records(
        self, own_catalogue: SessionFactory
    ) -> None:
        async with own_catalogue() as session:
            real = select(PLATFORM).where(~PLATFORM.c.demo).order_by(PLATFORM.c.id)
            before = (await session.execute(real)).all()
        await seed_all(own_catalogue, demo=False)
        async with own_catalogue() as session:
            assert (await session.execute(real)).all() == before
            assert await session.scalar(select(func.count()).where(ORGANISATION.c.demo)) == 0
        assert len(before) == 50
        assert await count(own_catalogue, "platform") == 50

    async def test_switching_it_on_again_restores_every_record(self, own_catalogue: SessionFactory) -> None:
        ids, counts = await public_ids(own_catalogue), await record_counts(own_catalogue)
        await seed_all(own_catalogue, demo=False)
        await seed_all(own_catalogue)
        assert await public_ids(own_catalogue) == ids
        assert await record_counts(own_catalogue) == counts

    async def test_every_demo_record_says_so(self, own_catalogue: SessionFactory) -> None:
        async with own_catalogue() as session:
            platforms = (await session.execute(select(PLATFORM.c.slug, PLATFORM.c.demo))).all()
            organisations = (await session.execute(select(ORGANISATION.c.name_zh, ORGANISATION.c.demo))).all()
        assert all(demo == slug.startswith("demo-") for slug, demo in platforms)
        assert all(demo == ("示例" in name) for name, demo in organisations)

    async def test_each_event_raises_the_catalogue_version_by_one(self, own_sessions: SessionFactory) -> None:
        versions, events = [], []
        for demo in (True, True, False, True):
            await seed_all(own_sessions, demo=demo)
            versions.append((await one(own_sessions, "catalogue_version")).version)
            events.append(await count(own_sessions, "outbox_event"))
        assert versions == events
        assert versions[0] == versions[1] < versions[2] < versions[3]


class TestChangedFiles:
    async def test_a_changed_record_keeps_its_keys_and_the_vanished_one_goes(
        self, own_catalogue: SessionFactory, seed_dir: Path
    ) -> None:
        before = await one(own_catalogue, "platform", slug="zs-marine-bio")

        def change(content: Any) -> None:
            platforms = content["platforms"]
            platforms[:] = [each for each in platforms if each["id"] != "jh-tcm-formulation"]
            next(each for each in platforms if each["id"] == "zs-marine-bio")["name_zh"] = "改名后的平台"

        edit(seed_dir, "platforms.json", change)
        report = await seed_all(own_catalogue, seed_dir=seed_dir)
        after = await one(own_catalogue, "platform", slug="zs-marine-bio")
        assert (after.id, after.uid, after.name_zh) == (before.id, before.uid, "改名后的平台")
        assert await one(own_catalogue, "platform", slug="jh-tcm-formulation") is None
        assert report.written == {"platform": 1}
        assert report.removed == {"platform": 1, "organisation": 1}

    async def test_what_others_entered_stays(self, own_catalogue: SessionFactory, seed_dir: Path) -> None:
        own = await one(own_catalogue, "platform", slug="zs-marine-bio")
        values = {**own._mapping, "slug": "entered-by-its-operator", "demo": False}
        values["uid"] = (await one(own_catalogue, "organisation", slug="hz-robot-test-zj")).uid
        del values["id"]
        async with own_catalogue() as session, session.begin():
            await session.execute(insert(PLATFORM).values(values))
        await seed_all(own_catalogue, demo=False)
        await forget_hashes(own_catalogue)
        await seed_all(own_catalogue, demo=False)
        assert (await one(own_catalogue, "platform", slug="entered-by-its-operator")).name_zh == own.name_zh

    async def test_a_changed_scope_line_leaves_the_others_their_keys(
        self, own_catalogue: SessionFactory, seed_dir: Path
    ) -> None:
        accreditation = await one(own_catalogue, "accreditation", slug="demo-petrochemical-01-acc-1")
        before = await line_ids(own_catalogue)

        def change(content: Any) -> None:
            content["platforms"][0]["accreditations"][0]["scope"][0]["restriction_zh"] = "只测闪点低于 200 ℃"

        edit(seed_dir, "demo/group-a.json", change)
        report = await seed_all(own_catalogue, seed_dir=seed_dir)
        after = await line_ids(own_catalogue)
        assert (len(after - before), len(before - after)) == (1, 1)
        assert (report.written, report.removed) == ({"scope_line": 1}, {"scope_line": 1})
        line = await one(
            own_catalogue, "scope_line", accreditation_id=accreditation.id, standard_number="GB/T 261-2021"
        )
        assert line.restriction_zh == "只测闪点低于 200 ℃"

    async def test_a_standard_that_vanished_stays_unlisted_where_it_is_cited_and_goes_otherwise(
        self, own_catalogue: SessionFactory, seed_dir: Path
    ) -> None:

        def change(content: Any) -> None:
            standards = content["standards"]
            standards[:] = [each for each in standards if each["base"] not in ("GB/T 265", "GB/T 3536")]

        edit(seed_dir, "standards.json", change)
        await seed_all(own_catalogue, seed_dir=seed_dir)
        cited = await one(own_catalogue, "standard", base="GB/T 265")
        assert (cited.listed, cited.capability_code) == (False, None)
        assert await one(own_catalogue, "standard", base="GB/T 3536") is None
        assert await one(own_catalogue, "standard_edition", number="GB/T 3536-2008") is None

    async def test_codes_that_vanished_go(self, own_catalogue: SessionFactory, seed_dir: Path) -> None:
        edit(seed_dir, "fields.json", lambda content: content["fields"][0]["sub_directions"].pop())
        edit(seed_dir, "regions.json", lambda content: content["regions"].pop())
        edit(seed_dir, "service_functions.json", lambda content: content["service_functions"].pop(0))
        report = await seed_all(own_catalogue, seed_dir=seed_dir)
        assert report.removed == {"field": 1, "region": 1, "service_function": 37}
        assert report.written == {"service_function": 36}

    async def test_what_cannot_be_loaded_changes_nothing(
        self, own_catalogue: SessionFactory, seed_dir: Path
    ) -> None:
        before = await dump(own_catalogue)

        def change(content: Any) -> None:
            content["platforms"][0]["accreditations"][0]["scope"][0]["standard"] = "not a number"

        edit(seed_dir, "demo/group-a.json", change)
        with pytest.raises(SeedError, match=r"demo-petrochemical-01-acc-1: .*'not a number'"):
            await seed_all(own_catalogue, seed_dir=seed_dir)
        assert await dump(own_catalogue) == before
