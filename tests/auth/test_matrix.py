"""The whole matrix: every operation of the document, asked of the real application by everybody on everything.

What must come out is decided by the table for principals and objects that are written down, not read from the
database. What does come out is found in two ways. Of every cell: the decision on the object as the application loads
it, for whoever the application takes the sender of the credential for. Over HTTP, with real credentials: of all for
whom one operation on one object is decided alike one asks for the others, each time another one. On every second
operation decided alike means by the same rights too; which operations these are changes with the database.
"""

import re
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import NamedTuple
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from starlette.requests import Request

from app.accounts.rate_limits import RateLimits
from app.auth.enforce import load_target
from app.auth.principal import Principal, principal_of
from app.auth.rules import Decision, Row, may
from app.auth.who import NOTHING, Target, holds
from app.db import SessionFactory
from app.policy import TABLE
from app.settings import Settings
from tests.auth.matrix_world import Actor, Side, World, city_of, open_world
from tests.fixtures.contract import Contract

PARTS = 2
"""The matrix is asked in parts, so that processes can share the work."""
ALWAYS = ("anonymous", "nobody", "key of owner of ours for nothing")
"""They ask for themselves everywhere."""
DECISIONS = {
    "unauthenticated": Decision.NOT_SIGNED_IN,
    "session-required": Decision.SCOPE_MISSING,
    "insufficient-scope": Decision.SCOPE_MISSING,
    "forbidden": Decision.FORBIDDEN,
    "conflict-of-interest": Decision.CONFLICT,
    "wrong-state": Decision.WRONG_STATE,
}


class MissingObject(Exception):
    """An operation is about something of which there is none in the world."""


class Cell(NamedTuple):
    """What an operation can be about: an object by the parameters of the path, and what it is to the table."""

    side: str
    path: Mapping[str, str]
    target: Target | None


@pytest.fixture
async def world(
    settings: Settings,
    contract: Contract,
    session: AsyncSession,
    new_session: SessionFactory,
    connection: AsyncConnection,
) -> AsyncIterator[World]:
    async with open_world(settings, contract, session, new_session, connection) as world:
        yield world


