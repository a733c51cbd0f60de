"""Seeding on both databases: idempotent, removable, true to the files."""

import json
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db import SessionFactory, engine_for_url, make_session_factory
from app.migrations import migrate
from app.models import metadata
from app.seeding.files import SeedError
from app.seeding.load import SEED_DIR, SeedReport, seed

TABLES = metadata.tables
PLATFORM, ORGANISATION = TABLES["platform"], TABLES["organisation"]


@pytest.fixture
async def engine(empty_database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = engine_for_url(empty_database_url)
    await migrate(engine)
    yield engine
    await engine.dispose()


@pytest.fixture
def sessions(engine: AsyncEngine) -> SessionFactory:
    return make_session_factory(engine)


@pytest.fixture
def seed_dir(tmp_path: Path) -> Path:
    """A copy of the seed files that a test may edit."""
    return Path(shutil.copytree(SEED_DIR, tmp_path / "seed_data"))


def silent(_message: str) -> None:
    pass


async def seed_all(sessions: SessionFactory, *, demo: bool = True, seed_dir: Path = SEED_DIR) -> SeedReport:
    return await seed(sessions, demo=demo, seed_dir=seed_dir, progress=silent)


async def dump(sessions: SessionFactory) -> dict[str, list[Any]]:
    """Every row of every table, in the order of the primary keys."""
    async with sessions() as session:
        return {
            name: [tuple(row) for row in await session.execute(select(table).order_by(*table.primary_key))]
            for name, table in TABLES.items()
        }


async def record_counts(sessions: SessionFactory) -> dict[str, int]:
    """How many rows each table has, but for the events, which tell what happened to the others."""
    return {name: len(rows) for name, rows in (await dump(sessions)).items() if name != "outbox_event"}


async def count(sessions: SessionFactory, table: str) -> int:
    async with sessions() as session:
        return await session.scalar(select(func.count()).select_from(TABLES[table])) or 0


async def one(sessions: SessionFactory, table: str, **where: Any) -> Any:
    columns = TABLES[table].c
    async with sessions() as session:
        statement = select(TABLES[table]).where(*(columns[name] == value for name, value in where.items()))
        return (await session.execute(statement)).one_or_none()


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


def read(name: str) -> Any:
    return json.loads((SEED_DIR / name).read_text("utf-8"))


def demo_platforms() -> list[Any]:
    return [
        each
        for path in SEED_DIR.glob("demo/group-*.json")
        for each in json.loads(path.read_bytes())["platforms"]
    ]


class TestSeedingTwice:
    async def test_writes_nothing_when_no_file_has_changed(self, sessions: SessionFactory) -> None:
        first = await seed_all(sessions)
        before = await dump(sessions)
        second = await seed_all(sessions)
        assert first.changed
        assert not second.changed
        assert second.written == second.removed == {}
        assert await dump(sessions) == before

    async def test_writes_no_row_when_files_differ_but_say_the_same(self, sessions: SessionFactory) -> None:
        await seed_all(sessions)
        before = await dump(sessions)
        await forget_hashes(sessions)
        report = await seed_all(sessions)
        after = await dump(sessions)
        assert report.changed
        assert report.written == report.removed == {}
        del before["seed_state"], after["seed_state"]
        assert after == before

    async def test_two_databases_get_the_same_public_ids(
        self, sessions: SessionFactory, tmp_path: Path
    ) -> None:
        other = engine_for_url(f"sqlite+aiosqlite:///{tmp_path / 'other.db'}")
        await migrate(other)
        await seed_all(make_session_factory(other))
        await seed_all(sessions)
        ids = [await public_ids(each) for each in (sessions, make_session_factory(other))]
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
        self, sessions: SessionFactory, tmp_path: Path
    ) -> None:
        await seed_all(sessions)
        await seed_all(sessions, demo=False)
        other = engine_for_url(f"sqlite+aiosqlite:///{tmp_path / 'other.db'}")
        await migrate(other)
        await seed_all(make_session_factory(other), demo=False)
        mine, never = await dump(sessions), await dump(make_session_factory(other))
        await other.dispose()
        for name in ("service", "accreditation", "scope_line", "scope_posting", "capability", "equipment"):
            assert mine[name] == []
        for name in ("test_object", "test_parameter", "range_dimension", "price_option", "service_field"):
            assert mine[name] == []
        for name in ("catalogue_version", "outbox_event", "seed_state", "standard_edition"):
            del mine[name], never[name]  # numbers, times and history of changes, keys in another order
        assert mine == never

    async def test_switching_it_off_keeps_the_keys_of_real_records(self, sessions: SessionFactory) -> None:
        await seed_all(sessions)
        async with sessions() as session:
            real = select(PLATFORM).where(~PLATFORM.c.demo).order_by(PLATFORM.c.id)
            before = (await session.execute(real)).all()
        await seed_all(sessions, demo=False)
        async with sessions() as session:
            assert (await session.execute(real)).all() == before
            assert await session.scalar(select(func.count()).where(ORGANISATION.c.demo)) == 0
        assert len(before) == 50
        assert await count(sessions, "platform") == 50

    async def test_switching_it_on_again_restores_every_record(self, sessions: SessionFactory) -> None:
        await seed_all(sessions)
        ids, counts = await public_ids(sessions), await record_counts(sessions)
        await seed_all(sessions, demo=False)
        await seed_all(sessions)
        assert await public_ids(sessions) == ids
        assert await record_counts(sessions) == counts

    async def test_every_demo_record_says_so(self, sessions: SessionFactory) -> None:
        await seed_all(sessions)
        async with sessions() as session:
            platforms = (await session.execute(select(PLATFORM.c.slug, PLATFORM.c.demo))).all()
            organisations = (await session.execute(select(ORGANISATION.c.name_zh, ORGANISATION.c.demo))).all()
        assert all(demo == slug.startswith("demo-") for slug, demo in platforms)
        assert all(demo == ("示例" in name) for name, demo in organisations)

    async def test_each_event_raises_the_catalogue_version_by_one(self, sessions: SessionFactory) -> None:
        versions, events = [], []
        for demo in (True, True, False, True):
            await seed_all(sessions, demo=demo)
            versions.append((await one(sessions, "catalogue_version")).version)
            events.append(await count(sessions, "outbox_event"))
        assert versions == events
        assert versions[0] == versions[1] < versions[2] < versions[3]


