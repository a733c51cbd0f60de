"""The link that ends a saved search or match without an account: a token that only this server can make."""

import base64
import hashlib
import hmac
import uuid

_PURPOSE = b"stop watch "


def stop_token(key: bytes, watch: uuid.UUID) -> str:
    """Return the token of a watch: always the same, so that the link in every mail is good."""
    digest = hmac.new(key, _PURPOSE + watch.bytes, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def hash_of(token: str) -> str:
    """Return what the database keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
