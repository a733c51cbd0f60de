"""Files of every kind give the lines they hold, or say what is wrong with them."""

import io
from datetime import date
from typing import Any

import pytest

from app.imports.faults import FaultKind, FileRefused
from app.imports.reading import Outcome, Reading, read_scope_lines
from app.imports.rows import Limits
from app.imports.scope_lines import Known, ScopeLineRow
from tests.imports.makers import HEADINGS, csv_bytes, json_bytes, row, workbook

PLAIN = [HEADINGS, row(), row(**{"项目/参数": "高温试验", "标准编号": "gbt2423.2—2008", "限制范围": ""})]


def read(data: bytes, name: str = "", **options: Any) -> tuple[Reading, list[Outcome]]:
    reading = read_scope_lines(io.BytesIO(data), name=name, **options)
    return reading, list(reading.outcomes)


def lines(data: bytes, name: str = "", **options: Any) -> list[ScopeLineRow]:
    return [outcome.line for outcome in read(data, name, **options)[1] if outcome.line]


def refusal(data: bytes, name: str = "", **options: Any) -> FaultKind:
    with pytest.raises(FileRefused) as caught:
        read(data, name, **options)
    assert caught.value.zh
    assert caught.value.en
    return caught.value.kind


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_is_read_in_any_encoding_and_with_any_separator(encoding: str, delimiter: str) -> None:
    found = lines(csv_bytes(PLAIN, encoding=encoding, delimiter=delimiter), "a.csv")
    assert [(line.row, line.object, line.standard, line.restriction) for line in found] == [
        (2, "电工电子产品", "GB/T 2423.1-2008", "箱内容积不大于1 m³"),
        (3, "电工电子产品", "GB/T 2423.2-2008", None),
    ]
    assert found[0].effective_date == date(2024, 5, 20)
    assert found[0].range is not None
    assert (found[0].range.lo, found[0].range.hi) == (203.15, 298.15)


def test_a_workbook_gives_the_lines_of_the_same_csv() -> None:
    of_csv = lines(csv_bytes(PLAIN))
    of_workbook = lines(workbook({"能力范围": PLAIN}))
    assert [(line.standard, line.range, line.clause, line.restriction) for line in of_workbook] == [
        (line.standard, line.range, line.clause, line.restriction) for line in of_csv
    ]


def test_a_separator_named_in_the_first_line_is_no_row() -> None:
    data = b"sep=;\r\n" + csv_bytes(PLAIN, encoding="utf-8", delimiter=";")
    assert [line.row for line in lines(data)] == [2, 3]


def test_line_breaks_inside_cells_do_not_count_as_rows() -> None:
    rows = [HEADINGS, row(限制范围="只做\n中性"), row(**{"项目/参数": "高温试验"})]
    assert [(line.row, line.restriction) for line in lines(csv_bytes(rows))] == [
        (2, "只做 中性"),
        (3, "箱内容积不大于1 m³"),
    ]


def test_a_utf_8_file_with_a_broken_byte_loses_only_that_row() -> None:
    data = csv_bytes([*PLAIN, row(检测对象="坏字节")]).replace("坏".encode(), b"\xe5\x9d")
    _, outcomes = read(data)
    assert [outcome.line is not None for outcome in outcomes] == [True, True, False]
    assert outcomes[2].faults[0].kind is FaultKind.BAD_ENCODING
    assert outcomes[2].faults[0].column == "检测对象"


def test_an_unclosed_quote_is_reported_where_it_begins_and_nothing_behind_it_is_stored() -> None:
    data = csv_bytes([*PLAIN, row(检测对象="X1"), row(检测对象="X2")]).replace(b"X1", b'"X1')
    data = data.replace(b'\r\n"X1', b'\r\n"X1')
    _, outcomes = read(data)
    assert [(outcome.row, bool(outcome.line)) for outcome in outcomes] == [(2, True), (3, True), (4, False)]
    assert outcomes[2].faults[0].kind is FaultKind.UNCLOSED_QUOTE


def test_a_separator_too_many_refuses_the_row() -> None:
    cells = [*row()[:3], "环境", "试验", *row()[4:]]
    _, outcomes = read(csv_bytes([HEADINGS, cells]))
    assert [fault.kind for fault in outcomes[0].faults] == [FaultKind.TOO_MANY_CELLS]