class TestContent:
    async def test_row_counts_equal_the_files(self, seeded_sessions: SessionFactory) -> None:
        demo = demo_platforms()
        services = [service for platform in demo for service in platform["services"]]
        accreditations = [each for platform in demo for each in platform["accreditations"]]
        fields = read("fields.json")["fields"]
        assert await count(seeded_sessions, "platform") == len(read("platforms.json")["platforms"]) + len(
            demo
        )
        assert await count(seeded_sessions, "service") == len(services)
        assert await count(seeded_sessions, "price_option") == len(services)
        assert await count(seeded_sessions, "capability") == sum(
            len(each["capabilities"]) for each in services
        )
        assert await count(seeded_sessions, "accreditation") == len(accreditations)
        assert await count(seeded_sessions, "scope_line") == sum(
            len(each["scope"]) for each in accreditations
        )
        assert await count(seeded_sessions, "equipment") == sum(len(each["equipment"]) for each in demo)
        assert await count(seeded_sessions, "field") == sum(
            1 + len(each["sub_directions"]) for each in fields
        )
        assert await count(seeded_sessions, "region") == len(read("regions.json")["regions"])
        assert await count(seeded_sessions, "capability_term") == len(
            read("capability_terms.json")["capability_terms"]
        )
        relations = read("standard_relations.json")
        assert await count(seeded_sessions, "standard_equivalence") == len(relations["equivalences"])
        assert await count(seeded_sessions, "standard_supersession") == len(relations["supersessions"])
        functions = read("service_functions.json")["service_functions"]
        assert await count(seeded_sessions, "service_function") == len(functions)
        async with seeded_sessions() as session:
            listed = await session.scalar(select(func.count()).where(TABLES["standard"].c.listed))
        assert listed == len(read("standards.json")["standards"])

    async def test_what_a_source_does_not_say_is_null_in_the_database(
        self, seeded_sessions: SessionFactory
    ) -> None:
        async with seeded_sessions() as session:
            for name in ("prose", "facts", "tier", "lead_type", "operator_id", "as_of", "in_province"):
                key = "operator_zh" if name == "operator_id" else name
                empty = {row["id"] for row in read("platforms.json")["platforms"] if row[key] is None}
                found = select(PLATFORM.c.slug).where(~PLATFORM.c.demo, PLATFORM.c[name].is_(None))
                assert set((await session.scalars(found)).all()) == empty != set()
            assert (
                await session.scalar(
                    select(func.count()).where(~PLATFORM.c.demo, PLATFORM.c.lat.is_not(None))
                )
                == 0
            )

    @pytest.mark.parametrize(
        ("slug", "region_code", "place_zh", "in_province", "tier"),
        [
            ("zj-hilly-agri-machinery", "330784", "浙江省金华市永康市", True, "provincial"),
            ("hz-ai-medical-base", None, "浙江省", True, "national"),
            ("sx-guoke-new-materials", "330604", "浙江省绍兴市上虞区", True, None),
            ("js-taixing-chem", None, "江苏省泰州市泰兴市", False, "provincial"),
            ("bj-thu-poc", None, None, None, None),
        ],
    )
    async def test_places_and_tiers_are_as_the_source_says(
        self,
        seeded_sessions: SessionFactory,
        slug: str,
        region_code: str | None,
        place_zh: str | None,
        in_province: bool | None,
        tier: str | None,
    ) -> None:
        row = await one(seeded_sessions, "platform", slug=slug)
        assert (row.region_code, row.place_zh, row.in_province, row.tier) == (
            region_code,
            place_zh,
            in_province,
            tier,
        )

    async def test_a_scope_line_is_stored_as_written_and_in_its_canonical_unit(
        self, seeded_sessions: SessionFactory
    ) -> None:
        accreditation = await one(seeded_sessions, "accreditation", slug="demo-petrochemical-01-acc-1")
        line = await one(
            seeded_sessions, "scope_line", accreditation_id=accreditation.id, standard_number="GB/T 265-1988"
        )
        assert (line.range_min, line.range_max, line.range_unit) == (1, 500, "mm²/s")
        assert (line.range_low, line.range_high) == (1e-6, 5e-4)
        assert line.standard_year == 1988
        assert (await one(seeded_sessions, "standard", id=line.standard_id)).base == "GB/T 265"
        assert (await one(seeded_sessions, "test_object", id=line.object_id)).name_zh == "石油产品"
        unranged = await one(
            seeded_sessions, "scope_line", accreditation_id=accreditation.id, standard_number="GB/T 6536-2010"
        )
        assert (unranged.range_dimension_id, unranged.range_low, unranged.range_grades) == (None, None, None)

    async def test_every_number_cited_has_an_edition_and_its_base(
        self, seeded_sessions: SessionFactory
    ) -> None:
        edition = TABLES["standard_edition"].c
        async with seeded_sessions() as session:
            known = {tuple(row) for row in await session.execute(select(edition.number, edition.standard_id))}
            for name in ("scope_line", "capability"):
                table = TABLES[name].c
                cited = select(table.standard_number, table.standard_id).where(
                    table.standard_number.is_not(None)
                )
                assert {tuple(row) for row in await session.execute(cited)} <= known

    async def test_broader_objects_follow_through_others(self, seeded_sessions: SessionFactory) -> None:
        assert (
            await one(seeded_sessions, "broader_object", narrower_key="立式加工中心", broader_key="机床")
            is not None
        )
        assert (
            await one(seeded_sessions, "broader_object", narrower_key="机床", broader_key="立式加工中心")
            is None
        )

    async def test_a_partner_holds_what_the_operator_does_not(self, seeded_sessions: SessionFactory) -> None:
        holders = {
            each["id"]: each["holder_zh"]
            for platform in demo_platforms()
            for each in platform["accreditations"]
        }
        table = TABLES["accreditation"]
        joined = select(table.c.slug, ORGANISATION.c.name_zh).join_from(
            table, ORGANISATION, ORGANISATION.c.id == table.c.holder_id, isouter=True
        )
        async with seeded_sessions() as session:
            assert {row.slug: row.name_zh for row in await session.execute(joined)} == holders
        assert (await one(seeded_sessions, "organisation", slug="hz-robot-test-zj")).partner_candidate


