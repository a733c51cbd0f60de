"""The catalogue as sources of search documents, read in batches by a constant number of queries each."""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, insert, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.indexing.projections import (
    AbilitySource,
    AccreditationSource,
    PlatformSource,
    ServiceSource,
    StandardSource,
    TermSource,
)
from app.models import PriceKind, metadata

PLATFORMS_PER_BATCH = 200

_PLATFORM = metadata.tables["platform"].c
_PLATFORM_FIELD = metadata.tables["platform_field"].c
_ORGANISATION = metadata.tables["organisation"].c
_EQUIPMENT = metadata.tables["equipment"].c
_ACCREDITATION = metadata.tables["accreditation"].c
_LINE = metadata.tables["scope_line"].c
_SUSPENSION = metadata.tables["suspension"].c
_SERVICE = metadata.tables["service"].c
_SERVICE_FIELD = metadata.tables["service_field"].c
_PRICE = metadata.tables["price_option"].c
_CAPABILITY = metadata.tables["capability"].c
_STANDARD = metadata.tables["standard"].c
_OBJECT = metadata.tables["test_object"].c
_PARAMETER = metadata.tables["test_parameter"].c
_TERM = metadata.tables["capability_term"].c
_FUNCTION = metadata.tables["service_function"].c
_VERSION = metadata.tables["catalogue_version"]


@dataclass(frozen=True)
class _Vocabulary:
    terms: Mapping[str, TermSource]
    functions: Mapping[str, tuple[TermSource, ...]]


async def catalogue_version(session: AsyncSession) -> int:
    """Return the version of the catalogue; 0 before anything was published."""
    return (await session.execute(select(_VERSION.c.version))).scalar_one_or_none() or 0


async def bump_catalogue_version(session: AsyncSession, changed_at: datetime) -> None:
    """Say that published content changed, in the caller's transaction."""
    change = update(_VERSION).values(version=_VERSION.c.version + 1, changed_at=changed_at)
    if (await session.execute(change)).rowcount == 0:  # type: ignore[attr-defined]
        await session.execute(insert(_VERSION).values(id=1, version=1, changed_at=changed_at))


async def platforms_with_services(
    session: AsyncSession, only: Collection[UUID] | None = None
) -> AsyncIterator[tuple[PlatformSource, list[ServiceSource]]]:
    """Give every published platform with its services, or those of `only`, in order of their keys.

    Memory holds one batch at a time.
    """
    vocabulary = await _vocabulary(session)
    last = 0
    while True:
        rows = (await session.execute(_platform_batch(last, only))).all()
        if not rows:
            return
        last = rows[-1].id
        platforms = await _platforms(session, rows, vocabulary)
        services = await _services(session, platforms, vocabulary)
        for key, platform in platforms.items():
            yield platform, services.get(key, [])


async def _vocabulary(session: AsyncSession) -> _Vocabulary:
    terms = await session.execute(select(_TERM.code, _TERM.name_zh, _TERM.name_en, _TERM.synonyms))
    functions: dict[str, list[TermSource]] = defaultdict(list)
    statement = select(_FUNCTION.code, _FUNCTION.name_zh, _FUNCTION.name_en, _FUNCTION.synonyms)
    for row in await session.execute(statement.order_by(_FUNCTION.position)):
        functions[row.code].append(_term(*row))
    return _Vocabulary(
        terms={row.code: _term(*row) for row in terms},
        functions={code: tuple(entries) for code, entries in functions.items()},
    )


def _term(code: str, name_zh: str, name_en: str | None, synonyms: Sequence[str]) -> TermSource:
    return TermSource(code, name_zh, name_en, tuple(synonyms))


def _platform_batch(last: int, only: Collection[UUID] | None) -> Select[Any]:
    wanted = true() if only is None else _PLATFORM.uid.in_(only)
    operator = (_ORGANISATION.name_zh.label("operator_zh"), _ORGANISATION.name_en.label("operator_en"))
    return (
        select(_PLATFORM.id.table, *operator)
        .join_from(
            _PLATFORM.id.table,
            _ORGANISATION.id.table,
            _ORGANISATION.id == _PLATFORM.operator_id,
            isouter=True,
        )
        .where(_PLATFORM.live, _PLATFORM.id > last, wanted)
        .order_by(_PLATFORM.id)
        .limit(PLATFORMS_PER_BATCH)
    )


