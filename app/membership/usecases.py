"""Organisations, their members and invitations: one function per use case. Rights are decided before, by the table."""

import hashlib
import secrets
import uuid
from collections.abc import Mapping

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.accounts.mail import Mail
from app.auth.principal import Principal
from app.error_handlers import invalid_request
from app.errors import InvalidRequest, Unauthenticated
from app.kit.clock import utcnow
from app.kit.etag import Precondition
from app.kit.i18n import Localized
from app.kit.pagination import Page, PageParams
from app.membership import queries, reading, schemas
from app.membership.errors import (
    AlreadyMember,
    InvitationForAnother,
    InvitationOver,
    LastOwner,
    OrganisationExists,
)
from app.membership.mails import invitation_mail
from app.membership.policy import organisations_readable_by
from app.membership.rules import (
    InvitationState,
    higher_role,
    invitation_expires_at,
    invitation_state,
    leaves_no_owner,
)
from app.membership.standing import announce_new_identity, require_right_to_rename
from app.models import Invitation, Membership, Organisation, OrganisationRole, Person
from app.models.base import new_uid
from app.vocabulary.names import RegionName, unknown_codes

_TOKEN_BYTES = 32


async def create_organisation(
    session: AsyncSession, principal: Principal, reader: reading.Reader, body: schemas.OrganisationCreate
) -> schemas.OrganisationRead:
    """Store an organisation whose owner is the principal. Raises InvalidRequest and OrganisationExists."""
    known_region(reader.names.regions, body.region_code)
    uid = new_uid()
    organisation = Organisation(
        uid=uid,
        slug=body.slug or f"org-{uid.hex[-12:]}",
        demo=False,
        **body.model_dump(exclude={"slug"}),
    )
    organisation = await _store_organisation(session, organisation)
    owner = Membership(
        person_id=key_of_principal(principal),
        organisation_id=reading.key_of(organisation),
        role=OrganisationRole.OWNER,
        created_at=utcnow(),
    )
    session.add(owner)
    _record(session, principal, "organisation.created", organisation, after=_facts(organisation))
    return reader.organisation(organisation, OrganisationRole.OWNER)


async def list_organisations(
    session: AsyncSession, principal: Principal, reader: reading.Reader, params: PageParams
) -> Page[schemas.OrganisationRead]:
    """Return those that the principal may see. Raises InvalidCursor."""
    page = await queries.page_of_organisations(session, organisations_readable_by(principal), params)
    return page.to_page(lambda row: reader.organisation(row, principal.roles.get(row.id)))


async def get_organisation(
    session: AsyncSession, principal: Principal, reader: reading.Reader, key: str
) -> tuple[schemas.OrganisationRead, int]:
    """Return it with its version. Raises OrganisationNotFound."""
    organisation = await queries.get_organisation(session, key)
    mine = principal.roles.get(reading.key_of(organisation))
    return reader.organisation(organisation, mine), reading.version_of_organisation(organisation)


async def update_organisation(
    session: AsyncSession,
    principal: Principal,
    reader: reading.Reader,
    key: str,
    *,
    body: schemas.OrganisationUpdate,
    precondition: Precondition,
) -> tuple[schemas.OrganisationRead, int]:
    """Change what is given; return it with its new version.

    Raises OrganisationNotFound, PreconditionFailed, InvalidRequest, OrganisationExists and IdentityIsPublic.
    """
    known_region(reader.names.regions, body.region_code)
    organisation = await queries.get_organisation(session, key, lock=True)
    precondition.require(reading.version_of_organisation(organisation))
    changes = body.model_dump(include=body.model_fields_set)
    if changes.get("name_zh", "") is None:
        detail = Localized(zh="中文名称不能清空", en="The Chinese name cannot be cleared")
        raise InvalidRequest.at("/body/name_zh", "missing", detail)
    before = _facts(organisation)
    if {**before, **changes} != before:
        await require_right_to_rename(session, principal, organisation)
    for name, value in changes.items():
        setattr(organisation, name, value)
    organisation = await _store_organisation(session, organisation)
    after = _facts(organisation)
    if after != before:
        _record(session, principal, "organisation.changed", organisation, before=before, after=after)
        await announce_new_identity(session, principal, organisation)
    mine = principal.roles.get(reading.key_of(organisation))
    return reader.organisation(organisation, mine), reading.version_of_organisation(organisation)


