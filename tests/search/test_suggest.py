import pytest

from search.port import Suggestion
from search.suggest import SuggestEntry, Suggester

ENTRIES = [
    SuggestEntry("动力电池", "capability", "battery", weight=5),
    SuggestEntry("动力电池安全", "capability", "battery_safety", weight=9),
    SuggestEntry("电池循环寿命", "capability", "battery_cycle"),
    SuggestEntry("盐雾试验", "capability", "salt_spray"),
    SuggestEntry("salt spray", "capability", "salt_spray"),
    SuggestEntry("GB/T 2423.17-2008", "standard", "GB/T 2423.17-2008"),
    SuggestEntry("重庆", "region", "500000"),
    SuggestEntry("重庆", "region", "500000"),
]
SUGGESTER = Suggester(ENTRIES)


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ("动力", ["动力电池安全", "动力电池"]),
        ("动力电池", ["动力电池", "动力电池安全"]),
        ("動力", ["动力电池安全", "动力电池"]),
        ("电池", ["电池循环寿命", "动力电池安全", "动力电池"]),
        ("dongl", ["动力电池安全", "动力电池"]),
        ("dong li", ["动力电池安全", "动力电池"]),
        ("dldc", ["动力电池安全", "动力电池"]),
        ("dcxh", ["电池循环寿命"]),
        ("SPRAY", ["salt spray"]),
        ("gb/t 2423", ["GB/T 2423.17-2008"]),
        ("2423.17", ["GB/T 2423.17-2008"]),
        ("chongqing", ["重庆"]),
        ("zzz", []),
        ("", []),
        ("  ", []),
    ],
)
def test_completions_come_best_first(query: str, texts: list[str]) -> None:
    assert [found.text for found in SUGGESTER.suggest(query)] == texts


def test_a_completion_says_what_it_is() -> None:
    assert SUGGESTER.suggest("yanwu") == [Suggestion("盐雾试验", "capability", "salt_spray")]


def test_no_more_than_asked_for() -> None:
    assert len(SUGGESTER.suggest("d", limit=2)) == 2


def test_without_entries_there_is_nothing_to_suggest() -> None:
    assert Suggester([]).suggest("动") == []
