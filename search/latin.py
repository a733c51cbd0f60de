"""Latin words and numbers: their tokens, light stemming, and words one typing error away."""

import re
from collections.abc import Iterable
from functools import lru_cache

_PARTS = re.compile(r"[0-9]+|[^\W0-9]+")
_SHORTEST_TYPO = 5


@lru_cache(maxsize=100_000)
def latin_tokens(word: str) -> tuple[str, ...]:
    """Return the word as one token, then its parts when it has several: `do-178c` gives do178c, do, 178, c."""
    parts = _PARTS.findall(word)
    if len(parts) == 1:
        return (stem(word),)
    return ("".join(parts), *dict.fromkeys(stem(part) for part in parts))


def stem(word: str) -> str:
    """Cut the commonest English endings, so that `batteries` and `battery`, `cycling` and `cycle` agree."""
    if len(word) < 4 or not (word.isascii() and word.isalpha()):
        return word
    for ending, replacement, shortest in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= shortest:
            return _without_final_e(word[: len(word) - len(ending)] + replacement)
    return _without_final_e(word)


_ENDINGS = (
    ("isation", "iz", 3),
    ("ization", "iz", 3),
    ("ising", "iz", 3),
    ("ise", "iz", 4),
    ("ize", "iz", 4),
    ("ies", "y", 3),
    ("sses", "ss", 2),
    ("ing", "", 4),
    ("ed", "", 4),
    ("ss", "ss", 2),
    ("us", "us", 2),
    ("is", "is", 2),
    ("s", "", 3),
)


def _without_final_e(word: str) -> str:
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


class Spelling:
    """The latin words we know, and which of them somebody may have meant."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(words)
        self._variants: dict[str, set[str]] = {}
        for word in self._words:
            if len(word) >= _SHORTEST_TYPO:
                for variant in _variants(word):
                    self._variants.setdefault(variant, set()).add(word)

    def knows(self, word: str) -> bool:
        return word in self._words

    def near(self, word: str) -> list[str]:
        """Return known words within one edit (letter more, less, other, or two swapped) of an unknown one."""
        if word in self._words or len(word) < _SHORTEST_TYPO or not word.isalpha():
            return []
        found = {known for variant in _variants(word) for known in self._variants.get(variant, ())}
        return sorted(known for known in found if is_one_edit(word, known))


def _variants(word: str) -> set[str]:
    return {word, *(word[:index] + word[index + 1 :] for index in range(len(word)))}


def is_one_edit(first: str, second: str) -> bool:
    """Say whether one letter added, removed or changed, or two neighbours swapped, turns one into the other."""
    start = 0
    while start < min(len(first), len(second)) and first[start] == second[start]:
        start += 1
    left, right = first[start:], second[start:]
    return (
        left[1:] == right
        or left == right[1:]
        or left[1:] == right[1:]
        or (left[:2] == right[:2][::-1] and left[2:] == right[2:])
    )
