"""GET /v1/search on the demo catalogue, answered by the embedded engine; every answer is held to the document."""

from typing import Any

import httpx
import pytest


async def search(client: httpx.AsyncClient, *, lang: str = "zh", **params: Any) -> dict[str, Any]:
    response = await client.get("/v1/search", params=params, headers={"Accept-Language": lang})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def problem_of(client: httpx.AsyncClient, **params: Any) -> tuple[int, str, set[str]]:
    response = await client.get("/v1/search", params=params)
    body = response.json()
    return response.status_code, body["code"], {item["pointer"] for item in body["errors"]}


class TestHits:
    async def test_a_hit_holds_what_a_list_shows(self, seeded_client: httpx.AsyncClient) -> None:
        answer = await search(seeded_client, q="高压固定床加氢放大试验", limit=1)
        assert (answer["engine"], answer["degraded"]) == ("embedded", False)
        [hit] = answer["hits"]
        assert hit["slug"] == "demo-petrochemical-01-svc-1"
        assert hit["title"] == {
            "zh": "高压固定床加氢放大试验",
            "en": "High-pressure fixed-bed hydrogenation scale-up",
        }
        assert hit["platform"]["slug"] == "demo-petrochemical-01"
        assert hit["platform"]["name"]["zh"] == "甬北临港加氢精制与催化剂中试平台"
        assert (hit["city"], hit["region"], hit["tier"]) == ("330200", "330211", "provincial")
        assert (hit["field"], hit["function"]) == (["petrochemical"], "process_scaleup_maturation")
        assert hit["capability"] == ["hydrogenation", "scale_up"]
        assert (hit["price_min_cny"], hit["lead_time_days"], hit["voucher_accepted"]) == (
            "80000.00",
            45,
            True,
        )
        assert (hit["entry_trl"], hit["exit_trl"], hit["demo"]) == (4, 7, True)
        assert hit["distance_km"] is None

    async def test_highlights_are_places_in_the_text_given(self, seeded_client: httpx.AsyncClient) -> None:
        answer = await search(seeded_client, q="加氢放大", limit=1)
        [hit] = answer["hits"]
        title = next(each for each in hit["highlights"] if each["field"] == "title.zh")
        assert title["text"] == hit["title"]["zh"]
        # 放大 is also how people say 放大试验, a synonym of 中试放大; so the whole of it is found.
        assert "".join(title["text"][start:end] for start, end in title["ranges"]) == "加氢放大试验"

    async def test_platforms_are_found_too(self, seeded_client: httpx.AsyncClient) -> None:
        answer = await search(seeded_client, index="platforms", q="加氢精制与催化剂中试平台", limit=1)
        [hit] = answer["hits"]
        assert hit["slug"] == hit["platform"]["slug"] == "demo-petrochemical-01"
        assert (hit["function"], hit["price_min_cny"], hit["entry_trl"]) == (None, None, None)
        assert "process_scaleup_maturation" in hit["functions"]

    async def test_real_platforms_are_found_by_their_prose(self, seeded_client: httpx.AsyncClient) -> None:
        answer = await search(seeded_client, index="platforms", q="智能丘陵山地农机", demo="false", limit=1)
        assert [hit["slug"] for hit in answer["hits"]] == ["zj-hilly-agri-machinery"]
        assert answer["hits"][0]["demo"] is False

    async def test_every_hit_opens(self, seeded_client: httpx.AsyncClient) -> None:
        for index in ("services", "platforms"):
            for hit in (await search(seeded_client, index=index, limit=30))["hits"]:
                by_id = await seeded_client.get(f"/v1/{index}/{hit['id']}")
                assert by_id.status_code == 200
                assert by_id.json()["slug"] == hit["slug"]

    @pytest.mark.parametrize("q", ["GB/T 261-2021", "gbt261—2021", "ＧＢ／Ｔ　２６１－２０２１"])
    async def test_a_standard_in_any_spelling_is_matched_exactly(
        self, seeded_client: httpx.AsyncClient, q: str
    ) -> None:
        by_text = await search(seeded_client, q=q, limit=100)
        by_filter = await search(seeded_client, standard="GB/T 261-2021", limit=100)
        assert by_filter["total"] > 0
        expected = {hit["slug"] for hit in by_filter["hits"]}
        assert expected <= {hit["slug"] for hit in by_text["hits"]}
        assert {hit["slug"] for hit in by_text["hits"][: len(expected)]} == expected


