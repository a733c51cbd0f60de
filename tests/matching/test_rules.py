"""Rules 3, 4 and 6: which accreditation counts, what is pending, and what is the nearest miss."""

from datetime import date, timedelta

import pytest

from app.matching.facts import (
    AccreditationFacts,
    Asked,
    Line,
    Need,
    Offering,
    PlatformFacts,
    Rank,
    Relation,
    Verdict,
)
from app.matching.rules import judge
from app.models.scope import AccreditationState, Scheme
from tests.factories.matching import (
    DAY,
    OBJECT,
    OTHER_STANDARD,
    OTHER_TERM,
    TERM,
    TERM_NAMES,
    a_line,
    a_need,
    a_platform,
    a_term_need,
    an_accreditation,
    an_offering,
    volts,
    with_line,
)

BEFORE, AFTER = DAY - timedelta(1), DAY + timedelta(1)
CMA = {"id": 12, "scheme": Scheme.CMA}
PLANNED, APPLIED = {"state": AccreditationState.PLANNED}, {"state": AccreditationState.APPLIED}


class TestWhichLinesCount:
    @pytest.mark.parametrize(
        ("need", "known", "rank"),
        [
            (a_need(), {}, Rank.MET),
            (a_need(), {"standard": OTHER_STANDARD}, Rank.NO_SUCH_LINE),
            (a_need(standard="GB/T 2423.17"), {"standard": "GB/T 2423"}, Rank.NO_SUCH_LINE),
            # A standard that is named decides; that another serves the same term is nothing.
            (a_need(term=TERM), {"standard": OTHER_STANDARD, "term": TERM}, Rank.NO_SUCH_LINE),
            (a_need(term=TERM), {"term": OTHER_TERM}, Rank.MET),
            (a_term_need(), {"standard": OTHER_STANDARD}, Rank.MET),
            (a_term_need(), {"term": OTHER_TERM}, Rank.NO_SUCH_LINE),
            (a_term_need(), {"term": None}, Rank.NO_SUCH_LINE),
            # The name of the parameter alone does not make a line serve a term.
            (a_term_need(), {"term": None, "parameter": "过充电"}, Rank.NO_SUCH_LINE),
        ],
    )
    def test_by_standard_or_else_by_term(self, need: Need, known: dict[str, object], rank: Rank) -> None:
        assert judge(need, with_line(**known), DAY).rank is rank

    @pytest.mark.parametrize("asked", Asked)
    def test_a_text_alone_can_only_be_clarified_whatever_it_asks(self, asked: Asked) -> None:
        need = a_need(standard=None, edition=None, asked=asked)
        rich = a_platform(an_accreditation(a_line()), offerings=(an_offering(),))
        for platform in (rich, a_platform(), a_platform(prose_mentions=True)):
            outcome = judge(need, platform, DAY)
            assert (outcome.rank, outcome.verdict) == (Rank.NEEDS_CLARIFICATION, Verdict.UNKNOWN)


