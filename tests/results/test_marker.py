"""Nothing that the system emits to anybody holds a field of a result above what they may read.

Every field and attachment of a result in each state says a marker of its own. Everybody asks every GET operation of
the OpenAPI document, whatever is added to it later, and tries what changes something; markers are looked for in
bodies, headers, error texts, log lines, mails, and in every table that is not the place of results themselves.
"""

import logging
import re
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import structlog
from sqlalchemy import select

from app.db import SessionFactory
from app.indexing.indexer import reindex
from app.models import ResultState, metadata
from app.settings import Settings
from app.watches.worker import Watcher, attend_watches
from app.worker import work
from tests.factories.people import with_key
from tests.fixtures.client import as_new, client_of
from tests.fixtures.contract import Contract, document
from tests.results.marked_world import (
    PREFIX,
    Marked,
    as_text,
    known_to,
    leaks,
    make_marked,
    readable_by,
)
from tests.results.result_world import World, make_world

KEY = "key without a scope"
ROLES = {
    "sqlite": ("nobody", "member", "centre", "department elsewhere", KEY, "grantee", "owner"),
    "postgresql": ("expert", "department", "admin", "co-owner"),
}
"""Who asks on which database: rights do not depend on it. Owners, who change most, come last."""

PLACES_OF_RESULTS = {"result_version", "result_need", "attachment", "match_run", "idempotency_record"}
"""Tables that keep what a result says; an answer is kept enciphered, a match run compressed for its owner."""

TWO_VERSIONS = (ResultState.SUBMITTED, ResultState.RETURNED)

CATALOGUE = {
    "registry",
    "vocabulary",
    "import",
    "listing",
    "review",
    "releases",
    "membership",
    "accounts",
    "operations",
}
"""Operations that have nothing to do with results: each is asked by one of all, in turn."""

TOLD = {"notifications", "webhooks"}
"""Whoever was told of a result when it was submitted keeps what was said then: its title."""

WORDS = {"q": PREFIX, "index": "projects", "token": "x" * 40}
"""Values of query parameters: what is asked is the beginning of all markers."""


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        # What the client of the test says of its requests is not ours.
        if record.name.startswith(("httpx", "httpcore")):
            return
        self.said.append(record.getMessage() + str(record.exc_info or ""))


@pytest.fixture
def log_lines() -> Iterator[list[str]]:
    """Every line that is logged on whatever level, by us or by a library."""
    handler, root, before = Lines(), logging.getLogger(), structlog.get_config()
    level = root.level

    def keep(_logger: Any, _name: str, event: Any) -> Any:
        handler.said.append(as_text(event))
        raise structlog.DropEvent

    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, keep],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
    )
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield handler.said
    root.removeHandler(handler)
    root.setLevel(level)
    structlog.configure(**before)


@dataclass
class Mailbox:
    sent: list[str] = field(default_factory=list)

    async def send(self, mail: Any) -> None:
        self.sent.append(f"{mail.to} {mail.subject} {mail.text}")


@dataclass(frozen=True)
class Operation:
    name: str
    method: str
    path: str
    query: Sequence[str]
    tags: frozenset[str]

    @property
    def is_of_the_catalogue(self) -> bool:
        return self.tags <= CATALOGUE


