"""From feedback on a verdict over the data task to gold that the evaluation reads."""

from datetime import timedelta
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import AccessLogEntry, OutboxEvent
from app.models.matches import DataTaskState
from app.runs.rules import TRANSITIONS, WHO, TaskAction, after, states_of
from tests.evaluation.__main__ import _ask
from tests.evaluation.metrics import Tally
from tests.runs.world import DAY, SECRET, World, make_world

WRONG = {"platform": "hub", "need_id": "n1", "kind": "wrong", "reason": "设备已拆除", "claimed": "unmet"}


def test_a_task_is_answered_and_closed_and_never_opened_again() -> None:
    opened, answered, closed = DataTaskState
    table = {(state, action): after(state, action) for state in DataTaskState for action in TaskAction}
    assert table == {
        (opened, TaskAction.ANSWER): answered,
        (opened, TaskAction.CLOSE): closed,
        (answered, TaskAction.ANSWER): None,
        (answered, TaskAction.CLOSE): closed,
        (closed, TaskAction.ANSWER): None,
        (closed, TaskAction.CLOSE): None,
    }
    assert {action for _, action in TRANSITIONS} == set(WHO)
    assert states_of(TaskAction.CLOSE) == (opened, answered)


async def test_a_wrong_verdict_opens_a_task_whose_conclusion_is_exported_as_gold(
    app: FastAPI, client: httpx.AsyncClient, session: AsyncSession
) -> None:
    world = await make_world(app, client, session)
    run = await world.got("owner", "POST", "/v1/results/battery/matches", {"on_date": DAY})
    path = f"/v1/match-runs/{run['id']}/feedback"
    given = await world.got("owner", "POST", path, WRONG)
    assert (given["verdict"], given["claimed"], given["task"]["state"]) == ("met", "unmet", "open")
    for body, status in (
        (WRONG, 409),
        ({**WRONG, "need_id": "n2", "claimed": "unmet"}, 422),
        ({**WRONG, "claimed": "met"}, 422),
        ({**WRONG, "need_id": "n9"}, 422),
        ({**WRONG, "platform": "nowhere"}, 422),
        ({**WRONG, "reason": None}, 422),
        ({"platform": "hub", "kind": "useful", "claimed": "met"}, 422),
    ):
        assert (await world.ask("owner", "POST", path, body)).status_code == status, body
    useful = await world.got("viewer", "POST", path, {"platform": "hub", "kind": "useful"})
    assert useful["task"] is None
    shared = {**WRONG, "need_id": "n2", "claimed": "met", "share_evidence": True}
    second = await world.got("owner", "POST", path, {**shared, "platform": "third"})
    await all_are_told(world)
    await everybody_sees_what_their_tier_allows(world, given["task"]["id"])
    task = f"/v1/data-tasks/{given['task']['id']}"
    await the_task_is_answered_and_closed(world, task)
    await world.got(
        "operator", "POST", f"/v1/platforms/hub/feedback/{useful['id']}/answer", {"answer": "欢迎"}
    )
    twice = await world.ask(
        "operator", "POST", f"/v1/platforms/hub/feedback/{useful['id']}/answer", {"answer": "再答"}
    )
    assert twice.json()["code"] == "feedback-answered"
    listed = await world.got("owner", "GET", path)
    assert [(f["kind"], f["answer"]) for f in listed["items"]] == [
        ("wrong", None),
        ("useful", "欢迎"),
        ("wrong", "已更新目录"),
    ]
    assert second["verdict"] == "unmet"
    await the_evaluation_reads_the_export(world)


async def all_are_told(world: World) -> None:
    for who, expected in (
        ("operator", {"data_task_opened": 1, "feedback_given": 1}),
        ("economy", {"data_task_opened": 2}),
    ):
        inbox = await world.got(who, "GET", "/v1/notifications")
        kinds = [item["type"] for item in inbox["items"]]
        assert {kind: kinds.count(kind) for kind in kinds} == expected, who
        assert SECRET not in str(inbox)
    events = (await world.session.scalars(select(OutboxEvent))).all()
    told = [event for event in events if event.type == "data_task.opened"]
    assert [event.audience for event in told] == [
        {"organisations": [str(world.operator.uid)], "people": [str(world.people["economy"].uid)]},
        {"organisations": [], "people": [str(world.people["economy"].uid)]},
    ]
    assert SECRET not in str([event.payload for event in told])


