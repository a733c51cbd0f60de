"""What membership takes and answers."""

import uuid
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from app.accounts.rules import EMAIL_PATTERN, normal_email
from app.auth.scopes import Scope
from app.kit.credit_code import is_valid_credit_code, normalise_credit_code
from app.kit.i18n import Localized, invalid_value
from app.kit.pagination import PageParams
from app.kit.schemas import Given, Read
from app.membership.rules import InvitationState, is_slug
from app.models.membership import Department, DepartmentDuty, OrganisationRole
from app.models.registry import PlatformKind
from app.vocabulary.schemas import Coded


def _credit_code(code: str) -> str:
    if not is_valid_credit_code(code):
        raise invalid_value(
            "credit_code",
            "不是有效的统一社会信用代码（GB 32100）：应为 18 位且校验位正确",
            "Not a unified social credit code (GB 32100): 18 characters with a right check digit",
        )
    return normalise_credit_code(code)


def _slug(text: str) -> str:
    if not is_slug(text):
        raise invalid_value(
            "slug",
            "只能用小写字母、数字和单个连字符，且不能像一个 id",
            "Only small letters, digits and single hyphens, and not like an id",
        )
    return text


CreditCode = Annotated[
    str,
    Field(
        max_length=40,
        description="unified social credit code (GB 32100), its check digit verified",
        examples=["91330106MA27XL2T6Y"],
    ),
    AfterValidator(_credit_code),
]
Slug = Annotated[
    str, Field(min_length=3, max_length=80, examples=["hangzhou-battery-lab"]), AfterValidator(_slug)
]
NameZh = Annotated[str, Field(min_length=1, max_length=200, examples=["杭州某电池检测有限公司"])]
NameEn = Annotated[str, Field(min_length=1, max_length=200, examples=["Hangzhou Battery Testing Co., Ltd."])]
Kind = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,39}$", examples=["enterprise"])]
RegionCode = Annotated[str, Field(pattern=r"^[0-9]{6}$", description="GB/T 2260 code", examples=["330100"])]
Email = Annotated[
    str,
    Field(max_length=254, pattern=EMAIL_PATTERN, examples=["li.ming@example.com"]),
    AfterValidator(normal_email),
]
PersonName = Annotated[str, Field(examples=["李明"])]


class OrganisationCreate(Given):
    """A legal body that will run platforms. Who creates it becomes its owner."""

    name_zh: NameZh
    name_en: NameEn | None = None
    slug: Slug | None = Field(default=None, description="readable id; without it one is made")
    kind: Kind | None = None
    credit_code: CreditCode | None = None
    region_code: RegionCode | None = None


class OrganisationUpdate(Given):
    """What shall change; what is left out stays, null clears."""

    name_zh: NameZh | None = Field(default=None, description="cannot be cleared")
    name_en: NameEn | None = None
    kind: Kind | None = None
    credit_code: CreditCode | None = None
    region_code: RegionCode | None = None


class OrganisationRead(Read):
    id: uuid.UUID
    slug: str = Field(examples=["hangzhou-battery-lab"])
    name: Localized
    kind: str | None = Field(examples=["enterprise"])
    credit_code: str | None = Field(description="unified social credit code (GB 32100)")
    region: Coded | None
    demo: bool = Field(description="true for records of the fictional demo catalogue")
    my_role: OrganisationRole | None = Field(description="role of who asks; null for who is no member")


class MemberRead(Read):
    person_id: uuid.UUID
    name: PersonName
    email: str
    role: OrganisationRole
    since: datetime


class MemberUpdate(Given):
    role: OrganisationRole


class InvitationCreate(Given):
    """A link goes to the address; only the account of that address can use it."""

    email: Email
    role: OrganisationRole


class InvitationRead(Read):
    id: uuid.UUID
    email: str
    role: OrganisationRole
    state: InvitationState
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None


class InvitationAccept(Given):
    token: str = Field(min_length=20, max_length=100, description="the token in the link that was sent")


class OrganisationName(Read):
    id: uuid.UUID
    slug: str
    name: Localized


class OrganisationMembership(Read):
    """An organisation, and the role of somebody in it."""

    organisation: OrganisationName
    role: OrganisationRole


class DepartmentMemberCreate(Given):
    """A duty of a person with an account in the department of a province or city."""

    email: Email
    department: Department = Field(description="science: verification centres; economy: pilot platforms")
    region_code: RegionCode = Field(description="a province or city by its GB/T 2260 code")
    role: DepartmentDuty


class DepartmentMemberRead(Read):
    id: uuid.UUID
    person_id: uuid.UUID
    name: PersonName
    email: str
    department: Department
    platform_kind: PlatformKind = Field(description="the kind of platform that the department decides about")
    region: Coded
    role: DepartmentDuty
    since: datetime


class DepartmentMemberFilters(PageParams):
    department: Department | None = Field(default=None, description="only this department")
    region_code: RegionCode | None = Field(default=None, description="only this region, not what lies in it")


class ExpertCreate(Given):
    email: Email


class ExpertRead(Read):
    person_id: uuid.UUID
    name: PersonName
    email: str


class MyDuty(Read):
    department: Department
    platform_kind: PlatformKind
    region: Coded
    role: DepartmentDuty


class MyRoles(Read):
    """What one is, and so may do."""

    person_id: uuid.UUID
    email: str
    is_admin: bool
    is_expert: bool
    organisations: list[OrganisationMembership]
    departments: list[MyDuty]
    scopes: list[Scope] | None = Field(description="scopes of the API key in use; null without a key")
    operations: list[str] = Field(
        description="ids of the operations that are allowed on at least some objects",
        examples=[["create_organisation", "search_catalogue"]],
    )
