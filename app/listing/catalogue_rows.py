"""Documents of items as rows of the catalogue: what a revision says is written here when it is published."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.listing.at_once import write_service as write_service_at_once
from app.listing.documents import AccreditationDocument, CapabilityDocument, PlatformDocument, ServiceDocument
from app.listing.lines import DIMENSION, EDITION, OBJECT, PARAMETER, STANDARD, make_known, range_columns
from app.membership.reading import key_of
from app.models import (
    Accreditation,
    Contact,
    Equipment,
    IntakeStep,
    ItemKind,
    Platform,
    Service,
    Setting,
    Verification,
    metadata,
)
from app.models.scope import CHECKED_AGAINST
from app.vocabulary.rules import normal_form
from search.standard_numbers import parse_standard_number, standard_key

_CAPABILITY = metadata.tables["capability"]
_ORGANISATION = metadata.tables["organisation"].c
_PLATFORM_FIELD = metadata.tables["platform_field"]
_SERVICE_FIELD = metadata.tables["service_field"]
_PLACED: Mapping[ItemKind, Any] = {
    ItemKind.EQUIPMENT: Equipment,
    ItemKind.SETTING: Setting,
    ItemKind.CONTACT: Contact,
    ItemKind.INTAKE_STEP: IntakeStep,
}
_SAME_NAMES = frozenset(ServiceDocument.model_fields) - {
    "function",
    "fields",
    "capabilities",
    "price_options",
}
_CERTIFIED = ("scheme", "certificate_no", "state", "holder_id", "valid_from", "valid_to")
"""What a department checks of an accreditation: when one of these changes, what was verified stands no more."""
_PROVINCE = "33"


async def write_platform(session: AsyncSession, row: Platform, document: PlatformDocument) -> None:
    for name, value in document.model_dump(exclude={"fields"}).items():
        setattr(row, name, value)
    if row.region_code is not None:
        row.in_province = row.region_code.startswith(_PROVINCE)
    await _replace(session, _PLATFORM_FIELD, "platform_id", key_of(row), _fields(document.fields))


async def write_service(
    session: AsyncSession, platform: Platform, row: Service | None, uid: uuid.UUID, document: ServiceDocument
) -> Service:
    """Write a service with all that belongs to it; without a row it is a new one."""
    values = {name: getattr(document, name) for name in _SAME_NAMES} | {"function_code": document.function}
    if row is None:
        slug = f"{platform.slug}-svc-{uid.hex[-8:]}"
        row = Service(uid=uid, slug=slug, platform_id=key_of(platform), **values)
        session.add(row)
    else:
        for name, value in values.items():
            setattr(row, name, value)
    await session.flush()
    await write_service_at_once(
        session, row, {"price_options": [option.model_dump() for option in document.price_options]}
    )
    await _replace(session, _SERVICE_FIELD, "service_id", key_of(row), _fields(document.fields))
    capabilities = await _capability_rows(session, document.capabilities)
    await _replace(session, _CAPABILITY, "service_id", key_of(row), capabilities)
    return row


async def write_placed(
    session: AsyncSession,
    kind: ItemKind,
    platform: Platform,
    uid: uuid.UUID,
    document: Mapping[str, Any],
) -> None:
    """Write an item of a list: equipment, setting, contact or intake step. Without a position it comes last."""
    table = _PLACED[kind]
    columns = metadata.tables[table.__tablename__].c
    own = columns.platform_id == key_of(platform)
    row = await session.scalar(select(table).where(own, columns.uid == uid))
    values = dict(document)
    if values["position"] is None:
        places = (await session.scalars(select(columns.position).where(own, columns.uid != uid))).all()
        values["position"] = max(places, default=-1) + 1
    if row is None:
        session.add(table(uid=uid, platform_id=key_of(platform), **values))
    else:
        for name, value in values.items():
            setattr(row, name, value)
    await session.flush()


async def remove_item(session: AsyncSession, kind: ItemKind, platform: Platform, uid: uuid.UUID) -> None:
    """Delete the row of an item and all that belongs to it."""
    table = metadata.tables["service" if kind is ItemKind.SERVICE else _PLACED[kind].__tablename__]
    await session.execute(delete(table).where(table.c.platform_id == key_of(platform), table.c.uid == uid))


async def write_accreditation(
    session: AsyncSession, row: Accreditation, document: AccreditationDocument
) -> None:
    """Write a certificate and make it public; what was verified of another certificate is so no more."""
    before = [getattr(row, name) for name in _CERTIFIED]
    source = None if document.source is None else document.source.model_dump(exclude_none=True)
    checked = (row.source or {}).get(CHECKED_AGAINST)
    row.scheme, row.certificate_no, row.state = document.scheme, document.certificate_no, document.state
    row.valid_from, row.valid_to = document.valid_from, document.valid_to
    row.holder_id = await _holder(session, document.holder)
    if before != [getattr(row, name) for name in _CERTIFIED]:
        row.verification, row.verified_by, row.verified_on = Verification.DECLARED, None, None
        checked = None
    if checked is not None:
        source = {**(source or {}), CHECKED_AGAINST: checked}
    row.source = source or None
    row.live = True


async def _holder(session: AsyncSession, uid: str | None) -> int | None:
    if uid is None:
        return None
    statement = select(_ORGANISATION.id).where(_ORGANISATION.uid == uuid.UUID(uid))
    found: int = (await session.scalars(statement)).one()
    return found


def _fields(codes: Iterable[str]) -> list[dict[str, Any]]:
    return [{"field_code": code} for code in codes]


async def _replace(
    session: AsyncSession, table: Table, owner: str, key: int, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Make the rows of one owner these."""
    await session.execute(delete(table).where(table.c[owner] == key))
    if rows:
        await session.execute(insert(table), [{owner: key, **row} for row in rows])


