"""Rows of membership as they are answered."""

from dataclasses import dataclass
from datetime import datetime

from app.auth.principal import DepartmentRole
from app.auth.who import KIND_OF_DEPARTMENT
from app.kit.i18n import Lang, Localized
from app.membership import schemas
from app.membership.rules import invitation_state, version_of
from app.models import (
    DepartmentMembership,
    Invitation,
    Membership,
    Organisation,
    OrganisationRole,
    Person,
)
from app.models.base import PublicId
from app.vocabulary.names import Names
from app.vocabulary.schemas import Coded


def key_of(row: PublicId) -> int:
    """Return the key of a row that is in the database."""
    if row.id is None:
        raise ValueError("the row has not been stored yet")
    return row.id


def version_of_organisation(organisation: Organisation) -> int:
    return version_of(
        organisation.name_zh,
        organisation.name_en,
        organisation.kind,
        organisation.credit_code,
        organisation.region_code,
    )


def version_of_member(membership: Membership) -> int:
    return version_of(membership.person_id, membership.organisation_id, membership.role.value)


@dataclass(frozen=True)
class Reader:
    """Makes answers with labels in the language asked."""

    names: Names
    lang: Lang

    def region(self, code: str) -> Coded:
        region = self.names.regions.get(code)
        return Coded(code=code, label=code if region is None else region.name.in_lang(self.lang))

    def organisation(
        self, organisation: Organisation, mine: OrganisationRole | None
    ) -> schemas.OrganisationRead:
        return schemas.OrganisationRead(
            id=organisation.uid,
            slug=organisation.slug,
            name=Localized(zh=organisation.name_zh, en=organisation.name_en),
            kind=organisation.kind,
            credit_code=organisation.credit_code,
            region=None if organisation.region_code is None else self.region(organisation.region_code),
            demo=organisation.demo,
            my_role=mine,
        )

    def my_duty(self, duty: DepartmentRole) -> schemas.MyDuty:
        return schemas.MyDuty(
            department=duty.department,
            platform_kind=KIND_OF_DEPARTMENT[duty.department],
            region=self.region(duty.region_code),
            role=duty.role,
        )

    def duty(self, duty: DepartmentMembership, person: Person) -> schemas.DepartmentMemberRead:
        return schemas.DepartmentMemberRead(
            id=duty.uid,
            person_id=person.uid,
            name=person.name,
            email=person.email,
            department=duty.department,
            platform_kind=KIND_OF_DEPARTMENT[duty.department],
            region=self.region(duty.region_code),
            role=duty.role,
            since=duty.created_at,
        )


def member(membership: Membership, person: Person) -> schemas.MemberRead:
    return schemas.MemberRead(
        person_id=person.uid,
        name=person.name,
        email=person.email,
        role=membership.role,
        since=membership.created_at,
    )


def invitation(row: Invitation, now: datetime) -> schemas.InvitationRead:
    return schemas.InvitationRead(
        id=row.uid,
        email=row.email,
        role=row.role,
        state=invitation_state(row.accepted_at, row.expires_at, now),
        created_at=row.created_at,
        expires_at=row.expires_at,
        accepted_at=row.accepted_at,
    )


def organisation_membership(
    organisation: Organisation, role: OrganisationRole
) -> schemas.OrganisationMembership:
    brief = schemas.OrganisationName(
        id=organisation.uid,
        slug=organisation.slug,
        name=Localized(zh=organisation.name_zh, en=organisation.name_en),
    )
    return schemas.OrganisationMembership(organisation=brief, role=role)


def expert(person: Person) -> schemas.ExpertRead:
    return schemas.ExpertRead(person_id=person.uid, name=person.name, email=person.email)
