"""The vocabularies over HTTP, on the seeded catalogue of both databases."""

from typing import Any
from urllib.parse import quote

import httpx
import pytest

ENGLISH = {"Accept-Language": "en"}


async def get(client: httpx.AsyncClient, path: str, /, status: int = 200, **query: Any) -> Any:
    response = await client.get(f"/v1/{path}", params=query)
    assert response.status_code == status, response.text
    return response.json()


async def everything(client: httpx.AsyncClient, path: str, /, **query: Any) -> list[Any]:
    """Read a list to its end."""
    items: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = await get(client, path, **query, **cursor)
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        cursor = {"cursor": page["next_cursor"]}


def standard_path(number: str) -> str:
    return f"standards/{quote(number, safe='')}"


class TestFields:
    async def test_the_16_fields_come_in_the_order_of_the_plans(
        self, seeded_client: httpx.AsyncClient
    ) -> None:
        fields = (await get(seeded_client, "fields"))["items"]
        assert [field["name"]["zh"] for field in fields] == [
            *("石化化工", "新材料", "新能源", "现代纺织", "现代农业", "生物医药", "医疗器械", "人工智能"),
            *("集成电路", "高端软件", "工业母机", "机器人", "汽车及零部件", "低空装备", "生物制造", "其他"),
        ]
        assert [field["in_plan"] for field in fields] == [True] * 15 + [False]
        assert sum(len(field["sub_directions"]) for field in fields) == 128

    async def test_labels_follow_the_language_and_crosswalks_are_given(
        self, seeded_client: httpx.AsyncClient
    ) -> None:
        response = await seeded_client.get("/v1/fields/petrochemical", headers=ENGLISH)
        field = response.json()
        assert field["label"] == "petrochemicals and chemicals"
        assert field["name"] == {"zh": "石化化工", "en": "petrochemicals and chemicals"}
        assert {(each["taxonomy"], each["code"], each["name_zh"]) for each in field["crosswalks"]} == {
            ("cluster_415x", "oil_refining", "炼油化工"),
            ("cluster_415x", "fine_chemicals", "精细化工"),
            ("science_315", "new_materials", "新材料"),
            ("zj_2025_focus", "化工新材料", "化工新材料"),
            ("miit_6", "raw_materials", "原材料工业"),
        }
        assert (await get(seeded_client, "fields/petrochemical"))["label"] == "石化化工"

    async def test_a_sub_direction_names_its_field(self, seeded_client: httpx.AsyncClient) -> None:
        sub = await get(seeded_client, "fields/petrochemical.02")
        assert (sub["parent_code"], sub["name"], sub["sub_directions"]) == (
            "petrochemical",
            {"zh": "精细化工", "en": None},
            [],
        )

    async def test_an_unknown_code_is_not_found(self, seeded_client: httpx.AsyncClient) -> None:
        assert (await get(seeded_client, "fields/alchemy", 404))["code"] == "field-not-found"


class TestRegions:
    async def test_cities_and_counties_by_level_and_parent(self, seeded_client: httpx.AsyncClient) -> None:
        everywhere = (await get(seeded_client, "regions"))["items"]
        cities = (await get(seeded_client, "regions", level="city"))["items"]
        hangzhou = (await get(seeded_client, "regions", parent="330100"))["items"]
        assert (len(everywhere), len(cities)) == (1 + 11 + 90, 11)
        assert cities[0]["name"] == {"zh": "杭州市", "en": "Hangzhou"}
        assert {region["level"] for region in hangzhou} == {"county"}
        assert {"330113", "330114"} < {region["code"] for region in hangzhou}
        assert (await get(seeded_client, "regions", parent="330100", level="city"))["items"] == []

    async def test_abolished_codes_are_listed_only_when_asked_for(
        self, seeded_client: httpx.AsyncClient
    ) -> None:
        retired = (await get(seeded_client, "regions", retired=True))["items"]
        assert {region["code"]: region["successor_codes"] for region in retired} == {
            "330103": ["330105"],
            "330104": ["330102", "330114"],
            "330185": ["330112"],
            "330283": ["330213"],
            "331021": ["331083"],
            "330204": ["330212"],
        }

    async def test_an_abolished_code_is_gone_and_names_its_successors(
        self, seeded_client: httpx.AsyncClient
    ) -> None:
        response = await seeded_client.get("/v1/regions/330104", headers=ENGLISH)
        problem = response.json()
        assert (response.status_code, problem["code"]) == (410, "region-retired")
        assert response.headers["link"] == (
            '</v1/regions/330102>; rel="successor-version", </v1/regions/330114>; rel="successor-version"'
        )
        assert [item["detail"] for item in problem["errors"]] == ["/v1/regions/330102", "/v1/regions/330114"]
        assert problem["detail"] == "Abolished; now Shangcheng (330102), Qiantang (330114)"
        assert (await get(seeded_client, "regions/330102"))["name"]["zh"] == "上城区"

    async def test_unknown_codes_and_parameters_are_refused(self, seeded_client: httpx.AsyncClient) -> None:
        assert (await get(seeded_client, "regions/310000", 404))["code"] == "region-not-found"
        problem = await get(seeded_client, "regions", 422, parent="310000")
        assert problem["errors"][0]["pointer"] == "/query/parent"
        assert (await get(seeded_client, "regions", 422, level="village"))["status"] == 422
        assert (await get(seeded_client, "regions", 422, limit=5))["errors"][0]["pointer"] == "/query/limit"


