"""Idempotency keys, as far as they need no database: the key, the fingerprint of a request, the sealed answer.

Routers with POSTs that write are `APIRouter(route_class=IdempotentRoute)` (app.idempotency); nothing else is needed.
"""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.errors import Conflict, ErrorItem, InvalidRequest
from app.kit.i18n import Localized

HEADER = "Idempotency-Key"
KEPT_HOURS = 24
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_NONCE_BYTES = 12


class IdempotencyKeyReused(InvalidRequest):
    """The key was sent before, with another request."""

    code = "idempotency-key-reused"
    title = Localized(
        zh="此 Idempotency-Key 已用于另一个请求",
        en="This Idempotency-Key was used for another request",
    )


class RequestInProgress(Conflict):
    """The same request is still being worked on."""

    code = "request-in-progress"
    title = Localized(
        zh="相同的请求正在处理中，请稍后重试", en="The same request is being worked on; try again"
    )

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "1"})


@dataclass(frozen=True)
class Answer:
    """An answer as it was sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def check_key(key: str) -> None:
    """Raise InvalidRequest unless the key has 1 to 255 visible ASCII characters."""
    if not _KEY.fullmatch(key):
        detail = Localized(
            zh="Idempotency-Key 应为 1 至 255 个可见 ASCII 字符，建议使用 UUID",
            en="Idempotency-Key must be 1 to 255 visible ASCII characters; a UUID is best",
        )
        raise InvalidRequest(
            detail,
            errors=[
                ErrorItem(pointer="/header/idempotency-key", code="invalid_idempotency_key", detail=detail)
            ],
        )


def key_hash(owner: str, key: str) -> str:
    """Return what is stored in place of the key: nobody who reads the table can replay with it."""
    return hashlib.sha256(f"{owner}\n{key}".encode()).hexdigest()


def fingerprint_of(method: str, target: str, media_type: str, body_sha256: str) -> str:
    """Return what makes two requests the same; `target` is the path with its query."""
    return hashlib.sha256(f"{method}\n{target}\n{media_type}\n{body_sha256}".encode()).hexdigest()


def seal(answer: Answer, key: str) -> bytes:
    """Return the answer enciphered with the key: answers may hold tokens that are stored nowhere else."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    plain = json.dumps([answer.status, dict(answer.headers), base64.b64encode(answer.body).decode()])
    return nonce + AESGCM(_cipher_key(key, nonce)).encrypt(nonce, plain.encode(), None)


def unseal(sealed: bytes, key: str) -> Answer:
    """Return the answer that was sealed with the same key. Raises ValueError for any other."""
    nonce = sealed[:_NONCE_BYTES]
    try:
        plain = AESGCM(_cipher_key(key, nonce)).decrypt(nonce, sealed[_NONCE_BYTES:], None)
    except InvalidTag:
        raise ValueError("the answer was sealed with another key") from None
    status, headers, body = json.loads(plain)
    return Answer(status, headers, base64.b64decode(body))


def _cipher_key(key: str, salt: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt, b"proving-ground idempotent answer").derive(key.encode())
