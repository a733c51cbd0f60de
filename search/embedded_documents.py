"""Documents as tantivy stores them: one token stream, raw keywords, numbers, and a text key for every order.

tantivy orders by one field and puts equal values in no useful order; so every sort field becomes two text keys,
one ascending and one descending, that end with the id and put documents without the value last.
"""

import json
import math
import struct
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import tantivy

from search.phonetics import is_sound
from search.port import Document, EngineRejected, Scalar, TextReader
from search.schema import IndexSchema, SortField
from search.text import TextQuery, name_key

TOKENS = "tokens"
SOUNDS = "sounds"
"""Tokens by sound are kept apart, so that they do not make a document longer for BM25."""

POINT = "point"
_MISSING = "x"


class TextAnalysis(TextReader, Protocol):
    """What this engine needs of a text layer; `search.text.TextLayer` is the one of the product."""

    def document(self, schema: IndexSchema, texts: Any) -> dict[str, int]: ...

    def long_query(self, text: str) -> TextQuery: ...


def token_field(token: str) -> str:
    """Return the field that holds a token."""
    return SOUNDS if is_sound(token) else TOKENS


def keyword_field(name: str) -> str:
    return f"k_{name}"


def number_field(name: str) -> str:
    return f"n_{name}"


def order_field(name: str, *, descending: bool) -> str:
    return f"{'desc' if descending else 'asc'}_{name}"


def tantivy_schema(schema: IndexSchema) -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_bytes_field("payload", stored=True)
    for name in (TOKENS, SOUNDS):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    for name in schema.keywords:
        builder.add_text_field(keyword_field(name), fast=True, tokenizer_name="raw", index_option="basic")
    for name in schema.numbers:
        builder.add_float_field(number_field(name), indexed=True, fast=True)
    for sort in schema.sorts:
        for descending in (False, True):
            builder.add_text_field(
                order_field(sort.name, descending=descending),
                fast=True,
                tokenizer_name="raw",
                index_option="basic",
            )
    if schema.geo:
        builder.add_text_field(POINT, tokenizer_name="raw", index_option="basic")
        builder.add_float_field("lat", fast=True)
        builder.add_float_field("lon", fast=True)
    return builder.build()


def tantivy_document(schema: IndexSchema, analysis: TextAnalysis, document: Document) -> tantivy.Document:
    """Raises EngineRejected when the document does not fit its schema."""
    try:
        return _tantivy_document(schema, analysis, document)
    except (KeyError, TypeError, ValueError) as error:
        raise EngineRejected(f"document {document.get('id')!r}: {error!r}") from error


def _tantivy_document(schema: IndexSchema, analysis: TextAnalysis, document: Document) -> tantivy.Document:
    made = tantivy.Document()
    doc_id = str(document["id"])
    made.add_text("id", doc_id)
    made.add_bytes("payload", json.dumps(document.get("payload", {}), ensure_ascii=False).encode())
    frequencies = analysis.document(schema, document.get("texts", {}))
    for name, tokens in _streams(frequencies).items():
        made.add_text(name, tokens)
    for name in schema.keywords:
        for value in as_values(document.get(name)):
            made.add_text(keyword_field(name), as_keyword(value))
    for name in schema.numbers:
        for value in as_values(document.get(name)):
            made.add_float(number_field(name), float(value))
    for sort in schema.sorts:
        for descending in (False, True):
            key = _order_key(sort, document.get(sort.name), descending=descending)
            made.add_text(order_field(sort.name, descending=descending), key + doc_id)
    if schema.geo and document.get("lat") is not None and document.get("lon") is not None:
        lat, lon = float(document["lat"]), float(document["lon"])
        made.add_text(POINT, f"{lat!r},{lon!r}")
        made.add_float("lat", lat)
        made.add_float("lon", lon)
    return made


def _streams(frequencies: Mapping[str, int]) -> dict[str, str]:
    """Return the texts of the token fields, every token as often as it counts."""
    tokens: list[str] = []
    sounds: list[str] = []
    for token, times in frequencies.items():
        (sounds if is_sound(token) else tokens).append(f"{token} " * times)
    return {TOKENS: "".join(tokens), SOUNDS: "".join(sounds)}


def as_values(value: Any) -> Iterable[Any]:
    if value is None:
        return ()
    return value if isinstance(value, list | tuple | set | frozenset) else (value,)


def as_keyword(value: Scalar) -> str:
    """Return how a keyword is written: booleans as `true` and `false`."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _order_key(sort: SortField, value: Any, *, descending: bool) -> str:
    if value is None or value == "":
        return _MISSING
    if sort.kind == "number":
        return _number_key(float(value), descending=descending)
    digits = name_key(str(value)).encode().hex()
    return _complement(digits) + "~" if descending else digits + "!"


def _number_key(number: float, *, descending: bool) -> str:
    """Return 16 hexadecimal digits in the order of the numbers."""
    if math.isnan(number):
        raise ValueError("not a number")
    (bits,) = struct.unpack(">Q", struct.pack(">d", number + 0.0))
    bits = bits ^ (2**64 - 1) if bits >> 63 else bits | 1 << 63
    digits = f"{bits:016x}"
    return _complement(digits) if descending else digits


_COMPLEMENT = str.maketrans("0123456789abcdef", "fedcba9876543210")


def _complement(digits: str) -> str:
    return digits.translate(_COMPLEMENT)