class TestServiceFunctions:
    async def test_five_groups_of_which_three_are_the_plans(self, seeded_client: httpx.AsyncClient) -> None:
        groups = (await get(seeded_client, "service-functions"))["items"]
        assert [(group["group"], group["in_plan"], len(group["functions"])) for group in groups] == [
            ("concept_verification_function", True, 8),
            ("pilot_solution", True, 6),
            ("one_stop_service", True, 6),
            ("miit_verification_type", False, 5),
            ("other_official_function", False, 12),
        ]
        assert [each["name"]["zh"] for each in groups[1]["functions"]] == [
            *("工程开发", "技术熟化", "工艺创新", "样品试制", "设备验证", "试验检测"),
        ]

    async def test_one_group_alone(self, seeded_client: httpx.AsyncClient) -> None:
        groups = (await get(seeded_client, "service-functions", group="one_stop_service"))["items"]
        assert [group["label"] for group in groups] == ["一站式服务"]
        assert (await get(seeded_client, "service-functions", group="none"))["items"] == []


class TestCapabilityTerms:
    @pytest.mark.parametrize(
        "q", ["盐雾", "salt spray", "SALT  Spray", "salt_spray", "中性盐雾", "ｓａｌｔ ｓｐｒａｙ"]
    )
    async def test_any_name_finds_a_term(self, seeded_client: httpx.AsyncClient, q: str) -> None:
        terms = (await get(seeded_client, "capability-terms", q=q))["items"]
        assert [term["code"] for term in terms] == ["salt_spray"]

    async def test_pages_give_every_term_once(self, seeded_client: httpx.AsyncClient) -> None:
        terms = await everything(seeded_client, "capability-terms", limit=100)
        assert len({term["code"] for term in terms}) == len(terms) == 245
        first = await get(seeded_client, "capability-terms", limit=1, total=True)
        assert (first["total"], first["items"][0]) == (245, terms[0])

    async def test_fields_filter_and_are_checked(self, seeded_client: httpx.AsyncClient) -> None:
        terms = await everything(seeded_client, "capability-terms", field="modern_textile", limit=50)
        assert terms
        assert all("modern_textile" in [field["code"] for field in term["fields"]] for term in terms)
        problem = await get(seeded_client, "capability-terms", 422, field="modern_textiles")
        assert problem["errors"][0]["pointer"] == "/query/field"

    async def test_a_term_names_its_standards_and_the_approval_it_may_need(
        self, seeded_client: httpx.AsyncClient
    ) -> None:
        term = await get(seeded_client, "capability-terms/mlps")
        assert [standard["base"] for standard in term["standards"]] == ["GB/T 22239", "GB/T 28448"]
        assert term["designation"]["authority_zh"] == "公安部第三研究所认证中心"
        salt_spray = await get(seeded_client, "capability-terms/salt_spray")
        assert salt_spray["designation"] is None
        assert [each["base"] for each in salt_spray["standards"]] == [
            *("GB/T 10125", "GB/T 2423.17", "GB/T 2423.18"),
        ]
        assert (await get(seeded_client, "capability-terms/magic", 404))[
            "code"
        ] == "capability-term-not-found"

    async def test_a_cursor_of_another_query_is_refused(self, seeded_client: httpx.AsyncClient) -> None:
        cursor = (await get(seeded_client, "capability-terms", limit=2))["next_cursor"]
        problem = await get(seeded_client, "capability-terms", 422, q="盐", cursor=cursor)
        assert problem["code"] == "invalid-cursor"