async def everybody_sees_what_their_tier_allows(world: World, task_id: str) -> None:
    """The platform reads needs as a member while the call is open; its department knows nothing of the result."""
    need = {
        "id": "n1",
        "must": True,
        "withheld": "members",
        "text": None,
        "capability": None,
        "standard": None,
    }
    seen = await world.got("operator", "GET", f"/v1/data-tasks/{task_id}")
    assert seen["need"] == {**need, "withheld": None, "text": f"过充 {SECRET}", "standard": "GB 38031-2020"}
    assert (seen["result"]["slug"], seen["evidence"][0]["kind"]) == ("battery", "scope_line")
    listed = await world.got("operator", "GET", "/v1/platforms/hub/feedback")
    assert SECRET in str(listed)
    entries = (await world.session.scalars(select(AccessLogEntry))).all()
    operator = f"person:{world.people['operator'].uid}"
    assert [(e.reader, e.field, e.via) for e in entries] == [
        (operator, "needs", "get_data_task"),
        (operator, "needs", "list_feedback_of_platform"),
    ]
    tasks = await world.got("economy", "GET", "/v1/data-tasks?state=open")
    assert [(t["platform"], t["result"], t["need"]["withheld"]) for t in tasks["items"]] == [
        ("third", None, "members"),
        ("hub", None, "members"),
    ]
    assert [t["evidence"] for t in tasks["items"]] == [[], None]
    assert SECRET not in str(tasks)
    assert [
        t["platform"] for t in (await world.got("economy", "GET", "/v1/data-tasks?platform=hub"))["items"]
    ] == ["hub"]
    for who, status in (("stranger", 404), ("science", 404), ("owner", 404), ("anonymous", 401)):
        assert (await world.ask(who, "GET", f"/v1/data-tasks/{task_id}")).status_code == status, who
        assert (await world.ask(who, "GET", "/v1/platforms/hub/feedback")).status_code == status, who
    assert (await world.got("stranger", "GET", "/v1/data-tasks"))["items"] == []
    # When the call is closed the result is no longer known to members, and so neither is its need.
    now = world.app.state.clock
    world.app.state.clock = lambda: now() + timedelta(days=30)
    await world.sign_in()
    late = await world.got("operator", "GET", f"/v1/data-tasks/{task_id}")
    assert (late["result"], late["need"], late["evidence"]) == (None, need, None)
    world.app.state.clock = now
    await world.sign_in()


async def the_task_is_answered_and_closed(world: World, task: str) -> None:
    read = await world.ask("operator", "GET", task)
    first = read.headers["ETag"]
    close = {"outcome": "confirmed", "conclusion": "设备确已拆除"}
    for who, step, body, status in (
        ("operator", "closure", close, 403),
        ("economy", "answer", {"answer": "不归我"}, 403),
        ("stranger", "answer", {"answer": "不归我"}, 404),
        ("operator", "answer", {"answer": "已更新目录"}, 204),
        ("economy", "closure", close, 412),
    ):
        answer = await world.ask(who, "POST", f"{task}/{step}", body, if_match=first)
        assert answer.status_code == status, (who, step, answer.text)
    assert (await world.ask("economy", "POST", f"{task}/closure", close)).status_code == 428
    second = (await world.ask("economy", "GET", task)).headers["ETag"]
    assert (
        await world.ask("operator", "POST", f"{task}/answer", {"answer": "再答"}, if_match=second)
    ).status_code == 409
    await world.got("economy", "POST", f"{task}/closure", close, if_match=second)
    closed = await world.got("operator", "GET", task)
    assert (closed["state"], closed["outcome"], closed["conclusion"]) == (
        "closed",
        "confirmed",
        "设备确已拆除",
    )
    for who in ("owner", "operator"):
        inbox = await world.got(who, "GET", "/v1/notifications?type=data_task_closed")
        assert len(inbox["items"]) == 1, who


async def the_evaluation_reads_the_export(world: World) -> None:
    """Only who may read the needs of a result gets it; the reading is recorded."""
    assert (await world.ask("owner", "GET", "/v1/feedback/export")).status_code == 403
    for who in ("economy", "admin"):
        assert (await world.got(who, "GET", "/v1/feedback/export"))["results"] == []
    gold: dict[str, Any] = await world.got("science", "GET", "/v1/feedback/export")
    [result] = gold["results"]
    assert result["verdicts"] == {"n1": {"hub": "unmet"}}
    assert result["judgements"] == {"hub-svc-1": 2}
    assert gold["universe"] == ["hub"]
    assert "confidential" not in result
    entries = (await world.session.scalars(select(AccessLogEntry))).all()
    assert {e.field for e in entries if e.via == "export_feedback"} == {"abstract", "needs"}
    tally = Tally()
    await _ask(world.client, gold, tally)
    assert (tally.verdicts, tally.right, tally.falsely_met, tally.plans) == (1, 0, 1, 0)
    assert len(tally.ranks["results"]) == 1
    assert tally.misses == [f"{result['id']} n1 hub: met, gold unmet"]
