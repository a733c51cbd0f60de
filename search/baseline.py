"""Plain BM25 over the words of a dictionary, without any of our text layer: the yardstick of `make eval`."""

import re
from collections.abc import Mapping, Sequence

from rjieba import Jieba

from search.schema import IndexSchema
from search.text import TextQuery

_WORD = re.compile(r"\w+")


class PlainWords:
    """Stands in for a `TextLayer` in an engine: every field counts the same, any word of a query finds."""

    def __init__(self) -> None:
        self._jieba = Jieba()

    def document(self, schema: IndexSchema, texts: Mapping[str, str | Sequence[str]]) -> dict[str, int]:
        counts: dict[str, int] = {}
        for text_field in schema.texts:
            value = texts.get(text_field.name, ())
            for text in [value] if isinstance(value, str) else value:
                for word in self._words(text):
                    counts[word] = counts.get(word, 0) + 1
        return counts

    def query(self, text: str) -> TextQuery:
        words = tuple(dict.fromkeys(self._words(text)))
        return TextQuery((), words, tuple((word, 1.0) for word in words), is_blank=not text.strip())

    def long_query(self, text: str, *, limit: int = 4_000) -> TextQuery:
        query = self.query(text)
        return TextQuery((), query.any_tokens[:limit], query.scored[:limit])

    def _words(self, text: str) -> list[str]:
        return [word for word in self._jieba.cut(text.lower(), False) if _WORD.fullmatch(word)]
