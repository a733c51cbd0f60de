import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.vocabulary.ranges import find_ranges, range_of

DEMO = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "demo"

FOUND = [
    ("样品约60到100℃", [("60到100℃", 60, 100, "℃")]),
    ("低温 -40～85℃，10kV以下", [("-40～85℃", -40, 85, "℃"), ("10kV以下", None, 10, "kV")]),
    ("每小时半升到二十升", [("每小时半升到二十升", 0.5, 20, "L/h")]),
    ("每天50到150公斤", [("每天50到150公斤", 50, 150, "kg/d")]),
    ("一千方每小时真废气", [("一千方每小时", 1000, 1000, "m³/h")]),
    ("一百五十到三百公斤一批", [("一百五十到三百公斤", 150, 300, "kg")]),
    ("五十到二百千瓦并网机", [("五十到二百千瓦", 50, 200, "kW")]),
    ("三十一点五兆帕憋住不漏", [("三十一点五兆帕", 31.5, 31.5, "MPa")]),
    ("负载十公斤以内", [("十公斤以内", None, 10, "kg")]),
    ("最高不超过 2万次", [("不超过 2万次", None, 2, "万次")]),
    ("电流小于等于5A", [("小于等于5A", None, 5, "A")]),
    ("loads up to 5 kN", [("up to 5 kN", None, 5, "kN")]),
    ("恒温20±2℃", [("20±2℃", 18, 22, "℃")]),
    ("相对湿度20%~98%RH", [("20%~98%RH", 20, 98, "%RH")]),
    ("GB/T 2423.17-2008 喷雾 480 h", [("480 h", 480, 480, "h")]),
    ("拼车拿四十颗裸片，八千伏", [("四十颗", 40, 40, "颗"), ("八千伏", 8000, 8000, "V")]),
    ("1×10⁵次以上", [("1×10⁵次以上", 100_000, None, "次")]),
]

NOTHING = (
    """
模块冷热循环 -40~85 度|十几公斤|一百二公斤|几十到几百ppm|二十 PFLOPS 左右|大约十欧姆厘米|二〇二一版
2023年12月|2019～2021年|第6章|20安全|10方案|5米饭|20支持|十二米风里|三个样品，两台
5G网络 M8螺栓 V2.0 STM32F103|GB/T 2423.17-2008|IP67|室温到100℃|0571-88886666
""".replace("\n", "|")
    .strip("|")
    .split("|")
)


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_the_certain_ranges_of_a_text_are_found(
    text: str, expected: list[tuple[str, float | None, float | None, str]]
) -> None:
    found = [(text[f.start : f.end], f.range.min, f.range.max, f.range.unit) for f in find_ranges(text)]
    assert found == expected


@pytest.mark.parametrize("text", NOTHING)
def test_what_is_not_certain_is_passed_over(text: str) -> None:
    assert [text[found.start : found.end] for found in find_ranges(text)] == []


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [*"0123456789.-~到至一二十百千万半 米升克", "℃", "kV", "公斤", "每小时", "以下", "±", "🙂"]
        ),
        max_size=30,
    ).map("".join)
)
def test_spans_are_ordered_and_inside_the_text(text: str) -> None:
    end = 0
    for found in find_ranges(text):
        assert end <= found.start < found.end <= len(text)
        end = found.end


def test_a_long_text_is_read_in_proportion() -> None:
    assert len(find_ranges("样品60到100℃，" * 500)) == 500
    assert find_ranges("一" * 20_000) == []
    assert find_ranges("1-" * 5_000) == []


@pytest.mark.skipif(not DEMO.exists(), reason="the shared data are not present")
def test_no_span_found_in_a_demo_need_contradicts_what_it_asks() -> None:
    needs = [
        (need["text_zh"], range_of(need["range"]["min"], need["range"]["max"], need["range"]["unit"]))
        for file in sorted(DEMO.glob("*-results.json"))
        for result in json.loads(file.read_text("utf-8"))["results"]
        for need in result["needs"]
        if need["range"] and None not in (need["range"]["min"], need["range"]["max"])
    ]
    spans = [
        (text, found.range, asked)
        for text, asked in needs
        for found in find_ranges(text)
        if None not in (found.range.lo, found.range.hi) and found.range.lo != found.range.hi
    ]
    assert len(spans) > 20
    wrong = [
        (text, found.written)
        for text, found, asked in spans
        if (found.lo, found.hi, found.dimension) != (asked.lo, asked.hi, asked.dimension)
    ]
    assert wrong == []
