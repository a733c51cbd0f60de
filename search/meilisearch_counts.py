"""Counts of an index that many queries need: how many documents hold a token, how long they are on average."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from search.meilisearch_client import MeilisearchClient
from search.meilisearch_filters import EVERYTHING, any_of, encode
from search.meilisearch_impact import USUAL_LENGTHS, Lengths
from search.meilisearch_relevance import Statistics
from search.port import IndexNotReady

FRESH_SECONDS = 30.0
MOST_KEPT = 20_000


@dataclass
class _Kept:
    until: float
    counts: dict[str, int] = field(default_factory=dict)


class Counts:
    """Counts of documents by filter expression, kept for FRESH_SECONDS or until this process writes."""

    def __init__(
        self, client: MeilisearchClient, meta: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._meta = meta
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._lengths: Mapping[str, Lengths] = {}

    def forget(self, uid: str) -> None:
        self._kept.pop(uid, None)

    async def of(self, uid: str, expressions: Iterable[str]) -> Mapping[str, int]:
        """Return how many documents of the index match each expression."""
        kept = self._kept.get(uid)
        if kept is None or kept.until < self._clock() or len(kept.counts) > MOST_KEPT:
            kept = _Kept(self._clock() + FRESH_SECONDS)
            self._lengths = await self._average_lengths()
            self._kept[uid] = kept
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
        expressions = {token: any_of("tokens", [encode(token)]) for token in tokens}
        counts = await self.of(uid, [EVERYTHING, *expressions.values()])
        holding = {token: counts[expression] for token, expression in expressions.items()}
        return Statistics(counts[EVERYTHING], self._lengths.get(uid, USUAL_LENGTHS), holding)

    async def _average_lengths(self) -> Mapping[str, Lengths]:
        try:
            answer = await self._client.request("POST", f"/indexes/{self._meta}/search", {"limit": 1000})
        except IndexNotReady:
            return {}
        return {entry["id"]: tuple(entry["average_lengths"]) for entry in answer["hits"]}