def operations(*methods: str) -> list[Operation]:
    return [
        Operation(
            operation["operationId"],
            method.upper(),
            path,
            [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"],
            frozenset(operation["tags"]),
        )
        for path, by_method in document()["paths"].items()
        for method, operation in by_method.items()
        if method in methods
    ]


@dataclass
class Marks:
    """The marked world: whom to ask as, what is known by its ids, and every marker there is."""

    world: World
    marked: list[Marked]
    ids: dict[str, list[str]]

    @property
    def markers(self) -> set[str]:
        return {one for each in self.marked for one in each.markers}

    def about(self, marker: str) -> tuple[str, str]:
        """Return what a marker is in: the state of the result, and the tier."""
        one = next(each for each in self.marked if marker in each.markers)
        return one.state.value, str(one.markers[marker])

    def addresses(self, operation: Operation, known: set[str] | None = None, turn: int = 0) -> list[str]:
        """Return the operation's path with everything it may be about; what is not known is asked with no one's id.

        Of the results that are not `known` to who asks, every third is taken, in turn.
        """
        names = re.findall(r"\{([^}]+)\}", operation.path)
        query = "&".join(f"{name}={quote(WORDS[name])}" for name in operation.query if name in WORDS)
        found = []
        for values in product(*(self.ids.get(name, [str(uuid.uuid4())]) for name in names)):
            given = dict(zip(names, values, strict=True))
            if not self.belongs(given) or not self.is_asked(given, known, turn):
                continue
            path = operation.path
            for name, value in given.items():
                path = path.replace(f"{{{name}}}", quote(value, safe=""))
            found.append(path + (f"?{query}" if query else ""))
        return found

    def is_asked(self, given: Mapping[str, str], known: set[str] | None, turn: int) -> bool:
        asked = given.get("result_id")
        if asked is None or known is None or asked in known:
            return True
        return self.ids["result_id"].index(asked) % 3 == turn % 3

    def belongs(self, given: Mapping[str, str]) -> bool:
        """Tell whether there is such a version or attachment of the result that is asked for."""
        one = next((each for each in self.marked if each.id == given.get("result_id")), None)
        if one is None:
            return True
        exists = given.get("number", "1") == "1" or one.state in TWO_VERSIONS
        return exists and given.get("attachment_id", one.attachments[0]) in one.attachments


@pytest.fixture
async def marks(
    contract: Contract, own_sessions: SessionFactory, settings: Settings, tmp_path: Path, log_lines: list[str]
) -> AsyncIterator[Marks]:
    app = as_new(settings.model_copy(update={"data_dir": tmp_path}))
    app.state.new_session = own_sessions
    async with own_sessions() as session, client_of(app, contract) as client:
        world = await make_world(app, client, session)
        app.state.mailer = Mailbox()
        watch = await saved_search(world)
        marked = [
            await make_marked(world, number, state) for number, state in enumerate(ResultState, start=1)
        ]
        run = await world.ask("owner", "POST", f"{marked[-2].path}/matches", {})
        assert run.status_code == 201, run.text
        await reindex(own_sessions, app.state.search, progress=lambda _message: None)
        await work(own_sessions, app.state.search, now=world.now)
        await told_of_the_pooled(world, watch)
        world.headers[KEY] = await with_key(session, app, world.people["owner"])
        marks = Marks(world, marked, await ids_of(world, marked))
        await session.commit()
        yield marks
        await app.state.search.close()


async def saved_search(world: World) -> str:
    """Let a member save a search of everything before there is a project; return its path."""
    await reindex(world.app.state.new_session, world.app.state.search, progress=lambda _message: None)
    saved = await world.ask("member", "POST", "/v1/watches", {"name": "全部", "search": {"index": "all"}})
    assert saved.status_code == 201, saved.text
    return f"/v1/watches/{saved.json()['id']}"


async def told_of_the_pooled(world: World, watch: str) -> None:
    """Let the worker find what is new, and tell it."""
    state = world.app.state
    while await attend_watches(Watcher(state.new_session, state.search, state.snapshots), now=world.now):
        pass
    alerts = (await world.ask("member", "GET", f"{watch}/alerts")).json()["items"]
    assert "projects" in {alert["facts"]["index"] for alert in alerts if alert["told_at"]}


async def ids_of(world: World, marked: list[Marked]) -> dict[str, list[str]]:
    """Return the values of path parameters, from what there is."""

    async def uids(table: str) -> list[str]:
        return [
            str(one) for one in await world.session.scalars(select(metadata.tables[table].c.uid).limit(6))
        ]

    return {
        "result_id": [one.id for one in marked],
        "attachment_id": [one for each in marked for one in each.attachments],
        "number": ["1", "2"],
        "call_id": [world.call.slug],
        "project_id": await uids("pool_project"),
        "run_id": await uids("match_run"),
        "assignment_id": await uids("assignment"),
        "request_id": await uids("access_request"),
        "notification_id": await uids("notification"),
        "platform_id": await uids("platform"),
        "watch_id": await uids("watch"),
        "organisation_id": [world.organisations[name].slug for name in ("ours", "centre")],
        "person_id": [str(world.people[name].uid) for name in ("owner", "expert")],
        "code": ["new_energy"],
        "form": ["csv"],
        "edition": ["1"],
        "other_edition": ["2"],
    }


async def allowed_to(marks: Marks, who: str) -> set[str]:
    return await readable_by(marks.world, "nobody" if who == KEY else who, marks.marked)


def emitted(answer: httpx.Response) -> str:
    return answer.text + as_text(dict(answer.headers))


@pytest.mark.slow
async def test_nobody_is_given_a_marker_that_they_may_not_read(
    marks: Marks, database_kind: str, log_lines: list[str]
) -> None:
    world = marks.world
    titles = await titles_told(marks)
    roles = ROLES[database_kind]
    wrong = []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(world.app), base_url="http://test") as client:
        for turn, who in enumerate(roles):
            given = await asked_everything(marks, client, who, [turn, len(roles)])
            allowed = await allowed_to(marks, who)
            for address, markers in given.items():
                known = allowed | titles if address.startswith("/v1/notifications") else allowed
                wrong += [(who, address, *marks.about(one)) for one in markers - known]
            # The test sees what it looks for: everybody is given what they may read.
            assert allowed <= set().union(*given.values()), who
        await words_find_nothing(marks, client, roles)
        for turn, who in enumerate(roles):
            wrong += await tried(marks, client, who, turn)
    assert wrong == []
    await nothing_lies_about(marks, log_lines)


