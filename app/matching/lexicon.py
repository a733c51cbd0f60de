"""The words by which people name capability terms, ready to be found in texts. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from app.matching.snapshot import VocabularyView
from app.vocabulary.rules import is_whole, occurrences
from search.synonyms import SynonymGroup

GAP = "…"
_GAP_PATTERN = r"[^。！？!?；;，,：:、\n]{0,8}?"


class Wording(IntEnum):
    """How a text names a term, the plainest first."""

    NAME = 0
    SYNONYM = 1
    PHRASE = 2
    COLLOQUIAL = 3


@dataclass(frozen=True, slots=True)
class TermMention:
    """Where a text names a term; `nearby` are other terms that its words, or a part of them, may mean."""

    code: str
    start: int
    end: int
    wording: Wording = Wording.NAME
    nearby: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """Words that may mean several terms, none of them before the others."""

    codes: tuple[str, ...]
    start: int
    end: int


class Lexicon:
    """The spellings of capability terms, ready to be found in texts."""

    def __init__(
        self,
        vocabulary: VocabularyView,
        colloquial: Iterable[SynonymGroup] = (),
        phrases: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """`colloquial` are how people put things, `phrases` how a need is put, by code, with gaps (`GAP`).

        A spelling counts in its plainest wording; one that may mean several terms alike means none.
        """
        found: dict[str, dict[Wording, set[str]]] = {}
        for written, code, wording in _spellings(vocabulary, colloquial, phrases or {}):
            if len(written) > 1:
                found.setdefault(written, {}).setdefault(wording, set()).add(code)
        self._spellings: dict[str, tuple[str, Wording]] = {}
        self._ambiguous: dict[str, tuple[str, ...]] = {}
        self._others: dict[str, frozenset[str]] = {}
        for written, wordings in found.items():
            wording = min(wordings)
            codes = wordings[wording]
            if len(codes) == 1:
                self._spellings[written] = (min(codes), wording)
            else:
                self._ambiguous[written] = tuple(sorted(codes))
            self._others[written] = frozenset(code for group in wordings.values() for code in group)
        self._beginning: dict[str, list[tuple[str, re.Pattern[str] | None]]] = {}
        for written in self._spellings:
            pattern = _pattern(written) if GAP in written else None
            self._beginning.setdefault(_beginning(written), []).append((written, pattern))
        self._vocabulary = vocabulary

    def mentions(self, text: str) -> list[TermMention]:
        """Return where terms are named, in order; where names overlap the longest counts."""
        folded = fold(text)
        found = sorted(self._found(folded), key=lambda m: (m.start - m.end, m.wording, m.start, m.code))
        longest_at: list[TermMention | None] = [None] * len(folded)
        for mention in found:
            if not any(longest_at[mention.start : mention.end]):
                longest_at[mention.start : mention.end] = [mention] * (mention.end - mention.start)
        taken: dict[TermMention, list[TermMention]] = {each: [] for each in longest_at if each is not None}
        for mention in found:
            for longest in dict.fromkeys(longest_at[mention.start : mention.end]):
                if longest is not None:
                    taken[longest].append(mention)
        return [self._with_nearby(mention, folded, across) for mention, across in taken.items()]

    def _found(self, folded: str) -> Iterator[TermMention]:
        for start in range(len(folded) - 1):
            for beginning in (folded[start], folded[start : start + 2]):
                for written, pattern in self._beginning.get(beginning, ()):
                    end = _end_of(folded, start, written, pattern)
                    if end is not None:
                        yield TermMention(
                            self._spellings[written][0], start, end, self._spellings[written][1]
                        )

    def _with_nearby(self, mention: TermMention, folded: str, across: Iterable[TermMention]) -> TermMention:
        """Name the other terms: of the same spelling, and of words that lie inside or across this one."""
        codes = dict.fromkeys(sorted(self._others.get(folded[mention.start : mention.end], ())))
        codes |= dict.fromkeys(other.code for other in across)
        nearby = tuple(code for code in codes if code != mention.code)
        return TermMention(mention.code, mention.start, mention.end, mention.wording, nearby)

    def ambiguities(self, text: str) -> list[Ambiguity]:
        """Return the words of a text that may mean several terms, in order."""
        folded = fold(text)
        found = [
            Ambiguity(codes, start, start + len(written))
            for written, codes in self._ambiguous.items()
            if GAP not in written
            for start in occurrences(folded, written)
        ]
        return sorted(found, key=lambda each: (each.start, -each.end))

    def term_of_standard(self, base: str) -> str | None:
        return self._vocabulary.term_of_standard(base)


def fold(text: str) -> str:
    """Lower the case and the width of every character, one for one, so that offsets hold."""
    return "".join(
        folded if len(folded := unicodedata.normalize("NFKC", char).lower()) == 1 else char for char in text
    )


def _spellings(
    vocabulary: VocabularyView, colloquial: Iterable[SynonymGroup], phrases: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, str, Wording]]:
    for term in vocabulary.terms.values():
        names = {fold(term.name_zh), fold(term.name_en)}
        for written in term.spellings:
            folded = fold(written)
            yield folded, term.code, Wording.NAME if folded in names else Wording.SYNONYM
    for group in colloquial:
        meant = {code for head in group.heads for code in vocabulary.terms_named(head)}
        yield from ((fold(written), code, Wording.COLLOQUIAL) for written in group.triggers for code in meant)
    for code, written_phrases in phrases.items():
        if code in vocabulary.terms:
            yield from ((_fold_phrase(each), code, Wording.PHRASE) for each in written_phrases)


def _fold_phrase(phrase: str) -> str:
    return GAP.join(part for part in map(fold, phrase.split(GAP)) if part)


def _beginning(written: str) -> str:
    """Return the characters by which a spelling is looked up: two, or one where a gap follows."""
    return written.split(GAP, maxsplit=1)[0][:2]


def _end_of(folded: str, start: int, written: str, pattern: re.Pattern[str] | None) -> int | None:
    """Return where a spelling ends that stands at `start`; None when it does not stand there."""
    if pattern is not None:
        match = pattern.match(folded, start)
        return match.end() if match else None
    stands = folded.startswith(written, start) and is_whole(folded, start, written)
    return start + len(written) if stands else None


def _pattern(phrase: str) -> re.Pattern[str]:
    first, *rest = (re.escape(part) for part in phrase.split(GAP))
    return re.compile(first + "".join(_GAP_PATTERN + part for part in rest))
