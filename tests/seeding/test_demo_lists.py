"""What the demo accounts find in their lists, on both databases: made once, told to nobody else, gone with the demo."""

from collections import Counter
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import delete, event, select

from app.accounts.demo import bring_demo_accounts
from app.accounts.passwords import Passwords
from app.db import SessionFactory, writing
from app.indexing.indexer import reindex
from app.kit.clock import utcnow
from app.main import equip
from app.models import Department, DepartmentDuty, Person
from app.seeding.demo_lists import are_listed, forget_lists, seed_lists
from app.seeding.list_files import STATE
from app.seeding.load import SEED_DIR, SeedReport, seed
from app.seeding.pool import seed_pool
from app.settings import Settings
from app.startup import make_text_layer
from app.vocabulary.names import load_names
from app.watches.usecases import Saving
from app.watches.worker import Watcher, attend_watches
from search.embedded import EmbeddedEngine
from tests.factories.people import make_duty, make_person, signed_in_as
from tests.fixtures.client import as_new, client_of
from tests.fixtures.contract import Contract
from tests.seeding.rows import TABLES, count, dump

APPLICATION = 3
"""The number of the application on a database of the test's own."""
FILLED = {
    "match_run", "match_feedback", "data_task", "watch", "watch_need", "notification", "seed_state"
}  # fmt: skip


def silent(_message: str) -> None:
    pass


async def bring_pool(sessions: SessionFactory, *, demo: bool) -> None:
    await bring_demo_accounts(sessions, Passwords(), wanted=demo, now=utcnow())
    await seed_pool(sessions, demo=demo, progress=silent)


async def fill(app: FastAPI) -> SeedReport:
    state = app.state
    async with state.new_session() as session:
        names = await load_names(session, 1)
    saving = Saving(state.search, state.snapshots, names, state.token_key.get(), utcnow())
    return await seed_lists(state, saving)


class Accounts:
    """Asks as the demo accounts."""

    def __init__(self, app: FastAPI, client: httpx.AsyncClient) -> None:
        self._app, self._client = app, client
        self._headers: dict[str, dict[str, str]] = {}

    async def ask(self, who: str, path: str, method: str = "GET") -> Any:
        if who not in self._headers:
            async with self._app.state.new_session() as session, session.begin():
                email = f"demo-{who}@example.org"
                person = await session.scalar(select(Person).where(TABLES["person"].c.email == email))
                self._headers[who] = await signed_in_as(session, self._app, person)
        answer = await self._client.request(method, f"/v1{path}", headers=self._headers[who])
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def items(self, who: str, path: str) -> list[Any]:
        found: list[Any] = (await self.ask(who, path))["items"]
        return found


async def check_lists(accounts: Accounts) -> None:
    """The accounts find what the file says, and it behaves like what people make."""
    heads = await accounts.items("researcher", "/results/demo-result-new_materials-01/match-runs")
    assert [head["on_date"] == "2026-03-02" for head in heads] == [False, True]
    run = await accounts.ask("researcher", f"/match-runs/{heads[1]['id']}")
    assert run["match"]["candidates"][0]["platform"]["slug"] == "demo-new_materials-01"
    same = await accounts.ask("researcher", f"/match-runs/{run['id']}/replay?as_of=asked_date", "POST")
    assert (same["unchanged"], same["verdicts"]) == (True, [])
    said = await accounts.items("researcher", f"/match-runs/{run['id']}/feedback")
    assert [(each["kind"], each["answer"] is None) for each in said] == [
        ("contacted", False),
        ("useful", True),
    ]
    of_platform = await accounts.items("owner", "/platforms/demo-petrochemical-01/feedback")
    assert Counter(each["kind"] for each in of_platform) == {"wrong": 2, "contacted": 1}
    for who, states in (
        ("owner", ["closed", "open"]),
        ("centre", ["open"]),
        ("ningbo-reviewer", ["closed", "open"]),
        ("science-reviewer", ["open", "answered"]),
    ):
        tasks = await accounts.items(who, "/data-tasks")
        assert [each["state"] for each in tasks] == states, who
    for who in ("researcher", "firm"):
        saved = await accounts.items(who, "/watches")
        assert {each["kind"] for each in saved} == {"search", "match"}
        assert all(each["hits"] or each["needs"] for each in saved)
    for who, kinds in {
        "researcher": {"result_decided", "project_stage_changed", "access_requested", "data_task_closed"},
        "owner": {"feedback_given", "data_task_opened", "data_task_closed"},
        "centre": {"result_submitted", "data_task_opened"},
        "expert": {"evaluation_assigned"},
        "science-publisher": {"result_submitted", "data_task_opened"},
    }.items():
        inbox = await accounts.ask(who, "/notifications")
        times = [each["created_at"] for each in inbox["items"]]
        assert (times, 0 < inbox["unread"] < 100) == (sorted(times, reverse=True), True), who
        assert kinds <= {each["type"] for each in inbox["items"]}, who
        if who != "owner":
            assert inbox["unread"] < len(inbox["items"]), who


