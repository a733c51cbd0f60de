import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import PriceKind, Service
from tests.factories.registry import (
    make_accreditation,
    make_capability,
    make_line,
    make_platform,
    make_service,
    make_vocabulary,
)
from tests.registry.test_platforms import slugs


@pytest.fixture
async def services(session: AsyncSession) -> dict[str, Service]:
    """Three services of two platforms that differ in everything that can be filtered."""
    await make_vocabulary(session)
    hub = await make_platform(session, slug="hub", name_zh="甲平台", region_code="330110")
    port = await make_platform(session, slug="port", name_zh="乙平台", region_code="330200", demo=False)
    first = await make_service(
        session,
        hub,
        slug="first",
        title_zh="动力电池过充检测",
        title_en="Battery overcharge test",
        description_zh="说明",
        description_en="Description",
        batch_min=20,
        batch_unit="kg",
        monthly_capacity=8,
        deliverables_zh="报告",
        price=(PriceKind.RANGE, 25000, 180000),
    )
    await make_capability(
        session,
        first,
        standard="GB 38031-2020",
        dimension="voltage",
        range_written="≤60 kV",
        range_max=60,
        range_unit="kV",
        range_high=60000,
        range_high_open=True,
    )
    second = await make_service(
        session,
        hub,
        slug="second",
        title_zh="盐雾试验",
        function_code="pilot_maturation",
        fields=("robotics",),
        voucher_accepted=None,
    )
    await make_capability(session, second, standard="GB/T 10125-2021", term_code="salt_spray")
    third = await make_service(session, port, slug="third", title_zh="标定", voucher_accepted=False)
    await make_capability(session, third, standard="GB 38031-2015", term_code=None)
    # A scope line is not a capability of a service.
    accreditation = await make_accreditation(session, port)
    await make_line(session, accreditation, standard="GB/T 10125-2021")
    await session.commit()
    return {"first": first, "second": second, "third": third}


@pytest.mark.usefixtures("services")
class TestListServices:
    @pytest.mark.parametrize(
        ("params", "expected"),
        [
            ({}, ["first", "second", "third"]),
            ({"field": "robotics"}, ["second"]),
            ({"function": "pilot_maturation"}, ["second"]),
            ({"function": ["pilot_maturation", "test_inspection"]}, ["first", "second", "third"]),
            ({"platform": "port"}, ["third"]),
            ({"platform": "nobody"}, []),
            ({"capability": "overcharge"}, ["first"]),
            ({"capability": ["overcharge", "salt_spray"]}, ["first", "second"]),
            ({"standard": "GB 38031"}, ["first", "third"]),
            ({"standard": "gb38031—2020"}, ["first"]),
            ({"standard": ["GB 38031-2015", "GB/T10125"]}, ["second", "third"]),
            ({"standard": "GB/T 9999-2001"}, []),
            ({"voucher": "true"}, ["first"]),
            ({"voucher": "false"}, ["third"]),
            ({"city": "330200"}, ["third"]),
            ({"demo": "true", "field": "new_energy"}, ["first"]),
        ],
    )
    async def test_filters_are_or_within_and_and_between(
        self, client: httpx.AsyncClient, params: dict[str, object], expected: list[str]
    ) -> None:
        assert await slugs(client, "/v1/services", **params) == expected

    @pytest.mark.parametrize(
        ("name", "value", "code"),
        [
            ("standard", "not a number", "not_a_standard_number"),
            ("capability", "salt_sprai", "unknown_code"),
            ("function", "x", "unknown_code"),
            ("voucher", "maybe", "bool_parsing"),
            ("price_max_cny", "1", "extra_forbidden"),
        ],
    )
    async def test_what_cannot_be_asked_is_refused(
        self, client: httpx.AsyncClient, name: str, value: str, code: str
    ) -> None:
        response = await client.get("/v1/services", params={name: value})
        assert response.status_code == 422
        error = response.json()["errors"][0]
        assert (error["pointer"], error["code"]) == (f"/query/{name}", code)

    async def test_pages_follow_each_other_in_both_orders(self, client: httpx.AsyncClient) -> None:
        for sort in ("name", "-name"):
            whole = await slugs(client, "/v1/services", sort=sort)
            first = (await client.get("/v1/services", params={"sort": sort, "limit": 2})).json()
            rest = await slugs(client, "/v1/services", sort=sort, limit=2, cursor=first["next_cursor"])
            assert [item["slug"] for item in first["items"]] + rest == whole


class TestGetService:
    async def test_a_service_opens_by_id_and_by_slug(
        self, client: httpx.AsyncClient, services: dict[str, Service]
    ) -> None:
        by_slug = await client.get("/v1/services/first")
        by_id = await client.get(f"/v1/services/{services['first'].uid}")
        assert by_slug.status_code == 200
        assert by_slug.json() == by_id.json()

    @pytest.mark.usefixtures("services")
    async def test_it_says_what_it_can_do_for_how_much(self, client: httpx.AsyncClient) -> None:
        body = (await client.get("/v1/services/first", headers={"Accept-Language": "en"})).json()
        assert body["title"] == {"zh": "动力电池过充检测", "en": "Battery overcharge test"}
        assert body["description"] == {"zh": "说明", "en": "Description"}
        assert body["platform"]["slug"] == "hub"
        assert body["function"] == {"code": "test_inspection", "label": "testing and inspection"}
        assert body["batch_scale"] == {"min": 20, "max": None, "unit": "kg"}
        assert (body["entry_trl"], body["exit_trl"], body["lead_time_days"]) == (3, 6, 20)
        assert (body["monthly_capacity"], body["voucher_accepted"]) == (8, True)
        assert (body["deliverables"], body["demo"]) == ("报告", True)
        assert body["price_options"] == [body["price"]]
        assert (body["price"]["kind"], body["price"]["min_cny"], body["price"]["max_cny"]) == (
            "range",
            "25000.00",
            "180000.00",
        )
        [capability] = body["capabilities"]
        assert capability["term"] == {"code": "overcharge", "label": "overcharge test"}
        assert (capability["object"], capability["parameter"]) == ("动力蓄电池包", "过充保护")
        assert capability["standard"] == {
            "number": "GB 38031-2020",
            "base": "GB 38031",
            "year": 2020,
            "title": None,
        }
        assert capability["range"] == {
            "written": "≤60 kV",
            "min": None,
            "max": 60,
            "unit": "kV",
            "dimension": "voltage",
            "low": None,
            "high": 60000,
            "low_inclusive": True,
            "high_inclusive": False,
            "grades": None,
        }

    @pytest.mark.usefixtures("services")
    async def test_what_is_not_stated_is_null(self, client: httpx.AsyncClient) -> None:
        body = (await client.get("/v1/services/third")).json()
        assert (body["batch_scale"], body["description"], body["capabilities"][0]["range"]) == (None,) * 3
        assert body["capabilities"][0]["term"] is None

    async def test_an_unknown_one_is_not_found(self, client: httpx.AsyncClient) -> None:
        response = await client.get("/v1/services/nothing")
        assert (response.status_code, response.json()["code"]) == (404, "service-not-found")

    @pytest.mark.usefixtures("services")
    async def test_an_unknown_parameter_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/v1/services/first", params={"x": "1"})).status_code == 422
