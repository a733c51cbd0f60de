"""Accreditations as columns against the rule, and what prose mentions."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import numpy as np
import pytest

from app.matching.facts import Asked, Need, Successor
from app.matching.snapshot import (
    STATUSES,
    AccreditationTable,
    EditionView,
    PlatformTable,
    Snapshot,
    StandardView,
    TermView,
    VocabularyRows,
    VocabularyView,
    vocabulary_version,
)
from app.models.scope import AccreditationState, Scheme
from app.registry.rules import accreditation_status
from tests.factories.matching import DAY
from tests.matching.worlds import a_platform_row

DATES = (None, date.min, DAY - timedelta(1), DAY, DAY + timedelta(1), date.max)


@pytest.mark.parametrize("on_date", [DAY - timedelta(1), DAY, DAY + timedelta(1), date.min, date.max])
def test_the_status_of_every_accreditation_is_that_of_the_rule(on_date: date) -> None:
    cases = list(product(AccreditationState, DATES, DATES))
    platforms = PlatformTable([a_platform_row(0)])
    table = AccreditationTable(
        [
            {
                "id": position,
                "platform_id": platforms.rows[0].id,
                "scheme": Scheme.CMA,
                "state": state,
                "holder_id": None,
                "valid_from": start,
                "valid_to": end,
                "verified": False,
                "without_lines": True,
            }
            for position, (state, start, end) in enumerate(cases)
        ],
        platforms,
    )
    found = [STATUSES[position] for position in table.status_on(on_date).tolist()]
    assert found == [accreditation_status(state, start, end, on_date) for state, start, end in cases]


def test_accreditations_are_found_by_id_in_any_order() -> None:
    platforms = PlatformTable([a_platform_row(0), a_platform_row(1)])
    rows = [
        {
            "id": key,
            "platform_id": platforms.rows[key % 2].id,
            "scheme": Scheme.CNAS,
            "state": AccreditationState.GRANTED,
            "holder_id": None,
            "valid_from": None,
            "valid_to": None,
            "verified": True,
            "without_lines": False,
        }
        for key in (9, 4, 7)
    ]
    table = AccreditationTable(rows, platforms)
    assert table.platform_row[table.rows_of(np.array([7, 9, 4, 7]))].tolist() == [1, 1, 0, 1]


def _term(code: str, *spellings: str) -> TermView:
    return TermView(code, spellings[0], spellings[0], frozenset(spellings[:1]), spellings)


_TERMS = VocabularyView(
    VocabularyRows(
        terms=[
            _term("salt_spray", "盐雾试验", "中性盐雾"),
            _term("esd", "静电放电", "ESD"),
            _term("short", "a"),
        ],
        standards=[],
        editions={},
        equivalences=[],
        supersessions=[],
        broader=[],
        objects={},
        parameters={},
        dimensions={},
    )
)


@pytest.mark.parametrize(
    ("prose", "need", "mentions"),
    [
        ("提供盐雾试验", {"term": "salt_spray"}, True),
        ("提供 盐雾 试验", {"term": "salt_spray"}, True),
        ("可做中性盐雾", {"term": "salt_spray"}, True),
        ("提供高温试验", {"term": "salt_spray"}, False),
        ("ESD 防护", {"term": "esd"}, True),
        ("dESDen 的药厂", {"term": "esd"}, False),
        ("依据ＧＢ／Ｔ ２４２３．１７—２００８", {"standard": "GB/T 2423.17"}, True),
        ("依据 GB/T 2423.18", {"standard": "GB/T 2423.17"}, False),
        ("A", {"term": "short"}, False),
        (None, {"term": "salt_spray"}, False),
        ("", {"standard": "GB/T 2423.17"}, False),
    ],
)
def test_prose_mentions_a_term_by_name_and_a_standard_by_number(
    prose: str | None, need: dict[str, object], mentions: bool
) -> None:
    platforms = PlatformTable([a_platform_row(0, prose=prose)])
    snapshot = Snapshot(1, _TERMS, platforms, AccreditationTable([], platforms), read_at=1)
    assert snapshot.prose_mentions(0, Need("n", Asked.NONE, **need)) is mentions  # type: ignore[arg-type]


def test_platforms_stand_in_the_order_of_their_slugs() -> None:
    platforms = PlatformTable([a_platform_row(2), a_platform_row(0), a_platform_row(1)])
    assert [row.slug for row in platforms.rows] == ["p0", "p1", "p2"]
    assert [platforms.row_of[50 + number] for number in range(3)] == [0, 1, 2]


def test_the_version_of_a_vocabulary_follows_what_changes_verdicts_and_nothing_else() -> None:
    base = VocabularyRows(
        terms=[TermView("t1", "甲", "a", frozenset({"甲"}), ("甲",))],
        standards=[StandardView(1, "GB 1", "t1")],
        editions={10: EditionView("GB 1-2020", "2020", ())},
        equivalences=[("GB 1", "ISO 1")],
        supersessions=[],
        broader=[],
        objects={"o": 1},
        parameters={},
        dimensions={},
    )
    version = vocabulary_version(base)
    cited = [*base.standards, StandardView(2, "GB 2", None)]
    for same in (
        replace(
            base, standards=cited, objects={"o": 7, "x": 8}, editions={11: EditionView("GB 2", None, ())}
        ),
        replace(base, standards=[StandardView(9, "GB 1", "t1")]),
    ):
        assert vocabulary_version(same) == version
    superseded = EditionView("GB 1-2020", "2020", (Successor("GB 1-2026", date(2026, 7, 1)),))
    for other in (
        replace(base, terms=[replace(base.terms[0], spellings=("甲", "乙"))]),
        replace(base, standards=[StandardView(1, "GB 1", None)]),
        replace(base, editions={10: superseded}),
        replace(base, equivalences=[]),
        replace(base, broader=[("o", "wide")]),
        replace(base, places={"杭州": "330100"}),
    ):
        assert vocabulary_version(other) != version
