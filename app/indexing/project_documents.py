"""Pooled projects to search documents. What may be in a document is what `app.disclosure` gives its readers. Pure.

The documents follow `search.schema.PROJECTS`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.disclosure.rules import NO_CLEARANCE, Clearance, disclosed
from app.indexing.projections import TermSource, city_code
from app.models.results import DisclosureTier
from search.port import Document

MEMBERS = Clearance(DisclosureTier.MEMBERS)


@dataclass(frozen=True)
class ProjectSource:
    """A public project with the version of its result that was pooled.

    `document` is whole and `tiers` say who may read what; `terms` are what its needs were understood as. `year` is
    that in which it was pooled (Shanghai).
    """

    id: str
    slug: str
    document: Mapping[str, Any]
    tiers: Mapping[str, str]
    fields: tuple[TermSource, ...]
    terms: tuple[TermSource, ...]
    outcomes: tuple[str, ...]
    stage: str
    region_code: str | None
    pooled_at: datetime
    year: int
    demo: bool


def project_document(project: ProjectSource) -> Document:
    """Return the document of the index `projects`: what everybody may read."""
    shown = disclosed(project.document, project.tiers, NO_CLEARANCE).document
    title, teaser = shown["title"], shown.get("public_abstract") or {}
    made = _document(project, shown)
    payload = {
        "id": project.id,
        "slug": project.slug,
        "title_zh": title["zh"],
        "title_en": title.get("en"),
        "description_zh": teaser.get("zh"),
        "description_en": teaser.get("en"),
        "keywords": list(shown.get("keywords") or ()),
        "field": made["field"],
        "stage": project.stage,
        "city": made.get("city"),
        "region": project.region_code,
        "trl": shown.get("trl"),
        "capability": made["capability"],
        "year": project.year,
        "demo": project.demo,
    }
    return _present(made | {"payload": payload})


def members_document(project: ProjectSource) -> Document:
    """Return the document of the index `members_projects`: found by more, and stored of it is the id alone."""
    shown = disclosed(project.document, project.tiers, MEMBERS).document
    return _present(_document(project, shown) | {"payload": {"id": project.id}})


def _document(project: ProjectSource, shown: Mapping[str, Any]) -> dict[str, Any]:
    title, teaser, needs = shown["title"], shown.get("public_abstract") or {}, shown.get("needs") or []
    terms = project.terms if needs else ()
    region = project.region_code
    return {
        "id": project.id,
        "name": title["zh"],
        "pooled": int(project.pooled_at.timestamp()),
        "slug": project.slug,
        "field": [field.code for field in project.fields],
        "stage": project.stage,
        "city": None if region is None or region.endswith("0000") else city_code(region),
        "region": _regions(region),
        "trl": None if shown.get("trl") is None else str(shown["trl"]),
        "capability": [term.code for term in terms],
        "demo": str(project.demo).lower(),
        "year": str(project.year),
        "texts": _texts(
            title=[title["zh"]],
            title_en=[title.get("en")],
            keywords=shown.get("keywords") or [],
            teaser=[teaser.get("zh"), teaser.get("en")],
            capabilities=_names(terms),
            related=[synonym for term in terms for synonym in term.synonyms],
            standards=[need.get("standard") for need in needs],
            needs=[need.get(name) for need in needs for name in ("text", "object", "parameter")],
            field=_names(project.fields),
            abstract=[shown.get("abstract")],
            outcomes=project.outcomes,
            evidence=[shown.get("trl_evidence")],
        ),
    }


def _regions(region_code: str | None) -> list[str]:
    """Return the codes under which the place is found: its own and that of its city."""
    return [] if region_code is None else list(dict.fromkeys([region_code, city_code(region_code)]))


def _names(terms: Iterable[TermSource]) -> list[str | None]:
    return [name for term in terms for name in (term.name_zh, term.name_en)]


def _texts(**texts: Sequence[str | None]) -> dict[str, list[str]]:
    found = {name: [value for value in dict.fromkeys(values) if value] for name, values in texts.items()}
    return {name: values for name, values in found.items() if values}


def _present(document: Mapping[str, Any]) -> Document:
    return {name: value for name, value in document.items() if value is not None and value != []}
