"""A revision becomes what the public sees: rows, lines, postings, events; once, and all of it or nothing."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import SessionFactory, writing
from app.kit.clock import utcnow
from app.listing import items
from app.listing.drafts import lock_listing, open_draft
from app.listing.publication import publish_revision, retire_platform
from app.main import equip
from app.models import (
    Accreditation,
    Contact,
    Equipment,
    IntakeStep,
    ItemKind,
    ListingItem,
    ListingState,
    OutboxEvent,
    Platform,
    Service,
    Setting,
    Verification,
    metadata,
)
from app.models.base import new_uid
from app.models.scope import CHECKED_AGAINST
from app.registry import queries
from app.registry.postings import rebuild_postings
from app.settings import Settings
from search.embedded import EmbeddedEngine
from search.text import TextLayer
from tests.factories.registry import make_line, make_platform, make_service, stored
from tests.fixtures.client import as_new, client_of
from tests.fixtures.contract import Contract
from tests.listing.marked import Drafted, Marked, draft_line, make_marked

TABLES = metadata.tables
ACTOR = "person:test"
LINE = TABLES["scope_line"].c
TODAY = date(2026, 11, 23)


@dataclass(frozen=True)
class World:
    sessions: SessionFactory
    marked: Marked
    client: httpx.AsyncClient

    async def publish(self, drafted: Drafted | Platform) -> None:
        platform_id = drafted.id if isinstance(drafted, Platform) else drafted.platform.id
        async with writing(self.sessions) as session:
            listing = await lock_listing(session, platform_id or 0)
            await publish_revision(session, listing, actor=ACTOR, now=utcnow())

    async def retire(self, platform: Platform, successor: Platform | None = None) -> None:
        async with writing(self.sessions) as session:
            await lock_listing(session, platform.id or 0)
            row = await session.get_one(Platform, platform.id)
            await retire_platform(session, row, successor=successor, today=TODAY, actor=ACTOR)

    async def events(self) -> list[OutboxEvent]:
        async with self.sessions() as session:
            order = TABLES["outbox_event"].c.id
            return list(await session.scalars(select(OutboxEvent).order_by(order)))

    async def told(self) -> list[tuple[str, str]]:
        return [(event.type, event.payload["slug"]) for event in await self.events()]

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(f"/v1/{path}")


@pytest.fixture
async def world(settings: Settings, own_sessions: SessionFactory, contract: Contract) -> AsyncIterator[World]:
    async with own_sessions() as session:
        marked = await make_marked(session)
    app = as_new(settings)
    search = EmbeddedEngine(TextLayer())
    equip(app, own_sessions, search)
    async with client_of(app, contract) as client:
        yield World(own_sessions, marked, client)
    await search.close()


async def row_of(session: AsyncSession, model: Any, uid: Any) -> Any:
    return await session.scalar(select(model).where(model.uid == uid))


async def documents_in_catalogue(session: AsyncSession, drafted: Drafted) -> dict[ItemKind, dict[str, Any]]:
    """What the catalogue says of the items of a draft, as documents."""
    uids = drafted.uids
    platform = await row_of(session, Platform, drafted.platform.uid)
    fields = await queries.fields_of_platforms(session, [platform.id])
    service = await row_of(session, Service, uids[ItemKind.SERVICE])
    capabilities = [
        (row[0], row.object, row.parameter) for row in await queries.capabilities_of(session, service.id)
    ]
    accreditation = await row_of(session, Accreditation, drafted.accreditation.uid)
    return {
        ItemKind.PLATFORM: items.platform_document(platform, fields[platform.id]).stored(),
        ItemKind.SERVICE: items.service_document(
            service,
            (await queries.fields_of_services(session, [service.id]))[service.id],
            (await queries.prices_of_services(session, [service.id]))[service.id],
            capabilities,
        ).stored(),
        ItemKind.EQUIPMENT: items.equipment_document(
            await row_of(session, Equipment, uids[ItemKind.EQUIPMENT])
        ).stored(),
        ItemKind.SETTING: items.setting_document(
            await row_of(session, Setting, uids[ItemKind.SETTING])
        ).stored(),
        ItemKind.CONTACT: items.contact_document(
            await row_of(session, Contact, uids[ItemKind.CONTACT])
        ).stored(),
        ItemKind.INTAKE_STEP: items.intake_step_document(
            await row_of(session, IntakeStep, uids[ItemKind.INTAKE_STEP])
        ).stored(),
        ItemKind.ACCREDITATION: items.accreditation_document(accreditation, None).stored(),
    }


def comparable(documents: dict[ItemKind, dict[str, Any]]) -> dict[ItemKind, dict[str, Any]]:
    """Leave out what the catalogue adds, a place in the list, and the order of codes."""
    said = {}
    for kind, document in documents.items():
        kept = {name: value for name, value in document.items() if name != "position"}
        if "fields" in kept:
            kept["fields"] = sorted(kept["fields"])
        said[kind] = kept
    return said


async def postings(session: AsyncSession) -> list[Any]:
    posting = TABLES["scope_posting"]
    order = (posting.c.standard_id, posting.c.block)
    return [tuple(row) for row in await session.execute(select(posting).order_by(*order))]


async def require_postings_of_live_lines(world: World) -> None:
    async with world.sessions() as session:
        kept = await postings(session)
        await rebuild_postings(session)
        assert kept == await postings(session)
        await session.rollback()


async def live_lines(world: World) -> set[int]:
    async with world.sessions() as session:
        return set(await session.scalars(select(LINE.id).where(LINE.live)))


@pytest.mark.parametrize("which", ["new", "next"])
async def test_the_catalogue_says_what_the_documents_say(world: World, which: str) -> None:
    drafted = getattr(world.marked, which)
    await world.publish(drafted)
    async with world.sessions() as session:
        found = await documents_in_catalogue(session, drafted)
        listing = await lock_listing(session, drafted.platform.id)
        assert (listing.state, listing.published) == (ListingState.PUBLISHED, listing.revision)
        assert listing.published_at is not None
    expected = comparable(drafted.documents)
    expected[ItemKind.SERVICE]["capabilities"][0]["range"] = found[ItemKind.SERVICE]["capabilities"][0][
        "range"
    ]
    assert comparable(found) == expected
    read = (await world.get(f"platforms/{drafted.platform.slug}")).json()
    assert [each["certificate_no"] for each in read["accreditations"]][
        -1
    ] == drafted.accreditation.certificate_no
    assert read["place"]["in_province"] is True
    assert read["services"][-1]["slug"].startswith(f"{drafted.platform.slug}-svc-")


async def test_a_range_of_a_capability_is_stored_as_given_and_in_canonical_units(world: World) -> None:
    await world.publish(world.marked.new)
    service = (await world.get(f"services/{world.marked.new.uids[ItemKind.SERVICE]}")).json()
    (capability,) = service["capabilities"]
    assert (capability["range"]["min"], capability["range"]["max"], capability["range"]["unit"]) == (
        1,
        5,
        "V",
    )
    assert capability["range"]["dimension"] is not None
    assert service["price_options"][0]["min_cny"] == "4321.00"


async def test_each_change_is_told_once(world: World) -> None:
    await world.publish(world.marked.new)
    await world.publish(world.marked.new)
    await world.publish(world.marked.next)
    marked = world.marked
    new_service, next_service = await slugs_of_services(world)
    assert await world.told() == [
        ("platform.published", "newcomer"),
        ("accreditation.published", marked.new.accreditation.slug),
        ("service.published", new_service),
        ("platform.changed", "hub"),
        ("accreditation.published", marked.next.accreditation.slug),
        ("service.published", next_service),
        ("accreditation.changed", "hub-cnas"),
    ]
    events = await world.events()
    assert [event.position for event in events] == list(range(1, 8))
    assert {event.platform_uid for event in events} == {marked.hub.uid, marked.new.platform.uid}


async def slugs_of_services(world: World) -> list[str]:
    uids = [each.uids[ItemKind.SERVICE] for each in (world.marked.new, world.marked.next)]
    async with world.sessions() as session:
        return [(await row_of(session, Service, uid)).slug for uid in uids]


async def test_lines_turn_over_with_their_postings(world: World) -> None:
    marked = world.marked
    async with writing(world.sessions) as session:
        await session.execute(
            update(TABLES["scope_line"]).where(LINE.id == marked.line.id).values(until_revision=2)
        )
        staged = await draft_line(session, marked.held, 2, "GB/T 2423.17-2008")
        staged.import_id = 7
        elsewhere = await make_platform(session)
        held = Accreditation(
            slug="acc-elsewhere", platform_id=elsewhere.id or 0, scheme="CNAS", state="granted"
        )
        others = await make_line(session, await stored(session, held))
        await rebuild_postings(session)
    assert await live_lines(world) == {marked.line.id, others.id}
    await world.publish(marked.next)
    brought = {line.id for line in marked.next.lines}
    assert await live_lines(world) == brought | {others.id}
    await require_postings_of_live_lines(world)
    assert (await world.get(f"scope-lines/{marked.line.id}")).status_code == 410
    assert (await world.get(f"scope-lines/{staged.id}")).status_code == 404
    assert (await world.get(f"scope-lines/{marked.next.lines[0].id}")).status_code == 200


async def next_revision(session: AsyncSession, platform: Platform) -> int:
    """Open the next draft of a platform and let it be approved."""
    listing = await open_draft(session, platform.id or 0)
    listing.state = ListingState.APPROVED
    return listing.revision


async def say(session: AsyncSession, platform: Platform, kind: ItemKind, uid: Any, document: Any) -> None:
    """Write the next version of an item, as an edit does."""
    revision = (await lock_listing(session, platform.id or 0)).revision
    versions = TABLES["listing_item"]
    open_one = (versions.c.uid == uid, versions.c.until_revision.is_(None))
    await session.execute(update(versions).where(*open_one).values(until_revision=revision))
    session.add(
        ListingItem(
            platform_id=platform.id or 0, kind=kind, uid=uid, since_revision=revision, document=document
        )
    )
    await session.flush()


async def test_what_is_edited_keeps_its_keys_and_what_is_removed_is_gone(world: World) -> None:
    marked, drafted = world.marked, world.marked.next
    await world.publish(drafted)
    before = len(await world.told())
    removed = (ItemKind.EQUIPMENT, ItemKind.SETTING, ItemKind.INTAKE_STEP, ItemKind.CONTACT)
    service = drafted.uids[ItemKind.SERVICE]
    slug = (await world.get(f"services/{service}")).json()["slug"]
    async with writing(world.sessions) as session:
        await next_revision(session, marked.hub)
        document = {**drafted.documents[ItemKind.SERVICE], "title_zh": "另一个名字", "capabilities": []}
        await say(session, marked.hub, ItemKind.SERVICE, service, document)
        await say(session, marked.hub, ItemKind.SERVICE, marked.service.uid, None)
        for kind in removed:
            await say(session, marked.hub, kind, drafted.uids[kind], None)
        await say(session, marked.hub, ItemKind.ACCREDITATION, drafted.accreditation.uid, None)
    await world.publish(marked.hub)
    read = (await world.get("platforms/hub")).json()
    assert [(each["id"], each["slug"], each["title"]["zh"]) for each in read["services"]] == [
        (str(service), slug, "另一个名字")
    ]
    assert (await world.get(f"services/{slug}")).json()["capabilities"] == []
    assert [read[name] for name in ("equipment", "scenarios", "intake", "contacts")] == [[], [], [], []]
    assert [each["slug"] for each in read["accreditations"]] == ["hub-cnas"]
    for gone in (
        f"services/{marked.service.uid}",
        f"accreditations/{drafted.accreditation.uid}",
        f"accreditations/{drafted.accreditation.slug}",
        f"scope-lines/{drafted.lines[0].id}",
    ):
        assert (await world.get(gone)).status_code == 410, gone
    assert (await world.told())[before:] == [
        ("platform.changed", "hub"),
        ("service.changed", slug),
        ("service.removed", "hub-svc"),
        ("accreditation.removed", drafted.accreditation.slug),
    ]
    await require_postings_of_live_lines(world)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("scheme", "CNAS"),
        ("certificate_no", "CMA 0002"),
        ("state", "suspended"),
        ("valid_from", "2024-05-02"),
        ("valid_to", "2031-04-30"),
        ("holder", "partner"),
        ("source", None),
        (None, None),
    ],
)
async def test_another_certificate_is_no_longer_verified(world: World, name: str | None, value: Any) -> None:
    drafted = world.marked.new
    await world.publish(drafted)
    async with writing(world.sessions) as session:
        row = await row_of(session, Accreditation, drafted.accreditation.uid)
        row.verification, row.verified_by, row.verified_on = Verification.VERIFIED, "某部门", TODAY
        row.source = {**row.source, CHECKED_AGAINST: "公开查询"}
        await next_revision(session, drafted.platform)
        document = drafted.documents[ItemKind.ACCREDITATION]
        if value == "partner":
            organisation = (await session.scalars(select(TABLES["organisation"].c.uid))).first()
            document = {**document, "holder": str(organisation)}
        elif name is not None:
            document = {**document, name: value}
        await say(session, drafted.platform, ItemKind.ACCREDITATION, drafted.accreditation.uid, document)
    await world.publish(drafted)
    read = (await world.get(f"accreditations/{drafted.accreditation.uid}")).json()
    if name in {None, "source"}:
        assert (read["verification"], read["verified_by"], read["verified_on"]) == (
            "verified",
            "某部门",
            "2026-11-23",
        )
        assert read["source"][CHECKED_AGAINST] == "公开查询"
    else:
        assert (read["verification"], read["verified_by"], read["verified_on"]) == ("declared", None, None)
        assert CHECKED_AGAINST not in (read["source"] or {})


async def test_two_who_publish_at_once_publish_once(world: World) -> None:
    await asyncio.gather(*(world.publish(world.marked.next) for _ in range(4)))
    assert [kind for kind, slug in await world.told() if slug == "hub"] == ["platform.changed"]
    await require_postings_of_live_lines(world)


async def test_two_platforms_of_one_block_published_at_once_keep_both_their_postings(world: World) -> None:
    await asyncio.gather(world.publish(world.marked.next), world.publish(world.marked.new))
    assert len(await live_lines(world)) == 1 + len(world.marked.new.lines) + len(world.marked.next.lines)
    await require_postings_of_live_lines(world)


async def test_a_publication_that_fails_leaves_nothing(world: World) -> None:
    drafted = world.marked.new
    async with writing(world.sessions) as session:
        service = TABLES["listing_item"].c
        broken = {**drafted.documents[ItemKind.SERVICE], "capabilities": [{"term": "no_such_term"}]}
        await session.execute(
            update(TABLES["listing_item"])
            .where(service.uid == drafted.uids[ItemKind.SERVICE])
            .values(document=broken)
        )
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        await world.publish(drafted)
    assert (await world.get("platforms/newcomer")).status_code == 404
    assert await world.events() == []


async def test_a_retired_platform_and_all_that_is_its_own_answer_410_with_the_successor(world: World) -> None:
    marked = world.marked
    await world.publish(marked.new)
    await world.retire(marked.hub, successor=marked.new.platform)
    successor = {"id": str(marked.new.platform.uid), "slug": "newcomer"}
    for path in (
        "platforms/hub",
        f"platforms/{marked.hub.uid}",
        "platforms/hub/scope-lines",
        "services/hub-svc",
        f"services/{marked.service.uid}",
        "accreditations/hub-cnas",
        f"scope-lines/{marked.line.id}",
    ):
        answer = await world.get(path)
        assert (answer.status_code, answer.json()["code"]) == (410, "gone"), path
        assert answer.json()["successor"] == successor
        assert answer.headers["Link"] == '</v1/platforms/newcomer>; rel="successor-version"'
    # What the platform was drafting stays as unknown as it was.
    assert (await world.get(f"scope-lines/{marked.next.lines[0].id}")).status_code == 404
    assert (await world.get(f"accreditations/{marked.next.accreditation.uid}")).status_code == 404
    assert [each["slug"] for each in (await world.get("platforms")).json()["items"]] == ["newcomer"]
    assert (await world.told())[-3:] == [
        ("platform.removed", "hub"),
        ("service.removed", "hub-svc"),
        ("accreditation.removed", "hub-cnas"),
    ]
    await require_postings_of_live_lines(world)
    await world.retire(marked.new.platform)
    answer = (await world.get("platforms/hub")).json()
    assert (answer["code"], "successor" in answer) == ("gone", False)


async def test_a_draft_that_is_retired_was_never_there(world: World) -> None:
    await world.retire(world.marked.new.platform)
    assert (await world.get("platforms/newcomer")).status_code == 404
    assert (await world.get(f"accreditations/{world.marked.new.accreditation.slug}")).status_code == 404
    assert await world.events() == []


async def test_a_platform_that_lists_services_is_no_longer_known_by_its_prose_alone(world: World) -> None:
    async with writing(world.sessions) as session:
        known_by_prose = await make_platform(session, slug="prose", prose={"services": ["过充试验"]})
        await make_platform(session, slug="prose-only", prose={"services": ["过充试验"]})
        service = await make_service(session, known_by_prose)
        await session.execute(delete(TABLES["price_option"]))
        await session.execute(
            TABLES["capability"].insert().values(service_id=service.id, position=0, term_code="overcharge")
        )
        await rebuild_postings(session)
    need = {"id": "n", "capability": "overcharge", "accreditation": "none"}
    answer = await world.client.post("/v1/matches", json={"needs": [need], "on_date": "2026-12-01"})
    verdicts = {
        each["platform"]["slug"]: each["verdicts"][0]["verdict"] for each in answer.json()["candidates"]
    }
    assert (verdicts["prose"], verdicts["prose-only"]) == ("met", "unknown")


async def test_a_new_item_of_a_list_comes_last(world: World) -> None:
    marked = world.marked
    await world.publish(marked.next)
    uid = new_uid()
    async with writing(world.sessions) as session:
        await next_revision(session, marked.hub)
        document = {"name_zh": "后来的设备", "model": None, "specs_zh": None, "position": None}
        await say(session, marked.hub, ItemKind.EQUIPMENT, uid, document)
    await world.publish(marked.hub)
    read = (await world.get("platforms/hub")).json()
    assert [each["id"] for each in read["equipment"]] == [
        str(marked.next.uids[ItemKind.EQUIPMENT]),
        str(uid),
    ]