class TestStateAndValidity:
    @pytest.mark.parametrize(
        ("known", "rank"),
        [
            ({}, Rank.MET),
            ({"valid_from": DAY}, Rank.MET),
            ({"valid_to": DAY}, Rank.MET),
            ({"valid_from": DAY, "valid_to": DAY}, Rank.MET),
            ({"valid_to": BEFORE}, Rank.ACCREDITATION_EXPIRED),
            ({"valid_from": AFTER}, Rank.ACCREDITATION_NOT_YET_VALID),
            ({"valid_from": None}, Rank.VALIDITY_NOT_STATED),
            ({"valid_to": None}, Rank.VALIDITY_NOT_STATED),
            ({"valid_from": None, "valid_to": None}, Rank.VALIDITY_NOT_STATED),
            ({"valid_from": None, "valid_to": BEFORE}, Rank.VALIDITY_NOT_STATED),
            ({"valid_from": AFTER, "valid_to": None}, Rank.VALIDITY_NOT_STATED),
            ({"state": AccreditationState.SUSPENDED}, Rank.ACCREDITATION_SUSPENDED),
            ({"state": AccreditationState.WITHDRAWN}, Rank.ACCREDITATION_WITHDRAWN),
            ({"state": AccreditationState.PLANNED}, Rank.NO_SUCH_LINE),
            ({"state": AccreditationState.APPLIED}, Rank.NO_SUCH_LINE),
            ({"scheme": Scheme.CMA}, Rank.OTHER_SCHEME),
            ({"scheme": Scheme.CMA, "valid_to": BEFORE}, Rank.NO_SUCH_LINE),
            ({"partner": "合作机构"}, Rank.MET),
            ({"partner": "合作机构", "valid_to": BEFORE}, Rank.ACCREDITATION_EXPIRED),
        ],
    )
    def test_only_one_that_is_granted_and_valid_on_the_day_counts(
        self, known: dict[str, object], rank: Rank
    ) -> None:
        assert judge(a_need(), a_platform(an_accreditation(a_line(), **known)), DAY).rank is rank

    @pytest.mark.parametrize(
        ("on_date", "verdict"),
        [
            (date(2024, 4, 30), Verdict.UNMET),
            (date(2024, 5, 1), Verdict.MET),
            (date(2030, 4, 30), Verdict.MET),
            (date(2030, 5, 1), Verdict.UNMET),
        ],
    )
    def test_the_date_decides(self, on_date: date, verdict: Verdict) -> None:
        assert judge(a_need(), with_line(), on_date).verdict is verdict

    def test_a_perfect_line_without_validity_does_not_hide_a_valid_one(self) -> None:
        undated = an_accreditation(a_line(1), id=1, valid_to=None)
        valid = an_accreditation(a_line(2), id=2)
        outcome = judge(a_need(), a_platform(undated, valid), DAY)
        assert outcome.rank is Rank.MET
        assert outcome.evidence[0].accreditation == valid

    def test_a_valid_certificate_without_the_line_does_not_lend_its_validity(self) -> None:
        expired = an_accreditation(a_line(1), id=1, valid_to=BEFORE)
        valid = an_accreditation(a_line(2, standard=OTHER_STANDARD), id=2)
        assert judge(a_need(), a_platform(expired, valid), DAY).rank is Rank.ACCREDITATION_EXPIRED


GOOD, PARTLY, VAGUE = a_line(), a_line(range=volts(0, 5)), a_line(range=None)
CASES_OF_TWO: list[tuple[Line | None, Line | None, Rank, Rank, Rank, Rank]] = [
    # CNAS line, CMA line; the answers to CNAS, CMA, either, both. All are asked 0 to 10 V.
    (GOOD, GOOD, Rank.MET, Rank.MET, Rank.MET, Rank.MET),
    (GOOD, None, Rank.MET, Rank.OTHER_SCHEME, Rank.MET, Rank.OTHER_SCHEME),
    (None, GOOD, Rank.OTHER_SCHEME, Rank.MET, Rank.MET, Rank.OTHER_SCHEME),
    (GOOD, VAGUE, Rank.MET, Rank.RANGE_NOT_STATED, Rank.MET, Rank.RANGE_NOT_STATED),
    (GOOD, PARTLY, Rank.MET, Rank.PART_OF_RANGE, Rank.MET, Rank.PART_OF_RANGE),
    (VAGUE, PARTLY, Rank.RANGE_NOT_STATED, Rank.PART_OF_RANGE, Rank.RANGE_NOT_STATED, Rank.PART_OF_RANGE),
    (VAGUE, None, Rank.RANGE_NOT_STATED, Rank.NO_SUCH_LINE, Rank.RANGE_NOT_STATED, Rank.NO_SUCH_LINE),
    (None, None, Rank.NO_SUCH_LINE, Rank.NO_SUCH_LINE, Rank.NO_SUCH_LINE, Rank.NO_SUCH_LINE),
]