class TestStandards:
    @pytest.mark.parametrize(
        "q",
        [
            "GB/T 2423.17-2008",
            "GBT2423.17",
            "gb/t 2423.17—2008",
            "ＧＢ／Ｔ　２４２３．１７",
            "GB/T2423.17",
            "gb/t 2423.17",
        ],
    )
    async def test_any_spelling_finds_the_one_standard(
        self, seeded_client: httpx.AsyncClient, q: str
    ) -> None:
        standards = (await get(seeded_client, "standards", q=q))["items"]
        assert [standard["base"] for standard in standards] == ["GB/T 2423.17"]
        assert standards[0]["editions"] == ["GB/T 2423.17-2008", "GB/T 2423.17-2024"]

    async def test_a_number_finds_its_parts_but_not_a_longer_number(
        self, seeded_client: httpx.AsyncClient
    ) -> None:
        parts = await everything(seeded_client, "standards", q="GB/T 2423", limit=100)
        assert {"GB/T 2423.1", "GB/T 2423.17", "GB/T 2423.56"} < {each["base"] for each in parts}
        assert all(each["base"].startswith("GB/T 2423.") for each in parts)
        one = (await get(seeded_client, "standards", q="GB/T 2423.1"))["items"]
        assert [each["base"] for each in one] == ["GB/T 2423.1"]
        iso = (await get(seeded_client, "standards", q="iso10993", limit=100))["items"]
        assert {"ISO 10993-1", "ISO 10993-11"} < {each["base"] for each in iso}

    async def test_words_of_the_title_or_of_the_term_find_it(self, seeded_client: httpx.AsyncClient) -> None:
        by_title = await everything(seeded_client, "standards", q="锂电池运输", limit=100)
        assert [each["base"] for each in by_title] == ["UN 38.3"]
        by_term = {each["base"] for each in await everything(seeded_client, "standards", q="salt spray")}
        assert by_term == {"GB/T 10125", "GB/T 2423.17", "GB/T 2423.18"}
        assert (await get(seeded_client, "standards", q="100%_"))["items"] == []

    @pytest.mark.parametrize("q", ["", " ", "\u3000"])
    async def test_an_empty_q_asks_for_nothing(self, seeded_client: httpx.AsyncClient, q: str) -> None:
        everything_there = await get(seeded_client, "standards", total=True)
        assert (await get(seeded_client, "standards", q=q, total=True))["total"] == everything_there["total"]
        assert (await get(seeded_client, "capability-terms", q=q, total=True))["total"] == 245

    @pytest.mark.parametrize("q", ["。", "%", "_", "'", "\\", "😀", "-"])
    async def test_marks_alone_find_nothing_strange(self, seeded_client: httpx.AsyncClient, q: str) -> None:
        bases = [each["base"] for each in await everything(seeded_client, "standards", q=q, limit=100)]
        titles = [each["title"] for each in await everything(seeded_client, "standards", q=q, limit=100)]
        assert len(set(bases)) == len(bases)
        assert all(title is not None for title in titles)
        assert len(bases) < 339

    async def test_filters_join_by_and(self, seeded_client: httpx.AsyncClient) -> None:
        found = await everything(seeded_client, "standards", capability=["salt_spray", "dsc"], limit=100)
        assert {each["capability"]["code"] for each in found} == {"salt_spray", "dsc"}
        both = await everything(
            seeded_client, "standards", capability=["salt_spray", "dsc"], field="petrochemical"
        )
        assert [each["base"] for each in both] == ["GB/T 22232"]
        problem = await get(seeded_client, "standards", 422, capability="magic", field="robotics")
        assert [item["pointer"] for item in problem["errors"]] == ["/query/capability"]

    async def test_every_standard_of_the_vocabulary_comes_once(
        self, seeded_client: httpx.AsyncClient
    ) -> None:
        listed = await everything(seeded_client, "standards", listed=True, limit=97)
        assert len({each["base"] for each in listed}) == len(listed) == 339
        cited = await everything(seeded_client, "standards", listed=False, limit=97)
        assert all(each["title"] is None and each["capability"] is None for each in cited)
        assert "ISO 9227" in {each["base"] for each in cited}


