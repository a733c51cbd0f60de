"""The verdict rules: does this platform, on this date, meet this need? Source: design, "Verdict rules".

Pure: no I/O, no clock. `app.matching.lookup` holds a vectorised twin of the line rules for whole catalogues; a
property test keeps the two equal, and whatever is shown as met was judged met here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta

from app.matching.facts import (
    UNMET_FROM,
    AccreditationFacts,
    Asked,
    Condition,
    ConditionCode,
    Evidence,
    Line,
    Need,
    Offering,
    Outcome,
    PlatformFacts,
    Rank,
    Relation,
    Successor,
    Verdict,
)
from app.models.registry import Outsiders
from app.models.scope import Scheme
from app.registry.rules import AccreditationStatus, accreditation_status, stands_on
from app.vocabulary.ranges import CoverageKind, Range, covers

RANGE_RANK = {
    CoverageKind.COVERED: Rank.MET,
    CoverageKind.NOT_STATED: Rank.RANGE_NOT_STATED,
    CoverageKind.PART: Rank.PART_OF_RANGE,
    CoverageKind.OUTSIDE: Rank.OUTSIDE_RANGE,
}

ACCREDITATION_RANK = {
    AccreditationStatus.GRANTED: Rank.MET,
    AccreditationStatus.VALIDITY_NOT_STATED: Rank.VALIDITY_NOT_STATED,
    AccreditationStatus.EXPIRED: Rank.ACCREDITATION_EXPIRED,
    AccreditationStatus.NOT_YET_VALID: Rank.ACCREDITATION_NOT_YET_VALID,
    AccreditationStatus.SUSPENDED: Rank.ACCREDITATION_SUSPENDED,
    AccreditationStatus.WITHDRAWN: Rank.ACCREDITATION_WITHDRAWN,
    AccreditationStatus.PLANNED: Rank.NO_SUCH_LINE,
    AccreditationStatus.APPLIED: Rank.NO_SUCH_LINE,
}
"""Planned and applied count as nothing here: rule 4 judges them apart."""

RELATION_RANK = {
    Relation.EQUIVALENT: Rank.EQUIVALENT_STANDARD,
    Relation.SUCCESSOR: Rank.SUCCESSOR_STANDARD,
}

PENDING = (AccreditationStatus.PLANNED, AccreditationStatus.APPLIED)

NOTHING = Outcome(Rank.NO_SUCH_LINE)


def judge(
    need: Need, platform: PlatformFacts, on_date: date, designated: frozenset[str] = frozenset()
) -> Outcome:
    """Return the platform's answer to the need: that of its best line (fewest conditions among mets).

    `designated` are the capability terms that may need an approval beyond CNAS and CMA.
    """
    if need.text_only:
        return Outcome(Rank.NEEDS_CLARIFICATION)
    if platform.prose_mentions is not None:
        return Outcome(Rank.SOURCE_DOES_NOT_SAY) if platform.prose_mentions else NOTHING
    outcome = _answer(need, platform, on_date)
    if outcome.verdict is Verdict.MET:
        return _with_common_conditions(outcome, need, platform, designated)
    return outcome


def _answer(need: Need, platform: PlatformFacts, on_date: date) -> Outcome:
    match need.asked:
        case Asked.NONE:
            return _without_accreditation(need, platform, on_date)
        case Asked.EITHER:
            return best([_under(scheme, need, platform, on_date) for scheme in Scheme])
        case Asked.BOTH:
            return _under_both(need, platform, on_date)
        case _:
            return _under(Scheme(need.asked.value), need, platform, on_date)


# --- Rules 1, 2 and 5: one line against one need -----------------------------------------------------------


def counts(need: Need, standard: str | None, served_term: str | None) -> bool:
    """Tell whether a line of this standard counts at all. Rule 1."""
    if need.standard is not None:
        return standard == need.standard
    return need.term is not None and served_term == need.term


def edition_rank(need: Need, edition: str | None) -> Rank:
    """Rule 1: a named edition must be equal; a line that states none is unknown."""
    if need.standard is None or need.edition is None or need.edition == edition:
        return Rank.MET
    return Rank.LINE_EDITION_NOT_STATED if edition is None else Rank.OTHER_EDITION


def range_rank(need: Need, line_range: Range | None) -> Rank:
    """Rule 2."""
    if need.range is None:
        return Rank.MET
    return RANGE_RANK[covers(line_range, need.range).kind]


def object_rank(need: Need, object_name: str | None) -> Rank:
    """Rule 5: the same object, or one the vocabulary calls broader."""
    return Rank.MET if need.objects is None or object_name in need.objects else Rank.OBJECT_NOT_CONFIRMED


def parameter_rank(need: Need, parameter: str | None) -> Rank:
    """Rule 5: the same parameter or a synonym of it."""
    if need.parameters is None or parameter in need.parameters:
        return Rank.MET
    return Rank.PARAMETER_NOT_CONFIRMED


def line_rank(need: Need, line: Line, on_date: date) -> Rank:
    """Judge a line of the need's standard or term, whatever its accreditation is worth."""
    if not stands_on(line.effective_from, line.effective_to, on_date):
        return Rank.LINE_NOT_IN_FORCE
    return max(
        edition_rank(need, line.edition),
        range_rank(need, line.range),
        object_rank(need, line.object),
        parameter_rank(need, line.parameter),
    )


