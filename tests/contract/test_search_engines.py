"""One suite for every search engine: what `search.port` promises to those who search."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.port import (
    And,
    Between,
    EngineRejected,
    Eq,
    Exists,
    Filter,
    GeoRadius,
    In,
    Not,
    Or,
    SearchEngine,
    SearchRequest,
    SortBy,
    SortByDistance,
)
from search.schema import SCHEMAS, IndexSchema
from tests.contract.search_documents import (
    LAYER,
    WEIRD_VALUES,
    distance_m,
    expected,
    facet,
    matching,
    one_of_each,
    ordered,
    stream,
    words_of,
)
from tests.contract.search_engines import ALL, DOCUMENTS, ENGINES, engine_of, found_ids, ids_of

FACETS = ("field", "city", "function", "voucher", "platform")
TEXTS = (
    "动力电池",
    "動力電池 過充",
    "动力电池的盐雾试验",
    "salt spray",
    "EMC",
    "检测",
    "GB/T 2423.17-2008",
    "ＧＢ/Ｔ２４２３．１７",
    "donglidianchi",
    "dldc",
    "生锈",
    "动力电迟",
    "无人机 机器人 面料 芯片",
    "vibratoin",
    "没有这样的词语",
    "?!",
)


@pytest_asyncio.fixture(params=ENGINES, scope="session")
async def engine(request: pytest.FixtureRequest) -> AsyncIterator[SearchEngine]:
    """An engine with DOCUMENTS in `services`, for tests that only read."""
    async for made in engine_of(request.param):
        await made.rebuild("services", stream(DOCUMENTS), stamp="first")
        yield made


@pytest_asyncio.fixture(params=ENGINES)
async def fresh(request: pytest.FixtureRequest) -> AsyncIterator[SearchEngine]:
    """An engine without any index, for tests that write."""
    async for made in engine_of(request.param):
        yield made


class TestHits:
    @pytest.mark.parametrize("text", TEXTS)
    async def test_hits_of_a_text_are_those_of_the_text_layer(self, engine: SearchEngine, text: str) -> None:
        request = replace(ALL, text=text)
        page = await engine.search(request)
        want = expected(DOCUMENTS, request)
        assert sorted(hit.id for hit in page.hits) == ids_of(want)
        assert page.total == len(want)
        assert not page.total_is_capped
        assert page.matching == matching(DOCUMENTS, LAYER.query(text))

    async def test_both_ways_of_matching_occur_in_these_texts(self) -> None:
        ways = {matching(DOCUMENTS, LAYER.query(text)) for text in TEXTS}
        assert ways == {"all", "any"}

    @pytest.mark.parametrize("text", TEXTS)
    async def test_a_filter_only_takes_hits_away(self, engine: SearchEngine, text: str) -> None:
        everything = set(await found_ids(engine, replace(ALL, text=text)))
        narrowed = set(
            await found_ids(engine, replace(ALL, text=text, filters={"city": Eq("city", "330100")}))
        )
        assert narrowed <= everything

    async def test_no_text_finds_everything_in_order_of_id(self, engine: SearchEngine) -> None:
        ids = await found_ids(engine, replace(ALL, text="  "))
        assert ids == ids_of(DOCUMENTS)

    async def test_a_text_without_words_finds_nothing(self, engine: SearchEngine) -> None:
        page = await engine.search(replace(ALL, text="🔋 !?"))
        assert (page.total, list(page.hits)) == (0, [])

    async def test_payload_comes_back_as_it_was_given(self, engine: SearchEngine) -> None:
        page = await engine.search(ALL)
        payloads = {document["id"]: document["payload"] for document in DOCUMENTS}
        assert {hit.id: hit.document for hit in page.hits} == payloads

    async def test_scores_lie_between_zero_and_one_and_fall(self, engine: SearchEngine) -> None:
        scores = [hit.score for hit in (await engine.search(replace(ALL, text="动力电池过充"))).hits]
        assert all(0 <= score <= 1 for score in scores)
        assert scores == sorted(scores, reverse=True)
        assert scores[0] > scores[-1]

    async def test_a_title_counts_more_than_a_description(self, engine: SearchEngine) -> None:
        page = await engine.search(replace(ALL, text="车规芯片", limit=5))
        assert all("车规芯片" in hit.document["title"] for hit in page.hits)

    async def test_the_named_edition_comes_before_the_others(self, engine: SearchEngine) -> None:
        page = await engine.search(replace(ALL, text="gbt2423.17—2008"))
        named = {one["id"] for one in DOCUMENTS if "GB/T 2423.17-2008" in one["texts"]["standards"]}
        other = {one["id"] for one in DOCUMENTS if "GB/T 2423.17-2024" in one["texts"]["standards"]}
        ids = [hit.id for hit in page.hits]
        assert set(ids[: len(named)]) == named
        if page.matching == "any":
            assert set(ids[len(named) :]) == other - named

    @pytest.mark.parametrize(
        "text",
        ['"', '"动力电池', "a -b", "NOT x", "\\", "(", "*", "a:b", "🔋电池", "x" * 5000, "\x00", "' OR 1=1"],
    )
    async def test_no_text_is_a_query_language(self, engine: SearchEngine, text: str) -> None:
        request = replace(ALL, text=text)
        assert sorted(await found_ids(engine, request)) == ids_of(expected(DOCUMENTS, request))

    async def test_a_long_text_is_answered(self, engine: SearchEngine) -> None:
        request = replace(ALL, text="我们想做动力电池的过充和盐雾试验，" * 400)
        assert sorted(await found_ids(engine, request)) == ids_of(expected(DOCUMENTS, request))


class TestPages:
    @pytest.mark.parametrize(
        "request_",
        [
            replace(ALL, text="动力电池 检测"),
            replace(ALL, sort=SortBy("price_min_cny")),
            replace(ALL, sort=SortByDistance(30.27, 120.15)),
            ALL,
        ],
    )
    async def test_pages_hold_every_hit_once(self, engine: SearchEngine, request_: SearchRequest) -> None:
        whole = await found_ids(engine, request_)
        pages = [
            await found_ids(engine, replace(request_, offset=offset, limit=13))
            for offset in range(0, len(whole) + 13, 13)
        ]
        assert [one for page in pages for one in page] == whole

    async def test_a_page_past_the_end_is_empty_and_keeps_the_total(self, engine: SearchEngine) -> None:
        for sort in (None, SortBy("name"), SortByDistance(30.0, 120.0)):
            page = await engine.search(replace(ALL, text="动力电池", sort=sort, offset=5000, limit=10))
            assert list(page.hits) == []
            assert page.total == len(expected(DOCUMENTS, replace(ALL, text="动力电池")))

    async def test_limit_zero_gives_total_and_facets_only(self, engine: SearchEngine) -> None:
        page = await engine.search(replace(ALL, text="动力电池", limit=0, facets=("city",)))
        assert list(page.hits) == []
        assert page.total == sum(count.count for count in page.facets["city"]) > 0


class TestSorts:
    @pytest.mark.parametrize("descending", [False, True])
    @pytest.mark.parametrize("field", ["name", "price_min_cny", "lead_time_days"])
    @pytest.mark.parametrize("text", ["", "动力电池"])
    async def test_missing_values_come_last_and_ties_go_by_id(
        self, engine: SearchEngine, field: str, descending: bool, text: str
    ) -> None:
        request = replace(ALL, text=text, sort=SortBy(field, descending))
        want = ordered(expected(DOCUMENTS, request), field, descending=descending)
        assert await found_ids(engine, request) == want

    @pytest.mark.parametrize("descending", [False, True])
    async def test_by_distance_with_documents_of_no_place_last(
        self, engine: SearchEngine, descending: bool
    ) -> None:
        request = replace(ALL, sort=SortByDistance(30.2, 120.1, descending))
        places = {one["id"]: (one["lat"], one["lon"]) for one in DOCUMENTS if "lat" in one}
        ids = await found_ids(engine, request)
        metres = [distance_m(30.2, 120.1, *places[one]) for one in ids if one in places]
        assert set(ids[: len(metres)]) == set(places)
        assert metres == sorted(metres, reverse=descending)
        assert sorted(ids) == ids_of(DOCUMENTS)

    async def test_chinese_names_sort_by_pinyin(self, fresh: SearchEngine) -> None:
        names = ["振动", "阿尔法", "白车身", "Z-test", "重庆", "alpha"]
        made = [{"id": name, "slug": name, "name": name, "payload": {}, "texts": {}} for name in names]
        await fresh.rebuild("services", stream(made), stamp="x")
        ids = await found_ids(fresh, replace(ALL, sort=SortBy("name")))
        assert ids == ["阿尔法", "alpha", "白车身", "重庆", "Z-test", "振动"]


class TestFacets:
    @pytest.mark.parametrize("text", ["", "动力电池", "盐雾", "没有这样的词语"])
    async def test_counts_ignore_the_facets_own_filter(self, engine: SearchEngine, text: str) -> None:
        request = replace(
            ALL,
            text=text,
            facets=FACETS,
            filters={
                "city": In("city", ("330100", "330200")),
                "field": Eq("field", "robotics"),
                "price": Between("price_min_cny", 0, 2000),
            },
        )
        page = await engine.search(request)
        counts = {name: [(one.value, one.count) for one in page.facets[name]] for name in page.facets}
        assert counts == {name: facet(DOCUMENTS, request, name) for name in FACETS}

    async def test_only_asked_facets_are_counted(self, engine: SearchEngine) -> None:
        assert list((await engine.search(replace(ALL, facets=("city",)))).facets) == ["city"]
        assert dict((await engine.search(ALL)).facets) == {}


class TestFilters:
    @pytest.mark.parametrize("value", WEIRD_VALUES)
    async def test_any_value_can_be_asked_for_exactly(self, engine: SearchEngine, value: str) -> None:
        want = ids_of([one for one in DOCUMENTS if one["platform"] == value])
        assert sorted(await found_ids(engine, replace(ALL, filters={"p": Eq("platform", value)}))) == want
        assert (
            sorted(await found_ids(engine, replace(ALL, filters={"p": In("platform", (value, "none"))})))
            == want
        )

    @pytest.mark.parametrize(
        "clause",
        [
            In("city", ()),
            Not(In("city", ())),
            And(()),
            Or(()),
            Not(Exists("voucher")),
            Between("price_min_cny"),
            Between("price_min_cny", -5, -5),
            Between("price_min_cny", 1500.5, None),
            Eq("price_min_cny", 300),
            Not(Between("price_min_cny", 0, 500)),
            GeoRadius(30.27, 120.15, 5_000),
            Not(GeoRadius(30.27, 120.15, 5_000)),
            GeoRadius(30.27, 120.15, 20_000_000),
            Eq("id", DOCUMENTS[3]["id"]),
            And((Not(Eq("city", "330100")), Or((Eq("function", "scale_up"), Eq("field", "robotics"))))),
        ],
        ids=repr,
    )
    async def test_a_clause_selects_what_the_port_says(self, engine: SearchEngine, clause: Filter) -> None:
        request = replace(ALL, filters={"it": clause})
        assert sorted(await found_ids(engine, request)) == ids_of(expected(DOCUMENTS, request))

    @pytest.mark.parametrize(
        "request_",
        [
            SearchRequest("nowhere"),
            replace(ALL, filters={"x": Eq("title", "a")}),
            replace(ALL, filters={"x": Between("city", 1, 2)}),
            replace(ALL, sort=SortBy("city")),
            replace(ALL, facets=("price_min_cny",)),
        ],
        ids=repr,
    )
    async def test_what_the_schema_does_not_have_is_rejected(
        self, engine: SearchEngine, request_: SearchRequest
    ) -> None:
        with pytest.raises(EngineRejected):
            await engine.search(request_)

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    async def test_random_filters_agree_with_plain_python(
        self, engine: SearchEngine, data: st.DataObject
    ) -> None:
        request = SearchRequest(
            "services",
            text=data.draw(st.sampled_from(["", *TEXTS])),
            filters=data.draw(
                st.dictionaries(st.sampled_from(["city", "field", "other"]), _clauses(), max_size=2)
            ),
            facets=("city", "field"),
            limit=1000,
        )
        page = await engine.search(request)
        assert sorted(hit.id for hit in page.hits) == ids_of(expected(DOCUMENTS, request))
        for name in request.facets:
            counts = [(one.value, one.count) for one in page.facets[name]]
            assert counts == facet(DOCUMENTS, request, name)


def _clauses() -> st.SearchStrategy[Filter]:
    keywords = {
        "city": ["330100", "330200", "330300", "x"],
        "field": ["new_energy", "robotics", "automotive"],
        "voucher": ["true", "false"],
        "platform": list(WEIRD_VALUES),
    }
    numbers = st.sampled_from([None, -5.0, 0.0, 2.0, 300.0, 1500.5])
    leaves: st.SearchStrategy[Filter] = st.one_of(
        *(st.builds(Eq, st.just(name), st.sampled_from(values)) for name, values in keywords.items()),
        *(
            st.builds(In, st.just(name), st.lists(st.sampled_from(values), max_size=3).map(tuple))
            for name, values in keywords.items()
        ),
        st.builds(
            Between, st.sampled_from(["price_min_cny", "lead_time_days", "entry_trl"]), numbers, numbers
        ),
        st.builds(Exists, st.sampled_from([*keywords, "price_min_cny", "lead_time_days"])),
        st.builds(GeoRadius, st.just(30.27), st.just(120.15), st.sampled_from([3_000.0, 90_000.0])),
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(Not, inner),
            st.builds(And, st.lists(inner, max_size=3).map(tuple)),
            st.builds(Or, st.lists(inner, max_size=3).map(tuple)),
        ),
        max_leaves=6,
    )


class TestCandidates:
    async def test_a_long_text_finds_the_document_it_describes(self, fresh: SearchEngine) -> None:
        texts = [
            "石墨烯浆料在铝箔上的狭缝涂布",
            "婴幼儿针织品的甲醛与色牢度",
            "减速器的跑合与寿命",
            "茶叶感官审评",
        ]
        made = [
            {"id": f"c{index}", "payload": {}, "texts": {"description": text}}
            for index, text in enumerate(texts)
        ]
        await fresh.rebuild("services", stream(made), stamp="x")
        story = "课题组多年研究材料，得到学校支持。" * 40
        found = await fresh.candidates(
            "services", story + "现在要把石墨烯浆料涂到铝箔上，想找能做狭缝涂布的。" + story, limit=3
        )
        assert found[0].id == "c0"
        assert len(found) <= 3
        scores = [one.score for one in found]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 1 for score in scores)

    async def test_a_text_without_words_has_no_candidates(self, engine: SearchEngine) -> None:
        assert list(await engine.candidates("services", "  ", limit=5)) == []
        assert list(await engine.candidates("services", "!?", limit=5)) == []


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=lambda schema: schema.name)
async def test_every_index_keeps_the_contract_with_all_its_fields(
    fresh: SearchEngine, schema: IndexSchema
) -> None:
    made = one_of_each(schema)
    request = SearchRequest(schema.name, limit=100, facets=schema.keywords)
    assert await fresh.rebuild(schema.name, stream(made[1:]), stamp="7") == len(made) - 1
    await fresh.upsert(schema.name, made[:2])
    for document, word in zip(made, words_of(schema).values(), strict=True):
        page = await fresh.search(replace(request, text=word))
        assert [(hit.id, hit.document) for hit in page.hits] == [(document["id"], document["payload"])]
    everything = await fresh.search(request)
    for name in schema.keywords:
        assert [(each.value, each.count) for each in everything.facets[name]] == facet(made, request, name)
        chosen = replace(request, filters={name: Eq(name, f"{name}-1")})
        assert await found_ids(fresh, chosen) == ids_of(made[1::2])
    for sort in schema.sorts:
        for descending in (False, True):
            order = await found_ids(fresh, replace(request, sort=SortBy(sort.name, descending)))
            assert order == ordered(made, sort.name, descending=descending)
    await fresh.delete(schema.name, [made[0]["id"]])
    await fresh.restamp(schema.name, "8")
    assert (await fresh.search(request)).total == len(made) - 1
    assert (await fresh.health()).stamps == {schema.name: "8"}
