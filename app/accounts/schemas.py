"""What the accounts take and answer."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from app.accounts.rules import EMAIL_PATTERN, PASSWORD_LENGTH, normal_email
from app.auth.scopes import Scope
from app.kit.i18n import Localized
from app.kit.schemas import Given
from app.models.membership import Department, DepartmentDuty, OrganisationRole

MAX_KEY_DAYS = 366

Email = Annotated[
    str,
    StringConstraints(pattern=EMAIL_PATTERN, max_length=254),
    AfterValidator(normal_email),
    Field(description="compared without regard to case", examples=["li@example.org"]),
]
PersonName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$"),
    Field(examples=["李工"]),
]
KeyName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$"),
    Field(examples=["LIMS"]),
]
NewPassword = Annotated[
    SecretStr,
    Field(
        min_length=PASSWORD_LENGTH.start,
        max_length=PASSWORD_LENGTH.stop - 1,
        description="a long one; no kinds of characters are asked for, but what is guessed first is refused",
    ),
]
Password = Annotated[SecretStr, Field(min_length=1, max_length=PASSWORD_LENGTH.stop - 1)]
Token = Annotated[str, Field(min_length=1, max_length=200)]


class Exact(Given):
    """Base of every body here: nothing is taken off passwords and tokens."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=False)


class Registration(Exact):
    email: Email
    name: PersonName
    password: NewPassword


class Confirmation(Exact):
    """The token of the mail, and the password chosen at registration: so nobody confirms a stranger's."""

    token: Token
    password: Password


class SignIn(Exact):
    email: Email
    password: Password


class Refresh(Exact):
    refresh_token: Token


class ResetRequest(Exact):
    email: Email


class ResetCompletion(Exact):
    token: Token
    new_password: NewPassword


class PasswordChange(Exact):
    current_password: Password
    new_password: NewPassword


class PersonUpdate(Exact):
    name: PersonName


class ApiKeyCreate(Exact):
    """With `organisation_id` the key acts only in that organisation, whatever else its person may do."""

    name: KeyName
    scopes: list[Scope] = Field(min_length=1, max_length=len(Scope))
    expires_in_days: int = Field(default=90, ge=1, le=MAX_KEY_DAYS)
    organisation_id: uuid.UUID | None = None


class Accepted(BaseModel):
    """What is asked for is done soon, if it can be done; the address gets a mail."""

    status: Literal["accepted"] = "accepted"


class Session(BaseModel):
    """A session. Send the access token as `Authorization: Bearer …`; use the refresh token once."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 (a type, not a password)
    expires_in_seconds: int = Field(description="of the access token", examples=[900])
    refresh_token: str = Field(description="good once; the answer to its use holds the next")
    refresh_expires_at: datetime


class OrganisationOfPerson(BaseModel):
    id: uuid.UUID
    slug: str
    name: Localized
    role: OrganisationRole


class DutyOfPerson(BaseModel):
    department: Department
    region_code: str = Field(examples=["330100"])
    role: DepartmentDuty


class PersonRead(BaseModel):
    """The one who asks, with what they are. By an API key: with what the key leaves of it."""

    id: uuid.UUID
    email: str
    name: str
    is_admin: bool
    is_expert: bool
    organisations: list[OrganisationOfPerson]
    duties: list[DutyOfPerson] = Field(description="in competent departments")
    scopes: list[Scope] | None = Field(description="of the API key; null in a session, which has no limit")
    demo: bool
    created_at: datetime


class ApiKeyRead(BaseModel):
    id: uuid.UUID
    name: str
    prefix: str = Field(description="how the key begins", examples=["pgk_x7Gb2-qA"])
    scopes: list[Scope]
    organisation_id: uuid.UUID | None
    created_at: datetime
    expires_at: datetime
    expired: bool
    last_used_at: datetime | None = Field(description="to the minute")


class ApiKeyCreated(ApiKeyRead):
    key: str = Field(description="shown this once; only its hash is kept")


class ApiKeyList(BaseModel):
    items: list[ApiKeyRead]


def known_scopes(stored: Iterable[str]) -> list[Scope]:
    """Return the scopes that still exist, in the order of their names."""
    return [scope for scope in sorted(Scope) if scope in set(stored)]
