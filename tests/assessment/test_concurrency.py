"""Several at once, on a database of their own: every request has a connection and a transaction to itself."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from app.db import SessionFactory
from app.settings import Settings
from tests.assessment.world import GOOD, POOR, World, make_world
from tests.fixtures.client import as_new, client_of
from tests.fixtures.contract import Contract


@pytest.fixture
async def world(settings: Settings, contract: Contract, own_sessions: SessionFactory) -> AsyncIterator[World]:
    app = as_new(settings)
    app.state.new_session = own_sessions
    async with client_of(app, contract) as client, own_sessions() as session:
        yield await make_world(app, client, session)


async def test_quotas_hold_and_evaluations_are_settled_once_when_all_come_at_once(world: World) -> None:
    for name, places in (("both", 1), ("battery", 1), ("robots", 2)):
        path = f"/experts/{world.people[name].uid}/profile"
        profile = {"disciplines": ["new_energy", "robotics"], "quota": places}
        await world.ask(name, "PUT", path, profile, expect=200, if_match='"1"')
    results = (world.battery.slug, world.robot.slug)

    async def add(name: str, slug: str) -> int:
        body = {"person_id": str(world.people[name].uid)}
        path = f"/v1/results/{slug}/assignments"
        answer = await world.client.post(path, json=body, headers=world.headers["caller"])
        return answer.status_code

    wanted = [(name, slug) for name in ("both", "battery", "robots") for slug in results]
    found = await asyncio.gather(*(add(*each) for each in wanted))
    added = Counter(name for (name, _), status in zip(wanted, found, strict=True) if status == 201)
    assert added == {"both": 1, "battery": 1, "robots": 2}

    # Whoever is last, one more is asked for once, as they disagree.
    whole = await world.ask("department", "GET", f"/calls/{world.call.slug}/assignments", expect=200)
    names = {str(person.uid): name for name, person in world.people.items()}
    by_result = Counter(one["result"]["slug"] for one in whole["items"])
    assert sum(by_result.values()) == 4
    await asyncio.gather(
        *(
            world.ask(
                names[one["expert"]["person_id"]],
                "POST",
                f"/assignments/{one['id']}/evaluation",
                {"scores": GOOD if names[one["expert"]["person_id"]] == "robots" else POOR},
                expect=201,
            )
            for one in whole["items"]
        )
    )
    told = Counter(await world.told("caller"))
    disagreeing = sum(1 for slug in results if by_result[slug] == 2)
    assert told["evaluations_disagree"] == disagreeing
    assert told["evaluations_complete"] == 2 - disagreeing
