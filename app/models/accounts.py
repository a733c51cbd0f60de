"""People, their sessions, one-time tokens and API keys. Of every secret only a hash is stored."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from app.models.base import JsonType, PublicId, UtcDateTime, enum_type


class MailPurpose(StrEnum):
    """What a one-time token that was sent by mail is good for."""

    CONFIRM_ADDRESS = "confirm_address"
    RESET_PASSWORD = "reset_password"  # noqa: S105 (a name, not a password)


class Person(PublicId, table=True):
    """Somebody with an account.

    `email` is normalised (`app.accounts.rules.normal_email`). `password_hash` is argon2id. Until
    `confirmed_at` the address is only claimed, and nobody can sign in. `demo` marks the accounts that
    come and go with the demo catalogue. `version` grows with every edit.
    """

    email: str = Field(unique=True, max_length=254)
    name: str = Field(max_length=100)
    password_hash: str = Field(max_length=200)
    is_admin: bool = False
    is_expert: bool = False
    disabled: bool = False
    demo: bool = Field(default=False, index=True)
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 1


class RefreshToken(SQLModel, table=True):
    """One refresh token. A family is one sign-in and all tokens that followed from it by rotation."""

    __tablename__ = "refresh_token"

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", ondelete="CASCADE", index=True)
    family: uuid.UUID = Field(index=True)
    token_hash: str = Field(unique=True, max_length=64)
    issued_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class MailedToken(SQLModel, table=True):
    """A one-time token sent to a person's address: confirms the address, or allows a new password."""

    __tablename__ = "mailed_token"

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", ondelete="CASCADE", index=True)
    purpose: MailPurpose = Field(sa_type=enum_type(MailPurpose))
    token_hash: str = Field(unique=True, max_length=64)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ApiKey(PublicId, table=True):
    """A key for a machine, acting for a person.

    `prefix` is the beginning that may be shown. With `organisation_id` the key has only the person's role
    in that organisation, and none of a department, expert or admin.
    """

    __tablename__ = "api_key"

    person_id: int = Field(foreign_key="person.id", ondelete="CASCADE", index=True)
    organisation_id: int | None = Field(
        default=None, foreign_key="organisation.id", ondelete="CASCADE", index=True
    )
    name: str = Field(max_length=100)
    prefix: str = Field(max_length=16)
    key_hash: str = Field(unique=True, max_length=64)
    scopes: list[str] = Field(default_factory=list, sa_type=JsonType)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
