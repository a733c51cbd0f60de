"""Projects over HTTP, on both databases: from the pool to the end, and who reads what on the way."""

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import AccessLogEntry, AuditEntry, Notification, OutboxEvent, PoolProject, Result, ResultState
from tests.pool.pool_world import DOCUMENT, MARKS, World, make_world

ABOVE_PUBLIC = [
    MARKS[name]
    for name in ("abstract", "trl_evidence", "needs", "intellectual_property", "people", "confidential")
]
OUTCOME = {"summary": {"zh": "循环 1200 次后容量保持 82 %"}, "facts": {"cycles": 1200}}
LEARNT = {"summary": {"zh": "低温下析锂，须更换电解液", "en": "Lithium plating in the cold"}}


@pytest.fixture
async def world(app: FastAPI, client: httpx.AsyncClient, session: AsyncSession) -> World:
    return await make_world(app, client, session)


async def test_a_project_goes_from_the_pool_to_industry_and_those_concerned_are_told(world: World) -> None:
    before = (await world.client.get("/v1/changes")).json()["cursor"]
    project = await world.pool()
    path = f"/v1/projects/{project.slug}"
    added = await world.ask(
        "caller", "POST", f"{path}/platforms", {"platform": world.pilot.slug, "role": "pilot"}
    )
    assert added.status_code == 201, added.text
    again = {"platform": str(world.pilot.uid), "role": "pilot"}
    assert (await world.ask("owner", "POST", f"{path}/platforms", again)).status_code == 409
    unknown = await world.ask("owner", "POST", f"{path}/platforms", {"platform": "no-such", "role": "pilot"})
    assert unknown.status_code == 422

    async def step(who: str, stage: str, **more: object) -> int:
        answer = await world.ask(who, "POST", f"{path}/stage", {"stage": stage, **more}, "read")
        return answer.status_code

    assert await step("", "verifying") == 401
    assert await step("viewer", "verifying") == 403
    assert await step("member", "verifying") == 403
    assert await step("department elsewhere", "verifying") == 403
    assert await step("other department", "verifying") == 403
    assert await step("owner", "verified", outcome=OUTCOME) == 409
    missing = await world.ask("owner", "POST", f"{path}/stage", {"stage": "verifying"})
    assert missing.status_code == 428
    stale = await world.ask("owner", "POST", f"{path}/stage", {"stage": "verifying"}, '"1"')
    assert stale.status_code == 412
    assert await step("owner", "verifying", outcome=OUTCOME) == 422
    assert await step("owner", "verifying", note={"zh": "开始验证"}) == 201
    assert await step("owner", "verified", outcome=OUTCOME) == 403
    assert await step("caller", "failed") == 422
    assert await step("caller", "failed", outcome=LEARNT | {"on_date": "2026-11-25"}) == 422
    assert await step("caller", "failed", outcome=LEARNT) == 201
    assert await step("owner", "verifying") == 201
    assert await step("department", "verified", outcome=OUTCOME) == 201
    assert await step("owner", "in_pilot") == 201
    assert await step("owner", "industrialised", outcome=OUTCOME) == 201
    assert await step("owner", "withdrawn") == 409

    read = (await world.client.get(path)).json()
    assert (read["stage"], read["stage_label"], read["next_stages"]) == ("industrialised", "已产业化", [])
    assert [each["stage"] for each in read["outcomes"]] == ["industrialised", "verified", "failed"]
    assert [each["platform"]["slug"] for each in read["platforms"]] == [world.pilot.slug]
    history = (await world.client.get(f"{path}/history")).json()["items"]
    walked = ["pooled", "verifying", "failed", "verifying", "verified", "in_pilot", "industrialised"]
    assert [each["after"] for each in history] == walked
    assert history[1]["note"] == {"zh": "开始验证", "en": None}
    outcomes = (await world.client.get(f"{path}/outcomes")).json()["items"]
    assert outcomes[-1]["summary"]["en"] == "Lithium plating in the cold"

    await they_are_told(world, project, before, walked)


async def they_are_told(world: World, project: PoolProject, before: str, walked: list[str]) -> None:
    changes = (await world.client.get("/v1/changes", params={"cursor": before})).json()["items"]
    types = [(each["type"], each["entity"], each["deleted"]) for each in changes]
    assert types == [("project.published", "project", False)] + [("project.changed", "project", False)] * 7
    assert {each["slug"] for each in changes} == {project.slug}
    told = await world.rows(Notification)
    people = [world.people[who].id for who in ("owner", "viewer", "member")]
    assert {row.person_id for row in told} == set(people)
    assert len(told) == 6 * len(people)
    addressed = [row for row in await world.rows(OutboxEvent) if row.type == "project.stage_changed"]
    assert [row.payload["stage"] for row in addressed] == walked[1:]
    assert set(addressed[0].audience["organisations"]) == {str(world.owner.uid), str(world.other.uid)}
    actions = [row.action for row in await world.rows(AuditEntry)]
    assert actions == ["project.pooled", "project_platform.added", *["project.stage_changed"] * 6]
    everything = await world.everything_told()
    assert not any(mark in everything for mark in ABOVE_PUBLIC)


