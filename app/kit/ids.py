"""Identifiers of rows: UUIDv7, which sort by the time they were made."""

from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """Return a new UUIDv7 as the standard library's class (uuid_utils has a class of its own)."""
    return UUID(int=uuid_utils.uuid7().int)
