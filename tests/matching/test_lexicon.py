"""Finding the words of terms in a text: the same as trying each of them at each place."""

import re

from hypothesis import given
from hypothesis import strategies as st

from app.matching.lexicon import GAP, Lexicon, TermMention
from app.vocabulary.rules import is_whole
from tests.matching.test_drawing import VOCABULARY

LETTERS = st.sampled_from("甲乙丙ab 。")
PHRASES = st.lists(
    st.lists(st.text(st.sampled_from("甲乙丙ab"), min_size=1, max_size=3), min_size=1, max_size=2).map(
        GAP.join
    ),
    max_size=8,
)
TEXTS = st.text(LETTERS, max_size=40)


def ends(text: str, start: int, phrase: str) -> set[int]:
    first, *rest = phrase.split(GAP)
    if not rest:
        whole = text.startswith(first, start) and is_whole(text, start, first)
        return {start + len(first)} if whole else set()
    found = re.compile(re.escape(first) + r"[^。]{0,8}?" + re.escape(rest[0])).match(text, start)
    return {found.end()} if found else set()


def tried_everywhere(text: str, phrases: dict[str, list[str]]) -> list[tuple[str, int, int, frozenset[str]]]:
    """Return code, start, end and nearby codes; every phrase means one term."""
    found = {
        (code, start, end)
        for code, written in phrases.items()
        for phrase in written
        if len(phrase) > 1
        for start in range(len(text))
        for end in ends(text, start, phrase)
    }
    taken: list[tuple[str, int, int]] = []
    for code, start, end in sorted(found, key=lambda each: (each[1] - each[2], each[1], each[0])):
        if all(end <= other[1] or other[2] <= start for other in taken):
            taken.append((code, start, end))
    return [
        (code, start, end, frozenset(c for c, s, e in found if s < end and start < e) - {code})
        for code, start, end in sorted(taken, key=lambda each: each[1])
    ]


def shown(mention: TermMention) -> tuple[str, int, int, frozenset[str]]:
    return mention.code, mention.start, mention.end, frozenset(mention.nearby)


@given(PHRASES, PHRASES, TEXTS)
def test_the_longest_words_count_and_the_others_are_nearby(
    first: list[str], second: list[str], text: str
) -> None:
    phrases = {"overcharge": first, "esd": [each for each in second if each not in first]}
    mentions = Lexicon(VOCABULARY, (), phrases).mentions(text)
    assert [shown(mention) for mention in mentions] == tried_everywhere(text, phrases)


def test_words_inside_and_across_the_longest_are_nearby() -> None:
    phrases = {"overcharge": ["甲乙", "甲…丙"], "esd": ["乙丙a", "丙a"]}
    lexicon = Lexicon(VOCABULARY, (), phrases)
    assert [shown(each) for each in lexicon.mentions("甲乙丙ab。甲 乙甲丙")] == tried_everywhere(
        "甲乙丙ab。甲 乙甲丙", phrases
    )
    assert shown(lexicon.mentions("甲乙丙a")[0]) == ("overcharge", 0, 3, frozenset({"esd"}))
