"""Where a query is found in a text, the same for every engine."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from search.latin import latin_tokens
from search.normal import RUNS, Mapped, normalise, normalise_mapped
from search.phonetics import initial_grams, may_be_initials, readings, syllable_pairs, syllables
from search.standard_numbers import find_standard_numbers
from search.stopwords import STOP
from search.text import TextLayer, joined_syllables

Span = tuple[int, int]


def highlight_ranges(layer: TextLayer, text: str, query: str) -> list[Span]:
    """Return the places of `text` that a query is about: [start, end) in code points of `text` as given.

    In order, not touching each other. Marked are its words in whatever form (width, case, traditional
    characters, part of a Chinese word from two characters on), what they stand for in the table of synonyms,
    pinyin and initials where the query has no Chinese, and any edition of a standard that it names.
    """
    mapped = normalise_mapped(text)
    spans = [*_standards(text, query)]
    spans += [(mapped.starts[start], mapped.ends[end - 1]) for start, end in _words(layer, mapped, query)]
    return _merged(spans)


def _standards(text: str, query: str) -> Iterator[Span]:
    bases = {found.number.base for found in find_standard_numbers(query)}
    if bases:
        for found in find_standard_numbers(text):
            if found.number.base in bases:
                yield found.start, found.end


def _words(layer: TextLayer, mapped: Mapped, query: str) -> Iterator[Span]:
    rest = normalise(_without_standards(query))
    words = [word for word in layer.words(rest) if word.text not in STOP]
    by_sound = not any(match["han"] for match in RUNS.finditer(rest))
    if by_sound:
        words = joined_syllables(words)
    for word in words:
        for match in RUNS.finditer(word.text):
            if match["han"]:
                yield from _han(mapped.text, match["han"])
            else:
                yield from _latin(mapped.text, match["word"])
        for form in word.expansions:
            yield from _whole(mapped.text, form)
        if by_sound and not word.expansions:
            yield from _by_sound(mapped.text, word.text)


def _without_standards(query: str) -> str:
    for found in reversed(find_standard_numbers(query)):
        query = f"{query[: found.start]} {query[found.end :]}"
    return query


def _han(text: str, word: str) -> Iterator[Span]:
    pieces = [word] if len(word) < 2 else ["".join(pair) for pair in pairwise(word)]
    for piece in dict.fromkeys(pieces):
        yield from _occurrences(text, piece)


def _latin(text: str, word: str) -> Iterator[Span]:
    wanted = latin_tokens(word)[0]
    for match in RUNS.finditer(text):
        if match["word"] and wanted in latin_tokens(match["word"]):
            yield match.span()


def _whole(text: str, form: str) -> Iterator[Span]:
    for start, end in _occurrences(text, form):
        if not (_is_inside_latin(text, start) or _is_inside_latin(text, end)):
            yield start, end


def _is_inside_latin(text: str, border: int) -> bool:
    around = text[max(0, border - 1) : border + 1]
    return 0 < border < len(text) and around.isascii() and around.isalnum()


def _by_sound(text: str, letters: str) -> Iterator[Span]:
    """Find Chinese by its pinyin, or by its initials when the letters are no pinyin."""
    ways = [way for way in readings(letters) if len(way) > 1]
    wanted = {pair for way in ways for pair in syllable_pairs(way)}
    size = 2
    if not ways and may_be_initials(letters):
        size = min(len(letters), 4)
        wanted = set(initial_grams(tuple(letters), size, size))
    for match in RUNS.finditer(text) if wanted else ():
        if match["han"]:
            sounds = syllables(match["han"])
            grams = syllable_pairs(sounds) if ways else initial_grams(sounds, size, size)
            for index, gram in enumerate(grams):
                if gram in wanted:
                    yield match.start() + index, match.start() + index + size


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
