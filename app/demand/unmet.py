"""What nobody can do: the needs of all results that wait, against the whole catalogue."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.demand.needs import Asking, NeedReader
from app.matching.everywhere import Nearest, nearest_answers
from app.matching.facts import Asked, Need, Rank
from app.matching.snapshot import Snapshot

_Key = tuple[int, date, bool]
_VERSIONS_KEPT = 4


class NearestCache:
    """The nearest answer to every kind of need, kept for the newest versions of the catalogue and days asked."""

    def __init__(self) -> None:
        self._kept: dict[_Key, dict[object, Nearest]] = {}
        self._working = asyncio.Lock()

    async def get(
        self,
        session: AsyncSession,
        snapshot: Snapshot,
        needs: Mapping[object, Need],
        *,
        on_date: date,
        include_demo: bool,
    ) -> Mapping[object, Nearest]:
        """Return the nearest answers to needs by their shape; only what is new is looked up."""
        async with self._working:
            key = (snapshot.version, on_date, include_demo)
            known = self._kept.pop(key, {})
            new = [shape for shape in needs if shape not in known]
            if new:
                shown = snapshot.platforms.shown(on_date, include_demo=include_demo)
                asked = [needs[shape] for shape in new]
                found = await nearest_answers(session, snapshot, asked, on_date, shown)
                known.update(zip(new, found, strict=True))
            # The last used stands last.
            self._kept[key] = known
            while len(self._kept) > _VERSIONS_KEPT:
                self._kept.pop(next(iter(self._kept)))
            return known


@dataclass(frozen=True, slots=True)
class GroupKey:
    """What needs of one group have in common."""

    field: str | None
    capability: str | None
    scheme: Asked
    city: str | None


@dataclass(slots=True)
class Group:
    """How many wait for what nobody meets, and how near the nearest comes."""

    projects: set[int]
    must_projects: set[int]
    needs: int
    nearest: Nearest


@dataclass(frozen=True, slots=True)
class WaitingNeed:
    """A need of a result that waits; `field` and `city` are codes of the result."""

    result_id: int
    must: bool
    asking: Asking
    field: str | None
    city: str | None


def read_needs(
    rows: Sequence[Any], reader: NeedReader, snapshot: Snapshot, places: Mapping[int, tuple[Any, Any]]
) -> list[WaitingNeed]:
    """Return the needs that can be compared; `places` are field and city by result, of those that count."""
    found = []
    for row in rows:
        place = places.get(row.result_id)
        asking = None if place is None else reader.read(row.stated, snapshot.vocabulary)
        if place is not None and asking is not None and not asking.need.text_only:
            found.append(WaitingNeed(row.result_id, row.must, asking, *place))
    return found


def group_unmet(
    needs: Sequence[WaitingNeed], nearest: Mapping[object, Nearest], snapshot: Snapshot
) -> dict[GroupKey, Group]:
    """Group what nobody meets by field, capability, scheme and city."""
    groups: dict[GroupKey, Group] = {}
    for each in needs:
        answer = nearest[each.asking.shape]
        if answer.rank is Rank.MET:
            continue
        need = each.asking.need
        term = need.term
        if term is None and need.standard is not None:
            term = snapshot.vocabulary.term_of_standard(need.standard)
        group = groups.setdefault(
            GroupKey(each.field, term, need.asked, each.city), Group(set(), set(), 0, answer)
        )
        group.projects.add(each.result_id)
        group.needs += 1
        if each.must:
            group.must_projects.add(each.result_id)
        if answer.rank < group.nearest.rank:
            group.nearest = answer
    return groups
