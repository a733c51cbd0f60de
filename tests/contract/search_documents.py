"""Documents of the contract suite, and what the port says about them, evaluated in plain Python."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from math import acos, cos, radians, sin
from random import Random
from typing import Any

from search.port import And, Between, Document, Eq, Exists, Filter, GeoRadius, In, Not, Or, SearchRequest
from search.schema import SERVICES, IndexSchema
from search.text import ENOUGH, SynonymGroup, TextLayer, TextQuery, name_key

SYNONYMS = (
    SynonymGroup(heads=("盐雾试验", "salt spray"), terms=("中性盐雾",), triggers=("生锈",)),
    SynonymGroup(heads=("电池安全", "battery safety"), terms=("针刺", "过充")),
    SynonymGroup(heads=("电磁兼容", "EMC")),
)
LAYER = TextLayer(SYNONYMS)

WEIRD_VALUES = (
    'a "quoted" value',
    "back\\slash",
    "it's",
    "[brackets] = (and) AND OR NOT TO",
    "emoji 🔋",
    " space around ",
    "Case",
    "case",
    "全角Ａ",
    "x" * 600,
    "line\nbreak",
    "=equals",
)
_THINGS = ("动力电池", "燃料电池", "无人机", "机器人", "面料", "车规芯片", "压铸件", "数控机床")
_WORKS = (
    "盐雾试验",
    "过充",
    "电磁兼容测试",
    "色牢度检测",
    "振动试验",
    "热失控扩散",
    "中试放大",
    "定位精度检测",
)
_ENGLISH = ("salt spray", "battery overcharge", "EMC emission", "colour fastness", "vibration", "scale-up")
_STANDARDS = ("GB/T 2423.17-2008", "GB/T 2423.17-2024", "GB 38031-2020", "GB/T 10125", "ISO 9227:2017")
_FIELDS = ("new_energy", "robotics", "automotive", "modern_textile")
_CITIES = ("330100", "330200", "330300")
_POINTS = ((30.27, 120.15), (29.87, 121.54), (28.0, 120.7), (30.75, 120.75))


def documents(count: int = 150, seed: int = 20261123) -> list[dict[str, Any]]:
    """Make documents whose look-alike fields differ, whose values repeat, and that lack each option somewhere."""
    random = Random(seed)
    return [_document(random, number) for number in range(count)]


def _document(random: Random, number: int) -> dict[str, Any]:
    thing, work = random.choice(_THINGS), random.choice(_WORKS)
    made: dict[str, Any] = {
        "id": f"id-{(number * 7919) % 1000:03d}",
        "slug": f"slug-{number}",
        "name": f"{thing}{work}" if random.random() < 0.9 else None,
        "payload": {"number": number, "title": f"{thing}{work}", "nested": {"语言": ["中", None, 1.5, True]}},
        "texts": {
            "title": f"{thing}{work}",
            "title_en": random.choice(_ENGLISH),
            "description": [f"面向{random.choice(_THINGS)}的{random.choice(_WORKS)}服务", "第二句"],
            "standards": random.sample(_STANDARDS, random.randint(0, 2)),
        },
        "field": random.sample(_FIELDS, random.randint(0, 3)),
        "city": random.choice(_CITIES),
        "function": random.choice(["test_inspection", "scale_up"]),
        "platform": WEIRD_VALUES[number % len(WEIRD_VALUES)],
        "entry_trl": random.randint(1, 6),
    }
    if random.random() < 0.7:
        made["price_min_cny"] = random.choice([0, 300, 300, 300, 1500.5, 80000, -5])
    if random.random() < 0.8:
        made["lead_time_days"] = random.randint(1, 9)
    if random.random() < 0.7:
        made["voucher"] = random.choice(["true", "false"])
    if random.random() < 0.8:
        lat, lon = random.choice(_POINTS)
        made["lat"], made["lon"] = lat + random.choice([0, 0.01, 0.1]), lon
    return made


async def stream(found: Iterable[Document]) -> AsyncIterator[Document]:
    for document in found:
        yield document


def distance_m(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Return the great-circle distance in metres, by the spherical law of cosines."""
    here, there = radians(lat), radians(other_lat)
    turn = sin(here) * sin(there) + cos(here) * cos(there) * cos(radians(other_lon - lon))
    return 6_371_008.8 * acos(max(-1.0, min(1.0, turn)))


