"""What nobody can do: the needs of all results that wait, against the whole catalogue."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from app.demand.needs import Shape
from app.demand.pool import WaitingResult
from app.matching.everywhere import Nearest, nearest_answers
from app.matching.facts import Asked, Rank
from app.matching.snapshot import Snapshot

_Key = tuple[int, date, bool]
_VERSIONS_KEPT = 4


class NearestCache:
    """The nearest answer to every kind of need, kept for the newest versions of the catalogue and days asked."""

    def __init__(self) -> None:
        self._kept: dict[_Key, dict[Shape, Nearest]] = {}
        self._working = asyncio.Lock()

    async def get(
        self,
        session: AsyncSession,
        snapshot: Snapshot,
        shapes: Iterable[Shape],
        *,
        on_date: date,
        include_demo: bool,
    ) -> Mapping[Shape, Nearest]:
        """Return the nearest answers to needs; only what is new is looked up."""
        async with self._working:
            key = (snapshot.read_at, on_date, include_demo)
            known = self._kept.pop(key, {})
            new = [shape for shape in shapes if shape not in known]
            if new:
                shown = snapshot.platforms.shown(on_date, include_demo=include_demo)
                asked = [shape.need for shape in new]
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


def group_unmet(
    results: Iterable[WaitingResult],
    nearest: Mapping[Shape, Nearest],
    snapshot: Snapshot,
    city_of: Callable[[str | None], str | None],
) -> dict[GroupKey, Group]:
    """Group what nobody meets by field, capability, scheme and city; `city_of` gives the city of a region code."""
    groups: dict[GroupKey, Group] = {}
    for result in results:
        field = result.fields[0].partition(".")[0] if result.fields else None
        city = city_of(result.region_code)
        for need in result.needs:
            if need.shape is None or nearest[need.shape].rank is Rank.MET:
                continue
            term, answer = _term(need.shape, snapshot), nearest[need.shape]
            group = groups.setdefault(
                GroupKey(field, term, need.shape.need.asked, city), Group(set(), set(), 0, answer)
            )
            group.projects.add(result.id)
            group.needs += 1
            if need.must:
                group.must_projects.add(result.id)
            if answer.rank < group.nearest.rank:
                group.nearest = answer
    return groups


def _term(shape: Shape, snapshot: Snapshot) -> str | None:
    need = shape.need
    if need.term is not None or need.standard is None:
        return need.term
    return snapshot.vocabulary.term_of_standard(need.standard)
