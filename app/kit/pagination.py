"""Lists in pages, by keyset: stable while rows are added, and as fast on the last page as on the first.

A cursor holds the sort values of the last row given and a fingerprint of the query, so that it cannot be
used with another filter or order. It is opaque but not secret: it holds nothing that the page did not show.
"""

import base64
import binascii
import hashlib
import json
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import BigInteger, ColumnElement, Integer, Select, TypeDecorator, and_, func, or_, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Load
from sqlalchemy.types import TypeEngine

from app.errors import InvalidCursor

T = TypeVar("T")

MAX_LIMIT = 100
_MAX_CURSOR_CHARACTERS = 2_000
# What a sort column can hold, by the letter that stands for it in a cursor.
_READERS: Mapping[str, Callable[[Any], Any]] = {
    "b": bool,
    "i": int,
    "f": float,
    "s": str,
    "d": date.fromisoformat,
    "t": datetime.fromisoformat,
    "n": Decimal,
    "u": UUID,
}
# The order matters: a bool is an int, and a datetime is a date. Drivers may give subclasses of these.
_LETTERS: Sequence[tuple[type, str]] = (
    (bool, "b"),
    (int, "i"),
    (float, "f"),
    (str, "s"),
    (datetime, "t"),
    (date, "d"),
    (Decimal, "n"),
    (UUID, "u"),
)


class PageParams(BaseModel):
    """Query parameters of every list; filters of a list inherit them."""

    model_config = ConfigDict(extra="forbid")

    cursor: str | None = Field(
        default=None, max_length=_MAX_CURSOR_CHARACTERS, description="`next_cursor` of the page before"
    )
    limit: int = Field(default=20, ge=1, le=MAX_LIMIT, description="most items on the page")
    total: bool = Field(default=False, description="also count all items; costs time on long lists")

    def fingerprint(self) -> str:
        """Return what the filters and the order are; equal for two pages of one list only."""
        return fingerprint(self.model_dump(mode="json", exclude={"cursor", "limit", "total"}))


class Page(BaseModel, Generic[T]):
    """One page of a list."""

    items: list[T]
    next_cursor: str | None = Field(
        description="give it as `cursor` for the next page; null on the last page"
    )
    total: int | None = Field(default=None, description="number of all items, exact; only with `total=true`")


@dataclass(frozen=True)
class SortKey:
    """One column of an order. It must never be null; the last key of an order must be unique."""

    column: ColumnElement[Any]
    descending: bool = False


@dataclass(frozen=True)
class RowPage:
    """Rows of a page as the database gave them, without the columns added for the cursor."""

    rows: Sequence[Any]
    next_cursor: str | None
    total: int | None

    def to_page(self, make: Callable[[Any], T]) -> Page[T]:
        """Return the page for the answer, each row made into an item."""
        return Page(items=[make(row) for row in self.rows], next_cursor=self.next_cursor, total=self.total)


@lru_cache
def only(entity: type[Any], *names: str) -> Load:
    """Return the option by which a list reads these columns of an entity, and its key; others cannot be read then."""
    return Load(entity).load_only(*(getattr(entity, name) for name in names), raiseload=True)


