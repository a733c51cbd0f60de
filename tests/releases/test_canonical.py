"""One content, one text."""

import hashlib
import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from app.releases.canonical import _doubles, canonical, document_of, hash_of

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"b": 1, "a": None}, '{"a":null,"b":1}'),
        ({"中": "文", "z": "é"}, '{"z":"é","中":"文"}'),
        ([1.0, 0.5, 1e21, -0.0, 26000], "[1,0.5,1e+21,0,26000]"),
        (["\u0001", "\u2028", "</script>", '"'], '["\\u0001","\u2028","</script>","\\""]'),
        (
            [2**53 - 1, 2**53, -(2**53) - 1, 2**64, 10**23, 1e23, True],
            "[9007199254740991,9007199254740992,-9007199254740992,18446744073709552000,1e+23,1e+23,true]",
        ),
    ],
)
def test_json_is_written_in_one_way(value: Any, expected: str) -> None:
    assert canonical(value) == expected


@given(VALUES | st.floats(-1, 1) | st.floats(-1e22, 1e22))
def test_the_quick_way_writes_what_the_reference_writes(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(_doubles(value)).decode()
    assert canonical({"a": [value]}) == rfc8785.dumps(_doubles({"a": [value]})).decode()


@given(VALUES)
def test_what_is_written_is_read_and_written_the_same(value: Any) -> None:
    text = canonical(value)
    assert canonical(json.loads(text)) == text


@given(
    st.dictionaries(st.sampled_from(["title", "edition", "note", "zeta", "a"]), VALUES),
    st.lists(VALUES, max_size=3),
)
def test_a_document_is_canonical_and_its_hash_is_that_of_the_rest(
    head: dict[str, Any], entries: list[Any]
) -> None:
    texts = [canonical(entry) for entry in entries]
    content_hash = hash_of(head, texts)
    document = document_of(canonical(head), texts, content_hash).decode()
    whole = json.loads(document)
    assert canonical(whole) == document
    assert whole.pop("content_hash") == content_hash
    assert hashlib.sha256(canonical(whole).encode()).hexdigest() == content_hash
