"""The verdict rules for a whole catalogue at once: a vectorised twin of `app.matching.rules`.

It answers, for one need and every platform, the rank, the number of conditions and the lines behind them. The
pure rules stay the law: property tests hold the twin to them, and the use case proves again what it shows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from app.matching.facts import UNMET_FROM, Asked, ConditionCode, Need, Offering, Rank, Relation
from app.matching.line_rules import (
    RANGE_RANK,
    bears_on,
    edition_not_stated,
    edition_rank,
    offering_outcome,
    open_ends,
    superseded_by,
)
from app.matching.rules import ACCREDITATION_RANK, RELATION_RANK
from app.matching.snapshot import Snapshot, VocabularyView
from app.models.scope import Scheme
from app.registry.postings import GRADED, HIGH_EXCLUSIVE, LOW_EXCLUSIVE, RANGED, RESTRICTED, Records
from app.registry.rules import AccreditationStatus
from app.vocabulary.ranges import Range, covers

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_BIT = {code: 1 << position for position, code in enumerate(ConditionCode)}
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


@dataclass(frozen=True, slots=True)
class _Judged:
    """Every line of a need's standards: its platform row, scheme, rank and condition bits."""

    platform: Ints
    scheme: Ints
    line: Ints
    rank: Ints
    bits: Ints
    obj: Ints
    parameter: Ints
    holder: Ints
    accreditation_row: Ints
    announces: Mask


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
    lines = _judge(need, snapshot, records, graded, leads, on_date)
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


# --- One line -----------------------------------------------------------------------------------------------


def _judge(
    need: Need,
    snapshot: Snapshot,
    records: Records,
    graded: Mapping[int, Range],
    leads: npt.NDArray[np.float64],
    on_date: date,
) -> _Judged:
    view = snapshot.vocabulary
    table = snapshot.accreditations
    row = table.rows_of(records["accreditation"])
    platform = table.platform_row[row]
    edition, edition_bits = _by_edition(need, view, records["edition"], on_date)
    ranges = _range_ranks(need, view, records, graded)
    announces = np.maximum(edition, ranges) < UNMET_FROM
    rank = np.maximum(edition, ranges)
    if need.objects is not None:
        known = np.isin(records["object"], view.object_ids(need.objects))
        rank = np.maximum(rank, np.where(known, 0, int(Rank.OBJECT_NOT_CONFIRMED)))
    if need.parameters is not None:
        known = np.isin(records["parameter"], view.parameter_ids(need.parameters))
        rank = np.maximum(rank, np.where(known, 0, int(Rank.PARAMETER_NOT_CONFIRMED)))
    day = on_date.toordinal()
    in_force = (records["effective_from"] <= day) & (day <= records["effective_to"])
    rank = np.where(in_force, rank, int(Rank.LINE_NOT_IN_FORCE))
    status = table.status_on(on_date)[row]
    rank = np.maximum(rank, _ACCREDITATION_RANKS[status])
    bits = edition_bits | _line_bits(need, view, records) | _open_end_bits(need, records, graded)
    bits |= _accreditation_bits(snapshot, row, leads, day)
    return _Judged(
        platform=platform,
        scheme=table.scheme[row],
        line=records["line"].astype(np.int64),
        rank=rank,
        bits=bits,
        obj=records["object"],
        parameter=records["parameter"],
        holder=table.holder[row],
        accreditation_row=row,
        announces=announces,
    )


_STATUSES = tuple(AccreditationStatus)
_ACCREDITATION_RANKS = np.array([int(ACCREDITATION_RANK[status]) for status in _STATUSES])


def _by_edition(
    need: Need, view: VocabularyView, editions: npt.NDArray[Any], on_date: date
) -> tuple[Ints, Ints]:
    """Judge each distinct edition by the pure rules, and spread the answers over the lines."""
    distinct, inverse = np.unique(editions, return_inverse=True)
    ranks = np.zeros(len(distinct), np.int64)
    bits = np.zeros(len(distinct), np.int64)
    for position, key in enumerate(distinct.tolist()):
        known = view.editions[key]
        ranks[position] = edition_rank(need, known.edition)
        if edition_not_stated(need, known.edition):
            bits[position] |= _BIT[ConditionCode.EDITION_NOT_STATED]
        if superseded_by(known.successors, on_date) is not None:
            bits[position] |= _BIT[ConditionCode.EDITION_SUPERSEDED]
    return ranks[inverse], bits[inverse]


