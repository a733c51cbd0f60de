"""Who releases what, what stands in a release, and what is told of it."""

import hashlib
import json
import uuid
from datetime import UTC, date, datetime
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scopes import Scope
from app.indexing.changes import Changed, what_changed
from app.models import (
    AuditEntry,
    CatalogueRelease,
    CatalogueReleaseEntry,
    Department,
    DepartmentDuty,
    Platform,
    PriceOption,
    Service,
    Suspension,
    Tier,
)
from app.releases.canonical import document_of
from tests.factories.people import make_duty, make_person, with_key
from tests.factories.registry import make_service
from tests.releases.conftest import CENTRE, PATH, PILOT, Publishers, issue, make_real, slugs

Full = tuple[Platform, Service]
HASH_OF_FULL = "1dbdb0579b5b4d5d6dac307067d6a485be27e7441069e6e2ae22d6f737ecb84f"
"""Of the first edition with the full platform alone, whichever the database."""


async def test_the_province_releases_what_is_real_public_and_known_to_lie_in_it(
    publishers: Publishers, session: AsyncSession, client: httpx.AsyncClient
) -> None:
    kept: dict[str, dict[str, Any]] = {
        "hangzhou": {"region_code": "330100"},
        "county": {"region_code": "330110"},
        "region-says-so": {"region_code": "330200", "in_province": None},
        "source-says-so": {"region_code": None, "in_province": True},
        "suspension-over": {},
        "suspension-lifted": {},
        "suspension-to-come": {},
    }
    left_out: dict[str, dict[str, Any]] = {
        "demo": {"demo": True},
        "outside": {"in_province": False},
        "outside-without-place": {"region_code": None, "in_province": False},
        "unknown": {"region_code": None, "in_province": None},
        "never-published": {"live": False},
        "retired": {"live": False, "retired_on": date(2026, 5, 1)},
        "suspended": {},
        "suspended-without-end": {},
    }
    made = {slug: await make_real(session, slug, **known) for slug, known in {**kept, **left_out}.items()}
    suspend(session, made["suspended"], date(2026, 12, 1), date(2026, 12, 1))
    suspend(session, made["suspended-without-end"], date(2026, 1, 1), None)
    suspend(session, made["suspension-over"], date(2026, 1, 1), date(2026, 11, 30))
    suspend(session, made["suspension-to-come"], date(2026, 12, 2), None)
    suspend(
        session, made["suspension-lifted"], date(2026, 1, 1), None, lifted_at=datetime(2026, 6, 1, tzinfo=UTC)
    )
    await session.commit()
    assert slugs(await issue(client, publishers.economy)) == set(kept)


def suspend(session: AsyncSession, platform: Platform, since: date, until: date | None, **known: Any) -> None:
    assert platform.id is not None
    session.add(
        Suspension(
            platform_id=platform.id,
            from_date=since,
            to_date=until,
            reason="整改",
            decided_by="person:x",
            decided_at=datetime(2026, 1, 1, tzinfo=UTC),
            **known,
        )
    )


async def test_a_department_releases_its_kinds_and_its_region(
    publishers: Publishers, session: AsyncSession, client: httpx.AsyncClient
) -> None:
    await make_real(session, "pilot-hangzhou", kind=PILOT, region_code="330110")
    await make_real(session, "pilot-ningbo", kind=PILOT, region_code="330200")
    await make_real(session, "pilot-somewhere", kind=PILOT, region_code=None)
    await make_real(session, "centre-hangzhou", kind=CENTRE, region_code="330100")
    await session.commit()
    pilots = {"pilot-hangzhou", "pilot-ningbo", "pilot-somewhere"}
    assert slugs(await issue(client, publishers.economy)) == pilots
    assert slugs(await issue(client, publishers.science)) == {"centre-hangzhou"}
    assert slugs(await issue(client, publishers.both)) == {*pilots, "centre-hangzhou"}
    assert slugs(await issue(client, publishers.both, filter={"kind": [CENTRE]})) == {"centre-hangzhou"}
    assert slugs(await issue(client, publishers.hangzhou)) == {"pilot-hangzhou"}
    assert slugs(await issue(client, publishers.two_cities, region="330200")) == {"pilot-ningbo"}
    last = await issue(client, publishers.both, filter={"kind": [PILOT]})
    assert last["issuer"] == {
        "region": {"code": "330000", "name": {"zh": "浙江省", "en": "Zhejiang"}},
        "departments": [
            {
                "code": "economy",
                "name": {"zh": "经济和信息化厅", "en": "Department of Economy and Information Technology"},
            }
        ],
    }
    assert [kind["code"] for kind in last["filter"]["kind"]] == ["pilot_platform"]
    assert last["edition"] == 7


