from datetime import date

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.pagination import encode_cursor
from app.models import (
    AccreditationState,
    Contact,
    Equipment,
    IntakeStep,
    LeadType,
    Outsiders,
    Platform,
    PlatformKind,
    PriceKind,
    Scheme,
    Setting,
    SettingKind,
    Tier,
)
from app.registry.params import PlatformFilters
from tests.factories.registry import (
    make_accreditation,
    make_line,
    make_organisation,
    make_platform,
    make_service,
    make_vocabulary,
)


@pytest.fixture
async def platform(session: AsyncSession) -> Platform:
    """A platform with everything that can belong to one."""
    await make_vocabulary(session)
    operator = await make_organisation(session, slug="operator-a", name_zh="示例运营公司", name_en=None)
    platform = await make_platform(
        session,
        slug="battery-hub",
        name_zh="电池中试平台",
        name_en="Battery pilot platform",
        operator_id=operator.id,
        tier=Tier.MUNICIPAL,
        lead_type=LeadType.UNIVERSITY,
        region_code="330110",
        place_zh="余杭未来科技城",
        summary_zh="简介",
        summary_en=None,
        serves_outsiders=Outsiders.YES,
        prose={"services": ["中试"]},
        source={"title": "来源"},
        as_of="2026-01",
        confidence="high",
        fields=("new_energy", "robotics"),
    )
    session.add_all(
        [
            Contact(platform_id=platform.id, position=1, name_zh="联系人", telephone="0571-0000"),
            IntakeStep(platform_id=platform.id, position=1, title_zh="提交委托单", working_days=2),
            Equipment(platform_id=platform.id, position=1, name_zh="充放电柜", model="CT-9", specs_zh="60 V"),
            Setting(platform_id=platform.id, position=1, kind=SettingKind.ENVIRONMENT, name_zh="防爆间"),
            Setting(platform_id=platform.id, position=2, kind=SettingKind.SCENARIO, name_zh="储能电站"),
        ]
    )
    await make_service(session, platform, slug="battery-hub-svc", title_zh="过充检测")
    await make_accreditation(session, platform, slug="battery-hub-cnas")
    await make_accreditation(
        session, platform, slug="battery-hub-cma", scheme=Scheme.CMA, state=AccreditationState.APPLIED
    )
    await session.commit()
    return platform


