"""What to leave out of a search that finds nothing."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from app.catalogue.rules import pairs
from search.port import TextReader

Count = Callable[[Sequence[str], str], Awaitable[int]]
"""How many hits there are without the named filters and with this text instead."""

MOST = 10
TEXT = "q"


async def counted_relaxations(
    filters: Sequence[str], text: str, reader: TextReader, count: Count
) -> list[dict[str, Any]]:
    """Return what can be dropped so that there are hits, most hits first, ten at most.

    One filter, one word, or all words; only where none of these helps, two filters (the words count as one).
    """
    singles = [*filters, *([TEXT] if text else [])]
    found = [_relaxation(name, "filter", await count(*_dropped([name], text)), None) for name in singles]
    for word, rest in _words(text, reader):
        found.append(_relaxation(word, "word", await count([], rest), rest))
    if not any(each["count"] for each in found):
        found = [
            _relaxation(",".join(two), "filters", await count(*_dropped(two, text)), None)
            for two in pairs(singles)
        ]
    helpful = [each for each in found if each["count"]]
    return sorted(helpful, key=lambda each: -each["count"])[:MOST]


def _dropped(names: Sequence[str], text: str) -> tuple[Sequence[str], str]:
    return names, "" if TEXT in names else text


def _words(text: str, reader: TextReader) -> list[tuple[str, str]]:
    """Return each word with the text of the others; none when there is only one."""
    words = [concept.text for concept in reader.query(text).concepts]
    if len(words) < 2:
        return []
    return [(word, " ".join([*words[:at], *words[at + 1 :]])) for at, word in enumerate(words)]


def _relaxation(drop: str, kind: str, count: int, rest: str | None) -> dict[str, Any]:
    return {"drop": drop, "kind": kind, "count": count, "q": rest}
