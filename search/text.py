"""The one text layer before every engine: text to tokens, for documents and for queries.

Which documents are hits of a text is defined here, by equality of tokens, so that it is the same on every engine.
Kinds of tokens: Chinese characters and bigrams (`电`, `电池`), latin words and numbers (`emc`, `do178c`), standard
numbers (`s:gb/t2423.17-2008`; `n:gb/t2423.17` where a document cites no year), pairs of pinyin syllables
(`p:dian'chi`) and runs of pinyin initials (`i:dldc`). No token has a space in it.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby, pairwise

from rjieba import Jieba

from search.latin import Spelling, latin_tokens
from search.normal import RUNS, normalise
from search.phonetics import SYLLABLES, initial_grams, may_be_initials, readings, syllable_pairs, syllables
from search.schema import IndexSchema
from search.standard_numbers import FoundStandard, find_standard_numbers, standard_key
from search.stopwords import GENERIC, STOP
from search.synonyms import SynonymGroup, SynonymTable

__all__ = ["ENOUGH", "Alternative", "Concept", "SynonymGroup", "TextLayer", "TextQuery", "name_key"]

ENOUGH = 20
"""With fewer documents in the index that hold every concept (whatever the filters), a text matches by "any"."""

LONG = 200
"""Characters: a longer text is read as a long one, by tokens alone."""

MOST_TOKENS = 4_000
_LONG_TOKENS = 200

WEIGHTS = {
    "word": 1.0,
    "across": 0.6,
    "generic": 0.35,
    "synonym": 0.45,
    "sound": 0.3,
    "initials": 0.3,
    "standard": 3.0,
    "other_edition": 1.0,
}
"""How much a token of a query counts in the ranking, before its rarity. Chosen by `make eval`."""


@dataclass(frozen=True)
class Alternative:
    """One way to hold a concept: all `tokens` are in the document."""

    tokens: tuple[str, ...]


@dataclass(frozen=True)
class Concept:
    """A word of the query; held by a document when one of the alternatives is."""

    text: str
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True)
class TextQuery:
    """A query understood.

    "all": documents that hold every one of `concepts`. "any": documents with at least one of `any_tokens`.
    `scored`: tokens with their weights for ranking, heaviest first; every one of `any_tokens` is in it.
    `is_blank`: there is no text at all, so every document is a hit. A text that is not blank but has
    nothing to look for (no concepts) matches nothing.
    """

    concepts: tuple[Concept, ...]
    any_tokens: tuple[str, ...]
    scored: tuple[tuple[str, float], ...]
    is_blank: bool = False


@dataclass
class _Draft:
    """The tokens of a query while it is read; a token keeps its greatest weight."""

    concepts: list[Concept] = field(default_factory=list)
    weights: dict[str, float] = field(default_factory=dict)
    strong: dict[str, None] = field(default_factory=dict)

    def score(self, tokens: Iterable[str], kind: str, *, finds: bool = True) -> None:
        for token in tokens:
            self.weights[token] = max(self.weights.get(token, 0.0), WEIGHTS[kind])
            if finds and token not in GENERIC:
                self.strong[token] = None

    def finish(self) -> TextQuery:
        found = self.strong or dict.fromkeys(self.weights)
        scored = sorted(self.weights.items(), key=lambda item: -item[1])
        return TextQuery(tuple(self.concepts), tuple(found), tuple(scored))


@dataclass(frozen=True)
class Word:
    """A word of a query at its place in the normalised text, with what it stands for."""

    start: int
    end: int
    text: str
    expansions: tuple[str, ...] = ()


@lru_cache(maxsize=2)
def _segmenter(words: tuple[str, ...]) -> Jieba:
    """Return the dictionary with `words` added. Reading it takes long, so layers share it; nobody may change it."""
    segmenter = Jieba()
    for word in words:
        segmenter.add_word(word, None, None)
    return segmenter


class TextLayer:
    """Tokens of documents and queries, under one table of synonyms. Immutable and safe to share by threads."""

    def __init__(self, synonyms: Sequence[SynonymGroup] = ()) -> None:
        self._table = SynonymTable(synonyms)
        self._jieba = _segmenter(
            tuple(
                form
                for form in self._table.forms()
                if len(form) > 1 and RUNS.fullmatch(form) and not form.isascii()
            )
        )
        self._spelling = Spelling(
            word
            for form in self._table.forms()
            for match in RUNS.finditer(form)
            for word in _latin_words(match)
        )

    def document(self, schema: IndexSchema, texts: Mapping[str, str | Sequence[str]]) -> dict[str, int]:
        """Return every token of a document with its weighted frequency (sum of the boosts of its fields)."""
        tokens: dict[str, int] = {}
        for text_field in schema.texts:
            value = texts.get(text_field.name, ())
            for text in [value] if isinstance(value, str) else value:
                for token, times in _token_counts(text, text_field.phonetic):
                    tokens[token] = tokens.get(token, 0) + times * text_field.boost
        return tokens

    def query(self, text: str) -> TextQuery:
        """Understand a text that somebody searches for."""
        if not text.strip():
            return TextQuery((), (), (), is_blank=True)
        if len(text) > LONG:
            return self.long_query(text, limit=_LONG_TOKENS)
        draft = _Draft()
        rest = _read_standards(text, draft)
        has_han = any(match["han"] for match in RUNS.finditer(rest))
        words = self.words(rest)
        wanted = [word for word in words if not _is_stop(word)] or ([] if draft.concepts else words)
        telling = [word for word in wanted if not _is_generic(word)]
        if not has_han:
            wanted = joined_syllables(wanted)
        for word in wanted:
            self._read_word(word, draft, is_generic=bool(telling) and _is_generic(word), by_sound=not has_han)
        _read_runs(wanted, draft)
        if not has_han:
            _read_syllables([word.text for word in wanted], draft)
        return draft.finish()

    def long_query(self, text: str, *, limit: int = MOST_TOKENS) -> TextQuery:
        """Read a long text as tokens without concepts, `limit` at most: those named most often, standards first."""
        counts: dict[str, float] = {}
        rest = normalise(text)
        for found in find_standard_numbers(text):
            for token in _standard_tokens(found):
                counts[token] = counts.get(token, 0.0) + 3.0
        for word in self.words(rest):
            if _is_stop(word):
                continue
            weight = WEIGHTS["generic"] if _is_generic(word) else WEIGHTS["word"]
            for token in dict.fromkeys(_own_tokens(word.text)):
                counts[token] = counts.get(token, 0.0) + weight
            for form in word.expansions:
                for token in _own_tokens(form):
                    counts.setdefault(token, WEIGHTS["synonym"])
        heaviest = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:limit]
        scored = tuple((token, 1.0 + math.log(max(weight, 0.4))) for token, weight in heaviest)
        return TextQuery((), tuple(token for token, _ in scored), scored)

    def words(self, text: str) -> list[Word]:
        """Cut a text in normal form into words; one of the synonym table stays whole."""
        words = []
        position = 0
        for mention in self._table.mentions(text):
            words += self._plain_words(text, position, mention.start)
            words.append(
                Word(mention.start, mention.end, text[mention.start : mention.end], mention.expansions)
            )
            position = mention.end
        return words + self._plain_words(text, position, len(text))

    def _plain_words(self, text: str, start: int, end: int) -> list[Word]:
        words = []
        for match in RUNS.finditer(text, start, end):
            position = match.start()
            for piece in self._jieba.cut(match["han"], False) if match["han"] else [match["word"]]:
                words.append(Word(position, position + len(piece), piece, self._table.expansions(piece)))
                position += len(piece)
        return words

    def _read_word(self, word: Word, draft: _Draft, *, is_generic: bool, by_sound: bool) -> None:
        own = _alternatives(word.text)
        spelt = [self._spelling.near(word.text)] if word.text.isascii() else []
        others = [
            alternative
            for text in [*word.expansions, *(near for found in spelt for near in found)]
            for alternative in _alternatives(text)
        ]
        sounds = []
        if by_sound and not word.expansions and not self._spelling.knows(word.text):
            sounds = _sound_alternatives(word.text)
        kind = "generic" if is_generic else "word"
        for alternative in own:
            draft.score(alternative.tokens, kind, finds=not is_generic)
        for alternative in others:
            draft.score(alternative.tokens, "synonym", finds=False)
            if not is_generic:
                draft.score(self._implying(alternative), "synonym")
        for alternative in sounds:
            draft.score(alternative.tokens, "word")
            draft.score(_shorter_initials(alternative), "initials")
        if not is_generic:
            draft.concepts.append(Concept(word.text, tuple(dict.fromkeys([*own, *others, *sounds]))))

    def _implying(self, alternative: Alternative) -> list[str]:
        """Return the tokens that hardly occur but in the whole: bigrams across words (`环腐` of 循环腐蚀), or all."""
        across = [token for token in alternative.tokens if not self._jieba.has_word(token)]
        return across or [*alternative.tokens]


@lru_cache(maxsize=20_000)
def _token_counts(text: str, phonetic: bool) -> tuple[tuple[str, int], ...]:
    """Count the tokens of a text; kept, for scopes and services share many texts."""
    return tuple(Counter(_document_tokens(text, phonetic=phonetic)).items())


def _document_tokens(text: str, *, phonetic: bool) -> Iterable[str]:
    for found in find_standard_numbers(text):
        yield from _standard_tokens(found)
    for match in RUNS.finditer(normalise(text)):
        if match["word"]:
            yield from latin_tokens(match["word"])
            continue
        han = match["han"]
        yield from han
        yield from _bigrams(han)
        if phonetic:
            sounds = syllables(han)
            yield from syllable_pairs(sounds)
            yield from initial_grams(sounds)


def _standard_tokens(found: FoundStandard) -> list[str]:
    number = found.number
    tokens = [f"s:{standard_key(number.base)}"]
    if number.year is None:
        return [*tokens, f"n:{standard_key(number.base)}"]
    return [*tokens, f"s:{standard_key(number.canonical)}"]


def _read_standards(text: str, draft: _Draft) -> str:
    """Take the standard numbers out of a query, and return the rest of it in normal form."""
    rest = []
    position = 0
    for found in find_standard_numbers(text):
        base = f"s:{standard_key(found.number.base)}"
        if found.number.year is None:
            exact = [base]
        else:
            exact = [f"s:{standard_key(found.number.canonical)}", f"n:{standard_key(found.number.base)}"]
        draft.concepts.append(
            Concept(found.number.canonical, tuple(Alternative((token,)) for token in exact))
        )
        draft.score([base], "other_edition")
        draft.score(exact, "standard")
        rest.append(text[position : found.start])
        position = found.end
    return normalise(" ".join([*rest, text[position:]]))


def _alternatives(text: str) -> list[Alternative]:
    """Return the ways to hold a word or phrase: its Chinese bigrams and latin words, together or apart."""
    ways: list[tuple[str, ...]] = [()]
    for match in RUNS.finditer(text):
        if match["han"]:
            options = [tuple(_bigrams(match["han"])) or tuple(match["han"])]
        else:
            joined, *parts = latin_tokens(match["word"])
            options = [(joined,), tuple(parts)] if parts else [(joined,)]
        ways = [(*way, *option) for way in ways for option in options][:8]
    return [Alternative(tuple(dict.fromkeys(way))) for way in ways if way]


def _own_tokens(text: str) -> list[str]:
    """Return the tokens of a word or phrase, Chinese as bigrams (a single character as itself)."""
    tokens: list[str] = []
    for match in RUNS.finditer(text):
        if match["han"]:
            tokens += _bigrams(match["han"]) or match["han"]
        else:
            tokens += latin_tokens(match["word"])
    return tokens


def _sound_alternatives(word: str) -> list[Alternative]:
    by_syllable = [Alternative(tuple(syllable_pairs(way))) for way in readings(word) if len(way) > 1]
    if by_syllable or not may_be_initials(word):
        return by_syllable
    longest = min(len(word), 4)
    return [Alternative(tuple(initial_grams(tuple(word), longest, longest)))]


def _shorter_initials(alternative: Alternative) -> list[str]:
    """Return the pairs of initials within runs of them: people also skip what stands between two words."""
    runs = [token[2:] for token in alternative.tokens if token.startswith("i:") and len(token) > 4]
    return [gram for run in runs for gram in initial_grams(tuple(run), 2, len(run) - 1)]


def joined_syllables(words: Sequence[Word]) -> list[Word]:
    """Join what is typed syllable by syllable: `dong li` becomes `dongli`."""
    joined: list[Word] = []
    for are_syllables, group in groupby(words, _is_syllable):
        run = list(group)
        if are_syllables:
            run = [Word(run[0].start, run[-1].end, "".join(word.text for word in run))]
        joined += run
    return joined


def _read_syllables(words: Sequence[str], draft: _Draft) -> None:
    """Score pairs of syllables across words: `dong li dian chi` is one word written apart."""
    ways = [readings(word)[:1] for word in words]
    for first, second in pairwise(ways):
        if first and second:
            draft.score(syllable_pairs((first[0][-1], second[0][0])), "across", finds=False)


def _read_runs(words: Sequence[Word], draft: _Draft) -> None:
    """Score what goes across word borders in Chinese, and everything by its sound: typing errors are homophones."""
    run = ""
    end = -1
    runs = []
    for word in words:
        if word.start != end and run:
            runs.append(run)
            run = ""
        run += word.text
        end = word.end
    for match in (match for text in [*runs, run] for match in RUNS.finditer(text)):
        if match["han"]:
            draft.score(_bigrams(match["han"]), "across", finds=False)
            draft.score(syllable_pairs(syllables(match["han"])), "sound", finds=False)


def _is_syllable(word: Word) -> bool:
    return word.text in SYLLABLES and len(word.text) > 1 and not word.expansions


def _bigrams(han: str) -> list[str]:
    return [han[index : index + 2] for index in range(len(han) - 1)]


def _latin_words(match: re.Match[str]) -> list[str]:
    return [part for part in re.split(r"[^\w]+", match["word"] or "") if part.isalpha()]


def _is_stop(word: Word) -> bool:
    return word.text in STOP


def _is_generic(word: Word) -> bool:
    return word.text in GENERIC


@lru_cache(maxsize=20_000)
def name_key(name: str) -> str:
    """Return the sort key of a name: its Chinese by pinyin, all in lower-case normal form."""
    pieces: list[str] = []
    for match in RUNS.finditer(normalise(name)):
        pieces += [" ".join(syllables(match["han"]))] if match["han"] else [match["word"]]
    return " ".join(pieces)
