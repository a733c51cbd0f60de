"""What a competent department decides at once, without a revision: recognition and verification."""

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit, outbox
from app.auth.principal import DepartmentRole, Principal
from app.auth.who import KIND_OF_DEPARTMENT, is_province, region_within
from app.errors import Forbidden, InvalidRequest, WrongState
from app.kit.etag import Precondition
from app.kit.i18n import Localized
from app.kit.ids import has_key
from app.listing import authority_schemas as schemas
from app.listing.authority import is_future, tier_within_authority
from app.listing.claim_usecases import event_of
from app.listing.drafts import lock_listing
from app.listing.review_errors import TierBeyondAuthority
from app.listing.review_queries import any_platform
from app.listing.review_usecases import owner_of, record
from app.listing.targets import ACCREDITATION_TABLE
from app.membership.reading import Reader, key_of
from app.membership.rules import version_of
from app.models import Accreditation, Platform
from app.models.membership import Department, DepartmentDuty
from app.models.scope import CHECKED_AGAINST, Verification
from app.outbox.events import ChangeType
from app.registry.errors import AccreditationNotFound

_DEPARTMENTS = {Department.SCIENCE: "科技主管部门", Department.ECONOMY: "经信主管部门"}


def _recognition(platform: Platform) -> schemas.Recognition:
    return schemas.Recognition.model_construct(
        tier=platform.tier, recognised_on=platform.recognised_on, verified=platform.verified
    )


def version_of_recognition(platform: Platform) -> int:
    return version_of(platform.uid, platform.tier, platform.recognised_on, platform.verified)


async def get_recognition(session: AsyncSession, key: str) -> tuple[schemas.Recognition, int]:
    """Return it with its version. Raises PlatformNotFound."""
    platform = await any_platform(session, key)
    return _recognition(platform), version_of_recognition(platform)


async def set_recognition(
    session: AsyncSession,
    principal: Principal,
    reader: Reader,
    key: str,
    body: schemas.Recognition,
    precondition: Precondition,
    *,
    today: date,
) -> tuple[schemas.Recognition, int]:
    """Say the tier of a platform, since when, and whether it was checked; it holds at once.

    Raises PlatformNotFound, PreconditionFailed, TierBeyondAuthority and InvalidRequest.
    """
    platform = await any_platform(session, key)
    await lock_listing(session, key_of(platform))
    await session.refresh(platform)
    precondition.require(version_of_recognition(platform))
    _not_future("/body/recognised_on", body.recognised_on, today)
    duties = competent_duties(principal, reader, platform, DepartmentDuty.PUBLISHER)
    by_province = any(is_province(duty.region_code) for duty in duties)
    if not tier_within_authority(platform.tier, body.tier, by_province=by_province):
        raise TierBeyondAuthority
    before = _recognition(platform).model_dump(mode="json")
    platform.tier, platform.recognised_on, platform.verified = body.tier, body.recognised_on, body.verified
    after = _recognition(platform).model_dump(mode="json")
    if after != before:
        await record(session, principal, "platform.recognised", platform, before, after)
        _tell(session, principal, platform)
    return _recognition(platform), version_of_recognition(platform)


def competent_duties(
    principal: Principal, reader: Reader, platform: Platform, duty: DepartmentDuty
) -> list[DepartmentRole]:
    """Return the duties by which the principal decides about the platform. Raises Forbidden where there is none."""

    def city_of(code: str | None) -> str | None:
        city = reader.names.city_of(code)
        return None if city is None else city.code

    found = [
        each
        for each in principal.departments
        if each.role is duty
        and KIND_OF_DEPARTMENT[each.department] is platform.kind
        and region_within(each, platform.region_code, city_of)
    ]
    if not found:
        raise Forbidden
    return found


def _not_future(pointer: str, day: date | None, today: date) -> None:
    if is_future(day, today):
        detail = Localized(zh="日期不能晚于今天", en="The day must not be after today")
        raise InvalidRequest.at(pointer, "in_the_future", detail)


