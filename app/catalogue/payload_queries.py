"""Rows in the form of the index's stored payloads, for the hits of a page that the database found."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalogue.hits import Payload
from app.indexing.projections import city_code
from app.models import metadata
from app.registry.filters import lowest_price

_CAPABILITY = metadata.tables["capability"]
_PLATFORM = metadata.tables["platform"]
_PLATFORM_FIELD = metadata.tables["platform_field"]
_SERVICE = metadata.tables["service"]
_SERVICE_FIELD = metadata.tables["service_field"]

_OF_PLATFORM = [
    _PLATFORM.c[name].label(f"platform_{name}")
    for name in (
        "uid",
        "slug",
        "name_zh",
        "name_en",
        "summary_zh",
        "summary_en",
        "kind",
        "tier",
        "lead_type",
        "region_code",
        "lat",
        "lon",
        "demo",
    )
]


async def payloads_of_services(session: AsyncSession, ids: Sequence[int]) -> list[Payload]:
    """Return the payloads in the order of the ids."""
    statement = (
        select(_SERVICE, lowest_price().label("price"), *_OF_PLATFORM)
        .join(_PLATFORM, _SERVICE.c.platform_id == _PLATFORM.c.id)
        .where(_SERVICE.c.id.in_(ids))
    )
    rows = {row.id: row for row in await session.execute(statement)}
    fields = await _codes(session, _SERVICE_FIELD.c.service_id, _SERVICE_FIELD.c.field_code, ids)
    terms = await _codes(session, _CAPABILITY.c.service_id, _CAPABILITY.c.term_code, ids)
    return [
        {
            **_common(rows[key], fields[key], terms[key]),
            "id": str(rows[key].uid),
            "slug": rows[key].slug,
            "title_zh": rows[key].title_zh,
            "title_en": rows[key].title_en,
            "description_zh": rows[key].description_zh,
            "description_en": rows[key].description_en,
            "function": rows[key].function_code,
            "price_min_cny": rows[key].price,
            "lead_time_days": rows[key].lead_time_days,
            "entry_trl": rows[key].entry_trl,
            "exit_trl": rows[key].exit_trl,
            "voucher_accepted": rows[key].voucher_accepted,
        }
        for key in ids
    ]


async def payloads_of_platforms(session: AsyncSession, ids: Sequence[int]) -> list[Payload]:
    """Return the payloads in the order of the ids."""
    statement = select(_PLATFORM.c.id, *_OF_PLATFORM).where(_PLATFORM.c.id.in_(ids))
    rows = {row.id: row for row in await session.execute(statement)}
    fields = await _codes(session, _PLATFORM_FIELD.c.platform_id, _PLATFORM_FIELD.c.field_code, ids)
    functions = await _codes(session, _SERVICE.c.platform_id, _SERVICE.c.function_code, ids)
    offered = _CAPABILITY.join(_SERVICE, _CAPABILITY.c.service_id == _SERVICE.c.id)
    terms = await _codes(session, _SERVICE.c.platform_id, _CAPABILITY.c.term_code, ids, offered)
    return [
        {
            **_common(rows[key], fields[key], terms[key]),
            "id": str(rows[key].platform_uid),
            "slug": rows[key].platform_slug,
            "title_zh": rows[key].platform_name_zh,
            "title_en": rows[key].platform_name_en,
            "description_zh": rows[key].platform_summary_zh,
            "description_en": rows[key].platform_summary_en,
            "function": functions[key],
        }
        for key in ids
    ]


def _common(row: Row[Any], fields: Sequence[str], terms: Sequence[str]) -> dict[str, Any]:
    region = row.platform_region_code
    return {
        "platform": {
            "id": str(row.platform_uid),
            **{
                name: getattr(row, f"platform_{name}")
                for name in ("slug", "name_zh", "name_en", "region_code", "lat", "lon", "demo")
            },
        },
        "field": fields,
        "capability": terms,
        "city": None if region is None else city_code(region),
        "tier": row.platform_tier,
        "kind": row.platform_kind,
        "lead_type": row.platform_lead_type,
    }


async def _codes(
    session: AsyncSession,
    owner: ColumnElement[int],
    code: ColumnElement[str],
    ids: Sequence[int],
    tables: Any = None,
) -> dict[int, list[str]]:
    """Return each owner's codes once."""
    found: dict[int, list[str]] = defaultdict(list)
    statement = select(owner, code).where(owner.in_(ids), code.is_not(None)).order_by(owner, code).distinct()
    if tables is not None:
        statement = statement.select_from(tables)
    for key, value in await session.execute(statement):
        found[key].append(value)
    return found
