"""Identifiers of rows: UUIDv7, which sort by the time they were made, and slugs beside them."""

from typing import Any
from uuid import UUID

import uuid_utils
from sqlalchemy import ColumnElement


def new_id() -> UUID:
    """Return a new UUIDv7 as the standard library's class (uuid_utils has a class of its own)."""
    return UUID(int=uuid_utils.uuid7().int)


def as_uuid(key: str) -> UUID | None:
    """Return the id that `key` is; None when it must be a slug."""
    try:
        return UUID(key)
    except ValueError:
        return None


def has_key(columns: Any, key: str) -> ColumnElement[bool]:
    """The row has this id or slug; `columns` are those of its table, with `uid` and `slug`."""
    uid = as_uuid(key)
    found: ColumnElement[bool] = columns.slug == key if uid is None else columns.uid == uid
    return found
