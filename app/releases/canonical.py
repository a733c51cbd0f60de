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


def canonical(value: Any) -> str:
    """Return canonical JSON of JSON values. Every number is a double: a larger integer becomes the nearest one.

    Raises ValueError for a number beyond all doubles.
    """
    return rfc8785.dumps(_doubles(value)).decode()


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
