"""Every condition, from the rows of a real database to the answer of POST /v1/matches."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import httpx
import pytest

from app.matching.facts import ConditionCode
from app.models.registry import Outsiders
from app.models.scope import Verification
from app.vocabulary.ranges import range_of
from tests.factories.registry import make_capability, make_standard
from tests.matching.catalogue import NEED, NUMBER, Catalogue, asked, columns, verdict

Change = Callable[[Catalogue], Awaitable[object]]


async def nothing_to_check(catalogue: Catalogue) -> None:
    await catalogue.line()


async def a_restriction(catalogue: Catalogue) -> None:
    await catalogue.line(restriction_zh="只做单体")


async def an_object(catalogue: Catalogue) -> None:
    await catalogue.line(object="动力蓄电池单体")


async def a_parameter(catalogue: Catalogue) -> None:
    await catalogue.line(parameter="过充电")


async def another_parameter(catalogue: Catalogue) -> None:
    await catalogue.line(parameter="挤压")


async def an_open_end(catalogue: Catalogue) -> None:
    await catalogue.line(**columns(range_of(None, 60, "kV")))


async def an_open_scale_of_grades(catalogue: Catalogue) -> None:
    await catalogue.line(**columns(range_of(None, 68, "IP等级")))


async def a_successor(catalogue: Catalogue) -> None:
    await catalogue.line()
    await catalogue.supersede(NUMBER, "GB 38031-2025", date(2026, 7, 1))


async def two_objects(catalogue: Catalogue) -> None:
    await catalogue.line(object="动力蓄电池单体")
    await catalogue.line(await catalogue.cma(), object="动力蓄电池包")


async def two_holders(catalogue: Catalogue) -> None:
    await catalogue.line()
    await catalogue.line(await catalogue.cma(holder_id=await catalogue.partner("示例检测院")))


async def a_partner(catalogue: Catalogue) -> None:
    catalogue.cnas.holder_id = await catalogue.partner("示例检测院")
    await catalogue.line()


async def an_early_end(catalogue: Catalogue) -> None:
    catalogue.cnas.valid_to = date(2026, 12, 20)
    await catalogue.line()
    await make_capability(catalogue.session, catalogue.service, object=None, parameter=None)


async def a_declaration(catalogue: Catalogue) -> None:
    catalogue.cnas.verification = Verification.DECLARED
    await catalogue.line()


async def an_own_word(catalogue: Catalogue) -> None:
    await make_capability(catalogue.session, catalogue.service, object=None, parameter=None)


async def closed_doors(catalogue: Catalogue) -> None:
    catalogue.platform.serves_outsiders = Outsiders.NO
    await catalogue.line()


async def a_designation(catalogue: Catalogue) -> None:
    await catalogue.designate()
    await catalogue.line()


C = ConditionCode
BOTH = {**NEED, "accreditation": "both"}
WITH_TERM = {**NEED, "capability": "overcharge"}
VOLTS = {**NEED, "range": {"min": 1000, "max": 50_000, "unit": "V"}}
GRADE = {**NEED, "range": {"grade": "IP67"}}
CASES: list[tuple[ConditionCode, Change, dict[str, Any], dict[str, str]]] = [
    (C.RESTRICTION, a_restriction, NEED, {"text": "只做单体"}),
    (C.OBJECT_NOT_ASKED, an_object, NEED, {"object": "动力蓄电池单体"}),
    (C.PARAMETER_NOT_ASKED, a_parameter, NEED, {"parameter": "过充电"}),
    (C.PART_OF_STANDARD, a_parameter, NEED, {"parameter": "过充电"}),
    (C.TERM_NOT_NAMED, another_parameter, WITH_TERM, {"parameter": "挤压"}),
    (C.OPEN_END_ASSUMED_UNLIMITED, an_open_end, VOLTS, {"end": "min"}),
    (C.OPEN_END_ASSUMED_UNLIMITED, an_open_scale_of_grades, GRADE, {"end": "min"}),
    (C.EDITION_NOT_STATED, nothing_to_check, {**NEED, "standard": "GB 38031"}, {"line": "2020"}),
    (
        C.EDITION_SUPERSEDED,
        a_successor,
        NEED,
        {"successor": "GB 38031-2025", "effective": "2026-07-01"},
    ),
    (C.BOTH_ON_DIFFERENT_LINES, two_objects, BOTH, {"differing": "object"}),
    (C.BOTH_ON_DIFFERENT_LINES, two_holders, BOTH, {"differing": "holder"}),
    (C.HELD_BY_PARTNER, a_partner, NEED, {"holder": "示例检测院"}),
    (
        C.EXPIRES_BEFORE_DELIVERY,
        an_early_end,
        NEED,
        {"valid_to": "2026-12-20", "delivery": "2026-12-21"},
    ),
    (C.DECLARED_NOT_VERIFIED, a_declaration, NEED, {}),
    (C.SELF_DECLARED, an_own_word, {**NEED, "accreditation": "none"}, {}),
    (C.OUTSIDERS_NOT_SERVED, closed_doors, NEED, {}),
    (
        C.DESIGNATION_MAY_APPLY,
        a_designation,
        NEED,
        {
            "capability": "overcharge",
            "approval_zh": "专项许可",
            "authority_zh": "某部",
            "when_zh": "出具评估报告",
        },
    ),
]


@pytest.mark.parametrize(("code", "change", "need", "facts"), CASES)
async def test_a_condition_reaches_the_answer_and_stands_against_an_unconditional_met(
    client: httpx.AsyncClient,
    catalogue: Catalogue,
    code: ConditionCode,
    change: Change,
    need: dict[str, Any],
    facts: dict[str, str],
) -> None:
    await change(catalogue)
    await catalogue.publish()
    plain = await asked(client, need)
    [found] = plain["candidates"][0]["verdicts"]
    assert found["verdict"] == "met"
    conditions = {condition["code"]: condition for condition in found["conditions"]}
    assert conditions[code]["facts"] == facts
    assert "{" not in conditions[code]["detail"]
    # Who counts only mets without conditions sees the same verdict, and no plan.
    unconditional = await asked(client, need, unconditional=True)
    assert unconditional["candidates"][0]["verdicts"] == [found]
    assert unconditional["candidates"][0]["score_parts"]["met_must_needs"] == 0
    assert (plain["plans_total"], unconditional["plans_total"]) == (1, 0)


def test_every_condition_is_sent_once() -> None:
    assert {code for code, *_ in CASES} == set(ConditionCode)


async def test_a_met_without_conditions_is_unconditional(
    client: httpx.AsyncClient, catalogue: Catalogue
) -> None:
    await nothing_to_check(catalogue)
    await catalogue.publish()
    answer = await asked(client, unconditional=True)
    assert answer["candidates"][0]["verdicts"][0]["conditions"] == []
    assert answer["plans"] == [{**answer["plans"][0], "platforms": ["hub"], "conditions": 0}]


async def test_a_plan_counts_the_conditions_of_its_members(
    client: httpx.AsyncClient, catalogue: Catalogue
) -> None:
    await catalogue.line(object="动力蓄电池单体", parameter="过充电", restriction_zh="只做单体")
    await catalogue.publish()
    answer = await asked(client)
    conditions = answer["candidates"][0]["verdicts"][0]["conditions"]
    assert [condition["code"] for condition in conditions] == [
        "restriction",
        "object_not_asked",
        "parameter_not_asked",
        "part_of_standard",
    ]
    assert answer["plans"][0]["conditions"] == 4
    assert answer["candidates"][0]["score_parts"]["conditions"] == -4


async def test_conditions_are_worded_in_the_language_asked(
    client: httpx.AsyncClient, catalogue: Catalogue
) -> None:
    await a_restriction(catalogue)
    await catalogue.publish()
    zh = await verdict(client)
    client.headers["Accept-Language"] = "en"
    en = await verdict(client)
    assert zh["conditions"][0]["detail"] == "限制范围：只做单体"
    assert en["conditions"][0]["detail"] == "Restricted: 只做单体"


async def test_a_service_known_by_its_standards_term_alone_still_says_when_it_delivers(
    client: httpx.AsyncClient, catalogue: Catalogue
) -> None:
    """It bears on the need, whether or not another need of the same match brings it up."""
    catalogue.cnas.valid_to = date(2026, 12, 20)
    await catalogue.line(parameter="过充电")
    await make_standard(catalogue.session, "GB/T 31485-2015", capability_code="overcharge")
    await make_capability(catalogue.session, catalogue.service, standard="GB/T 31485-2015", term_code=None)
    await catalogue.publish()
    alone = await asked(client, WITH_TERM)
    beside = await asked(client, WITH_TERM, {"id": "n2", "capability": "overcharge"})
    conditions = [answer["candidates"][0]["verdicts"][0]["conditions"] for answer in (alone, beside)]
    assert conditions[0] == conditions[1]
    assert "expires_before_delivery" in [condition["code"] for condition in conditions[0]]
