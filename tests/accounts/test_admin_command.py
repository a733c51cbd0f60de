"""`proving admin create`: the password is read, never given as an argument."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.accounts.admin import AdminRefused, create_admin
from app.db import SessionFactory
from app.migrations import ROOT
from tests.accounts.conftest import NOW, World


def run(folder: Path, *arguments: str, given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.cli", "admin", "create", *arguments],
        cwd=ROOT,
        env={**os.environ, "PROVING_DATA_DIR": str(folder)},
        input=given,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
def test_an_administrator_is_made_once_with_the_password_of_standard_input(tmp_path: Path) -> None:
    done = run(tmp_path, "Root@Example.org", given="correct horse battery\n")
    assert done.returncode == 0, done.stderr
    assert "Administrator root@example.org can sign in." in done.stdout
    assert "correct horse" not in done.stdout + done.stderr
    again = run(tmp_path, "root@example.org", given="correct horse battery\n")
    assert (again.returncode, again.stderr) == (1, "root@example.org has an account already.\n")
    as_argument = run(tmp_path, "a@example.org", "correct horse battery", given="")
    assert as_argument.returncode == 2


async def test_the_administrator_signs_in_with_all_rights(world: World, new_session: SessionFactory) -> None:
    made = await create_admin(
        new_session,
        world.passwords,
        email="Root@Example.org",
        name="管理员",
        password="correct horse battery",
        now=NOW,
    )
    tokens = await world.sign_in(made, "correct horse battery")
    assert (await world.me(tokens["access_token"])).json()["is_admin"] is True


@pytest.mark.parametrize(
    ("email", "password", "message"),
    [
        ("root", "correct horse battery", "root is not an address"),
        ("root@example.org", "short", "12 to 128 characters"),
        ("root@example.org", "root@example.org", "too easy to guess"),
    ],
)
async def test_what_nobody_could_register_makes_no_administrator(
    world: World, new_session: SessionFactory, email: str, password: str, message: str
) -> None:
    with pytest.raises(AdminRefused, match=message):
        await create_admin(new_session, world.passwords, email=email, name="x", password=password, now=NOW)
