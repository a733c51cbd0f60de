"""Demand: one platform against all results that wait, what nobody meets, and saved matches that an import turns."""

import time
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import select, update

from app.db import SessionFactory
from app.models import Department, DepartmentDuty, OrganisationRole, metadata
from tests.benchmarks.measure import Call, line, timed
from tests.benchmarks.results import generate_results
from tests.factories.people import make_duty, make_member, make_person, signed_in_as
from tests.factories.registry import make_organisation

PLATFORMS_ASKED = 10
RESULTS = 10_000


async def measure_demand(
    app: FastAPI, client: httpx.AsyncClient, new_session: SessionFactory, on_date: str, results: int
) -> None:
    started = time.perf_counter()
    await generate_results(new_session, results)
    print(f"{results} results generated in {time.perf_counter() - started:.0f} s")
    slugs, operator, department = await _people(app, new_session)
    await _reverse(client, new_session, slugs, operator, on_date)
    await _unmet(client, department, on_date)


async def _people(app: FastAPI, new_session: SessionFactory) -> tuple[list[str], Any, Any]:
    """Give some platforms an operator with one member, and the province a department with one person."""
    platform = metadata.tables["platform"]
    async with new_session() as session, session.begin():
        rows = await session.execute(
            select(platform.c.id, platform.c.slug)
            .where(platform.c.slug.like("bench-platform-%"))
            .order_by(platform.c.id)
            .limit(PLATFORMS_ASKED)
        )
        chosen = rows.all()
        operator = await make_organisation(session, slug="bench-operator")
        person, officer = await make_person(session), await make_person(session)
        await make_member(session, person, operator, OrganisationRole.EDITOR)
        await make_duty(session, officer, Department.SCIENCE, "330000", DepartmentDuty.REVIEWER)
        await session.execute(
            update(platform)
            .where(platform.c.id.in_([row.id for row in chosen]))
            .values(operator_id=operator.id)
        )
        headers = [await signed_in_as(session, app, each) for each in (person, officer)]
    return [row.slug for row in chosen], *headers


async def _reverse(
    client: httpx.AsyncClient, new_session: SessionFactory, slugs: list[str], headers: Any, on_date: str
) -> None:
    def asking(slug: str) -> Call:
        async def call() -> None:
            answer = await client.get(
                f"/v1/platforms/{slug}/demand", params={"on_date": on_date}, headers=headers
            )
            answer.raise_for_status()

        return call

    started = time.perf_counter()
    answer = await client.get(
        f"/v1/platforms/{slugs[0]}/demand",
        params={"on_date": on_date, "total": True, "limit": 1},
        headers=headers,
    )
    first = time.perf_counter() - started
    print(f"first reverse match of the process {first * 1_000:.0f} ms, {answer.json()['total']} results")
    measured = await timed([asking(slug) for slug in slugs])
    bare = await timed([_bare(new_session, slug) for slug in slugs])
    print(line("reverse match of one platform", measured, bare, "target p50 < 300 ms"))


def _bare(new_session: SessionFactory, slug: str) -> Call:
    """Return the bare SQL: the lines of the platform, and the needs that ask for one of their standards or terms."""
    platform, held, scope, standard, need = (
        metadata.tables[name]
        for name in ("platform", "accreditation", "scope_line", "standard", "result_need")
    )
    lines = (
        select(scope)
        .join_from(scope, held, held.c.id == scope.c.accreditation_id)
        .join(platform, platform.c.id == held.c.platform_id)
        .where(platform.c.slug == slug, scope.c.live)
    )
    cited = lines.with_only_columns(scope.c.standard_id).distinct().subquery()
    known = select(standard.c.base, standard.c.capability_code).where(standard.c.id.in_(select(cited)))
    by_base = select(known.subquery().c.base)
    by_term = select(known.subquery().c.capability_code)
    needs = select(need).where(
        need.c.standard_base.in_(by_base) | (need.c.standard_base.is_(None) & need.c.capability.in_(by_term))
    )

    async def call() -> None:
        async with new_session() as session:
            (await session.execute(lines)).all()
            (await session.execute(needs)).all()

    return call


async def _unmet(client: httpx.AsyncClient, headers: Any, on_date: str) -> None:
    async def call() -> None:
        answer = await client.get("/v1/demand/unmet", params={"on_date": on_date}, headers=headers)
        answer.raise_for_status()

    started = time.perf_counter()
    answer = await client.get("/v1/demand/unmet", params={"on_date": on_date, "total": True}, headers=headers)
    seconds = time.perf_counter() - started
    groups = answer.json()["total"]
    print(f"{'unmet demand, first after a change':<44} {seconds:9.2f} s, {groups} groups   target: seconds")
    print(line("unmet demand, again", await timed([call], passes=5)))