REFUSED: tuple[tuple[str, dict[str, Any], int, str], ...] = (
    ("economy", {"filter": {"kind": ["verification_centre"]}}, 403, "not-competent"),
    ("economy", {"region": "330100"}, 403, "not-competent"),
    ("hangzhou", {"region": "330000"}, 403, "not-competent"),
    ("hangzhou", {"filter": {"city": ["330200"]}}, 403, "not-competent"),
    ("hangzhou", {"filter": {"city": ["330110", "330200"]}}, 403, "not-competent"),
    ("two_cities", {}, 422, "invalid-request"),
    ("reviewer", {}, 403, "forbidden"),
    ("economy", {"filter": {"field": ["new_energi"]}}, 422, "invalid-request"),
    ("economy", {"filter": {"city": ["330000"]}}, 422, "invalid-request"),
    ("economy", {"filter": {"tier": ["best"]}}, 422, "invalid-request"),
    ("economy", {"title": " "}, 422, "invalid-request"),
    ("economy", {"title": "a\u0000b"}, 422, "invalid-request"),
    ("economy", {"note": "a\u0000b"}, 422, "invalid-request"),
    ("economy", {"edition": 9}, 422, "invalid-request"),
)


async def test_what_is_not_ones_own_or_does_not_exist_is_refused(
    publishers: Publishers, client: httpx.AsyncClient
) -> None:
    for by, body, status, code in REFUSED:
        answer = await client.post(PATH, headers=getattr(publishers, by), json={"title": "目录", **body})
        assert (answer.status_code, answer.json()["code"]) == (status, code), (by, body, answer.text)
    assert (await client.get(PATH)).json()["items"] == []


async def test_the_filter_limits_what_is_released(
    publishers: Publishers, session: AsyncSession, client: httpx.AsyncClient
) -> None:
    await make_real(session, "a", tier=Tier.NATIONAL, region_code="330100", fields=("robotics",))
    await make_real(session, "b", tier=Tier.PROVINCIAL, region_code="330110", fields=("new_energy",))
    await make_real(session, "c", tier=None, region_code="330200", fields=("robotics", "new_energy"))
    await make_real(session, "d", tier=Tier.NATIONAL, region_code=None, fields=())
    await session.commit()

    async def released(**filters: list[str]) -> set[str]:
        return slugs(await issue(client, publishers.economy, filter=filters))

    assert await released() == {"a", "b", "c", "d"}
    assert await released(tier=["national"]) == {"a", "d"}
    assert await released(city=["330100"]) == {"a", "b"}
    assert await released(city=["330110", "330200"]) == {"b", "c"}
    assert await released(field=["robotics"]) == {"a", "c"}
    assert await released(field=["new_energy"], tier=["provincial"]) == {"b"}
    by_field = await issue(client, publishers.economy)
    contents = [(line["code"], line["entries"]) for line in by_field["contents"]]
    assert contents == [("new_energy", 2), ("robotics", 2), ("unstated", 1)]


async def test_an_entry_says_all_that_is_published_and_what_counts_on_the_day(
    full: Full, publishers: Publishers, client: httpx.AsyncClient
) -> None:
    release = await issue(client, publishers.economy, note="第一批")
    assert (release["issued_on"], release["note"], release["entry_count"]) == ("2026-12-01", "第一批", 1)
    (entry,) = release["entries"]
    assert [field["code"] for field in entry["fields"]] == ["new_energy", "robotics"]
    assert entry["facts"] == {"pilot_area_m2": 26000, "lines": 1.5, "big": 1152921504606847000}
    assert entry["operator"]["credit_code"] == "91330106MA27XL2T6Y"
    assert entry["place"]["county"] == {"code": "330110", "name": {"zh": "余杭区", "en": "Yuhang"}}
    assert entry["place"]["city"]["code"] == "330100"
    valid, expired = entry["accreditations"]
    assert (valid["certificate_no"], valid["status"]["code"], valid["scope_lines"]) == (
        "CNAS L1234",
        "granted",
        1,
    )
    assert (expired["state"]["code"], expired["status"]["code"], expired["scope_lines"]) == (
        "granted",
        "expired",
        0,
    )
    assert (valid["holder"], expired["holder"]["name"]["zh"]) == (None, "合作检测机构")
    (service,) = entry["services"]
    prices = [(one["min_cny"], one["max_cny"], one["in_force"]) for one in service["prices"]]
    assert prices == [("3000.00", "4500.50", True), ("2800.00", None, False)]
    assert service["capabilities"][0]["range"] == "0～1000 V"
    assert service["batch_scale"] == {"min": 0.5, "max": 100, "unit": "kg"}
    parts = ("contacts", "intake", "equipment", "settings")
    assert [len(entry[name]) for name in parts] == [1, 1, 1, 1]


async def test_what_the_catalogue_does_not_say_stays_unsaid(
    publishers: Publishers, session: AsyncSession, client: httpx.AsyncClient
) -> None:
    await make_real(session, "bare", tier=None, lead_type=None, region_code=None, name_en=None, fields=())
    await session.commit()
    (entry,) = (await issue(client, publishers.economy))["entries"]
    unsaid = ("tier", "recognised_on", "lead_type", "process_mode", "operator", "summary", "prose", "facts")
    assert [entry[name] for name in unsaid] == [None] * len(unsaid)
    assert entry["place"] == {"city": None, "county": None, "written": None}
    assert entry["serves_outsiders"] == "unknown"


