"""The link that ends a saved search or match without an account: a token that only this server can make."""

import base64
import hashlib
import hmac
import uuid
from collections.abc import Callable

from app.auth.token_key import TokenKey
from app.settings import Settings
from app.watches import wording

_PURPOSE = b"stop watch "


def stop_token(key: bytes, watch: uuid.UUID) -> str:
    """Return the token of a watch: always the same, so that the link in every mail is good."""
    digest = hmac.new(key, _PURPOSE + watch.bytes, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def hash_of(token: str) -> str:
    """Return what the database keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def make_stop_lines(settings: Settings) -> Callable[[uuid.UUID], str]:
    """Return what gives the last lines of a mail about a watch: with the link, as people can follow it."""
    key = TokenKey(settings)

    def stop_lines(watch: uuid.UUID) -> str:
        token = stop_token(key.get(), watch)
        return wording.stop_lines(f"{settings.public_url}/v1/watches/stop?token={token}")

    return stop_lines