async def test_everybody_reads_the_teaser_and_more_is_read_by_right_and_recorded(world: World) -> None:
    project = await world.pool()
    path = f"/v1/projects/{project.uid}"
    listed = await world.client.get("/v1/projects", params={"q": "循环寿命 关键词", "trl": 5, "total": True})
    assert listed.json()["total"] == 1
    item = listed.json()["items"][0]
    assert item["title"]["zh"] == DOCUMENT["title"]["zh"]
    assert item["teaser"]["en"] == "It lasts longer"
    assert [each["code"] for each in item["field"]] == ["new_energy"]
    assert item["city"] == {"code": "330100", "label": "杭州市"}
    for nothing in ({"q": MARKS["abstract"]}, {"trl": 4}, {"stage": "verified"}, {"city": "330200"}):
        assert (await world.client.get("/v1/projects", params=nothing)).json()["items"] == [], nothing
    assert (await world.client.get("/v1/projects", params={"city": "330100"})).json()["items"]

    readers = {
        "": (),
        "nobody": (),
        "department elsewhere": (),
        "member": ("abstract", "trl_evidence", "needs", "intellectual_property"),
        "caller": tuple(each for each in MARKS if each not in ("title", "public_abstract", "keywords")),
        "department": tuple(each for each in MARKS if each not in ("title", "public_abstract", "keywords")),
        "viewer": tuple(each for each in MARKS if each not in ("title", "public_abstract", "keywords")),
    }
    for who, fields in readers.items():
        answer = await world.ask(who, "GET", path)
        read = {name for name, mark in MARKS.items() if mark in answer.text}
        assert read == {"title", "public_abstract", "keywords", *fields}, who
        withheld = set(MARKS) - read
        assert set(answer.json()["content"]["withheld"]) == withheld, who
        assert (answer.json()["owner"] is None) is (not fields), who
    expected = [
        (f"person:{world.people[who].uid}", field)
        for who, fields in readers.items()
        if who != "viewer"
        for field in sorted(fields)
    ]
    assert await world.readings() == expected
    assert all(row.via == "get_project" for row in await world.rows(AccessLogEntry))


async def test_milestones_are_kept_by_those_who_see_to_the_project(world: World) -> None:
    project = await world.pool()
    path = f"/v1/projects/{project.slug}/milestones"
    body = {"title": {"zh": "小试"}, "due_on": "2027-03-01"}
    assert (await world.ask("member", "POST", path, body)).status_code == 403
    made = await world.ask("owner", "POST", path, body)
    assert made.status_code == 201, made.text
    assert made.headers["Location"] == f"{path}/{made.json()['id']}"
    assert (await world.ask("department", "POST", path, {"title": {"zh": "无期限"}})).status_code == 201
    assert (await world.ask("caller", "POST", path, body | {"due_on": "2027-01-01"})).status_code == 201
    due = [each["due_on"] for each in (await world.client.get(path)).json()["items"]]
    assert due == ["2027-01-01", "2027-03-01", None]
    one, etag = f"{path}/{made.json()['id']}", made.headers["ETag"]
    assert (await world.client.get(one)).headers["ETag"] == etag
    assert (await world.ask("owner", "PATCH", one, {"title": None}, etag)).status_code == 422
    done = {"done_on": "2027-02-01", "due_on": None}
    edited = await world.ask("owner", "PATCH", one, done, etag)
    assert (edited.json()["done_on"], edited.json()["due_on"]) == ("2027-02-01", None)
    assert (await world.ask("owner", "PATCH", one, done, etag)).status_code == 412
    assert (await world.ask("owner", "DELETE", one, None, edited.headers["ETag"])).status_code == 204
    assert (await world.client.get(one)).status_code == 404


async def test_a_withdrawn_project_is_gone_for_the_public_and_can_be_pooled_anew(world: World) -> None:
    project = await world.pool()
    path = f"/v1/projects/{project.slug}"
    assert (
        await world.ask("caller", "POST", f"{path}/stage", {"stage": "withdrawn"}, "*")
    ).status_code == 403
    withdrawn = {"stage": "withdrawn", "note": {"zh": "权属调整"}}
    gone = await world.ask("owner", "POST", f"{path}/stage", withdrawn, "read")
    assert gone.status_code == 201, gone.text
    for rest in ("", "/history", "/outcomes", "/milestones", "/platforms"):
        assert (await world.client.get(path + rest)).status_code == 410
        assert (await world.client.get(f"/v1/projects/no-such{rest}")).status_code == 404
    assert (await world.ask("member", "GET", path)).status_code == 410
    assert (await world.ask("owner", "GET", path)).json()["stage"] == "withdrawn"
    assert (await world.ask("department", "GET", path)).status_code == 200
    assert (await world.client.get("/v1/projects")).json()["items"] == []
    newest = (await world.client.get("/v1/changes")).json()["items"][-1]
    assert (newest["type"], newest["deleted"]) == ("project.removed", True)
    assert (
        await world.ask("owner", "POST", f"{path}/milestones", {"title": {"zh": "晚"}})
    ).status_code == 409
    result = (await world.rows(Result))[0]
    assert result.state is ResultState.WITHDRAWN
    again = await world.pool(result)
    assert again.uid == project.uid
    read = (await world.client.get(path)).json()
    assert (read["stage"], read["id"]) == ("pooled", str(project.uid))
    history = (await world.client.get(f"{path}/history")).json()["items"]
    assert [each["after"] for each in history] == ["pooled", "withdrawn", "pooled"]
    with pytest.raises(ValueError, match="not in the pool"):
        await world.pool(result)
