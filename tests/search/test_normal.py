import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.normal import normalise, normalise_mapped


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("ＧＢ／Ｔ　２４２３", "gb/t 2423"),
        ("動力電池檢測", "动力电池检测"),
        ("㎏ ℃", "kg °c"),
        ("EMC", "emc"),
        ("", ""),
    ],
)
def test_width_case_and_traditional_characters_are_folded(text: str, normal: str) -> None:
    assert normalise(text) == normal


def test_every_character_leads_back_to_its_place() -> None:
    mapped = normalise_mapped("測㎏A")
    assert mapped.text == "测kga"
    assert (mapped.starts, mapped.ends) == ((0, 1, 1, 2), (1, 2, 2, 3))


@given(st.text(max_size=200))
def test_places_are_in_order_and_inside_the_text(text: str) -> None:
    mapped = normalise_mapped(text)
    assert len(mapped.text) == len(mapped.starts) == len(mapped.ends)
    assert list(mapped.starts) == sorted(mapped.starts)
    assert all(0 <= start < end <= len(text) for start, end in zip(mapped.starts, mapped.ends, strict=True))
