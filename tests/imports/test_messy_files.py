"""The same lines as certificates and offices print them: whatever is stored is right, and nothing good is lost."""

import io
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from app.imports.reading import read_scope_lines
from tests.imports.makers import csv_bytes, workbook

HEADINGS = ["检测对象", "项目/参数", "标准编号", "范围下限", "范围上限", "单位", "限制范围"]
ROWS: list[list[str]] = [
    ["电工电子产品", "低温试验", "GB/T 2423.1-2008", "-70", "25", "℃", "箱内容积不大于1 m³"],
    ["电工电子产品", "高温试验", "GB/T 2423.2-2008", "35", "200", "℃", ""],
    ["动力蓄电池", "过充电", "GB 38031-2020", "0", "500", "V", "只做单体"],
    ["塑料", "密度", "GB/T 1033.1-2008", "0.8", "3", "g/cm³", ""],
    ["金属材料", "拉伸强度", "GB/T 228.1-2021", "0.5", "600", "kN", "不做低温"],
]
Rows = Sequence[Sequence[Any]]


def truth() -> set[tuple[Any, ...]]:
    return {
        (
            obj,
            parameter,
            standard,
            float(low),
            float(high),
            unit,
            restriction or None,
        )
        for obj, parameter, standard, low, high, unit, restriction in ROWS
    }


def stored(data: bytes) -> set[tuple[Any, ...]]:
    """Return what the lines of a file say."""
    found = set()
    for outcome in read_scope_lines(io.BytesIO(data)).outcomes:
        line = outcome.line
        if line is None:
            continue
        span = line.range
        ends = (None, None, None) if span is None else (span.min, span.max, span.unit)
        texts = [unicodedata.normalize("NFKC", text) for text in (line.object, line.parameter)]
        limit = line.restriction and unicodedata.normalize("NFKC", line.restriction).replace("m3", "m³")
        found.add((*texts, line.standard, *ends, limit))
    return found


def wide(text: str) -> str:
    """Return a text with full-width letters, figures and signs."""
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


def with_invisible(text: str) -> str:
    return f"\u200b {text}\u3000\xa0" if text else text


def printed() -> bytes:
    """As an attachment is printed: serial numbers, objects merged, headings and page numbers on every page."""
    head = ["序号", "检测对象", "项目/参数", "", "标准（方法）编号", "测量范围", "说明"]
    below = ["", "", "序号", "名称", "", "", ""]

    def line(number: int, place: int) -> list[Any]:
        obj, parameter, standard, low, high, unit, limit = ROWS[place]
        return [number, obj, place + 1, parameter, standard, f"({low}～{high}){unit}", limit or "/"]

    rows: Rows = [
        ["附件2 认可的检测能力范围"],
        ["名称：某某检测有限公司", None, None, "注册号：CNAS L0000"],
        [],
        head,
        below,
        line(1, 0),
        [None, None, *line(1, 1)[2:]],
        ["第 1 页 共 2 页"],
        head,
        below,
        line(2, 2),
        line(3, 3),
        line(4, 4),
        ["以下空白"],
        ["第 2 页 共 2 页"],
    ]
    return workbook({"附件2": rows}, merged=["A6:A7", "B6:B7"])


def price_list() -> bytes:
    """With fees under limits and a unit of their own."""
    head = [*HEADINGS[:3], "测量范围", "限制范围", "收费标准", "", ""]
    below = ["", "", "", "", "", "下限", "上限", "单位"]
    rows = [
        [obj, parameter, standard, f"{low}~{high} {unit}", limit, 300, 500, "样"]
        for obj, parameter, standard, low, high, unit, limit in ROWS
    ]
    return workbook({"收费标准": [["2026年检测收费标准"], head, below, *rows]}, merged=["F2:H2"])


def two_row_headings() -> bytes:
    head = ["检测对象", "项目/参数", "标准编号", "测量范围", "", "", "限制范围"]
    below = ["", "", "", "下限", "上限", "单位", ""]
    return workbook({"S": [head, below, *ROWS]}, merged=["D1:F1"])


def apart(gap: int) -> list[list[Any]]:
    return [*([[]] * 4), *([[None] * gap + row for row in [HEADINGS, *ROWS]])]


def in_english() -> bytes:
    head = ["Restriction", "Unit", "Max", "Min", "Standard No.", "Test Item", "Product"]
    head[5] = "Parameter"
    return csv_bytes([head, *(row[::-1] for row in ROWS)])


CHANGES: dict[str, Callable[[], bytes]] = {
    "UTF-16 with tabs": lambda: csv_bytes([HEADINGS, *ROWS], encoding="utf-16", delimiter="\t"),
    "GB18030 with semicolons": lambda: (
        b"sep=;\r\n" + csv_bytes([HEADINGS, *ROWS], encoding="gb18030", delimiter=";")
    ),
    "full width": lambda: csv_bytes([[wide(cell) for cell in row] for row in [HEADINGS, *ROWS]]),
    "invisible signs": lambda: csv_bytes(
        [[with_invisible(cell) for cell in row] for row in [HEADINGS, *ROWS]]
    ),
    "offset table": lambda: workbook({"S": apart(3)}),
    "offset table in CSV": lambda: csv_bytes(apart(2)),
    "second sheet": lambda: workbook({"封面": [["某某检测有限公司"], ["2026年"]], "能力": [HEADINGS, *ROWS]}),
    "printed attachment": printed,
    "price list": price_list,
    "two rows of headings": two_row_headings,
    "English headings in another order": in_english,
    "headings and footers between": lambda: csv_bytes(
        [
            HEADINGS,
            *ROWS[:2],
            [],
            ["二、化学"],
            HEADINGS,
            *ROWS[2:],
            ["第2页/共2页"],
            ["编制：甲", "审核：乙"],
        ]
    ),
    "spaces and breaks in headings": lambda: csv_bytes(
        [["检 测\n对 象", "项目 / 参数*", "标准编号（含年号）", *HEADINGS[3:]], *ROWS]
    ),
    "columns of others": lambda: csv_bytes(
        [["序号", *HEADINGS, "领域代码"], *([str(n), *row, "0501"] for n, row in enumerate(ROWS, 1))]
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_line_is_stored_as_it_is_meant(name: str) -> None:
    assert stored(CHANGES[name]()) == truth()


@pytest.mark.parametrize("top", ["收费标准", "扩展不确定度", "检出限"])
def test_limits_under_another_heading_are_not_the_range(top: str) -> None:
    head, below = [*HEADINGS[:3], top, "", ""], ["", "", "", "下限", "上限", "单位"]
    rows = [[*row[:3], 300, 500, "V"] for row in ROWS]
    found = stored(workbook({"S": [head, below, *rows]}, merged=["D1:F1"]))
    assert {line[3:6] for line in found} == {(None, None, None)}


def test_objects_left_out_below_the_first_row_of_a_csv_are_refused_and_never_guessed() -> None:
    rows = [HEADINGS, ROWS[0], ["", *ROWS[1][1:]], *ROWS[2:]]
    assert stored(csv_bytes(rows)) == {line for line in truth() if line[1] != "高温试验"}
