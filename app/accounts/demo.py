"""Demo accounts, one for every role: they come and go with the demo catalogue.

Their password is public, so `proving serve` refuses to listen beyond this machine while they exist.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.passwords import Passwords
from app.db import SessionFactory, writing
from app.models import (
    Department,
    DepartmentDuty,
    DepartmentMembership,
    Membership,
    OrganisationRole,
    Person,
    metadata,
)

PASSWORD = "proving-ground-demo"  # noqa: S105 (public on purpose; see above)
PLATFORM_SLUG = "demo-petrochemical-01"
"""The demo platform whose operator the members belong to; it lies in Ningbo."""
CENTRE_SLUG = "demo-other-05"
"""The demo centre that calls for results, whose operator the people of the centre belong to."""
UNIVERSITY_SLUG, FIRM_SLUG = "demo-owner-02", "demo-owner-13"
"""Organisations that own results of the demo pool; the university lies in Ningbo."""

_PROVINCE, _NINGBO = "330000", "330200"
_PERSON = metadata.tables["person"].c
_PLATFORM = metadata.tables["platform"].c
_ORGANISATION = metadata.tables["organisation"].c


@dataclass(frozen=True)
class DemoAccount:
    """Who a demo account is; `role` is in the organisation `at`, or in the operator of the platform `at`."""

    email: str
    name: str
    role: OrganisationRole | None = None
    at: str = PLATFORM_SLUG
    duty: tuple[Department, DepartmentDuty, str] | None = None
    is_expert: bool = False
    is_admin: bool = False


_SCIENCE, _ECONOMY = Department.SCIENCE, Department.ECONOMY
_REVIEWER, _PUBLISHER = DepartmentDuty.REVIEWER, DepartmentDuty.PUBLISHER
_PANEL = {
    "01": "化工过程", "02": "功能材料", "03": "纺织化学", "04": "电力电子", "05": "农业工程", "06": "制药工艺",
    "07": "临床医学", "08": "医疗信息", "10": "海洋装备", "11": "机械工程", "12": "光电器件", "13": "结构力学",
    "14": "制造装备",
}  # fmt: skip
"""The further experts: number and discipline."""

ACCOUNTS = (
    DemoAccount("demo-owner@example.org", "示例平台负责人", role=OrganisationRole.OWNER),
    DemoAccount("demo-editor@example.org", "示例平台编辑", role=OrganisationRole.EDITOR),
    DemoAccount("demo-viewer@example.org", "示例平台成员", role=OrganisationRole.VIEWER),
    DemoAccount(
        "demo-science-reviewer@example.org", "示例科技厅审核员", duty=(_SCIENCE, _REVIEWER, _PROVINCE)
    ),
    DemoAccount(
        "demo-science-publisher@example.org", "示例科技厅发布员", duty=(_SCIENCE, _PUBLISHER, _PROVINCE)
    ),
    DemoAccount(
        "demo-economy-reviewer@example.org", "示例经信厅审核员", duty=(_ECONOMY, _REVIEWER, _PROVINCE)
    ),
    DemoAccount(
        "demo-economy-publisher@example.org", "示例经信厅发布员", duty=(_ECONOMY, _PUBLISHER, _PROVINCE)
    ),
    DemoAccount(
        "demo-ningbo-reviewer@example.org", "示例宁波经信局审核员", duty=(_ECONOMY, _REVIEWER, _NINGBO)
    ),
    DemoAccount(
        "demo-researcher@example.org", "示例成果负责人", role=OrganisationRole.OWNER, at=UNIVERSITY_SLUG
    ),
    DemoAccount("demo-firm@example.org", "示例企业研发", role=OrganisationRole.EDITOR, at=FIRM_SLUG),
    DemoAccount("demo-centre@example.org", "示例验证中心负责人", role=OrganisationRole.OWNER, at=CENTRE_SLUG),
    DemoAccount("demo-expert@example.org", "示例专家", is_expert=True),
    *(
        DemoAccount(f"demo-expert-{number}@example.org", f"示例专家（{discipline}）", is_expert=True)
        for number, discipline in _PANEL.items()
    ),
    DemoAccount("demo-admin@example.org", "示例管理员", is_admin=True),
)


async def bring_demo_accounts(
    new_session: SessionFactory, passwords: Passwords, *, wanted: bool, now: datetime
) -> tuple[int, int]:
    """Make the demo accounts that are missing, or remove them all; return how many were made and removed.

    An address that somebody has registered stays theirs.
    """
    async with new_session() as session:
        existing = set(await demo_emails(session))
        taken = set(await session.scalars(select(_PERSON.email).where(~_PERSON.demo)))
    if not wanted:
        if existing:
            async with writing(new_session) as session:
                await session.execute(delete(Person).where(_PERSON.demo))
        return 0, len(existing)
    missing = [account for account in ACCOUNTS if account.email not in existing | taken]
    if missing:
        password_hash = await passwords.hash(PASSWORD)
        async with writing(new_session) as session:
            await _insert(session, missing, password_hash, now)
    return len(missing), 0


async def demo_emails(session: AsyncSession) -> Sequence[str]:
    """Return the addresses of the demo accounts that exist."""
    return (await session.scalars(select(_PERSON.email).where(_PERSON.demo).order_by(_PERSON.id))).all()


async def _insert(
    session: AsyncSession, accounts: Sequence[DemoAccount], password_hash: str, now: datetime
) -> None:
    places = {account.at: await _organisation(session, account.at) for account in accounts if account.role}
    people = [
        Person(
            email=account.email,
            name=account.name,
            password_hash=password_hash,
            is_expert=account.is_expert,
            is_admin=account.is_admin,
            demo=True,
            confirmed_at=now,
            created_at=now,
        )
        for account in accounts
    ]
    session.add_all(people)
    # What they are refers to their keys.
    await session.flush()
    for account, person in zip(accounts, people, strict=True):
        if account.role is not None:
            session.add(
                Membership(
                    person_id=person.id or 0,
                    organisation_id=places[account.at],
                    role=account.role,
                    created_at=now,
                )
            )
        if account.duty is not None:
            department, role, region_code = account.duty
            session.add(
                DepartmentMembership(
                    person_id=person.id or 0,
                    department=department,
                    region_code=region_code,
                    role=role,
                    created_at=now,
                )
            )


async def _organisation(session: AsyncSession, slug: str) -> int:
    """Return the key of an organisation by its slug or by that of a platform that it operates."""
    operator = select(_PLATFORM.operator_id).where(_PLATFORM.slug == slug)
    statement = select(_ORGANISATION.id).where(
        or_(_ORGANISATION.slug == slug, _ORGANISATION.id.in_(operator))
    )
    found: int = (await session.scalars(statement)).one()
    return found
