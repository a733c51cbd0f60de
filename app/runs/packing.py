"""How answers are kept: JSON in UTF-8, compressed, so that they are read back byte for byte. Pure."""

import hashlib
import json
import zlib
from typing import Any

_LEVEL = 6
_MEMBER = b',"match":'


def packed(text: bytes) -> bytes:
    """Return the bytes as they are stored."""
    return zlib.compress(text, _LEVEL)


def unpacked(stored: bytes) -> bytes:
    return zlib.decompress(stored)


def hash_of(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def document_of(stored: bytes) -> Any:
    """Return what a stored document says."""
    return json.loads(unpacked(stored))


def with_answer(head: bytes, answer: bytes) -> bytes:
    """Return one JSON object: the members of `head`, and the answer as its last member, byte for byte."""
    return head[:-1] + _MEMBER + answer + b"}"