def line_conditions(need: Need, line: Line | Offering, on_date: date) -> Iterator[Condition]:
    """Yield what stays to be checked when this line is met. Rule 7."""
    if isinstance(line, Line) and line.restriction:
        yield _condition(ConditionCode.RESTRICTION, text=line.restriction)
    if line.object and need.objects is None:
        yield _condition(ConditionCode.OBJECT_NOT_ASKED, object=line.object)
    if line.parameter and need.parameters is None:
        yield _condition(ConditionCode.PARAMETER_NOT_ASKED, parameter=line.parameter)
        if need.standard is not None and need.term is None:
            yield _condition(ConditionCode.PART_OF_STANDARD, parameter=line.parameter)
    if need.standard and need.term and line.parameter and line.parameter not in need.term_names:
        yield _condition(ConditionCode.TERM_NOT_NAMED, parameter=line.parameter)
    for end in _open_ends(need, line.range):
        yield _condition(ConditionCode.OPEN_END_ASSUMED_UNLIMITED, end=end)
    if edition_not_stated(need, line.edition):
        yield _condition(ConditionCode.EDITION_NOT_STATED, need=need.edition, line=line.edition)
    successor = superseded_by(line.successors, on_date)
    if successor is not None:
        yield _condition(
            ConditionCode.EDITION_SUPERSEDED, successor=successor.number, effective=successor.effective
        )


def _open_ends(need: Need, line_range: Range | None) -> Iterator[str]:
    if need.range is None or line_range is None:
        return
    if need.range.lo is not None and line_range.lo is None:
        yield "min"
    if need.range.hi is not None and line_range.hi is None:
        yield "max"


def edition_not_stated(need: Need, edition: str | None) -> bool:
    """Tell whether the need or the line leaves open which edition is meant."""
    return edition is None or need.edition is None


def superseded_by(successors: Iterable[Successor], on_date: date) -> Successor | None:
    """Return the edition that replaces this one on the date; one without a known date counts as replacing."""
    in_force = [s for s in successors if s.effective is None or s.effective <= on_date]
    return max(in_force, key=lambda s: (s.effective or date.min, s.number), default=None)


# --- Rules 3 and 4: the accreditation asked ----------------------------------------------------------------


def _under(scheme: Scheme, need: Need, platform: PlatformFacts, on_date: date) -> Outcome:
    """Judge under one scheme, the nearest miss included."""
    own = [a for a in platform.accreditations if a.scheme is scheme]
    outcomes = list(_line_outcomes(need, platform, own, on_date))
    outcomes += [_pending(need, platform, a, on_date) for a in own]
    answer = best(outcomes)
    if answer.rank < UNMET_FROM:
        return answer
    return best(
        [answer, *_other_scheme(scheme, need, platform, on_date), *_related(need, platform, own, on_date)]
    )


def _line_outcomes(
    need: Need, platform: PlatformFacts, accreditations: Iterable[AccreditationFacts], on_date: date
) -> Iterator[Outcome]:
    for accreditation in accreditations:
        held = accreditation_rank(accreditation, on_date)
        for line in accreditation.lines:
            if not counts(need, line.standard, line.term):
                continue
            rank = max(line_rank(need, line, on_date), held)
            conditions: tuple[Condition, ...] = ()
            if rank is Rank.MET:
                conditions = (
                    *line_conditions(need, line, on_date),
                    *accreditation_conditions(need, platform, accreditation, on_date),
                )
            yield Outcome(rank, conditions, (Evidence(accreditation, line),), _covered(rank, need, line))


def accreditation_rank(accreditation: AccreditationFacts, on_date: date) -> Rank:
    status = accreditation_status(
        accreditation.state, accreditation.valid_from, accreditation.valid_to, on_date
    )
    return ACCREDITATION_RANK[status]


