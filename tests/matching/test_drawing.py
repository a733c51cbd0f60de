"""Needs drawn from text: what is read, where it stands, and that it can be sent back."""

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.matching.drawing import MOST_NEEDS, Lexicon, draw_needs
from app.matching.facts import Asked
from app.matching.needs import StatedNeed
from app.matching.snapshot import StandardView, TermView, VocabularyRows, VocabularyView
from app.vocabulary.rules import normal_form


def term(code: str, *spellings: str) -> TermView:
    names = frozenset(normal_form(name) for name in spellings)
    return TermView(code, spellings[0], spellings[-1], names, spellings)


LEXICON = Lexicon(
    VocabularyView(
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
)


def draw(text: str) -> list[StatedNeed]:
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
        assert [(need.capability, need.standard) for need in draw(text)] == needs

    def test_ids_count_from_one(self) -> None:
        assert [need.id for need in draw("过充，盐雾，静电放电")] == ["n1", "n2", "n3"]

    def test_at_most_so_many_are_drawn(self) -> None:
        text = "，".join(f"GB/T {number}-2020" for number in range(20001, 20101))
        assert len(draw(text)) == MOST_NEEDS


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
            ("过充", Asked.NONE),
            ("过充，ACMAX 型号", Asked.NONE),
        ],
    )
    def test_is_read_from_the_words(self, text: str, asked: Asked) -> None:
        assert [need.asked for need in draw(text)] == [asked]

    def test_of_a_need_is_that_of_its_own_clause(self) -> None:
        asked = {need.capability: need.asked for need in draw("过充要 CNAS，盐雾要 CMA。静电放电随意。")}
        assert asked == {"overcharge": Asked.CNAS, "salt_spray": Asked.CMA, "esd": Asked.NONE}


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
    assert [need.must for need in draw(text)] == [must]


def test_a_soft_word_holds_for_its_own_clause() -> None:
    assert [need.must for need in draw("要做过充，最好也做盐雾")] == [True, False]


class TestRanges:
    def test_a_range_belongs_to_the_nearest_need_of_its_sentence(self) -> None:
        first, second = draw("过充 0～60 V，盐雾 35 ℃ 到 50 ℃。静电放电")[:2]
        assert (first.range and first.range.unit, second.range and second.range.unit) == ("V", "℃")

    def test_a_range_of_another_sentence_belongs_to_nobody(self) -> None:
        assert [need.range for need in draw("样品耐 0～60 V。做过充。")] == [None]

    def test_a_standard_number_is_no_range(self) -> None:
        [need] = draw("GB 38031-2020")
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
    for need in draw(text):
        spans = need.spans or {}
        assert spans
        assert all(0 <= start < end <= len(text) for start, end in spans.values())
        if need.standard and "standard" in spans:
            start, end = spans["standard"]
            [again] = draw(text[start:end])
            assert again.standard == need.standard
        if need.range is not None:
            assert "range" in spans
        if need.asked is not Asked.NONE:
            start, end = spans["accreditation"]
            assert text[start:end].strip() == text[start:end]


@given(st.text(max_size=60))
def test_no_text_is_an_error(text: str) -> None:
    assert len(draw(text)) <= MOST_NEEDS


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


def _sent_back(stated: dict[str, Any] | None) -> dict[str, Any] | None:
    if stated is None:
        return None
    if stated["min"] is None and stated["max"] is None:
        [grade] = stated["grades"]
        return {"grade": grade}
    return {name: stated[name] for name in ("min", "max", "unit")}
