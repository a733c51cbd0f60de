"""Rank metrics on graded judgements, and the tallies of an evaluation. Pure."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import mean


def ndcg(ranked: Sequence[str], judged: Mapping[str, int], cut: int = 10) -> float:
    """Return nDCG with gain 2^grade - 1; 1.0 when nothing is judged."""
    gains = [2 ** judged.get(slug, 0) - 1 for slug in ranked[:cut]]
    ideal = sorted((2**grade - 1 for grade in judged.values()), reverse=True)[:cut]
    best = _discounted(ideal)
    return _discounted(gains) / best if best else 1.0


def _discounted(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(position + 2) for position, gain in enumerate(gains))


def recall(ranked: Sequence[str], judged: Mapping[str, int], cut: int = 50) -> float:
    """Return the share of judged services among the first `cut`; 1.0 when nothing is judged."""
    return sum(slug in ranked[:cut] for slug in judged) / len(judged) if judged else 1.0


@dataclass
class Tally:
    """What an evaluation counts. Rank metrics are lists of (nDCG@10, recall@50) by group."""

    verdicts: int = 0
    right: int = 0
    falsely_met: int = 0
    plans: int = 0
    plans_exact: int = 0
    capabilities: int = 0
    capabilities_drawn: int = 0
    drawn: int = 0
    surely_drawn: int = 0
    surely_right: int = 0
    schemes_right: int = 0
    ranks: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    misses: list[str] = field(default_factory=list)

    def rank(self, groups: Sequence[str], ranked: Sequence[str], judged: Mapping[str, int]) -> None:
        for group in groups:
            self.ranks[group].append((ndcg(ranked, judged), recall(ranked, judged)))

    def means(self, group: str) -> tuple[float, float]:
        values = self.ranks[group]
        return mean(v[0] for v in values), mean(v[1] for v in values)
