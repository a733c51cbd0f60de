"""Completions while somebody types: by the beginning, from within, by pinyin and by initials."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from heapq import nsmallest

from search.normal import RUNS, normalise
from search.phonetics import syllables
from search.port import Suggestion

_EXACT, _BEGINNING, _SOUND, _WITHIN, _SOUND_WITHIN = range(5)
_LAST = "\U0010ffff"


@dataclass(frozen=True)
class SuggestEntry:
    """`weight`: the heavier of two that fit equally well comes first, such as how many services it leads to."""

    text: str
    kind: str
    code: str | None = None
    weight: float = 0.0


class Suggester:
    """A sorted list of every place a completion can start at; immutable, about 30 keys an entry."""

    def __init__(self, entries: Iterable[SuggestEntry]) -> None:
        self._entries = list(dict.fromkeys(entries))
        keys = {key for number, entry in enumerate(self._entries) for key in _keys(entry.text, number)}
        self._beginnings = sorted(key for key in keys if key[1] <= _SOUND)
        self._within = sorted(key for key in keys if key[1] > _SOUND)
        self._cached = lru_cache(maxsize=4096)(self._suggest)

    def suggest(self, query: str, limit: int = 10) -> list[Suggestion]:
        """Return the best completions of a query, best first; none for an empty one."""
        normal = " ".join(normalise(query).split())
        return list(self._cached(normal, limit)) if normal else []

    def _suggest(self, query: str, limit: int) -> tuple[Suggestion, ...]:
        ranks: dict[int, int] = {}
        spellings = {query, query.replace(" ", "").replace("'", "")}
        is_letter = len(query) == 1 and query.isascii()  # within words it would be everywhere
        for spelling in spellings:
            for keys in [self._beginnings] if is_letter else [self._beginnings, self._within]:
                start = bisect_left(keys, (spelling, -1, -1))
                end = bisect_left(keys, (spelling + _LAST, -1, -1))
                for key, rank, number in keys[start:end]:
                    how = _EXACT if rank == _BEGINNING and key == query else rank
                    ranks[number] = min(how, ranks.get(number, how))
        best = nsmallest(limit, ranks.items(), key=self._order)
        return tuple(
            Suggestion(entry.text, entry.kind, entry.code)
            for entry in (self._entries[number] for number, _ in best)
        )

    def _order(self, found: tuple[int, int]) -> tuple[int, float, int, str, int]:
        number, rank = found
        entry = self._entries[number]
        return rank, -entry.weight, len(entry.text), entry.text, number


def _keys(text: str, number: int) -> Iterable[tuple[str, int, int]]:
    normal = " ".join(normalise(text).split())
    yield normal, _BEGINNING, number
    for match in RUNS.finditer(normal):
        if not match["han"]:
            yield normal[match.start() :], _WITHIN, number
            continue
        sounds = syllables(match["han"])
        for index in range(len(sounds)):
            is_beginning = match.start() + index == 0
            yield normal[match.start() + index :], _WITHIN, number
            rank = _SOUND if is_beginning else _SOUND_WITHIN
            yield "".join(sounds[index:]), rank, number
            yield "".join(sound[0] for sound in sounds[index:]), rank, number
