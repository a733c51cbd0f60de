"""The small tables that every match needs, read once per catalogue version and kept in memory.

Platforms and accreditations become columns, the vocabulary becomes look-ups. Scope lines and service capabilities
are never kept: they are read for each match. A snapshot never changes; a new catalogue version makes a new one.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt

from app.matching.facts import Need, Relation, Successor
from app.models.scope import AccreditationState, Scheme
from app.registry.rules import AccreditationStatus, is_suspended
from app.vocabulary.rules import normal_form, occurrences
from search.standard_numbers import find_standard_numbers

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

UNKNOWN_START = np.iinfo(np.int64).min
UNKNOWN_END = np.iinfo(np.int64).max
"""Days that stand for a validity without a start or an end; the status says that it is not stated."""

STATES = tuple(AccreditationState)
STATUSES = tuple(AccreditationStatus)
_PENDING_STATES = [STATES.index(AccreditationState.PLANNED), STATES.index(AccreditationState.APPLIED)]
_GRANTED = STATES.index(AccreditationState.GRANTED)


@dataclass(frozen=True, slots=True)
class EditionView:
    number: str
    edition: str | None
    successors: tuple[Successor, ...]


@dataclass(frozen=True, slots=True)
class StandardView:
    id: int
    base: str
    term: str | None


@dataclass(frozen=True, slots=True)
class TermView:
    """A capability term.

    `names` are the normal forms that name exactly this, and may stand for each other in a verdict; `spellings` all
    the words by which people look for it, as written. `designation` names an approval beyond CNAS and CMA that may
    be needed: approval_zh, authority_zh, when_zh.
    """

    code: str
    name_zh: str
    name_en: str
    names: frozenset[str]
    spellings: tuple[str, ...]
    designation: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class VocabularyRows:
    """What a vocabulary view is made of.

    `equivalences` and `supersessions` are pairs of base numbers, the latter (old, new); `broader` are pairs of
    normal forms (narrower, broader); `editions` go by the key of the edition, objects, parameters and
    dimensions by normal form or key; `places` are region codes by name.
    """

    terms: Sequence[TermView]
    standards: Sequence[StandardView]
    editions: Mapping[int, EditionView]
    equivalences: Sequence[tuple[str, str]]
    supersessions: Sequence[tuple[str, str]]
    broader: Sequence[tuple[str, str]]
    objects: Mapping[str, int]
    parameters: Mapping[str, int]
    dimensions: Mapping[str, int]
    regions: frozenset[str] = frozenset()
    places: Mapping[str, str] = field(default_factory=dict)


class VocabularyView:
    """Look-ups over the controlled words, in the normal forms in which they are compared.

    `version` is the same for two vocabularies under which every need is understood and judged alike.
    """

    def __init__(self, rows: VocabularyRows) -> None:
        self.version = vocabulary_version(rows)
        self.terms = {term.code: term for term in rows.terms}
        self.designated = frozenset(term.code for term in rows.terms if term.designation)
        self.editions = rows.editions
        self._edition_keys: Ints = np.array(sorted(rows.editions), np.int64)
        self.dimension_ids = rows.dimensions
        self.regions = rows.regions
        self.places = rows.places
        self._successors = {view.number: view.successors for view in rows.editions.values()}
        self._objects = rows.objects
        self._parameters = rows.parameters
        self._standards = {standard.base: standard for standard in rows.standards}
        self._by_id = {standard.id: standard for standard in rows.standards}
        self._by_term: dict[str, list[int]] = {}
        for standard in rows.standards:
            if standard.term is not None:
                self._by_term.setdefault(standard.term, []).append(standard.id)
        self._related: dict[str, dict[str, Relation]] = {}
        self._related_to: dict[str, set[str]] = {}
        for old, new in rows.supersessions:
            self._relate(old, new, Relation.SUCCESSOR)
        for one, other in rows.equivalences:
            self._relate(one, other, Relation.EQUIVALENT)
            self._relate(other, one, Relation.EQUIVALENT)
        self._broader: dict[str, set[str]] = {}
        for narrower, wider in rows.broader:
            self._broader.setdefault(narrower, set()).add(wider)
        self._named_by: dict[str, set[str]] = {}
        self._meant_by: dict[str, set[str]] = {}
        for term in rows.terms:
            for name in term.names:
                self._named_by.setdefault(name, set()).add(term.code)
            for spelling in term.spellings:
                self._meant_by.setdefault(normal_form(spelling), set()).add(term.code)

    def _relate(self, base: str, other: str, relation: Relation) -> None:
        if base != other:
            self._related.setdefault(base, {}).setdefault(other, relation)
            self._related_to.setdefault(other, set()).add(base)

    def knows_editions(self, keys: npt.NDArray[Any]) -> Mask:
        """Return which keys of editions stand in the vocabulary."""
        return np.isin(keys, self._edition_keys)

    def successors_of(self, number: str) -> tuple[Successor, ...]:
        """Return the editions that replace the one cited as `number`."""
        return self._successors.get(number, ())

    def standard_id(self, base: str) -> int | None:
        standard = self._standards.get(base)
        return standard.id if standard else None

    def standards_with(self, ids: Iterable[int]) -> Iterable[StandardView]:
        """Yield the standards with these ids, as far as they are known."""
        return (self._by_id[i] for i in ids if i in self._by_id)

    def bases_related_to(self, base: str) -> Iterable[str]:
        """Return the base numbers for which this one is an equivalent or a successor."""
        return self._related_to.get(base, ())

    def term_of_standard(self, base: str) -> str | None:
        standard = self._standards.get(base)
        return standard.term if standard else None

    def standards_of_term(self, term: str) -> Sequence[int]:
        return self._by_term.get(term, ())

    def related(self, base: str) -> Mapping[str, Relation]:
        """Return the base numbers of equivalent and successor standards."""
        return self._related.get(base, {})

    def objects_covering(self, name: str) -> frozenset[str]:
        """Return the normal forms of an object and of every broader one. Source: design verdict rule 5."""
        found, waiting = set[str](), [normal_form(name)]
        while waiting:
            key = waiting.pop()
            if key not in found:
                found.add(key)
                waiting.extend(self._broader.get(key, ()))
        return frozenset(found)

    def terms_named(self, name: str) -> list[str]:
        """Return the codes of the terms that people may mean by a name."""
        return sorted(self._meant_by.get(normal_form(name), ()))

    def parameters_named(self, name: str) -> frozenset[str]:
        """Return the normal forms that name a parameter: its own and, where it names a term, the term's."""
        key = normal_form(name)
        return frozenset({key}).union(*(self.terms[code].names for code in self._named_by.get(key, ())))

    def object_ids(self, names: Iterable[str]) -> list[int]:
        return [self._objects[name] for name in names if name in self._objects]

    def parameter_ids(self, names: Iterable[str]) -> list[int]:
        return [self._parameters[name] for name in names if name in self._parameters]


