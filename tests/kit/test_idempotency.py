"""The parts of idempotency that need no database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidRequest
from app.kit.idempotency import Answer, check_key, fingerprint_of, key_hash, seal, unseal


@given(
    st.integers(200, 299),
    st.dictionaries(st.text(max_size=20), st.text(max_size=20), max_size=3),
    st.binary(max_size=200),
    st.text(min_size=1, max_size=40),
)
def test_an_answer_is_read_with_its_key_and_with_no_other(
    status: int, headers: dict[str, str], body: bytes, key: str
) -> None:
    answer = Answer(status, headers, body)
    sealed = seal(answer, key)
    assert unseal(sealed, key) == answer
    with pytest.raises(ValueError, match="another key"):
        unseal(sealed, key + "x")


def test_nothing_of_an_answer_is_readable_in_what_is_stored() -> None:
    sealed = seal(Answer(201, {"location": "/v1/secret"}, b"pgk_secret"), "a-key")
    assert b"secret" not in sealed
    assert seal(Answer(201, {}, b"x"), "k") != seal(Answer(201, {}, b"x"), "k")


@pytest.mark.parametrize("key", ["", " ", "a b", "a\tb", "é", "x" * 256])
def test_unusable_keys_are_refused(key: str) -> None:
    with pytest.raises(InvalidRequest):
        check_key(key)


@pytest.mark.parametrize("key", ["1", "x" * 255, "0198-ab:CD/~!"])
def test_any_visible_ascii_is_a_key(key: str) -> None:
    check_key(key)


def test_every_part_of_a_request_tells() -> None:
    parts = [
        ("POST", "/v1/a", "application/json", "0"),
        ("PUT", "/v1/a", "application/json", "0"),
        ("POST", "/v1/a?x=1", "application/json", "0"),
        ("POST", "/v1/a", "text/csv", "0"),
        ("POST", "/v1/a", "application/json", "1"),
    ]
    assert len({fingerprint_of(*each) for each in parts}) == len(parts)
    assert len({key_hash(owner, "k") for owner in ("person a", "person b", "anonymous")}) == 3
