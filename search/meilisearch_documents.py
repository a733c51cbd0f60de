"""What Meilisearch keeps of a document, and the settings of its index.

Meilisearch is used as a store of exact sets: the tokens of a document are a filterable attribute, so hits, totals
and facet counts are those of `search.text`, and no user text ever reaches its query parser (ten words, phrases,
negation). Relevance is ours too: the frequencies that scoring needs are kept in SHARDS small attributes, of which
a search asks for the ones that its tokens fall in.

| attribute | holds |
|---|---|
| `id` | the id in hexadecimal: any id is allowed, and its order is the order of code points |
| `payload` | the payload as JSON text: no key of it becomes an attribute (65,535 is the limit of an index) |
| `tokens` | every token |
| `strong` | tokens with a high frequency, marked with how high: `1电池`, `2电池` |
| `length` | the sum of the frequencies |
| `w0` ... | the frequencies, `token frequency` a line |
| `f_name` | keyword, number and sort fields |
| `_geo` | the coordinates |
"""

import json
import math
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from search.meilisearch_filters import attribute, encode, keyword, stored_id
from search.port import Document, EngineRejected
from search.schema import IndexSchema, SortField
from search.text import TextLayer, name_key

SHARDS = 32
STRONG_FREQUENCIES = (3, 6, 12)
LONGEST_STORED_ID = 460
LONGEST_SORT_KEY_BYTES = 230


def index_settings(schema: IndexSchema) -> dict[str, Any]:
    """Return all settings of an index: what can be filtered and sorted, and nothing else switched on."""
    keywords = [attribute(name) for name in schema.keywords]
    numbers = [attribute(name) for name in schema.numbers]
    geo = ["_geo"] if schema.geo else []
    return {
        "searchableAttributes": [],
        "displayedAttributes": ["*"],
        "filterableAttributes": [
            _rule(["id", "tokens", "strong", *keywords], comparison=False),
            *([_rule(numbers, comparison=True)] if numbers else []),
            *geo,
        ],
        "sortableAttributes": ["id", *(sort_attribute(sort) for sort in schema.sorts), *geo],
        "rankingRules": ["sort"],
        "typoTolerance": {"enabled": False},
        "prefixSearch": "disabled",
        "facetSearch": False,
        "faceting": {"maxValuesPerFacet": 100_000, "sortFacetValuesBy": {"*": "count"}},
        "pagination": {"maxTotalHits": 1_000_000},
    }


def _rule(attributes: list[str], *, comparison: bool) -> dict[str, Any]:
    return {
        "attributePatterns": attributes,
        "features": {"facetSearch": False, "filter": {"equality": True, "comparison": comparison}},
    }


def sort_attribute(sort: SortField) -> str:
    """Return the attribute to sort by; a number is sorted by the field that it is filtered by."""
    return attribute(sort.name) if sort.kind == "number" else f"s_{sort.name}"


def stored_document(document: Document, schema: IndexSchema, layer: TextLayer) -> dict[str, Any]:
    """Return a document in the form that Meilisearch keeps. Costs about as much as reading its texts.

    Raises EngineRejected when the document does not fit its schema.
    """
    try:
        return _stored_document(document, schema, layer)
    except (KeyError, TypeError, ValueError) as error:
        raise EngineRejected(f"document {document.get('id')!r}: {error!r}") from error


def _stored_document(document: Document, schema: IndexSchema, layer: TextLayer) -> dict[str, Any]:
    identifier = stored_id(str(document["id"]))
    if not 0 < len(identifier) <= LONGEST_STORED_ID:
        raise ValueError(f"an id has 1 to {LONGEST_STORED_ID // 2} bytes")
    frequencies = layer.document(schema, document.get("texts", {}))
    stored: dict[str, Any] = {
        "id": identifier,
        "payload": json.dumps(document.get("payload", {}), ensure_ascii=False, separators=(",", ":")),
        "tokens": [encode(token) for token in frequencies],
        "strong": [
            strong_token(level, token)
            for token, frequency in frequencies.items()
            for level, enough in enumerate(STRONG_FREQUENCIES, start=1)
            if frequency >= enough
        ],
        "length": sum(frequencies.values()),
    }
    return stored | _shards(frequencies) | _fields(document, schema)


def strong_token(level: int, token: str) -> str:
    """Return the mark of a token whose frequency reaches STRONG_FREQUENCIES[level - 1]."""
    return encode(f"{level}{token}")


def _shards(frequencies: Mapping[str, int]) -> dict[str, str]:
    lines: dict[str, list[str]] = {}
    for token, frequency in frequencies.items():
        lines.setdefault(shard_of(token), []).append(f"{token} {frequency}")
    return {shard: "\n".join(entries) for shard, entries in lines.items()}


def shard_of(token: str) -> str:
    """Return the attribute that keeps the frequency of a token."""
    return f"w{zlib.crc32(token.encode()) % SHARDS}"


def frequencies_in(hit: Mapping[str, Any], shards: Iterable[str]) -> dict[str, int]:
    """Read the frequencies back from the shards of a hit."""
    found: dict[str, int] = {}
    for shard in shards:
        for line in hit.get(shard, "").split("\n"):
            token, _, frequency = line.rpartition(" ")
            if token:
                found[token] = int(frequency)
    return found


def _fields(document: Document, schema: IndexSchema) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name in schema.keywords:
        fields[attribute(name)] = [encode(keyword(value)) for value in _as_list(document.get(name))]
    for name in (*schema.numbers, *(sort.name for sort in schema.sorts if sort.kind == "number")):
        fields[attribute(name)] = [_finite(value) for value in _as_list(document.get(name))]
    for sort in schema.sorts:
        if sort.kind == "name" and document.get(sort.name):
            key = name_key(str(document[sort.name])).encode()[:LONGEST_SORT_KEY_BYTES]
            fields[sort_attribute(sort)] = [key.hex()]
    if schema.geo and document.get("lat") is not None and document.get("lon") is not None:
        fields["_geo"] = {"lat": _finite(document["lat"]), "lng": _finite(document["lon"])}
    return {name: value for name, value in fields.items() if value}


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    return number


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple, set, frozenset)) else [value]
