"""Demand over HTTP and as platforms are told of it, on both databases."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app import outbox
from app.db import SessionFactory
from app.demand import appeared
from app.demand.appeared import attend_demand
from app.demand.usecases import Demand
from app.matching.snapshot_cache import SnapshotCache
from app.models import (
    AccessLogEntry,
    Department,
    DepartmentDuty,
    Notification,
    Organisation,
    OrganisationRole,
    OutboxEvent,
    Person,
    Result,
    ResultState,
    Scheme,
    metadata,
)
from app.outbox import ChangeType
from app.vocabulary.ranges import range_of
from search.embedded import EmbeddedEngine
from search.text import TextLayer
from tests.demand.results import write_needs
from tests.factories.people import make_duty, make_member, make_person, signed_in_as
from tests.factories.pool import make_access, make_call, make_project, make_result
from tests.factories.registry import make_accreditation, make_organisation, make_platform, make_standard
from tests.matching.catalogue import NUMBER, Catalogue, columns, make_catalogue

NOW = datetime(2026, 12, 1, 4, tzinfo=UTC)
COLD = "GB/T 2423.1-2008"
LOST = "GB/T 4208-2017"
RARE = "GB/T 10125-2021"


@dataclass
class World:
    app: FastAPI
    client: httpx.AsyncClient
    session: AsyncSession
    new_session: SessionFactory
    catalogue: Catalogue
    owner: Organisation
    member: Person
    headers: dict[str, dict[str, str]]

    async def demand(self, who: str = "member", **asked: Any) -> httpx.Response:
        return await self.client.get(
            "/v1/platforms/hub/demand", params=asked, headers=self.headers.get(who, {})
        )

    async def slugs(self, who: str = "member", **asked: Any) -> list[str]:
        answer = await self.demand(who, **asked)
        assert answer.status_code == 200, answer.text
        return [item["slug"] for item in answer.json()["items"]]

    async def result(self, slug: str, needs: list[dict[str, Any]], **known: Any) -> Result:
        """A result that waits: pooled, unless a state says otherwise."""
        state = known.pop("state", ResultState.POOLED)
        call = known.pop("call", None) or await make_call(self.session, now=NOW)
        document = {
            "title": {"zh": f"成果{slug}"},
            "fields": known.pop("fields", ["new_energy"]),
            "needs": needs,
            "confidential": "secretknowhow",
        }
        result = await make_result(
            self.session, self.owner, call=call, state=state, document=document, slug=slug, **known
        )
        await write_needs(self.session, result, needs)
        if state is ResultState.POOLED:
            await make_project(self.session, result)
        await self.session.commit()
        return result

    async def rows(self, table: Any) -> list[Any]:
        column = metadata.tables[table.__tablename__].c.id
        async with self.new_session() as session:
            return list(await session.scalars(select(table).order_by(column)))


@pytest.fixture
async def world(
    app: FastAPI, client: httpx.AsyncClient, session: AsyncSession, new_session: SessionFactory
) -> AsyncIterator[World]:
    """A platform that met one standard, covers a part of a range, and let a certificate expire."""
    app.state.clock = lambda: NOW
    engine = EmbeddedEngine(TextLayer(()))
    app.state.search, app.state.snapshots = engine, SnapshotCache()
    catalogue = await make_catalogue(session)
    operator = await make_organisation(session, slug="hub-operator")
    owner = await make_organisation(session, slug="lab", region_code="330110")
    catalogue.platform.operator_id = operator.id
    await catalogue.line()
    await catalogue.line(standard=COLD, **columns(range_of(-40, 85, "℃")))
    expired = await make_accreditation(
        session, catalogue.platform, scheme=Scheme.CMA, valid_to=date(2026, 11, 19)
    )
    await catalogue.line(expired, standard=LOST)
    await make_standard(session, RARE, capability_code="salt_spray")
    member, stranger, officer, afar = [await make_person(session) for _ in range(4)]
    await make_member(session, member, operator, OrganisationRole.VIEWER)
    await make_duty(session, officer, Department.ECONOMY, "330100", DepartmentDuty.REVIEWER)
    await make_duty(session, afar, Department.ECONOMY, "330200", DepartmentDuty.REVIEWER)
    people = {"member": member, "stranger": stranger, "officer": officer, "afar": afar}
    headers = {who: await signed_in_as(session, app, person) for who, person in people.items()}
    await catalogue.publish()
    yield World(app, client, session, new_session, catalogue, owner, member, headers)
    await engine.close()


MET = {"id": "met", "standard": NUMBER, "accreditation": "CNAS", "text": "过充"}
PART = {
    "id": "part",
    "standard": COLD,
    "accreditation": "CNAS",
    "range": {"min": -55, "max": 85, "unit": "℃"},
}
OLD = {"id": "old", "standard": LOST, "accreditation": "CMA"}
OTHER = {"id": "other", "standard": NUMBER, "accreditation": "CMA", "must": False}
NOBODY = {"id": "nobody", "standard": RARE, "accreditation": "either"}
WORDS = {"id": "words", "text": "要靠谱的检测"}


async def test_a_platform_reads_what_waits_for_it_as_a_match_of_the_result_would_say(world: World) -> None:
    await world.result("whole", [MET, OTHER])
    open_call = await make_call(world.session, now=NOW)
    await world.result("near", [PART, OLD, WORDS], call=open_call, state=ResultState.SUBMITTED)
    closed = await make_call(world.session, now=NOW, closes_at=NOW - timedelta(hours=1))
    await world.result("closed", [MET], call=closed, state=ResultState.SUBMITTED)
    await world.result("robot", [MET, NOBODY], fields=["robotics"])
    await world.result("out-of-reach", [NOBODY])
    hidden = await world.result("hidden", [MET], tiers={"needs": "granted"})
    answer = (await world.demand(total=True)).json()
    assert [item["slug"] for item in answer["items"]] == ["whole", "near", "robot"]
    assert answer["total"] == 3
    whole, near, robot = answer["items"]
    assert (whole["all_must_met"], near["all_must_met"], robot["all_must_met"]) == (True, False, False)
    assert whole["value"] == pytest.approx(sum(whole["value_parts"].values()))
    standing = {need["id"]: need for item in answer["items"] for need in item["needs"]}
    assert {key: need["standing"] for key, need in standing.items()} == {
        "met": "met",
        "other": "near",
        "part": "near",
        "old": "near",
        "words": "unclear",
        "nobody": "unmet",
    }
    assert standing["part"]["missing"]["detail"]["en"] == "Covers -40..85 ℃ of -55..85 ℃"
    assert "12 天前" in standing["old"]["missing"]["detail"]["zh"]
    assert standing["other"]["missing"]["detail"]["en"] == "Only CNAS, not CMA as asked"
    assert near["project"] is None
    assert near["withheld"] == {"confidential": "granted"}
    assert "secretknowhow" not in str(answer)

    # The same law as for the researcher.
    asked = {"needs": [MET, OTHER, PART, OLD, NOBODY], "on_date": "2026-12-01"}
    matched = (await world.client.post("/v1/matches", json=asked)).json()
    [hub] = [each for each in matched["candidates"] if each["platform"]["slug"] == "hub"]
    for verdict in hub["verdicts"]:
        need = standing[verdict["need_id"]]
        assert (need["standing"] == "met", need["reason"]) == (
            verdict["verdict"] == "met",
            verdict["reason"],
        )

    # Pages, filters, another day.
    first = (await world.demand(limit=1)).json()
    rest = (await world.demand(limit=1, cursor=first["next_cursor"])).json()
    assert [first["items"][0]["slug"], rest["items"][0]["slug"]] == ["whole", "near"]
    assert await world.slugs(only_met=True) == ["whole"]
    assert await world.slugs(field="robotics") == ["robot"]
    assert await world.slugs(on_date="2026-11-01", only_met=True) == ["whole"]
    assert (await world.demand(cursor="x")).status_code == 422

    # Every reading of needs stands in the log of the owner, once for each answer.
    log = [entry for entry in await world.rows(AccessLogEntry) if entry.result_uid == hidden.uid]
    assert log == []
    entries = await world.rows(AccessLogEntry)
    assert {(entry.field, entry.via) for entry in entries} == {("needs", "get_platform_demand")}

    # What is above members is there for whom it was granted to, and for nobody else.
    await make_access(world.session, hidden, world.member, until=date(2026, 12, 31))
    await world.session.commit()
    assert await world.slugs() == ["whole", "hidden", "near", "robot"]
    assert (await world.demand("stranger")).status_code == 403
    assert (await world.demand("nobody")).status_code == 401
    assert (await world.demand("afar")).status_code == 403
    # The department of the platform may ask, but reads of results only what everybody may.
    assert await world.slugs("officer") == []


async def test_a_department_sees_what_nobody_meets_in_groups_without_words(world: World) -> None:
    await world.result("one", [MET, NOBODY, WORDS])
    await world.result("two", [{**NOBODY, "must": False}, OLD])
    await world.result("secret", [NOBODY], tiers={"needs": "sealed"})

    async def unmet(who: str, **asked: Any) -> httpx.Response:
        return await world.client.get("/v1/demand/unmet", params=asked, headers=world.headers[who])

    answer = (await unmet("officer", total=True)).json()
    assert (answer["results"], answer["projects"], answer["total"]) == (2, 2, 2)
    rare, old = answer["items"]
    assert (rare["capability"]["code"], rare["scheme"], rare["city"]["code"]) == (
        "salt_spray",
        "either",
        "330100",
    )
    assert (rare["projects"], rare["must_projects"], rare["needs"]) == (2, 1, 2)
    assert (rare["nearest"]["platform"], rare["nearest"]["code"]) == (None, "no_such_line")
    assert (old["nearest"]["platform"], old["nearest"]["code"]) == ("hub", "accreditation_expired")
    assert not any(word in str(answer) for word in ("要靠谱的检测", "过充", RARE, "成果"))
    assert (await unmet("officer", on_date="2026-11-01", total=True)).json()["total"] == 1
    assert (await unmet("officer", capability="salt_spray", total=True)).json()["total"] == 1
    first = (await unmet("officer", limit=1)).json()
    second = (await unmet("officer", limit=1, cursor=first["next_cursor"])).json()
    assert [second["items"][0]["nearest"]["code"], second["next_cursor"]] == ["accreditation_expired", None]
    assert (await unmet("afar")).json()["results"] == 0
    assert (await unmet("member")).status_code == 403


async def test_the_people_of_a_platform_are_told_once_that_there_is_demand(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    demand = Demand(SnapshotCache())

    async def work() -> None:
        for _ in range(20):
            if not await attend_demand(world.new_session, demand, now=NOW):
                return
        raise AssertionError("the worker never finds an end")

    async def told() -> list[tuple[int, list[str]]]:
        events = [event for event in await world.rows(OutboxEvent) if event.type == "demand.appeared"]
        assert len(await world.rows(Notification)) == len(events)
        return [(event.payload["count"], event.payload["results"]) for event in events]

    await work()
    assert await told() == []
    whole = await world.result("whole", [MET])
    await world.result("hidden", [MET], tiers={"needs": "granted"})

    async def die(*_: object, **__: object) -> None:
        raise ConnectionError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(appeared, "notify", die)
        with pytest.raises(ConnectionError):
            await work()
    await work()
    await work()
    assert await told() == [(1, [str(whole.uid)])]
    [notice] = await world.rows(Notification)
    assert (notice.person_id, notice.payload["slug"]) == (world.member.id, "hub")
    assert "过充" not in str(notice.payload)

    # Of others it learns when a line makes it meet them; of who is best somebody else learns nothing.
    other = await make_platform(world.session, slug="other")
    late = await world.result("late", [PART])
    await work()
    assert len(await told()) == 1
    await world.session.execute(
        update(metadata.tables["scope_line"])
        .where(metadata.tables["scope_line"].c.standard_number == COLD)
        .values(range_low=200.0)
    )
    for platform in (world.catalogue.platform, other):
        event = outbox.platform_event(
            ChangeType.PLATFORM_CHANGED,
            platform.uid,
            slug=platform.slug,
            name_zh="平台",
            name_en=None,
            demo=True,
        )
        outbox.add(world.session, event)
    await world.catalogue.publish()
    await work()
    await work()
    assert await told() == [(1, [str(whole.uid)]), (1, [str(late.uid)])]
