"""Needs drawn from text: what is read, where it stands, and that it can be sent back."""

import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.matching.drawing import MOST_NEEDS, draw_needs
from app.matching.drawing import draw as draw_all
from app.matching.facts import Asked
from app.matching.lexicon import GAP, Lexicon
from app.matching.needs import StatedNeed
from app.matching.snapshot import StandardView, TermView, VocabularyRows, VocabularyView
from app.seeding.load import SEED_DIR
from app.vocabulary.rules import normal_form
from app.vocabulary.synonyms import drawing_phrases
from search.synonyms import SynonymGroup


def term(code: str, *spellings: str) -> TermView:
    names = frozenset(normal_form(name) for name in spellings)
    return TermView(code, spellings[0], spellings[-1], names, spellings)


VOCABULARY = VocabularyView(
    VocabularyRows(
        terms=[
            term("overcharge", "过充试验", "过充", "overcharge"),
            term("salt_spray", "盐雾试验", "盐雾", "salt spray"),
            term("esd", "静电放电", "ESD"),
            term("one", "同名"),
            term("two", "同名"),
        ],
        standards=[
            StandardView(1, "GB 38031", "overcharge"),
            StandardView(2, "GB/T 2423.17", "salt_spray"),
        ],
        editions={},
        equivalences=[],
        supersessions=[],
        broader=[],
        objects={},
        parameters={},
        dimensions={},
    )
)
LEXICON = Lexicon(VOCABULARY)


def stated(text: str) -> list[StatedNeed]:
    return draw_needs(text, LEXICON)


class TestStandardsAndTerms:
    @pytest.mark.parametrize(
        ("text", "needs"),
        [
            ("过充试验", [("overcharge", None)]),
            ("按 GB 38031-2020 做过充", [("overcharge", "GB 38031-2020")]),
            ("按ＧＢ３８０３１－２０２０检测", [("overcharge", "GB 38031-2020")]),
            ("GB/T 2423.17 和过充", [("salt_spray", "GB/T 2423.17"), ("overcharge", None)]),
            ("过充，过充试验，再过充", [("overcharge", None)]),
            ("GB 38031-2020，又见 GB 38031-2020", [("overcharge", "GB 38031-2020")]),
            (
                "GB 38031-2020 和 GB 38031-2015",
                [("overcharge", "GB 38031-2020"), ("overcharge", "GB 38031-2015")],
            ),
            ("GB/T 9999-2020 做静电放电", [("esd", "GB/T 9999-2020")]),
            ("同名", []),
            ("没有可读的内容", []),
            ("", []),
            ("needs a Salt Spray test", [("salt_spray", None)]),
            ("RESDX", []),
            ("做ESD测试", [("esd", None)]),
        ],
    )
    def test_are_drawn_in_the_order_of_the_text(
        self, text: str, needs: list[tuple[str | None, str | None]]
    ) -> None:
        assert [(need.capability, need.standard) for need in stated(text)] == needs

    def test_ids_count_from_one(self) -> None:
        assert [need.id for need in stated("过充，盐雾，静电放电")] == ["n1", "n2", "n3"]

    def test_at_most_so_many_are_drawn(self) -> None:
        text = "，".join(f"GB/T {number}-2020" for number in range(20001, 20101))
        assert len(stated(text)) == MOST_NEEDS


class TestAccreditation:
    @pytest.mark.parametrize(
        ("text", "asked"),
        [
            ("过充，要 CNAS 报告", Asked.CNAS),
            ("过充，要有 CMA", Asked.CMA),
            ("过充，要有资质认定", Asked.CMA),
            ("过充，计量认证的报告", Asked.CMA),
            ("过充，认可章", Asked.CNAS),
            ("过充，CNAS 和 CMA 都要", Asked.BOTH),
            ("过充，CNAS、CMA", Asked.BOTH),
            ("过充，CNAS 或 CMA", Asked.EITHER),
            ("过充，CMA或者CNAS均可", Asked.EITHER),
            ("过充，CNAS、CMA 都行", Asked.EITHER),
            ("过充，双章", Asked.BOTH),
            ("过充，ＣＮＡＳ报告", Asked.CNAS),
            ("过充要有法定报告", Asked.CMA),
            ("过充，报告要有法律效力", Asked.CMA),
            ("过充，由有资质的机构出具", Asked.CMA),
            ("过充，任何一种资质的报告都可以", Asked.EITHER),
            ("过充，要两种标识", Asked.BOTH),
            ("过充，不要求资质", Asked.NONE),
            ("过充，法定代表人签字", Asked.NONE),
            ("an accredited 过充 report", Asked.CNAS),
            ("过充", Asked.NONE),
            ("过充，ACMAX 型号", Asked.NONE),
        ],
    )
    def test_is_read_from_the_words(self, text: str, asked: Asked) -> None:
        assert [need.asked for need in stated(text)] == [asked]

    def test_of_a_need_is_that_of_its_own_clause(self) -> None:
        asked = {need.capability: need.asked for need in stated("过充要 CNAS，盐雾要 CMA。静电放电随意。")}
        assert asked == {"overcharge": Asked.CNAS, "salt_spray": Asked.CMA, "esd": Asked.NONE}

    def test_is_read_wherever_the_text_names_the_need(self) -> None:
        text = "过充试验\n样机已经做好。过充由认可实验室做。关键词：过充"
        assert [need.asked for need in stated(text)] == [Asked.CNAS]