@pytest.mark.parametrize(("cnas_line", "cma_line", "cnas", "cma", "either", "both"), CASES_OF_TWO)
def test_either_is_the_better_of_the_two_and_both_the_worse(
    cnas_line: Line | None, cma_line: Line | None, cnas: Rank, cma: Rank, either: Rank, both: Rank
) -> None:
    full = volts(0, 10)
    lines = [[] if line is None else [line] for line in (cnas_line, cma_line)]
    if cnas_line is GOOD:
        lines[0] = [a_line(1, range=full)]
    if cma_line is GOOD:
        lines[1] = [a_line(2, range=full)]
    platform = a_platform(an_accreditation(*lines[0]), an_accreditation(*lines[1], **CMA))
    answers = [
        judge(a_need(asked=asked, range=full), platform, DAY).rank
        for asked in (Asked.CNAS, Asked.CMA, Asked.EITHER, Asked.BOTH)
    ]
    assert answers == [cnas, cma, either, both]


class TestWithoutAccreditation:
    NEED = a_need(asked=Asked.NONE, range=volts(0, 10))

    @pytest.mark.parametrize(
        ("accreditations", "offerings", "rank"),
        [
            ([], [an_offering(range=volts(0, 10))], Rank.MET),
            ([], [an_offering(range=volts(0, 5))], Rank.PART_OF_RANGE),
            ([], [an_offering()], Rank.RANGE_NOT_STATED),
            ([an_accreditation(a_line(range=volts(0, 10)))], [], Rank.MET),
            ([an_accreditation(a_line(range=volts(0, 10)), **CMA)], [], Rank.MET),
            # An unknown line adds nothing, also beside a capability that is unmet.
            ([an_accreditation(a_line())], [], Rank.NO_SUCH_LINE),
            ([an_accreditation(a_line())], [an_offering(range=volts(0, 5))], Rank.PART_OF_RANGE),
            ([an_accreditation(a_line(range=volts(0, 10)), valid_to=None)], [], Rank.NO_SUCH_LINE),
            # A line that is not met is at most the nearest miss.
            ([an_accreditation(a_line(range=volts(0, 10)), valid_to=BEFORE)], [], Rank.ACCREDITATION_EXPIRED),
            ([an_accreditation(a_line(range=volts(0, 10)), **PLANNED)], [], Rank.NO_SUCH_LINE),
            # Planned or applied, even with the capability offered: nobody asked for an accreditation.
            ([an_accreditation(**PLANNED)], [an_offering()], Rank.RANGE_NOT_STATED),
            ([an_accreditation(a_line(range=volts(0, 10)))], [an_offering()], Rank.MET),
            ([], [an_offering(1), an_offering(2, range=volts(-5, 10))], Rank.MET),
            ([], [], Rank.NO_SUCH_LINE),
        ],
    )
    def test_it_is_the_best_of_capabilities_and_of_lines_that_are_met(
        self, accreditations: list[AccreditationFacts], offerings: list[Offering], rank: Rank
    ) -> None:
        platform = a_platform(*accreditations, offerings=tuple(offerings))
        assert judge(self.NEED, platform, DAY).rank is rank

    @pytest.mark.parametrize("asked", [Asked.CNAS, Asked.CMA, Asked.EITHER, Asked.BOTH])
    def test_a_capability_never_meets_a_need_for_an_accreditation(self, asked: Asked) -> None:
        platform = a_platform(offerings=(an_offering(),))
        assert judge(a_need(asked=asked), platform, DAY).rank is Rank.NO_SUCH_LINE


OFFERED = (an_offering(),)
BY_BOTH = a_need(term=TERM, term_names=TERM_NAMES, range=volts(0, 10))


