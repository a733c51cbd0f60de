"""Column types and mixins shared by every table."""

import uuid
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import uuid_utils
from sqlalchemy import JSON, DateTime, Enum, MetaData, TypeDecorator, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlmodel import Field, SQLModel

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING_CONVENTION
metadata: MetaData = SQLModel.metadata

JsonType = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""JSON on both databases; None is the database's NULL. Assign a new value: changes in place are not seen."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, stored in UTC and returned aware on both databases; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


def enum_type(values: type[StrEnum]) -> Any:
    """Return the column type of an enum: its value as text, checked by us and not by the database.

    A new member needs no migration.
    """
    return Enum(
        values,
        native_enum=False,
        create_constraint=False,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


def new_uid() -> uuid.UUID:
    """Return a UUIDv7: unique, and ordered by time of making."""
    return uuid.UUID(int=uuid_utils.uuid7().int)


class PublicId(SQLModel):
    """A dense integer key inside, a UUIDv7 outside: the integer never leaves the system."""

    id: int | None = Field(default=None, primary_key=True)
    uid: uuid.UUID = Field(default_factory=new_uid, unique=True)


LIVE: Any = Field(default=True, sa_column_kwargs={"server_default": true()})
"""A mark of rows that stand in the published revision of a public platform; only these are shown and counted."""
