"""What Meilisearch keeps of a document, and the settings of its index.

Meilisearch is used as a store of exact sets: the tokens of a document are a filterable attribute, so hits, totals
and facet counts are those of `search.text`, and no user text ever reaches its query parser (ten words, phrases,
negation). Relevance is ours too, from the frequencies kept beside.

| attribute | holds |
|---|---|
| `id` | the id in hexadecimal: any id is allowed, and its order is the order of code points |
| `payload` | the payload as JSON text: no key of it becomes an attribute (65,535 is the limit of an index) |
| `tokens` | every token |
| `strong` | tokens that are frequent for the length, marked with the step of impact: `3电池` |
| `lengths` | the sums of the frequencies, of words and of sounds |
| `frequencies` | lines of a frequency and the tokens that have it: text is read faster than lists or many attributes |
| `f_name`, `s_name` | keyword and number fields; sort keys of names |
| `_geo` | the coordinates |
| `long` | keywords that are too long for an attribute, which holds their digest: JSON text |
"""

import json
import math
from collections.abc import Mapping
from typing import Any

from search.meilisearch_filters import attribute, encode, is_digest, keyword, stored_id
from search.meilisearch_impact import IMPACTS, USUAL_LENGTHS, impact_level, length_norms, lengths, stream
from search.port import Document, EngineRejected
from search.schema import IndexSchema, SortField
from search.text import TextLayer, name_key

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
    own_lengths = lengths(frequencies)
    stored: dict[str, Any] = {
        "id": identifier,
        "payload": json.dumps(document.get("payload", {}), ensure_ascii=False, separators=(",", ":")),
        "tokens": [encode(token) for token in frequencies],
        "strong": _marks(frequencies, own_lengths),
        "lengths": own_lengths,
        "frequencies": _written(frequencies),
    }
    return stored | _fields(document, schema)


def _marks(frequencies: Mapping[str, int], own_lengths: tuple[int, int]) -> list[str]:
    norms = length_norms(own_lengths, USUAL_LENGTHS)
    impacts = {
        token: frequency / (frequency + norms[stream(token)]) for token, frequency in frequencies.items()
    }
    return [mark(impact_level(impact), token) for token, impact in impacts.items() if impact >= IMPACTS[0]]


def mark(level: int, token: str) -> str:
    """Return the entry of `strong` for a token whose impact is at a step, counted from 1."""
    return encode(f"{level}{token}")


def marks_from(level: int, token: str) -> list[str]:
    return [mark(step, token) for step in range(level, len(IMPACTS) + 1)]


def _written(frequencies: Mapping[str, int]) -> str:
    lines: dict[int, list[str]] = {}
    for token, frequency in frequencies.items():
        lines.setdefault(frequency, []).append(token)
    return "\n".join(" ".join([str(frequency), *tokens]) for frequency, tokens in lines.items())


def tokens_in(stored: Mapping[str, Any]) -> list[str]:
    """Return every token of a stored document."""
    return [token for line in stored["frequencies"].split("\n") for token in line.split(" ")[1:]]


def frequencies_in(hit: Mapping[str, Any], tokens: frozenset[str]) -> dict[str, int]:
    """Read the frequencies of some tokens from a hit; those it does not hold are left out."""
    found = {}
    for line in hit["frequencies"].split("\n"):
        frequency, *held = line.split(" ")
        for token in tokens.intersection(held):
            found[token] = int(frequency)
    return found


def _fields(document: Document, schema: IndexSchema) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    long: list[str] = []
    for name in schema.keywords:
        values = [keyword(value) for value in _as_list(document.get(name))]
        fields[attribute(name)] = [encode(value) for value in values]
        long += [value for value in values if is_digest(encode(value))]
    for name in (*schema.numbers, *(sort.name for sort in schema.sorts if sort.kind == "number")):
        fields[attribute(name)] = [_finite(value) for value in _as_list(document.get(name))]
    for sort in schema.sorts:
        if sort.kind == "name" and document.get(sort.name):
            key = name_key(str(document[sort.name])).encode()[:LONGEST_SORT_KEY_BYTES]
            fields[sort_attribute(sort)] = [key.hex()]
    if schema.geo and document.get("lat") is not None and document.get("lon") is not None:
        fields["_geo"] = {"lat": _finite(document["lat"]), "lng": _finite(document["lon"])}
    if long:
        fields["long"] = json.dumps(long, ensure_ascii=False)
    return {name: value for name, value in fields.items() if value}


def originals_in(hit: Mapping[str, Any]) -> dict[str, str]:
    """Return the long keywords of a hit by their digests."""
    return {encode(value): value for value in json.loads(hit.get("long", "[]"))}


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    return number


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple, set, frozenset)) else [value]
