"""What people have taken over, seeding leaves alone; the demo catalogue goes as a whole."""

from typing import Any

from sqlalchemy import select, update

from app import audit
from app.db import SessionFactory, writing
from app.listing.drafts import lock_listing
from app.models import Listing, ListingState, Organisation, Platform
from app.models.base import new_uid
from app.registry.postings import rebuild_postings
from app.seeding.load import seed
from tests.factories.registry import make_accreditation, make_line, make_platform
from tests.seeding.rows import ORGANISATION, PLATFORM, TABLES, count, dump, one

DEMO = "demo-petrochemical-01"
REAL = "zs-marine-bio"


async def seed_again(sessions: SessionFactory, *, demo: bool = True) -> Any:
    """Seed as if every file had changed."""
    async with writing(sessions) as session:
        await session.execute(update(TABLES["seed_state"]).values(content_hash="another"))
    return await seed(sessions, demo=demo, progress=lambda _message: None)


async def edit(sessions: SessionFactory, slug: str) -> int:
    """Rename a platform, give it a line of its own, and open its listing, as a publication does."""
    async with writing(sessions) as session:
        platform = (await session.scalars(select(Platform).where(PLATFORM.c.slug == slug))).one()
        platform.name_zh = "自己改的名字"
        await lock_listing(session, platform.id or 0)
        await make_line(session, await make_accreditation(session, platform, slug=f"own-{slug}"))
        await rebuild_postings(session)
        return platform.id or 0


async def own_lines(sessions: SessionFactory, platform_id: int) -> int:
    line, accreditation = TABLES["scope_line"].c, TABLES["accreditation"].c
    async with sessions() as session:
        statement = (
            select(line.id)
            .join_from(
                TABLES["scope_line"], TABLES["accreditation"], line.accreditation_id == accreditation.id
            )
            .where(accreditation.platform_id == platform_id)
        )
        return len((await session.scalars(statement)).all())


async def test_edited_platforms_keep_what_they_say(own_catalogue: SessionFactory) -> None:
    ids = {slug: await edit(own_catalogue, slug) for slug in (DEMO, REAL)}
    lines = {slug: await own_lines(own_catalogue, key) for slug, key in ids.items()}
    before = await dump(own_catalogue)
    report = await seed_again(own_catalogue)
    after = await dump(own_catalogue)
    assert report.written == report.removed == {}
    del before["seed_state"], after["seed_state"]
    assert after == before
    for slug, key in ids.items():
        assert (await one(own_catalogue, "platform", slug=slug)).name_zh == "自己改的名字"
        assert await own_lines(own_catalogue, key) == lines[slug] > 0


async def test_what_a_department_decided_stays(own_catalogue: SessionFactory) -> None:
    async with writing(own_catalogue) as session:
        platform = (await session.scalars(select(Platform).where(PLATFORM.c.slug == REAL))).one()
        platform.verified = True
        audit.record(
            session,
            "person:department",
            "platform.recognised",
            "platform",
            platform.uid,
            belongs_to=audit.Owner(platform_uid=platform.uid),
        )
    await seed_again(own_catalogue)
    assert (await one(own_catalogue, "platform", slug=REAL)).verified


async def test_an_organisation_that_was_edited_stays_as_it_is(own_catalogue: SessionFactory) -> None:
    operator = await one(
        own_catalogue, "organisation", id=(await one(own_catalogue, "platform", slug=REAL)).operator_id
    )
    async with writing(own_catalogue) as session:
        row = await session.get_one(Organisation, operator.id)
        row.name_en = "Named by its owner"
        audit.record(session, "person:owner", "organisation.changed", "organisation", row.uid)
    await seed_again(own_catalogue)
    assert (await one(own_catalogue, "organisation", id=operator.id)).name_en == "Named by its owner"


async def test_without_the_demo_all_of_it_goes_edited_or_not(own_catalogue: SessionFactory) -> None:
    await edit(own_catalogue, DEMO)
    demo = await one(own_catalogue, "platform", slug=DEMO)
    async with writing(own_catalogue) as session:
        made = await make_platform(session, slug="made-for-demo", operator_id=demo.operator_id, live=False)
        session.add(Listing(platform_id=made.id or 0, state=ListingState.DRAFT))
    await seed_again(own_catalogue, demo=False)
    assert await count(own_catalogue, "platform") == 50
    async with own_catalogue() as session:
        assert (await session.scalars(select(ORGANISATION.c.id).where(ORGANISATION.c.demo))).all() == []
        removed = TABLES["outbox_event"].c
        told = await session.scalars(select(removed.entity_uid).where(removed.type == "platform.removed"))
        assert made.uid not in set(told)


async def test_people_s_own_platforms_and_drafts_outlive_seeding(own_catalogue: SessionFactory) -> None:
    async with writing(own_catalogue) as session:
        own = Organisation(uid=new_uid(), slug="own", name_zh="自有机构", demo=False)
        session.add(own)
        await session.flush()
        made = await make_platform(session, slug="made", operator_id=own.id, demo=False, live=False)
        session.add(Listing(platform_id=made.id or 0, state=ListingState.DRAFT))
        await make_line(session, await make_accreditation(session, made, live=False), live=False)
    for demo in (True, False):
        await seed_again(own_catalogue, demo=demo)
        assert await own_lines(own_catalogue, made.id or 0) == 1
        assert (await one(own_catalogue, "platform", slug="made")).live is False
