"""Who belongs where: members of organisations and of departments, and invitations to an organisation."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from app.models.base import PublicId, UtcDateTime, enum_type


class OrganisationRole(StrEnum):
    """What a member may do in an organisation; each role may do what the one after it may."""

    OWNER = "owner"
    EDITOR = "editor"
    VIEWER = "viewer"


class Department(StrEnum):
    """A competent department (主管部门): science (科技厅、科技局) or economy (经信厅、经信局)."""

    SCIENCE = "science"
    ECONOMY = "economy"


class DepartmentDuty(StrEnum):
    """What a member of a department does there; neither duty includes the other."""

    REVIEWER = "reviewer"
    PUBLISHER = "publisher"


class Membership(SQLModel, table=True):
    """One person in one organisation; an organisation has at least one owner from the first member on."""

    person_id: int = Field(primary_key=True, foreign_key="person.id", ondelete="CASCADE")
    organisation_id: int = Field(
        primary_key=True, foreign_key="organisation.id", index=True, ondelete="CASCADE"
    )
    role: OrganisationRole = Field(sa_type=enum_type(OrganisationRole))
    created_at: datetime = Field(sa_type=UtcDateTime)


class DepartmentMembership(PublicId, table=True):
    """One duty of a person in the department of a province or city; only an admin grants it."""

    __tablename__ = "department_membership"
    __table_args__ = (UniqueConstraint("person_id", "department", "region_code", "role"),)

    person_id: int = Field(foreign_key="person.id", ondelete="CASCADE")
    department: Department = Field(sa_type=enum_type(Department))
    region_code: str = Field(foreign_key="region.code", max_length=6)
    role: DepartmentDuty = Field(sa_type=enum_type(DepartmentDuty))
    created_at: datetime = Field(sa_type=UtcDateTime)


class Invitation(PublicId, table=True):
    """An offer to become a member, good for whoever holds the link and the address it was sent to.

    `token_hash` is the SHA-256 of the token in the link, in hexadecimal; the token itself is not kept.
    """

    organisation_id: int = Field(foreign_key="organisation.id", index=True, ondelete="CASCADE")
    email: str = Field(max_length=320)
    role: OrganisationRole = Field(sa_type=enum_type(OrganisationRole))
    token_hash: str = Field(unique=True, max_length=64)
    invited_by_id: int = Field(foreign_key="person.id", ondelete="CASCADE")
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    accepted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    accepted_by_id: int | None = Field(default=None, foreign_key="person.id", ondelete="SET NULL")
