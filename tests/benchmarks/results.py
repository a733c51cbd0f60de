"""Results with needs over the generated catalogue: pooled, or submitted to a call that is open."""

import json
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import SessionFactory
from app.models import Department, ResultState, Stage, metadata
from app.models.base import new_uid
from search.standard_numbers import parse_standard_number
from tests.benchmarks.generate import BATCH, UNITS

SEED = 20261123
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
ASKED = ("CNAS", "CMA", "either", "both", "none")
WORDS = "面向新能源汽车的高安全动力电池系统，已完成样机试制，需要验证循环寿命、热失控与环境适应性。" * 12


async def generate_results(new_session: SessionFactory, count: int) -> None:
    """Write `count` results with three needs each: three quarters pooled, the others submitted to an open call."""
    dice = random.Random(SEED)
    async with new_session() as session, session.begin():
        standards, weights = await _standards(session)
        terms = list(
            await session.scalars(select(_t("capability_term").c.code).order_by(_t("capability_term").c.code))
        )
        fields = list(
            await session.scalars(
                select(_t("field").c.code).where(_t("field").c.parent_code.is_(None)).order_by("code")
            )
        )
        owners = await _owners(session, dice)
        call = await _call(session)
        first = (await session.scalar(select(func.coalesce(func.max(_t("result").c.id), 0)))) or 0
        ids = list(range(first + 1, first + 1 + count))
        needs = {n: _needs(dice, standards, weights, terms) for n in ids}
        await _insert(session, "result", (_result(n, dice.choice(owners), call) for n in ids))
        await _insert(session, "result_version", (_version(n, needs[n], dice.choice(fields)) for n in ids))
        await _insert(session, "result_need", (row for n in ids for row in _rows(n, needs[n])))
        await _insert(session, "pool_project", (_project(n, call, dice) for n in ids if n % 4))
        if session.get_bind().dialect.name == "postgresql":
            for name in ("result", "result_need", "pool_project"):
                await session.execute(
                    text(
                        f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))"
                    )
                )
    async with new_session() as session, session.begin():
        await session.execute(text("ANALYZE"))


def _t(name: str) -> Any:
    return metadata.tables[name]


async def _insert(session: AsyncSession, table: str, rows: Iterator[dict[str, Any]]) -> None:
    batch = list(rows)
    for start in range(0, len(batch), BATCH):
        await session.execute(insert(_t(table)), batch[start : start + BATCH])


async def _standards(session: AsyncSession) -> tuple[list[Any], list[float]]:
    """Return id, number and base of the standards that scopes cite, and how often each is cited."""
    line, standard = _t("scope_line").c, _t("standard").c
    rows = (
        await session.execute(
            select(line.standard_id, line.standard_number, standard.base, func.count())
            .join_from(_t("scope_line"), _t("standard"), standard.id == line.standard_id)
            .group_by(line.standard_id, line.standard_number, standard.base)
            .order_by(line.standard_id)
        )
    ).all()
    return [row[:3] for row in rows], [float(row[3]) for row in rows]


async def _owners(session: AsyncSession, dice: random.Random) -> list[int]:
    cities = list(
        await session.scalars(
            select(_t("region").c.code).where(_t("region").c.level == "city").order_by("code")
        )
    )
    rows = [
        {
            "uid": new_uid(),
            "slug": f"bench-owner-{n}",
            "name_zh": f"示例高校{n}",
            "kind": "university",
            "region_code": dice.choice(cities),
            "demo": False,
        }
        for n in range(200)
    ]
    await session.execute(insert(_t("organisation")), rows)
    owner = _t("organisation").c
    return list(await session.scalars(select(owner.id).where(owner.slug.like("bench-owner-%"))))


async def _call(session: AsyncSession) -> int:
    row = {
        "uid": new_uid(),
        "slug": "bench-call",
        "department": Department.SCIENCE,
        "region_code": "330000",
        "title_zh": "示例征集",
        "fields": [],
        "regions": [],
        "required": [],
        "rubric": [],
        "experts_per_result": 3,
        "disagreement_bound": 20,
        "opens_at": LONG_AGO,
        "closes_at": LONG_AGO + timedelta(days=36_500),
        "demo": False,
        "created_at": LONG_AGO,
        "version": 1,
    }
    return int(
        (await session.execute(insert(_t("call")).values(row).returning(_t("call").c.id))).scalar_one()
    )


def _needs(
    dice: random.Random, standards: Sequence[Any], weights: Sequence[float], terms: Sequence[str]
) -> list[dict[str, Any]]:
    cited = dice.choices(standards, weights, k=2)
    return [
        {
            "id": "n1",
            "text": "认可报告",
            "standard": cited[0][1],
            **some_range(dice, cited[0][0]),
            **asked(dice),
        },
        {"id": "n2", "standard": cited[1][2], "must": dice.random() < 0.7, **asked(dice)},
        {"id": "n3", "capability": dice.choice(terms), "must": dice.random() < 0.5, **asked(dice)},
    ]


def asked(dice: random.Random) -> dict[str, str]:
    return {"accreditation": dice.choice(ASKED)}


def some_range(dice: random.Random, standard: int) -> dict[str, Any]:
    if standard % 5 > 1 or dice.random() < 0.5:
        return {}
    low = dice.randint(0, 200)
    return {"range": {"min": low, "max": low + dice.randint(0, 400), "unit": UNITS[standard % len(UNITS)][0]}}


def _result(number: int, owner: int, call: int) -> dict[str, Any]:
    moment = LONG_AGO + timedelta(hours=number % 7_000)
    return {
        "id": number,
        "uid": new_uid(),
        "slug": f"bench-result-{number}",
        "organisation_id": owner,
        "state": ResultState.POOLED if number % 4 else ResultState.SUBMITTED,
        "call_id": call,
        "newest": 1,
        "submitted": 1,
        "submitted_at": moment,
        "fingerprint": [],
        "demo": False,
        "created_at": moment,
        "version": 1,
    }


def _version(number: int, needs: list[dict[str, Any]], field: str) -> dict[str, Any]:
    document = {
        "title": {"zh": f"示例成果{number}", "en": None},
        "public_abstract": {"zh": WORDS[:200], "en": None},
        "abstract": WORDS,
        "fields": [field],
        "trl": 5,
        "needs": needs,
        "constraints": {"budget_cny": 50_000} if number % 3 else None,
    }
    return {
        "result_id": number,
        "number": 1,
        "document": document,
        "tiers": {},
        "created_at": LONG_AGO,
        "submitted_at": LONG_AGO,
    }


def _rows(number: int, needs: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for need in needs:
        cited = parse_standard_number(need["standard"]) if "standard" in need else None
        yield {
            "result_id": number,
            "need_key": need["id"],
            "must": need.get("must", True),
            "capability": need.get("capability"),
            "standard_base": cited.base if cited else None,
            "stated": json.loads(json.dumps(need)),
        }


def _project(number: int, call: int, dice: random.Random) -> dict[str, Any]:
    moment = LONG_AGO + timedelta(hours=number % 7_000)
    return {
        "uid": new_uid(),
        "slug": f"bench-project-{number}",
        "result_id": number,
        "call_id": call,
        "version_number": 1,
        "title_zh": f"示例成果{number}",
        "capabilities": [],
        "public_text": "",
        "stage": dice.choice([Stage.POOLED, Stage.POOLED, Stage.VERIFYING]),
        "pooled_at": moment,
        "stage_since": moment,
        "demo": False,
        "version": 1,
    }
