"""A result from its experts to the pool and back, over HTTP on both databases."""

import uuid
from datetime import date, datetime, time, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment.reminders import remind_experts
from app.kit.clock import BUSINESS_ZONE
from app.models import ResultState
from tests.assessment.world import GOOD, POOR, SECRET, World, make_world


@pytest.fixture
async def world(app: FastAPI, client: httpx.AsyncClient, session: AsyncSession) -> World:
    return await make_world(app, client, session)


SAID = {"scores": GOOD, "comment_owner": "请补充循环数据", "comment_department": "可优先支持"}
VERDICT = {"decision": "pool", "reasons": "创新性强"}


async def test_a_result_is_assigned_judged_blind_decided_pooled_and_recalled(world: World) -> None:
    await assigned_by_hand_and_by_the_optimum(world)
    await read_and_judged_by_the_first(world)
    await hidden_from_everybody_until_all_are_in(world)
    await one_more_is_asked_where_two_disagree(world)
    await pooled_with_reasons_for_the_owner(world)
    await recalled_and_decided_anew(world)
    # Nothing of it all put a secret, a score or a comment into the audit trail.
    trail = str([(one.before, one.after) for one in await world.trail()])
    assert "expert" in trail
    assert not any(
        secret in trail for secret in (SECRET, "scores", "请补充循环数据", "可优先支持", "材料有误")
    )


async def assigned_by_hand_and_by_the_optimum(world: World) -> None:
    call, result = f"/calls/{world.call.slug}", f"/results/{world.battery.slug}"
    # A proposal stores nothing.
    only = {"results": [world.battery.slug]}
    proposal = await world.ask("caller", "POST", f"{call}/assignments/propose", only, expect=200)
    assert proposal["blocked"] == []
    chosen = {one["expert"]["person_id"] for one in proposal["assignments"]}
    # `both` covers two fields; of the others all fit alike. `kin` is of a co-owner.
    assert str(world.people["both"].uid) in chosen
    assert str(world.people["kin"].uid) not in chosen
    assert proposal["matched"] == 3
    assert await world.state() is ResultState.SUBMITTED
    for who in ("researcher", "department", "economy", "both", "stranger"):
        await world.ask(who, "POST", f"{call}/assignments", only, expect=403)
    # By hand, the same constraints hold.
    for name, codes in (("kin", ["conflict"]), ("battery", None)):
        body = {"person_id": str(world.people[name].uid)}
        answer = await world.ask(
            "caller", "POST", f"{result}/assignments", body, expect=409 if codes else 201
        )
        assert codes is None or [one["code"] for one in answer["errors"]] == codes
    assert await world.state() is ResultState.UNDER_ASSESSMENT
    again = {"person_id": str(world.people["battery"].uid)}
    assert (await world.ask("caller", "POST", f"{result}/assignments", again, expect=409))["code"] == (
        "already-assigned"
    )
    await world.ask("two hats", "POST", f"{result}/assignments", again, expect=403)
    # The rest is filled up by the optimum: robotics is still to be covered.
    made = await world.ask("caller", "POST", f"{call}/assignments", only, expect=201)
    assert [one["expert"]["person_id"] for one in made["assignments"]] == [str(world.people["both"].uid)]
    assert await world.told("both") == ["evaluation_assigned"]


async def read_and_judged_by_the_first(world: World) -> None:
    mine = await world.assignment_of("battery")
    read = await world.ask("battery", "GET", f"{mine}/result", expect=200)
    assert read["document"]["confidential"] == SECRET
    assert [(one.field, one.via) for one in await world.readings()] == [
        ("confidential", "get_assigned_result")
    ]
    for who in ("both", "researcher", "stranger"):
        await world.ask(who, "GET", f"{mine}/result", expect=404)
    await world.ask("caller", "GET", f"{mine}/result", expect=403)

    bad = {"scores": {**GOOD, "team": 11, "luck": 1}}
    answer = await world.ask("battery", "POST", f"{mine}/evaluation", bad, expect=422)
    assert {(one["pointer"], one["code"]) for one in answer["errors"]} == {
        ("/body/scores/team", "outside_scale"),
        ("/body/scores/luck", "unknown_criterion"),
    }
    await world.ask("battery", "GET", f"{mine}/evaluation", expect=404)
    given = await world.ask("battery", "POST", f"{mine}/evaluation", SAID, expect=201)
    assert given["total"] == 86
    assert given["version_number"] == 1
    assert (await world.ask("battery", "POST", f"{mine}/evaluation", SAID, expect=409))["code"] == (
        "already-evaluated"
    )


