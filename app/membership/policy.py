"""Who may do what with organisations, their members and invitations, departments and experts."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.principal import Principal
from app.auth.rules import Row, TargetKind
from app.auth.scopes import KeyUse, Scope
from app.auth.who import CityOf, Target, TargetColumns, Who, held_by_any, holds_any
from app.kit.clock import utcnow
from app.kit.i18n import Localized
from app.kit.ids import as_uuid
from app.membership import queries
from app.membership.errors import InvitationNotFound, OrganisationNotFound
from app.membership.rules import InvitationState, invitation_state
from app.models import Organisation

ORGANISATION_READERS = (Who.VIEWER, Who.DEPARTMENT, Who.ADMIN)
"""Organisations are known to their members and to the departments of their region; the public sees operators of
published platforms on the pages of these."""

_COLUMNS = TargetColumns(
    organisation_id=queries.ORGANISATION.id, region_code=queries.ORGANISATION.region_code
)


def can_read_organisation(principal: Principal, organisation: Organisation, city_of: CityOf) -> bool:
    """Tell whether the principal may see the organisation."""
    return holds_any(principal, ORGANISATION_READERS, target_of(organisation), city_of)


def organisations_readable_by(principal: Principal) -> ColumnElement[bool]:
    """The SQL side of `can_read_organisation`."""
    return held_by_any(principal, ORGANISATION_READERS, _COLUMNS)


def target_of(organisation: Organisation) -> Target:
    return Target(organisation_id=organisation.id, region_code=organisation.region_code)


async def _load_organisation(session: AsyncSession, path: Mapping[str, Any]) -> Target | None:
    organisation = await queries.find_organisation(session, path["organisation_id"])
    return None if organisation is None else target_of(organisation)


async def _load_member(session: AsyncSession, path: Mapping[str, Any]) -> Target | None:
    organisation = await queries.find_organisation(session, path["organisation_id"])
    if organisation is None or organisation.id is None:
        return None
    uid = as_uuid(path["person_id"])
    person_id = None if uid is None else await queries.key_of_member(session, organisation.id, uid)
    return Target(organisation_id=organisation.id, person_id=person_id, region_code=organisation.region_code)


async def _load_invitation(session: AsyncSession, path: Mapping[str, Any]) -> Target | None:
    organisation = await queries.find_organisation(session, path["organisation_id"])
    uid = as_uuid(path["invitation_id"])
    if organisation is None or organisation.id is None or uid is None:
        return None
    try:
        invitation = await queries.get_invitation(session, organisation.id, uid)
    except InvitationNotFound:
        return None
    return Target(
        organisation_id=organisation.id,
        region_code=organisation.region_code,
        state=invitation_state(invitation.accepted_at, invitation.expires_at, utcnow()),
    )


ORGANISATION = TargetKind(Localized(zh="机构", en="organisation"), _load_organisation, OrganisationNotFound)
MEMBER = TargetKind(Localized(zh="机构成员", en="member"), _load_member, OrganisationNotFound)
INVITATION = TargetKind(Localized(zh="邀请", en="invitation"), _load_invitation, InvitationNotFound)

_MANAGERS = (Who.OWNER, Who.ADMIN)
_ADMIN = (Who.ADMIN,)

ROWS = (
    Row("get_my_roles", (Who.SIGNED_IN,), key=KeyUse.ANY),
    Row("create_organisation", (Who.SIGNED_IN,)),
    Row("list_organisations", (Who.SIGNED_IN,), key=Scope.ORGANISATION_READ),
    Row("get_organisation", ORGANISATION_READERS, ORGANISATION, key=Scope.ORGANISATION_READ),
    Row(
        "update_organisation",
        (*_MANAGERS, Who.DEPARTMENT),
        ORGANISATION,
        ORGANISATION_READERS,
        Scope.ORGANISATION_WRITE,
    ),
    Row("delete_organisation", _MANAGERS, ORGANISATION, ORGANISATION_READERS),
    Row(
        "list_members",
        (Who.VIEWER, Who.ADMIN),
        ORGANISATION,
        ORGANISATION_READERS,
        Scope.ORGANISATION_READ,
    ),
    Row("get_member", (Who.VIEWER, Who.ADMIN), MEMBER, ORGANISATION_READERS, Scope.ORGANISATION_READ),
    Row("update_member", _MANAGERS, MEMBER, ORGANISATION_READERS),
    Row("delete_member", (*_MANAGERS, Who.SELF), MEMBER, ORGANISATION_READERS),
    Row("create_invitation", _MANAGERS, ORGANISATION, ORGANISATION_READERS),
    Row("list_invitations", _MANAGERS, ORGANISATION, ORGANISATION_READERS),
    Row(
        "delete_invitation",
        _MANAGERS,
        INVITATION,
        ORGANISATION_READERS,
        states=(InvitationState.OPEN, InvitationState.EXPIRED),
    ),
    Row("accept_invitation", (Who.SIGNED_IN,)),
    Row("create_department_member", _ADMIN),
    Row("list_department_members", _ADMIN),
    Row("delete_department_member", _ADMIN),
    Row("create_expert", _ADMIN),
    Row("list_experts", _ADMIN),
    Row("delete_expert", _ADMIN),
)
