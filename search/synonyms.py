"""The table of synonyms: where its words stand in a text, and what they stand for."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from search.normal import RUNS, normalise


@dataclass(frozen=True)
class SynonymGroup:
    """`heads` name one thing; `terms` are words near it: each finds the heads, and the heads find all.

    `triggers` are how people put it; they find the heads, and nothing finds them.
    """

    heads: tuple[str, ...]
    terms: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mention:
    """A word of the table found in a normalised text, with what it stands for (normalised, without itself)."""

    start: int
    end: int
    expansions: tuple[str, ...]


class SynonymTable:
    def __init__(self, groups: Iterable[SynonymGroup]) -> None:
        expansions: dict[str, dict[str, None]] = {}
        for group in groups:
            heads, terms, triggers = (_forms(part) for part in (group.heads, group.terms, group.triggers))
            for form in heads:
                _extend(expansions, form, [*heads, *terms])
            for form in [*terms, *triggers]:
                _extend(expansions, form, heads)
        self._expansions = {form: tuple(found) for form, found in expansions.items()}
        self._lengths: dict[str, list[int]] = {}
        for form in (form for form in self._expansions if len(form) > 1):
            lengths = self._lengths.setdefault(form[0], [])
            if len(form) not in lengths:
                lengths.append(len(form))
        for lengths in self._lengths.values():
            lengths.sort(reverse=True)

    def forms(self) -> Iterator[str]:
        return iter(self._expansions)

    def expansions(self, word: str) -> tuple[str, ...]:
        """Return what a whole word stands for."""
        return self._expansions.get(word, ())

    def mentions(self, text: str) -> list[Mention]:
        """Find the words of the table in a normalised text: from the left, the longest first, not overlapping.

        A word of one character is not looked for: it would be found inside others.
        """
        found = []
        position = 0
        while position < len(text):
            mention = self._mention_at(text, position)
            if mention:
                found.append(mention)
            position = mention.end if mention else position + 1
        return found

    def _mention_at(self, text: str, start: int) -> Mention | None:
        for length in self._lengths.get(text[start], ()):
            form = text[start : start + length]
            if form in self._expansions and _is_whole(text, start, start + length):
                return Mention(start, start + length, self._expansions[form])
        return None


def _forms(words: Sequence[str]) -> list[str]:
    normal = (normalise(word).strip() for word in words)
    return [form for form in normal if RUNS.search(form)]


def _extend(expansions: dict[str, dict[str, None]], form: str, others: Sequence[str]) -> None:
    expansions.setdefault(form, {}).update(dict.fromkeys(other for other in others if other != form))


def _is_whole(text: str, start: int, end: int) -> bool:
    """Say whether no latin word or number is cut at the ends; Chinese may be cut anywhere."""
    return not (_joins(text, start - 1, start) or _joins(text, end - 1, end))


def _joins(text: str, left: int, right: int) -> bool:
    return left >= 0 and right < len(text) and _is_latin(text[left]) and _is_latin(text[right])


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()