async def hidden_from_everybody_until_all_are_in(world: World) -> None:
    result = f"/results/{world.battery.slug}"
    mine = await world.assignment_of("battery")
    await world.ask("both", "GET", f"{mine}/evaluation", expect=404)
    for who in ("caller", "department"):
        early = await world.ask(who, "GET", f"{result}/assessment", expect=200)
        assert (early["all_in"], early["aggregate"], early["evaluations"]) == (False, None, None)
        assert sorted(one["state"] for one in early["experts"]) == ["assigned", "done"]
        await world.ask(who, "GET", f"{mine}/evaluation", expect=403)
    for who in ("researcher", "two hats"):
        await world.ask(who, "GET", f"{result}/assessment", expect=403)
        assert (await world.ask(who, "GET", f"{result}/decisions", expect=200))["decisions"] == []
    await world.ask("stranger", "GET", f"{result}/decisions", expect=404)
    await world.ask("economy", "GET", f"{result}/assessment", expect=404)
    early = await world.ask("caller", "POST", f"{result}/decisions", VERDICT, expect=409)
    assert early["code"] == "evaluations-outstanding"

    # Until all are in, one may correct oneself; the version that was read must be the present one.
    await world.ask("battery", "PUT", f"{mine}/evaluation", SAID, expect=428)
    await world.ask("battery", "PUT", f"{mine}/evaluation", SAID, expect=412, if_match='"7"')
    corrected = {**SAID, "scores": {**GOOD, "team": 8}}
    given = await world.ask("battery", "PUT", f"{mine}/evaluation", corrected, expect=200, if_match='"1"')
    assert given["total"] == 85


async def one_more_is_asked_where_two_disagree(world: World) -> None:
    result = f"/results/{world.battery.slug}"
    mine, other = await world.assignment_of("battery"), await world.assignment_of("both")
    await world.ask("both", "POST", f"{other}/evaluation", {"scores": POOR}, expect=201)
    assert await world.told("caller") == ["evaluations_disagree"]
    early = await world.ask("caller", "GET", f"{result}/assessment", expect=200)
    assert not early["all_in"]
    (third,) = [one for one in early["experts"] if one["state"] == "assigned"]
    name = next(name for name, one in world.people.items() if str(one.uid) == third["expert"]["person_id"])
    last = {"scores": {**GOOD, "market": 8}, "comment_owner": "建议入库"}
    await world.ask(name, "POST", f"/assignments/{third['assignment_id']}/evaluation", last, expect=201)
    assert await world.told("caller") == ["evaluations_disagree", "evaluations_complete"]
    assert (await world.ask("battery", "PUT", f"{mine}/evaluation", SAID, expect=409, if_match='"2"'))[
        "code"
    ] == "evaluation-closed"

    whole = await world.ask("department", "GET", f"{result}/assessment", expect=200)
    assert whole["aggregate"]["count"] == 3
    assert whole["aggregate"]["total"] == {"mean": 64.0, "median": 84.0, "spread": 62.0, "deviation": 28.99}
    assert whole["aggregate"]["disagree"]
    assert "可优先支持" in [one["comment_department"] for one in whole["evaluations"]]
    whole = await world.ask("caller", "GET", f"{result}/assessment", expect=200)
    assert {one["comment_department"] for one in whole["evaluations"]} == {None}