class TestFilters:
    async def test_a_year_asks_that_edition(self, seeded_client: httpx.AsyncClient) -> None:
        any_edition = await search(seeded_client, standard="GB/T 261")
        that_one = await search(seeded_client, standard="GB/T 261-2021")
        another = await search(seeded_client, standard="GB/T 261-1983")
        assert any_edition["total"] > that_one["total"] > 0
        assert another["total"] == 0

    async def test_the_highest_price_leaves_out_negotiable_ones(
        self, seeded_client: httpx.AsyncClient
    ) -> None:
        everything = await search(seeded_client)
        priced = await search(seeded_client, price_max_cny="99999999")
        cheap = await search(seeded_client, price_max_cny="1000", limit=100)
        assert 0 < cheap["total"] < priced["total"] < everything["total"]
        assert all(float(hit["price_min_cny"]) <= 1000 for hit in cheap["hits"])

    async def test_the_readiness_level_lies_between_entry_and_exit(
        self, seeded_client: httpx.AsyncClient
    ) -> None:
        answer = await search(seeded_client, entry_trl=5, limit=100)
        assert answer["total"] > 0
        assert all(hit["entry_trl"] <= 5 <= hit["exit_trl"] for hit in answer["hits"])

    async def test_a_county_is_part_of_its_city(self, seeded_client: httpx.AsyncClient) -> None:
        city = await search(seeded_client, city="330200", facets="city")
        county = await search(seeded_client, city="330211")
        assert 0 < county["total"] < city["total"]
        counts = {each["value"]: each["count"] for each in city["facets"]["city"]}
        assert counts["330200"] == city["total"]

    async def test_the_scheme_is_judged_on_the_day(self, seeded_client: httpx.AsyncClient) -> None:
        now = await search(seeded_client, scheme="CNAS", on_date="2026-12-01", facets="scheme")
        long_ago = await search(seeded_client, scheme="CNAS", on_date="1999-01-01", facets="scheme")
        assert now["total"] > 0
        assert {each["value"]: each["count"] for each in now["facets"]["scheme"]}["CNAS"] == now["total"]
        assert (long_ago["total"], long_ago["facets"]["scheme"]) == (0, [])

    async def test_repeated_values_are_joined_by_or(self, seeded_client: httpx.AsyncClient) -> None:
        one = await search(seeded_client, index="platforms", tier="national")
        other = await search(seeded_client, index="platforms", tier="municipal")
        both = await search(seeded_client, index="platforms", tier=["national", "municipal"])
        assert both["total"] == one["total"] + other["total"]

    async def test_a_circle_and_distances(self, seeded_client: httpx.AsyncClient) -> None:
        answer = await search(
            seeded_client, lat=30.2741, lon=120.1551, radius_km=30, sort="distance", limit=100
        )
        distances = [hit["distance_km"] for hit in answer["hits"]]
        assert distances
        assert distances == sorted(distances)
        assert max(distances) <= 30


class TestFacets:
    async def test_labels_come_in_the_language_asked(self, seeded_client: httpx.AsyncClient) -> None:
        wanted = "field,function,city,tier,kind,lead_type,scheme,capability,voucher,demo"
        zh = (await search(seeded_client, facets=wanted))["facets"]
        en = (await search(seeded_client, facets=wanted, lang="en"))["facets"]
        assert list(zh) == wanted.split(",")
        labels = {each["value"]: each["label"] for each in zh["tier"]}
        assert labels["provincial"] == "省级"
        assert {each["value"]: each["label"] for each in en["city"]}["330100"] == "Hangzhou"
        assert {each["value"]: each["label"] for each in en["voucher"]}["true"] == "yes"
        for name in wanted.split(","):
            assert [(each["value"], each["count"]) for each in zh[name]] == [
                (each["value"], each["count"]) for each in en[name]
            ]

    async def test_a_facet_ignores_its_own_selection_only(self, seeded_client: httpx.AsyncClient) -> None:
        plain = await search(seeded_client, facets="tier,kind")
        chosen = await search(seeded_client, facets="tier,kind", tier="national")
        assert chosen["facets"]["tier"] == plain["facets"]["tier"]
        assert sum(each["count"] for each in chosen["facets"]["kind"]) == chosen["total"] < plain["total"]


class TestOrder:
    @pytest.mark.parametrize(("sort", "key"), [("price", "price_min_cny"), ("lead_time", "lead_time_days")])
    @pytest.mark.parametrize("minus", ["", "-"])
    async def test_hits_without_the_value_come_last_both_ways(
        self, seeded_client: httpx.AsyncClient, sort: str, key: str, minus: str
    ) -> None:
        slugs, values, cursor = [], [], None
        while True:
            more = {"cursor": cursor} if cursor else {}
            answer = await search(seeded_client, sort=f"{minus}{sort}", limit=100, **more)
            slugs += [hit["slug"] for hit in answer["hits"]]
            values += [hit[key] for hit in answer["hits"]]
            cursor = answer["next_cursor"]
            if cursor is None:
                break
        assert len(set(slugs)) == len(slugs) == answer["total"]
        stated = [float(value) for value in values if value is not None]
        assert stated == sorted(stated, reverse=bool(minus))
        assert values[len(stated) :] == [None] * (len(values) - len(stated))

    async def test_least_relevant_first_is_the_reverse_of_most_relevant_first(
        self, seeded_client: httpx.AsyncClient
    ) -> None:
        async def pages(sort: str) -> list[str]:
            found: list[str] = []
            cursor = None
            while True:
                more = {"cursor": cursor} if cursor else {}
                answer = await search(seeded_client, q="盐雾", sort=sort, limit=7, **more)
                found += [hit["slug"] for hit in answer["hits"]]
                cursor = answer["next_cursor"]
                if cursor is None:
                    return found

        best_first = await pages("relevance")
        assert len(best_first) > 7
        assert await pages("-relevance") == best_first[::-1]

    async def test_names_go_both_ways(self, seeded_client: httpx.AsyncClient) -> None:
        up = await search(seeded_client, index="platforms", sort="name", limit=100)
        down = await search(seeded_client, index="platforms", sort="-name", limit=100)
        assert up["total"] <= 200
        assert up["hits"][0]["slug"] != down["hits"][0]["slug"]