def test_titles_footers_blank_rows_and_repeated_headings_are_no_data() -> None:
    rows: list[list[Any]] = [
        ["某某实验室能力范围"],
        [],
        [None, None, *HEADINGS],
        ["一、环境试验"],
        [None, None, *row()],
        [None, None, *HEADINGS],
        [None, None, *row(**{"项目/参数": "高温试验"})],
        ["以下空白"],
        ["编制：甲", None, None, "审核：乙"],
    ]
    assert [line.row for line in lines(workbook({"S": rows}))] == [5, 7]


def test_headings_may_take_two_rows() -> None:
    rows = [
        ["序号", "检测对象", "项目/参数", None, "检测标准（方法）", "范围", None, None, "说明", "生效日期"],
        [None, None, "序号", "名称", None, "下限", "上限", "单位", None, None],
        [1, "塑料", 1, "密度", "GB/T 1033.1-2008", 0.8, 3, "g/cm³", "只测浸渍法", "2024/5/20"],
    ]
    (line,) = lines(workbook({"S": rows}, merged=["C1:D1", "F1:H1"]))
    assert (line.object, line.parameter, line.standard) == ("塑料", "密度", "GB/T 1033.1-2008")
    assert line.range is not None
    assert (line.range.min, line.range.max, line.range.unit) == (0.8, 3, "g/cm³")
    assert line.restriction == "只测浸渍法"


def test_a_calibration_table_is_read() -> None:
    rows = [
        [
            "序号",
            "测量仪器名称",
            "被测量/校准参量",
            "领域代码",
            "校准规范",
            "测量范围",
            "扩展不确定度(k=2)",
            "说明",
            "生效日期",
        ],
        ["1", "压力表", "压力", "010203", "JJG 52-2013", "(0～60)MPa", "0.1%", "只校指针式", "2024-05-20"],
    ]
    (line,) = lines(csv_bytes(rows))
    assert (line.object, line.parameter, line.standard, line.restriction) == (
        "压力表",
        "压力",
        "JJG 52-2013",
        "只校指针式",
    )
    assert line.range is not None
    assert (line.range.lo, line.range.hi) == (0, 60_000_000)


def test_a_cma_table_with_title_and_number_in_one_cell_is_read() -> None:
    rows = [
        [
            "序号",
            "类别(产品/项目/参数)",
            "产品/项目/参数(名称)",
            "依据的标准(方法)名称及编号(含年号)",
            "限制范围",
            "说明",
        ],
        [
            "1",
            "食品",
            "铅",
            "食品安全国家标准 食品中铅的测定 GB 5009.12-2023 第一法",
            "只做谷物",
            "不测婴儿食品",
        ],
    ]
    (line,) = lines(csv_bytes(rows))
    assert (line.object, line.parameter, line.standard) == ("食品", "铅", "GB 5009.12-2023")
    assert line.standard_title == "食品安全国家标准 食品中铅的测定"
    assert line.clause == "第一法"
    assert line.restriction == "只做谷物；不测婴儿食品"


def test_merged_cells_hold_for_every_row_they_cover() -> None:
    rows = [HEADINGS, row(), row(检测对象=None, 限制范围=None, **{"项目/参数": "高温试验"})]
    found = lines(workbook({"S": rows}, merged=["A2:A3", "I2:I3"]))
    assert [(line.object, line.restriction) for line in found] == [("电工电子产品", "箱内容积不大于1 m³")] * 2


def test_an_empty_cell_that_is_not_merged_takes_nothing_from_above() -> None:
    _, outcomes = read(workbook({"S": [HEADINGS, row(), row(检测对象=None)]}))
    assert [fault.kind for fault in outcomes[1].faults] == [FaultKind.MISSING_OBJECT]


