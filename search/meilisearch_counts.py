"""Counts of an index that many queries need: how many documents match a text, or hold a token."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from search.meilisearch_client import MeilisearchClient
from search.meilisearch_filters import EVERYTHING, any_of, encode
from search.meilisearch_meta import Figures, MeilisearchMeta
from search.meilisearch_relevance import Statistics

FRESH_SECONDS = 30.0
MOST_KEPT = 20_000


@dataclass
class _Kept:
    until: float
    figures: Figures
    counts: dict[str, int] = field(default_factory=dict)


class Counts:
    """Counts of documents by filter expression, kept for FRESH_SECONDS or until this process writes.

    How many documents hold a token is taken from the last build, and counted only for tokens that are newer.
    """

    def __init__(
        self, client: MeilisearchClient, meta: MeilisearchMeta, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._meta = meta
        self._clock = clock
        self._kept: dict[str, _Kept] = {}

    def forget(self, uid: str) -> None:
        if uid in self._kept:
            self._kept[uid].until = 0.0

    async def of(self, uid: str, expressions: Iterable[str]) -> Mapping[str, int]:
        """Return how many documents of the index match each expression."""
        kept = await self._fresh(uid)
        missing = [expression for expression in dict.fromkeys(expressions) if expression not in kept.counts]
        kept.counts.update(await self.now(uid, missing))
        return kept.counts

    async def now(self, uid: str, expressions: Iterable[str], within: Iterable[str] = ()) -> dict[str, int]:
        """Count without keeping; `within` are expressions that must hold as well."""
        asked = list(expressions)
        if not asked:
            return {}
        queries = [
            {"indexUid": uid, "filter": [*within, expression], "limit": 0, "attributesToRetrieve": ["id"]}
            for expression in asked
        ]
        answer = await self._client.request("POST", "/multi-search", {"queries": queries})
        results: list[Mapping[str, Any]] = answer["results"]
        return {
            expression: int(result["estimatedTotalHits"])
            for expression, result in zip(asked, results, strict=True)
        }

    async def statistics(self, uid: str, tokens: Iterable[str]) -> Statistics:
        """Return what ranking needs to know of the index, and of these tokens."""
        figures = (await self._fresh(uid)).figures
        asked = list(tokens)
        holding = {token: figures.holding[token] for token in asked if token in figures.holding}
        newer = {token: any_of("tokens", [encode(token)]) for token in asked if token not in holding}
        counts = await self.of(uid, [EVERYTHING, *newer.values()])
        holding |= {token: counts[expression] for token, expression in newer.items()}
        return Statistics(counts[EVERYTHING], figures.average_lengths, holding)

    async def _fresh(self, uid: str) -> _Kept:
        kept = self._kept.get(uid)
        if kept is None or kept.until < self._clock() or len(kept.counts) > MOST_KEPT:
            figures = await self._meta.figures(uid, kept.figures if kept else Figures())
            kept = self._kept[uid] = _Kept(self._clock() + FRESH_SECONDS, figures)
        return kept
