"""A synthetic catalogue of any size, the same for the same numbers: platforms, services and scope lines.

The spread follows what is known of the province: few standards in very many scopes, a long tail in few; most
platforms with one CNAS and one CMA certificate; ranges on some lines, restrictions on few, some old editions.
Everything is marked demo and stands on the seeded vocabularies, which must be there.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import SessionFactory
from app.indexing.queries import bump_catalogue_version
from app.kit.clock import utcnow
from app.models import metadata
from app.models.base import new_uid
from app.registry.postings import rebuild_postings
from app.vocabulary.ranges import range_of
from search.standard_numbers import standard_key

SEED = 20261122
STANDARDS = 8_000
OBJECTS = 2_000
BATCH = 5_000
EARLIEST = date(2018, 1, 1)
UNITS = (
    ("℃", "[temperature]", 273.15, 1.0),
    ("kV", "[voltage]", 0.0, 1000.0),
    ("Hz", "[frequency]", 0.0, 1.0),
    ("kN", "[force]", 0.0, 1000.0),
    ("mm", "[length]", 0.0, 0.001),
)
"""Written unit, the key its dimension gets if the vocabulary has none, offset and factor to the canonical unit."""


@dataclass(frozen=True, slots=True)
class Size:
    platforms: int = 2_500
    services: int = 10_000
    lines: int = 1_000_000


@dataclass(frozen=True, slots=True)
class _World:
    """What rows are drawn from."""

    terms: Sequence[Any]
    fields: Sequence[str]
    functions: Sequence[str]
    regions: Sequence[Any]
    standards: Sequence[Any]
    weights: Sequence[float]
    objects: Sequence[int]
    parameters: Sequence[int]
    dimensions: Sequence[int]


async def generate(new_session: SessionFactory, size: Size) -> None:
    """Write the catalogue and its postings, and raise the catalogue version. The database must be seeded."""
    dice = random.Random(SEED)
    async with new_session() as session, session.begin():
        world = await _make_world(session, dice)
        first = (await session.execute(select(func.coalesce(func.max(_t("platform").c.id), 0)))).scalar_one()
        platforms = list(range(first + 1, first + 1 + size.platforms))
        await _insert(session, "platform", _platforms(dice, world, platforms))
        await _insert(session, "platform_field", _fields(dice, world, platforms, "platform_id"))
        await _write_services(session, dice, world, platforms, size.services)
        await _write_scopes(session, dice, world, platforms, size.lines)
        if session.get_bind().dialect.name == "postgresql":
            await _advance_sequences(session)
        await rebuild_postings(session)
        await bump_catalogue_version(session, utcnow())
    async with new_session() as session, session.begin():
        await session.execute(text("ANALYZE"))


def _t(name: str) -> Any:
    return metadata.tables[name]


async def _insert(session: AsyncSession, table: str, rows: Iterator[dict[str, Any]]) -> None:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            await session.execute(insert(_t(table)), batch)
            batch = []
    if batch:
        await session.execute(insert(_t(table)), batch)


async def _advance_sequences(session: AsyncSession) -> None:
    for name in ("platform", "service", "capability", "accreditation", "scope_line", "price_option"):
        await session.execute(
            text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))")
        )


async def _make_world(session: AsyncSession, dice: random.Random) -> _World:
    terms = (
        await session.execute(select(_t("capability_term")).order_by(_t("capability_term").c.code))
    ).all()
    await _add_standards(session, dice, terms)
    await _add_names(session, terms)
    standard, edition = _t("standard").c, _t("standard_edition").c
    standards = (
        await session.execute(
            select(standard.id, standard.capability_code, func.min(edition.number), func.min(edition.year))
            .join_from(_t("standard"), _t("standard_edition"), edition.standard_id == standard.id)
            .where(standard.listed, edition.year.is_not(None))
            .group_by(standard.id, standard.capability_code)
            .order_by(standard.id)
        )
    ).all()
    order = dice.sample(range(1, len(standards) + 1), len(standards))
    return _World(
        terms=terms,
        fields=list(
            (
                await session.execute(
                    select(_t("field").c.code)
                    .where(_t("field").c.parent_code.is_(None))
                    .order_by(_t("field").c.position)
                )
            ).scalars()
        ),
        functions=sorted(set((await session.execute(select(_t("service_function").c.code))).scalars())),
        regions=(
            await session.execute(
                select(_t("region")).where(_t("region").c.level == "city").order_by(_t("region").c.code)
            )
        ).all(),
        standards=standards,
        weights=[1 / (rank + 20) for rank in order],
        objects=list(
            (await session.execute(select(_t("test_object").c.id).order_by(_t("test_object").c.id))).scalars()
        ),
        parameters=list(
            (
                await session.execute(select(_t("test_parameter").c.id).order_by(_t("test_parameter").c.id))
            ).scalars()
        ),
        dimensions=await _dimension_ids(session),
    )


async def _dimension_ids(session: AsyncSession) -> list[int]:
    table = _t("range_dimension")
    ids = []
    for unit, *_ in UNITS:
        key = range_of(0, 1, unit).dimension
        found = (await session.execute(select(table.c.id).where(table.c.key == key))).scalar_one_or_none()
        if found is None:
            found = (await session.execute(insert(table).values(key=key).returning(table.c.id))).scalar_one()
        ids.append(found)
    return ids


async def _add_standards(session: AsyncSession, dice: random.Random, terms: Sequence[Any]) -> None:
    standard = _t("standard")
    existing = (
        await session.execute(select(func.count()).select_from(standard).where(standard.c.listed))
    ).scalar_one()
    heavy = [dice.choice(terms).code for _ in range(10)]
    rows, editions = [], []
    for number in range(STANDARDS - existing):
        base = f"GB/T {90_000 + number}"
        year = dice.randint(2000, 2024)
        term = dice.choice(heavy) if number % 25 == 0 else dice.choice(terms).code
        rows.append(
            {
                "base": base,
                "key": standard_key(base),
                "listed": True,
                "capability_code": term,
                "field_codes": [],
                "title_zh": f"示例试验方法 {number}",
            }
        )
        editions.append((base, f"{base}-{year}", year))
    await session.execute(insert(standard), rows)
    ids = {row.base: row.id for row in await session.execute(select(standard.c.id, standard.c.base))}
    await session.execute(
        insert(_t("standard_edition")),
        [{"number": number, "year": year, "standard_id": ids[base]} for base, number, year in editions],
    )


async def _add_names(session: AsyncSession, terms: Sequence[Any]) -> None:
    objects = [{"key": f"示例对象{n}", "name_zh": f"示例对象{n}"} for n in range(OBJECTS)]
    await session.execute(insert(_t("test_object")), objects)
    known = set((await session.execute(select(_t("test_parameter").c.key))).scalars())
    names = {term.name_zh for term in terms} | {f"示例参数{n}" for n in range(OBJECTS)}
    new = [{"key": name, "name_zh": name} for name in sorted(names - known)]
    await session.execute(insert(_t("test_parameter")), new)


def _platforms(dice: random.Random, world: _World, ids: Sequence[int]) -> Iterator[dict[str, Any]]:
    for n in ids:
        region = dice.choice(world.regions)
        yield {
            "id": n,
            "uid": new_uid(),
            "slug": f"bench-platform-{n}",
            "kind": dice.choices(["pilot_platform", "verification_centre"], [4, 1])[0],
            "name_zh": f"{region.short_zh}{dice.choice(world.terms).name_zh}中试平台{n}号",
            "co_operators_zh": [],
            "lead_type": dice.choice(
                ["enterprise_led", "third_party_led", "university_led", "government_led"]
            ),
            "tier": dice.choices(["construction", "municipal", "provincial", "national"], [3, 4, 2, 1])[0],
            "region_code": region.code,
            "in_province": True,
            "lat": region.lat + dice.uniform(-0.3, 0.3),
            "lon": region.lon + dice.uniform(-0.3, 0.3),
            "summary_zh": "，".join(dice.choice(world.terms).name_zh for _ in range(12))
            + "等试验与中试服务。",
            "serves_outsiders": dice.choices(["yes", "no", "unknown"], [6, 1, 3])[0],
            "verified": False,
            "demo": True,
        }


def _fields(dice: random.Random, world: _World, ids: Sequence[int], key: str) -> Iterator[dict[str, Any]]:
    for n in ids:
        for code in sorted(set(dice.choices(world.fields, k=2))):
            yield {key: n, "field_code": code}


async def _write_services(
    session: AsyncSession, dice: random.Random, world: _World, platforms: Sequence[int], count: int
) -> None:
    first = (await session.execute(select(func.coalesce(func.max(_t("service").c.id), 0)))).scalar_one()
    ids = list(range(first + 1, first + 1 + count))
    owners = {n: platforms[position % len(platforms)] for position, n in enumerate(ids)}
    terms = {n: dice.choices(world.terms, k=dice.randint(1, 4)) for n in ids}
    await _insert(session, "service", _services(dice, world, owners, terms))
    await _insert(session, "service_field", _fields(dice, world, ids, "service_id"))
    await _insert(session, "capability", _capabilities(dice, world, terms))
    await _insert(session, "price_option", _prices(dice, ids))


def _services(
    dice: random.Random, world: _World, owners: dict[int, int], terms: dict[int, list[Any]]
) -> Iterator[dict[str, Any]]:
    for n, platform in owners.items():
        names = "、".join(term.name_zh for term in terms[n])
        words = "，".join(dice.choice(world.terms).name_zh for _ in range(10))
        yield {
            "id": n,
            "uid": new_uid(),
            "slug": f"bench-service-{n}",
            "platform_id": platform,
            "function_code": dice.choice(world.functions),
            "title_zh": f"{names}服务",
            "description_zh": f"面向企业与科研团队提供{names}，并可配合{words}。",
            "entry_trl": dice.randint(2, 5),
            "exit_trl": dice.randint(5, 8),
            "lead_time_days": dice.choice([None, 7, 15, 30, 60, 90]),
            "monthly_capacity": dice.randint(1, 50),
            "voucher_accepted": dice.choice([True, False, None]),
        }


def _capabilities(
    dice: random.Random, world: _World, terms: dict[int, list[Any]]
) -> Iterator[dict[str, Any]]:
    by_term: dict[str, list[Any]] = {}
    for standard in world.standards:
        by_term.setdefault(standard[1], []).append(standard)
    for service, own in terms.items():
        for position, term in enumerate(own):
            standard = (
                dice.choice(by_term[term.code]) if term.code in by_term and dice.random() < 0.6 else None
            )
            yield {
                "service_id": service,
                "position": position,
                "term_code": term.code,
                "object_id": dice.choice(world.objects),
                "parameter_id": dice.choice(world.parameters),
                "standard_id": standard[0] if standard else None,
                "standard_number": standard[2] if standard else None,
                "standard_year": standard[3] if standard else None,
                "range_low_open": False,
                "range_high_open": False,
            }


def _prices(dice: random.Random, ids: Sequence[int]) -> Iterator[dict[str, Any]]:
    for n in ids:
        kind = dice.choice(["fixed", "from", "negotiable"])
        amount = None if kind == "negotiable" else Decimal(dice.randint(5, 2000) * 100)
        yield {"service_id": n, "position": 0, "kind": kind, "min_cny": amount, "unit_zh": "项"}


async def _write_scopes(
    session: AsyncSession, dice: random.Random, world: _World, platforms: Sequence[int], lines: int
) -> None:
    first = (await session.execute(select(func.coalesce(func.max(_t("accreditation").c.id), 0)))).scalar_one()
    ids = list(range(first + 1, first + 1 + 2 * len(platforms)))
    await _insert(session, "accreditation", _accreditations(dice, platforms, ids))
    per_scope = lines // len(ids)
    await _insert(session, "scope_line", _lines(dice, world, ids, per_scope))


def _accreditations(
    dice: random.Random, platforms: Sequence[int], ids: Sequence[int]
) -> Iterator[dict[str, Any]]:
    for position, n in enumerate(ids):
        start = EARLIEST + timedelta(days=dice.randint(0, 2_900))
        state = dice.choices(["granted", "suspended", "applied", "planned"], [88, 4, 5, 3])[0]
        dated = state in ("granted", "suspended")
        yield {
            "id": n,
            "uid": new_uid(),
            "slug": f"bench-accreditation-{n}",
            "platform_id": platforms[position // 2],
            "scheme": "CNAS" if position % 2 == 0 else "CMA",
            "certificate_no": f"BENCH-{n}",
            "state": state,
            "valid_from": start if dated else None,
            "valid_to": start + timedelta(days=2_190) if dated else None,
            "verification": dice.choices(["declared", "verified"], [7, 3])[0],
        }


def _lines(
    dice: random.Random, world: _World, accreditations: Sequence[int], per_scope: int
) -> Iterator[dict[str, Any]]:
    cumulative = []
    total = 0.0
    for weight in world.weights:
        total += weight
        cumulative.append(total)
    for accreditation in accreditations:
        for standard in dice.choices(world.standards, cum_weights=cumulative, k=per_scope):
            yield {
                "accreditation_id": accreditation,
                "object_id": dice.choice(world.objects),
                "parameter_id": dice.choice(world.parameters),
                "standard_id": standard[0],
                "standard_number": standard[2],
                "standard_year": standard[3],
                "restriction_zh": "只测部分参数" if dice.random() < 0.05 else None,
                **_range(dice, world, standard[0]),
            }


def _range(dice: random.Random, world: _World, standard: int) -> dict[str, Any]:
    empty = dict.fromkeys(
        (
            "range_written",
            "range_min",
            "range_max",
            "range_unit",
            "range_dimension_id",
            "range_low",
            "range_high",
        )
    )
    ends = {"range_low_open": False, "range_high_open": False}
    if standard % 5 > 1 or dice.random() < 0.3:
        return empty | ends
    which = standard % len(UNITS)
    unit, _, offset, factor = UNITS[which]
    low, high = sorted((dice.randint(-40, 200), dice.randint(0, 1_000)))
    return {
        "range_written": f"{low}～{high} {unit}",
        "range_min": float(low),
        "range_max": float(high),
        "range_unit": unit,
        "range_dimension_id": world.dimensions[which],
        "range_low": low * factor + offset,
        "range_high": high * factor + offset,
    } | ends