def test_the_first_visible_sheet_with_a_table_is_read_and_others_are_named() -> None:
    old = [HEADINGS, row(检测对象="旧")]
    data = workbook({"旧表": old, "说明": [["请填写"]], "能力": PLAIN, "更多": PLAIN}, hidden=["旧表"])
    reading, outcomes = read(data)
    assert reading.source.sheet == "能力"
    assert {outcome.line.object for outcome in outcomes if outcome.line} == {"电工电子产品"}
    assert len(reading.source.notes) == 1
    assert "更多" in reading.source.notes[0][0]
    assert lines(data, sheet="旧表")[0].object == "旧"


def test_numbers_are_read_as_the_sheet_shows_them() -> None:
    cells = row(条款=5.1, 检测对象=304, 范围下限=0.001, 范围上限=0.95, 单位="%", 生效日期=45432)
    formats = {(1, 4): "0.00", (1, 5): "0.0%", (1, 6): "0%"}
    (line,) = lines(workbook({"S": [HEADINGS, cells]}, formats=formats))
    assert (line.clause, line.object, line.effective_date) == ("5.10", "304", date(2024, 5, 20))
    assert line.range is not None
    assert (line.range.lo, line.range.hi) == (0.001, 0.95)


def test_a_unit_in_the_number_format_is_the_unit_of_the_cell() -> None:
    cells = row(范围下限=1, 范围上限=10, 单位="V")
    _, outcomes = read(workbook({"S": [HEADINGS, cells]}, formats={(1, 5): '0"kV"', (1, 6): '0"kV"'}))
    assert [fault.kind for fault in outcomes[0].faults] == [FaultKind.UNIT_MISMATCH]


def test_a_unit_in_the_heading_counts_and_must_agree() -> None:
    headings = [*HEADINGS[:5], "范围下限(mm)", "范围上限（mm）", *HEADINGS[7:]]
    good, bad = row(单位=None, 范围下限=1), row(单位="μm", 范围下限=2)
    _, outcomes = read(workbook({"S": [headings, good, bad]}))
    assert outcomes[0].line is not None
    assert outcomes[0].line.range is not None
    assert outcomes[0].line.range.unit == "mm"
    assert [fault.kind for fault in outcomes[1].faults] == [FaultKind.UNIT_MISMATCH]


def test_a_limit_under_any_other_heading_is_kept() -> None:
    rows = [[*HEADINGS, "状态"], [*row(), "该项暂停"], [*row(**{"项目/参数": "高温试验"}), "正常"]]
    found = lines(csv_bytes(rows))
    assert [line.restriction for line in found] == [
        "箱内容积不大于1 m³；状态：该项暂停",
        "箱内容积不大于1 m³",
    ]


def test_same_as_above_is_taken_from_above() -> None:
    found = lines(csv_bytes([HEADINGS, row(), row(检测对象="同上", 限制范围="同上", 条款="6")]))
    assert found[1].object == "电工电子产品"
    assert found[1].restriction == "箱内容积不大于1 m³"


def test_json_lines_are_counted_with_blank_ones() -> None:
    good = {
        "object": "A",
        "parameter": "p",
        "standard": "GB 5009.3-2016",
        "range_min": 0.1,
        "range_max": 95,
        "unit": "%",
    }
    data = (
        json_bytes([good])
        + b"\n{]\n[1]\n"
        + json_bytes([{**good, "object": True}, {**good, "parameter": "\ud800"}])
    )
    _, outcomes = read(data)
    assert [(outcome.row, [fault.kind for fault in outcome.faults]) for outcome in outcomes] == [
        (1, []),
        (3, [FaultKind.INVALID_JSON]),
        (4, [FaultKind.NOT_AN_OBJECT]),
        (5, [FaultKind.WRONG_TYPE]),
        (6, [FaultKind.INVALID_UNICODE]),
    ]


def test_a_json_key_given_twice_refuses_the_line() -> None:
    data = b'{"object": "A", "object": "B", "parameter": "p", "standard": "GB 5009.3-2016"}\n'
    _, outcomes = read(data)
    assert [fault.kind for fault in outcomes[0].faults] == [FaultKind.DUPLICATE_HEADING]


def test_sites_must_stand_on_the_certificate_where_it_names_them() -> None:
    rows = [["场所", *HEADINGS], ["杭州 A 区", *row()], ["宁波", *row()]]
    _, outcomes = read(csv_bytes(rows), known=Known(sites=["杭州A区"]))
    assert outcomes[0].line is not None
    assert outcomes[0].line.site == "杭州A区"
    assert [fault.kind for fault in outcomes[1].faults] == [FaultKind.UNKNOWN_SITE]


