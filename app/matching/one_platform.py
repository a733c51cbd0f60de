"""One platform judged for many needs by the verdict rules themselves: a match read the other way round.

Only the lines that can bear on a need are given to the rules; what they leave out counts for nothing there.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.matching import queries
from app.matching.assessment import standards_counting
from app.matching.evidence import accreditation_of_row, line_of_row, offering_of_row
from app.matching.facts import AccreditationFacts, Asked, Line, Need, Offering, Outcome, PlatformFacts
from app.matching.rules import PENDING, judge
from app.matching.snapshot import Snapshot
from app.models import metadata
from app.models.registry import Outsiders

_LINE = metadata.tables["scope_line"].c
_ACCREDITATION = metadata.tables["accreditation"].c
_CAPABILITY = metadata.tables["capability"].c
_SERVICE = metadata.tables["service"].c


@dataclass(frozen=True, slots=True)
class Reach:
    """What a platform can bear on: base numbers of standards, and capability terms.

    `terms` are those of its services and of the standards it states; `offered` only those of its services.
    """

    standards: frozenset[str]
    terms: frozenset[str]
    offered: frozenset[str]


class OnePlatform:
    """A platform with the facts that bear on some standards, ready to be judged."""

    def __init__(
        self,
        snapshot: Snapshot,
        row: int,
        accreditations: Sequence[AccreditationFacts],
        lines: Iterable[tuple[int, Line]],
        offerings: Sequence[Offering],
    ) -> None:
        """`lines` come with the id of their accreditation."""
        self._snapshot, self._row = snapshot, row
        self._outsiders = Outsiders(snapshot.platforms.rows[row].outsiders_served)
        self.accreditations = accreditations
        self._by_standard: dict[str, list[tuple[int, Line]]] = {}
        self._by_term: dict[str, list[tuple[int, Line]]] = {}
        for held, line in lines:
            self._by_standard.setdefault(line.standard, []).append((held, line))
            if line.term is not None:
                self._by_term.setdefault(line.term, []).append((held, line))
        self._offerings: dict[str, list[Offering]] = {}
        for offering in offerings:
            for key in {offering.standard, offering.term, offering.standard_term} - {None}:
                self._offerings.setdefault(str(key), []).append(offering)

    def judge(self, need: Need, on_date: date) -> Outcome:
        """Return what `app.matching.rules.judge` says of this platform and the need."""
        facts = PlatformFacts(
            accreditations=self._bearing(need),
            offerings=self.offerings_for(need),
            serves_outsiders=self._outsiders,
            prose_mentions=self._prose_mentions(need),
        )
        return judge(need, facts, on_date, self._snapshot.vocabulary.designated)

    def has_lines_of(self, term: str | None) -> bool:
        """Tell whether a line of some standard that serves the term is among the facts."""
        return term is not None and term in self._by_term

    def offerings_for(self, need: Need) -> tuple[Offering, ...]:
        """Return the service capabilities that can bear on a need, by id."""
        found = {o.id: o for key in (need.standard, need.term) if key for o in self._offerings.get(key, ())}
        return tuple(found[key] for key in sorted(found))

    def _bearing(self, need: Need) -> tuple[AccreditationFacts, ...]:
        chosen: dict[int, list[Line]] = {}
        for held, line in self._lines_for(need):
            chosen.setdefault(held, []).append(line)
        return tuple(
            fact.with_lines(tuple(chosen[fact.id])) if fact.id in chosen else fact
            for fact in self.accreditations
            if fact.id in chosen or fact.state in PENDING
        )

    def _lines_for(self, need: Need) -> Iterable[tuple[int, Line]]:
        if need.standard is None:
            return self._by_term.get(need.term or "", ())
        return (pair for base in (need.standard, *need.related) for pair in self._by_standard.get(base, ()))

    def _prose_mentions(self, need: Need) -> bool | None:
        if self._snapshot.platforms.rows[self._row].prose is None:
            return None
        return self._snapshot.prose_mentions(self._row, need)


async def reach_of(session: AsyncSession, snapshot: Snapshot, row: int) -> Reach:
    """Return what the platform in this row of the snapshot can bear on, equivalent standards not included."""
    platform = snapshot.platforms.rows[row]
    if platform.prose is not None:
        return _reach_of_prose(snapshot, row)
    standards = await _standards_of(session, platform.id)
    offered = (
        select(_CAPABILITY.standard_id, _CAPABILITY.term_code)
        .join(_SERVICE.id.table, _SERVICE.id == _CAPABILITY.service_id)
        .where(_SERVICE.platform_id == platform.id)
        .distinct()
    )
    pairs = (await session.execute(offered)).all()
    ids = {*standards, *(pair[0] for pair in pairs if pair[0] is not None)}
    named = list(snapshot.vocabulary.standards_with(ids))
    terms = frozenset(pair[1] for pair in pairs if pair[1] is not None)
    return Reach(
        frozenset(view.base for view in named),
        terms | {view.term for view in named if view.term is not None},
        terms,
    )


def _reach_of_prose(snapshot: Snapshot, row: int) -> Reach:
    mentioned = frozenset(
        code
        for code in snapshot.vocabulary.terms
        if snapshot.prose_mentions(row, Need(id="", asked=Asked.NONE, term=code))
    )
    return Reach(snapshot.standards_in_prose(row), mentioned, mentioned)


async def _standards_of(session: AsyncSession, platform_id: int) -> Sequence[int]:
    statement = (
        select(_LINE.standard_id)
        .join(_ACCREDITATION.id.table, _ACCREDITATION.id == _LINE.accreditation_id)
        .where(_ACCREDITATION.platform_id == platform_id, _ACCREDITATION.live, _LINE.live)
        .distinct()
    )
    return (await session.scalars(statement)).all()


async def load_platform(
    session: AsyncSession, snapshot: Snapshot, row: int, needs: Iterable[Need]
) -> tuple[OnePlatform, Sequence[Any]]:
    """Return a platform with the facts that bear on the needs, and the rows of its accreditations."""
    vocabulary = snapshot.vocabulary
    standards: set[int] = set()
    for need in needs:
        standards.update(standards_counting(need, vocabulary))
        related = (vocabulary.standard_id(base) for base in need.related)
        standards.update(found for found in related if found is not None)
    platform_id = snapshot.platforms.rows[row].id
    held = await queries.accreditations_of(session, [platform_id])
    lines = await _lines_of(session, [each.id for each in held], standards)
    offered = await session.execute(queries.full_capabilities().where(_SERVICE.platform_id == platform_id))
    platform = OnePlatform(
        snapshot,
        row,
        [accreditation_of_row(each) for each in held],
        [(each.accreditation_id, line_of_row(each, vocabulary)) for each in lines],
        [offering_of_row(each, vocabulary) for each in offered],
    )
    return platform, held


async def _lines_of(
    session: AsyncSession, accreditation_ids: Sequence[int], standard_ids: Collection[int]
) -> list[Any]:
    own = queries.full_lines().where(_LINE.accreditation_id.in_(accreditation_ids)).order_by(_LINE.id)
    if len(standard_ids) > queries.IN_LIMIT:
        wanted = frozenset(standard_ids)
        return [row for row in await session.execute(own) if row.standard_id in wanted]
    return list((await session.execute(own.where(_LINE.standard_id.in_(sorted(standard_ids))))).all())
