"""The report counts every row; the user's own file comes back with its errors and nothing in it that runs."""

import csv
import io
import json
import zipfile

import pytest

from app.imports.faults import Fault
from app.imports.reading import read_scope_lines
from app.imports.reports import Report, ReportBuilder, harmless, write_marked
from app.imports.scope_lines import Known
from app.imports.sources import open_source
from tests.imports.makers import HEADINGS, csv_bytes, json_bytes, row, workbook

ROWS = [
    HEADINGS,
    row(),
    row(单位="kQz", 限制范围="-40℃以上"),
    row(检测对象="=1+1"),
    row(标准编号="T/ABC 123-2021"),
    ["以下空白"],
]


def report_of(data: bytes, **options: int) -> Report:
    reading = read_scope_lines(io.BytesIO(data), known=Known(standards={"GB/T 2423.1"}))
    builder = ReportBuilder(**options)
    for outcome in reading.outcomes:
        builder.add(outcome)
    return builder.finish(reading)


def marked(data: bytes) -> bytes:
    faults = report_of(data).faults
    buffer = io.BytesIO()
    write_marked(open_source(io.BytesIO(data)), faults, buffer)
    return buffer.getvalue()


def test_every_row_is_counted_once() -> None:
    report = report_of(csv_bytes(ROWS))
    assert (report.rows_read, report.accepted, report.rejected, report.passed_over) == (4, 2, 2, 1)
    assert report.unknown_standards == ["T/ABC 123-2021"]
    assert [(fault.row, fault.kind.value) for fault in report.faults] == [(3, "unknown_unit"), (4, "formula")]


def test_a_report_is_json_and_the_same_each_time() -> None:
    first, second = (json.dumps(report_of(csv_bytes(ROWS)).as_json()) for _ in range(2))
    assert first == second
    assert json.loads(first)["lines"][0]["range"]["low"] == 203.15


def test_accepted_lines_come_by_page() -> None:
    whole = report_of(csv_bytes(ROWS))
    page = report_of(csv_bytes(ROWS), offset=1, limit=1)
    assert page.lines == whole.lines[1:2]
    assert page.accepted == whole.accepted


def test_the_csv_comes_back_with_errors_and_without_formulas() -> None:
    back = list(csv.reader(io.StringIO(marked(csv_bytes(ROWS)).decode("utf-8-sig"))))
    assert [cells[:3] for cells in back[:3]] == [list(map(str, cells[:3])) for cells in ROWS[:3]]
    assert "unknown_unit" in back[2][10]
    assert back[3][0] == "'=1+1"
    assert back[1][5] == "-70"
    assert back[2][8] == "'-40℃以上"
    assert not any(cell.lstrip()[:1] in {"=", "+", "@"} for cells in back for cell in cells)


def test_a_mended_csv_is_read_like_the_first_one() -> None:
    again = report_of(marked(csv_bytes(ROWS)))
    assert [fault.kind for fault in again.faults] == [
        fault.kind for fault in report_of(csv_bytes(ROWS)).faults
    ]
    assert again.lines == report_of(csv_bytes(ROWS)).lines


def test_the_workbook_comes_back_with_errors_and_without_formulas() -> None:
    data = marked(workbook({"S": ROWS}))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "<f " not in sheet
    assert "unknown_unit" in sheet
    rows = {one.number: one for one in open_source(io.BytesIO(data)).rows}
    assert rows[2].cells[0] == "电工电子产品"
    assert set(rows) == {1, 2, 3, 4, 5, 6}


def test_json_lines_come_back_with_their_errors_on_the_same_lines() -> None:
    good = {"object": "A", "parameter": "p", "standard": "GB 5009.3-2016", "range_min": 0.1, "unit": "kQz"}
    back = marked(json_bytes([good]) + b"\n" + json_bytes([{**good, "unit": "%"}])).split(b"\n")
    assert json.loads(back[0])["errors"][0]["code"] == "unknown_unit"
    assert back[1] == b""
    assert json.loads(back[2]) == {**good, "unit": "%"}


@pytest.mark.parametrize(
    "text", ["=1", "+1+2", "-2+3", "@SUM(A1)", "\t=1", "＝1", "-40℃低温", "+cmd|' /C calc'!A0"]
)
def test_texts_that_a_spreadsheet_may_run_are_quoted(text: str) -> None:
    assert harmless(text).startswith("'")


@pytest.mark.parametrize("text", ["-40", "+5", "1.5", "GB/T 2423.1-2008", "", "α-淀粉酶"])
def test_other_texts_and_numbers_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text


def test_faults_have_words_in_both_languages() -> None:
    for fault in report_of(csv_bytes(ROWS)).faults:
        assert isinstance(fault, Fault)
        assert fault.zh != fault.en