def fingerprint(query: Mapping[str, Any]) -> str:
    """Return a short hash of a JSON-like `query`, independent of the order of its keys."""
    text = json.dumps(query, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def encode_cursor(values: Sequence[Any], query_fingerprint: str) -> str:
    """Return the cursor after a row with these sort values."""
    tagged = [[_letter(value), _plain(value)] for value in values]
    text = json.dumps([query_fingerprint, tagged], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, query_fingerprint: str, types: Sequence[type]) -> list[Any]:
    """Return the sort values of `cursor`.

    Raises InvalidCursor if it cannot be read, is of another query, or its values are not of `types`.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        found_fingerprint, tagged = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        values = [_READERS[letter](value) for letter, value in tagged]
    except (binascii.Error, ArithmeticError, KeyError, RecursionError, TypeError, ValueError):
        raise InvalidCursor from None
    if found_fingerprint != query_fingerprint or [type(value) for value in values] != list(types):
        raise InvalidCursor
    if not all(_storable(value) for value in values):
        raise InvalidCursor
    return values


async def fetch_page(
    session: AsyncSession,
    statement: Select[Any],
    order: Sequence[SortKey],
    params: PageParams,
) -> RowPage:
    """Return the page of `statement` that `params` asks for, in `order`.

    `statement` has neither an order nor a limit. A row of one entity is given as that entity.
    Raises InvalidCursor. Costs one query, and one more for the total.
    """
    names = [f"cursor_{number}" for number in range(len(order))]
    keyed = statement.add_columns(
        *(key.column.label(name) for key, name in zip(order, names, strict=True))
    ).order_by(*(key.column.desc() if key.descending else key.column.asc() for key in order))
    if params.cursor is not None:
        types = [_plain_type(key.column.type) for key in order]
        values = decode_cursor(params.cursor, params.fingerprint(), [plain.python_type for plain in types])
        if not all(_fits(value, plain) for value, plain in zip(values, types, strict=True)):
            raise InvalidCursor
        keyed = keyed.where(_after(order, values))
    rows = (await session.execute(keyed.limit(params.limit + 1))).all()
    shown = rows[: params.limit]
    next_cursor = None
    if len(rows) > params.limit:
        next_cursor = encode_cursor([getattr(shown[-1], name) for name in names], params.fingerprint())
    total = None
    if params.total:
        total = await session.scalar(select(func.count()).select_from(statement.order_by(None).subquery()))
    return RowPage(
        rows=[_without_keys(row, len(order)) for row in shown], next_cursor=next_cursor, total=total
    )


def _after(order: Sequence[SortKey], values: Sequence[Any]) -> ColumnElement[bool]:
    """Return the condition that a row comes after one with these values.

    It is a >= x and (a > x or (a = x and b > y) ...); the first part lets a database start at the right
    place of an index.
    """
    alternatives = []
    for position, (key, value) in enumerate(zip(order, values, strict=True)):
        equal = [earlier.column == values[number] for number, earlier in enumerate(order[:position])]
        beyond = key.column < value if key.descending else key.column > value
        alternatives.append(and_(*equal, beyond))
    first = order[0]
    start = first.column <= values[0] if first.descending else first.column >= values[0]
    return and_(start, or_(*alternatives))


def _plain_type(column_type: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return what a type of our own, or SQLModel's text type, is made of: only that knows its Python type."""
    return column_type.impl_instance if isinstance(column_type, TypeDecorator) else column_type


def _fits(value: Any, column_type: TypeEngine[Any]) -> bool:
    """Say whether PostgreSQL can compare a column of the type with the value: a plain integer has 32 bits."""
    narrow = isinstance(column_type, Integer) and not isinstance(column_type, BigInteger)
    return not narrow or -(2**31) <= value < 2**31


def _without_keys(row: Row[Any], keys: int) -> Any:
    columns, names = len(row) - keys, row._fields
    if columns == 1:
        return row[0]
    # Of two entities of one name only one is named: such rows go by place.
    return row[:columns] if len(names) < len(row) else _named(names[:columns])(*row[:columns])


@lru_cache(maxsize=256)
def _named(columns: tuple[str, ...]) -> Callable[..., tuple[Any, ...]]:
    return namedtuple("PageRow", columns, rename=True)  # noqa: PYI024 (the names are known only now)


def _letter(value: Any) -> str:
    return next(letter for kind, letter in _LETTERS if isinstance(value, kind))


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | UUID) else value


def _storable(value: Any) -> bool:
    """Say whether both databases can compare with `value`: no U+0000, no surrogate, 64 bits, finite."""
    if isinstance(value, str):
        return not any(character == "\x00" or "\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    if isinstance(value, float | Decimal):
        return Decimal(value).is_finite()
    return not isinstance(value, datetime) or value.tzinfo is not None
