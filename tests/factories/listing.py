"""Platforms that list themselves: one with a draft, something of every kind in it, and what is said about it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import (
    Accreditation,
    ClaimState,
    Contact,
    Equipment,
    IntakeStep,
    Listing,
    ListingState,
    Organisation,
    Person,
    Platform,
    PlatformClaim,
    ReviewComment,
    ScopeLine,
    Setting,
    SettingKind,
    Suspension,
)
from app.models.base import PublicId
from tests.factories.people import LONG_AGO
from tests.factories.registry import make_accreditation, make_line, make_platform, make_service, stored


@dataclass(frozen=True)
class Listed:
    """A platform that is not public. `items` are by the word that names their kind in operation ids."""

    platform: Platform
    state: ListingState
    items: dict[str, PublicId]
    accreditation: Accreditation
    line: ScopeLine
    comment: ReviewComment
    suspension: Suspension
    claim: PlatformClaim


async def make_listed(
    session: AsyncSession, operator: Organisation, person: Person, state: ListingState, **known: Any
) -> Listed:
    """A platform of `operator` with one of everything; `person` said and claims what there is."""
    assert operator.id is not None
    assert person.id is not None
    platform = await make_platform(session, operator_id=operator.id, live=False, **known)
    assert platform.id is not None
    await stored(session, Listing(platform_id=platform.id, state=state, submitted_at=LONG_AGO))
    own = {"platform_id": platform.id, "position": 1}
    accreditation = await make_accreditation(session, platform)
    items = {
        "service": await make_service(session, platform),
        "equipment": await stored(session, Equipment(name_zh="充放电柜", **own)),
        "environment": await stored(
            session, Setting(kind=SettingKind.ENVIRONMENT, name_zh="步入式温箱", **own)
        ),
        "contact": await stored(session, Contact(name_zh="业务部", telephone="0571-88880000", **own)),
        "intake_step": await stored(session, IntakeStep(title_zh="提交需求", **own)),
        "accreditation": accreditation,
    }
    comment = ReviewComment(
        platform_id=platform.id,
        revision=1,
        pointer="",
        body="请核对",
        author_id=person.id,
        by_department=False,
        created_at=LONG_AGO,
    )
    suspension = Suspension(
        platform_id=platform.id,
        from_date=date(2026, 1, 5),
        to_date=date(2026, 1, 6),
        reason="搬迁",
        decided_by="system",
        decided_at=LONG_AGO,
    )
    claim = PlatformClaim(
        platform_id=platform.id,
        organisation_id=operator.id,
        claimed_by_id=person.id,
        evidence="认定文件",
        state=ClaimState.OPEN,
        created_at=LONG_AGO,
    )
    return Listed(
        platform,
        state,
        items,
        accreditation,
        await make_line(session, accreditation),
        await stored(session, comment),
        await stored(session, suspension),
        await stored(session, claim),
    )
