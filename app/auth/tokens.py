"""Secrets that are shown once, and access tokens that carry their own end. Pure but for the random source.

Opaque secrets are a prefix that says what they are and 256 random bits; only their SHA-256 is stored, which
needs no salt, as nobody can guess 256 bits.
"""

import hashlib
import re
import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import jwt

_ALGORITHM = "HS256"
_ISSUER = "proving-ground"
_REQUIRED = ["exp", "iss", "sub", "family"]
_RANDOM_BYTES = 32
_PREFIX_LENGTH = 12


class SecretKind(StrEnum):
    """What an opaque secret is good for; its value is how the secret begins."""

    API_KEY = "pgk_"
    REFRESH_TOKEN = "pgr_"  # noqa: S105 (a beginning, not a password)
    MAILED_TOKEN = "pgm_"  # noqa: S105


_FORM = re.compile("(?:" + "|".join(SecretKind) + ")[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Secret:
    """A new secret: `text` is shown once, `sha256` (hexadecimal) is stored."""

    text: str
    sha256: str

    @property
    def prefix(self) -> str:
        """The beginning, by which its owner knows it again; 48 of its bits."""
        return self.text[:_PREFIX_LENGTH]


@dataclass(frozen=True)
class AccessToken:
    """Whom an access token names, and of which sign-in it is."""

    person_uid: uuid.UUID
    family: uuid.UUID


def new_secret(kind: SecretKind) -> Secret:
    """Return a new secret: its prefix and 43 characters that carry 256 random bits."""
    text = kind + secrets.token_urlsafe(_RANDOM_BYTES)
    return Secret(text, _sha256(text))


def hash_of(kind: SecretKind, text: str) -> str | None:
    """Return the SHA-256 of a secret in hexadecimal; None for a text that is no secret of `kind`."""
    if not text.startswith(kind) or _FORM.fullmatch(text) is None:
        return None
    return _sha256(text)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def write_access_token(token: AccessToken, key: bytes, *, now: datetime, lifetime: timedelta) -> str:
    """Return `token` as a signed JWT that ends `lifetime` after `now`."""
    claims = {
        "iss": _ISSUER,
        "sub": str(token.person_uid),
        "family": str(token.family),
        "iat": int(now.timestamp()),
        "exp": int((now + lifetime).timestamp()),
    }
    return jwt.encode(claims, key, algorithm=_ALGORITHM)


def read_access_token(text: str, key: bytes, *, now: datetime) -> AccessToken | None:
    """Return what `text` says; None when it is malformed, signed otherwise, or ended at `now`."""
    try:
        # The library asks the system's clock; we compare with `now` below.
        claims = jwt.decode(
            text,
            key,
            algorithms=[_ALGORITHM],
            issuer=_ISSUER,
            options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False},
        )
        ends_at = datetime.fromtimestamp(int(claims["exp"]), UTC)
        token = AccessToken(uuid.UUID(claims["sub"]), uuid.UUID(claims["family"]))
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError, OverflowError, OSError):
        return None
    return token if now < ends_at else None
