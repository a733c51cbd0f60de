"""Where a query is found in a text, the same for every engine."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from search.latin import latin_tokens
from search.normal import RUNS, normalise, normalise_mapped
from search.phonetics import initial_grams, may_be_initials, readings, syllable_pairs, syllables
from search.port import TextReader
from search.standard_numbers import FoundStandard, find_standard_numbers
from search.stopwords import STOP
from search.text import Word, joined_syllables

Span = tuple[int, int]

_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class _Sound:
    """Grams of `size` syllables: pairs of pinyin syllables, or the initials of some."""

    grams: frozenset[str]
    size: int
    are_pairs: bool


class Highlighter:
    """A query, read once to be found in many texts.

    Marked are its words in whatever form (width, case, traditional characters, part of a Chinese word from two
    characters on), what they stand for in the table of synonyms, pinyin and initials where the query has no
    Chinese, and any edition of a standard that it names.
    """

    def __init__(self, reader: TextReader, query: str) -> None:
        standards = find_standard_numbers(query)
        rest = normalise(_without(query, standards))
        runs = list(RUNS.finditer(rest))
        words = [word for word in reader.words(rest) if word.text not in STOP]
        by_sound = not any(run["han"] for run in runs)
        if by_sound:
            words = joined_syllables(words)
        pieces = [match for word in words for match in RUNS.finditer(word.text)]
        self._bases = {found.number.base for found in standards}
        self._digits = {digits for base in self._bases for digits in _DIGITS.findall(base)}
        self._han = list(
            dict.fromkeys(part for match in pieces if match["han"] for part in _parts(match["han"]))
        )
        self._latin = {latin_tokens(match["word"])[0] for match in pieces if match["word"]}
        self._forms = list(dict.fromkeys(form for word in words for form in word.expansions))
        self._sounds = list(_sounds(words)) if by_sound else []

    def ranges(self, text: str) -> list[Span]:
        """Return the places that the query is about: [start, end) in code points of `text` as given.

        In order, not touching each other.
        """
        mapped = normalise_mapped(text)
        found = [(mapped.starts[start], mapped.ends[end - 1]) for start, end in self._words(mapped.text)]
        if self._bases and any(digits in mapped.text for digits in self._digits):
            found += [
                (each.start, each.end)
                for each in find_standard_numbers(text)
                if each.number.base in self._bases
            ]
        return _merged(found)

    def _words(self, text: str) -> Iterator[Span]:
        for piece in self._han:
            yield from _occurrences(text, piece)
        for form in self._forms:
            for start, end in _occurrences(text, form):
                if not (_is_inside_latin(text, start) or _is_inside_latin(text, end)):
                    yield start, end
        if self._latin or self._sounds:
            for match in RUNS.finditer(text):
                if match["han"]:
                    yield from self._by_sound(match["han"], match.start())
                elif not self._latin.isdisjoint(latin_tokens(match["word"])):
                    yield match.span()

    def _by_sound(self, han: str, offset: int) -> Iterator[Span]:
        for sound in self._sounds:
            for index, gram in enumerate(_grams(han, sound.size, sound.are_pairs)):
                if gram in sound.grams:
                    yield offset + index, offset + index + sound.size


def highlight_ranges(reader: TextReader, text: str, query: str) -> list[Span]:
    """Return the places of one text that a query is about; see `Highlighter`."""
    return Highlighter(reader, query).ranges(text)


def _without(query: str, standards: Sequence[FoundStandard]) -> str:
    for found in reversed(standards):
        query = f"{query[: found.start]} {query[found.end :]}"
    return query


def _parts(word: str) -> list[str]:
    return [word] if len(word) < 2 else ["".join(pair) for pair in pairwise(word)]


def _sounds(words: Iterable[Word]) -> Iterator[_Sound]:
    """Read letters as pinyin, or as initials when they are no pinyin."""
    for word in words:
        if word.expansions:
            continue
        ways = [way for way in readings(word.text) if len(way) > 1]
        if ways:
            yield _Sound(frozenset(pair for way in ways for pair in syllable_pairs(way)), 2, are_pairs=True)
        elif may_be_initials(word.text):
            size = min(len(word.text), 4)
            yield _Sound(frozenset(initial_grams(tuple(word.text), size, size)), size, are_pairs=False)


@lru_cache(maxsize=8192)
def _grams(han: str, size: int, are_pairs: bool) -> list[str]:
    heard = syllables(han)
    return syllable_pairs(heard) if are_pairs else initial_grams(heard, size, size)


def _is_inside_latin(text: str, border: int) -> bool:
    around = text[max(0, border - 1) : border + 1]
    return 0 < border < len(text) and around.isascii() and around.isalnum()


def _occurrences(text: str, piece: str) -> Iterator[Span]:
    start = text.find(piece)
    while start >= 0:
        yield start, start + len(piece)
        start = text.find(piece, start + 1)


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
