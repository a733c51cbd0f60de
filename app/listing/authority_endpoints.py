"""What is decided at once: recognition and verification, suspension and retirement."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from app.auth.principal import PrincipalDep
from app.db import SessionDep
from app.errors import InvalidRequest, WrongState, problems
from app.idempotency import IdempotentRoute
from app.kit.clock import business_day
from app.kit.etag import EDIT_PROBLEMS, IfMatchDep, set_etag
from app.listing import authority_schemas as schemas
from app.listing import authority_usecases as usecases
from app.listing import retirement_usecases
from app.listing.review_errors import AlreadyLifted, SuspensionNotFound, TierBeyondAuthority
from app.membership.endpoints import ReaderDep, names_first
from app.registry.errors import AccreditationNotFound, PlatformNotFound
from app.registry.params import Key

router = APIRouter(tags=["review"], route_class=IdempotentRoute, dependencies=[Depends(names_first)])

SuspensionId = Annotated[uuid.UUID, Path(description="id of a suspension")]


@router.get(
    "/platforms/{platform_id}/recognition",
    summary="认定信息 Get the recognition of a platform",
    responses=problems(PlatformNotFound),
)
async def get_recognition(session: SessionDep, platform_id: Key, response: Response) -> schemas.Recognition:
    """Tier, day of recognition and whether the department has checked it, with their version as `ETag`."""
    recognition, version = await usecases.get_recognition(session, platform_id)
    set_etag(response, version)
    return recognition


@router.put(
    "/platforms/{platform_id}/recognition",
    summary="认定平台 Recognise a platform",
    responses=problems(*EDIT_PROBLEMS, PlatformNotFound, TierBeyondAuthority),
)
async def set_recognition(
    *,
    session: SessionDep,
    principal: PrincipalDep,
    reader: ReaderDep,
    platform_id: Key,
    body: schemas.Recognition,
    precondition: IfMatchDep,
    request: Request,
    response: Response,
) -> schemas.Recognition:
    """Say the tier, since when, and whether the platform was checked; the public sees it at once.

    A city decides construction and municipal; provincial and national are for the province.
    """
    recognition, version = await usecases.set_recognition(
        session,
        principal,
        reader,
        platform_id,
        body,
        precondition,
        today=business_day(request.app.state.clock()),
    )
    set_etag(response, version)
    return recognition


@router.get(
    "/accreditations/{accreditation_id}/verification",
    summary="资质核验信息 Get what was checked of an accreditation",
    responses=problems(AccreditationNotFound),
)
async def get_verification(
    session: SessionDep, accreditation_id: Key, response: Response
) -> schemas.VerificationRead:
    """Declared or verified, by whom, when and against what, with the version as `ETag`."""
    verification, version = await usecases.get_verification(session, accreditation_id)
    set_etag(response, version)
    return verification


@router.put(
    "/accreditations/{accreditation_id}/verification",
    summary="核验资质 Verify an accreditation",
    responses=problems(*EDIT_PROBLEMS, AccreditationNotFound, WrongState),
)
async def set_verification(
    *,
    session: SessionDep,
    principal: PrincipalDep,
    reader: ReaderDep,
    accreditation_id: Key,
    body: schemas.VerificationSet,
    precondition: IfMatchDep,
    request: Request,
    response: Response,
) -> schemas.VerificationRead:
    """Say that the certificate as it is published was checked, and against what; the evidence of matches shows it."""
    verification, version = await usecases.set_verification(
        session,
        principal,
        reader,
        accreditation_id,
        body,
        precondition,
        today=business_day(request.app.state.clock()),
    )
    set_etag(response, version)
    return verification


@router.get(
    "/platforms/{platform_id}/suspensions",
    summary="暂停决定列表 List the suspensions of a platform",
    responses=problems(PlatformNotFound),
)
async def list_suspensions(session: SessionDep, platform_id: Key) -> schemas.SuspensionsRead:
    """Days on which the platform must not be found or matched, the newest first, lifted ones too."""
    return await retirement_usecases.list_suspensions(session, platform_id)


@router.post(
    "/platforms/{platform_id}/suspensions",
    status_code=201,
    summary="暂停平台 Suspend a platform",
    responses=problems(InvalidRequest, PlatformNotFound),
)
async def create_suspension(
    *,
    session: SessionDep,
    principal: PrincipalDep,
    platform_id: Key,
    body: schemas.SuspensionCreate,
    request: Request,
) -> schemas.SuspensionRecord:
    """From the first day on, the platform is neither found nor matched; it ends with the last day, or when lifted."""
    return await retirement_usecases.suspend(
        session, principal, platform_id, body, now=request.app.state.clock()
    )


@router.delete(
    "/platforms/{platform_id}/suspensions/{suspension_id}",
    status_code=204,
    summary="解除暂停 Lift a suspension",
    responses=problems(PlatformNotFound, SuspensionNotFound, AlreadyLifted),
)
async def delete_suspension(
    session: SessionDep,
    principal: PrincipalDep,
    platform_id: Key,
    suspension_id: SuspensionId,
    request: Request,
) -> None:
    """It stands no more, for no day; it stays in the list as lifted."""
    await retirement_usecases.lift(
        session, principal, platform_id, suspension_id, now=request.app.state.clock()
    )


@router.post(
    "/platforms/{platform_id}/retirement",
    summary="平台退出 Retire a platform",
    responses=problems(InvalidRequest, PlatformNotFound, WrongState),
)
async def create_retirement(
    *,
    session: SessionDep,
    principal: PrincipalDep,
    platform_id: Key,
    body: schemas.RetirementCreate,
    request: Request,
) -> schemas.RetirementRead:
    """Take the platform out of the catalogue for good: it answers 410, with the successor where one is named."""
    return await retirement_usecases.retire(
        session, principal, platform_id, body, today=business_day(request.app.state.clock())
    )