def accreditation_conditions(
    need: Need, platform: PlatformFacts, accreditation: AccreditationFacts, on_date: date
) -> Iterator[Condition]:
    """Yield what stays to be checked about a valid accreditation. Rule 7."""
    if accreditation.partner is not None:
        yield _condition(ConditionCode.HELD_BY_PARTNER, holder=accreditation.partner)
    days = lead_time_days(need, platform)
    if days is not None and accreditation.valid_to is not None:
        delivery = on_date + timedelta(days=days)
        if accreditation.valid_to < delivery:
            yield _condition(
                ConditionCode.EXPIRES_BEFORE_DELIVERY, valid_to=accreditation.valid_to, delivery=delivery
            )
    if not accreditation.verified:
        yield _condition(ConditionCode.DECLARED_NOT_VERIFIED)


def lead_time_days(need: Need, platform: PlatformFacts) -> int | None:
    """Return the longest lead time among the offerings that bear on the need; None when none says."""
    days = [
        o.lead_time_days for o in platform.offerings if o.lead_time_days is not None and bears_on(need, o)
    ]
    return max(days, default=None)


def bears_on(need: Need, offering: Offering) -> bool:
    """Tell whether an offering states the need's standard, or its term, or a standard that serves its term."""
    return (need.standard is not None and offering.standard == need.standard) or (
        need.term is not None and need.term in (offering.term, offering.standard_term)
    )


def _pending(
    need: Need, platform: PlatformFacts, accreditation: AccreditationFacts, on_date: date
) -> Outcome:
    """Rule 4: a planned or applied accreditation is unknown where the capability is offered and announced."""
    status = accreditation_status(
        accreditation.state, accreditation.valid_from, accreditation.valid_to, on_date
    )
    if status not in PENDING or not _offers(need, platform, on_date):
        return NOTHING
    announced = [line for line in accreditation.lines if announces(need, line)]
    if not announced and not accreditation.empty_scope:
        return NOTHING
    return Outcome(
        Rank.ACCREDITATION_PENDING, (), (Evidence(accreditation, announced[0] if announced else None),)
    )


def announces(need: Need, line: Line) -> bool:
    """Tell whether a line of an announced scope is not unmet by rules 1 and 2."""
    return counts(need, line.standard, line.term) and (
        max(edition_rank(need, line.edition), range_rank(need, line.range)) < UNMET_FROM
    )


def _offers(need: Need, platform: PlatformFacts, on_date: date) -> bool:
    return any(
        (need.term is not None and o.term == need.term)
        or offering_outcome(need, o, on_date).rank < UNMET_FROM
        for o in platform.offerings
    )


def _other_scheme(scheme: Scheme, need: Need, platform: PlatformFacts, on_date: date) -> Iterator[Outcome]:
    others = [a for a in platform.accreditations if a.scheme is not scheme]
    for outcome in _line_outcomes(need, platform, others, on_date):
        if outcome.rank is Rank.MET:
            yield Outcome(Rank.OTHER_SCHEME, (), outcome.evidence)


def _related(
    need: Need, platform: PlatformFacts, accreditations: Iterable[AccreditationFacts], on_date: date
) -> Iterator[Outcome]:
    """Yield lines of equivalent or successor standards that would be met: they inform, and stay unmet. Rule 6."""
    accreditations = list(accreditations)
    for base, relation in need.related.items():
        asked = need.with_standard(base)
        for outcome in _line_outcomes(asked, platform, accreditations, on_date):
            if outcome.rank is Rank.MET:
                yield Outcome(RELATION_RANK[relation], (), outcome.evidence)


def _under_both(need: Need, platform: PlatformFacts, on_date: date) -> Outcome:
    """Rule 3 `both`: the worse of the two; among mets the pair of lines with the fewest conditions."""
    cnas, cma = (_under(scheme, need, platform, on_date) for scheme in (Scheme.CNAS, Scheme.CMA))
    if cnas.rank is not Rank.MET or cma.rank is not Rank.MET:
        worse, better = (cnas, cma) if cnas.rank >= cma.rank else (cma, cnas)
        return replace(worse, evidence=(*worse.evidence, *better.evidence))
    mets = {
        scheme: [
            o
            for o in _line_outcomes(
                need, platform, (a for a in platform.accreditations if a.scheme is scheme), on_date
            )
            if o.rank is Rank.MET
        ]
        for scheme in (Scheme.CNAS, Scheme.CMA)
    }
    return best([_pair(a, b) for a in mets[Scheme.CNAS] for b in mets[Scheme.CMA]])


