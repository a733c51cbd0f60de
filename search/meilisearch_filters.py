"""Filter trees as Meilisearch filter expressions, and values as the strings that Meilisearch compares exactly.

Meilisearch compares strings after trimming, compatibility decomposition and lower-casing, and cuts them at 468
bytes, so that "A" equals "a". Equality here is exact: a value that this would change is stored and asked for in an
encoded form. Decimal digits, ASCII lower-case letters, most punctuation and Chinese characters stay readable.
"""

import base64
import hashlib
import math
import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

from search.port import And, Between, EngineRejected, Eq, Exists, Filter, GeoRadius, In, Not, Or, Scalar
from search.schema import IndexSchema

ENCODED = "="
DIGESTED = "=="
LONGEST_VALUE_BYTES = 400
EVERYTHING = "id EXISTS"
NOTHING = "id NOT EXISTS"

# No quote, no backslash, no leading or trailing space, and no leading ENCODED mark.
_PLAIN = re.compile(r"(?![= ])[a-z0-9 !#$%&'()*+,\-./:;<=>?@\[\]^_`{|}~\u4e00-\u9fff]+(?<! )")


def attribute(field: str) -> str:
    """Return the attribute that holds a keyword, number or sort field of a document."""
    return f"f_{field}"


@lru_cache(maxsize=100_000)
def encode(value: str) -> str:
    """Return the form of a string under which Meilisearch keeps it apart from every other string."""
    raw = value.encode("utf-8", "surrogatepass")
    if len(raw) <= LONGEST_VALUE_BYTES and _PLAIN.fullmatch(value):
        return value
    if len(raw) <= LONGEST_VALUE_BYTES // 2:
        return ENCODED + base64.b32encode(raw).decode().rstrip("=").lower()
    return DIGESTED + hashlib.sha256(raw).hexdigest()


def is_digest(stored: str) -> bool:
    """Say whether `encode` could only keep a digest."""
    return stored.startswith(DIGESTED)


def decode(stored: str) -> str:
    """Return the string that `encode` was given; of a digest only the digest is left."""
    if not stored.startswith(ENCODED) or is_digest(stored):
        return stored
    packed = stored[len(ENCODED) :].upper()
    padded = packed + "=" * (-len(packed) % 8)
    return base64.b32decode(padded).decode("utf-8", "surrogatepass")


def stored_id(document_id: str) -> str:
    """Return an id in hexadecimal: any id is allowed, and the order is that of code points."""
    return document_id.encode("utf-8", "surrogatepass").hex()


def original_id(stored: str) -> str:
    return bytes.fromhex(stored).decode("utf-8", "surrogatepass")


def literal(stored: str) -> str:
    """Return an encoded value as it stands in an expression; it holds no quote and no backslash."""
    return f'"{stored}"'


def any_of(name: str, stored: Iterable[str]) -> str:
    """Return the expression that is true when an attribute holds one of some encoded values."""
    literals = [literal(value) for value in stored]
    if not literals:
        return NOTHING
    return f"{name} = {literals[0]}" if len(literals) == 1 else f"{name} IN [{', '.join(literals)}]"


def all_true(expressions: Iterable[str]) -> str:
    return _joined("AND", list(expressions), EVERYTHING)


def one_true(expressions: Iterable[str]) -> str:
    return _joined("OR", list(expressions), NOTHING)


def expression(clause: Filter, schema: IndexSchema) -> str:
    """Return a filter tree as one expression; a field that the schema does not have raises EngineRejected."""
    match clause:
        case Eq(field, value):
            return _equals(field, (value,), schema)
        case In(field, values):
            return _equals(field, values, schema)
        case Between(field, low, high):
            return _between(_known(field, schema.numbers, schema), low, high)
        case Exists(field):
            return f"{_known(field, ('id', *schema.keywords, *schema.numbers), schema)} EXISTS"
        case GeoRadius(lat, lon, radius_m):
            return f"_geoRadius({_decimal(lat)}, {_decimal(lon)}, {_decimal(radius_m)})"
        case Not(inner):
            return f"NOT ({expression(inner, schema)})"
        case And(clauses):
            return all_true(expression(inner, schema) for inner in clauses)
        case Or(clauses):
            return one_true(expression(inner, schema) for inner in clauses)


def _joined(operator: str, expressions: list[str], neutral: str) -> str:
    if not expressions:
        return neutral
    if len(expressions) == 1:
        return expressions[0]
    return "(" + f" {operator} ".join(expressions) + ")"


def _known(field: str, fields: tuple[str, ...], schema: IndexSchema) -> str:
    if field not in fields:
        raise EngineRejected(f"the index {schema.name} has no such field to filter by: {field!r}")
    return field if field == "id" else attribute(field)


def _equals(field: str, values: tuple[Scalar, ...], schema: IndexSchema) -> str:
    if field in schema.numbers:
        numbers = [float(value) for value in values if not isinstance(value, str)]
        return any_of(attribute(field), [_decimal(number) for number in numbers if math.isfinite(number)])
    store = stored_id if field == "id" else encode
    name = _known(field, ("id", *schema.keywords), schema)
    return any_of(name, [store(keyword(value)) for value in values])


def keyword(value: Scalar) -> str:
    """Return a value as a keyword: true and false in lower case, numbers as Python writes them."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _between(name: str, low: float | None, high: float | None) -> str:
    if any(end is not None and math.isnan(end) for end in (low, high)):
        return NOTHING
    ends = [
        f"{name} {operator} {_decimal(end)}"
        for operator, end in ((">=", low), ("<=", high))
        if end is not None
    ]
    return all_true(ends) if ends else f"{name} EXISTS"


def _decimal(number: float) -> str:
    """Return a number without exponent or sign trouble; infinities become the largest finite number."""
    finite = math.copysign(min(abs(number), 1.7976931348623157e308), number)
    return f"{Decimal(repr(float(finite))):f}"