def matches(document: Document, clause: Filter) -> bool:
    match clause:
        case Eq(field, value):
            return value in _values(document, field)
        case In(field, values):
            return any(value in _values(document, field) for value in values)
        case Between(field, low, high):
            numbers = _values(document, field)
            return any((low is None or low <= one) and (high is None or one <= high) for one in numbers)
        case Exists(field):
            return bool(_values(document, field))
        case GeoRadius(lat, lon, radius_m):
            has_place = "lat" in document
            return has_place and distance_m(lat, lon, document["lat"], document["lon"]) <= radius_m
        case Not(inner):
            return not matches(document, inner)
        case And(clauses):
            return all(matches(document, inner) for inner in clauses)
        case Or(clauses):
            return any(matches(document, inner) for inner in clauses)


def _values(document: Document, field: str) -> Sequence[Any]:
    value = document.get(field)
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def matching(found: Sequence[Document], text: TextQuery) -> str:
    if text.is_blank:
        return "all"
    holding = sum(_holds_all(_tokens(document), text) for document in found)
    return "all" if text.concepts and holding >= ENOUGH else "any"


def expected(
    found: Sequence[Document], request: SearchRequest, *, without: str | None = None
) -> list[Document]:
    """Return the documents that are hits of a request, in no order; `without` leaves out one named filter."""
    text = LAYER.query(request.text)
    filters = [clause for name, clause in request.filters.items() if name != without]
    is_all = matching(found, text) == "all"
    return [
        document
        for document in found
        if (text.is_blank or _is_hit(_tokens(document), text, is_all=is_all))
        and all(matches(document, clause) for clause in filters)
    ]


def facet(found: Sequence[Document], request: SearchRequest, name: str) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for document in expected(found, request, without=name):
        for value in set(_values(document, name)):
            counts[value] = counts.get(value, 0) + 1
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def ordered(found: Iterable[Document], field: str, *, descending: bool) -> list[str]:
    """Return ids by a sort field: documents without it last, ties by id."""

    def value(document: Document) -> Any:
        return name_key(document[field]) if field == "name" else document[field]

    having = sorted((one for one in found if one.get(field) is not None), key=lambda one: one["id"])
    having.sort(key=value, reverse=descending)  # a stable sort keeps the ids in order
    lacking = sorted(one["id"] for one in found if one.get(field) is None)
    return [one["id"] for one in having] + lacking


_TOKENS: dict[int, Mapping[str, int]] = {}


def _tokens(document: Document) -> Mapping[str, int]:
    if id(document) not in _TOKENS:
        _TOKENS[id(document)] = LAYER.document(SERVICES, document["texts"])
    return _TOKENS[id(document)]


def _is_hit(tokens: Mapping[str, int], text: TextQuery, *, is_all: bool) -> bool:
    return _holds_all(tokens, text) if is_all else any(token in tokens for token in text.any_tokens)


def _holds_all(tokens: Mapping[str, int], text: TextQuery) -> bool:
    return all(
        any(all(token in tokens for token in way.tokens) for way in concept.alternatives)
        for concept in text.concepts
    )


_WORDS = ("鲸鱼", "海豚", "企鹅", "骆驼", "羚羊", "刺猬", "孔雀", "蜻蜓", "螃蟹", "鹦鹉", "蜥蜴", "蝙蝠")


def words_of(schema: IndexSchema) -> dict[str, str]:
    """Return a word for each text field of an index that no other field has."""
    return dict(zip((text.name for text in schema.texts), _WORDS, strict=True))


def one_of_each(schema: IndexSchema) -> list[dict[str, Any]]:
    """Return one document for each text field that has its word there, with two values of each keyword."""
    made: list[dict[str, Any]] = []
    for number, (name, word) in enumerate(words_of(schema).items()):
        document: dict[str, Any] = {
            "id": f"id-{number:02}",
            "payload": {"number": number},
            "texts": {name: word},
            **{keyword: [f"{keyword}-{number % 2}", f"{keyword}-all"] for keyword in schema.keywords},
            **{sort.name: number % 5 if sort.kind == "number" else word for sort in schema.sorts},
        }
        if schema.geo:
            document |= {"lat": 30.0 + number, "lon": 120.0}
        made.append(document)
    return made
