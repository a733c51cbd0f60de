"""Listing a platform and editing its draft: what is kept, what the public sees, who may."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Listing, ListingItem, Platform, ScopeLine, metadata
from tests.factories.registry import make_accreditation, make_contact, make_line, make_platform, make_service
from tests.listing.review_world import HIDDEN_FROM, World, make_world

LISTING = metadata.tables["listing"].c
PLATFORM = {
    "name_zh": "杭州示例电池中试平台",
    "name_en": "Hangzhou example battery pilot platform",
    "region_code": "330110",
    "fields": ["new_energy"],
    "lat": 30.2,
    "lon": 120.1,
}
SERVICE = {
    "function": "test_inspection",
    "title_zh": "锂电池安全性能检测",
    "entry_trl": 4,
    "exit_trl": 7,
    "lead_time_days": 15,
    "monthly_capacity": 30,
    "capabilities": [{"term": "overcharge", "standard": "gb38031—2020", "range": {"text": "(5～100)V"}}],
    "price_options": [{"kind": "from", "min_cny": "3000", "unit_zh": "项"}],
}
CONTACT = {"name_zh": "业务受理处", "telephone": "0571-12345678"}
ACCREDITATION = {"scheme": "CNAS", "state": "granted"}
ITEMS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "services": (SERVICE, {"title_zh": "锂电池过充检测", "exit_trl": 8}),
    "equipment": ({"name_zh": "盐雾试验箱", "model": "YWX-750"}, {"model": None}),
    "environments": ({"kind": "environment", "name_zh": "高低温舱"}, {"kind": "scenario"}),
    "contacts": (CONTACT, {"email": "service@example.com"}),
    "intake-steps": ({"title_zh": "提交委托单"}, {"working_days": 2}),
    "accreditations": (ACCREDITATION, {"certificate_no": "CNAS L4242"}),
}


@pytest.fixture
async def world(app: FastAPI, client: httpx.AsyncClient, session: AsyncSession) -> World:
    return await make_world(app, client, session)


async def list_platform(world: World, **known: Any) -> dict[str, Any]:
    body = {"organisation_id": world.operator.slug, "kind": "pilot_platform", "document": PLATFORM, **known}
    answer = await world.ask("editor", "POST", "/v1/platforms", body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def own_public_platform(world: World) -> Platform:
    """A seeded platform, public, of the operator of the world."""
    platform = await make_platform(
        world.session, operator_id=world.operator.id, demo=False, summary_zh="原简介"
    )
    await world.session.commit()
    return platform


async def draft_of(world: World, platform: Platform | str, who: str = "editor") -> httpx.Response:
    key = platform if isinstance(platform, str) else platform.slug
    answer = await world.ask(who, "GET", f"/v1/platforms/{key}/draft")
    assert answer.status_code == 200, answer.text
    return answer


async def test_a_platform_is_listed_as_a_draft_that_the_public_does_not_see(world: World) -> None:
    made = await list_platform(world, slug="hangzhou-example-battery")
    assert made["slug"] == "hangzhou-example-battery"
    assert (made["state"], made["revision"], made["published_revision"]) == ("draft", 1, None)
    assert made["platform"]["document"]["name_zh"] == "杭州示例电池中试平台"
    assert made["platform"]["change"] == "added"
    assert (made["tier"], made["verified"]) == (None, False)
    for path in ("/v1/platforms/hangzhou-example-battery", f"/v1/platforms/{made['id']}"):
        assert (await world.client.get(path)).status_code == 404
    listed = await world.client.get("/v1/platforms", params={"limit": 100})
    assert "杭州示例电池中试平台" not in listed.text
    again = await world.ask(
        "owner",
        "POST",
        "/v1/platforms",
        {
            "organisation_id": str(world.operator.uid),
            "kind": "pilot_platform",
            "slug": "hangzhou-example-battery",
            "document": PLATFORM,
        },
    )
    assert (again.status_code, again.json()["code"]) == (409, "slug-taken")


@pytest.mark.parametrize(
    ("who", "status"), [("viewer", 403), ("stranger", 404), ("owner elsewhere", 404), ("admin", 404)]
)
async def test_only_editors_of_an_organisation_list_its_platforms(
    world: World, who: str, status: int
) -> None:
    body = {"organisation_id": world.operator.slug, "kind": "pilot_platform", "document": PLATFORM}
    answer = await world.ask(who, "POST", "/v1/platforms", body)
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({**PLATFORM, "tier": "national"}, "/body/document/tier"),
        ({**PLATFORM, "verified": True}, "/body/document/verified"),
        ({**PLATFORM, "lon": None}, "/body/document"),
        ({**PLATFORM, "region_code": "999999"}, "/body/document/region_code"),
        ({**PLATFORM, "name_zh": " "}, "/body/document/name_zh"),
        ({**PLATFORM, "name_zh": "甲\u202e乙"}, "/body/document/name_zh"),
    ],
)
async def test_what_only_a_department_writes_or_makes_no_sense_is_refused(
    world: World, document: dict[str, Any], pointer: str
) -> None:
    body = {"organisation_id": world.operator.slug, "kind": "pilot_platform", "document": document}
    answer = await world.ask("editor", "POST", "/v1/platforms", body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_an_edit_of_a_published_platform_opens_a_draft_and_the_public_sees_no_change(
    world: World,
) -> None:
    platform = await own_public_platform(world)
    before = await draft_of(world, platform)
    assert before.json()["state"] == "published"
    path = f"/v1/platforms/{platform.slug}/draft"
    edited = await world.ask("editor", "PATCH", path, {"summary_zh": "新简介"}, before.headers["ETag"])
    assert edited.status_code == 200, edited.text
    assert (edited.json()["state"], edited.json()["revision"]) == ("draft", 2)
    assert edited.json()["published_revision"] == 1
    assert edited.json()["platform"]["change"] == "edited"
    assert edited.json()["platform"]["document"]["summary_zh"] == "新简介"
    assert edited.headers["ETag"] != before.headers["ETag"]
    public = (await world.client.get(f"/v1/platforms/{platform.slug}")).json()
    assert public["summary"]["zh"] == "原简介"
    stale = await world.ask("owner", "PATCH", path, {"summary_zh": "旧稿"}, before.headers["ETag"])
    assert stale.status_code == 412
    assert (await world.ask("owner", "PATCH", path, {"summary_zh": "旧稿"})).status_code == 428
    cleared = await world.ask("owner", "PATCH", path, {"name_zh": None}, "*")
    assert cleared.json()["errors"][0]["pointer"] == "/body/name_zh"


@pytest.mark.parametrize("kind", ITEMS)
async def test_each_kind_of_item_is_added_read_edited_and_removed(world: World, kind: str) -> None:
    document, change = ITEMS[kind]
    made = await list_platform(world)
    path = f"/v1/platforms/{made['id']}/draft/{kind}"
    added = await world.ask("editor", "POST", path, document)
    assert added.status_code == 201, added.text
    assert added.json()["change"] == "added"
    item_path = f"{path}/{added.json()['id']}"
    read = await world.ask("viewer", "GET", item_path)
    assert read.json() == {**added.json(), "findings": None}
    assert read.headers["ETag"] == added.headers["ETag"]
    edited = await world.ask("owner", "PATCH", item_path, change, read.headers["ETag"])
    assert edited.status_code == 200, edited.text
    assert change.items() <= edited.json()["document"].items()
    assert {**read.json()["document"], **change} == edited.json()["document"]
    stale = await world.ask("editor", "PATCH", item_path, change, read.headers["ETag"])
    assert (stale.status_code, stale.headers["ETag"]) == (412, edited.headers["ETag"])
    listed = await world.ask("viewer", "GET", path, None)
    assert listed.json()["items"] == [{**edited.json(), "findings": None}]
    assert (await world.ask("editor", "DELETE", item_path)).status_code == 428
    removed = await world.ask("editor", "DELETE", item_path, None, edited.headers["ETag"])
    assert removed.status_code == 204
    assert (await world.ask("editor", "GET", item_path)).status_code == 404
    assert (await world.ask("viewer", "GET", path)).json()["items"] == []
    entity = {"environments": "setting", "intake-steps": "intake_step"}.get(kind, kind.removesuffix("s"))
    assert [action for action in await world.actions() if action.startswith(entity)] == [
        f"{entity}.added",
        f"{entity}.edited",
        f"{entity}.removed",
    ]


async def test_a_service_keeps_what_was_meant_in_one_form(world: World) -> None:
    made = await list_platform(world)
    path = f"/v1/platforms/{made['id']}/draft/services"
    added = (await world.ask("editor", "POST", path, SERVICE)).json()["document"]
    assert added["capabilities"][0]["standard"] == "GB 38031-2020"
    assert added["capabilities"][0]["range"]["text"] == "(5～100)V"
    assert added["price_options"][0]["min_cny"] == "3000.00"


async def test_an_edit_is_told_what_is_missing_or_doubtful(world: World) -> None:
    made = await list_platform(world)
    assert "outsiders_unknown" in [finding["code"] for finding in made["platform"]["findings"]]
    path = f"/v1/platforms/{made['id']}/draft/services"
    added = await world.ask("editor", "POST", path, {**SERVICE, "price_options": []})
    found = {finding["code"]: finding for finding in added.json()["findings"]}
    assert (found["price_missing"]["pointer"], found["price_missing"]["severity"]) == (
        "/price_options",
        "warning",
    )
    price = {"price_options": [{"kind": "negotiable"}]}
    edited = await world.ask("editor", "PATCH", f"{path}/{added.json()['id']}", price, "*")
    assert "price_missing" not in [finding["code"] for finding in edited.json()["findings"]]
    granted = await world.ask(
        "editor", "POST", f"/v1/platforms/{made['id']}/draft/accreditations", ACCREDITATION
    )
    assert "certificate_no_missing" in [finding["code"] for finding in granted.json()["findings"]]


@pytest.mark.parametrize(
    ("part", "pointer", "code"),
    [
        ({"entry_trl": 8}, "/body", "not_in_order"),
        ({"exit_trl": 10}, "/body/exit_trl", "less_than_equal"),
        ({"price_options": [{"kind": "fixed"}]}, "/body/price_options/0", "missing_price"),
        (
            {"price_options": [{"kind": "range", "min_cny": "5", "max_cny": "4"}]},
            "/body/price_options/0",
            "not_in_order",
        ),
        ({"price_options": [{"kind": "from", "min_cny": "-1"}]}, "/body/price_options/0/min_cny", None),
        ({"capabilities": [{"object": "电池"}]}, "/body/capabilities/0", "empty_capability"),
        ({"capabilities": [{"standard": "不是标准"}]}, "/body/capabilities/0/standard", "not_a_standard"),
        (
            {"capabilities": [{"term": "overcharge", "range": {"text": "约10V"}}]},
            "/body/capabilities/0/range",
            "range_ambiguous",
        ),
        ({"verified": True}, "/body/verified", "extra_forbidden"),
        ({"function": "test_inspektion"}, "/body/function", "unknown_code"),
        ({"fields": ["new_energy", "alchemy"]}, "/body/fields/1", "unknown_code"),
        ({"capabilities": [{"term": "salt_sprey"}]}, "/body/capabilities/0/term", "unknown_code"),
    ],
)
async def test_a_service_that_cannot_be_meant_is_refused_with_the_place(
    world: World, part: dict[str, Any], pointer: str, code: str | None
) -> None:
    made = await list_platform(world)
    path = f"/v1/platforms/{made['id']}/draft/services"
    added = await world.ask("editor", "POST", path, SERVICE)
    for answer in (
        await world.ask("editor", "POST", path, {**SERVICE, **part}),
        await world.ask("editor", "PATCH", f"{path}/{added.json()['id']}", part, "*"),
    ):
        assert answer.status_code == 422, answer.text
        found = answer.json()["errors"][0]
        assert found["pointer"] == pointer
        assert code is None or found["code"] == code


async def test_who_must_not_know_of_a_draft_is_told_that_there_is_none(world: World) -> None:
    made = await list_platform(world)
    for who in HIDDEN_FROM:
        answer = await world.ask(who, "GET", f"/v1/platforms/{made['id']}/draft")
        assert answer.status_code == 404, who
    for who in ("viewer", "reviewer", "publisher", "reviewer of the province", "admin"):
        assert (await world.ask(who, "GET", f"/v1/platforms/{made['id']}/draft")).status_code == 200, who
        edit = await world.ask(who, "PATCH", f"/v1/platforms/{made['id']}/draft", {"place_zh": "x"}, "*")
        assert edit.status_code == 403, who


async def test_prices_lead_time_and_capacity_of_a_published_service_are_public_at_once(world: World) -> None:
    platform = await own_public_platform(world)
    service = await make_service(world.session, platform)
    await world.session.commit()
    path = f"/v1/platforms/{platform.slug}/draft/services/{service.uid}"
    change = {
        "price_options": [{"kind": "fixed", "min_cny": "1234.5", "unit_zh": "件"}],
        "lead_time_days": 3,
        "monthly_capacity": 7,
    }
    edited = await world.ask("editor", "PATCH", path, change, "read")
    assert edited.status_code == 200, edited.text
    assert (edited.json()["change"], edited.json()["version"]) == ("unchanged", 2)
    public = (await world.client.get(f"/v1/services/{service.slug}")).json()
    assert [option["min_cny"] for option in public["price_options"]] == ["1234.50"]
    assert (public["lead_time_days"], public["monthly_capacity"]) == (3, 7)
    assert (await draft_of(world, platform)).json()["state"] == "published"
    assert [event.type for event in await world.events()][-1] == "service.changed"
    both = await world.ask("editor", "PATCH", path, {"title_zh": "新名称", "lead_time_days": 4}, "read")
    assert (both.json()["change"], both.json()["document"]["lead_time_days"]) == ("edited", 4)
    public = (await world.client.get(f"/v1/services/{service.slug}")).json()
    assert (public["lead_time_days"], public["title"]["zh"]) == (4, service.title_zh)
    changes = (await world.ask("viewer", "GET", f"/v1/platforms/{platform.slug}/changes")).json()
    assert [(item["id"], item["fields"]) for item in changes["items"]] == [
        (
            str(service.uid),
            [{"pointer": "/title_zh", "before": service.title_zh, "after": "新名称"}],
        )
    ]


async def test_contacts_of_a_public_platform_are_public_at_once(world: World) -> None:
    platform = await own_public_platform(world)
    seeded = await make_contact(world.session, platform, name_zh="旧窗口", telephone="0571-87654321")
    await world.session.commit()
    path = f"/v1/platforms/{platform.slug}/draft/contacts"
    added = await world.ask("editor", "POST", path, CONTACT)
    assert (added.status_code, added.json()["change"]) == (201, "unchanged")
    edited = await world.ask("editor", "PATCH", f"{path}/{seeded.uid}", {"name_zh": "新窗口"}, "read")
    assert edited.status_code == 200, edited.text

    async def names() -> list[str]:
        public = (await world.client.get(f"/v1/platforms/{platform.slug}")).json()
        return [contact["name"] for contact in public["contacts"]]

    assert sorted(await names()) == sorted(["新窗口", "业务受理处"])
    gone = await world.ask("editor", "DELETE", f"{path}/{added.json()['id']}", None, "*")
    assert gone.status_code == 204
    assert await names() == ["新窗口"]
    assert (await draft_of(world, platform)).json()["state"] == "published"
    listed = (await world.ask("viewer", "GET", path)).json()["items"]
    assert [item["document"]["name_zh"] for item in listed] == ["新窗口"]


async def test_a_draft_of_a_platform_with_many_lines_copies_none(world: World) -> None:
    platform = await own_public_platform(world)
    accreditation = await make_accreditation(world.session, platform)
    first = await make_line(world.session, accreditation, clause="1")
    values = {
        column.name: getattr(first, column.name)
        for column in metadata.tables["scope_line"].c
        if column.name not in {"id", "clause"}
    }
    rows = [{**values, "clause": str(number)} for number in range(2, 5001)]
    await world.session.execute(metadata.tables["scope_line"].insert(), rows)
    services = [await make_service(world.session, platform) for _ in range(3)]
    await world.session.commit()
    path = f"/v1/platforms/{platform.slug}/draft"
    edited = await world.ask("editor", "PATCH", path, {"summary_zh": "新简介"}, "read")
    assert edited.json()["scope"] == [{"accreditation_id": str(accreditation.uid), "lines": 5000}]
    one = await world.ask("editor", "PATCH", f"{path}/services/{services[1].uid}", {"title_zh": "新"}, "read")
    assert one.status_code == 200
    lines = await world.session.scalar(select(func.count()).select_from(ScopeLine))
    assert lines == 5000
    items = (await world.session.scalars(select(ListingItem.uid))).all()
    assert sorted(items) == sorted([platform.uid, platform.uid, services[1].uid, services[1].uid])


async def test_items_are_listed_page_by_page_with_published_and_new_ones(world: World) -> None:
    platform = await own_public_platform(world)
    published = [await make_service(world.session, platform) for _ in range(4)]
    await world.session.commit()
    path = f"/v1/platforms/{platform.slug}/draft/services"
    added = (await world.ask("editor", "POST", path, SERVICE)).json()
    assert (await world.ask("editor", "DELETE", f"{path}/{published[2].uid}", None, "*")).status_code == 204
    await world.ask("editor", "PATCH", f"{path}/{published[0].uid}", {"title_zh": "改名"}, "*")
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        params = {"limit": 2, "total": True} | ({} if cursor is None else {"cursor": cursor})
        page = (await world.client.get(path, params=params, headers=world.headers["viewer"])).json()
        assert page["total"] == 4
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    changes = {item["id"]: item["change"] for item in found}
    assert changes == {
        str(published[0].uid): "edited",
        str(published[1].uid): "unchanged",
        str(published[3].uid): "unchanged",
        added["id"]: "added",
    }
    whole = (await draft_of(world, platform)).json()["services"]
    assert sorted(item["id"] for item in whole) == sorted(changes)
    assert len(found) == 4


async def test_discarding_the_draft_of_a_published_platform_takes_all_of_it_back(world: World) -> None:
    platform = await own_public_platform(world)
    service = await make_service(world.session, platform)
    accreditation = await make_accreditation(world.session, platform)
    kept = await make_line(world.session, accreditation, clause="1")
    gone = await make_line(world.session, accreditation, clause="2")
    await world.session.commit()
    before = (await draft_of(world, platform)).json()
    path = f"/v1/platforms/{platform.slug}/draft"
    lines = f"/v1/accreditations/{accreditation.slug}/scope-lines"
    nothing = await world.ask("editor", "DELETE", path, None, "*")
    assert (nothing.status_code, nothing.json()["code"]) == (409, "no-draft")
    await world.ask("editor", "PATCH", path, {"summary_zh": "新简介"}, "*")
    await world.ask("editor", "PATCH", f"{path}/services/{service.uid}", {"title_zh": "新"}, "*")
    new = await world.ask("editor", "POST", f"{path}/accreditations", ITEMS["accreditations"][0])
    line = {"object": "电池", "parameter": "过放电", "standard": "GB 38031-2020"}
    for accreditation_id in (new.json()["id"], str(accreditation.uid)):
        added = await world.ask("editor", "POST", f"/v1/accreditations/{accreditation_id}/scope-lines", line)
        assert added.status_code == 201, added.text
    assert (await world.ask("editor", "DELETE", f"{lines}/{gone.id}", None, "*")).status_code == 204
    edited = await world.ask("editor", "PATCH", f"{lines}/{kept.id}", {"clause": "9"}, "*")
    assert edited.status_code == 200, edited.text
    discarded = await world.ask("owner", "DELETE", path, None, "*")
    assert discarded.status_code == 204, discarded.text
    after = (await draft_of(world, platform)).json()
    assert {**after, "version": before["version"]} == before
    rows = (await world.session.scalars(select(ScopeLine.id))).all()
    assert sorted(rows) == sorted([kept.id, gone.id])
    assert (await world.actions())[-1] == "draft.discarded"


async def test_discarding_a_platform_that_was_never_published_removes_it(world: World) -> None:
    made = await list_platform(world)
    path = f"/v1/platforms/{made['id']}/draft"
    accreditation = await world.ask("editor", "POST", f"{path}/accreditations", ITEMS["accreditations"][0])
    await world.ask(
        "editor",
        "POST",
        f"/v1/accreditations/{accreditation.json()['id']}/scope-lines",
        {"object": "电池", "parameter": "过放电", "standard": "GB 38031-2020"},
    )
    assert (await world.ask("editor", "DELETE", path, None, "read")).status_code == 204
    assert (await world.ask("editor", "GET", path)).status_code == 404
    assert await world.session.scalar(select(func.count()).select_from(ListingItem)) == 0
    assert await world.session.scalar(select(func.count()).select_from(ScopeLine)) == 0
    left = await world.session.scalars(select(Listing.platform_id))
    assert left.all() == [world.platform.id]


async def test_a_holder_is_kept_by_id_and_must_exist(world: World) -> None:
    made = await list_platform(world)
    path = f"/v1/platforms/{made['id']}/draft/accreditations"
    document = {"scheme": "CMA", "state": "applied", "holder": world.elsewhere.slug}
    added = await world.ask("editor", "POST", path, document)
    assert added.json()["document"]["holder"] == str(world.elsewhere.uid)
    unknown = await world.ask("editor", "POST", path, {**document, "holder": "nobody"})
    assert unknown.status_code == 422
    assert unknown.json()["errors"][0]["pointer"] == "/body/holder"


async def test_a_draft_under_review_cannot_be_edited_but_prices_and_contacts_can(world: World) -> None:
    platform = await own_public_platform(world)
    service = await make_service(world.session, platform)
    await world.session.commit()
    path = f"/v1/platforms/{platform.slug}/draft"
    await world.ask("editor", "PATCH", path, {"summary_zh": "新简介"}, "*")
    statement = LISTING.state.table.update().where(LISTING.platform_id == platform.id)
    await world.session.execute(statement.values(state="submitted"))
    await world.session.commit()
    service_path = f"{path}/services/{service.uid}"
    for answer in (
        await world.ask("editor", "PATCH", path, {"summary_zh": "再改"}, "*"),
        await world.ask("editor", "POST", f"{path}/services", SERVICE),
        await world.ask("editor", "PATCH", service_path, {"title_zh": "改名"}, "*"),
        await world.ask("editor", "DELETE", service_path, None, "*"),
        await world.ask("editor", "DELETE", path, None, "*"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "revision-under-review")
    assert (await world.ask("editor", "POST", f"{path}/contacts", CONTACT)).status_code == 201
    priced = await world.ask("editor", "PATCH", service_path, {"lead_time_days": 2}, "*")
    assert priced.status_code == 200
