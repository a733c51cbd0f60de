"""The search in SQL: the same filters, totals and facet counts as the index has, without its ranking.

It answers while the engine is down, and tests hold the engine's counts to it.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalogue.asked import Asked, Circle
from app.catalogue.params import Facet
from app.catalogue.rules import distance_km
from app.models import Scheme, metadata
from app.registry import filters

Conditions = Mapping[str, ColumnElement[bool]]

_CAPABILITY = metadata.tables["capability"]
_PLATFORM = metadata.tables["platform"]
_PLATFORM_FIELD = metadata.tables["platform_field"]
_SERVICE = metadata.tables["service"]
_SERVICE_FIELD = metadata.tables["service_field"]
_STANDARD = metadata.tables["standard"]


async def conditions(session: AsyncSession, asked: Asked) -> Conditions:
    """Return the conditions of a search by the names of its query parameters."""
    found: dict[str, ColumnElement[bool]] = dict(_of_platform(asked))
    found |= _of_service(asked) if asked.is_about_services else _of_services_of_platform(asked)
    if asked.circle is not None and asked.circle.radius_km is not None:
        found["radius_km"] = _PLATFORM.c.id.in_(await _platforms_within(session, asked.circle))
    return found


def _of_platform(asked: Asked) -> Iterable[tuple[str, ColumnElement[bool]]]:
    if asked.regions:
        yield "city", filters.platform_in_region(asked.regions)
    for name, values in (
        ("tier", asked.tiers),
        ("kind", asked.kinds),
        ("lead_type", asked.lead_types),
    ):
        if values:
            yield name, _PLATFORM.c[name].in_(values)
    if asked.schemes:
        yield "scheme", filters.platform_is_accredited(asked.schemes, asked.on_date)
    if asked.demo is not None:
        yield "demo", _PLATFORM.c.demo == asked.demo


def _of_service(asked: Asked) -> dict[str, ColumnElement[bool]]:
    found: dict[str, ColumnElement[bool]] = {}
    if asked.fields:
        found["field"] = filters.service_has_field(asked.fields)
    if asked.functions:
        found["function"] = _SERVICE.c.function_code.in_(asked.functions)
    if asked.standards:
        found["standard"] = filters.service_has_standard(asked.standards)
    if asked.capabilities:
        found["capability"] = filters.service_has_term(asked.capabilities)
    if asked.price_max_cny is not None:
        found["price_max_cny"] = filters.lowest_price() <= asked.price_max_cny
    if asked.lead_time_days_max is not None:
        found["lead_time_days_max"] = _SERVICE.c.lead_time_days <= asked.lead_time_days_max
    if asked.entry_trl is not None:
        found["entry_trl"] = filters.service_takes_trl(asked.entry_trl)
    if asked.voucher is not None:
        found["voucher"] = _SERVICE.c.voucher_accepted == asked.voucher
    return found


def _of_services_of_platform(asked: Asked) -> dict[str, ColumnElement[bool]]:
    """A platform takes vouchers when one service does, and none when none does and one says so."""
    found: dict[str, ColumnElement[bool]] = {}
    if asked.fields:
        found["field"] = filters.platform_has_field(asked.fields)
    if asked.functions:
        found["function"] = filters.platform_offers(_SERVICE.c.function_code.in_(asked.functions))
    if asked.standards:
        found["standard"] = filters.platform_has_standard(asked.standards)
    if asked.capabilities:
        found["capability"] = filters.platform_offers(filters.service_has_term(asked.capabilities))
    takes = filters.platform_offers(_SERVICE.c.voucher_accepted.is_(True))
    refuses = filters.platform_offers(_SERVICE.c.voucher_accepted.is_(False))
    if asked.voucher is not None:
        found["voucher"] = takes if asked.voucher else and_(~takes, refuses)
    return found


async def _platforms_within(session: AsyncSession, circle: Circle) -> Sequence[int]:
    """Judge the distance here: not every SQLite has the sine."""
    places = await session.execute(
        select(_PLATFORM.c.id, _PLATFORM.c.lat, _PLATFORM.c.lon).where(
            _PLATFORM.c.lat.is_not(None), _PLATFORM.c.lon.is_not(None)
        )
    )
    radius = circle.radius_km or 0.0
    return [
        platform_id
        for platform_id, lat, lon in places
        if distance_km(circle.lat, circle.lon, lat, lon) <= radius
    ]


def text_condition(asked: Asked, words: Sequence[str], term_codes: Mapping[str, Collection[str]]) -> Any:
    """Every word is somewhere in the texts or names one of its capability terms (`term_codes` by word)."""
    columns = [_PLATFORM.c[name] for name in ("name_zh", "name_en", "summary_zh", "summary_en")]
    if asked.is_about_services:
        names = ("title_zh", "title_en", "description_zh", "description_en", "deliverables_zh")
        columns += [_SERVICE.c[name] for name in names]
    return and_(*(_somewhere(asked, columns, word, term_codes.get(word, ())) for word in words))


def _somewhere(
    asked: Asked, columns: Iterable[ColumnElement[Any]], word: str, codes: Collection[str]
) -> ColumnElement[bool]:
    found = [func.lower(column).contains(word.lower(), autoescape=True) for column in columns]
    by_term = filters.service_has_term(codes)
    return or_(*found, by_term if asked.is_about_services else filters.platform_offers(by_term))


async def count(session: AsyncSession, asked: Asked, where: Iterable[ColumnElement[bool]]) -> int:
    """Return how many services or platforms meet every condition."""
    statement = select(func.count()).select_from(_rows(asked)).where(*_findable(asked), *where)
    return await session.scalar(statement) or 0


async def keys(session: AsyncSession, asked: Asked, where: Iterable[ColumnElement[bool]]) -> Sequence[Any]:
    """Return (key, id, name, lowest price, lead time, lat, lon) of every hit, in no order."""
    table, name = (_SERVICE, "title_zh") if asked.is_about_services else (_PLATFORM, "name_zh")
    columns: list[ColumnElement[Any]] = [table.c.id, table.c.uid, table.c[name].label("name")]
    if asked.is_about_services:
        columns += [filters.lowest_price().label("price"), _SERVICE.c.lead_time_days.label("lead_time")]
    columns += [_PLATFORM.c.lat, _PLATFORM.c.lon]
    statement = select(*columns).select_from(_rows(asked)).where(*_findable(asked), *where)
    return (await session.execute(statement)).all()


def _findable(asked: Asked) -> list[ColumnElement[bool]]:
    return [_PLATFORM.c.live, filters.platform_is_open(asked.on_date)]


def _rows(asked: Asked) -> FromClause:
    if not asked.is_about_services:
        return _PLATFORM
    return _SERVICE.join(_PLATFORM, _SERVICE.c.platform_id == _PLATFORM.c.id)


async def facet_counts(
    session: AsyncSession, asked: Asked, facet: Facet, where: Sequence[ColumnElement[bool]]
) -> list[tuple[str, int]]:
    """Return the values of a facet with the number of hits that have each; most frequent first, then by value.

    `where` leaves the facet's own condition out.
    """
    if facet is Facet.SCHEME:
        counts = {
            scheme.value: await count(
                session, asked, [*where, filters.platform_is_accredited([scheme], asked.on_date)]
            )
            for scheme in Scheme
        }
        found = [(value, number) for value, number in counts.items() if number]
    elif facet is Facet.VOUCHER and not asked.is_about_services:
        found = await _vouchers_of_platforms(session, asked, where)
    else:
        found = await _counted(session, asked, facet, where)
    return sorted(found, key=lambda entry: (-entry[1], entry[0]))


async def _counted(
    session: AsyncSession, asked: Asked, facet: Facet, where: Sequence[ColumnElement[bool]]
) -> list[tuple[str, int]]:
    value, tables = _facet_source(asked, facet)
    own = _SERVICE.c.id if asked.is_about_services else _PLATFORM.c.id
    statement = (
        select(value, func.count(own.distinct()))
        .select_from(tables)
        .where(value.is_not(None), *_findable(asked), *where)
        .group_by(value)
    )
    counts: Counter[str] = Counter()
    to_text = _AS_TEXT.get(facet, str)
    for stored, number in await session.execute(statement):
        counts[to_text(stored)] += number
    return list(counts.items())


_AS_TEXT: Mapping[Facet, Callable[[Any], str]] = {
    Facet.CITY: lambda region: f"{region[:4]}00",
    Facet.VOUCHER: lambda flag: str(bool(flag)).lower(),
    Facet.DEMO: lambda flag: str(bool(flag)).lower(),
}


def _facet_source(asked: Asked, facet: Facet) -> tuple[ColumnElement[Any], FromClause]:
    rows = _rows(asked)
    if facet in {Facet.TIER, Facet.KIND, Facet.LEAD_TYPE, Facet.DEMO}:
        return _PLATFORM.c[facet.value], rows
    if facet is Facet.CITY:
        return _PLATFORM.c.region_code, rows
    if facet is Facet.FIELD and not asked.is_about_services:
        return _PLATFORM_FIELD.c.field_code, rows.join(
            _PLATFORM_FIELD, _PLATFORM_FIELD.c.platform_id == _PLATFORM.c.id
        )
    if not asked.is_about_services:
        rows = rows.join(_SERVICE, _SERVICE.c.platform_id == _PLATFORM.c.id)
    if facet is Facet.FIELD:
        return _SERVICE_FIELD.c.field_code, rows.join(
            _SERVICE_FIELD, _SERVICE_FIELD.c.service_id == _SERVICE.c.id
        )
    if facet is Facet.CAPABILITY:
        return _CAPABILITY.c.term_code, rows.join(_CAPABILITY, _CAPABILITY.c.service_id == _SERVICE.c.id)
    column = _SERVICE.c.function_code if facet is Facet.FUNCTION else _SERVICE.c.voucher_accepted
    return column, rows


async def _vouchers_of_platforms(
    session: AsyncSession, asked: Asked, where: Sequence[ColumnElement[bool]]
) -> list[tuple[str, int]]:
    takes = filters.platform_offers(_SERVICE.c.voucher_accepted.is_(True))
    refuses = filters.platform_offers(_SERVICE.c.voucher_accepted.is_(False))
    counts = {
        "true": await count(session, asked, [*where, takes]),
        "false": await count(session, asked, [*where, ~takes, refuses]),
    }
    return [(value, number) for value, number in counts.items() if number]