async def _platforms(
    session: AsyncSession, rows: Sequence[Row[Any]], vocabulary: _Vocabulary
) -> dict[int, PlatformSource]:
    keys = [row.id for row in rows]
    fields = await grouped(
        session,
        select(_PLATFORM_FIELD.platform_id, _PLATFORM_FIELD.field_code)
        .where(_PLATFORM_FIELD.platform_id.in_(keys))
        .order_by(_PLATFORM_FIELD.field_code),
    )
    equipment = await grouped(
        session,
        select(_EQUIPMENT.platform_id, _EQUIPMENT.name_zh, _EQUIPMENT.model, _EQUIPMENT.specs_zh)
        .where(_EQUIPMENT.platform_id.in_(keys))
        .order_by(_EQUIPMENT.platform_id, _EQUIPMENT.position),
    )
    accreditations = await grouped(
        session,
        select(
            _ACCREDITATION.platform_id,
            _ACCREDITATION.scheme,
            _ACCREDITATION.state,
            _ACCREDITATION.valid_from,
            _ACCREDITATION.valid_to,
        )
        .where(_ACCREDITATION.platform_id.in_(keys), _ACCREDITATION.live)
        .order_by(_ACCREDITATION.id),
    )
    suspensions = await grouped(
        session,
        select(_SUSPENSION.platform_id, _SUSPENSION.from_date, _SUSPENSION.to_date)
        .where(_SUSPENSION.platform_id.in_(keys), _SUSPENSION.lifted_at.is_(None))
        .order_by(_SUSPENSION.id),
    )
    scopes = await grouped(session, _scope_abilities(keys))
    return {
        row.id: PlatformSource(
            id=str(row.uid),
            slug=row.slug,
            kind=row.kind.value,
            name_zh=row.name_zh,
            name_en=row.name_en,
            demo=row.demo,
            operator_zh=row.operator_zh,
            operator_en=row.operator_en,
            lead_type=_value(row.lead_type),
            tier=_value(row.tier),
            fields=tuple(field.field_code for field in fields[row.id]),
            region_code=row.region_code,
            lat=row.lat,
            lon=row.lon,
            summary_zh=row.summary_zh,
            summary_en=row.summary_en,
            equipment=tuple(" ".join(filter(None, item[1:])) for item in equipment[row.id]),
            prose=tuple(_prose_texts(row.prose)),
            accreditations=tuple(
                AccreditationSource(item.scheme.value, item.state.value, item.valid_from, item.valid_to)
                for item in accreditations[row.id]
            ),
            suspensions=tuple((item.from_date, item.to_date) for item in suspensions[row.id]),
            scope=tuple(_ability(item, vocabulary) for item in scopes[row.id]),
        )
        for row in rows
    }


def _scope_abilities(platform_ids: Sequence[int]) -> Select[Any]:
    """What each platform's scopes name, each once, however many lines and accreditations name it."""
    line, accreditation = _LINE.id.table, _ACCREDITATION.id.table
    return (
        select(
            _ACCREDITATION.platform_id,
            _STANDARD.capability_code.label("term_code"),
            _OBJECT.name_zh.label("object_zh"),
            _PARAMETER.name_zh.label("parameter_zh"),
            _LINE.standard_number,
            _STANDARD.base,
        )
        .join_from(accreditation, line, _LINE.accreditation_id == _ACCREDITATION.id)
        .join(_STANDARD.id.table, _STANDARD.id == _LINE.standard_id)
        .join(_OBJECT.id.table, _OBJECT.id == _LINE.object_id, isouter=True)
        .join(_PARAMETER.id.table, _PARAMETER.id == _LINE.parameter_id, isouter=True)
        .where(_ACCREDITATION.platform_id.in_(platform_ids), _ACCREDITATION.live, _LINE.live)
        .group_by(
            _ACCREDITATION.platform_id,
            _STANDARD.capability_code,
            _OBJECT.name_zh,
            _PARAMETER.name_zh,
            _LINE.standard_number,
            _STANDARD.base,
        )
        .order_by(_ACCREDITATION.platform_id, func.min(_LINE.id))
    )


