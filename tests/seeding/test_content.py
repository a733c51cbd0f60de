"""The rows say what the seed files say."""

import pytest
from sqlalchemy import func, select

from app.db import SessionFactory
from tests.seeding.rows import ORGANISATION, PLATFORM, TABLES, count, demo_platforms, one, read


async def test_row_counts_equal_the_files(seeded_sessions: SessionFactory) -> None:
    demo = demo_platforms()
    services = [service for platform in demo for service in platform["services"]]
    accreditations = [each for platform in demo for each in platform["accreditations"]]
    fields = read("fields.json")["fields"]
    assert await count(seeded_sessions, "platform") == len(read("platforms.json")["platforms"]) + len(demo)
    assert await count(seeded_sessions, "service") == len(services)
    assert await count(seeded_sessions, "price_option") == len(services)
    assert await count(seeded_sessions, "capability") == sum(len(each["capabilities"]) for each in services)
    assert await count(seeded_sessions, "accreditation") == len(accreditations)
    assert await count(seeded_sessions, "scope_line") == sum(len(each["scope"]) for each in accreditations)
    assert await count(seeded_sessions, "equipment") == sum(len(each["equipment"]) for each in demo)
    assert await count(seeded_sessions, "field") == sum(1 + len(each["sub_directions"]) for each in fields)
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


async def test_what_a_source_does_not_say_is_null_in_the_database(seeded_sessions: SessionFactory) -> None:
    async with seeded_sessions() as session:
        for name in ("prose", "facts", "tier", "lead_type", "operator_id", "as_of", "in_province"):
            key = "operator_zh" if name == "operator_id" else name
            empty = {row["id"] for row in read("platforms.json")["platforms"] if row[key] is None}
            found = select(PLATFORM.c.slug).where(~PLATFORM.c.demo, PLATFORM.c[name].is_(None))
            assert set((await session.scalars(found)).all()) == empty != set()
        assert (
            await session.scalar(select(func.count()).where(~PLATFORM.c.demo, PLATFORM.c.lat.is_not(None)))
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
    seeded_sessions: SessionFactory,
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


async def test_every_number_cited_has_an_edition_and_its_base(seeded_sessions: SessionFactory) -> None:
    edition = TABLES["standard_edition"].c
    async with seeded_sessions() as session:
        known = {tuple(row) for row in await session.execute(select(edition.number, edition.standard_id))}
        for name in ("scope_line", "capability"):
            table = TABLES[name].c
            cited = select(table.standard_number, table.standard_id).where(table.standard_number.is_not(None))
            assert {tuple(row) for row in await session.execute(cited)} <= known


async def test_broader_objects_follow_through_others(seeded_sessions: SessionFactory) -> None:
    assert (
        await one(seeded_sessions, "broader_object", narrower_key="立式加工中心", broader_key="机床")
        is not None
    )
    assert (
        await one(seeded_sessions, "broader_object", narrower_key="机床", broader_key="立式加工中心") is None
    )


async def test_a_partner_holds_what_the_operator_does_not(seeded_sessions: SessionFactory) -> None:
    holders = {
        each["id"]: each["holder_zh"] for platform in demo_platforms() for each in platform["accreditations"]
    }
    table = TABLES["accreditation"]
    joined = select(table.c.slug, ORGANISATION.c.name_zh).join_from(
        table, ORGANISATION, ORGANISATION.c.id == table.c.holder_id, isouter=True
    )
    async with seeded_sessions() as session:
        assert {row.slug: row.name_zh for row in await session.execute(joined)} == holders
    assert (await one(seeded_sessions, "organisation", slug="hz-robot-test-zj")).partner_candidate