async def test_later_edits_change_no_byte_of_a_release(
    full: Full, publishers: Publishers, session: AsyncSession, client: httpx.AsyncClient
) -> None:
    platform, service = full
    release = await issue(client, publishers.economy)
    before = await client.get(f"{PATH}/1")
    platform.name_zh = "改名之后"
    platform.demo = True
    service.lead_time_days = 99
    for option in await session.scalars(select(PriceOption)):
        await session.delete(option)
    await session.commit()
    after = await client.get(f"{PATH}/1")
    assert after.content == before.content
    assert slugs(await issue(client, publishers.economy)) == set()
    assert release["entries"][0]["name"]["zh"] == "动力电池中试平台"


async def test_a_release_is_made_again_from_its_rows_byte_for_byte(
    full: Full, publishers: Publishers, session: AsyncSession, client: httpx.AsyncClient
) -> None:
    await issue(client, publishers.economy)
    answer = await client.get(f"{PATH}/1")
    row = (await session.scalars(select(CatalogueRelease))).one()
    entries = (await session.scalars(select(CatalogueReleaseEntry))).all()
    assert document_of(row.head, [entry.content for entry in entries], row.content_hash) == answer.content
    assert [str(entry.platform_uid) for entry in entries] == [answer.json()["entries"][0]["id"]]
    document = answer.json()
    claimed = document.pop("content_hash")
    # Independent of the application: what the standard library writes for ASCII names and these numbers.
    plain = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(plain.encode()).hexdigest() == claimed == row.content_hash


async def test_the_same_content_has_the_same_bytes_on_every_database(
    full: Full, publishers: Publishers, client: httpx.AsyncClient
) -> None:
    release = await issue(client, publishers.economy)
    assert release["content_hash"] == HASH_OF_FULL


async def test_the_feed_and_the_audit_trail_tell_of_a_release_and_no_index_is_built_anew(
    publishers: Publishers, session: AsyncSession, client: httpx.AsyncClient
) -> None:
    release = await issue(client, publishers.science, title="概念验证中心目录")
    feed = (await client.get("/v1/changes", params={"types": "release.published"})).json()["items"]
    assert [(one["entity"], one["slug"], one["name"]["zh"], one["deleted"]) for one in feed] == [
        ("release", "1", "概念验证中心目录", False)
    ]
    row = (await session.scalars(select(CatalogueRelease))).one()
    assert uuid.UUID(feed[0]["entity_id"]) == row.uid
    entry = (await session.scalars(select(AuditEntry))).one()
    assert (entry.action, entry.entity, entry.entity_uid) == ("release.published", "release", row.uid)
    assert entry.actor.startswith("person:")
    assert entry.after is not None
    assert entry.after["content_hash"] == release["content_hash"]
    assert await what_changed(session, 0, 1) == Changed([], [])


async def test_the_same_request_again_issues_nothing(
    publishers: Publishers, client: httpx.AsyncClient
) -> None:
    headers = {**publishers.economy, "Idempotency-Key": "edition-1"}
    first, second = [await client.post(PATH, headers=headers, json={"title": "目录"}) for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert second.headers["Location"] == first.headers["Location"] == f"{PATH}/1"
    other = await client.post(PATH, headers=headers, json={"title": "另一份"})
    assert other.status_code == 422
    assert len((await client.get(PATH)).json()["items"]) == 1


async def test_a_key_releases_only_with_the_scope_for_it(
    app: FastAPI, publishers: Publishers, session: AsyncSession, client: httpx.AsyncClient
) -> None:
    person = await make_person(session)
    await make_duty(session, person, Department.ECONOMY, "330000", DepartmentDuty.PUBLISHER)
    allowed = await with_key(session, app, person, Scope.RELEASE)
    refused = await with_key(session, app, person, *(set(Scope) - {Scope.RELEASE}))
    await session.commit()
    answers = [await client.post(PATH, headers=one, json={"title": "目录"}) for one in (refused, allowed)]
    assert [answer.status_code for answer in answers] == [403, 201]


async def test_a_release_keeps_the_order_by_kind_place_and_name(
    publishers: Publishers, session: AsyncSession, client: httpx.AsyncClient
) -> None:
    await make_real(session, "z", kind=CENTRE, region_code="330100", name_zh="乙")
    await make_real(session, "y", kind=PILOT, region_code="330200", name_zh="甲")
    await make_real(session, "x", kind=PILOT, region_code=None, name_zh="丙")
    await make_real(session, "w", kind=PILOT, region_code="330100", name_zh="乙")
    await make_real(session, "v", kind=PILOT, region_code="330100", name_zh="丁")
    await make_service(session, await make_real(session, "u", kind=CENTRE, region_code="330110"))
    await session.commit()
    release = await issue(client, publishers.both)
    assert [entry["slug"] for entry in release["entries"]] == ["v", "w", "y", "x", "z", "u"]