class TestPending:
    @pytest.mark.parametrize("state", [PLANNED, APPLIED])
    @pytest.mark.parametrize(
        ("need", "lines", "offerings", "rank"),
        [
            # The announced scope is empty, or has a line not unmet by rules 1 and 2.
            (a_need(), [], OFFERED, Rank.ACCREDITATION_PENDING),
            (a_need(), [a_line()], OFFERED, Rank.ACCREDITATION_PENDING),
            (a_need(), [a_line(edition=None)], OFFERED, Rank.ACCREDITATION_PENDING),
            (a_need(), [a_line(edition="2015")], OFFERED, Rank.NO_SUCH_LINE),
            (a_need(), [a_line(standard=OTHER_STANDARD)], OFFERED, Rank.NO_SUCH_LINE),
            (BY_BOTH, [a_line(range=volts(0, 5))], OFFERED, Rank.NO_SUCH_LINE),
            (BY_BOTH, [a_line(range=volts(0, 10))], OFFERED, Rank.ACCREDITATION_PENDING),
            (BY_BOTH, [a_line()], OFFERED, Rank.ACCREDITATION_PENDING),
            (BY_BOTH, [a_line(range=volts(0, 5)), a_line(2)], OFFERED, Rank.ACCREDITATION_PENDING),
            # Objects and dates of an announced line are not looked at.
            (a_need(objects=frozenset({OBJECT})), [a_line()], OFFERED, Rank.ACCREDITATION_PENDING),
            # The platform must offer the capability: its term, or one not unmet under `none`.
            (a_need(), [a_line()], (), Rank.NO_SUCH_LINE),
            (a_need(), [], (), Rank.NO_SUCH_LINE),
            (a_need(), [], (an_offering(edition="2015"),), Rank.NO_SUCH_LINE),
            (a_need(), [], (an_offering(edition=None),), Rank.ACCREDITATION_PENDING),
            (a_need(), [], (an_offering(standard=OTHER_STANDARD),), Rank.NO_SUCH_LINE),
            (BY_BOTH, [], (an_offering(standard=OTHER_STANDARD),), Rank.ACCREDITATION_PENDING),
            (BY_BOTH, [], (an_offering(standard=None),), Rank.ACCREDITATION_PENDING),
            (BY_BOTH, [], (an_offering(term=OTHER_TERM, range=volts(0, 5)),), Rank.NO_SUCH_LINE),
            (BY_BOTH, [], (an_offering(term=OTHER_TERM),), Rank.ACCREDITATION_PENDING),
            (a_term_need(), [], (an_offering(term=None),), Rank.ACCREDITATION_PENDING),
            (a_term_need(), [], (an_offering(standard=None, term=OTHER_TERM),), Rank.NO_SUCH_LINE),
        ],
    )
    def test_planned_or_applied_is_unknown_where_offered_and_announced(
        self,
        state: dict[str, object],
        need: Need,
        lines: list[Line],
        offerings: tuple[Offering, ...],
        rank: Rank,
    ) -> None:
        platform = a_platform(an_accreditation(*lines, **state), offerings=offerings)
        assert judge(need, platform, DAY).rank is rank

    def test_it_counts_for_its_own_scheme_only(self) -> None:
        platform = a_platform(an_accreditation(**CMA, **PLANNED), offerings=OFFERED)
        ranks = {asked: judge(a_need(asked=asked), platform, DAY).rank for asked in Asked}
        assert ranks == {
            Asked.CNAS: Rank.NO_SUCH_LINE,
            Asked.CMA: Rank.ACCREDITATION_PENDING,
            Asked.EITHER: Rank.ACCREDITATION_PENDING,
            Asked.BOTH: Rank.NO_SUCH_LINE,
            Asked.NONE: Rank.MET,
        }

    def test_a_scope_with_lines_of_other_standards_only_is_not_empty(self) -> None:
        announced = an_accreditation(**PLANNED, empty_scope=False)
        assert judge(a_need(), a_platform(announced, offerings=OFFERED), DAY).rank is Rank.NO_SUCH_LINE

    @pytest.mark.parametrize("state", [AccreditationState.SUSPENDED, AccreditationState.WITHDRAWN])
    def test_suspended_or_withdrawn_is_not_pending(self, state: AccreditationState) -> None:
        held = an_accreditation(state=state)
        assert judge(a_need(), a_platform(held, offerings=OFFERED), DAY).verdict is Verdict.UNMET

    def test_a_granted_line_counts_before_a_pending_one(self) -> None:
        pending = an_accreditation(a_line(1), id=1, **APPLIED)
        granted = an_accreditation(a_line(2), id=2)
        assert judge(a_need(), a_platform(pending, granted, offerings=OFFERED), DAY).rank is Rank.MET


