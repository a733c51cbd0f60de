"""Which language an Accept-Language header asks for, and texts in two languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError, field_validator

from app.kit.i18n import Localized, invalid_value, pick_lang


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "zh"),
        ("", "zh"),
        ("en", "en"),
        ("EN-gb", "en"),
        ("zh", "zh"),
        ("zh-Hans-CN", "zh"),
        ("en;q=0.8, zh;q=0.9", "zh"),
        ("zh;q=0.8, en;q=0.9", "en"),
        ("en, zh", "en"),
        ("zh, en", "zh"),
        ("fr", "zh"),
        ("fr, en;q=0.1", "en"),
        ("en;q=0", "zh"),
        ("*", "zh"),
        ("en;q=0.5, *;q=0.9", "zh"),
        ("english", "zh"),
        ("en;q=nonsense", "zh"),
        ("en;q=7", "zh"),
        ("en ; q=1", "en"),
    ],
)
def test_the_preferred_language_wins_and_chinese_is_the_default(header: str | None, expected: str) -> None:
    assert pick_lang(header) == expected


@given(st.text())
def test_any_header_gives_a_language(header: str) -> None:
    assert pick_lang(header) in {"zh", "en"}


def test_a_text_without_english_is_given_in_chinese() -> None:
    assert Localized(zh="盐雾", en="salt spray").in_lang("en") == "salt spray"
    assert Localized(zh="盐雾", en="salt spray").in_lang("zh") == "盐雾"
    assert Localized(zh="盐雾").in_lang("en") == "盐雾"


def test_a_validator_can_answer_in_both_languages() -> None:
    class Weighing(BaseModel):
        unit: str

        @field_validator("unit")
        @classmethod
        def _known(cls, value: str) -> str:
            raise invalid_value("unit_unknown", "不认识的单位 {x}", "no such unit {x}")

    with pytest.raises(ValidationError) as raised:
        Weighing(unit="stone")
    (error,) = raised.value.errors()
    assert error["type"] == "unit_unknown"
    assert error["msg"] == "no such unit {x}"
    assert error["ctx"]["zh"] == "不认识的单位 {x}"
