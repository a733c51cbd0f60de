"""Passwords: as much work for nobody as for somebody."""

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from app.accounts.passwords import _NOBODYS_HASH, Passwords


def test_nobodys_hash_costs_what_a_new_hash_costs() -> None:
    new = PasswordHash((Argon2Hasher(),)).hash("x")
    assert new.rpartition("$")[0].rpartition("$")[0] == _NOBODYS_HASH.rpartition("$")[0].rpartition("$")[0]
    assert len(new) == len(_NOBODYS_HASH)


async def test_a_password_is_verified_in_whatever_form_a_keyboard_writes_it() -> None:
    passwords = Passwords()
    stored = await passwords.hash("Ａngström 密码十二位")
    assert stored.startswith("$argon2id$")
    assert await passwords.verify("Angstro\u0308m 密码十二位", stored)
    assert not await passwords.verify("angström 密码十二位", stored)
    assert not await passwords.verify("Angström 密码十二位", None)