def _pair(first: Outcome, second: Outcome) -> Outcome:
    one, other = first.evidence[0], second.evidence[0]
    conditions = list(dict.fromkeys((*first.conditions, *second.conditions)))
    differing = [name for name, a, b in _compared(one, other) if a != b]
    if differing:
        conditions.append(_condition(ConditionCode.BOTH_ON_DIFFERENT_LINES, differing=",".join(differing)))
    return Outcome(Rank.MET, tuple(conditions), (*first.evidence, *second.evidence))


def _compared(one: Evidence, other: Evidence) -> Iterator[tuple[str, str | None, str | None]]:
    if one.line is None or other.line is None or one.accreditation is None or other.accreditation is None:
        raise ValueError("a pair of schemes is compared by its lines")
    yield "object", one.line.object, other.line.object
    yield "parameter", one.line.parameter, other.line.parameter
    yield "holder", one.accreditation.partner, other.accreditation.partner


# --- Rule 3 `none`: services on their own word --------------------------------------------------------------


def _without_accreditation(need: Need, platform: PlatformFacts, on_date: date) -> Outcome:
    lines = list(_line_outcomes(need, platform, platform.accreditations, on_date))
    answer = best(
        [
            *(offering_outcome(need, o, on_date) for o in platform.offerings),
            *(o for o in lines if o.rank is Rank.MET),
        ]
    )
    if answer.rank < UNMET_FROM:
        return answer
    return best([answer, *(o for o in lines if o.rank >= UNMET_FROM)])


def offering_outcome(need: Need, offering: Offering, on_date: date) -> Outcome:
    """Judge a service capability like a line, on the platform's own word. Rule 3 `none`."""
    if need.standard is not None and offering.standard is None:
        known = need.term is not None and offering.term == need.term
        return Outcome(Rank.STANDARD_NOT_STATED, (), (Evidence(offering=offering),)) if known else NOTHING
    if not (
        counts(need, offering.standard, offering.standard_term)
        or (need.standard is None and need.term is not None and offering.term == need.term)
    ):
        return NOTHING
    rank = max(
        edition_rank(need, offering.edition),
        range_rank(need, offering.range),
        object_rank(need, offering.object),
        parameter_rank(need, offering.parameter),
    )
    conditions: tuple[Condition, ...] = ()
    if rank is Rank.MET:
        conditions = (*line_conditions(need, offering, on_date), _condition(ConditionCode.SELF_DECLARED))
    return Outcome(rank, conditions, (Evidence(offering=offering),), _covered(rank, need, offering))


# --- Shared -------------------------------------------------------------------------------------------------


def best(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the least rank; among mets the fewest conditions (codes count once); then the least evidence id."""
    return min(outcomes, key=_order, default=NOTHING)


def _order(outcome: Outcome) -> tuple[int, int, tuple[tuple[int, int], ...]]:
    return (
        outcome.rank,
        outcome.condition_count,
        tuple(_evidence_key(e) for e in outcome.evidence),
    )


def _evidence_key(evidence: Evidence) -> tuple[int, int]:
    """Lines before offerings, each by id."""
    if evidence.line is not None:
        return 0, evidence.line.id
    return (1, evidence.offering.id) if evidence.offering is not None else (2, 0)


def _with_common_conditions(
    outcome: Outcome, need: Need, platform: PlatformFacts, designated: frozenset[str]
) -> Outcome:
    """Add the conditions that hold for every line of the platform, and put all in the order of their codes."""
    conditions = list(outcome.conditions)
    if platform.serves_outsiders is Outsiders.NO:
        conditions.append(_condition(ConditionCode.OUTSIDERS_NOT_SERVED))
    term = need.term or _served_term(outcome.evidence)
    if term in designated:
        conditions.append(_condition(ConditionCode.DESIGNATION_MAY_APPLY, capability=term))
    order = list(ConditionCode)
    return replace(outcome, conditions=tuple(sorted(conditions, key=lambda c: order.index(c.code))))


def _served_term(evidence: tuple[Evidence, ...]) -> str | None:
    first = evidence[0]
    if first.line is not None:
        return first.line.term
    return first.offering.standard_term if first.offering is not None else None


def _covered(rank: Rank, need: Need, line: Line | Offering) -> tuple[float | None, float | None] | None:
    if rank is not Rank.PART_OF_RANGE or need.range is None:
        return None
    return covers(line.range, need.range).part


def _condition(code: ConditionCode, **detail: object) -> Condition:
    return Condition(code, tuple((name, str(value)) for name, value in detail.items() if value is not None))