def parameters_of(template: str, operation: str, values: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters of a path; one that is not known here fails, so that every new object gets its cells."""
    found = {}
    for part in re.findall(r"\{([^}]+)\}", template):
        value = values.get(f"{operation}/{part}", values.get(part))
        if value is None:
            raise MissingObject(f"{operation}: the matrix has no object for the path parameter {part}")
        found[part] = value
    return found


def target_of(side: Side, row: Row) -> Target:
    assert row.target is not None
    name = row.target.name.en or ""
    if name not in side.targets:
        raise MissingObject(f"{row.operation}: the matrix does not say what the {name} is to the table")
    return side.targets[name]


def filled(template: str, parameters: Mapping[str, str]) -> str:
    for part, value in parameters.items():
        template = template.replace(f"{{{part}}}", quote(value, safe=""))
    return template


def decision_of(answer: httpx.Response) -> Decision:
    not_ready = answer.status_code == 503 and answer.json().get("status") == "not_ready"
    assert answer.status_code < 500 or not_ready, answer.text
    code = answer.json().get("code", "") if answer.status_code >= 400 else ""
    if answer.status_code == 404:
        return Decision.HIDDEN
    return DECISIONS.get(code, Decision.ALLOWED)


async def ask(world: World, method: str, path: str, headers: Mapping[str, str]) -> Decision:
    """Send one request and take back whatever it changed."""
    world.app.state.rate_limits = RateLimits(writes_per_minute=600, clock=world.app.state.clock)
    savepoint = await world.connection.begin_nested()
    try:
        answer = await world.client.request(method, path, headers=headers)
    finally:
        await savepoint.rollback()
    return decision_of(answer)


def cells_of(world: World, row: Row, template: str) -> list[Cell]:
    """Return one of each side, and what does not exist."""
    cells = []
    for name, side in world.sides.items():
        # Whatever has no target is public, or is a list.
        values = {**side.path, **world.published} if row.target is None else {**world.published, **side.path}
        target = None if row.target is None else target_of(side, row)
        cells.append(Cell(name, parameters_of(template, row.operation, values), target))
    if row.target is None:
        return cells if any(cell.path != cells[0].path for cell in cells) else cells[:1]
    nothing = dict.fromkeys(world.sides["ours"].path, str(uuid.uuid4()))
    return [*cells, Cell("nothing", parameters_of(template, row.operation, nothing), None)]


def those_who_ask(world: World, row: Row, target: Target | None, turn: int) -> dict[str, Actor]:
    """Return some of the actors: of all for whom is decided alike the one whose turn it is."""
    alike: dict[object, list[str]] = defaultdict(list)
    for name, actor in world.actors.items():
        by = rights_of(actor.principal, row, target) if turn % 2 else None
        alike[may(actor.principal, row, target, city_of), by].append(name)
    asking = {group[turn // 2 % len(group)] for group in alike.values()}
    return {name: actor for name, actor in world.actors.items() if name in asking or name in ALWAYS}


def rights_of(principal: Principal, row: Row, target: Target | None) -> object:
    """Return by what it is decided: all that the row names which the principal is, by a key or in a session."""
    whos = {who for who in (*row.who, *row.readers) if holds(principal, who, target or NOTHING, city_of)}
    return principal.scopes is None, frozenset(whos)


async def wrong_as_loaded(world: World, row: Row, cell: Cell) -> list[str]:
    """Return for whom the object as it is loaded is decided in another way than the object as it is written."""
    if row.target is None:
        return []
    async with world.app.state.new_session() as session:
        loaded, city_of_loaded = await load_target(session, row.target, cell.path)
    return [
        f"{row.operation} on {cell.side} by {name}: not {expected} with {loaded}"
        for name, actor in world.actors.items()
        if may(actor.principal, row, loaded, city_of_loaded)
        is not (expected := may(actor.principal, row, cell.target, city_of))
    ]


def operations_of(world: World) -> list[tuple[str, str, Row, list[Cell]]]:
    """Return path, method, row and cells of every operation. All that lack any are named before one is asked."""
    operations, missing = [], []
    for template, methods in world.app.openapi()["paths"].items():
        for method, operation in methods.items():
            row = TABLE.get(operation["operationId"])
            if row is None:
                missing.append(f"{operation['operationId']} has no row in the policy table")
                continue
            try:
                operations.append((template, method, row, cells_of(world, row, template)))
            except MissingObject as error:
                missing.append(str(error))
    assert missing == []
    return operations


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
async def test_every_operation_answers_everybody_as_the_table_says(
    world: World, part: int, database_kind: str
) -> None:
    operations = operations_of(world)
    first_turn = 0 if database_kind == "sqlite" else 1
    wrong = []
    for turn, (template, method, row, cells) in enumerate(operations[part::PARTS], first_turn):
        for cell in cells:
            wrong += await wrong_as_loaded(world, row, cell)
            path = filled(template, cell.path)
            for name, actor in those_who_ask(world, row, cell.target, turn).items():
                expected = may(actor.principal, row, cell.target, city_of)
                found = await ask(world, method, path, actor.headers)
                if found is not expected:
                    wrong.append(f"{row.operation} on {cell.side} by {name}: {found}, not {expected}")
    assert wrong == []
    assert len(operations) >= len(TABLE)


async def test_everybody_is_taken_for_who_they_are(world: World) -> None:
    for name, actor in world.actors.items():
        headers = [(key.lower().encode(), value.encode()) for key, value in actor.headers.items()]
        route = SimpleNamespace(name="get_organisation")
        request = Request({"type": "http", "headers": headers, "app": world.app, "route": route, "state": {}})
        found = await principal_of(request)
        assert (found.api_key_id is not None) == name.startswith("key of"), name
        assert replace(found, api_key_id=None) == actor.principal, name
