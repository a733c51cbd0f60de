import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.latin import Spelling, is_one_edit, latin_tokens, stem

_WORDS = st.text(alphabet="abcde", max_size=7)


@pytest.mark.parametrize(
    ("word", "tokens"),
    [
        ("emc", ("emc",)),
        ("do-178c", ("do178c", "do", "178", "c")),
        ("ip67", ("ip67", "ip", "67")),
        ("2423.17", ("242317", "2423", "17")),
        ("batteries", ("battery",)),
    ],
)
def test_a_word_gives_itself_and_its_parts(word: str, tokens: tuple[str, ...]) -> None:
    assert latin_tokens(word) == tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [("tests", "test"), ("testing", "test"), ("cycling", "cycle"), ("polymerisation", "polymerization")],
)
def test_common_endings_agree(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize("word", ["gas", "virus", "gloss", "analysis"])
def test_short_words_and_latin_endings_stay(word: str) -> None:
    assert stem(word) == word


@pytest.mark.parametrize(
    ("typed", "meant"), [("vibratoin", "vibration"), ("vibraton", "vibration"), ("vibrattion", "vibration")]
)
def test_one_typing_error_is_forgiven(typed: str, meant: str) -> None:
    assert Spelling(["vibration", "salt"]).near(typed) == [meant]


@pytest.mark.parametrize("typed", ["vibration", "sallt", "vibrtin", "salt", "vibr4tion"])
def test_known_short_and_far_words_are_left_alone(typed: str) -> None:
    assert Spelling(["vibration", "salt"]).near(typed) == []


@given(_WORDS, _WORDS)
def test_one_edit_agrees_with_trying_every_edit(first: str, second: str) -> None:
    edits = {first[:at] + first[at + 1 :] for at in range(len(first))}
    edits |= {first[:at] + letter + first[at:] for at in range(len(first) + 1) for letter in "abcde"}
    edits |= {first[:at] + letter + first[at + 1 :] for at in range(len(first)) for letter in "abcde"}
    edits |= {first[:at] + first[at + 1] + first[at] + first[at + 2 :] for at in range(len(first) - 1)}
    assert is_one_edit(first, second) == (second in edits or first == second)
