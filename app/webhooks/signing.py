"""Secrets of webhooks, and what they sign. Source: Standard Webhooks 1.0, symmetric signatures."""

import base64
import secrets
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from standardwebhooks.webhooks import Webhook

_PREFIX = "whsec_"
_SECRET_BYTES = 32
_KEY_BYTES = 32


class SecretUnreadable(Exception):
    """The secret was enciphered with another key than the present one; it must be rotated."""


class Cipher:
    """Enciphers secrets at rest: they must be read to sign, so no hash will do."""

    def __init__(self, token_key: bytes) -> None:
        key = HKDF(SHA256(), _KEY_BYTES, None, b"proving-ground webhook secrets").derive(token_key)
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def encipher(self, secret: str) -> str:
        """Return what is stored of a secret."""
        return self._fernet.encrypt(secret.encode()).decode()

    def decipher(self, stored: str) -> str:
        """Return the secret. Raises SecretUnreadable."""
        try:
            return self._fernet.decrypt(stored).decode()
        except InvalidToken:
            raise SecretUnreadable from None


def new_secret() -> str:
    """Return a new secret in the form that libraries of the scheme take."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def message_id(event_uid: uuid.UUID) -> str:
    """Return the `webhook-id`: the same at every attempt and replay of an event."""
    return f"msg_{event_uid.hex}"


def headers_of(message: str, body: str, signing: Sequence[str], now: datetime) -> Mapping[str, str]:
    """Return the headers of a message; `signing` are the good secrets, each of which signs."""
    signatures = [Webhook(secret).sign(msg_id=message, timestamp=now, data=body) for secret in signing]
    return {
        "content-type": "application/json",
        "user-agent": "proving-ground-webhooks/1",
        "webhook-id": message,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