def _tell(session: AsyncSession, principal: Principal, platform: Platform) -> None:
    if platform.live:
        outbox.add(session, event_of(platform, ChangeType.PLATFORM_CHANGED), actor=audit.actor_of(principal))


async def _accreditation(session: AsyncSession, key: str) -> tuple[Accreditation, Platform]:
    accreditation = await session.scalar(select(Accreditation).where(has_key(ACCREDITATION_TABLE.c, key)))
    if accreditation is None:
        raise AccreditationNotFound
    return accreditation, await session.get_one(Platform, accreditation.platform_id)


def _verification(accreditation: Accreditation) -> schemas.VerificationRead:
    return schemas.VerificationRead(
        accreditation_id=accreditation.uid,
        verification=accreditation.verification,
        source=(accreditation.source or {}).get(CHECKED_AGAINST),
        verified_on=accreditation.verified_on,
        verified_by=accreditation.verified_by,
    )


def version_of_verification(accreditation: Accreditation) -> int:
    """It is another also when the certificate changed: what is verified is what was looked at."""
    return version_of(
        _verification(accreditation).model_dump(mode="json"),
        accreditation.certificate_no,
        accreditation.state,
        accreditation.holder_id,
        accreditation.valid_from,
        accreditation.valid_to,
    )


async def get_verification(session: AsyncSession, key: str) -> tuple[schemas.VerificationRead, int]:
    """Return it with its version. Raises AccreditationNotFound."""
    accreditation, _ = await _accreditation(session, key)
    return _verification(accreditation), version_of_verification(accreditation)


async def set_verification(
    session: AsyncSession,
    principal: Principal,
    reader: Reader,
    key: str,
    body: schemas.VerificationSet,
    precondition: Precondition,
    *,
    today: date,
) -> tuple[schemas.VerificationRead, int]:
    """Say what was checked of an accreditation, by which department; it holds at once.

    Raises AccreditationNotFound, WrongState, PreconditionFailed and InvalidRequest.
    """
    accreditation, platform = await _accreditation(session, key)
    await lock_listing(session, key_of(platform))
    await session.refresh(accreditation)
    if not accreditation.live:
        detail = Localized(zh="资质发布后才能核验", en="Only a published accreditation can be verified")
        raise WrongState(detail)
    precondition.require(version_of_verification(accreditation))
    _not_future("/body/verified_on", body.verified_on, today)
    before = _verification(accreditation).model_dump(mode="json")
    duty = competent_duties(principal, reader, platform, DepartmentDuty.REVIEWER)[0]
    accreditation.verification = body.verification
    accreditation.verified_on = body.verified_on
    accreditation.source = _with_check(accreditation.source, body.source)
    verified = body.verification is Verification.VERIFIED
    accreditation.verified_by = department_name(reader, duty) if verified else None
    after = _verification(accreditation).model_dump(mode="json")
    if after != before:
        audit.record(
            session,
            audit.actor_of(principal),
            "accreditation.verified" if verified else "accreditation.unverified",
            "accreditation",
            accreditation.uid,
            before=before,
            after=after,
            belongs_to=await owner_of(session, platform),
        )
        _tell(session, principal, platform)
    return _verification(accreditation), version_of_verification(accreditation)


def _with_check(source: dict[str, Any] | None, checked: str | None) -> dict[str, Any] | None:
    """Return the provenance of an accreditation with what it was checked against."""
    rest = {name: value for name, value in (source or {}).items() if name != CHECKED_AGAINST}
    if checked is not None:
        rest[CHECKED_AGAINST] = checked
    return rest or None


def department_name(reader: Reader, duty: DepartmentRole) -> str:
    """Return the public name of a department in Chinese, such as 浙江省科技主管部门."""
    region = reader.names.regions.get(duty.region_code)
    return (duty.region_code if region is None else region.name.zh) + _DEPARTMENTS[duty.department]
