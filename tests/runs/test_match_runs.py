"""A kept match reads the same for ever, and a replay says what changed since and why."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.listing.suspensions import suspend
from app.models import AccessLogEntry, AuditEntry, MatchRun, metadata
from app.outbox import ChangeType
from app.runs.packing import hash_of, unpacked
from tests.factories.registry import make_line
from tests.runs.world import DAY, OVERCHARGE, SALT, SECRET, World, make_world


def answer_in(document: bytes) -> bytes:
    return document[document.index(b',"match":') + len(b',"match":') : -1]


async def keep(world: World, body: Any, **headers: str) -> httpx.Response:
    return await world.ask("owner", "POST", "/v1/results/battery/matches", body, **headers)


async def test_a_run_reads_the_same_after_the_catalogue_changed_and_its_replay_says_why(
    app: FastAPI, client: httpx.AsyncClient, session: AsyncSession
) -> None:
    world = await make_world(app, client, session)
    body = {"on_date": DAY}
    first = await keep(world, body, idempotency_key="k1")
    assert first.status_code == 201, first.text
    again = await keep(world, body, idempotency_key="k1")
    assert (again.content, again.headers["Idempotency-Replayed"]) == (first.content, "true")
    run = first.json()
    path = first.headers["Location"]
    assert path == f"/v1/match-runs/{run['id']}"
    assert [c["platform"]["slug"] for c in run["match"]["candidates"]] == ["hub", "soon", "third"]
    assert (run["version"], run["on_date"], run["engine"]) == (1, DAY, "embedded")
    assert run["answer_hash"] == hash_of(answer_in(first.content))
    [row] = (await session.scalars(select(MatchRun))).all()
    assert unpacked(row.answer) == answer_in(first.content)
    # Asked again at once, on the same day: nothing is different.
    same = await world.got("viewer", "POST", f"{path}/replay?as_of=asked_date")
    assert same["unchanged"] is True
    assert (same["verdicts"], same["candidates"], same["before"]) == ([], [], same["after"])

    # A line is added, an accreditation expires by the calendar, a platform is suspended.
    added = await make_line(session, world.held["hub"], standard=SALT, object=None, parameter=None)
    world.tell(ChangeType.ACCREDITATION_CHANGED, "hub", world.held["hub"])
    await suspend(
        session,
        world.platforms["third"],
        from_date=date(2026, 12, 1),
        to_date=None,
        reason="整改",
        actor="test",
        now=datetime(2026, 12, 2, tzinfo=UTC),
    )
    await world.publish()
    now = datetime(2027, 2, 1, 4, tzinfo=UTC)
    world.app.state.clock = lambda: now
    await world.sign_in()
    read = await world.ask("viewer", "GET", path)
    assert read.content == first.content

    on_the_day = await world.got("owner", "POST", f"{path}/replay?as_of=asked_date")
    assert reasons(on_the_day) == {
        ("hub", "n2"): ("no_such_line", "met", ["line_added"]),
        ("third", "n1"): ("met", None, ["platform_suspended"]),
        ("third", "n2"): ("no_such_line", None, ["platform_suspended"]),
    }
    today = await world.got("owner", "POST", f"{path}/replay", accept_language="en")
    assert today["unchanged"] is False
    assert today["after"]["on_date"] == "2027-02-01"
    assert reasons(today) == {
        **reasons(on_the_day),
        ("soon", "n1"): ("met", "accreditation_expired", ["accreditation_expired"]),
    }
    told = {(c["platform"], c["need_id"]): c["reasons"][0] for c in today["verdicts"]}
    assert told["hub", "n2"]["subject"] == {
        "kind": "scope_line",
        "id": str(added.id),
        "href": f"/v1/scope-lines/{added.id}",
    }
    expired = told["soon", "n1"]
    assert (expired["detail"], expired["after"]) == ("The accreditation has expired", "2026-12-31")
    assert today["candidates"] == [
        {"platform": "soon", "before": 2, "after": None, "reasons": ["accreditation_expired"]},
        {"platform": "third", "before": 3, "after": None, "reasons": ["platform_suspended"]},
    ]
    assert today["plans"] == {
        "gained": [{"platforms": ["hub"], "reasons": ["line_added"]}],
        "lost": [],
    }
    assert len((await session.scalars(select(MatchRun))).all()) == 1
    await changes_the_other_way(world)


async def changes_the_other_way(world: World) -> None:
    """A line is edited and stored anew, one is removed, a certificate prolonged, a platform added, one reinstated."""
    session = world.session
    second = (await keep(world, {})).headers["Location"]
    hub, salt = world.held["hub"], metadata.tables["standard"].c.base == "GB/T 2423.17"
    lines = metadata.tables["scope_line"]
    of_salt = lines.c.standard_id.in_(select(metadata.tables["standard"].c.id).where(salt))
    await session.execute(update(lines).where(of_salt).values(live=False))
    world.lines["hub"].live = False
    await make_line(session, hub, standard=OVERCHARGE, object=None, parameter=None, restriction_zh="只做单体")
    world.tell(ChangeType.ACCREDITATION_CHANGED, "hub", hub)
    world.held["soon"].valid_to = date(2031, 1, 1)
    world.tell(ChangeType.ACCREDITATION_CHANGED, "soon", world.held["soon"])
    await session.execute(update(metadata.tables["suspension"]).values(lifted_at=world.app.state.clock()))
    world.tell(ChangeType.PLATFORM_REINSTATED, "third")
    await world.add_platform("fourth", valid_to=date(2030, 4, 30))
    world.tell(ChangeType.PLATFORM_PUBLISHED, "fourth")
    await world.publish()
    later = world.app.state.clock() + timedelta(minutes=5)
    world.app.state.clock = lambda: later
    replay = await world.got("owner", "POST", f"{second}/replay")
    assert reasons(replay) == {
        ("hub", "n1"): ("met", "met", ["line_changed"]),
        ("hub", "n2"): ("met", "no_such_line", ["line_removed"]),
        ("soon", "n1"): (None, "met", ["accreditation_changed"]),
        ("third", "n1"): (None, "met", ["platform_reinstated"]),
        ("fourth", "n1"): (None, "met", ["platform_added"]),
    }
    assert [(c["platform"], c["before"], c["reasons"]) for c in replay["candidates"]] == [
        ("fourth", None, ["platform_added"]),
        ("soon", None, ["accreditation_changed"]),
        ("third", None, ["platform_reinstated"]),
    ]
    assert [plan["platforms"] for plan in replay["plans"]["lost"]] == [["hub"]]


def reasons(replay: dict[str, Any]) -> dict[tuple[str, str], tuple[Any, Any, list[str]]]:
    """Return verdict or reason before and after, and the codes of the reasons, by platform and need."""

    def short(seen: dict[str, str] | None) -> str | None:
        if seen is None:
            return None
        return "met" if seen["verdict"] == "met" else seen["reason"]

    return {
        (c["platform"], c["need_id"]): (
            short(c["before"]),
            short(c["after"]),
            [r["code"] for r in c["reasons"]],
        )
        for c in replay["verdicts"]
    }


async def test_only_the_owner_and_the_department_of_the_call_read_a_run_and_its_reading_is_recorded(
    app: FastAPI, client: httpx.AsyncClient, session: AsyncSession
) -> None:
    world = await make_world(app, client, session)
    path = (await keep(world, {"on_date": DAY, "limit": 1})).headers["Location"]
    listed = "/v1/results/battery/match-runs"
    expected = {"anonymous": 401, "stranger": 404, "operator": 404, "economy": 404, "admin": 404}
    for who, status in {**expected, "owner": 200, "viewer": 200, "science": 200}.items():
        for method, each in (("GET", path), ("GET", listed), ("POST", f"{path}/replay")):
            answer = await world.ask(who, method, each)
            assert answer.status_code == status, (who, each, answer.text)
            assert (SECRET in answer.text) == (status == 200 and each == path), (who, each)
    for who, status in {**expected, "viewer": 403, "science": 403}.items():
        assert (await world.ask(who, "POST", "/v1/results/battery/matches", {})).status_code == status, who
    log = metadata.tables["access_log_entry"].c
    entries = (await session.scalars(select(AccessLogEntry).order_by(log.position))).all()
    science = f"person:{world.people['science'].uid}"
    assert [(e.reader, e.field, e.via) for e in entries] == [
        (science, "needs", "get_match_run"),
        (science, "needs", "replay_match_run"),
    ]
    trail = (await session.scalars(select(AuditEntry))).all()
    [entry] = [entry for entry in trail if entry.action == "match_run.created"]
    assert SECRET not in str(entry.after)

    # Needs and constraints of one's own; what cannot be understood is refused, and nothing is kept.
    own = await world.got(
        "owner",
        "POST",
        "/v1/results/battery/matches",
        {"needs": [{"capability": "盐雾试验"}], "on_date": DAY},
    )
    assert [(n["id"], n["capability"], n["drawn"]) for n in own["match"]["needs"]] == [
        ("n1", "salt_spray", False)
    ]
    bad = await world.ask("owner", "POST", "/v1/results/battery/matches", {"needs": [{"standard": "乱写"}]})
    assert bad.json()["errors"][0]["pointer"] == "/body/needs/0/standard"
    page = await world.got("owner", "GET", f"{listed}?limit=1&total=true")
    assert (page["items"][0]["id"], page["total"]) == (own["id"], 2)
    # A term that the vocabulary no longer has: the answer stays, but cannot be asked again.
    standard, term = (metadata.tables[name] for name in ("standard", "capability_term"))
    await session.execute(
        update(standard).values(capability_code=None).where(standard.c.capability_code == "salt_spray")
    )
    await session.execute(delete(term).where(term.c.code == "salt_spray"))
    world.tell(ChangeType.PLATFORM_CHANGED, "hub")
    await world.publish()
    refused = await world.ask("owner", "POST", f"/v1/match-runs/{own['id']}/replay")
    assert (refused.status_code, refused.json()["code"]) == (409, "not-replayable")
    assert (await world.got("owner", "GET", f"/v1/match-runs/{own['id']}"))["match"] == own["match"]
