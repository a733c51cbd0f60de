"""Demo accounts come and go with the demo catalogue, and stay on this machine."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.accounts.demo import (
    ACCOUNTS,
    CENTRE_SLUG,
    FIRM_SLUG,
    PASSWORD,
    PLATFORM_SLUG,
    UNIVERSITY_SLUG,
    bring_demo_accounts,
    demo_emails,
)
from app.cli import _show_demo_accounts
from app.db import SessionFactory
from app.models import (
    DepartmentMembership,
    Membership,
    Organisation,
    OrganisationRole,
    Person,
    Platform,
    PlatformKind,
    Region,
)
from app.settings import Settings
from app.startup import bring_accounts, migrate_database, open_database
from tests.accounts.conftest import NOW, CountedPasswords, World


async def prepare_catalogue(new_session: SessionFactory) -> None:
    """The platforms, owners of results and regions that demo accounts belong to."""
    async with new_session() as session, session.begin():
        for code, level in (("330000", "province"), ("330200", "city")):
            session.add(Region(code=code, name_zh=code, name_en=code, level=level, position=0))
        operator = Organisation(slug="demo-operator", name_zh="示例机构", demo=True)
        owners = [Organisation(slug=slug, name_zh=slug, demo=True) for slug in (UNIVERSITY_SLUG, FIRM_SLUG)]
        session.add_all([operator, *owners])
        await session.flush()
        session.add_all(
            Platform(slug=slug, name_zh="示例平台", kind=kind, operator_id=operator.id, demo=True)
            for slug, kind in (
                (PLATFORM_SLUG, PlatformKind.PILOT_PLATFORM),
                (CENTRE_SLUG, PlatformKind.VERIFICATION_CENTRE),
            )
        )


async def test_there_is_one_for_every_role_and_each_can_sign_in(
    world: World, new_session: SessionFactory
) -> None:
    await prepare_catalogue(new_session)
    made = await bring_demo_accounts(new_session, world.passwords, wanted=True, now=NOW)
    assert made == (len(ACCOUNTS), 0)
    roles, duties, experts, admins = set(), set(), 0, 0
    one_of_each = {(each.role, each.duty, each.is_expert, each.is_admin): each for each in ACCOUNTS}
    for account in one_of_each.values():
        tokens = await world.sign_in(account.email, PASSWORD)
        me = (await world.me(tokens["access_token"])).json()
        assert me["demo"] is True
        roles |= {one["role"] for one in me["organisations"]}
        duties |= {(one["department"], one["role"]) for one in me["duties"]}
        experts += me["is_expert"]
        admins += me["is_admin"]
    assert roles == {role.value for role in OrganisationRole}
    assert duties == {(d, r) for d in ("science", "economy") for r in ("reviewer", "publisher")}
    assert (experts, admins) == (1, 1)


async def test_made_twice_they_stay_as_they_are_and_removed_nothing_of_theirs_is_left(
    new_session: SessionFactory,
) -> None:
    await prepare_catalogue(new_session)
    passwords = CountedPasswords()
    async with new_session() as session, session.begin():
        own = Person(email=ACCOUNTS[0].email, name="真人", password_hash="x", created_at=NOW)
        session.add(own)
    assert await bring_demo_accounts(new_session, passwords, wanted=True, now=NOW) == (len(ACCOUNTS) - 1, 0)
    assert await bring_demo_accounts(new_session, passwords, wanted=True, now=NOW) == (0, 0)
    assert passwords.hashed == 1
    assert await bring_demo_accounts(new_session, passwords, wanted=False, now=NOW) == (0, len(ACCOUNTS) - 1)
    async with new_session() as session:
        assert await demo_emails(session) == []
        assert (await session.scalars(select(Person.name))).all() == ["真人"]
        for table in (Membership, DepartmentMembership):
            assert await session.scalar(select(func.count()).select_from(table)) == 0


@pytest.fixture
async def database_with_a_demo_account(tmp_path: Path) -> Settings:
    settings = Settings(data_dir=tmp_path, seed_demo=False)
    await migrate_database(settings, lambda _message: None)
    async with open_database(settings) as new_session, new_session() as session, session.begin():
        session.add(Person(email="demo@example.org", name="x", password_hash="x", demo=True, created_at=NOW))
    return settings


class TestListening:
    def test_on_this_machine_the_accounts_are_printed(
        self, database_with_a_demo_account: Settings, capsys: pytest.CaptureFixture[str]
    ) -> None:
        _show_demo_accounts(database_with_a_demo_account)
        shown = capsys.readouterr().out
        assert "demo@example.org" in shown
        assert PASSWORD in shown

    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5"])
    def test_beyond_this_machine_it_is_refused(
        self, database_with_a_demo_account: Settings, host: str
    ) -> None:
        beyond = database_with_a_demo_account.model_copy(update={"host": host})
        with pytest.raises(SystemExit, match="PROVING_SEED_DEMO=0"):
            _show_demo_accounts(beyond)

    def test_a_setting_allows_it(
        self, database_with_a_demo_account: Settings, capsys: pytest.CaptureFixture[str]
    ) -> None:
        beyond = database_with_a_demo_account.model_copy(
            update={"host": "0.0.0.0", "allow_demo_accounts": True}
        )
        _show_demo_accounts(beyond)
        assert "demo@example.org" in capsys.readouterr().out

    async def test_without_them_nothing_is_said_or_refused(
        self, database_with_a_demo_account: Settings, capsys: pytest.CaptureFixture[str]
    ) -> None:
        said: list[str] = []
        await bring_accounts(database_with_a_demo_account, said.append)
        assert said == ["Demo accounts: 0 made, 1 removed."]
        beyond = database_with_a_demo_account.model_copy(update={"host": "0.0.0.0"})
        await asyncio.to_thread(_show_demo_accounts, beyond)
        assert capsys.readouterr().out == ""
