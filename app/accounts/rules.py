"""The rules of accounts. Pure: the time is a parameter."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

EMAIL_PATTERN = (
    r"^\s*[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\s*$"
)
"""An address as HTML's input fields accept it, blanks around it allowed."""

PASSWORD_LENGTH = range(12, 129)
"""How many characters a password may have. Length is what counts; no kinds of characters are asked for."""

_REPEATED = re.compile(r"(.{1,4})\1+")


def normal_email(text: str) -> str:
    """Return the one spelling under which an address is stored and compared."""
    return text.strip().lower()


def is_weak(password: str, *, email: str) -> bool:
    """Return whether a password of sufficient length is still among the first to be guessed.

    That is: it repeats up to four characters, counts up or down, or is the address or the part before the @.
    """
    plain = unicodedata.normalize("NFKC", password).lower()
    steps = {ord(after) - ord(before) for before, after in pairwise(plain)}
    local = email.partition("@")[0]
    named = plain in {email, local, local * 2}
    return named or _REPEATED.fullmatch(plain) is not None or steps in ({1}, {-1})


class RefreshOutcome(StrEnum):
    """What becomes of a refresh token that is presented."""

    ROTATED = "rotated"
    REFUSED = "refused"
    REUSED = "reused"


@dataclass(frozen=True)
class PresentedToken:
    """What is known of a refresh token that is presented."""

    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
    person_disabled: bool


def refresh_outcome(token: PresentedToken | None, now: datetime) -> RefreshOutcome:
    """Decide on a presented refresh token; None is one that is not known.

    A token that was used before is in the hands of two: its whole family must be revoked (REUSED).
    """
    if token is None or token.revoked_at is not None:
        return RefreshOutcome.REFUSED
    if token.used_at is not None:
        return RefreshOutcome.REUSED
    if token.expires_at <= now or token.person_disabled:
        return RefreshOutcome.REFUSED
    return RefreshOutcome.ROTATED