class TestStandard:
    @pytest.mark.parametrize("written", ["GB/T 10125-2021", "gbt10125-2021", "GB/T 10125—2021"])
    async def test_an_edition_with_what_it_adopts_and_replaced(
        self, seeded_client: httpx.AsyncClient, written: str
    ) -> None:
        standard = await get(seeded_client, standard_path(written), on_date="2026-12-01")
        assert (standard["number"], standard["base"], standard["year"]) == (
            "GB/T 10125-2021",
            "GB/T 10125",
            2021,
        )
        assert standard["capability"] == {"code": "salt_spray", "label": "盐雾试验"}
        assert standard["equivalents"] == [
            {
                "number": "GB/T 10125-2021",
                "direction": "adopts",
                "other": "ISO 9227:2017",
                "degree": "MOD",
                "source": "chinesestandard.net/PDF/English.aspx/GBT10125-2012",
                "confidence": "seen",
            }
        ]
        assert [(each["old"], each["effective"]) for each in standard["supersedes"]] == [
            ("GB/T 10125-2012", "2022-03-01")
        ]
        assert standard["superseded_by"] == []

    async def test_without_a_year_every_edition_is_told(self, seeded_client: httpx.AsyncClient) -> None:
        standard = await get(seeded_client, standard_path("GB/T 10125"), on_date="2026-12-01")
        assert (standard["number"], standard["year"]) == ("GB/T 10125", None)
        assert standard["editions"] == [
            {"number": "GB/T 10125-2012", "year": 2012, "state": "superseded"},
            {"number": "GB/T 10125-2021", "year": 2021, "state": "no_successor_known"},
        ]

    async def test_a_successor_counts_from_the_day_it_comes_into_force(
        self, seeded_client: httpx.AsyncClient
    ) -> None:
        states = {}
        for day in ("2026-06-30", "2026-07-01"):
            standard = await get(seeded_client, standard_path("GB 38031-2020"), on_date=day)
            state = {each["number"]: each["state"] for each in standard["editions"]}["GB 38031-2020"]
            states[day] = (state, standard["superseded_by"][0]["in_force"])
        assert states == {"2026-06-30": ("superseded_later", False), "2026-07-01": ("superseded", True)}

    async def test_successors_are_followed_through_editions_in_between(
        self, seeded_client: httpx.AsyncClient
    ) -> None:
        standard = await get(seeded_client, standard_path("GB/T 2423.56-2006"), on_date="2026-12-01")
        assert [(each["new"], each["steps"]) for each in standard["superseded_by"]] == [
            ("GB/T 2423.56-2018", 1),
            ("GB/T 2423.56-2023", 2),
        ]
        newest = await get(seeded_client, standard_path("GB/T 2423.56-2023"))
        assert [(each["old"], each["steps"]) for each in newest["supersedes"]] == [
            ("GB/T 2423.56-2018", 1),
            ("GB/T 2423.56-2006", 2),
        ]

    async def test_a_successor_without_a_date_is_not_said_to_be_in_force(
        self, seeded_client: httpx.AsyncClient
    ) -> None:
        standard = await get(seeded_client, standard_path("GB/T 2423.10-2008"), on_date="2026-12-01")
        assert [(each["effective"], each["in_force"]) for each in standard["superseded_by"]] == [(None, None)]
        states = {each["number"]: each["state"] for each in standard["editions"]}
        assert states["GB/T 2423.10-2008"] == "superseded_date_not_stated"

    async def test_a_standard_that_is_only_cited_says_what_adopts_it(
        self, seeded_client: httpx.AsyncClient
    ) -> None:
        standard = await get(seeded_client, standard_path("ISO 9227"))
        assert (standard["listed"], standard["title"]) == (False, None)
        assert {(each["other"], each["direction"]) for each in standard["equivalents"]} == {
            ("GB/T 10125-2021", "adopted_by")
        }

    @pytest.mark.parametrize("written", ["GB/T 99999", "GB/T 10125-1888", "hello", "GB/T"])
    async def test_what_is_not_known_is_not_found(
        self, seeded_client: httpx.AsyncClient, written: str
    ) -> None:
        assert (await get(seeded_client, standard_path(written), 404))["code"] == "standard-not-found"

    async def test_an_unencoded_slash_is_understood(self, seeded_app: Any) -> None:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(seeded_app), base_url="http://test"
        ) as client:
            response = await client.get("/v1/standards/GB/T 10125-2021")
        assert response.json()["number"] == "GB/T 10125-2021"