class TestNoHits:
    async def test_it_says_which_filter_or_word_to_drop_and_what_that_gives(
        self, seeded_client: httpx.AsyncClient
    ) -> None:
        params: dict[str, Any] = {"q": "加氢", "city": "331100", "tier": "national"}
        answer = await search(seeded_client, **params)
        assert (answer["total"], answer["hits"]) == (0, [])
        assert answer["relax"]
        for each in answer["relax"]:
            dropped = each["drop"].split(",")
            left = {name: value for name, value in params.items() if name not in dropped}
            assert (await search(seeded_client, **left))["total"] == each["count"] > 0

    async def test_nothing_is_said_when_there_are_hits(self, seeded_client: httpx.AsyncClient) -> None:
        assert (await search(seeded_client, q="加氢"))["relax"] == []

    async def test_words_that_nobody_uses_give_nothing(self, seeded_client: httpx.AsyncClient) -> None:
        answer = await search(seeded_client, q="龘靐齉", field="robotics")
        assert answer["total"] == 0
        [all_words] = answer["relax"]
        assert (all_words["drop"], all_words["kind"]) == ("q", "filter")
        assert all_words["count"] == (await search(seeded_client, field="robotics"))["total"]


class TestWhatCannotBeAsked:
    @pytest.mark.parametrize(
        ("params", "pointers"),
        [
            ({"index": "pool"}, {"/query/index"}),
            ({"q": "字" * 501}, {"/query/q"}),
            ({"field": "robot", "capability": "salt", "function": "x", "city": "330000"},
             {"/query/field", "/query/capability", "/query/function", "/query/city"}),
            ({"standard": "something"}, {"/query/standard"}),
            ({"facets": "field,colour"}, {"/query/facets"}),
            ({"lat": "30"}, {"/query/lon", "/query/radius_km"}),
            ({"lat": "30", "lon": "120"}, {"/query/radius_km"}),
            ({"radius_km": "5"}, {"/query/lat", "/query/lon"}),
            ({"sort": "distance"}, {"/query/lat", "/query/lon"}),
            ({"lat": "91", "lon": "0", "radius_km": "1"}, {"/query/lat"}),
            ({"lat": "NaN", "lon": "0", "radius_km": "1"}, {"/query/lat"}),
            ({"radius_km": "inf", "lat": "1", "lon": "0"}, {"/query/radius_km"}),
            ({"index": "platforms", "price_max_cny": "1", "entry_trl": "3"},
             {"/query/price_max_cny", "/query/entry_trl"}),
            ({"index": "platforms", "sort": "-price"}, {"/query/sort"}),
            ({"price_max_cny": "-1"}, {"/query/price_max_cny"}),
            ({"price_max_cny": "NaN"}, {"/query/price_max_cny"}),
            ({"entry_trl": "10"}, {"/query/entry_trl"}),
            ({"sort": "rating"}, {"/query/sort"}),
            ({"limit": "101"}, {"/query/limit"}),
            ({"on_date": "2026-13-01"}, {"/query/on_date"}),
            ({"colour": "red"}, {"/query/colour"}),
        ],
    )  # fmt: skip
    async def test_it_is_refused_by_name(
        self, seeded_client: httpx.AsyncClient, params: dict[str, str], pointers: set[str]
    ) -> None:
        assert await problem_of(seeded_client, **params) == (422, "invalid-request", pointers)

    async def test_an_unknown_code_names_the_nearest(self, seeded_client: httpx.AsyncClient) -> None:
        response = await seeded_client.get("/v1/search", params={"capability": "salt_sprai"})
        assert "salt_spray" in response.json()["errors"][0]["detail"]

    async def test_a_cursor_belongs_to_its_query(self, seeded_client: httpx.AsyncClient) -> None:
        cursor = (await search(seeded_client, q="检测", limit=1))["next_cursor"]
        assert cursor is not None
        assert (await problem_of(seeded_client, q="检测", cursor=cursor, demo="true"))[1] == "invalid-cursor"
        assert (await problem_of(seeded_client, q="检测", cursor="x"))[1] == "invalid-cursor"
        # Only how many are shown may change.
        assert (await search(seeded_client, q="检测", cursor=cursor, limit=5))["hits"]