def _range_ranks(need: Need, view: VocabularyView, records: Records, graded: Mapping[int, Range]) -> Ints:
    asked = need.range
    if asked is None:
        return np.zeros(len(records), np.int64)
    ranks = np.full(len(records), int(Rank.RANGE_NOT_STATED))
    stated = (records["flags"] & RANGED != 0) & (
        records["dimension"] == view.dimension_ids.get(asked.dimension, -1)
    )
    in_grades = records["flags"] & GRADED != 0
    if asked.grades is not None:
        for position in np.flatnonzero(stated & in_grades).tolist():
            ranks[position] = RANGE_RANK[covers(graded[int(records["line"][position])], asked).kind]
        return ranks
    low, high = records["low"], records["high"]
    numeric = stated & ~in_grades & (np.isfinite(low) | np.isfinite(high))
    if asked.lo is None and asked.hi is None:
        return ranks
    low_open = records["flags"] & LOW_EXCLUSIVE != 0
    high_open = records["flags"] & HIGH_EXCLUSIVE != 0
    inside, touching = _numeric_coverage(asked, low, high, low_open, high_open)
    numeric_rank = np.where(
        inside, int(Rank.MET), np.where(touching, int(Rank.PART_OF_RANGE), int(Rank.OUTSIDE_RANGE))
    )
    return np.where(numeric, numeric_rank, ranks)


def _numeric_coverage(
    asked: Range,
    low: npt.NDArray[Any],
    high: npt.NDArray[Any],
    low_open: Mask,
    high_open: Mask,
) -> tuple[Mask, Mask]:
    """Return which lines cover what is asked, and which at least touch it. Twin of `covers`."""
    first = -np.inf if asked.lo is None else asked.lo
    last = np.inf if asked.hi is None else asked.hi
    excl_first = asked.lo is not None and not asked.lo_inclusive
    excl_last = asked.hi is not None and not asked.hi_inclusive
    below = (low < first) | ((low == first) & (~low_open | excl_first))
    above = (high > last) | ((high == last) & (~high_open | excl_last))
    meets_first = (high > first) | ((high == first) & ~high_open & (not excl_first))
    meets_last = (low < last) | ((low == last) & ~low_open & (not excl_last))
    touching = meets_first & meets_last
    inside = touching.copy()
    if asked.lo is not None:
        inside &= below
    if asked.hi is not None:
        inside &= above
    return inside, touching


def _line_bits(need: Need, view: VocabularyView, records: Records) -> Ints:
    bits: Ints = np.where(records["flags"] & RESTRICTED != 0, _BIT[ConditionCode.RESTRICTION], 0)
    has_object, has_parameter = records["object"] != 0, records["parameter"] != 0
    if need.objects is None:
        bits |= np.where(has_object, _BIT[ConditionCode.OBJECT_NOT_ASKED], 0)
    if need.parameters is None:
        bits |= np.where(has_parameter, _BIT[ConditionCode.PARAMETER_NOT_ASKED], 0)
        if need.standard is not None and need.term is None:
            bits |= np.where(has_parameter, _BIT[ConditionCode.PART_OF_STANDARD], 0)
    if need.standard and need.term:
        named = np.isin(records["parameter"], view.parameter_ids(need.term_names))
        bits |= np.where(has_parameter & ~named, _BIT[ConditionCode.TERM_NOT_NAMED], 0)
    return bits


def _open_end_bits(need: Need, records: Records, graded: Mapping[int, Range]) -> Ints:
    asked = need.range
    open_end = np.zeros(len(records), np.bool_)
    if asked is not None and asked.grades is not None:
        for position in np.flatnonzero(records["flags"] & GRADED).tolist():
            open_end[position] = any(open_ends(need, graded[int(records["line"][position])]))
    elif asked is not None:
        if asked.lo is not None:
            open_end |= records["low"] == -np.inf
        if asked.hi is not None:
            open_end |= records["high"] == np.inf
    return np.where(open_end, _BIT[ConditionCode.OPEN_END_ASSUMED_UNLIMITED], 0)


def _accreditation_bits(snapshot: Snapshot, row: Ints, leads: npt.NDArray[np.float64], day: int) -> Ints:
    table = snapshot.accreditations
    bits: Ints = np.where(table.holder[row] != 0, _BIT[ConditionCode.HELD_BY_PARTNER], 0)
    bits |= np.where(table.verified[row], 0, _BIT[ConditionCode.DECLARED_NOT_VERIFIED])
    late = table.valid_to[row] < day + leads[table.platform_row[row]]
    return bits | np.where(late, _BIT[ConditionCode.EXPIRES_BEFORE_DELIVERY], 0)


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
    need: Need, size: int, lines: _Judged, offerings: Mapping[int, Sequence[Offering]], on_date: date
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


