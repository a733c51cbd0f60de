"""The one text layer before every engine: text to tokens, for documents and for queries.

Which documents are hits of a text is defined here, by equality of tokens, so that it is the same on every engine.
Kinds of tokens: Chinese characters and bigrams (`电`, `电池`), latin words and numbers (`emc`, `do178c`), standard
numbers (`s:gb/t 2423.17-2008`), pairs of pinyin syllables (`p:dian'chi`) and runs of pinyin initials (`i:dldc`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from search.schema import IndexSchema

ENOUGH = 20
"""With fewer documents in the index that hold every concept (whatever the filters), a text matches by "any"."""


@dataclass(frozen=True)
class SynonymGroup:
    """`terms` find each other; a text with one of `triggers` finds the terms, but not the other way round."""

    terms: tuple[str, ...]
    triggers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Alternative:
    """One way to hold a concept: all `tokens` are in the document."""

    tokens: tuple[str, ...]
    weight: float = 1.0


@dataclass(frozen=True)
class Concept:
    """A word of the query; held by a document when one of the alternatives is."""

    text: str
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True)
class TextQuery:
    """A query understood.

    "all": documents that hold every one of `concepts`. "any": documents with at least one of `any_tokens`.
    `scored`: tokens with weights for ranking, heaviest first (Chinese bigrams, words, synonyms, pinyin);
    every one of `any_tokens` is in it. An empty query (no concepts) of a text with something in it matches nothing.
    """

    text: str
    concepts: tuple[Concept, ...]
    any_tokens: tuple[str, ...]
    scored: tuple[tuple[str, float], ...]


class TextLayer:
    """Tokens of documents and queries, under one table of synonyms. Immutable and safe to share by threads."""

    def __init__(self, synonyms: Sequence[SynonymGroup] = ()) -> None: ...

    def document(self, schema: IndexSchema, texts: Mapping[str, str | Sequence[str]]) -> dict[str, int]:
        """Return every token of a document with its weighted frequency (sum of the boosts of its fields)."""
        raise NotImplementedError

    def query(self, text: str) -> TextQuery:
        raise NotImplementedError

    def long_query(self, text: str, idf: Mapping[str, float] | None = None) -> TextQuery:
        """Understand up to 20,000 characters: only `scored` and `any_tokens` are filled."""
        raise NotImplementedError


def name_key(name: str) -> str:
    """Return the ASCII sort key of a name: pinyin of the Chinese, lower case; then the name itself decides."""
    raise NotImplementedError
