"""The text layer: what a document and a query become, and which find each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.schema import SERVICES
from search.text import LONG, SynonymGroup, TextLayer, name_key

LAYER = TextLayer(
    [
        SynonymGroup(
            heads=("盐雾试验", "salt spray"), terms=("中性盐雾", "循环腐蚀"), triggers=("生锈", "锈")
        ),
        SynonymGroup(heads=("电池安全", "battery safety"), terms=("过充", "针刺")),
        SynonymGroup(heads=("温度循环", "temperature cycling"), terms=("TC",)),
    ]
)


def _tokens(text: str, field: str = "title") -> set[str]:
    return set(LAYER.document(SERVICES, {field: text}))


def _finds_all(query: str, text: str) -> bool:
    held = _tokens(text)
    concepts = LAYER.query(query).concepts
    return bool(concepts) and all(
        any(held.issuperset(way.tokens) for way in concept.alternatives) for concept in concepts
    )


def _finds_any(query: str, text: str) -> bool:
    return not _tokens(text).isdisjoint(LAYER.query(query).any_tokens)


class TestAllConcepts:
    @pytest.mark.parametrize(
        ("query", "text"),
        [
            ("动力电池", "车用动力电池包"),
            ("動力電池", "车用动力电池包"),
            ("力电池", "车用动力电池包"),
            ("ＥＭＣ", "emc摸底"),
            ("酶", "酶活测定"),
            ("DO178C", "按DO-178C做软件"),
            ("CAR-T", "CAR T细胞"),
            ("IP 67", "防护IP67"),
            ("ip67", "防护IP67"),
            ("batteries", "Battery safety"),
            ("cycle", "temperature cycling"),
            ("donglidianchi", "动力电池"),
            ("dong li dian chi", "动力电池"),
            ("dongli dianchi", "动力电池"),
            ("dldc", "动力电池"),
            ("salt spray", "盐雾试验"),
            ("中性盐雾", "salt spray test"),
            ("容易生锈", "容易 盐雾试验"),
            ("cyclng", "temperature cycling"),
            ("GB/T 2423.17", "按GB/T 2423.17-2008"),
            ("gbt2423.17—2008", "按ＧＢ/Ｔ　２４２３．１７－２００８"),
            ("GB/T 2423.17-2008", "按GB/T 2423.17"),
        ],
    )
    def test_a_document_holds_every_concept(self, query: str, text: str) -> None:
        assert _finds_all(query, text)

    @pytest.mark.parametrize(
        ("query", "text"),
        [
            ("动力电池", "动力系统与电池"),
            ("CAR", "CART细胞"),
            ("GB/T 2423.17-2008", "GB/T 2423.17-2024"),
            ("GB/T 2423.1", "GB/T 2423.17-2008"),
            ("盐雾试验", "容易生锈"),
            ("针刺", "过充"),
            ("TC", "ETC收费"),
            ("防锈", "盐雾试验"),
        ],
    )
    def test_a_document_does_not_hold_every_concept(self, query: str, text: str) -> None:
        assert not _finds_all(query, text)


class TestAnyToken:
    @pytest.mark.parametrize(
        ("query", "text"),
        [
            ("色劳度检测", "色牢度"),
            ("动力电迟", "动力电池"),
            ("GB/T 2423.17-2008", "GB/T 2423.17-2024"),
            ("哪家能测动力电池", "动力电池"),
            ("dcrsk", "电池热失控"),
        ],
    )
    def test_one_telling_token_is_enough(self, query: str, text: str) -> None:
        assert _finds_any(query, text)

    @pytest.mark.parametrize(
        ("query", "text"),
        [
            ("动力电池检测", "水质检测平台"),
            ("我们想找哪家能做测试", "我们能做的事"),
            ("腐蚀循环试验", "试验"),
        ],
    )
    def test_words_of_the_trade_and_stop_words_alone_are_not(self, query: str, text: str) -> None:
        assert not _finds_any(query, text)

    def test_a_query_of_nothing_but_common_words_still_finds(self) -> None:
        assert _finds_any("检测", "水质检测")
        assert _finds_any("有没有", "有没有")

    def test_a_synonym_finds_by_what_implies_the_whole_of_it(self) -> None:
        assert _finds_any("盐雾试验", "循环腐蚀")
        assert not _finds_any("盐雾试验", "电池循环")


class TestQuery:
    def test_a_blank_text_is_blank_and_a_text_without_words_is_not(self) -> None:
        assert LAYER.query(" \n").is_blank
        nothing = LAYER.query("?!🔋")
        assert not nothing.is_blank
        assert nothing.concepts == nothing.any_tokens == nothing.scored == ()

    def test_stop_words_are_no_concepts(self) -> None:
        assert [concept.text for concept in LAYER.query("哪家能测动力电池").concepts] == ["动力电池"]

    def test_a_year_counts_more_than_its_base(self) -> None:
        weights = dict(LAYER.query("GB/T 2423.17-2008").scored)
        assert weights["s:gb/t2423.17-2008"] > weights["s:gb/t2423.17"]

    def test_own_words_count_more_than_what_they_stand_for(self) -> None:
        weights = dict(LAYER.query("生锈").scored)
        assert weights["生锈"] > weights["盐雾"] > 0

    def test_a_trigger_of_one_character_counts_only_as_a_word(self) -> None:
        assert "盐雾" in dict(LAYER.query("锈").scored)
        assert "盐雾" not in dict(LAYER.query("不锈钢").scored)

    def test_a_long_text_is_read_without_concepts(self) -> None:
        query = LAYER.query("动力电池过充" + "，我们需要平台" * LONG)
        assert query.concepts == ()
        assert "电池" in query.any_tokens
        assert len(query.scored) <= 200

    def test_a_long_query_puts_standards_first(self) -> None:
        query = LAYER.long_query("按GB 38031-2020做动力电池过充试验")
        assert query.scored[0][0].startswith("s:gb38031")

    @given(st.text(max_size=300))
    def test_any_text_is_understood_the_same_way_every_time(self, text: str) -> None:
        query = LAYER.query(text)
        assert query == LAYER.query(text)
        weights = dict(query.scored)
        assert set(query.any_tokens) <= set(weights)
        assert len(weights) == len(query.scored)
        assert [weight for _, weight in query.scored] == sorted(weights.values(), reverse=True)
        assert all(concept.alternatives for concept in query.concepts)

    @given(st.text(max_size=300))
    def test_no_token_has_a_space_in_it(self, text: str) -> None:
        tokens = [*_tokens(text), *(token for token, _ in LAYER.query(text).scored)]
        assert all(token and not any(one.isspace() for one in token) for token in tokens)

    @given(st.text(alphabet="动力电池盐雾过充abGB/T 2-3。，", min_size=1, max_size=30))
    def test_a_document_holds_the_concepts_of_its_own_text(self, text: str) -> None:
        if LAYER.query(text).concepts:
            assert _finds_all(text, text)


class TestDocument:
    def test_frequencies_are_sums_of_the_boosts_of_fields(self) -> None:
        boosts = {field.name: field.boost for field in SERVICES.texts}
        tokens = LAYER.document(SERVICES, {"title": "电池电池", "description": ["电池", "无"]})
        assert tokens["电池"] == 2 * boosts["title"] + boosts["description"]

    def test_sounds_come_from_phonetic_fields_only(self) -> None:
        assert "p:dian'chi" in _tokens("电池", "title")
        assert "p:dian'chi" not in _tokens("电池", "description")

    def test_unknown_texts_are_left_out(self) -> None:
        assert LAYER.document(SERVICES, {"secret": "电池"}) == {}


class TestNameKey:
    def test_names_sort_by_pinyin_and_latin_together(self) -> None:
        names = ["重庆", "白车身", "Alpha", "阿尔法", "Z", "振动"]
        assert sorted(names, key=name_key) == ["阿尔法", "Alpha", "白车身", "重庆", "Z", "振动"]