PHRASED = Lexicon(
    VOCABULARY,
    [SynonymGroup(heads=("盐雾试验",), triggers=("海边",))],
    {"salt_spray": ["中性…喷雾", "海水…泡"], "esd": ["打静电"], "nothing": ["无此术语"]},
)


def sure(text: str, lexicon: Lexicon = PHRASED) -> dict[str | None, float]:
    return {each.stated.capability: each.confidence for each in draw_all(text, lexicon)}


class TestConfidence:
    def test_falls_from_a_standard_over_the_name_to_everyday_speech(self) -> None:
        texts = ["按 GB/T 2423.17-2008", "盐雾试验", "做中性的喷雾", "盐雾", "海边"]
        found = [sure(text)["salt_spray"] for text in texts]
        assert found == sorted(found, reverse=True)
        assert found[0] == 0.95
        assert len(set(found)) == len(found)
        assert all(0 <= each <= 1 for each in found)
        assert sure("按 GB/T 9999-2020")[None] == 0.8

    def test_a_short_text_asks_for_what_it_names_and_a_long_one_for_what_it_is_sure_of(self) -> None:
        telling = "样机很轻，外壳是新的，" * 6
        assert sure("样机很轻。过充。").keys() == {"overcharge"}
        assert sure(f"{telling}。过充。") == {}
        assert sure(f"{telling}。要过充数据。").keys() == {"overcharge"}
        english = "The housing of this sensor is new and rather light and it floats. "
        assert sure(f"{english}过充").keys() == {"overcharge"}

    def test_is_more_where_the_clause_asks_and_less_where_the_sentence_tells_what_was_done(self) -> None:
        asked = sure("样机已经做好。希望做盐雾。")["salt_spray"]
        named = sure("样机很轻。盐雾。")["salt_spray"]
        assert asked > named
        assert sure("我们去年做了海边的样机。希望做过充。") == {
            "overcharge": sure("样机。希望做过充。")["overcharge"]
        }
        assert "overcharge" not in sure("样机很轻。不需要做过充。")
        told = sure("我们去年做了盐雾试验。样机很轻。")["salt_spray"]
        assert told < sure("样机很轻。盐雾试验。")["salt_spray"]

    def test_grows_a_little_with_every_mention(self) -> None:
        assert sure("希望做盐雾。")["salt_spray"] < sure("希望做盐雾。要盐雾报告。")["salt_spray"]

    def test_a_gap_in_a_phrase_ends_at_a_punctuation_mark(self) -> None:
        [need] = draw_all("要中性盐水喷雾", PHRASED)
        assert need.stated.spans == {"capability": (1, 7)}
        assert draw_all("要中性，再喷雾", PHRASED) == []
        assert draw_all("要中性" + "很" * 9 + "喷雾", PHRASED) == []

    def test_other_terms_of_the_same_words_are_alternatives(self) -> None:
        lexicon = Lexicon(VOCABULARY, (), {"salt_spray": ["静电放电喷雾"]})
        [need] = draw_all("静电放电喷雾", lexicon)
        assert need.stated.capability == "salt_spray"
        assert [each.code for each in need.alternatives] == ["esd"]
        assert 0 < need.alternatives[0].confidence < need.confidence

    def test_what_may_mean_several_terms_is_told_and_not_drawn(self) -> None:
        assert draw_all("做同名试验", PHRASED) == []
        [unclear] = PHRASED.ambiguities("做同名试验")
        assert (unclear.codes, unclear.start, unclear.end) == (("one", "two"), 1, 3)


@pytest.mark.parametrize(
    ("text", "must"),
    [
        ("要做过充", True),
        ("最好做过充", False),
        ("顺便做过充", False),
        ("过充可选", False),
        ("过充必须做", True),
    ],
)
def test_soft_words_make_a_wish(text: str, must: bool) -> None:
    assert [need.must for need in stated(text)] == [must]


def test_a_soft_word_holds_for_its_own_clause() -> None:
    assert [need.must for need in stated("要做过充，最好也做盐雾")] == [True, False]


class TestRanges:
    def test_a_range_belongs_to_the_nearest_need_of_its_sentence(self) -> None:
        first, second = stated("过充 0～60 V，盐雾 35 ℃ 到 50 ℃。静电放电")[:2]
        assert (first.range and first.range.unit, second.range and second.range.unit) == ("V", "℃")

    def test_a_range_of_another_sentence_belongs_to_nobody(self) -> None:
        assert [need.range for need in stated("样品耐 0～60 V。做过充。")] == [None]

    @pytest.mark.parametrize("deadline", ["三个月内", "90 天之内", "两周以内"])
    def test_a_deadline_is_no_range(self, deadline: str) -> None:
        assert [need.range for need in stated(f"做过充，{deadline}")] == [None]

    def test_a_standard_number_is_no_range(self) -> None:
        [need] = stated("GB 38031-2020")
        assert need.range is None


