"""The truth of every row of the example files, where they lie beside the repository."""

import io
import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from app.imports.faults import OF_ITEMS, FaultKind
from app.imports.reading import Outcome, read_scope_lines
from app.vocabulary.units import to_canonical

FOLDER = Path(__file__).parents[2].parent / "shared" / "data" / "imports"
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the example files are not beside the repository")
EXPECTED: dict[str, Any] = (
    json.loads((FOLDER / "expected.json").read_text()) if FOLDER.exists() else {"files": {}}
)


def folded(text: str | None) -> str | None:
    return None if text is None else re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def assert_is(outcome: Outcome, truth: dict[str, Any]) -> None:
    line = outcome.line
    assert line is not None, (truth["row"], outcome.faults)
    for name in ("object", "parameter", "standard_title", "restriction", "clause"):
        assert folded(getattr(line, name)) == folded(truth[name]), (truth["row"], name)
    standard = truth["standard"] or {}
    assert (line.standard, line.standard_base, line.standard_year) == (
        standard.get("canonical"),
        standard.get("base"),
        standard.get("year"),
    )
    assert (line.effective_date and line.effective_date.isoformat()) == truth["effective_date"]
    assert_same_range(line.range, truth["range_si"])


def assert_same_range(found: Any, truth: dict[str, Any] | None) -> None:
    assert (found is None) == (truth is None)
    if truth is None:
        return
    for end, got in (("min", found.lo), ("max", found.hi)):
        wanted = None if truth[end] is None else to_canonical(truth[end], truth["unit"])
        assert got == (None if wanted is None else pytest.approx(wanted, rel=1e-9))


@pytest.mark.parametrize("name", EXPECTED["files"])
def test_every_row_is_what_the_truth_says(name: str) -> None:
    truth = EXPECTED["files"][name]
    reading = read_scope_lines(io.BytesIO((FOLDER / name).read_bytes()), name=name)
    outcomes = {outcome.row: outcome for outcome in reading.outcomes}
    for one in truth["truth"]:
        assert_is(outcomes[one["row"]], one)
    for one in truth["reject_rows"]:
        faults = outcomes[one["row"]].faults
        kinds, columns = (
            [one["kind"], *one.get("kind_also", [])],
            [one["column"], *one.get("column_also", [])],
        )
        assert any(fault.kind in kinds and fault.column in columns for fault in faults), (one, faults)
    for one in truth["either_rows"]:
        outcome = outcomes[one["row"]]
        if outcome.line is not None:
            assert_is(outcome, {"row": one["row"], **one["if_accepted"]})
    for one in truth["not_data_rows"]:
        assert one["row"] not in outcomes or outcomes[one["row"]].line is None


def test_the_kinds_of_fault_are_those_of_the_truth() -> None:
    assert set(EXPECTED["meta"]["kinds"]) == {kind.value for kind in FaultKind if kind not in OF_ITEMS}
