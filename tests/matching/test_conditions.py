"""Rule 7: what a careful person would still check of a met, when each condition stands and when not."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.matching.facts import Asked, ConditionCode, Need, PlatformFacts, Rank, Successor
from app.matching.rules import judge
from app.models.registry import Outsiders
from app.models.scope import Scheme
from app.vocabulary.ranges import Range, range_of, read_grade
from tests.factories.matching import (
    DAY,
    OBJECT,
    OTHER_OBJECT,
    OTHER_PARAMETER,
    OTHER_TERM,
    PARAMETER,
    SYNONYM,
    TERM,
    TERM_NAMES,
    WIDER,
    a_line,
    a_need,
    a_platform,
    a_term_need,
    an_accreditation,
    an_offering,
    codes,
    detail,
    volts,
    with_line,
)

C = ConditionCode
DESIGNATED = frozenset({TERM})
CMA = {"id": 12, "scheme": Scheme.CMA}
BOTH, NONE = a_need(asked=Asked.BOTH), a_need(asked=Asked.NONE)
BY_BOTH = a_need(term=TERM, term_names=TERM_NAMES)
WITH_OBJECT, WITH_PARAMETER = a_need(objects=frozenset({OBJECT, WIDER})), a_need(parameters=TERM_NAMES)
IP67, FROM_IP54, TO_IP67 = read_grade("IP67"), range_of(54, None, "IP等级"), range_of(None, 67, "IP等级")


def valid_to(day: date, days: int | None = None) -> PlatformFacts:
    """A platform whose certificate ends on a day, and whose service takes some days."""
    held = an_accreditation(a_line(), valid_to=day)
    return a_platform(held, offerings=(an_offering(lead_time_days=days),))


def pair(first: dict[str, object], second: dict[str, object], **held: object) -> PlatformFacts:
    """A platform with one line under each scheme."""
    return a_platform(
        an_accreditation(a_line(1, **first)), an_accreditation(a_line(2, **second), **{**CMA, **held})
    )


def ranged(need: Range | None, line: Range | None) -> tuple[Need, PlatformFacts]:
    return a_need(range=need), with_line(range=line)


CASES: list[tuple[ConditionCode, bool, Need, PlatformFacts]] = [
    (C.RESTRICTION, True, a_need(), with_line(restriction="只做单体")),
    (C.RESTRICTION, False, a_need(), with_line(restriction=None)),
    (C.OBJECT_NOT_ASKED, True, a_need(), with_line(object=OBJECT)),
    (C.OBJECT_NOT_ASKED, False, a_need(), with_line(object=None)),
    (C.OBJECT_NOT_ASKED, False, WITH_OBJECT, with_line(object=WIDER)),
    (C.OBJECT_NOT_ASKED, True, NONE, a_platform(offerings=(an_offering(object=OBJECT),))),
    (C.PARAMETER_NOT_ASKED, True, a_need(), with_line(parameter=PARAMETER)),
    (C.PARAMETER_NOT_ASKED, True, BY_BOTH, with_line(parameter=PARAMETER)),
    (C.PARAMETER_NOT_ASKED, False, a_need(), with_line(parameter=None)),
    (C.PARAMETER_NOT_ASKED, False, WITH_PARAMETER, with_line(parameter=SYNONYM)),
    (C.PART_OF_STANDARD, True, a_need(), with_line(parameter=PARAMETER)),
    (C.PART_OF_STANDARD, False, a_need(), with_line(parameter=None)),
    (C.PART_OF_STANDARD, False, WITH_PARAMETER, with_line(parameter=PARAMETER)),
    (C.PART_OF_STANDARD, False, a_term_need(), with_line(parameter=PARAMETER)),
    (C.PART_OF_STANDARD, False, BY_BOTH, with_line(parameter=PARAMETER)),
    (C.TERM_NOT_NAMED, True, BY_BOTH, with_line(parameter=OTHER_PARAMETER)),
    (C.TERM_NOT_NAMED, False, BY_BOTH, with_line(parameter=SYNONYM)),
    (C.TERM_NOT_NAMED, False, BY_BOTH, with_line(parameter=None)),
    (C.TERM_NOT_NAMED, False, a_need(), with_line(parameter=OTHER_PARAMETER)),
    (C.TERM_NOT_NAMED, False, a_term_need(), with_line(parameter=OTHER_PARAMETER)),
    (
        C.TERM_NOT_NAMED,
        True,
        replace(BY_BOTH, parameters=frozenset({OTHER_PARAMETER})),
        with_line(parameter=OTHER_PARAMETER),
    ),
    (C.OPEN_END_ASSUMED_UNLIMITED, True, *ranged(volts(1, 2), volts(None, 2))),
    (C.OPEN_END_ASSUMED_UNLIMITED, True, *ranged(volts(1, 2), volts(0, None))),
    (C.OPEN_END_ASSUMED_UNLIMITED, True, *ranged(volts(1, None), volts(None, 2))),
    (C.OPEN_END_ASSUMED_UNLIMITED, False, *ranged(volts(1, None), volts(0, None))),
    (C.OPEN_END_ASSUMED_UNLIMITED, False, *ranged(volts(None, 2), volts(None, 3))),
    (C.OPEN_END_ASSUMED_UNLIMITED, False, *ranged(volts(1, 2), volts(1, 2))),
    (C.OPEN_END_ASSUMED_UNLIMITED, False, *ranged(None, volts(None, 2))),
    (C.OPEN_END_ASSUMED_UNLIMITED, True, *ranged(IP67, FROM_IP54)),
    (C.OPEN_END_ASSUMED_UNLIMITED, True, *ranged(IP67, TO_IP67)),
    (C.OPEN_END_ASSUMED_UNLIMITED, True, *ranged(range_of(54, None, "IP等级"), TO_IP67)),
    (C.OPEN_END_ASSUMED_UNLIMITED, False, *ranged(range_of(None, 67, "IP等级"), TO_IP67)),
    (C.OPEN_END_ASSUMED_UNLIMITED, False, *ranged(IP67, range_of(54, 68, "IP等级"))),
    (C.OPEN_END_ASSUMED_UNLIMITED, False, *ranged(IP67, IP67)),
    (C.EDITION_NOT_STATED, True, a_need(edition=None), with_line()),
    (C.EDITION_NOT_STATED, True, a_need(edition=None), with_line(edition=None)),
    (C.EDITION_NOT_STATED, True, a_term_need(), with_line()),
    (C.EDITION_NOT_STATED, False, a_need(), with_line()),
    (C.EDITION_NOT_STATED, False, a_need(edition="F"), with_line(edition="F")),
    (C.EDITION_SUPERSEDED, True, a_need(), with_line(successors=(Successor("GB 38031-2025", DAY),))),
    (C.EDITION_SUPERSEDED, True, a_need(), with_line(successors=(Successor("GB 38031-2025", None),))),
    (
        C.EDITION_SUPERSEDED,
        False,
        a_need(),
        with_line(successors=(Successor("GB 38031-2025", DAY + timedelta(1)),)),
    ),
    (C.EDITION_SUPERSEDED, False, a_need(), with_line()),
    (C.BOTH_ON_DIFFERENT_LINES, True, BOTH, pair({"object": OBJECT}, {"object": OTHER_OBJECT})),
    (C.BOTH_ON_DIFFERENT_LINES, True, BOTH, pair({"object": OBJECT}, {})),
    (C.BOTH_ON_DIFFERENT_LINES, True, BOTH, pair({"parameter": PARAMETER}, {"parameter": SYNONYM})),
    (C.BOTH_ON_DIFFERENT_LINES, True, BOTH, pair({}, {}, partner="合作机构")),
    (C.BOTH_ON_DIFFERENT_LINES, False, BOTH, pair({"object": OBJECT}, {"object": OBJECT})),
    (C.BOTH_ON_DIFFERENT_LINES, False, a_need(), pair({"object": OBJECT}, {"object": OTHER_OBJECT})),
    (C.HELD_BY_PARTNER, True, a_need(), a_platform(an_accreditation(a_line(), partner="合作机构"))),
    (C.HELD_BY_PARTNER, False, a_need(), with_line()),
    (C.HELD_BY_PARTNER, True, BOTH, pair({}, {}, partner="合作机构")),
    (C.EXPIRES_BEFORE_DELIVERY, True, a_need(), valid_to(DAY + timedelta(19), 20)),
    (C.EXPIRES_BEFORE_DELIVERY, False, a_need(), valid_to(DAY + timedelta(20), 20)),
    (C.EXPIRES_BEFORE_DELIVERY, False, a_need(), valid_to(DAY, 0)),
    (C.EXPIRES_BEFORE_DELIVERY, False, a_need(), valid_to(DAY, None)),
    (C.DECLARED_NOT_VERIFIED, True, a_need(), a_platform(an_accreditation(a_line(), verified=False))),
    (C.DECLARED_NOT_VERIFIED, False, a_need(), with_line()),
    (C.SELF_DECLARED, True, NONE, a_platform(offerings=(an_offering(),))),
    (C.SELF_DECLARED, False, NONE, with_line()),
    (C.SELF_DECLARED, False, a_need(), a_platform(an_accreditation(a_line()), offerings=(an_offering(),))),
    (C.OUTSIDERS_NOT_SERVED, True, a_need(), replace(with_line(), serves_outsiders=Outsiders.NO)),
    (C.OUTSIDERS_NOT_SERVED, False, a_need(), replace(with_line(), serves_outsiders=Outsiders.YES)),
    (C.OUTSIDERS_NOT_SERVED, False, a_need(), replace(with_line(), serves_outsiders=Outsiders.UNKNOWN)),
    (C.DESIGNATION_MAY_APPLY, True, a_term_need(), with_line()),
    (C.DESIGNATION_MAY_APPLY, True, BY_BOTH, with_line(term=OTHER_TERM)),
    (C.DESIGNATION_MAY_APPLY, True, a_need(), with_line(term=TERM)),
    (C.DESIGNATION_MAY_APPLY, True, NONE, a_platform(offerings=(an_offering(),))),
    (C.DESIGNATION_MAY_APPLY, False, a_need(), with_line(term=OTHER_TERM)),
    (C.DESIGNATION_MAY_APPLY, False, a_need(), with_line(term=None)),
]


@pytest.mark.parametrize(("code", "stands", "need", "platform"), CASES)
def test_a_condition_stands_where_it_should_and_only_there(
    code: ConditionCode, stands: bool, need: Need, platform: PlatformFacts
) -> None:
    outcome = judge(need, platform, DAY, DESIGNATED)
    assert outcome.rank is Rank.MET
    assert (code in codes(outcome)) is stands


def test_every_condition_has_a_case_in_which_it_stands_and_one_in_which_it_does_not() -> None:
    assert {(code, stands) for code, stands, _, _ in CASES} == {(c, s) for c in C for s in (True, False)}


def test_a_met_without_anything_to_check_is_unconditional() -> None:
    assert judge(a_need(), with_line(), DAY, DESIGNATED - {TERM}).conditions == ()


DETAILS = [
    (C.RESTRICTION, a_need(), with_line(restriction="只做单体"), {"text": "只做单体"}),
    (C.HELD_BY_PARTNER, a_need(), a_platform(an_accreditation(a_line(), partner="甲院")), {"holder": "甲院"}),
    (
        C.EXPIRES_BEFORE_DELIVERY,
        a_need(),
        valid_to(date(2026, 12, 5), 20),
        {"valid_to": "2026-12-05", "delivery": "2026-12-21"},
    ),
    (
        C.EDITION_SUPERSEDED,
        a_need(),
        with_line(successors=(Successor("GB 38031-2025", date(2026, 7, 1)),)),
        {"successor": "GB 38031-2025", "effective": "2026-07-01"},
    ),
    (
        C.BOTH_ON_DIFFERENT_LINES,
        BOTH,
        pair({"object": OBJECT}, {}, partner="甲"),
        {"differing": "object,holder"},
    ),
    (C.DESIGNATION_MAY_APPLY, a_need(), with_line(), {"capability": TERM}),
    (C.OPEN_END_ASSUMED_UNLIMITED, *ranged(volts(1, 2), volts(None, 2)), {"end": "min"}),
    (C.EDITION_NOT_STATED, a_need(edition=None), with_line(), {"line": "2020"}),
]


@pytest.mark.parametrize(("code", "need", "platform", "facts"), DETAILS)
def test_a_condition_tells_the_facts_behind_it(
    code: ConditionCode, need: Need, platform: PlatformFacts, facts: dict[str, str]
) -> None:
    assert detail(judge(need, platform, DAY, DESIGNATED), code) == facts


def test_the_longest_lead_time_of_what_bears_on_the_need_is_taken() -> None:
    held = an_accreditation(a_line(), valid_to=DAY + timedelta(25))
    quick, slow = an_offering(1, lead_time_days=10), an_offering(2, lead_time_days=30)
    unrelated = an_offering(3, standard="GB 7", term=OTHER_TERM, standard_term=None, lead_time_days=90)
    one = judge(a_need(), a_platform(held, offerings=(quick, unrelated)), DAY)
    both = judge(a_need(), a_platform(held, offerings=(quick, slow)), DAY)
    assert C.EXPIRES_BEFORE_DELIVERY not in codes(one)
    assert C.EXPIRES_BEFORE_DELIVERY in codes(both)


def test_a_delivery_beyond_the_calendar_is_no_error() -> None:
    held = an_accreditation(a_line(), valid_to=date.max)
    platform = a_platform(held, offerings=(an_offering(lead_time_days=30),))
    outcome = judge(a_need(), platform, date(9999, 12, 20))
    assert C.EXPIRES_BEFORE_DELIVERY in codes(outcome)


class TestFewestConditionsWin:
    def test_among_the_lines_of_a_platform(self) -> None:
        worse, better = a_line(1, object=OBJECT, restriction="只做单体"), a_line(2, object=OBJECT)
        outcome = judge(a_need(), a_platform(an_accreditation(worse, better)), DAY)
        assert [e.line for e in outcome.evidence] == [better]
        assert codes(outcome) == [C.OBJECT_NOT_ASKED]

    def test_among_the_two_schemes_of_either(self) -> None:
        platform = pair({"object": OBJECT}, {})
        outcome = judge(a_need(asked=Asked.EITHER), platform, DAY)
        assert outcome.conditions == ()
        assert outcome.evidence[0].accreditation is platform.accreditations[1]

    def test_among_the_pairs_of_both(self) -> None:
        cnas = an_accreditation(a_line(1, object=OBJECT), a_line(2, object=OTHER_OBJECT))
        cma = an_accreditation(a_line(3, object=OTHER_OBJECT), **CMA)
        outcome = judge(BOTH, a_platform(cnas, cma), DAY)
        assert [e.line.id for e in outcome.evidence if e.line] == [2, 3]
        assert codes(outcome) == [C.OBJECT_NOT_ASKED]

    def test_an_accredited_line_beats_the_platforms_own_word(self) -> None:
        platform = a_platform(an_accreditation(a_line()), offerings=(an_offering(),))
        outcome = judge(NONE, platform, DAY)
        assert (outcome.conditions, outcome.evidence[0].line) == ((), a_line())

    def test_the_platforms_own_word_beats_a_line_with_more_to_check(self) -> None:
        line = a_line(object=OBJECT, parameter=PARAMETER, restriction="只做单体")
        platform = a_platform(an_accreditation(line), offerings=(an_offering(),))
        assert codes(judge(NONE, platform, DAY)) == [C.SELF_DECLARED]

    def test_a_code_counts_once_however_many_facts_stand_behind_it(self) -> None:
        line = a_line(object=OBJECT, range=volts(None, 2))
        outcome = judge(replace(BOTH, range=volts(1, 2)), pair({}, {}), DAY)
        assert outcome.rank is Rank.RANGE_NOT_STATED
        platform = a_platform(
            an_accreditation(line, partner="甲院"), an_accreditation(line, partner="乙院", **CMA)
        )
        found = judge(replace(BOTH, range=volts(1, 2)), platform, DAY)
        assert codes(found).count(C.HELD_BY_PARTNER) == 2
        assert found.condition_count == len(set(codes(found)))