PIECES = (
    *(
        "过充",
        "盐雾试验",
        "ＥＳＤ",
        "GB 38031-2020",
        "ＧＢ／Ｔ ２４２３．１７",
        "CNAS",
        "ＣＭＡ",
        "或",
        "最好",
    ),
    *("，", "。", " ", "0～60 V", "-40℃~85℃", "𠮷", "\u200b", "①", "İ", "ﬀ", "10kV", "双章", "IP67", "\n"),
)
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@given(TEXTS)
def test_spans_point_into_the_text_whatever_its_width(text: str) -> None:
    for need in stated(text):
        spans = need.spans or {}
        assert spans
        assert all(0 <= start < end <= len(text) for start, end in spans.values())
        if need.standard and "standard" in spans:
            start, end = spans["standard"]
            [again] = stated(text[start:end])
            assert again.standard == need.standard
        if need.range is not None:
            assert "range" in spans
        if need.asked is not Asked.NONE:
            start, end = spans["accreditation"]
            assert text[start:end].strip() == text[start:end]


@given(st.text(max_size=60))
def test_no_text_is_an_error(text: str) -> None:
    assert len(stated(text)) <= MOST_NEEDS


QUESTIONS = [
    "按 GB 38031-2020 做动力电池过充，要有 CNAS；最好顺便做盐雾，35 ℃，CMA 也行",
    "外壳防护 IP67，按 GB/T 4208-2017，CNAS 或 CMA",
    "电磁兼容和环境可靠性，-40℃~85℃，双章",
]


@pytest.mark.parametrize("question", QUESTIONS)
async def test_drawn_needs_can_be_sent_back_and_are_judged_alike(
    seeded_client: httpx.AsyncClient, question: str
) -> None:
    async def ask(**body: Any) -> dict[str, Any]:
        response = await seeded_client.post(
            "/v1/matches", json={"on_date": "2026-12-01", "limit": 100, **body}
        )
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    drawn = await ask(result={"title": question}, constraints={})
    assert drawn["needs"]
    for need in drawn["needs"]:
        for span in need["spans"]:
            assert question[span["start"] : span["end"]] == span["text"]
    names = ("id", "text", "capability", "standard", "object", "parameter", "accreditation", "must")
    sent = [
        {name: need[name] for name in names} | {"range": _sent_back(need["range"])} for need in drawn["needs"]
    ]
    again = await ask(result={"title": question}, needs=sent, constraints={})
    assert [c["platform"]["slug"] for c in again["candidates"]] == [
        c["platform"]["slug"] for c in drawn["candidates"]
    ]
    assert [c["verdicts"] for c in again["candidates"]] == [c["verdicts"] for c in drawn["candidates"]]
    assert again["plans"] == drawn["plans"]


@pytest.mark.parametrize(
    "question", [*QUESTIONS, "  𠮷ＧＢ 38031－2020 ①海边用，会不会锈，ＣＮＡＳ\n，杭州，两个月内 "]
)
async def test_a_drawn_text_is_answered_with_its_spans_confidence_and_alternatives(
    seeded_client: httpx.AsyncClient, question: str
) -> None:
    response = await seeded_client.post("/v1/needs/draw", json={"text": question})
    assert response.status_code == 200, response.text
    answer = response.json()
    assert answer["needs"]
    spans = [span for need in answer["needs"] for span in need["spans"]]
    spans += answer["constraints"]["spans"]
    spans += [each["span"] for each in answer["unclear"]]
    for span in spans:
        assert question[span["start"] : span["end"]] == span["text"] != ""
    for need in answer["needs"]:
        assert 0 < need["confidence"] <= 1
        others = [each["capability"] for each in need["alternatives"]]
        assert need["capability"] not in others
        assert all(each["confidence"] < need["confidence"] for each in need["alternatives"])
        assert need["drawn"]
    assert len(answer["vocabulary_version"]) == 32


def _sent_back(stated: dict[str, Any] | None) -> dict[str, Any] | None:
    if stated is None:
        return None
    if stated["min"] is None and stated["max"] is None:
        [grade] = stated["grades"]
        return {"grade": grade}
    return {name: stated[name] for name in ("min", "max", "unit")}


def test_the_phrases_of_the_seed_data_name_terms_of_the_vocabulary_and_one_each() -> None:
    phrases = drawing_phrases(SEED_DIR / "drawing_phrases.json")
    terms = json.loads((SEED_DIR / "capability_terms.json").read_text(encoding="utf-8"))["capability_terms"]
    assert phrases.keys() == {each["code"] for each in terms}
    written = [phrase for each in phrases.values() for phrase in each]
    assert len(written) == len(set(written))
    assert all(part for phrase in written for part in phrase.split(GAP))
    assert all(len(phrase.replace(GAP, "")) > 1 for phrase in written)
