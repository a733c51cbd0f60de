"""The names of the vocabularies' codes, kept in memory: for labels and for checking what a request names.

The vocabularies are small (some thousand rows) and change seldom, so every process keeps them whole and asks
at most once a second whether the catalogue has changed.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import SessionFactory
from app.errors import ErrorItem
from app.kit.i18n import Lang, Localized
from app.models import Region, metadata
from app.vocabulary.rules import normal_form

_FIELD = metadata.tables["field"].c
_FUNCTION = metadata.tables["service_function"].c
_TERM = metadata.tables["capability_term"].c
_BROADER = metadata.tables["broader_object"].c
_REGION = metadata.tables["region"].c
_VERSION = metadata.tables["catalogue_version"].c
_FRESH_SECONDS = 1.0
_NEAREST = 3


@dataclass(frozen=True)
class RegionName:
    """A region, with the codes under which its platforms may be recorded (its own, and successors)."""

    code: str
    level: str
    name: Localized
    parent_code: str | None
    covers: tuple[str, ...]


@dataclass(frozen=True)
class Names:
    """Every code of the vocabularies with its name, as of one catalogue version."""

    version: int
    fields: Mapping[str, Localized]
    functions: Mapping[str, Localized]
    terms: Mapping[str, Localized]
    regions: Mapping[str, RegionName]
    places: Mapping[str, RegionName]
    """The cities and counties: what the parameter `city` takes."""
    term_names: Mapping[str, frozenset[str]]
    """The code of a capability term, to the normal forms of all its names."""
    same_term: Mapping[str, frozenset[str]]
    """The normal form of any name of a capability term, to those of all its names."""
    broader: Mapping[str, frozenset[str]]
    """The normal form of an object's name, to those of every broader object, directly or not."""

    def parameters_named(self, parameter: str) -> frozenset[str]:
        """Return the normal forms under which a parameter is found. Source: design verdict rule 5."""
        key = normal_form(parameter)
        return self.same_term.get(key, frozenset()) | {key}

    def objects_covering(self, test_object: str) -> frozenset[str]:
        """Return the normal forms of an object and of every broader one. Source: design verdict rule 5."""
        key = normal_form(test_object)
        return self.broader.get(key, frozenset()) | {key}

    def city_of(self, region_code: str | None) -> RegionName | None:
        """Return the city that a city or county code belongs to; None when it is not in the vocabulary."""
        region = self.regions.get(region_code or "")
        if region is None or region.level == "province":
            return None
        if region.level == "city":
            return region
        return self.regions.get(region.parent_code or "")


def unknown_codes(pointer: str, given: Iterable[str], known: Iterable[str]) -> list[ErrorItem]:
    """Return an error for each of `given` that is not in `known`, naming the nearest codes that are."""
    codes = list(known)
    return [
        ErrorItem(pointer=pointer, code="unknown_code", detail=_unknown(value, nearest_codes(value, codes)))
        for value in given
        if value not in codes
    ]


def nearest_codes(value: str, known: Sequence[str]) -> list[str]:
    """Return up to three of the known codes that look most like `value`, best first."""
    return get_close_matches(value, known, n=_NEAREST, cutoff=0.0)


def _unknown(value: str, nearest: Sequence[str]) -> Localized:
    zh, en = f"没有代码“{value}”", f"There is no code '{value}'"
    if nearest:
        zh, en = f"{zh}；最接近的有：{'、'.join(nearest)}", f"{en}; the nearest are: {', '.join(nearest)}"
    return Localized(zh=zh, en=en)


class NamesCache:
    """The names of the newest catalogue version, at most a second old."""

    def __init__(self, new_session: SessionFactory, clock: Callable[[], float] = time.monotonic) -> None:
        self._new_session = new_session
        self._clock = clock
        self._names: Names | None = None
        self._checked = 0.0

    async def get(self) -> Names:
        """Return the names. Costs a query at most once a second, and a few more when something has changed."""
        names, now = self._names, self._clock()
        if names is not None and now - self._checked < _FRESH_SECONDS:
            return names
        try:
            names = await self._newest(names)
        except (SQLAlchemyError, OSError):
            # The names in memory are as good as any while the database is away: search needs nothing else of it.
            if names is None:
                raise
        self._names, self._checked = names, now
        return names

    async def _newest(self, names: Names | None) -> Names:
        async with self._new_session() as session:
            version = await session.scalar(select(_VERSION.version)) or 0
            if names is None or names.version != version:
                names = await load_names(session, version)
        return names


async def load_names(session: AsyncSession, version: int) -> Names:
    """Read every code and name."""
    fields = await session.execute(
        select(_FIELD.code, _FIELD.name_zh, _FIELD.name_en).order_by(_FIELD.position, _FIELD.code)
    )
    functions = await session.execute(
        select(_FUNCTION.code, _FUNCTION.name_zh, _FUNCTION.name_en).order_by(
            _FUNCTION.group, _FUNCTION.position
        )
    )
    terms = (
        await session.execute(
            select(_TERM.code, _TERM.name_zh, _TERM.name_en, _TERM.synonyms).order_by(_TERM.position)
        )
    ).all()
    broader = await session.execute(select(_BROADER.narrower_key, _BROADER.broader_key))
    rows = await session.scalars(select(Region).order_by(_REGION.code))
    regions = {region.code: _region(region) for region in rows}
    term_names = {
        code: frozenset(normal_form(name) for name in (zh, en, *synonyms)) for code, zh, en, synonyms in terms
    }
    return Names(
        version=version,
        fields={code: Localized(zh=zh, en=en) for code, zh, en in fields},
        functions={code: Localized(zh=zh, en=en) for code, zh, en in functions},
        terms={code: Localized(zh=zh, en=en) for code, zh, en, _ in terms},
        regions=regions,
        places={code: region for code, region in regions.items() if region.level != "province"},
        term_names=term_names,
        same_term=_merged((key, name) for keys in term_names.values() for key in keys for name in keys),
        broader=_merged(broader),
    )


def _merged(pairs: Iterable[Any]) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for key, other in pairs:
        found[key].add(other)
    return {key: frozenset(others) for key, others in found.items()}


def _region(region: Region) -> RegionName:
    return RegionName(
        code=region.code,
        level=region.level,
        name=Localized(zh=region.name_zh, en=region.name_en),
        parent_code=region.parent_code,
        covers=(region.code, *region.successor_codes),
    )


async def _names_of_request(request: Request) -> Names:
    state = request.app.state
    if not hasattr(state, "names"):
        state.names = NamesCache(state.new_session)
    cache: NamesCache = state.names
    return await cache.get()


NamesDep = Annotated[Names, Depends(_names_of_request)]


def label(names: Mapping[str, Localized], code: str, lang: Lang) -> str:
    """Return the name of `code`, or the code itself when the vocabulary has lost it."""
    name = names.get(code)
    return code if name is None else name.in_lang(lang)