def vocabulary_version(rows: VocabularyRows) -> str:
    """Return a hash of all that can change a verdict: terms, which standard serves which, relations, places.

    Standards, objects and parameters that are only cited in scopes do not count, nor do keys of rows.
    """
    content = [
        sorted(
            [
                t.code,
                t.name_zh,
                t.name_en,
                sorted(t.names),
                sorted(t.spellings),
                sorted((t.designation or {}).items()),
            ]
            for t in rows.terms
        ),
        sorted([s.base, s.term] for s in rows.standards if s.term is not None),
        sorted(
            [edition.number, sorted([s.number, str(s.effective)] for s in edition.successors)]
            for edition in rows.editions.values()
            if edition.successors
        ),
        sorted(map(list, rows.equivalences)),
        sorted(map(list, rows.supersessions)),
        sorted(map(list, rows.broader)),
        sorted(rows.places.items()),
    ]
    canonical = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class PlatformRow:
    """What ordering, constraints and the answer's head need of a platform."""

    id: int
    uid: UUID
    slug: str
    kind: str
    name_zh: str
    name_en: str | None
    tier: str | None
    region_code: str | None
    city_code: str | None
    lat: float | None
    lon: float | None
    field_codes: tuple[str, ...]
    demo: bool
    outsiders_served: str
    prose: str | None
    suspensions: tuple[tuple[date, date | None], ...] = ()


