"""Departments that release, and a few real platforms to be released."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import (
    Contact,
    Department,
    DepartmentDuty,
    Equipment,
    IntakeStep,
    Platform,
    PlatformKind,
    PriceKind,
    PriceOption,
    Service,
    Setting,
    SettingKind,
    Verification,
)
from tests.factories.people import make_duty, make_person, signed_in_as
from tests.factories.registry import (
    make_accreditation,
    make_capability,
    make_line,
    make_organisation,
    make_platform,
    make_service,
    make_vocabulary,
)

# 30 November in UTC, 1 December in Shanghai.
NOW = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)
TODAY = date(2026, 12, 1)
PILOT, CENTRE = PlatformKind.PILOT_PLATFORM, PlatformKind.VERIFICATION_CENTRE
PATH = "/v1/catalogue-releases"
Headers = Mapping[str, str]
Issue = Callable[..., Any]


@dataclass(frozen=True)
class Publishers:
    """Those who publish, and one who only reviews."""

    economy: Headers
    science: Headers
    both: Headers
    hangzhou: Headers
    two_cities: Headers
    reviewer: Headers


async def publisher(session: AsyncSession, app: FastAPI, *duties: tuple[Department, str]) -> Headers:
    person = await make_person(session)
    for department, region in duties:
        await make_duty(session, person, department, region, DepartmentDuty.PUBLISHER)
    return await signed_in_as(session, app, person)


async def make_publishers(session: AsyncSession, app: FastAPI) -> Publishers:
    economy, science = Department.ECONOMY, Department.SCIENCE
    reviewer = await make_person(session)
    await make_duty(session, reviewer, economy, "330000", DepartmentDuty.REVIEWER)
    return Publishers(
        economy=await publisher(session, app, (economy, "330000")),
        science=await publisher(session, app, (science, "330000")),
        both=await publisher(session, app, (economy, "330000"), (science, "330000")),
        hangzhou=await publisher(session, app, (economy, "330100")),
        two_cities=await publisher(session, app, (economy, "330100"), (economy, "330200")),
        reviewer=await signed_in_as(session, app, reviewer),
    )


@pytest.fixture
async def publishers(app: FastAPI, session: AsyncSession) -> Publishers:
    app.state.clock = lambda: NOW
    await make_vocabulary(session)
    publishers = await make_publishers(session, app)
    await session.commit()
    return publishers


async def make_real(session: AsyncSession, slug: str, **known: Any) -> Platform:
    """A real platform that stands in a release of the province unless `known` says otherwise."""
    values = {"slug": slug, "name_zh": f"真实平台{slug}", "demo": False, "in_province": True, **known}
    return await make_platform(session, **values)


async def make_full(session: AsyncSession) -> tuple[Platform, Service]:
    """A platform with everything an entry can say, each id and value its own."""
    number = iter(range(1, 100))

    def uid() -> uuid.UUID:
        return uuid.UUID(int=next(number))

    operator = await make_organisation(
        session,
        uid=uid(),
        slug="operator",
        name_zh="杭州某电池检测有限公司",
        name_en="Hangzhou Cell Testing",
        credit_code="91330106MA27XL2T6Y",
        demo=False,
    )
    partner = await make_organisation(session, uid=uid(), slug="partner", name_zh="合作检测机构", demo=False)
    platform = await make_real(
        session,
        "battery",
        uid=uid(),
        name_zh="动力电池中试平台",
        name_en="Traction battery pilot platform",
        fields=("robotics", "new_energy"),
        operator_id=operator.id,
        recognised_on=date(2026, 3, 2),
        co_operators_zh=["共建单位甲", "共建单位乙"],
        summary_zh="面向动力电池的中试与验证。",
        prose={"services": ["中试服务"], "note": "x"},
        facts={"pilot_area_m2": 26000, "lines": 1.5, "big": 2**60},
        source={"title": "来源"},
        as_of="2026-01-08",
        verified=True,
        lat=30.25,
        lon=120.1,
    )
    assert platform.id is not None
    service = await make_service(
        session,
        platform,
        uid=uid(),
        slug="battery-overcharge",
        title_zh="过充试验",
        title_en="Overcharge test",
        description_zh="按标准做过充试验。",
        batch_min=0.5,
        batch_max=100.0,
        batch_unit="kg",
        monthly_capacity=40,
        price=None,
    )
    assert service.id is not None
    session.add_all(
        [
            PriceOption(
                service_id=service.id,
                position=1,
                kind=PriceKind.RANGE,
                min_cny=Decimal(3000),
                max_cny=Decimal("4500.50"),
                unit_zh="项",
                valid_to=date(2026, 12, 31),
            ),
            PriceOption(
                service_id=service.id,
                position=2,
                kind=PriceKind.FIXED,
                min_cny=Decimal(2800),
                unit_zh="项",
                valid_to=date(2026, 11, 30),
            ),
            Contact(uid=uid(), platform_id=platform.id, position=1, name_zh="业务部", telephone="0571-1234"),
            IntakeStep(uid=uid(), platform_id=platform.id, position=1, title_zh="受理", working_days=3),
            Equipment(uid=uid(), platform_id=platform.id, position=1, name_zh="充放电仪", model="CT-1"),
            Setting(
                uid=uid(),
                platform_id=platform.id,
                position=1,
                kind=SettingKind.ENVIRONMENT,
                name_zh="防爆室",
            ),
        ]
    )
    await make_capability(session, service, range_written="0～1000 V")
    valid = await make_accreditation(
        session,
        platform,
        uid=uid(),
        slug="acc-valid",
        certificate_no="CNAS L1234",
        verification=Verification.VERIFIED,
        verified_by="浙江省经济和信息化厅",
        verified_on=date(2026, 6, 1),
    )
    await make_line(session, valid)
    await make_line(session, valid, parameter="短路", effective_to=date(2026, 11, 30))
    await make_line(session, valid, parameter="跌落", live=False)
    await make_accreditation(
        session,
        platform,
        uid=uid(),
        slug="acc-expired",
        certificate_no="CNAS L5678",
        holder_id=partner.id,
        valid_to=date(2026, 11, 30),
    )
    await make_accreditation(session, platform, slug="acc-draft", live=False)
    await session.flush()
    return platform, service


@pytest.fixture
async def full(publishers: Publishers, session: AsyncSession) -> tuple[Platform, Service]:
    made = await make_full(session)
    await session.commit()
    return made


async def issue(client: httpx.AsyncClient, by: Headers, **body: Any) -> dict[str, Any]:
    """Issue a release and return it whole."""
    answer = await client.post(PATH, headers=by, json={"title": "目录清单", **body})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    whole = await client.get(answer.headers["Location"])
    assert whole.status_code == 200, whole.text
    read: dict[str, Any] = whole.json()
    assert {name: value for name, value in read.items() if name != "entries"} == made
    return read


def slugs(release: dict[str, Any]) -> set[str]:
    return {entry["slug"] for entry in release["entries"]}
