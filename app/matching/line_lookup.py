"""The rules of one line for every line of a need at once: the part of the vectorised twin that looks at lines.

Editions, grades and objects are decided once for each distinct value by the pure rules and spread over the lines.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from app.matching.facts import UNMET_FROM, ConditionCode, Need, Rank
from app.matching.line_rules import (
    RANGE_RANK,
    edition_not_stated,
    edition_rank,
    open_ends,
    superseded_by,
)
from app.matching.rules import ACCREDITATION_RANK
from app.matching.snapshot import Snapshot, VocabularyView
from app.registry.postings import GRADED, HIGH_EXCLUSIVE, LOW_EXCLUSIVE, RANGED, RESTRICTED, Records
from app.registry.rules import AccreditationStatus
from app.vocabulary.ranges import Range, covers

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

BIT = {code: 1 << position for position, code in enumerate(ConditionCode)}
"""One bit for each condition, so that a line's conditions are one number."""


@dataclass(frozen=True, slots=True)
class JudgedLines:
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


def judge_lines(
    need: Need,
    snapshot: Snapshot,
    records: Records,
    graded: Mapping[int, Range],
    leads: npt.NDArray[np.float64],
    on_date: date,
) -> JudgedLines:
    view = snapshot.vocabulary
    table = snapshot.accreditations
    # Lines published since the snapshot was read belong to the next version of the catalogue.
    known = table.knows(records["accreditation"]) & view.knows_editions(records["edition"])
    records = records if known.all() else records[known]
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
    return JudgedLines(
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
            bits[position] |= BIT[ConditionCode.EDITION_NOT_STATED]
        if superseded_by(known.successors, on_date) is not None:
            bits[position] |= BIT[ConditionCode.EDITION_SUPERSEDED]
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
    bits: Ints = np.where(records["flags"] & RESTRICTED != 0, BIT[ConditionCode.RESTRICTION], 0)
    has_object, has_parameter = records["object"] != 0, records["parameter"] != 0
    if need.objects is None:
        bits |= np.where(has_object, BIT[ConditionCode.OBJECT_NOT_ASKED], 0)
    if need.parameters is None:
        bits |= np.where(has_parameter, BIT[ConditionCode.PARAMETER_NOT_ASKED], 0)
        if need.standard is not None and need.term is None:
            bits |= np.where(has_parameter, BIT[ConditionCode.PART_OF_STANDARD], 0)
    if need.standard and need.term:
        named = np.isin(records["parameter"], view.parameter_ids(need.term_names))
        bits |= np.where(has_parameter & ~named, BIT[ConditionCode.TERM_NOT_NAMED], 0)
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
    return np.where(open_end, BIT[ConditionCode.OPEN_END_ASSUMED_UNLIMITED], 0)


def _accreditation_bits(snapshot: Snapshot, row: Ints, leads: npt.NDArray[np.float64], day: int) -> Ints:
    table = snapshot.accreditations
    bits: Ints = np.where(table.holder[row] != 0, BIT[ConditionCode.HELD_BY_PARTNER], 0)
    bits |= np.where(table.verified[row], 0, BIT[ConditionCode.DECLARED_NOT_VERIFIED])
    late = table.valid_to[row] < day + leads[table.platform_row[row]]
    return bits | np.where(late, BIT[ConditionCode.EXPIRES_BEFORE_DELIVERY], 0)


def popcount(bits: Ints) -> Ints:
    """Return how many conditions each number holds."""
    return np.bitwise_count(bits).astype(np.int64)


def first_of_each(values: Ints) -> Mask:
    """Return where a new value begins in an ordered, non-empty array."""
    return np.concatenate(([True], values[1:] != values[:-1]))
