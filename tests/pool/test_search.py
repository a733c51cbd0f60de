"""Finding projects, on both databases: by what everybody may read, by what members may, and across all kinds."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from app.catalogue.params import ProjectFacet
from app.catalogue.suggest import read_entries
from app.db import SessionFactory
from app.indexing.indexer import Followed, follow
from app.models import PoolProjectField, ResultState, Stage, metadata
from app.outbox import vocabulary_event
from app.outbox.write import add
from app.pool.usecases import create_project, withdraw_project
from search.embedded import EmbeddedEngine
from search.port import EngineUnavailable, SearchEngine, SearchPage, SearchRequest
from search.text import TextLayer
from tests.factories.pool import make_result
from tests.factories.registry import make_service
from tests.pool.pool_world import DOCUMENT, MARKS, NOW, World, make_world

PROJECT = metadata.tables["pool_project"].c
FIELD = metadata.tables["pool_project_field"].c
ABOVE_PUBLIC = ("abstract", "trl_evidence", "needs", "intellectual_property", "people", "confidential")
FACETS = ",".join(ProjectFacet)


class Away(EmbeddedEngine):
    """An engine that does not answer."""

    async def search(self, request: SearchRequest) -> SearchPage:
        raise EngineUnavailable("away")


@pytest.fixture
async def finder() -> AsyncIterator[SearchEngine]:
    made = EmbeddedEngine(TextLayer())
    yield made
    await made.close()


@pytest.fixture
async def world(
    app: FastAPI, client: httpx.AsyncClient, own_sessions: SessionFactory, finder: SearchEngine
) -> AsyncIterator[World]:
    """A world on a database of its own: the indexes are built from one state of it."""
    app.state.search, app.state.new_session = finder, own_sessions
    async with own_sessions() as session:
        yield await make_world(app, client, session)


async def indexed(own_sessions: SessionFactory, finder: SearchEngine) -> Followed:
    return await follow(own_sessions, finder, progress=lambda _message: None)


async def search(world: World, **asked: Any) -> dict[str, Any]:
    answer = await world.client.get("/v1/search", params={"index": "projects", **asked})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_project_is_found_from_the_pool_to_its_withdrawal(
    world: World, own_sessions: SessionFactory, finder: SearchEngine
) -> None:
    add(world.session, vocabulary_event())
    await world.session.commit()
    assert (await indexed(own_sessions, finder)).rebuilt["projects"] == 0
    project = await world.pool()
    followed = await indexed(own_sessions, finder)
    assert (followed.projects, followed.platforms, followed.rebuilt) == (1, 0, {})
    for text in (MARKS["title"], MARKS["keywords"], "循环寿命", "traction battery", "dldc", "新能源"):
        found = await search(world, q=text)
        assert [hit["id"] for hit in found["hits"]] == [str(project.uid)], text
    assert found["index"] == "projects"
    hit = (await search(world, q="动力电池"))["hits"][0]
    assert [each["field"] for each in hit["highlights"]] == ["title.zh"]
    assert (hit["stage"], hit["city"], hit["trl"], hit["year"]) == ("pooled", "330100", 5, 2026)
    for name in ABOVE_PUBLIC:
        found = await search(world, q=MARKS[name], facets=FACETS)
        assert (found["total"], found["hits"]) == (0, []), name
        assert all(counts == [] for counts in found["facets"].values())
        suggested = await world.client.get("/v1/suggest", params={"q": MARKS[name]})
        assert suggested.json()["items"] == []
    suggested = (await world.client.get("/v1/suggest", params={"q": MARKS["title"]})).json()["items"]
    assert [(each["kind"], each["code"]) for each in suggested] == [("project", project.slug)]

    path = f"/v1/projects/{project.slug}/stage"
    assert (await world.ask("owner", "POST", path, {"stage": "verifying"}, "*")).status_code == 201
    await indexed(own_sessions, finder)
    assert (await search(world, stage="verifying"))["total"] == 1
    assert (await search(world, stage="pooled", q="电池"))["relax"][0]["drop"] in ("stage", "q")
    assert (await world.ask("owner", "POST", path, {"stage": "withdrawn"}, "*")).status_code == 201
    assert (await indexed(own_sessions, finder)).projects == 1
    assert (await search(world))["total"] == 0
    for index in ("projects", "members_projects"):
        assert (await finder.search(SearchRequest(index))).total == 0
    assert [each for each in await read_entries(world.session) if each.kind == "project"] == []


async def test_members_search_more_and_every_hit_is_recorded(
    world: World, own_sessions: SessionFactory, finder: SearchEngine
) -> None:
    project = await world.pool()
    await indexed(own_sessions, finder)
    path = "/v1/search/projects"
    assert (await world.client.get(path)).status_code == 401
    assert (await world.ask("nobody", "GET", path)).status_code == 403
    assert (await world.ask("owner", "GET", path)).status_code == 403
    for name, count in dict.fromkeys(MARKS, 0).items():
        read_by_members = name not in ("people", "confidential", "intellectual_property")
        answer = await world.ask("member", "GET", f"{path}?q={MARKS[name]}&facets={FACETS}")
        body = answer.json()
        assert body["total"] == (1 if read_by_members else count), name
        assert MARKS["people"] not in answer.text
        assert MARKS["confidential"] not in answer.text
    hit = (await world.ask("member", "GET", f"{path}?q=电解液&capability=overcharge")).json()["hits"][0]
    assert (hit["id"], hit["abstract"]) == (str(project.uid), DOCUMENT["abstract"])
    assert [each["field"] for each in hit["highlights"]] == ["abstract"]
    assert hit["needs"][0]["text"] == MARKS["needs"]
    assert hit["withheld"] == {"people": "granted", "confidential": "granted"}
    reader = f"person:{world.people['member'].uid}"
    fields = ["abstract", "intellectual_property", "needs", "trl_evidence"]
    found_by = sum(name not in ("people", "confidential", "intellectual_property") for name in MARKS) + 1
    assert await world.readings() == [(reader, field) for field in fields] * found_by
    world.app.state.search = Away(TextLayer())
    degraded = (await world.ask("member", "GET", f"{path}?q={MARKS['abstract']}")).json()
    assert (degraded["degraded"], degraded["total"]) == (True, 0)


async def pooled(world: World) -> None:
    """Twenty more projects of different fields, cities, readiness and stages, one of them withdrawn."""
    stages = list(Stage)
    for number in range(20):
        world.owner.region_code = ("330110", "330200", "330000", None)[number % 4]
        document = DOCUMENT | {
            "title": {"zh": f"成果{number}电池" if number % 3 else f"成果{number}机器人"},
            "fields": [["new_energy"], ["robotics", "new_energy"], []][number % 3],
            "trl": number % 9 + 1 if number % 5 else None,
        }
        tiers = {"needs": "public"} if number % 2 else {"trl": "members"} if number % 7 == 0 else {}
        result = await make_result(
            world.session, world.owner, call=world.call, document=document, tiers=tiers, demo=number % 3 == 0,
            state=ResultState.POOLED,
        )  # fmt: skip
        then = NOW.replace(year=2025 + number % 2, month=12, day=31, hour=number)
        project = await create_project(world.session, result, world.call, actor="system", now=then)
        if stages[number % 7] is Stage.WITHDRAWN:
            await withdraw_project(world.session, project, actor="system", now=NOW)
        else:
            project.stage = stages[number % 7]
    await world.session.commit()


async def require_equal_to_a_rebuild(sessions: SessionFactory, followed: SearchEngine) -> None:
    """What was followed event by event holds what is built anew holds, and is found by the same words."""
    anew = EmbeddedEngine(TextLayer())
    await indexed(sessions, anew)
    for index in ("projects", "members_projects"):
        for text in ("", "电池", MARKS["abstract"], "循环"):
            request = SearchRequest(index, text, limit=100, facets=("stage", "field", "trl", "capability"))
            pages = [await engine.search(request) for engine in (followed, anew)]
            held = [{hit.id: hit.document for hit in page.hits} for page in pages]
            assert (held[0], pages[0].facets) == (held[1], pages[1].facets)
    assert (await followed.health()).stamps == (await anew.health()).stamps
    await anew.close()


async def test_totals_and_facets_are_those_of_the_database_with_and_without_the_engine(
    world: World, own_sessions: SessionFactory, finder: SearchEngine
) -> None:
    await indexed(own_sessions, finder)
    await pooled(world)
    assert (await indexed(own_sessions, finder)).projects == 20
    await require_equal_to_a_rebuild(own_sessions, finder)
    by_sql = {
        facet: {row[0]: row[1] for row in await world.session.execute(statement)}
        for facet, statement in {
            "stage": select(PROJECT.stage, func.count()).group_by(PROJECT.stage),
            "demo": select(PROJECT.demo, func.count()).group_by(PROJECT.demo),
            "trl": select(PROJECT.trl, func.count()).where(PROJECT.trl.is_not(None)).group_by(PROJECT.trl),
            "field": select(FIELD.field_code, func.count())
            .join_from(PROJECT.id.table, PoolProjectField, FIELD.project_id == PROJECT.id)
            .where(PROJECT.stage != Stage.WITHDRAWN)
            .group_by(FIELD.field_code),
        }.items()
        for statement in [statement.where(PROJECT.stage != Stage.WITHDRAWN)]
    }
    await world.session.commit()
    everything = (await search(world, facets=FACETS))["facets"]
    for facet, counts in by_sql.items():
        said = {each["value"]: each["count"] for each in everything[facet]}
        assert said == {str(getattr(key, "value", key)).lower(): count for key, count in counts.items()}, (
            facet
        )
    assert {each["value"] for each in everything["year"]} == {"2025", "2026", "2027"}
    assert [each["label"] for each in everything["city"]] == ["杭州市", "宁波市"]
    questions: list[dict[str, Any]] = [
        {},
        {"stage": ["verified", "failed"], "city": "330100"},
        {"field": "robotics", "trl": [2, 5, 8]},
        {"capability": "overcharge", "demo": True},
        {"year": 2026, "q": "电池"},
        {"q": "机器人"},
        {"city": "330110", "field": "new_energy", "q": "成果"},
        {"trl": 9, "stage": "verifying"},
        {"sort": "-pooled", "demo": False},
        {"sort": "name"},
    ]
    answers = [await search(world, facets=FACETS, limit=50, **each) for each in questions]
    world.app.state.search = Away(TextLayer())
    for question, answer in zip(questions, answers, strict=True):
        degraded = await search(world, facets=FACETS, limit=50, **question)
        assert (degraded["degraded"], degraded["engine"]) == (True, "database")
        for name in ("total", "facets"):
            assert degraded[name] == answer[name], (name, question)
        ids = [[hit["id"] for hit in each["hits"]] for each in (degraded, answer)]
        assert ids[0] == ids[1] if "sort" in question else sorted(ids[0]) == sorted(ids[1])
        plain = [{**hit, "score": 0} for hit in sorted(answer["hits"], key=lambda hit: hit["id"])]
        assert sorted(degraded["hits"], key=lambda hit: hit["id"]) == plain
        assert {each["drop"] for each in degraded["relax"]} == {each["drop"] for each in answer["relax"]}
    assert any(not answer["total"] for answer in answers)
    assert sum(bool(answer["total"]) for answer in answers) > 7


async def test_one_search_goes_over_everything_and_groups_by_kind(
    world: World, own_sessions: SessionFactory, finder: SearchEngine
) -> None:
    project = await world.pool()
    for number in range(3):
        await make_service(world.session, world.pilot, title_zh=f"动力电池试验{number}")
    world.pilot.name_zh = "动力电池中试平台"
    add(world.session, vocabulary_event())
    await world.session.commit()
    await indexed(own_sessions, finder)
    asked = {"index": "all", "q": "动力电池", "limit": 2}
    for state, is_degraded in ((finder, False), (Away(TextLayer()), True)):
        world.app.state.search = state
        found = (await world.client.get("/v1/search", params=asked)).json()
        assert (found["index"], found["degraded"]) == ("all", is_degraded)
        groups = found["groups"]
        shown = {kind: (group["total"], len(group["hits"])) for kind, group in groups.items()}
        assert shown == {"services": (3, 2), "platforms": (1, 1), "projects": (1, 1)}
        assert groups["projects"]["hits"][0]["id"] == str(project.uid)
        alone = (await world.client.get("/v1/search", params=asked | {"index": "services"})).json()
        assert (alone["index"], alone["hits"]) == ("services", groups["services"]["hits"])
    for index, wrong in (
        ("all", {"tier": "provincial"}),
        ("all", {"facets": "field"}),
        ("projects", {"scheme": "CNAS"}),
        ("projects", {"sort": "price"}),
        ("projects", {"facets": "tier"}),
        ("services", {"stage": "pooled"}),
        ("platforms", {"sort": "-pooled"}),
    ):
        refused = await world.client.get("/v1/search", params={"index": index, **wrong})
        assert refused.status_code == 422, (index, wrong)
        assert refused.json()["errors"][0]["pointer"] == f"/query/{next(iter(wrong))}"
