import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.credit_code import check_digit, is_valid_credit_code, normalise_credit_code

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
bodies = st.text(ALPHABET, min_size=17, max_size=17)


@pytest.mark.parametrize(
    "code",
    [
        "91350100M000100Y43",
        "91350100m000100y43",
        "９１３５０１００Ｍ０００１００Ｙ４３",
        " 91350100M000100Y43 ",
    ],
)
def test_a_right_code_is_valid_in_any_case_and_width(code: str) -> None:
    assert is_valid_credit_code(code)


@pytest.mark.parametrize(
    "code",
    [
        "",
        "91350100M000100Y4",
        "91350100M000100Y433",
        "91350100M000100Y44",
        "91350100I000100Y43",
        "9135 0100M000100Y43",
    ],
)
def test_a_wrong_code_is_not_valid(code: str) -> None:
    assert not is_valid_credit_code(code)


@pytest.mark.parametrize("body", ["", "9" * 16, "9" * 18, "9135O100M000100Y4"])
def test_no_check_digit_for_what_is_no_body(body: str) -> None:
    with pytest.raises(ValueError, match="17 characters"):
        check_digit(body)


def test_normalising_gives_upper_case_and_half_width() -> None:
    assert normalise_credit_code("　９1350100m000100y43 ") == "91350100M000100Y43"


@given(bodies)
def test_a_body_with_its_check_digit_is_valid(body: str) -> None:
    assert is_valid_credit_code(body + check_digit(body))


@given(bodies, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_any_single_changed_character_is_detected(body: str, place: int, other: str) -> None:
    code = body + check_digit(body)
    changed = code[:place] + other + code[place + 1 :]
    assert is_valid_credit_code(changed) == (changed == code)
