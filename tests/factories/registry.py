"""Rows of the registry for tests: sensible defaults, look-alike values that differ, only what is asked is special."""

import itertools
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import (
    Accreditation,
    AccreditationState,
    BroaderObject,
    Capability,
    CapabilityTerm,
    Contact,
    FieldOfIndustry,
    LeadType,
    Organisation,
    Platform,
    PlatformField,
    PlatformKind,
    PriceKind,
    PriceOption,
    RangeDimension,
    Region,
    Scheme,
    ScopeLine,
    Service,
    ServiceField,
    ServiceFunction,
    Standard,
    StandardEdition,
    TestObject,
    TestParameter,
    Tier,
)
from app.vocabulary.rules import normal_form
from search.standard_numbers import parse_standard_number, standard_key

Row = TypeVar("Row")
_number = itertools.count(1)


async def stored(session: AsyncSession, row: Row) -> Row:
    """Store a row and give it its key."""
    session.add(row)
    # The key is needed by the rows that point to this one.
    await session.flush()
    return row


async def make_vocabulary(session: AsyncSession) -> None:
    """Two fields, functions, cities and terms, a county and a county that another has replaced."""
    session.add_all(
        [
            FieldOfIndustry(
                code="new_energy", position=1, name_zh="新能源", name_en="new energy", in_plan=True
            ),
            FieldOfIndustry(code="robotics", position=2, name_zh="机器人", name_en="robotics", in_plan=True),
            ServiceFunction(
                group="one",
                code="test_inspection",
                position=1,
                name_zh="试验检测",
                name_en="testing and inspection",
                in_plan=True,
            ),
            ServiceFunction(
                group="one",
                code="pilot_maturation",
                position=2,
                name_zh="中试熟化",
                name_en="pilot maturation",
                in_plan=True,
            ),
            CapabilityTerm(
                code="overcharge",
                position=1,
                name_zh="过充试验",
                name_en="overcharge test",
                synonyms=["过充电", "过充"],
                same_as=["Overcharge test", "过充电"],
            ),
            CapabilityTerm(code="salt_spray", position=2, name_zh="盐雾试验", name_en="salt spray test"),
            Region(code="330000", level="province", name_zh="浙江省", name_en="Zhejiang"),
        ]
    )
    # Foreign keys: the parents must be there first.
    await session.flush()
    session.add_all(
        [
            Region(code="330100", parent_code="330000", level="city", name_zh="杭州市", name_en="Hangzhou"),
            Region(code="330200", parent_code="330000", level="city", name_zh="宁波市", name_en="Ningbo"),
        ]
    )
    await session.flush()
    session.add_all(
        [
            Region(code="330110", parent_code="330100", level="county", name_zh="余杭区", name_en="Yuhang"),
            Region(
                code="330103",
                parent_code="330100",
                level="county",
                name_zh="下城区",
                name_en="Xiacheng",
                retired="2021",
                successor_codes=["330110"],
            ),
        ]
    )
    await session.flush()


async def make_organisation(session: AsyncSession, **known: Any) -> Organisation:
    number = next(_number)
    values = {
        "slug": f"org-{number}",
        "name_zh": f"示例机构{number}",
        "kind": "enterprise",
        "demo": True,
        **known,
    }
    return await stored(session, Organisation(**values))


async def make_platform(
    session: AsyncSession, *, fields: tuple[str, ...] = ("new_energy",), **known: Any
) -> Platform:
    number = next(_number)
    values = {
        "slug": f"platform-{number}",
        "kind": PlatformKind.PILOT_PLATFORM,
        "name_zh": f"示例平台{number}",
        "name_en": f"Example platform {number}",
        "lead_type": LeadType.ENTERPRISE,
        "tier": Tier.PROVINCIAL,
        "region_code": "330110",
        "demo": True,
        **known,
    }
    platform = await stored(session, Platform(**values))
    session.add_all(PlatformField(platform_id=platform.id, field_code=code) for code in fields)
    await session.flush()
    return platform


async def make_service(
    session: AsyncSession,
    platform: Platform,
    *,
    fields: tuple[str, ...] = ("new_energy",),
    price: tuple[PriceKind, int | None, int | None] | None = (PriceKind.FROM, 3000, None),
    **known: Any,
) -> Service:
    number = next(_number)
    values = {
        "slug": f"service-{number}",
        "platform_id": platform.id,
        "function_code": "test_inspection",
        "title_zh": f"示例服务{number}",
        "title_en": f"Example service {number}",
        "entry_trl": 3,
        "exit_trl": 6,
        "lead_time_days": 20,
        "voucher_accepted": True,
        **known,
    }
    service = await stored(session, Service(**values))
    session.add_all(ServiceField(service_id=service.id, field_code=code) for code in fields)
    if price is not None:
        kind, low, high = price
        session.add(
            PriceOption(
                service_id=service.id,
                position=1,
                kind=kind,
                min_cny=None if low is None else Decimal(low),
                max_cny=None if high is None else Decimal(high),
                unit_zh="项",
            )
        )
    await session.flush()
    return service


