"""A small catalogue in the database: one platform that meets NEED without any condition, to be changed by tests."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import (
    Accreditation,
    AccreditationState,
    CapabilityTerm,
    Platform,
    Scheme,
    ScopeLine,
    Service,
    StandardEquivalence,
    StandardSupersession,
)
from app.models.registry import Outsiders
from app.models.scope import Verification
from app.registry.postings import rebuild_postings
from app.vocabulary.ranges import Range
from tests.factories.registry import (
    make_accreditation,
    make_line,
    make_organisation,
    make_platform,
    make_service,
    make_standard,
    make_vocabulary,
)

DAY = "2026-12-01"
NUMBER = "GB 38031-2020"
NEED = {"id": "n1", "standard": NUMBER, "accreditation": "CNAS"}


@dataclass
class Catalogue:
    """What a test may change before it asks."""

    session: AsyncSession
    platform: Platform
    service: Service
    cnas: Accreditation

    async def line(self, held: Accreditation | None = None, **known: Any) -> ScopeLine:
        """Add a line that names neither object nor parameter unless told."""
        values = {"standard": NUMBER, "object": None, "parameter": None, **known}
        return await make_line(self.session, held or self.cnas, **values)

    async def cma(self, **known: Any) -> Accreditation:
        values = {"scheme": Scheme.CMA, "verification": Verification.VERIFIED, **known}
        return await make_accreditation(self.session, self.platform, **values)

    async def partner(self, name: str) -> int:
        organisation = await make_organisation(self.session, name_zh=name)
        assert organisation.id is not None
        return organisation.id

    async def designate(self) -> None:
        term = await self.session.get_one(CapabilityTerm, "overcharge")
        term.designation = {"approval_zh": "专项许可", "authority_zh": "某部", "when_zh": "出具评估报告"}

    async def supersede(self, old: str, new: str, effective: date | None) -> None:
        for number in (old, new):
            await make_standard(self.session, number)
        bases = [number.rpartition("-")[0] for number in (old, new)]
        self.session.add(
            StandardSupersession(
                old=old,
                new=new,
                old_base=bases[0],
                new_base=bases[1],
                effective=effective,
                source="test",
                confidence="seen",
            )
        )

    async def adopt(self, number: str, adopts: str) -> None:
        for each in (number, adopts):
            await make_standard(self.session, each)
        self.session.add(
            StandardEquivalence(
                number=number,
                adopts=adopts,
                base=number.rpartition("-")[0],
                adopts_base=adopts.rpartition(":")[0],
                degree="IDT",
                source="test",
                confidence="seen",
            )
        )

    async def publish(self) -> None:
        """Make the changes visible to the application, with their postings."""
        await self.session.flush()
        await rebuild_postings(self.session)
        await self.session.commit()


async def make_catalogue(session: AsyncSession) -> Catalogue:
    """A verified CNAS certificate without lines, and a service that offers nothing yet."""
    await make_vocabulary(session)
    await make_standard(session, NUMBER, capability_code="overcharge")
    platform = await make_platform(session, slug="hub", serves_outsiders=Outsiders.YES, lat=30.3, lon=120.1)
    service = await make_service(session, platform, slug="hub-svc", lead_time_days=20)
    cnas = await make_accreditation(
        session,
        platform,
        slug="hub-cnas",
        state=AccreditationState.GRANTED,
        verification=Verification.VERIFIED,
    )
    return Catalogue(session, platform, service, cnas)


async def asked(client: httpx.AsyncClient, *needs: dict[str, Any], **body: Any) -> dict[str, Any]:
    """Ask a match that must be answered."""
    request = {"needs": list(needs) or [NEED], "on_date": DAY, **body}
    response = await client.post("/v1/matches", json=request)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def verdict(
    client: httpx.AsyncClient, need: dict[str, Any] | None = None, **body: Any
) -> dict[str, Any]:
    """Return the verdict of the platform `hub` on one need; an unmet one that is not shown is made up."""
    answer = await asked(client, need or NEED, **body)
    for candidate in answer["candidates"]:
        if candidate["platform"]["slug"] == "hub":
            found: dict[str, Any] = candidate["verdicts"][0]
            return found
    return {"verdict": "unmet", "conditions": [], "evidence": []}


def columns(stated: Range) -> dict[str, object]:
    """Return the columns of a row that states this range."""
    return {
        "dimension": stated.dimension,
        "range_min": stated.min,
        "range_max": stated.max,
        "range_unit": stated.unit,
        "range_low": stated.lo,
        "range_high": stated.hi,
        "range_low_open": not stated.lo_inclusive,
        "range_high_open": not stated.hi_inclusive,
        "range_grades": None if stated.grades is None else sorted(stated.grades),
    }
