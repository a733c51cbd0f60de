import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.highlight import highlight_ranges
from search.text import SynonymGroup, TextLayer

LAYER = TextLayer([SynonymGroup(heads=("盐雾试验", "salt spray"), terms=("中性盐雾",), triggers=("生锈",))])


def _marked(text: str, query: str) -> list[str]:
    return [text[start:end] for start, end in highlight_ranges(LAYER, text, query)]


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("车用动力电池包的过充试验", "动力电池", ["动力电池"]),
        ("車用動力電池包", "动力电池", ["動力電池"]),
        ("电池与动力", "动力电池", ["电池", "动力"]),
        ("ＥＭＣ摸底, emc", "EMC", ["ＥＭＣ", "emc"]),
        ("㎏级放大", "kg", ["㎏"]),
        ("Salt Spray chamber; salty", "盐雾试验", ["Salt Spray"]),
        ("做盐雾试验和中性盐雾", "salt spray", ["盐雾试验", "中性盐雾"]),
        ("盐雾试验", "生锈", ["盐雾试验"]),
        ("按ＧＢ／Ｔ 2423.17－2008 与GB/T 2423.1", "gbt2423.17", ["ＧＢ／Ｔ 2423.17－2008"]),
        ("动力电池", "donglidianchi", ["动力电池"]),
        ("动力电池", "dldc", ["动力电池"]),
        ("动力电池", "dong li", ["动力"]),
        ("哪家能做", "哪家能做电池", []),
        ("电池", "", []),
        ("", "电池", []),
    ],
)
def test_words_are_marked_where_they_stand(text: str, query: str, marked: list[str]) -> None:
    assert _marked(text, query) == marked


@given(st.text(max_size=120), st.text(max_size=40))
def test_ranges_lie_in_the_text_in_order_and_apart(text: str, query: str) -> None:
    end_before = -1
    for start, end in highlight_ranges(LAYER, text, query):
        assert end_before < start < end <= len(text)
        end_before = end
