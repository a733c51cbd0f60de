"""The indexes as code: what a document of each holds and what can be filtered, counted and sorted.

A document is a mapping with
- `id` (unique), `payload` (JSON, stored and given back with hits),
- `texts`: {name of a text field: str or list of str},
- keyword fields: str or list of str; number fields: int or float; `lat` and `lon` when the schema has geo,
- sort fields: the raw value (a name, a number). Absent or None means that the document has no such value.

Change anything here or in the tokens of `search.text`, and raise SCHEMA_VERSION: engines then refuse the old index.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

SCHEMA_VERSION = 3


@dataclass(frozen=True)
class TextField:
    """`boost` multiplies the term frequency (BM25F); a `phonetic` field is also found by pinyin and initials."""

    name: str
    boost: int = 1
    phonetic: bool = False


@dataclass(frozen=True)
class SortField:
    """`kind` "name" sorts Chinese by pinyin (see `search.text.name_key`), "number" by value."""

    name: str
    kind: Literal["name", "number"]


@dataclass(frozen=True)
class IndexSchema:
    name: str
    texts: tuple[TextField, ...]
    keywords: tuple[str, ...]
    numbers: tuple[str, ...]
    sorts: tuple[SortField, ...]
    geo: bool = True
    version: int = SCHEMA_VERSION


SERVICES = IndexSchema(
    name="services",
    texts=(
        TextField("title", 6, phonetic=True),
        TextField("title_en", 5),
        TextField("capabilities", 3, phonetic=True),
        TextField("related", 1, phonetic=True),
        TextField("standards", 3),
        TextField("scope", 3, phonetic=True),
        TextField("function", 2, phonetic=True),
        TextField("platform_name", 2, phonetic=True),
        TextField("equipment", 1),
        TextField("description", 2),
        TextField("summary", 1),
        TextField("deliverables", 1),
    ),
    keywords=(
        "slug",
        "field",
        "function",
        "city",
        "region",
        "tier",
        "kind",
        "lead_type",
        "capability",
        "standard",
        "valid",
        "suspended",
        "voucher",
        "demo",
        "platform",
    ),
    numbers=("price_min_cny", "lead_time_days", "entry_trl", "exit_trl"),
    sorts=(
        SortField("name", "name"),
        SortField("price_min_cny", "number"),
        SortField("lead_time_days", "number"),
    ),
)

PLATFORMS = IndexSchema(
    name="platforms",
    texts=(
        TextField("title", 6, phonetic=True),
        TextField("title_en", 5),
        TextField("capabilities", 3, phonetic=True),
        TextField("related", 1, phonetic=True),
        TextField("standards", 3),
        TextField("scope", 3),
        TextField("function", 2, phonetic=True),
        TextField("services", 2, phonetic=True),
        TextField("equipment", 2),
        TextField("summary", 2),
        TextField("operator", 2, phonetic=True),
        TextField("prose", 2),
    ),
    keywords=(
        "slug",
        "field",
        "function",
        "city",
        "region",
        "tier",
        "kind",
        "lead_type",
        "capability",
        "standard",
        "valid",
        "suspended",
        "voucher",
        "demo",
    ),
    numbers=(),
    sorts=(SortField("name", "name"),),
)

PROJECTS = IndexSchema(
    name="projects",
    texts=(
        TextField("title", 6, phonetic=True),
        TextField("title_en", 5),
        TextField("keywords", 4, phonetic=True),
        TextField("teaser", 3),
        TextField("capabilities", 3, phonetic=True),
        TextField("related", 1, phonetic=True),
        TextField("standards", 3),
        TextField("needs", 2),
        TextField("field", 2, phonetic=True),
        TextField("abstract", 2),
        TextField("outcomes", 1),
        TextField("evidence", 1),
    ),
    keywords=("slug", "field", "stage", "city", "region", "trl", "capability", "demo", "year"),
    numbers=(),
    sorts=(SortField("name", "name"), SortField("pooled", "number")),
    geo=False,
)
"""Projects of the pool, by what everybody may read of them."""

MEMBERS_PROJECTS = replace(PROJECTS, name="members_projects")
"""The same projects by what members may read, for members alone to ask. Nothing is stored of them but their ids."""

SCHEMAS: Mapping[str, IndexSchema] = {
    schema.name: schema for schema in (SERVICES, PLATFORMS, PROJECTS, MEMBERS_PROJECTS)
}