async def pooled_with_reasons_for_the_owner(world: World) -> None:
    result = f"/results/{world.battery.slug}"
    for who in ("department", "both", "economy", "stranger"):
        await world.ask(who, "POST", f"{result}/decisions", VERDICT, expect=404)
    await world.ask("researcher", "POST", f"{result}/decisions", VERDICT, expect=403)
    await world.ask("two hats", "POST", f"{result}/decisions", VERDICT, expect=403)
    await world.ask("caller", "POST", f"{result}/decisions", VERDICT, expect=201)
    await world.ask("caller", "POST", f"{result}/decisions", VERDICT, expect=409)
    assert await world.state() is ResultState.POOLED
    told = await world.ask("researcher", "GET", f"{result}/decisions", expect=200)
    (decision,) = told["decisions"]
    assert (decision["decision"], decision["reasons"]) == ("pool", "创新性强")
    assert decision["comments"] == sorted(["请补充循环数据", "建议入库"])
    assert not {"可优先支持", *(one.name for one in world.people.values())} & set(str(told).split("'"))
    assert await world.ask("partner", "GET", f"{result}/decisions", expect=200) == told
    for who in ("caller", "both", "stranger"):
        assert (await world.ask(who, "GET", f"{result}/decisions", expect=200))["decisions"] == []
    assert await world.told("researcher") == ["result_decided"]
    assert await world.told("partner") == ["result_decided"]
    public = await world.ask("stranger", "GET", f"/projects/{world.battery.slug}", expect=200)
    assert SECRET not in str(public)


async def recalled_and_decided_anew(world: World) -> None:
    result = f"/results/{world.battery.slug}"
    why = {"reason": "材料有误"}
    await world.ask("caller", "POST", f"{result}/recall", why, expect=403)
    await world.ask("economy", "POST", f"{result}/recall", why, expect=404)
    recalled = await world.ask("department", "POST", f"{result}/recall", why, expect=200)
    assert recalled["recall_reason"] == "材料有误"
    assert await world.state() is ResultState.UNDER_ASSESSMENT
    await world.ask("stranger", "GET", f"/projects/{world.battery.slug}", expect=410)
    await world.ask("department", "POST", f"{result}/recall", why, expect=409)
    assert "result_recalled" in await world.told("researcher")
    second = await world.ask(
        "caller", "POST", f"{result}/decisions", {**VERDICT, "decision": "return"}, expect=201
    )
    assert second["mean"] == 64
    assert await world.state() is ResultState.RETURNED


async def test_constraints_bind_quotas_hold_and_recusal_reassigns(world: World) -> None:
    await profiles_are_kept_by_their_experts(world)
    conflict = await who_declares_a_conflict_may_not_judge(world)
    await an_impossible_assignment_names_what_binds(world)
    both = f"/experts/{world.people['both'].uid}"
    await world.ask("both", "DELETE", f"{both}/conflicts/{conflict}", expect=204)
    await world.ask("both", "DELETE", f"{both}/conflicts/{conflict}", expect=404)
    await save(world, "both", '"2"', disciplines=["robotics"], quota=2)
    made = await world.ask("caller", "POST", f"/calls/{world.call.slug}/assignments", {}, expect=201)
    assert len(made["assignments"]) == 4
    await quotas_and_needs_hold_by_hand(world)
    await whoever_recuses_is_replaced_where_somebody_is_left(world)
    await what_its_owner_takes_back_is_known_to_nobody_else(world)


async def save(world: World, name: str, version: str, *, expect: int = 200, **profile: Any) -> Any:
    path = f"/experts/{world.people[name].uid}/profile"
    return await world.ask(name, "PUT", path, profile, expect=expect, if_match=version)