async def _services(
    session: AsyncSession, platforms: Mapping[int, PlatformSource], vocabulary: _Vocabulary
) -> dict[int, list[ServiceSource]]:
    statement = select(_SERVICE.id.table).where(_SERVICE.platform_id.in_(list(platforms)))
    rows = (await session.execute(statement.order_by(_SERVICE.id))).all()
    of_batch = select(_SERVICE.id).where(_SERVICE.platform_id.in_(list(platforms)))
    fields = await grouped(
        session,
        select(_SERVICE_FIELD.service_id, _SERVICE_FIELD.field_code)
        .where(_SERVICE_FIELD.service_id.in_(of_batch))
        .order_by(_SERVICE_FIELD.field_code),
    )
    prices = await grouped(
        session,
        select(_PRICE.service_id, func.min(_PRICE.min_cny).label("lowest"))
        .where(_PRICE.service_id.in_(of_batch), _PRICE.kind != PriceKind.NEGOTIABLE)
        .group_by(_PRICE.service_id),
    )
    capabilities = await grouped(session, _capabilities(of_batch))
    services: dict[int, list[ServiceSource]] = defaultdict(list)
    for row in rows:
        lowest = [price.lowest for price in prices[row.id] if price.lowest is not None]
        services[row.platform_id].append(
            ServiceSource(
                id=str(row.uid),
                slug=row.slug,
                platform=platforms[row.platform_id],
                title_zh=row.title_zh,
                title_en=row.title_en,
                description_zh=row.description_zh,
                description_en=row.description_en,
                deliverables_zh=row.deliverables_zh,
                functions=vocabulary.functions.get(row.function_code, ()),
                fields=tuple(field.field_code for field in fields[row.id]),
                capabilities=tuple(_ability(item, vocabulary) for item in capabilities[row.id]),
                price_min_cny=float(lowest[0]) if lowest else None,
                lead_time_days=row.lead_time_days,
                entry_trl=row.entry_trl,
                exit_trl=row.exit_trl,
                voucher_accepted=row.voucher_accepted,
            )
        )
    return services


def _capabilities(of_batch: Select[Any]) -> Select[Any]:
    return (
        select(
            _CAPABILITY.service_id,
            _CAPABILITY.term_code,
            _OBJECT.name_zh.label("object_zh"),
            _PARAMETER.name_zh.label("parameter_zh"),
            _CAPABILITY.standard_number,
            _STANDARD.base,
        )
        .join_from(
            _CAPABILITY.id.table, _STANDARD.id.table, _STANDARD.id == _CAPABILITY.standard_id, isouter=True
        )
        .join(_OBJECT.id.table, _OBJECT.id == _CAPABILITY.object_id, isouter=True)
        .join(_PARAMETER.id.table, _PARAMETER.id == _CAPABILITY.parameter_id, isouter=True)
        .where(_CAPABILITY.service_id.in_(of_batch))
        .order_by(_CAPABILITY.service_id, _CAPABILITY.position)
    )


def _ability(row: Row[Any], vocabulary: _Vocabulary) -> AbilitySource:
    return AbilitySource(
        term=vocabulary.terms.get(row.term_code),
        object_zh=row.object_zh,
        parameter_zh=row.parameter_zh,
        standard=StandardSource(row.standard_number, row.base) if row.standard_number else None,
    )


async def grouped(session: AsyncSession, statement: Select[Any]) -> Mapping[int, list[Row[Any]]]:
    """Run the statement and group its rows by their first column, keeping their order."""
    groups: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in await session.execute(statement):
        groups[row[0]].append(row)
    return groups


def _prose_texts(prose: Mapping[str, Iterable[str]] | None) -> Iterable[str]:
    return [text for texts in (prose or {}).values() for text in texts]


def _value(member: Any) -> str | None:
    return None if member is None else str(member.value)