class PlatformTable:
    """Platforms in the order of their slugs; a row number is the platform's key throughout a match."""

    def __init__(self, platforms: Iterable[PlatformRow]) -> None:
        rows = sorted(platforms, key=lambda row: row.slug)
        self.rows = rows
        self.row_of = {row.id: position for position, row in enumerate(rows)}
        self.demo: Mask = np.array([row.demo for row in rows], np.bool_)
        self.outsiders_not_served: Mask = np.array([row.outsiders_served == "no" for row in rows], np.bool_)
        self.prose_rows = [position for position, row in enumerate(rows) if row.prose is not None]

        self._suspended_rows = [position for position, row in enumerate(rows) if row.suspensions]
        self._fields: dict[str, list[int]] = {}
        for position, row in enumerate(rows):
            for code in row.field_codes:
                self._fields.setdefault(code, []).append(position)

    def __len__(self) -> int:
        return len(self.rows)

    def shown(self, on_date: date, *, include_demo: bool) -> Mask:
        """Return which platforms may appear in an answer: none that is suspended on the date."""
        mask = np.ones(len(self.rows), np.bool_) if include_demo else ~self.demo
        for row in self._suspended_rows:
            mask[row] &= not is_suspended(self.rows[row].suspensions, on_date)
        return mask

    def in_field(self, code: str | None) -> Mask:
        """Return which platforms work in a field; none when no field is named."""
        mask = np.zeros(len(self.rows), np.bool_)
        mask[self._fields.get(code or "", [])] = True
        return mask


class AccreditationTable:
    """Accreditations as columns, ordered by id."""

    def __init__(self, rows: Sequence[Mapping[str, Any]], platforms: PlatformTable) -> None:
        """Rows hold id, platform_id, scheme, state, holder_id, valid_from, valid_to, verified, without_lines."""
        rows = sorted(rows, key=lambda row: row["id"])
        schemes = {scheme: position for position, scheme in enumerate(Scheme)}
        self._ids: Ints = np.array([row["id"] for row in rows], np.int64)
        self.platform_row: Ints = np.array([platforms.row_of[row["platform_id"]] for row in rows], np.int64)
        self.scheme: Ints = np.array([schemes[row["scheme"]] for row in rows], np.int64)
        self.holder: Ints = np.array([row["holder_id"] or 0 for row in rows], np.int64)
        self.verified: Mask = np.array([row["verified"] for row in rows], np.bool_)
        self.without_lines: Mask = np.array([row["without_lines"] for row in rows], np.bool_)
        self._state: Ints = np.array([STATES.index(row["state"]) for row in rows], np.int64)
        self._valid_from: Ints = np.array([_day(row["valid_from"], UNKNOWN_START) for row in rows], np.int64)
        self.valid_to: Ints = np.array([_day(row["valid_to"], UNKNOWN_END) for row in rows], np.int64)
        self.pending: Mask = np.isin(self._state, _PENDING_STATES)

    def knows(self, ids: npt.NDArray[Any]) -> Mask:
        """Return which accreditation ids stand in the table."""
        return np.isin(ids, self._ids)

    def rows_of(self, ids: npt.NDArray[Any]) -> Ints:
        """Return the rows of accreditation ids, all of which must be known."""
        return np.searchsorted(self._ids, ids)

    def status_on(self, on_date: date) -> Ints:
        """Return positions in STATUSES. Twin of `app.registry.rules.accreditation_status`."""
        day = on_date.toordinal()
        status = np.array([STATUSES.index(AccreditationStatus(state.value)) for state in STATES])[self._state]
        granted = self._state == _GRANTED
        status[granted & (day < self._valid_from)] = STATUSES.index(AccreditationStatus.NOT_YET_VALID)
        status[granted & (day > self.valid_to)] = STATUSES.index(AccreditationStatus.EXPIRED)
        unknown = (self._valid_from == UNKNOWN_START) | (self.valid_to == UNKNOWN_END)
        status[granted & unknown] = STATUSES.index(AccreditationStatus.VALIDITY_NOT_STATED)
        return status


def _day(value: date | None, missing: int) -> int:
    return missing if value is None else value.toordinal()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The catalogue at one version, as far as it is small.

    `read_at` is the version at which it was read: of those after it, none changed what is matched.
    """

    version: int
    vocabulary: VocabularyView
    platforms: PlatformTable
    accreditations: AccreditationTable
    read_at: int

    def standards_in_prose(self, row: int) -> frozenset[str]:
        """Return the base numbers of the standards that the prose of a platform cites."""
        return _read_prose(self.platforms.rows[row].prose or "")[1]

    def prose_mentions(self, row: int, need: Need) -> bool:
        """Tell whether the prose of a platform mentions the need's term or standard. Source: verdict rule 6."""
        text, standards = _read_prose(self.platforms.rows[row].prose or "")
        if need.standard in standards:
            return True
        term = self.vocabulary.terms.get(need.term or "")
        names = (normal_form(spelling) for spelling in (term.spellings if term else ()))
        return any(len(name) > 1 and next(occurrences(text, name), None) is not None for name in names)


@lru_cache(maxsize=4096)
def _read_prose(prose: str) -> tuple[str, frozenset[str]]:
    return normal_form(prose), frozenset(found.number.base for found in find_standard_numbers(prose))