async def profiles_are_kept_by_their_experts(world: World) -> None:
    profile: dict[str, Any] = {"disciplines": ["robotics"], "quota": 1}
    await save(world, "robots", '"0"', expect=412, **profile)
    await save(world, "robots", '"1"', expect=422, disciplines=["alchemy"], quota=1)
    await save(world, "robots", '"1"', expect=422, organisation_id=str(uuid.uuid4()), **profile)
    saved = await save(world, "robots", '"1"', organisation_id=str(world.partner.uid), **profile)
    assert (saved["quota"], saved["open_assignments"]) == (1, 0)
    path = f"/experts/{world.people['robots'].uid}/profile"
    assert await world.ask("department", "GET", path, expect=200) == saved
    await world.ask("department", "PUT", path, profile, expect=403, if_match='"2"')
    for who in ("stranger", "battery"):
        await world.ask(who, "GET", path, expect=404)


async def who_declares_a_conflict_may_not_judge(world: World) -> str:
    path = f"/experts/{world.people['both'].uid}/conflicts"
    declared = {"organisation_id": str(world.partner.uid), "reason": "曾任顾问"}
    conflict = await world.ask("both", "POST", path, declared, expect=201)
    await world.ask("both", "POST", path, {"reason": "无"}, expect=422)
    # One declares nothing about what one may not know of.
    await world.ask("both", "POST", path, {"result_id": str(world.robot.uid)}, expect=422)
    listed = await world.ask("both", "GET", path, expect=200)
    assert [one["id"] for one in listed["items"]] == [conflict["id"]]
    candidates = f"/calls/{world.call.slug}/experts?result={world.battery.slug}"
    seen = await world.ask("caller", "GET", candidates, expect=200)
    against = {
        one["expert"]["person_id"]: [each["constraint"] for each in one["objections"]]
        for one in seen["items"]
    }
    # `robots` works for the co-owner, as `kin` does.
    expected = {"battery": [], "robots": ["conflict"], "both": ["conflict"], "kin": ["conflict"]}
    assert {name: against[str(world.people[name].uid)] for name in expected} == expected
    return str(conflict["id"])


async def an_impossible_assignment_names_what_binds(world: World) -> None:
    """`robots` alone may judge robotics, and has one place: both results need it."""
    path = f"/calls/{world.call.slug}/assignments"
    await save(world, "robots", '"2"', disciplines=["robotics"], quota=1)
    await save(world, "kin", '"1"', disciplines=["robotics"], quota=2, available_to="2026-01-01")
    await save(world, "both", '"1"', disciplines=[], quota=2)
    refused = await world.ask("caller", "POST", path, {}, expect=409)
    assert refused["code"] == "assignment-infeasible"
    assert [one["code"] for one in refused["errors"]] == ["quota"]
    assert "机器人" in refused["errors"][0]["detail"]
    proposal = await world.ask("caller", "POST", f"{path}/propose", {}, expect=200)
    (blocked,) = proposal["blocked"]
    assert blocked["constraints"][0]["disciplines"] == ["robotics"]
    assert {world.battery.slug, world.robot.slug} == {
        blocked["result"]["slug"],
        *(one["result"]["slug"] for one in proposal["assignments"]),
    }
    unknown = {"results": [world.battery.slug, "no-such-result"]}
    await world.ask("caller", "POST", path, unknown, expect=422)
    assert await world.state() is ResultState.SUBMITTED


async def quotas_and_needs_hold_by_hand(world: World) -> None:
    path = f"/calls/{world.call.slug}/assignments"
    listed = await world.ask("department", "GET", f"{path}?state=assigned", expect=200)
    assert len(listed["items"]) == 4
    due = date.fromisoformat(listed["items"][0]["due_on"])
    for days, told in ((4, 0), (3, 4), (0, 0)):
        then = datetime.combine(due - timedelta(days=days), time(12), BUSINESS_ZONE)
        assert await remind_experts(world.session, then) == told
    assert (await world.ask("two hats", "GET", path, expect=200))["items"] == []
    robots = {"person_id": str(world.people["robots"].uid)}
    answer = await world.ask(
        "caller", "POST", f"/results/{world.battery.slug}/assignments", robots, expect=409
    )
    assert [one["code"] for one in answer["errors"]] == ["quota"]
    mine = await world.assignment_of("robots", world.robot)
    answer = await world.ask("caller", "POST", f"{mine}/release", {"reason": "调整"}, expect=409)
    assert [one["code"] for one in answer["errors"]] == ["experts"]
    # With a third expert there, one may go; but not the only one for a field.
    third = {"person_id": str(world.people["battery"].uid)}
    await world.ask("caller", "POST", f"/results/{world.robot.slug}/assignments", third, expect=201)
    await world.ask("caller", "POST", f"{mine}/release", {"reason": "调整"}, expect=200)
    await world.ask("caller", "POST", f"{mine}/release", {"reason": "调整"}, expect=409)
    await world.ask("caller", "POST", f"/results/{world.robot.slug}/assignments", robots, expect=201)


