"""Normal form of text: compatibility forms folded, lower case, simplified characters; with the way back."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from opencc import OpenCC

HAN = "㐀-䶿一-鿿豈-﫿"
"""Chinese characters, as the inside of a character class."""

RUNS = re.compile(rf"(?P<han>[{HAN}]+)|(?P<word>[^\W_{HAN}]+(?:[-./+&'·][^\W_{HAN}]+)*)")
"""Runs of Chinese characters, and latin words or numbers with their inner connectors (`do-178c`, `2423.17`)."""

_ASCII = re.compile(r"[\x00-\x7f]*\Z")


@cache
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


def normalise(text: str) -> str:
    """Return the normal form: NFKC, lower case, traditional characters to simplified."""
    if _ASCII.match(text):
        return text.lower()
    return _simplify(unicodedata.normalize("NFKC", text).lower())


def _simplify(text: str) -> str:
    simplified: str = _simplifier().convert(text)
    return simplified


@dataclass(frozen=True)
class Mapped:
    """A normal form whose character `i` comes from the given text's `[starts[i], ends[i])`, in code points."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]


@lru_cache(maxsize=8192)
def normalise_mapped(text: str) -> Mapped:
    """Normalise character by character, so that a place in the normal form leads back to the given text."""
    pieces = [_fold_character(character) for character in text]
    folded = "".join(pieces)
    simplified = _simplify(folded)
    if len(simplified) != len(folded):
        simplified = "".join(converted if len(converted := _simplify(one)) == 1 else one for one in folded)
    if all(len(piece) == 1 for piece in pieces):
        return Mapped(simplified, range(len(text)), range(1, len(text) + 1))
    origins = [index for index, piece in enumerate(pieces) for _ in piece]
    return Mapped(simplified, tuple(origins), tuple(origin + 1 for origin in origins))


@lru_cache(maxsize=16384)
def _fold_character(character: str) -> str:
    return unicodedata.normalize("NFKC", character).lower()
