"""One row gives one line, or each of its faults; nothing is guessed and no limit is lost."""

import io
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.imports.faults import FaultKind, FileRefused
from app.imports.reading import Outcome, read_scope_lines
from tests.imports.makers import HEADINGS, csv_bytes, row, workbook


def judged(cells: list[Any], headings: tuple[str, ...] = HEADINGS) -> Outcome:
    (outcome,) = read_scope_lines(io.BytesIO(csv_bytes([headings, cells]))).outcomes
    return outcome


K = FaultKind


@pytest.mark.parametrize(
    ("column", "value", "kind"),
    [
        ("检测对象", "", K.MISSING_OBJECT),
        ("检测对象", " 　", K.MISSING_OBJECT),
        ("项目/参数", "/", K.MISSING_PARAMETER),
        ("标准编号", "", K.MISSING_STANDARD),
        ("标准编号", "13800138000", K.NOT_A_STANDARD),
        ("标准编号", "企业自定方法", K.NOT_A_STANDARD),
        ("标准编号", "非标方法（参照GB/T 2423.17-2008）", K.NOT_A_STANDARD),
        ("标准编号", "GB/T 4802.1-2008、GB/T 4802.2-2008", K.SEVERAL_STANDARDS),
        ("标准编号", "GB/T 2410-2008" + "附" * 400, K.TOO_LONG),
        ("范围下限", "约100", K.NOT_A_NUMBER),
        ("范围下限", "常温", K.NOT_A_NUMBER),
        ("范围下限", "NaN", K.NOT_A_NUMBER),
        ("范围下限", "1,5", K.NOT_A_NUMBER),
        ("范围上限", "1e999", K.NOT_A_NUMBER),
        ("范围下限", "-300", K.NOT_A_NUMBER),
        ("范围下限", "26", K.MIN_GREATER_THAN_MAX),
        ("范围下限", "≤10", K.RANGE_AMBIGUOUS),
        ("单位", "", K.MISSING_UNIT),
        ("单位", "kQz", K.UNKNOWN_UNIT),
        ("单位", "℃℃", K.UNKNOWN_UNIT),
        ("单位", "C", K.UNKNOWN_UNIT),
        ("单位", "m?/g", K.UNKNOWN_UNIT),
        ("范围上限", "20A", K.UNIT_MISMATCH),
        ("生效日期", "2025-02-30", K.INVALID_DATE),
        ("生效日期", "长期有效", K.INVALID_DATE),
        ("生效日期", "2024", K.INVALID_DATE),
        ("生效日期", "05/06/2024", K.AMBIGUOUS_DATE),
        ("生效日期", "24-05-06", K.AMBIGUOUS_DATE),
        ("检测对象", "超长" * 500, K.TOO_LONG),
        ("限制范围", "超长" * 2500, K.TOO_LONG),
        ("检测对象", "光泽\x07度", K.CONTROL_CHARACTER),
        ("检测对象", "光泽\x00度", K.CONTROL_CHARACTER),
        ("限制范围", "只做\u202e性中", K.CONTROL_CHARACTER),
        ("检测对象", "坏\ufffd字", K.INVALID_UNICODE),
        ("检测对象", "=1+1", K.FORMULA),
        ("检测对象", "＝1+1", K.FORMULA),
        ("检测对象", "@SUM(A1:A9)", K.FORMULA),
        ("限制范围", "+cmd|'/c calc'!A1", K.FORMULA),
    ],
)
def test_what_is_wrong_is_named_with_row_column_and_kind(column: str, value: str, kind: FaultKind) -> None:
    outcome = judged(row(**{column: value}))
    assert outcome.line is None
    (fault,) = outcome.faults
    assert (fault.row, fault.kind) == (2, kind)
    assert fault.column == column
    assert fault.zh
    assert fault.en


def test_every_fault_of_a_row_is_reported() -> None:
    outcome = judged(row(检测对象="", 单位="kQz", 生效日期="2025-13-01"))
    assert [fault.kind for fault in outcome.faults] == [K.MISSING_OBJECT, K.UNKNOWN_UNIT, K.INVALID_DATE]


def test_a_unit_of_other_case_has_the_right_one_as_its_nearest() -> None:
    (fault,) = judged(row(单位="mHZ")).faults
    assert fault.nearest is not None
    assert fault.nearest.lower() == "mhz"


@pytest.mark.parametrize(
    ("low", "high", "unit", "expected"),
    [
        ("-70", "25", "℃", (203.15, 298.15)),
        ("－７０", "２５", "°C", (203.15, 298.15)),
        ("(-40～85)℃", "", "", (233.15, 358.15)),
        ("-40～85", "", "℃", (233.15, 358.15)),
        ("", "≤10kV", "", (None, 10_000)),
        ("", "10", "kV", (None, 10_000)),
        ("0", "10kV", "", (0, 10_000)),
        ("1 000", "2,000", "N", (1000, 2000)),
        ("1e3", "2×10^3", "N", (1000, 2000)),
        ("10mA", "5A", "", (0.01, 5)),
        ("0.1%~5%", "", "", (0.001, 0.05)),
        ("/", "—", "", None),
        ("", "", "℃", None),
    ],
)
def test_ranges_are_read_however_they_are_written(
    low: str, high: str, unit: str, expected: tuple[float | None, float] | None
) -> None:
    outcome = judged(row(范围下限=low, 范围上限=high, 单位=unit))
    assert outcome.line is not None, outcome.faults
    found = outcome.line.range
    assert (None if found is None else (found.lo, found.hi)) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2024-05-20", "2024-05-20"),
        ("2024/5/20", "2024-05-20"),
        ("2024.5.20", "2024-05-20"),
        ("2024年5月20日", "2024-05-20"),
        ("２０２４－０５－２０", "2024-05-20"),
        ("20240520", "2024-05-20"),
        ("45432", "2024-05-20"),
        ("2024-05-20 00:00:00", "2024-05-20"),
        ("20/05/2024", "2024-05-20"),
        ("20 May 2024", "2024-05-20"),
        ("/", None),
    ],
)
def test_days_are_read_as_texts_and_serial_numbers(written: str, expected: str | None) -> None:
    outcome = judged(row(生效日期=written))
    assert outcome.line is not None, outcome.faults
    day = outcome.line.effective_date
    assert (day and day.isoformat()) == expected


