"""The index counts what the database holds: totals and facets of random filters, on the demo catalogue."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalogue import queries
from app.catalogue.asked import Asked, understand
from app.catalogue.params import Facet, SearchParams
from app.catalogue.usecases import Searcher, search
from app.db import SessionFactory
from app.vocabulary.names import load_names
from search.port import SearchEngine

TODAY = date(2026, 12, 1)
FIELDS = ["new_energy", "robotics", "automotive", "other", "medical_devices", "new_materials"]
FUNCTIONS = ["test_inspection", "process_scaleup_maturation", "pilot_maturation", "type_test"]
CITIES = ["330100", "330110", "330200", "330211", "331000", "331100", "330185"]
TERMS = ["salt_spray", "vibration", "emc_emission", "battery_safety", "flash_point", "scale_up"]
STANDARDS = ["GB/T 10125", "GB/T 10125-2021", "GB 38031-2020", "gbt2423.17", "GB/T 2423.17-2008", "ISO 9227"]


def some(values: list[str]) -> st.SearchStrategy[list[str]]:
    return st.just([]) | st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | st.none() | values


SHARED: Mapping[str, st.SearchStrategy[Any]] = {
    "field": some(FIELDS),
    "city": some(CITIES),
    "tier": some(["construction", "municipal", "provincial", "national"]),
    "kind": some(["pilot_platform", "verification_centre"]),
    "lead_type": some(["enterprise_led", "third_party_led", "university_led", "government_led"]),
    "scheme": some(["CNAS", "CMA"]),
    "voucher": maybe(st.booleans()),
    "demo": maybe(st.booleans()),
    "on_date": maybe(st.dates(date(2021, 1, 1), date(2031, 12, 31))),
    "circle": maybe(st.tuples(st.floats(27.5, 31), st.floats(118.5, 122.5), st.floats(1, 300))),
}
OF_BOTH: Mapping[str, st.SearchStrategy[Any]] = {
    "function": some(FUNCTIONS),
    "capability": some(TERMS),
    "standard": some(STANDARDS),
}
OF_SERVICES: Mapping[str, st.SearchStrategy[Any]] = {
    "price_max_cny": maybe(st.sampled_from(["0", "800", "3000", "20000.50", "80000"])),
    "lead_time_days_max": maybe(st.integers(0, 90)),
    "entry_trl": maybe(st.integers(1, 9)),
}


@st.composite
def searches(draw: st.DrawFn) -> SearchParams:
    index = draw(st.sampled_from(["services", "platforms"]))
    choices = {**SHARED, **OF_BOTH, **(OF_SERVICES if index == "services" else {})}
    # Few filters at once: with all of them nothing would ever be found.
    chosen = draw(st.sets(st.sampled_from(sorted(choices)), max_size=4))
    values = {name: draw(choices[name]) for name in sorted(chosen)}
    circle = values.pop("circle", None)
    if circle is not None:
        values |= dict(zip(("lat", "lon", "radius_km"), circle, strict=True))
    return SearchParams(index=index, limit=1, facets=",".join(Facet), **values)


Ask = Callable[[SearchParams], Awaitable[tuple[Asked, dict[str, Any]]]]


@pytest.fixture
async def ask(
    seeded_session: AsyncSession, seeded_sessions: SessionFactory, seeded_search: SearchEngine
) -> Ask:
    """Ask the engine; return also what was understood."""
    names = await load_names(seeded_session, 1)
    tools = Searcher(engine=seeded_search, new_session=seeded_sessions, names=names, lang="zh")

    async def answer(params: SearchParams) -> tuple[Asked, dict[str, Any]]:
        asked = understand(params, names, TODAY)
        return asked, await search(tools, asked, offset=0, limit=1)

    return answer


async def counts_of_database(
    session: AsyncSession, asked: Asked
) -> tuple[int, dict[str, list[tuple[str, int]]]]:
    where = await queries.conditions(session, asked)
    facets = {
        facet.value: await queries.facet_counts(
            session, asked, facet, [clause for name, clause in where.items() if name != facet.value]
        )
        for facet in asked.facets
    }
    return await queries.count(session, asked, where.values()), facets


@given(params=searches())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_totals_and_facet_counts_equal_the_database(
    seeded_session: AsyncSession, ask: Ask, params: SearchParams
) -> None:
    asked, answer = await ask(params)
    assert not answer["degraded"]
    total, facets = await counts_of_database(seeded_session, asked)
    assert answer["total"] == total
    assert {
        name: [(value["value"], value["count"]) for value in values]
        for name, values in answer["facets"].items()
    } == facets
    if answer["relax"]:
        await assert_relaxations_are_true(seeded_session, asked, answer["relax"])


async def assert_relaxations_are_true(
    session: AsyncSession, asked: Asked, relaxations: list[dict[str, Any]]
) -> None:
    where = await queries.conditions(session, asked)
    for each in relaxations:
        kept = [clause for name, clause in where.items() if name not in each["drop"].split(",")]
        assert await queries.count(session, asked, kept) == each["count"] > 0