async def whoever_recuses_is_replaced_where_somebody_is_left(world: World) -> None:
    why, both = {"reason": "曾与该团队合作"}, {"person_id": str(world.people["both"].uid)}
    path = await world.assignment_of("both", world.robot)
    await world.ask("robots", "POST", f"{path}/recusal", why, expect=404)
    await world.ask("both", "POST", f"{path}/recusal", {"reason": "空\x00符"}, expect=422)
    await world.ask("both", "POST", f"{path}/recusal", why, expect=200)
    await world.ask("both", "POST", f"{path}/recusal", why, expect=409)
    for rest, body in (("result", None), ("evaluation", {"scores": GOOD})):
        await world.ask("both", "GET" if body is None else "POST", f"{path}/{rest}", body, expect=409)
    assert (await world.ask("caller", "GET", path, expect=200))["reason"] == why["reason"]
    whole = await world.ask("caller", "GET", f"/results/{world.robot.slug}/assessment", expect=200)
    states = [one["state"] for one in whole["experts"]]
    assert (states.count("assigned"), states.count("recused")) == (3, 1)
    assert str(world.people["energy"].uid) in [one["expert"]["person_id"] for one in whole["experts"]]
    assert "evaluation_assigned" in await world.told("energy")
    add = f"/results/{world.robot.slug}/assignments"
    answer = await world.ask("caller", "POST", add, both, expect=409)
    assert [one["code"] for one in answer["errors"]] == ["conflict"]
    # A conflict that came up later keeps from judging too.
    path = await world.assignment_of("both", world.battery)
    conflict = {"result_id": str(world.battery.uid)}
    me = f"/experts/{world.people['both'].uid}"
    await world.ask("both", "POST", f"{me}/conflicts", conflict, expect=201)
    late = await world.ask("both", "POST", f"{path}/evaluation", {"scores": GOOD}, expect=409)
    assert late["code"] == "expert-not-eligible"
    # Nobody else may judge robotics of the battery: the people of the call are told, and must see to it.
    await world.ask("both", "POST", f"{path}/recusal", why, expect=200)
    whole = await world.ask("caller", "GET", f"/results/{world.battery.slug}/assessment", expect=200)
    assert sorted(one["state"] for one in whole["experts"]) == ["assigned", "recused"]
    assert await world.told("caller") == ["evaluation_recused"] * 2


async def what_its_owner_takes_back_is_known_to_nobody_else(world: World) -> None:
    result, mine = f"/results/{world.robot.slug}", await world.assignment_of("robots", world.robot)
    await world.ask("researcher", "POST", f"{result}/withdrawal", {}, expect=200, if_match="*")
    for who in ("robots", "caller", "department"):
        await world.ask(who, "GET", mine, expect=404)
    for rest in ("assessment", "decisions"):
        await world.ask("caller", "GET", f"{result}/{rest}", expect=404)
    listed = await world.ask("caller", "GET", f"/calls/{world.call.slug}/assignments", expect=200)
    assert {one["result"]["slug"] for one in listed["items"]} == {world.battery.slug}
    # Whoever was to judge it has a free place again.
    me = f"/experts/{world.people['robots'].uid}/profile"
    assert (await world.ask("robots", "GET", me, expect=200))["open_assignments"] == 0
