"""Relevance for Meilisearch: BM25 over weighted frequencies, and which hits of a broad query to score at all.

The formula is that of the embedded engine, so that both order alike. Up to MOST_SCORED hits are all scored. Of more
hits, those that hold the most telling tokens most often are: see `strongest`.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from search.meilisearch_documents import STRONG_FREQUENCIES, strong_token
from search.meilisearch_filters import any_of, encode

MOST_SCORED = 1000
MOST_PROBED_TOKENS = 12
MOST_LONG_TOKENS = 40
K1 = 1.2
B = 0.75


@dataclass(frozen=True)
class Statistics:
    """Of an index: how many documents it holds, their average length, and how many hold each token asked about."""

    documents: int
    average_length: float
    holding: Mapping[str, int]

    def rarity(self, token: str) -> float:
        """Return the inverse document frequency of a token, always above zero."""
        holding = min(self.holding.get(token, 0), self.documents)
        return math.log(1 + (self.documents - holding + 0.5) / (holding + 0.5))


def telling(scored: Iterable[tuple[str, float]], statistics: Statistics) -> dict[str, float]:
    """Return the tokens of a long text that tell most, with their weights times rarity; those nobody holds left out."""
    weights = {
        token: weight * statistics.rarity(token) for token, weight in scored if statistics.holding.get(token)
    }
    heaviest = sorted(weights.items(), key=lambda item: (item[1], item[0]), reverse=True)
    return dict(heaviest[:MOST_LONG_TOKENS])


def relevance(
    frequencies: Mapping[str, int], length: int, weights: Mapping[str, float], average_length: float
) -> float:
    """Return the BM25 score of a document; `weights` are those of the query's tokens times their rarity."""
    norm = K1 * (1 - B + B * rounded_length(length) / average_length)
    return sum(
        weight * frequencies[token] * (K1 + 1) / (frequencies[token] + norm)
        for token, weight in weights.items()
        if token in frequencies
    )


def rounded_length(length: int) -> int:
    """Round a length down as the embedded engine does, to keep it in one byte: exact to 40, then 4 binary digits."""
    if length < 40:
        return length
    shift = (length - 24).bit_length() - 4
    return 24 + ((length - 24) >> shift << shift)


def bounded(score: float) -> float:
    """Map a score from [0, inf) to [0, 1), keeping the order."""
    return score / (score + 10)


@dataclass(frozen=True)
class Probe:
    """A set of documents that hold a token at least so often; `gain` is what that adds to a score, about."""

    token: str
    expression: str
    gain: float


def probes(weights: Mapping[str, float]) -> list[Probe]:
    """Return the sets to count for a broad query, the most telling first; those of a token lie in each other."""
    tokens = sorted(weights, key=lambda token: -weights[token])[:MOST_PROBED_TOKENS]
    found = []
    for token in tokens:
        for level, frequency in enumerate((1, *STRONG_FREQUENCIES)):
            name, stored = ("strong", strong_token(level, token)) if level else ("tokens", encode(token))
            gain = weights[token] * frequency / (frequency + K1)
            found.append(Probe(token, any_of(name, [stored]), gain))
    return sorted(found, key=lambda probe: -probe.gain)


def strongest(
    candidates: Iterable[Probe], counts: Mapping[str, int], budget: int = MOST_SCORED
) -> Sequence[str]:
    """Return expressions of the most telling sets that together hold at most `budget` documents, at least one.

    Sets are taken by their gain until the next one would exceed the budget. A later set of the same token
    holds the earlier one, so only what it adds is counted.
    """
    chosen: dict[str, str] = {}
    taken: dict[str, int] = {}
    for probe in candidates:
        count = counts[probe.expression]
        if count == 0:
            continue
        if chosen and sum(taken.values()) - taken.get(probe.token, 0) + count > budget:
            break
        chosen[probe.token] = probe.expression
        taken[probe.token] = count
    return list(chosen.values())