class TestNearestMiss:
    NEED = a_need(
        range=volts(0, 10), related={OTHER_STANDARD: Relation.EQUIVALENT, "GB 9": Relation.SUCCESSOR}
    )

    @pytest.mark.parametrize(
        ("platform", "rank"),
        [
            (with_line(range=volts(0, 10), edition="2015"), Rank.OTHER_EDITION),
            (with_line(range=volts(0, 5)), Rank.PART_OF_RANGE),
            (with_line(range=volts(20, 30)), Rank.OUTSIDE_RANGE),
            (with_line(range=volts(0, 10), standard=OTHER_STANDARD), Rank.EQUIVALENT_STANDARD),
            (with_line(range=volts(0, 10), standard="GB 9"), Rank.SUCCESSOR_STANDARD),
            # A related line that would itself be unmet or unknown is no near miss.
            (with_line(range=volts(0, 5), standard=OTHER_STANDARD), Rank.NO_SUCH_LINE),
            (with_line(standard="GB 9"), Rank.NO_SUCH_LINE),
            (
                a_platform(an_accreditation(a_line(range=volts(0, 10), standard="GB 9"), **CMA)),
                Rank.NO_SUCH_LINE,
            ),
            (
                a_platform(
                    an_accreditation(a_line(1, range=volts(0, 10), standard="GB 9")),
                    an_accreditation(a_line(2, range=volts(0, 10)), **CMA),
                ),
                Rank.OTHER_SCHEME,
            ),
            (
                a_platform(
                    an_accreditation(a_line(1, range=volts(0, 10)), id=1, valid_to=BEFORE),
                    an_accreditation(a_line(2, range=volts(0, 5)), id=2),
                ),
                Rank.ACCREDITATION_EXPIRED,
            ),
        ],
    )
    def test_it_is_named_and_stays_unmet(self, platform: PlatformFacts, rank: Rank) -> None:
        outcome = judge(self.NEED, platform, DAY)
        assert (outcome.rank, outcome.verdict, outcome.conditions) == (rank, Verdict.UNMET, ())

    @pytest.mark.parametrize("asked", Asked)
    @pytest.mark.parametrize("relation", Relation)
    def test_a_related_standard_is_never_met(self, asked: Asked, relation: Relation) -> None:
        need = a_need(asked=asked, related={OTHER_STANDARD: relation}, term=TERM)
        line = a_line(standard=OTHER_STANDARD)
        platform = a_platform(
            an_accreditation(line),
            an_accreditation(line, **CMA),
            offerings=(an_offering(standard=OTHER_STANDARD),),
        )
        assert judge(need, platform, DAY).verdict is Verdict.UNMET


@pytest.mark.parametrize("asked", Asked)
@pytest.mark.parametrize(("mentions", "rank"), [(True, Rank.SOURCE_DOES_NOT_SAY), (False, Rank.NO_SUCH_LINE)])
def test_prose_is_at_most_unknown(asked: Asked, mentions: bool, rank: Rank) -> None:
    need = a_need(asked=asked)
    assert judge(need, a_platform(prose_mentions=mentions), DAY).rank is rank


def test_the_lines_behind_a_verdict_are_its_evidence() -> None:
    cnas = an_accreditation(a_line(1, standard=OTHER_STANDARD), a_line(2), a_line(3))
    cma = an_accreditation(a_line(4), **CMA)
    outcome = judge(a_need(asked=Asked.BOTH), a_platform(cnas, cma), DAY)
    found = [(e.accreditation, e.line.id if e.line else None) for e in outcome.evidence]
    assert found == [(cnas, 2), (cma, 4)]
