"""The one way in which a release is written as JSON, so that the same content always has the same bytes.

Canonical JSON by RFC 8785 (JCS): UTF-8, members sorted, no white space, numbers as in ECMAScript. The hash of a
release is the SHA-256 of its document without the member `content_hash`.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import rfc8785

HASH_MEMBER = "content_hash"
_EXACT = 2**53
"""From here on not every integer is a double."""
_LEAST_PLAIN = 1e-4
"""Smaller fractions are written with an exponent, by Python not as by the standard."""


class _UnusualError(Exception):
    """Something that the standard library writes in another way, or not at all."""


def canonical(value: Any) -> str:
    """Return canonical JSON of JSON values. Every number is a double: a larger integer becomes the nearest one.

    Raises ValueError for a number beyond all doubles.
    """
    try:
        # Nearly all that is released; ten times as fast, and held to the other way by a test.
        usual = _usual(value)
    except _UnusualError:
        return rfc8785.dumps(_doubles(value)).decode()
    return json.dumps(usual, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _usual(value: Any) -> Any:
    """Return what the standard library writes as RFC 8785 asks, integers without a fraction. Raises _UnusualError."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, Mapping):
        if not all(isinstance(name, str) and name.isascii() for name in value):
            raise _UnusualError
        return {name: _usual(child) for name, child in value.items()}
    if isinstance(value, list | tuple):
        return [_usual(child) for child in value]
    if isinstance(value, int | float) and abs(value) < _EXACT:
        if value == int(value):
            return int(value)
        if abs(value) >= _LEAST_PLAIN:
            return value
    raise _UnusualError


def hash_of(head: Mapping[str, Any], entries: Sequence[str]) -> str:
    """Return the hash of a release, in hexadecimal digits. `entries` are canonical JSON already."""
    return hashlib.sha256(_document(head, entries)).hexdigest()


def document_of(head: str, entries: Sequence[str], content_hash: str) -> bytes:
    """Return the canonical JSON of a whole release from what is stored of it."""
    return _document({**json.loads(head), HASH_MEMBER: content_hash}, entries)


def _document(head: Mapping[str, Any], entries: Sequence[str]) -> bytes:
    members = {name: canonical(value) for name, value in head.items()}
    members["entries"] = f"[{','.join(entries)}]"
    # The names are ASCII, so that their order is that of RFC 8785.
    return ("{" + ",".join(f'"{name}":{members[name]}' for name in sorted(members)) + "}").encode()


def _doubles(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _doubles(child) for name, child in value.items()}
    if isinstance(value, list | tuple):
        return [_doubles(child) for child in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _EXACT:
        return float(value)
    return value