async def _store_organisation(session: AsyncSession, organisation: Organisation) -> Organisation:
    """Raises OrganisationExists, also when another request stores the same at this moment."""
    with session.no_autoflush:
        if await queries.organisation_taken(
            session, organisation.slug, organisation.credit_code, but=organisation.id
        ):
            raise OrganisationExists
    session.add(organisation)
    try:
        # The key is needed by the rows that point to it, and the error is ours to answer.
        await session.flush()
    except IntegrityError as error:
        raise OrganisationExists from error
    return organisation


async def list_members(session: AsyncSession, key: str, params: PageParams) -> Page[schemas.MemberRead]:
    """Raises OrganisationNotFound and InvalidCursor."""
    organisation = await queries.get_organisation(session, key)
    page = await queries.page_of_members(session, reading.key_of(organisation), params)
    return page.to_page(lambda row: reading.member(row[0], row[1]))


async def get_member(session: AsyncSession, key: str, person: uuid.UUID) -> tuple[schemas.MemberRead, int]:
    """Return it with its version. Raises OrganisationNotFound and MemberNotFound."""
    organisation = await queries.get_organisation(session, key)
    membership, who = await queries.get_member(session, reading.key_of(organisation), person)
    return reading.member(membership, who), reading.version_of_member(membership)


async def update_member(
    session: AsyncSession,
    principal: Principal,
    key: str,
    person: uuid.UUID,
    body: schemas.MemberUpdate,
    precondition: Precondition,
) -> tuple[schemas.MemberRead, int]:
    """Give a member another role. Raises OrganisationNotFound, MemberNotFound, PreconditionFailed, LastOwner."""
    organisation, membership, who = await _lock_member(session, key, person)
    precondition.require(reading.version_of_member(membership))
    await _keep_an_owner(session, membership, body.role)
    before, membership.role = membership.role, body.role
    if before is not body.role:
        _record_member(
            session, principal, "member.changed", organisation, who, before=before, after=body.role
        )
    return reading.member(membership, who), reading.version_of_member(membership)


async def delete_member(
    session: AsyncSession, principal: Principal, key: str, person: uuid.UUID, precondition: Precondition
) -> None:
    """Take a member out. Raises OrganisationNotFound, MemberNotFound, PreconditionFailed and LastOwner."""
    organisation, membership, who = await _lock_member(session, key, person)
    precondition.require(reading.version_of_member(membership))
    await _keep_an_owner(session, membership, None)
    await session.delete(membership)
    _record_member(
        session, principal, "member.removed", organisation, who, before=membership.role, after=None
    )


async def _lock_member(
    session: AsyncSession, key: str, person: uuid.UUID
) -> tuple[Organisation, Membership, Person]:
    # The lock on the organisation stands for all its members: owners are counted under it.
    organisation = await queries.get_organisation(session, key, lock=True)
    return organisation, *await queries.get_member(session, reading.key_of(organisation), person)


async def _keep_an_owner(
    session: AsyncSession, membership: Membership, new_role: OrganisationRole | None
) -> None:
    owners = await queries.owners_of(session, membership.organisation_id)
    if leaves_no_owner(owners, membership.person_id, new_role):
        raise LastOwner


async def create_invitation(
    session: AsyncSession, principal: Principal, key: str, body: schemas.InvitationCreate
) -> tuple[schemas.InvitationRead, Mail]:
    """Store an invitation; return it with the mail to send, which alone has the token.

    Raises OrganisationNotFound and AlreadyMember.
    """
    organisation = await queries.get_organisation(session, key, lock=True)
    if await queries.is_member(session, reading.key_of(organisation), body.email):
        raise AlreadyMember
    token, now = secrets.token_urlsafe(_TOKEN_BYTES), utcnow()
    invitation = Invitation(
        organisation_id=reading.key_of(organisation),
        email=body.email,
        role=body.role,
        token_hash=hash_of(token),
        invited_by_id=key_of_principal(principal),
        created_at=now,
        expires_at=invitation_expires_at(now),
    )
    session.add(invitation)
    _record_invitation(session, principal, "invitation.created", organisation, invitation)
    mail = invitation_mail(
        body.email, organisation.name_zh, organisation.name_en, token, invitation.expires_at
    )
    return reading.invitation(invitation, now), mail


async def list_invitations(
    session: AsyncSession, key: str, params: PageParams
) -> Page[schemas.InvitationRead]:
    """Return the newest first. Raises OrganisationNotFound and InvalidCursor."""
    organisation = await queries.get_organisation(session, key)
    page = await queries.page_of_invitations(session, reading.key_of(organisation), params)
    now = utcnow()
    return page.to_page(lambda row: reading.invitation(row, now))


