"""Secrets and access tokens: what is ours is read back, and nothing else is."""

import hashlib
import stat
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.auth.token_key import TokenKey
from app.auth.tokens import (
    AccessToken,
    SecretKind,
    hash_of,
    new_secret,
    read_access_token,
    write_access_token,
)
from app.settings import Settings

KEY = b"k" * 32
NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
TOKEN = AccessToken(uuid.UUID(int=1), uuid.UUID(int=2))
QUARTER = timedelta(minutes=15)


@pytest.mark.parametrize("kind", list(SecretKind))
def test_a_secret_is_of_its_kind_only_and_never_twice(kind: SecretKind) -> None:
    secret = new_secret(kind)
    assert hash_of(kind, secret.text) == secret.sha256 == hashlib.sha256(secret.text.encode()).hexdigest()
    assert all(hash_of(other, secret.text) is None for other in SecretKind if other is not kind)
    assert new_secret(kind).text != secret.text
    assert secret.text.startswith(secret.prefix)
    assert len(secret.prefix) == 12


@given(st.one_of(st.text(), st.builds("pgk_{}".format, st.text(max_size=60))))
def test_whatever_is_sent_is_a_secret_or_not_without_failing(text: str) -> None:
    found = hash_of(SecretKind.API_KEY, text)
    well_formed = (
        len(text) == 47
        and text.startswith("pgk_")
        and all(character.isascii() and (character.isalnum() or character in "-_") for character in text)
    )
    assert (found is not None) is well_formed


@given(st.uuids(), st.uuids(), st.integers(10**9, 4 * 10**9), st.integers(1, 10**6))
def test_an_access_token_is_read_back_until_its_end(
    person: uuid.UUID, family: uuid.UUID, second: int, seconds: int
) -> None:
    now = datetime.fromtimestamp(second, UTC)
    token, lifetime = AccessToken(person, family), timedelta(seconds=seconds)
    text = write_access_token(token, KEY, now=now, lifetime=lifetime)
    assert read_access_token(text, KEY, now=now) == token
    assert read_access_token(text, KEY, now=now + lifetime - timedelta(seconds=1)) == token
    assert read_access_token(text, KEY, now=now + lifetime) is None
    assert read_access_token(text, b"x" * 32, now=now) is None


@given(st.text())
def test_whatever_is_sent_is_no_access_token_and_no_failure(text: str) -> None:
    assert read_access_token(text, KEY, now=NOW) is None


@given(st.data())
def test_an_access_token_with_one_character_changed_is_refused(data: st.DataObject) -> None:
    text = write_access_token(TOKEN, KEY, now=NOW, lifetime=QUARTER)
    signed = text.rindex(".")
    place = data.draw(st.integers(0, signed - 1).filter(lambda at: text[at] != "."))
    other = data.draw(st.sampled_from("abcdefABCDEF012345-_").filter(lambda one: one != text[place]))
    assert read_access_token(text[:place] + other + text[place + 1 :], KEY, now=NOW) is None


CLAIMS = {
    "iss": "proving-ground",
    "sub": str(uuid.UUID(int=1)),
    "family": str(uuid.UUID(int=2)),
    "exp": int(NOW.timestamp()) + 60,
}


def signed(**changed: object) -> str:
    claims = {name: value for name, value in {**CLAIMS, **changed}.items() if value is not None}
    return jwt.encode(claims, KEY, algorithm="HS256")


def test_the_claims_as_they_should_be_are_read() -> None:
    assert read_access_token(signed(), KEY, now=NOW) == TOKEN


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "somebody else"},
        {"sub": "1"},
        {"sub": None},
        {"family": 7},
        {"family": None},
        {"exp": None},
        {"exp": "soon"},
        {"exp": 10**30},
        {"exp": float("1e300")},
    ],
)
def test_claims_that_are_not_ours_are_refused(changed: dict[str, object]) -> None:
    assert read_access_token(signed(**changed), KEY, now=NOW) is None


def test_a_token_without_signature_or_by_another_algorithm_is_refused() -> None:
    unsigned = jwt.encode(CLAIMS, None, algorithm="none")
    assert read_access_token(unsigned, KEY, now=NOW) is None
    other = jwt.encode(CLAIMS, KEY * 2, algorithm="HS512")
    assert read_access_token(other, KEY * 2, now=NOW) is None


def test_the_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    key = TokenKey(settings).get()
    assert TokenKey(settings).get() == key
    assert len(key) == 64
    (file,) = settings.data_dir.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_key_that_is_given_writes_no_file(tmp_path: Path) -> None:
    settings = Settings.model_validate({"data_dir": tmp_path, "token_key": "s" * 32})
    assert TokenKey(settings).get() == b"s" * 32
    assert list(tmp_path.iterdir()) == []
