import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.phonetics import SYLLABLES, initial_grams, may_be_initials, readings, syllable_pairs, syllables


@pytest.mark.parametrize(
    ("han", "sounds"),
    [
        ("动力电池", ("dong", "li", "dian", "chi")),
        ("重庆", ("chong", "qing")),
        ("绿色", ("lv", "se")),
        ("㐀电", ("qiu", "dian")),
    ],
)
def test_every_character_has_a_syllable(han: str, sounds: tuple[str, ...]) -> None:
    assert syllables(han) == sounds


@given(st.text(alphabet=st.characters(min_codepoint=0x3400, max_codepoint=0x9FFF), min_size=1, max_size=20))
def test_any_chinese_has_as_many_syllables_as_characters(han: str) -> None:
    assert len(syllables(han)) == len(han)


@pytest.mark.parametrize(
    ("letters", "ways"),
    [
        ("dianchi", [("dian", "chi")]),
        ("xian", [("xian",)]),
        ("lueduo", [("lve", "duo")]),
        ("fangan", [("fan", "gan"), ("fang", "an")]),
        ("emc", []),
        ("hardware", []),
        ("", []),
    ],
)
def test_letters_are_read_as_the_fewest_syllables(letters: str, ways: list[tuple[str, ...]]) -> None:
    assert sorted(readings(letters)) == ways


@given(st.lists(st.sampled_from(sorted(SYLLABLES)), min_size=1, max_size=6))
def test_whatever_is_spelt_can_be_read(sounds: list[str]) -> None:
    ways = readings("".join(sounds))
    assert ways
    assert all(len(way) <= len(sounds) for way in ways)


def test_pairs_and_initials_of_a_word() -> None:
    sounds = syllables("动力电池")
    assert syllable_pairs(sounds) == ["p:dong'li", "p:li'dian", "p:dian'chi"]
    assert initial_grams(sounds) == ["i:dl", "i:ld", "i:dc", "i:dld", "i:ldc", "i:dldc"]


@pytest.mark.parametrize(
    ("letters", "may"),
    [("dldc", True), ("aqpg", True), ("eduo", False), ("d", False), ("vibration", False), ("ip67", False)],
)
def test_what_looks_like_initials(letters: str, may: bool) -> None:
    assert may_be_initials(letters) is may