def _least(size: int, lines: _Judged, useful: Mask) -> Answers:
    """Return per platform the least rank, then the fewest conditions, then the least line id."""
    result = _uniform(size, Rank.NO_SUCH_LINE)
    chosen = np.flatnonzero(useful)
    if not len(chosen):
        return result
    counts = np.where(lines.rank[chosen] == Rank.MET, _popcount(lines.bits[chosen]), 0)
    order = np.lexsort((lines.line[chosen], counts, lines.rank[chosen], lines.platform[chosen]))
    platforms = lines.platform[chosen][order]
    first = np.r_[True, platforms[1:] != platforms[:-1]]
    winners = chosen[order[first]]
    rows = lines.platform[winners]
    result.ranks[rows] = lines.rank[winners]
    result.conditions[rows] = counts[order[first]]
    result.lines[rows, 0] = lines.line[winners]
    return result


def _popcount(bits: Ints) -> Ints:
    return np.bitwise_count(bits).astype(np.int64)


def _under(scheme: int, snapshot: Snapshot, lines: _Judged, offers: Mask) -> Answers:
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
            relation: _judge(asked, snapshot, records, graded, leads, on_date)
            for relation, records in related.items()
            if len(records)
        }

    def met(self, scheme: int) -> Iterable[tuple[Rank, Answers]]:
        for relation, lines in self._judged.items():
            useful = (lines.rank == Rank.MET) & (lines.scheme == scheme)
            yield RELATION_RANK[relation], _least(self._size, lines, useful)


def _combine(need: Need, by_scheme: Mapping[Scheme, Answers], lines: _Judged, related: _Related) -> Answers:
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


def _worse(cnas: Answers, cma: Answers, lines: _Judged) -> Answers:
    first_worse = cnas.ranks >= cma.ranks
    both = np.where(
        first_worse[:, None],
        np.stack([cnas.lines[:, 0], cma.lines[:, 0]], axis=1),
        np.stack([cma.lines[:, 0], cnas.lines[:, 0]], axis=1),
    )
    result = Answers(np.maximum(cnas.ranks, cma.ranks), np.zeros_like(cnas.conditions), both)
    met = lines.rank == Rank.MET
    rows = np.flatnonzero(result.ranks == Rank.MET)
    mine = np.flatnonzero(met & np.isin(lines.platform, rows))
    groups: dict[int, tuple[list[int], list[int]]] = {}
    for position in mine.tolist():
        groups.setdefault(int(lines.platform[position]), ([], []))[int(lines.scheme[position])].append(
            position
        )
    for row, (left, right) in groups.items():
        count, line, line_2 = min(_pair(lines, a, b) for a in left for b in right)
        result.conditions[row] = count
        result.lines[row] = (line, line_2)
    return result


def _pair(lines: _Judged, one: int, other: int) -> tuple[int, int, int]:
    bits = int(lines.bits[one] | lines.bits[other])
    if (
        lines.obj[one] != lines.obj[other]
        or lines.parameter[one] != lines.parameter[other]
        or lines.holder[one] != lines.holder[other]
    ):
        bits |= _BIT[ConditionCode.BOTH_ON_DIFFERENT_LINES]
    return bits.bit_count(), int(lines.line[one]), int(lines.line[other])


def _finish(need: Need, snapshot: Snapshot, result: Answers) -> Answers:
    """Add the conditions common to a platform, and judge records known only by their prose."""
    platforms = snapshot.platforms
    met = result.ranks == Rank.MET
    result.conditions[met & platforms.outsiders_not_served] += 1
    if need.term is not None and need.term in snapshot.vocabulary.designated:
        result.conditions[met] += 1
    elif need.term is None and need.standard is not None:
        served = snapshot.vocabulary.term_of_standard(need.standard)
        if served in snapshot.vocabulary.designated:
            result.conditions[met] += 1
    for row in platforms.prose_rows:
        mentioned = snapshot.prose_mentions(row, need)
        result.ranks[row] = int(Rank.SOURCE_DOES_NOT_SAY if mentioned else Rank.NO_SUCH_LINE)
        result.conditions[row] = 0
        result.lines[row] = 0
    return result