async def _capability_rows(
    session: AsyncSession, documents: Sequence[CapabilityDocument]
) -> list[dict[str, Any]]:
    ranges = [None if each.range is None else each.range.read() for each in documents]
    cited = [None if each.standard is None else parse_standard_number(each.standard) for each in documents]
    objects: dict[str, int] = {}
    parameters: dict[str, int] = {}
    dimensions: dict[str, int] = {}
    standards: dict[str, int] = {}
    await make_known(session, OBJECT, "key", objects, _named(each.object for each in documents))
    await make_known(session, PARAMETER, "key", parameters, _named(each.parameter for each in documents))
    keys = {found.dimension: {"key": found.dimension} for found in ranges if found is not None}
    await make_known(session, DIMENSION, "key", dimensions, keys)
    numbers = {standard_key(one.base): one for one in cited if one is not None}
    bases = {
        key: {"base": one.base, "key": key, "field_codes": [], "listed": False}
        for key, one in numbers.items()
    }
    await make_known(session, STANDARD, "key", standards, bases)
    editions = {
        one.canonical: {
            "number": one.canonical,
            "standard_id": standards[standard_key(one.base)],
            "year": one.year,
            "listed": False,
        }
        for one in cited
        if one is not None
    }
    await make_known(session, EDITION, "number", {}, editions)
    return [
        {
            "position": position,
            "term_code": each.term,
            "object_id": None if each.object is None else objects[normal_form(each.object)],
            "parameter_id": None if each.parameter is None else parameters[normal_form(each.parameter)],
            "standard_id": None if number is None else standards[standard_key(number.base)],
            "standard_number": None if number is None else number.canonical,
            "standard_year": None if number is None else number.year,
            **range_columns(found, dimensions),
        }
        for position, (each, number, found) in enumerate(zip(documents, cited, ranges, strict=True))
    ]


def _named(names: Iterable[str | None]) -> dict[str, dict[str, Any]]:
    return {normal_form(name): {"key": normal_form(name), "name_zh": name} for name in names if name}