class TestGetPlatform:
    async def test_a_platform_opens_by_id_and_by_slug(
        self, client: httpx.AsyncClient, platform: Platform
    ) -> None:
        by_slug = await client.get("/v1/platforms/battery-hub")
        by_id = await client.get(f"/v1/platforms/{platform.uid}")
        assert by_slug.status_code == 200
        assert by_slug.json() == by_id.json()

    async def test_it_shows_what_belongs_to_it(self, client: httpx.AsyncClient, platform: Platform) -> None:
        body = (await client.get("/v1/platforms/battery-hub")).json()
        assert body["name"] == {"zh": "电池中试平台", "en": "Battery pilot platform"}
        assert body["operator"]["name"] == {"zh": "示例运营公司", "en": None}
        assert (body["tier"], body["tier_label"]) == ("municipal", "市级")
        assert (body["lead_type"], body["lead_type_label"]) == ("university_led", "高校院所主导")
        assert body["city"] == {"code": "330100", "label": "杭州市"}
        assert body["place"]["county"] == {"code": "330110", "label": "余杭区"}
        assert body["place"]["written"] == "余杭未来科技城"
        assert body["field"] == [
            {"code": "new_energy", "label": "新能源"},
            {"code": "robotics", "label": "机器人"},
        ]
        assert body["summary"] == {"zh": "简介", "en": None}
        assert body["serves_outsiders"] == "yes"
        assert [contact["telephone"] for contact in body["contacts"]] == ["0571-0000"]
        assert [step["title"] for step in body["intake"]] == ["提交委托单"]
        assert [(item["name"], item["model"], item["specs"]) for item in body["equipment"]] == [
            ("充放电柜", "CT-9", "60 V")
        ]
        assert [item["name"] for item in body["environments"]] == ["防爆间"]
        assert [item["name"] for item in body["scenarios"]] == ["储能电站"]
        assert [service["slug"] for service in body["services"]] == ["battery-hub-svc"]
        assert body["prose"] == {"services": ["中试"]}
        assert body["provenance"] == {
            "source": {"title": "来源"},
            "as_of": "2026-01",
            "confidence": "high",
            "demo": True,
            "verified": False,
        }

    async def test_labels_come_in_the_language_asked(
        self, client: httpx.AsyncClient, platform: Platform
    ) -> None:
        response = await client.get("/v1/platforms/battery-hub", headers={"Accept-Language": "en"})
        body = response.json()
        assert (body["kind_label"], body["tier_label"]) == ("pilot platform", "municipal")
        assert body["field"][0] == {"code": "new_energy", "label": "new energy"}
        assert body["city"]["label"] == "Hangzhou"
        assert body["services"][0]["function"] == {
            "code": "test_inspection",
            "label": "testing and inspection",
        }
        assert body["accreditations"][0]["status_label"] == "granted and valid"

    @pytest.mark.parametrize(
        ("on_date", "statuses"),
        [
            ("2030-04-30", {"CNAS": "granted", "CMA": "applied"}),
            ("2030-05-01", {"CNAS": "expired", "CMA": "applied"}),
            ("2024-04-30", {"CNAS": "not_yet_valid", "CMA": "applied"}),
        ],
    )
    async def test_accreditations_are_judged_on_the_day_asked(
        self, client: httpx.AsyncClient, platform: Platform, on_date: str, statuses: dict[str, str]
    ) -> None:
        body = (await client.get("/v1/platforms/battery-hub", params={"on_date": on_date})).json()
        assert {row["scheme"]: row["status"] for row in body["accreditations"]} == statuses
        assert {row["status_on"] for row in body["accreditations"]} == {on_date}

    async def test_a_real_platform_shows_unknown_things_as_null(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        await make_platform(
            session,
            slug="outside",
            fields=(),
            name_en=None,
            tier=None,
            lead_type=None,
            region_code=None,
            place_zh="山东省滨州市",
            in_province=False,
            demo=False,
        )
        await session.commit()
        body = (await client.get("/v1/platforms/outside")).json()
        assert (body["tier"], body["tier_label"], body["lead_type"], body["operator"]) == (None,) * 4
        assert (body["city"], body["place"]["city"], body["place"]["county"]) == (None,) * 3
        assert (body["place"]["written"], body["place"]["in_province"]) == ("山东省滨州市", False)
        assert body["demo"] is False

    @pytest.mark.parametrize("key", ["no-such", "01935f6f-2a3c-7d4e-8f90-a1b2c3d4e5f6", "a%20b", "中"])
    async def test_an_unknown_one_is_not_found(self, client: httpx.AsyncClient, key: str) -> None:
        response = await client.get(f"/v1/platforms/{key}")
        assert (response.status_code, response.json()["code"]) == (404, "platform-not-found")

    async def test_a_date_that_is_none_is_refused(
        self, client: httpx.AsyncClient, platform: Platform
    ) -> None:
        response = await client.get("/v1/platforms/battery-hub", params={"on_date": "2026-02-30"})
        assert response.status_code == 422
        assert response.json()["errors"][0]["pointer"] == "/query/on_date"

    async def test_an_unknown_parameter_is_refused(
        self, client: httpx.AsyncClient, platform: Platform
    ) -> None:
        response = await client.get("/v1/platforms/battery-hub", params={"date": "2026-02-01"})
        assert response.status_code == 422


@pytest.fixture
async def three(session: AsyncSession) -> None:
    """Three platforms that differ in everything that can be filtered."""
    await make_vocabulary(session)
    await make_platform(session, slug="a", name_zh="乙", fields=("new_energy",), region_code="330110")
    await make_platform(
        session,
        slug="b",
        name_zh="甲",
        fields=("robotics",),
        region_code="330200",
        kind=PlatformKind.VERIFICATION_CENTRE,
        tier=Tier.NATIONAL,
        lead_type=LeadType.GOVERNMENT,
    )
    await make_platform(
        session,
        slug="c",
        name_zh="丙",
        fields=("new_energy", "robotics"),
        region_code="330100",
        tier=None,
        lead_type=LeadType.THIRD_PARTY,
        demo=False,
    )
    await session.commit()


async def slugs(client: httpx.AsyncClient, path: str, **params: object) -> list[str]:
    response = await client.get(path, params=params)  # type: ignore[arg-type]
    assert response.status_code == 200, response.text
    return [item["slug"] for item in response.json()["items"]]


class TestListPlatforms:
    @pytest.mark.parametrize(
        ("params", "expected"),
        [
            ({}, ["a", "b", "c"]),
            ({"kind": "verification_centre"}, ["b"]),
            ({"field": "robotics"}, ["b", "c"]),
            ({"field": ["robotics", "new_energy"]}, ["a", "b", "c"]),
            ({"field": "robotics", "demo": "true"}, ["b"]),
            ({"demo": "false"}, ["c"]),
            ({"city": "330100"}, ["a", "c"]),
            ({"city": "330110"}, ["a"]),
            ({"city": "330103"}, ["a"]),
            ({"city": ["330110", "330200"]}, ["a", "b"]),
            ({"tier": ["national", "provincial"]}, ["a", "b"]),
            ({"lead_type": "third_party_led"}, ["c"]),
            ({"kind": "verification_centre", "field": "new_energy"}, []),
        ],
    )
    @pytest.mark.usefixtures("three")
    async def test_filters_are_or_within_and_and_between(
        self, client: httpx.AsyncClient, params: dict[str, object], expected: list[str]
    ) -> None:
        assert await slugs(client, "/v1/platforms", **params) == expected

    @pytest.mark.usefixtures("three")
    async def test_sorting_by_name_goes_both_ways(self, client: httpx.AsyncClient) -> None:
        forward = await slugs(client, "/v1/platforms", sort="name")
        assert sorted(forward) == ["a", "b", "c"]
        assert await slugs(client, "/v1/platforms", sort="-name") == forward[::-1]

    @pytest.mark.usefixtures("three")
    async def test_the_total_is_exact_and_only_given_when_asked(self, client: httpx.AsyncClient) -> None:
        plain = (await client.get("/v1/platforms", params={"limit": 1})).json()
        counted = (await client.get("/v1/platforms", params={"limit": 1, "total": "true"})).json()
        assert (plain["total"], counted["total"]) == (None, 3)

    @pytest.mark.usefixtures("three")
    async def test_pages_neither_repeat_nor_lose_rows_while_others_are_added(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        seen: list[str] = []
        cursor: str | None = None
        for added in range(3):
            params = {"limit": "1", "sort": "name", **({"cursor": cursor} if cursor else {})}
            body = (await client.get("/v1/platforms", params=params)).json()
            assert "items" in body, body
            seen += [item["slug"] for item in body["items"]]
            cursor = body["next_cursor"]
            # A name before every other one: pages by number would now give a row twice.
            await make_platform(session, slug=f"early-{added}", name_zh=f"0{added}")
            await session.commit()
        assert sorted(seen) == ["a", "b", "c"]
        assert cursor is None

    @pytest.mark.usefixtures("three")
    async def test_a_cursor_of_another_query_is_refused(self, client: httpx.AsyncClient) -> None:
        cursor = (await client.get("/v1/platforms", params={"limit": 1})).json()["next_cursor"]
        response = await client.get("/v1/platforms", params={"cursor": cursor, "demo": "true"})
        assert (response.status_code, response.json()["code"]) == (422, "invalid-cursor")

    @pytest.mark.usefixtures("three")
    async def test_an_unknown_code_is_refused_with_the_nearest(self, client: httpx.AsyncClient) -> None:
        response = await client.get(
            "/v1/platforms", params={"field": "robotic"}, headers={"Accept-Language": "en"}
        )
        assert response.status_code == 422
        error = response.json()["errors"][0]
        assert (error["pointer"], error["code"]) == ("/query/field", "unknown_code")
        assert "the nearest are: robotics" in error["detail"]

    @pytest.mark.parametrize(
        ("name", "value"),
        [("kind", "x"), ("tier", "x"), ("limit", "101"), ("demo", "maybe"), ("city", "330000"), ("q", "x")],
    )
    @pytest.mark.usefixtures("three")
    async def test_what_cannot_be_asked_is_refused(
        self, client: httpx.AsyncClient, name: str, value: str
    ) -> None:
        response = await client.get("/v1/platforms", params={name: value})
        assert response.status_code == 422
        assert response.json()["errors"][0]["pointer"].startswith(f"/query/{name}")


class TestScopeLinesOfPlatform:
    async def test_lines_are_given_whatever_the_accreditation_is_worth(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        await make_vocabulary(session)
        platform = await make_platform(session, slug="p")
        other = await make_platform(session, slug="q")
        expired = await make_accreditation(session, platform, valid_to=date(2025, 1, 1))
        cma = await make_accreditation(session, platform, scheme=Scheme.CMA)
        foreign = await make_accreditation(session, other)
        first = await make_line(session, expired, standard="GB/T 261-2021")
        second = await make_line(session, cma, standard="GB/T 261-2008")
        third = await make_line(session, cma, standard="GB/T 262-2010")
        await make_line(session, foreign)
        await session.commit()

        async def lines(**params: str) -> list[tuple[int, str]]:
            response = await client.get("/v1/platforms/p/scope-lines", params=params)
            return [(item["id"], item["accreditation"]["status"]) for item in response.json()["items"]]

        assert await lines(on_date="2026-01-01") == [
            (first.id, "expired"),
            (second.id, "granted"),
            (third.id, "granted"),
        ]
        assert [line for line, _ in await lines(scheme="CMA")] == [second.id, third.id]
        assert [line for line, _ in await lines(standard="gbt261")] == [first.id, second.id]
        assert [line for line, _ in await lines(standard="GB/T 261—2008")] == [second.id]

    async def test_an_unknown_platform_is_not_found(self, client: httpx.AsyncClient) -> None:
        response = await client.get("/v1/platforms/nobody/scope-lines")
        assert (response.status_code, response.json()["code"]) == (404, "platform-not-found")


async def test_the_price_shown_is_that_of_the_cheapest_option(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    await make_vocabulary(session)
    platform = await make_platform(session, slug="p")
    await make_service(session, platform, slug="n", price=(PriceKind.NEGOTIABLE, None, None))
    await make_service(session, platform, slug="none", price=None)
    await make_service(session, platform, slug="r", price=(PriceKind.RANGE, 800, 9000))
    await session.commit()
    services = {
        item["slug"]: item["price"] for item in (await client.get("/v1/platforms/p")).json()["services"]
    }
    assert (services["n"]["kind"], services["n"]["min_cny"]) == ("negotiable", None)
    assert services["none"] is None
    assert (services["r"]["kind_label"], services["r"]["min_cny"], services["r"]["max_cny"]) == (
        "价格区间",
        "800.00",
        "9000.00",
    )


@pytest.mark.usefixtures("three")
async def test_a_forged_cursor_with_a_number_no_key_can_be_is_refused(client: httpx.AsyncClient) -> None:
    cursor = encode_cursor([2**40], PlatformFilters().fingerprint())
    response = await client.get("/v1/platforms", params={"cursor": cursor})
    assert (response.status_code, response.json()["code"]) == (422, "invalid-cursor")