async def asked_everything(
    marks: Marks, client: httpx.AsyncClient, who: str, share: Sequence[int]
) -> dict[str, set[str]]:
    """Return the markers in all answers to every GET, by the address asked."""
    turn, roles = share
    given = {}
    known = await known_to(marks.world, who, marks.marked)
    for place, operation in enumerate(operations("get")):
        if operation.is_of_the_catalogue and place % roles != turn:
            continue
        for address in marks.addresses(operation, known, place + turn):
            answer = await client.get(address, headers=marks.world.headers.get(who, {}))
            assert answer.status_code < 500 or operation.name == "get_readiness", (who, address, answer.text)
            given[address] = leaks(emitted(answer), marks.markers)
    return given


async def tried(marks: Marks, client: httpx.AsyncClient, who: str, turn: int) -> list[tuple[str, ...]]:
    """Try everything that changes something of one result, with a body that says nothing; return what leaks."""
    wrong: list[tuple[str, ...]] = []
    allowed = await allowed_to(marks, who)
    for place, operation in enumerate(operations("post", "put", "patch", "delete")):
        if operation.is_of_the_catalogue or operation.tags & TOLD:
            continue
        addresses = marks.addresses(operation)
        address = addresses[(turn + place) % len(addresses)]
        headers = {**marks.world.headers.get(who, {}), "If-Match": "*"}
        answer = await client.request(operation.method, address, headers=headers, json={})
        leaked = leaks(emitted(answer), marks.markers) - allowed
        wrong += [(who, f"{operation.method} {address}", *marks.about(one)) for one in leaked]
    return wrong


async def words_find_nothing(marks: Marks, client: httpx.AsyncClient, roles: Sequence[str]) -> None:
    """Whatever one may not read is not found by either: a hit would tell that the word is there."""
    pooled = next(one for one in marks.marked if one.state is ResultState.POOLED)
    for who, path in (("nobody", "/v1/search"), ("member", "/v1/search/projects")):
        if who not in roles:
            continue
        allowed, found = await allowed_to(marks, who), set()
        for one in pooled.markers:
            params = {"q": one, "limit": "5"} | ({"index": "projects"} if who == "nobody" else {})
            answer = await client.get(path, params=params, headers=marks.world.headers.get(who, {}))
            assert answer.status_code == 200, answer.text
            assert not answer.json()["hits"] or one in allowed, (who, marks.about(one))
            found |= {one} if answer.json()["hits"] else set()
        assert found, who


async def nothing_lies_about(marks: Marks, log_lines: list[str]) -> None:
    """Logs, mails, events, notifications, the audit trail and all other tables say what everybody may read.

    Of what was submitted, the people who are told of it may read its title.
    """
    world = marks.world
    public = await readable_by(world, "nobody", marks.marked)
    titles = await titles_told(marks)
    secret = marks.markers - public
    assert log_lines, "requests are logged"
    assert leaks("\n".join(log_lines), secret) == set()
    assert leaks("\n".join(world.app.state.mailer.sent), secret) == set()
    for name, table in metadata.tables.items():
        if name in PLACES_OF_RESULTS:
            continue
        rows = (await world.session.execute(select(table))).all()
        known = secret - titles if name in ("outbox_event", "notification", "webhook_delivery") else secret
        assert leaks("\n".join(as_text(list(row)) for row in rows), known) == set(), name


async def titles_told(marks: Marks) -> set[str]:
    """Return the markers in the titles of what was ever submitted."""
    titles = set()
    for one in marks.marked:
        versions = metadata.tables["result_version"].c
        row = await marks.world.row(one.path)
        statement = select(versions.document).where(
            versions.result_id == row.id, versions.submitted_at.is_not(None)
        )
        for said in await marks.world.session.scalars(statement):
            titles |= leaks(as_text(said["title"]), marks.markers)
    return titles
