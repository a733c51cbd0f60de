"""The verdict rules for a whole catalogue at once: a vectorised twin of `app.matching.rules`.

It answers, for one need and every platform, the rank, the number of conditions and the lines behind them. The
pure rules stay the law: property tests hold the twin to them, and the use case proves again what it shows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from app.matching.facts import UNMET_FROM, Asked, ConditionCode, Need, Offering, Rank, Relation
from app.matching.line_lookup import BIT, JudgedLines, first_of_each, judge_lines, popcount
from app.matching.line_rules import (
    bears_on,
    offering_outcome,
)
from app.matching.rules import RELATION_RANK
from app.matching.snapshot import Snapshot
from app.models.scope import Scheme
from app.registry.postings import Records
from app.vocabulary.ranges import Range

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_NO_LINE = np.int64(np.iinfo(np.int64).max)
_SCHEMES = tuple(Scheme)


@dataclass(frozen=True, slots=True)
class Answers:
    """One need, every platform by its row in the snapshot.

    `lines` holds the ids of the scope lines behind an answer, two columns for `both`, 0 for none; conditions are
    counted for mets, those common to a platform's lines included.
    """

    ranks: Ints
    conditions: Ints
    lines: Ints


def answer(
    need: Need,
    *,
    snapshot: Snapshot,
    records: Records,
    related: Mapping[Relation, Records],
    offerings: Mapping[int, Sequence[Offering]],
    graded: Mapping[int, Range],
    on_date: date,
) -> Answers:
    """Judge a need for every platform of the snapshot.

    `records` are the postings of every standard that counts for the need, `related` those of equivalent and
    successor standards; `offerings` are, by platform row, the service capabilities that may bear on it; `graded`
    the ranges of the lines that state grades, by line id, where the need asks grades.
    """
    size = len(snapshot.platforms)
    if need.text_only:
        return _uniform(size, Rank.NEEDS_CLARIFICATION)
    leads = _lead_times(need, offerings, size)
    lines = judge_lines(need, snapshot, records, graded, leads, on_date)
    if need.asked is Asked.NONE:
        result = _without_accreditation(need, size, lines, offerings, on_date)
    else:
        offers = _offers(need, offerings, size, on_date)
        by_scheme = {scheme: _under(index, snapshot, lines, offers) for index, scheme in enumerate(_SCHEMES)}
        extra = _Related(need, snapshot, related, graded, leads, on_date)
        result = _combine(need, by_scheme, lines, extra)
    return _finish(need, snapshot, result)


def _uniform(size: int, rank: Rank) -> Answers:
    return Answers(np.full(size, int(rank)), np.zeros(size, np.int64), np.zeros((size, 2), np.int64))


# --- Offerings ----------------------------------------------------------------------------------------------


def _lead_times(
    need: Need, offerings: Mapping[int, Sequence[Offering]], size: int
) -> npt.NDArray[np.float64]:
    """Return per platform the longest lead time in days of offerings that bear on the need; NaN: none said."""
    leads = np.full(size, np.nan)
    for row, own in offerings.items():
        days = [o.lead_time_days for o in own if o.lead_time_days is not None and bears_on(need, o)]
        if days:
            leads[row] = max(days)
    return leads


def _offers(need: Need, offerings: Mapping[int, Sequence[Offering]], size: int, on_date: date) -> Mask:
    offers = np.zeros(size, np.bool_)
    for row, own in offerings.items():
        offers[row] = any(
            (need.term is not None and o.term == need.term)
            or offering_outcome(need, o, on_date).rank < UNMET_FROM
            for o in own
        )
    return offers


def _without_accreditation(
    need: Need, size: int, lines: JudgedLines, offerings: Mapping[int, Sequence[Offering]], on_date: date
) -> Answers:
    useful = (lines.rank == Rank.MET) | (lines.rank >= UNMET_FROM)
    result = _least(size, lines, useful)
    for row, own in offerings.items():
        for offering in own:
            outcome = offering_outcome(need, offering, on_date)
            mine = (int(outcome.rank), outcome.condition_count)
            if mine < (int(result.ranks[row]), int(result.conditions[row])):
                result.ranks[row], result.conditions[row] = mine
                result.lines[row] = 0
    return result


# --- Platforms ----------------------------------------------------------------------------------------------


def _least(size: int, lines: JudgedLines, useful: Mask) -> Answers:
    """Return per platform the least rank, then the fewest conditions, then the least line id."""
    result = _uniform(size, Rank.NO_SUCH_LINE)
    chosen = np.flatnonzero(useful)
    if not len(chosen):
        return result
    counts = np.where(lines.rank[chosen] == Rank.MET, popcount(lines.bits[chosen]), 0)
    order = np.lexsort((lines.line[chosen], counts, lines.rank[chosen], lines.platform[chosen]))
    platforms = lines.platform[chosen][order]
    first = first_of_each(platforms)
    winners = chosen[order[first]]
    rows = lines.platform[winners]
    result.ranks[rows] = lines.rank[winners]
    result.conditions[rows] = counts[order[first]]
    result.lines[rows, 0] = lines.line[winners]
    return result


def _under(scheme: int, snapshot: Snapshot, lines: JudgedLines, offers: Mask) -> Answers:
    """Judge under one scheme; rule 4 lifts platforms that offer what they are still applying for."""
    size = len(snapshot.platforms)
    result = _least(size, lines, lines.scheme == scheme)
    table = snapshot.accreditations
    pending = table.pending & (table.scheme == scheme)
    first = np.full(size, _NO_LINE)
    announcing = lines.announces & pending[lines.accreditation_row]
    np.minimum.at(first, lines.platform[announcing], lines.line[announcing])
    lifted = first != _NO_LINE
    lifted[table.platform_row[pending & table.without_lines]] = True
    lifted &= offers & (result.ranks > Rank.ACCREDITATION_PENDING)
    result.ranks[lifted] = int(Rank.ACCREDITATION_PENDING)
    result.lines[lifted, 0] = np.where(first == _NO_LINE, 0, first)[lifted]
    return result


class _Related:
    """Lines of equivalent and successor standards, judged on demand under one scheme."""

    def __init__(
        self,
        need: Need,
        snapshot: Snapshot,
        related: Mapping[Relation, Records],
        graded: Mapping[int, Range],
        leads: npt.NDArray[np.float64],
        on_date: date,
    ) -> None:
        self._size = len(snapshot.platforms)
        asked = need.with_standard(need.standard) if need.standard is not None else need
        self._judged = {
            relation: judge_lines(asked, snapshot, records, graded, leads, on_date)
            for relation, records in related.items()
            if len(records)
        }

    def met(self, scheme: int) -> Iterable[tuple[Rank, Answers]]:
        for relation, lines in self._judged.items():
            useful = (lines.rank == Rank.MET) & (lines.scheme == scheme)
            yield RELATION_RANK[relation], _least(self._size, lines, useful)


def _combine(
    need: Need, by_scheme: Mapping[Scheme, Answers], lines: JudgedLines, related: _Related
) -> Answers:
    size = len(by_scheme[Scheme.CNAS].ranks)
    completed = {}
    for index, scheme in enumerate(_SCHEMES):
        result = by_scheme[scheme]
        other = _least(size, lines, (lines.rank == Rank.MET) & (lines.scheme != index))
        _lower(result, other.ranks == Rank.MET, Rank.OTHER_SCHEME, other)
        for rank, near in related.met(index):
            _lower(result, near.ranks == Rank.MET, rank, near)
        completed[scheme] = result
    if need.asked is Asked.EITHER:
        return _better(completed[Scheme.CNAS], completed[Scheme.CMA])
    if need.asked is Asked.BOTH:
        return _worse(completed[Scheme.CNAS], completed[Scheme.CMA], lines)
    return completed[Scheme(need.asked.value)]


def _lower(result: Answers, where: Mask, rank: Rank, source: Answers) -> None:
    """Put a nearer miss in the place of a farther one."""
    rows = where & (result.ranks > rank)
    result.ranks[rows] = int(rank)
    result.lines[rows] = source.lines[rows]


def _better(one: Answers, other: Answers) -> Answers:
    def key(a: Answers) -> tuple[Ints, Ints, Ints]:
        line = np.where(a.lines[:, 0] == 0, _NO_LINE, a.lines[:, 0])
        return a.ranks, a.conditions, line

    (rank, count, line), (rank_2, count_2, line_2) = key(one), key(other)
    second = (rank_2 < rank) | (
        (rank_2 == rank) & ((count_2 < count) | ((count_2 == count) & (line_2 < line)))
    )
    return Answers(
        np.where(second, rank_2, rank),
        np.where(second, count_2, count),
        np.where(second[:, None], other.lines, one.lines),
    )


def _worse(cnas: Answers, cma: Answers, lines: JudgedLines) -> Answers:
    first_worse = cnas.ranks >= cma.ranks
    both = np.where(
        first_worse[:, None],
        np.stack([cnas.lines[:, 0], cma.lines[:, 0]], axis=1),
        np.stack([cma.lines[:, 0], cnas.lines[:, 0]], axis=1),
    )
    result = Answers(np.maximum(cnas.ranks, cma.ranks), np.zeros_like(cnas.conditions), both)
    _pair_up(result, lines)
    return result


def _pair_up(result: Answers, lines: JudgedLines) -> None:
    """For platforms met under both schemes choose the pair of lines with the fewest conditions, by line ids."""
    met = (lines.rank == Rank.MET) & (result.ranks == Rank.MET)[lines.platform]
    one, other = (_by_platform(lines, met & (lines.scheme == index)) for index in (0, 1))
    start = np.searchsorted(lines.platform[other], lines.platform[one], "left")
    count = np.searchsorted(lines.platform[other], lines.platform[one], "right") - start
    left = np.repeat(one, count)
    within = np.arange(len(left)) - np.repeat(np.cumsum(count) - count, count)
    right = other[np.repeat(start, count) + within]
    if not len(left):
        return
    differ = (
        (lines.obj[left] != lines.obj[right])
        | (lines.parameter[left] != lines.parameter[right])
        | (lines.holder[left] != lines.holder[right])
    )
    bits = (
        lines.bits[left] | lines.bits[right] | np.where(differ, BIT[ConditionCode.BOTH_ON_DIFFERENT_LINES], 0)
    )
    counts = popcount(bits)
    order = np.lexsort((lines.line[right], lines.line[left], counts, lines.platform[left]))
    best = order[first_of_each(lines.platform[left][order])]
    rows = lines.platform[left][best]
    result.conditions[rows] = counts[best]
    result.lines[rows, 0] = lines.line[left][best]
    result.lines[rows, 1] = lines.line[right][best]


def _by_platform(lines: JudgedLines, chosen: Mask) -> Ints:
    positions = np.flatnonzero(chosen)
    return positions[np.argsort(lines.platform[positions], kind="stable")]


def _finish(need: Need, snapshot: Snapshot, result: Answers) -> Answers:
    """Add the conditions common to a platform, and judge records known only by their prose."""
    platforms = snapshot.platforms
    met = result.ranks == Rank.MET
    result.conditions[met & platforms.outsiders_not_served] += 1
    vocabulary = snapshot.vocabulary
    served = None if need.standard is None else vocabulary.term_of_standard(need.standard)
    if not vocabulary.designated.isdisjoint({need.term, served}):
        result.conditions[met] += 1
    for row in platforms.prose_rows:
        mentioned = snapshot.prose_mentions(row, need)
        result.ranks[row] = int(Rank.SOURCE_DOES_NOT_SAY if mentioned else Rank.NO_SUCH_LINE)
        result.conditions[row] = 0
        result.lines[row] = 0
    return result