async def check_statements(accounts: Accounts, app: FastAPI) -> None:
    """The lists that are asked most ask the database as often for one item as for a hundred."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        if statement.startswith("SELECT"):
            statements.append(statement)

    async with app.state.new_session() as session:
        engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    for path, most in (
        ("/results", 7), ("/projects", 6), ("/calls", 4), ("/notifications", 5), ("/watches", 6)
    ):  # fmt: skip
        asked = []
        for limit in (1, 100):
            statements.clear()
            assert await accounts.items("researcher", f"{path}?limit={limit}")
            asked.append(len(statements))
        assert asked[0] == asked[1] <= most, (path, asked, statements)
    event.remove(engine, "before_cursor_execute", note)


async def test_the_demo_accounts_have_lists_that_are_made_once_and_go_with_them(
    own_catalogue: SessionFactory, settings: Settings, contract: Contract
) -> None:
    await bring_pool(own_catalogue, demo=True)
    async with writing(own_catalogue) as session:
        for department in Department:
            real = await make_person(session)
            await make_duty(session, real, department, "330000", DepartmentDuty.REVIEWER)
    engine = EmbeddedEngine(await make_text_layer(own_catalogue))
    await reindex(own_catalogue, engine, progress=silent)
    app = as_new(settings, APPLICATION)
    equip(app, own_catalogue, engine)
    before = await dump(own_catalogue)

    report = await fill(app)
    assert report.changed
    assert await are_listed(own_catalogue)
    filled = await dump(own_catalogue)
    # No event, no mail, no alert, no entry of the audit trail, and nothing of the catalogue.
    assert {name for name, rows in filled.items() if rows != before[name]} == FILLED
    assert not (await fill(app)).changed
    async with writing(own_catalogue) as session:
        await session.execute(delete(TABLES["seed_state"]).where(TABLES["seed_state"].c.name == STATE))
    assert set((await fill(app)).written.values()) == {0}
    again = await dump(own_catalogue)
    assert {name for name, rows in again.items() if rows != filled[name]} <= {"seed_state"}
    # The catalogue is not seeded anew because of the lists.
    assert not (await seed(own_catalogue, demo=True, seed_dir=SEED_DIR, progress=silent)).changed
    async with own_catalogue() as session:
        told, demo = TABLES["notification"].c, TABLES["person"].c
        others = select(told.id).join(TABLES["person"], demo.id == told.person_id).where(~demo.demo)
        assert (await session.execute(others)).all() == []

    async with client_of(app, contract) as client:
        accounts = Accounts(app, client)
        await check_lists(accounts)
        await check_statements(accounts, app)
    # What is saved is as it was found: the worker has nothing to tell.
    for _ in range(3):
        await attend_watches(Watcher(own_catalogue, engine, app.state.snapshots), now=utcnow())
    assert await count(own_catalogue, "alert") == 0
    await engine.close()

    await seed(own_catalogue, demo=False, progress=silent)
    await bring_pool(own_catalogue, demo=False)
    await forget_lists(own_catalogue)
    for table in FILLED - {"seed_state"}:
        assert await count(own_catalogue, table) == 0, table
    assert not await are_listed(own_catalogue)