async def make_contact(session: AsyncSession, platform: Platform, **known: Any) -> Contact:
    values = {"position": next(_number), "name_zh": "业务受理处", "telephone": "0571-00000000", **known}
    return await stored(session, Contact(platform_id=platform.id, **values))


async def make_accreditation(session: AsyncSession, platform: Platform, **known: Any) -> Accreditation:
    number = next(_number)
    values = {
        "slug": f"acc-{number}",
        "platform_id": platform.id,
        "scheme": Scheme.CNAS,
        "certificate_no": f"CNAS L-DEMO-{number:04}",
        "state": AccreditationState.GRANTED,
        "valid_from": date(2024, 5, 1),
        "valid_to": date(2030, 4, 30),
        **known,
    }
    return await stored(session, Accreditation(**values))


async def make_standard(session: AsyncSession, number: str, **known: Any) -> Standard:
    """Return the standard of a number, and make known the edition cited."""
    read = parse_standard_number(number)
    assert read is not None, number
    found = await session.scalar(select(Standard).where(Standard.base == read.base))  # type: ignore[arg-type]
    if found is None:
        values = {"base": read.base, "key": standard_key(read.base), "listed": True, **known}
        found = await stored(session, Standard(**values))
    edition = select(StandardEdition.id).where(StandardEdition.number == read.canonical)  # type: ignore[call-overload]
    if await session.scalar(edition) is None:
        await stored(session, StandardEdition(number=read.canonical, standard_id=found.id, year=read.year))
    return found


async def _keyed(session: AsyncSession, table: Any, key: str, **known: Any) -> int:
    found = await session.scalar(select(table).where(table.key == key))
    if found is None:
        found = await stored(session, table(key=key, **known))
    return int(found.id)


async def make_object(session: AsyncSession, name: str) -> int:
    return await _keyed(session, TestObject, normal_form(name), name_zh=name)


async def make_parameter(session: AsyncSession, name: str) -> int:
    return await _keyed(session, TestParameter, normal_form(name), name_zh=name)


async def make_dimension(session: AsyncSession, key: str) -> int:
    return await _keyed(session, RangeDimension, key)


async def make_broader(session: AsyncSession, narrower: str, broader: str) -> None:
    await stored(
        session,
        BroaderObject(narrower_key=normal_form(narrower), broader_key=normal_form(broader), source="test"),
    )


async def _named(session: AsyncSession, **names: Any) -> dict[str, Any]:
    """Turn names into keys: object, parameter, standard, dimension."""
    values: dict[str, Any] = {}
    if names.get("object") is not None:
        values["object_id"] = await make_object(session, names["object"])
    if names.get("parameter") is not None:
        values["parameter_id"] = await make_parameter(session, names["parameter"])
    if names.get("dimension") is not None:
        values["range_dimension_id"] = await make_dimension(session, names["dimension"])
    if names.get("standard") is not None:
        read = parse_standard_number(names["standard"])
        assert read is not None, names["standard"]
        standard = await make_standard(session, names["standard"])
        values |= {
            "standard_id": standard.id,
            "standard_number": read.canonical,
            "standard_year": read.year,
        }
    return values


async def make_line(
    session: AsyncSession,
    accreditation: Accreditation,
    *,
    standard: str = "GB 38031-2020",
    object: str | None = "动力蓄电池单体",  # noqa: A002 (the domain's word)
    parameter: str | None = "过充电",
    dimension: str | None = None,
    **known: Any,
) -> ScopeLine:
    names = await _named(session, standard=standard, object=object, parameter=parameter, dimension=dimension)
    return await stored(session, ScopeLine(accreditation_id=accreditation.id, **names, **known))


async def make_capability(
    session: AsyncSession,
    service: Service,
    *,
    standard: str | None = "GB 38031-2020",
    object: str | None = "动力蓄电池包",  # noqa: A002
    parameter: str | None = "过充保护",
    dimension: str | None = None,
    **known: Any,
) -> Capability:
    names = await _named(session, standard=standard, object=object, parameter=parameter, dimension=dimension)
    values = {"position": next(_number), "term_code": "overcharge", **known}
    return await stored(session, Capability(service_id=service.id, **names, **values))