async def delete_invitation(session: AsyncSession, principal: Principal, key: str, uid: uuid.UUID) -> None:
    """Take an invitation back. Raises OrganisationNotFound, InvitationNotFound and InvitationOver."""
    organisation = await queries.get_organisation(session, key, lock=True)
    invitation = await queries.get_invitation(session, reading.key_of(organisation), uid, lock=True)
    if invitation.accepted_at is not None:
        raise InvitationOver
    await session.delete(invitation)
    _record_invitation(session, principal, "invitation.removed", organisation, invitation)


async def accept_invitation(
    session: AsyncSession, principal: Principal, token: str
) -> schemas.OrganisationMembership:
    """Make the principal a member. Accepting again changes nothing; a member keeps the higher of two roles.

    Raises InvitationNotFound, InvitationForAnother and InvitationOver.
    """
    invitation = await queries.lock_invitation_by_token(session, hash_of(token))
    person_id, now = key_of_principal(principal), utcnow()
    if invitation.email != principal.email:
        raise InvitationForAnother
    organisation = await session.get_one(Organisation, invitation.organisation_id, with_for_update=True)
    membership = await queries.membership_of(session, invitation.organisation_id, person_id)
    state = invitation_state(invitation.accepted_at, invitation.expires_at, now)
    if state is not InvitationState.OPEN:
        if invitation.accepted_by_id == person_id and membership is not None:
            return reading.organisation_membership(organisation, membership.role)
        raise InvitationOver
    before = None if membership is None else membership.role
    if membership is None:
        membership = Membership(
            person_id=person_id,
            organisation_id=invitation.organisation_id,
            role=invitation.role,
            created_at=now,
        )
        session.add(membership)
    else:
        membership.role = higher_role(membership.role, invitation.role)
    invitation.accepted_at, invitation.accepted_by_id = now, person_id
    after = {"role": membership.role, "invitation": str(invitation.uid)}
    audit.record(
        session,
        audit.actor_of(principal),
        "member.joined",
        "person",
        uid_of_principal(principal),
        before=None if before is None else {"role": before},
        after=after,
        belongs_to=audit.Owner(organisation.uid),
    )
    return reading.organisation_membership(organisation, membership.role)


def _facts(organisation: Organisation) -> dict[str, str | None]:
    names = ("slug", "name_zh", "name_en", "kind", "credit_code", "region_code")
    return {name: getattr(organisation, name) for name in names}


def _record(
    session: AsyncSession,
    principal: Principal,
    action: str,
    organisation: Organisation,
    before: Mapping[str, str | None] | None = None,
    after: Mapping[str, str | None] | None = None,
) -> None:
    owner = audit.Owner(organisation.uid)
    audit.record(
        session,
        audit.actor_of(principal),
        action,
        "organisation",
        organisation.uid,
        before=before,
        after=after,
        belongs_to=owner,
    )


def _record_member(
    session: AsyncSession,
    principal: Principal,
    action: str,
    organisation: Organisation,
    person: Person,
    *,
    before: OrganisationRole,
    after: OrganisationRole | None,
) -> None:
    audit.record(
        session,
        audit.actor_of(principal),
        action,
        "person",
        person.uid,
        before={"role": before},
        after=None if after is None else {"role": after},
        belongs_to=audit.Owner(organisation.uid),
    )


def _record_invitation(
    session: AsyncSession, principal: Principal, action: str, organisation: Organisation, row: Invitation
) -> None:
    facts = {"email": row.email, "role": row.role}
    created = action == "invitation.created"
    audit.record(
        session,
        audit.actor_of(principal),
        action,
        "invitation",
        row.uid,
        before=None if created else facts,
        after=facts if created else None,
        belongs_to=audit.Owner(organisation.uid),
    )


def hash_of(token: str) -> str:
    """Return what is stored of a token: it is random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def key_of_principal(principal: Principal) -> int:
    """Return the key of the person. Raises Unauthenticated for nobody."""
    if principal.person_id is None:
        raise Unauthenticated
    return principal.person_id


def uid_of_principal(principal: Principal) -> uuid.UUID:
    """Return the id of the person. Raises Unauthenticated for nobody."""
    if principal.person_uid is None:
        raise Unauthenticated
    return principal.person_uid


def known_region(regions: Mapping[str, RegionName], code: str | None) -> None:
    """Raises InvalidRequest for a code that the vocabulary does not have, naming the nearest."""
    items = unknown_codes("/body/region_code", [] if code is None else [code], regions)
    if items:
        raise invalid_request(items)