def test_standards_that_nobody_knows_are_kept_and_flagged() -> None:
    rows = [HEADINGS, row(), row(标准编号="T/ABC 123-2021")]
    found = lines(csv_bytes(rows), known=Known(standards={"GB/T 2423.1"}))
    assert [(line.standard, line.in_vocabulary) for line in found] == [
        ("GB/T 2423.1-2008", True),
        ("T/ABC 123-2021", False),
    ]


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"", "a.csv", FaultKind.EMPTY_FILE),
        (csv_bytes([HEADINGS]), "a.csv", FaultKind.NO_DATA_ROWS),
        (csv_bytes([["a", "b"], ["1", "2"]]), "a.csv", FaultKind.HEADING_MISSING),
        (csv_bytes([[*HEADINGS, "标准编号"], [*row(), "x"]]), "a.csv", FaultKind.DUPLICATE_HEADING),
        (b"no workbook", "a.xlsx", FaultKind.NOT_A_WORKBOOK),
        (b"%PDF-1.7", "a.xlsx", FaultKind.WRONG_FORMAT),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "a.xls", FaultKind.WRONG_FORMAT),
        ("检测对象".encode("utf-32"), "a.csv", FaultKind.WRONG_FORMAT),
        (workbook({"S": PLAIN})[:-200], "a.xlsx", FaultKind.BROKEN_ARCHIVE),
        (workbook({"S": [["x"]]}), "a.xlsx", FaultKind.HEADING_MISSING),
        (csv_bytes([[f"c{index}" for index in range(1000)]]), "a.csv", FaultKind.TOO_MANY_COLUMNS),
        (workbook({"S": [[f"c{index}" for index in range(1000)]]}), "a.xlsx", FaultKind.TOO_MANY_COLUMNS),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_taken_is_refused_as_a_whole(data: bytes, name: str, kind: FaultKind) -> None:
    assert refusal(data, name) is kind


def test_a_file_over_the_limit_is_refused_before_it_is_read() -> None:
    assert refusal(csv_bytes(PLAIN), limits=Limits(file_bytes=100)) is FaultKind.FILE_TOO_LARGE


def test_rows_over_the_limit_refuse_the_file() -> None:
    data = csv_bytes([HEADINGS, *(row(检测对象=f"对象{number}") for number in range(20))])
    assert refusal(data, limits=Limits(rows=10)) is FaultKind.SHEET_TOO_LARGE


def test_a_printed_attachment_with_serial_numbers_is_read_by_its_names() -> None:
    rows = [
        ["检测地点：杭州市示例路1号"],
        ["序号", "检测对象", "项目/参数", "", "领域代码", "检测标准（方法）", "说明"],
        ["", "", "序号", "名称", "", "", ""],
        ["1", "电子产品", "1", "低温", "050101", "环境试验 试验A：低温 GB/T 2423.1-2008", "只用：Ab"],
        ["", "", "2", "", "050101", "GB/T 2423.2-2008", ""],
    ]
    _, outcomes = read(csv_bytes(rows))
    line = outcomes[0].line
    assert line is not None
    assert (line.row, line.site, line.parameter, line.restriction) == (
        4,
        "杭州市示例路1号",
        "低温",
        "只用：Ab",
    )
    assert {fault.kind for fault in outcomes[1].faults} == {
        FaultKind.MISSING_OBJECT,
        FaultKind.MISSING_PARAMETER,
    }


def test_a_serial_number_under_one_heading_with_its_name_is_not_taken_for_the_name() -> None:
    headings = ["检测对象", "项目/参数", "", "标准编号"]
    rows = [headings, ["塑料", "1.2", "密度", "GB/T 1033.1-2008"], ["塑料", "1.3", "", "GB/T 1033.1-2008"]]
    _, outcomes = read(csv_bytes(rows))
    assert outcomes[0].line is not None
    assert outcomes[0].line.parameter == "密度"
    assert [fault.kind for fault in outcomes[1].faults] == [FaultKind.MISSING_PARAMETER]