@pytest.mark.parametrize(
    ("written", "grades"), [("IP67", {"IP67"}), ("Ｖ－０", {"V-0"}), ("SIL2", {"SIL 2"})]
)
def test_a_grade_is_a_range_without_numbers(written: str, grades: set[str]) -> None:
    headings = ("检测对象", "项目/参数", "标准编号", "范围", "单位")
    cells = ["外壳", "防护等级", "GB/T 4208-2017", written, ""]
    outcome = judged(cells, headings)
    assert outcome.line is not None, outcome.faults
    assert outcome.line.range is not None
    assert outcome.line.range.grades == grades
    assert [fault.kind for fault in judged([*cells[:4], "h"], headings).faults] == [K.UNIT_MISMATCH]


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("GB/T 2423.17-2008（只做中性）", "只做中性"),
        ("GB/T 2423.17-2008 第一法", "第一法"),
        ("GB/T 2423.17-2008 除第6章外", "除第6章外"),
        ("GB/T 2423.17-2008 5.2", "5.2"),
        ("GB/T 2423.17-2008 电工电子产品环境试验", "电工电子产品环境试验"),
        ("《电工电子产品环境试验》GB/T 2423.17-2008", "电工电子产品环境试验"),
    ],
)
def test_nothing_beside_a_standard_number_is_lost(cell: str, kept: str) -> None:
    outcome = judged(row(标准编号=cell, 标准名称="", 条款="", 限制范围=""))
    if outcome.line is None:
        assert outcome.faults
        return
    line = outcome.line
    assert line.standard == "GB/T 2423.17-2008"
    assert kept in f"{line.clause} {line.restriction} {line.standard_title}"


def test_a_column_of_years_completes_the_number_and_may_not_contradict_it() -> None:
    headings = (*HEADINGS, "年号")
    line = judged([*row(标准编号="GB/T 2423.1"), "2008"], headings).line
    assert line is not None
    assert line.standard == "GB/T 2423.1-2008"
    wrong = judged([*row(), "2001"], headings)
    assert [fault.kind for fault in wrong.faults] == [K.NOT_A_STANDARD]


def outcomes_of(*changes: dict[str, Any]) -> list[Outcome]:
    rows = [HEADINGS, *(row(**change) for change in changes)]
    return list(read_scope_lines(io.BytesIO(csv_bytes(rows))).outcomes)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({}, K.DUPLICATE_IN_FILE),
        ({"标准编号": "gbt2423.1—2008"}, K.DUPLICATE_IN_FILE),
        ({"范围下限": "(-70～25)℃", "范围上限": "", "单位": ""}, K.DUPLICATE_IN_FILE),
        ({"范围下限": "203.15", "范围上限": "298.15", "单位": "K"}, K.DUPLICATE_IN_FILE),
        ({"限制范围": "只做小样"}, K.CONFLICTING_DUPLICATE),
        ({"限制范围": ""}, K.CONFLICTING_DUPLICATE),
        ({"标准编号": "GB/T 2423.1"}, None),
        ({"条款": "6"}, None),
        ({"范围下限": "-69"}, None),
        ({"检测对象": "塑料"}, None),
    ],
)
def test_the_natural_key_tells_what_is_the_same_line(change: dict[str, Any], kind: FaultKind | None) -> None:
    first, second = outcomes_of({}, change)
    assert first.line is not None
    assert [fault.kind for fault in second.faults] == ([] if kind is None else [kind])
    if kind:
        assert second.faults[0].earlier_row == 2


def test_ranges_that_python_hashes_alike_are_different_lines() -> None:
    first, second = outcomes_of({"范围下限": "-1", "单位": "kV"}, {"范围下限": "-2", "单位": "kV"})
    assert first.line is not None
    assert second.line is not None


def test_formulas_and_error_values_of_a_workbook_are_not_trusted() -> None:
    data = workbook({"S": [HEADINGS, row(范围下限="=1+1"), row(单位="=NA()"), row(检测对象="=A2")]})
    found = [[fault.kind for fault in one.faults] for one in read_scope_lines(io.BytesIO(data)).outcomes]
    assert found == [[K.FORMULA], [K.FORMULA], [K.FORMULA]]


stored = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(cells=st.lists(stored, min_size=10, max_size=10))
def test_any_text_in_any_cell_is_stored_clean_or_reported(cells: list[str]) -> None:
    with suppress(FileRefused):
        for outcome in read_scope_lines(io.BytesIO(csv_bytes([HEADINGS, cells]))).outcomes:
            assert outcome.line is None or outcome.line.object.strip()


@given(data=st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(FileRefused):
        list(read_scope_lines(io.BytesIO(data)).outcomes)


@given(place=st.integers(min_value=0), value=st.integers(0, 255))
def test_a_workbook_with_any_damaged_byte_is_read_or_refused(place: int, value: int) -> None:
    data = bytearray(_WHOLE)
    data[place % len(data)] = value
    with suppress(FileRefused):
        list(read_scope_lines(io.BytesIO(bytes(data)), name="a.xlsx").outcomes)


_WHOLE = workbook({"S": [HEADINGS, row()]})