class TestChangedFiles:
    async def test_a_changed_record_keeps_its_keys_and_the_vanished_one_goes(
        self, sessions: SessionFactory, seed_dir: Path
    ) -> None:
        await seed_all(sessions, seed_dir=seed_dir)
        before = await one(sessions, "platform", slug="zs-marine-bio")

        def change(content: Any) -> None:
            platforms = content["platforms"]
            platforms[:] = [each for each in platforms if each["id"] != "jh-tcm-formulation"]
            next(each for each in platforms if each["id"] == "zs-marine-bio")["name_zh"] = "改名后的平台"

        edit(seed_dir, "platforms.json", change)
        report = await seed_all(sessions, seed_dir=seed_dir)
        after = await one(sessions, "platform", slug="zs-marine-bio")
        assert (after.id, after.uid, after.name_zh) == (before.id, before.uid, "改名后的平台")
        assert await one(sessions, "platform", slug="jh-tcm-formulation") is None
        assert report.written == {"platform": 1}
        assert report.removed == {"platform": 1, "organisation": 1}

    async def test_what_others_entered_stays(self, sessions: SessionFactory, seed_dir: Path) -> None:
        await seed_all(sessions)
        own = await one(sessions, "platform", slug="zs-marine-bio")
        values = {**own._mapping, "slug": "entered-by-its-operator", "demo": False}
        values["uid"] = (await one(sessions, "organisation", slug="hz-robot-test-zj")).uid
        del values["id"]
        async with sessions() as session, session.begin():
            await session.execute(insert(PLATFORM).values(values))
        await seed_all(sessions, demo=False)
        await forget_hashes(sessions)
        await seed_all(sessions, demo=False)
        assert (await one(sessions, "platform", slug="entered-by-its-operator")).name_zh == own.name_zh

    async def test_a_changed_scope_line_leaves_the_others_their_keys(
        self, sessions: SessionFactory, seed_dir: Path
    ) -> None:
        await seed_all(sessions, seed_dir=seed_dir)
        accreditation = await one(sessions, "accreditation", slug="demo-petrochemical-01-acc-1")
        before = await line_ids(sessions)

        def change(content: Any) -> None:
            content["platforms"][0]["accreditations"][0]["scope"][0]["restriction_zh"] = "只测闪点低于 200 ℃"

        edit(seed_dir, "demo/group-a.json", change)
        report = await seed_all(sessions, seed_dir=seed_dir)
        after = await line_ids(sessions)
        assert (len(after - before), len(before - after)) == (1, 1)
        assert (report.written, report.removed) == ({"scope_line": 1}, {"scope_line": 1})
        line = await one(
            sessions, "scope_line", accreditation_id=accreditation.id, standard_number="GB/T 261-2021"
        )
        assert line.restriction_zh == "只测闪点低于 200 ℃"

    async def test_a_standard_that_vanished_stays_unlisted_where_it_is_cited_and_goes_otherwise(
        self, sessions: SessionFactory, seed_dir: Path
    ) -> None:
        await seed_all(sessions, seed_dir=seed_dir)

        def change(content: Any) -> None:
            standards = content["standards"]
            standards[:] = [each for each in standards if each["base"] not in ("GB/T 265", "GB/T 3536")]

        edit(seed_dir, "standards.json", change)
        await seed_all(sessions, seed_dir=seed_dir)
        cited = await one(sessions, "standard", base="GB/T 265")
        assert (cited.listed, cited.capability_code) == (False, None)
        assert await one(sessions, "standard", base="GB/T 3536") is None
        assert await one(sessions, "standard_edition", number="GB/T 3536-2008") is None

    async def test_codes_that_vanished_go(self, sessions: SessionFactory, seed_dir: Path) -> None:
        await seed_all(sessions, seed_dir=seed_dir)
        edit(seed_dir, "fields.json", lambda content: content["fields"][0]["sub_directions"].pop())
        edit(seed_dir, "regions.json", lambda content: content["regions"].pop())
        edit(seed_dir, "service_functions.json", lambda content: content["service_functions"].pop(0))
        report = await seed_all(sessions, seed_dir=seed_dir)
        assert report.removed == {"field": 1, "region": 1, "service_function": 37}
        assert report.written == {"service_function": 36}

    async def test_what_cannot_be_loaded_changes_nothing(
        self, sessions: SessionFactory, seed_dir: Path
    ) -> None:
        await seed_all(sessions, seed_dir=seed_dir)
        before = await dump(sessions)

        def change(content: Any) -> None:
            content["platforms"][0]["accreditations"][0]["scope"][0]["standard"] = "not a number"

        edit(seed_dir, "demo/group-a.json", change)
        with pytest.raises(SeedError, match=r"demo-petrochemical-01-acc-1: .*'not a number'"):
            await seed_all(sessions, seed_dir=seed_dir)
        assert await dump(sessions) == before
