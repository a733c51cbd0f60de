"""Relevance for Meilisearch: BM25 over weighted frequencies, and which hits of a broad query to score at all.

The formula is that of the embedded engine, so that both order alike. Up to MOST_SCORED hits are all scored. Of more
hits, those that hold the most telling tokens most often are: see `growing_sets`.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from search.meilisearch_documents import marks_from
from search.meilisearch_filters import any_of, encode, one_true
from search.meilisearch_impact import IMPACTS, K1, Lengths, length_norms, stream

MOST_SCORED = 1000
FEWEST_SCORED_OF_MANY = 100
MOST_SCORED_OF_MANY = 400
PROBED_OF_A_QUERY = 6
PROBED_OF_A_LONG_TEXT = 12
SET_SIZES = frozenset((1, 2, 3, 4, 6, 8, 11, 16, 23, 32, 45, 64))
MOST_LONG_TOKENS = 40


@dataclass(frozen=True)
class Statistics:
    """Of an index: how many documents it holds, their average lengths, and how many hold each token asked about."""

    documents: int
    average_lengths: Lengths
    holding: Mapping[str, int]

    def rarity(self, token: str) -> float:
        """Return the inverse document frequency of a token, always above zero."""
        holding = min(self.holding.get(token, 0), self.documents)
        return math.log(1 + (self.documents - holding + 0.5) / (holding + 0.5))


def weigh(scored: Iterable[tuple[str, float]], statistics: Statistics) -> dict[str, float]:
    """Return the weights of a query's tokens times their rarity; tokens that no document holds are left out."""
    return {
        token: weight * statistics.rarity(token) for token, weight in scored if statistics.holding.get(token)
    }


def most_telling(weights: Mapping[str, float]) -> dict[str, float]:
    """Return the tokens of a long text that tell most."""
    heaviest = sorted(weights.items(), key=lambda item: (item[1], item[0]), reverse=True)
    return dict(heaviest[:MOST_LONG_TOKENS])


def relevance(
    frequencies: Mapping[str, int], lengths: tuple[int, int], weights: Mapping[str, float], average: Lengths
) -> float:
    """Return the BM25 score of a document; `weights` are those of the query's tokens times their rarity."""
    norms = length_norms(lengths, average)
    return sum(
        weight * frequencies[token] * (K1 + 1) / (frequencies[token] + norms[stream(token)])
        for token, weight in weights.items()
        if token in frequencies
    )


def bounded(score: float) -> float:
    """Map a score from [0, inf) to [0, 1), keeping the order."""
    return score / (score + 10)


def growing_sets(weights: Mapping[str, float], probed: int) -> list[str]:
    """Return expressions for ever larger sets of documents, each within the next: first those to which one of the
    `probed` heaviest tokens gives most score, in the end all that hold one of them.

    More tokens are not better: they crowd out documents that hold the few heaviest together.
    """
    tokens = sorted(weights, key=lambda token: -weights[token])[:probed]
    steps = sorted(
        (
            (-weights[token] * impact, token, level)
            for token in tokens
            for level, impact in enumerate((0.0, *IMPACTS))
        ),
    )
    lowest: dict[str, int] = {}
    sets = []
    for size, (_, token, level) in enumerate(steps, start=1):
        lowest[token] = level
        if size in SET_SIZES or size == len(steps):
            sets.append(one_true(_reaching(level, token) for token, level in lowest.items()))
    return sets


def _reaching(level: int, token: str) -> str:
    return any_of("strong", marks_from(level, token)) if level else any_of("tokens", [encode(token)])


def worth_scoring(sets: Sequence[str], counts: Mapping[str, int]) -> str:
    """Return the largest set of at most MOST_SCORED_OF_MANY documents, or the next when that is too few for a page."""
    for smaller, larger in pairwise(sets):
        if counts[larger] > MOST_SCORED_OF_MANY:
            return smaller if counts[smaller] >= FEWEST_SCORED_OF_MANY else larger
    return sets[-1]
