"""Rules of membership. Pure: the present moment is a parameter."""

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from app.models.membership import OrganisationRole

INVITATION_DAYS = 14
"""How long an invitation can be accepted."""

_ORDER = (OrganisationRole.VIEWER, OrganisationRole.EDITOR, OrganisationRole.OWNER)
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_UUID_LIKE = re.compile(r"[0-9a-f]{32}")


class InvitationState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    EXPIRED = "expired"


def invitation_state(accepted_at: datetime | None, expires_at: datetime, now: datetime) -> InvitationState:
    """Return the state of an invitation; it can no longer be accepted at the moment it expires."""
    if accepted_at is not None:
        return InvitationState.ACCEPTED
    return InvitationState.OPEN if now < expires_at else InvitationState.EXPIRED


def invitation_expires_at(now: datetime) -> datetime:
    """Return until when an invitation sent now can be accepted."""
    return now + timedelta(days=INVITATION_DAYS)


def higher_role(one: OrganisationRole, other: OrganisationRole) -> OrganisationRole:
    """Return the role of the two that may do more."""
    return max(one, other, key=_ORDER.index)


def leaves_no_owner(owners: Iterable[int], person_id: int, new_role: OrganisationRole | None) -> bool:
    """Tell whether an organisation with these owners has none when the person gets the role (None: leaves)."""
    if new_role is OrganisationRole.OWNER:
        return False
    remaining = set(owners)
    return person_id in remaining and remaining == {person_id}


def is_slug(text: str) -> bool:
    """Tell whether a text can be a slug: small letters, digits and single hyphens, and no id by mistake."""
    return _SLUG.fullmatch(text) is not None and not _UUID_LIKE.fullmatch(text.replace("-", ""))


def version_of(*values: Any) -> int:
    """Return a number for the content of a row that is another for any other content, whoever wrote it."""
    digest = hashlib.sha256(repr(values).encode()).digest()
    return int.from_bytes(digest[:6], "big")
