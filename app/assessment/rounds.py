"""Everything that decides who may judge which results of a call, read at once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment import queries
from app.assessment.assignment import Answer, Judge, Pair, Wanted, objections, solve
from app.assessment.conflicts import ConflictKind, ExpertTies, ResultTies, conflicts_of, covered
from app.assessment.rules import ENDED
from app.membership.reading import key_of
from app.models import Assignment, ExpertConflict, ExpertProfile, Person, Result, ResultVersion
from app.models.assessment import Constraint


@dataclass(frozen=True)
class Entry:
    """A result in its submitted version; `assignments` are all of that version, ended ones too."""

    result: Result
    version: ResultVersion
    ties: ResultTies
    assignments: list[Assignment]

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(self.version.document.get("fields") or ())

    @property
    def counting(self) -> list[Assignment]:
        """Those that count: to be judged, or judged."""
        return [one for one in self.assignments if one.state not in ENDED]


@dataclass(frozen=True)
class Expert:
    person: Person
    profile: ExpertProfile
    ties: ExpertTies
    working: int

    def judge(self, fields: frozenset[str], today: date) -> Judge:
        """Return the expert as the assignment sees one, the disciplines being those of `fields`."""
        return Judge(
            person=key_of(self.person),
            disciplines=covered(self.profile.disciplines, fields),
            working=self.working,
            quota=self.profile.quota,
            available=is_available(self.profile, today),
        )


def is_available(profile: ExpertProfile, today: date) -> bool:
    """Tell whether something new may be assigned on the day; the first and the last day count."""
    begun = profile.available_from is None or profile.available_from <= today
    return begun and (profile.available_to is None or today <= profile.available_to)


@dataclass(frozen=True)
class Round:
    """Results of a call, all experts, and the day. Nothing here changes by itself."""

    entries: dict[int, Entry]
    experts: dict[int, Expert]
    today: date

    def wanted(self, result_id: int, places: int) -> Wanted:
        """Return what a result wants for so many further experts."""
        entry = self.entries[result_id]
        taken = frozenset(one.person_id for one in entry.counting)
        return Wanted(
            result=result_id,
            places=places,
            fields=entry.fields,
            uncovered=entry.fields - self.covered_by(taken, entry.fields),
            taken=taken,
        )

    def covered_by(self, people: frozenset[int], fields: frozenset[str]) -> frozenset[str]:
        """Return those of the fields that these experts cover, each with the disciplines of today."""
        disciplines = [
            code for person in people if person in self.experts for code in self.profile(person).disciplines
        ]
        return covered(disciplines, fields)

    def profile(self, person_id: int) -> ExpertProfile:
        return self.experts[person_id].profile

    def conflicts(self, result_id: int, person_id: int) -> tuple[ConflictKind, ...]:
        return conflicts_of(self.experts[person_id].ties, self.entries[result_id].ties)

    def objections(self, result_id: int, person_id: int) -> tuple[Constraint, ...]:
        """Return what keeps an expert from a result, apart from judging it already."""
        wanted = replace(self.wanted(result_id, 1), taken=frozenset())
        judge = self.experts[person_id].judge(wanted.fields, self.today)
        barred = {(result_id, person_id)} if self.conflicts(result_id, person_id) else set()
        return objections(wanted, judge, barred)

    async def solve(self, wanted: Sequence[Wanted]) -> Answer:
        """Return the best assignment; computed in a thread, as it takes CPU."""
        fields = frozenset[str]().union(*(one.fields for one in wanted))
        judges = [one.judge(fields, self.today) for one in self.experts.values()]
        barred: set[Pair] = {
            (one.result, person)
            for one in wanted
            for person in self.experts
            if self.conflicts(one.result, person)
        }
        return await asyncio.to_thread(solve, wanted, judges, barred)


async def load_round(
    session: AsyncSession,
    results: Sequence[tuple[Result, ResultVersion]],
    *,
    today: date,
    lock: bool = False,
) -> Round:
    """Read all that decides about these results; `lock` keeps the experts from other assignments."""
    keys = [key_of(result) for result, _ in results]
    experts = await _experts(session, keys, lock=lock)
    owners = await queries.co_owners(session, keys)
    assignments = await queries.assignments_of(session, [result for result, _ in results], lock=lock)
    entries = {
        key: Entry(result, version, _ties(result, version, owners.get(key, set())), assignments.get(key, []))
        for key, (result, version) in zip(keys, results, strict=True)
    }
    return Round(entries, experts, today)


def _ties(result: Result, version: ResultVersion, co_owners: set[int]) -> ResultTies:
    return ResultTies(
        result=key_of(result),
        owners=frozenset({result.organisation_id, *co_owners}),
        creator=result.created_by_id,
        names=frozenset(person["name"] for person in version.document.get("people") or ()),
    )


async def _experts(session: AsyncSession, result_ids: Sequence[int], *, lock: bool) -> dict[int, Expert]:
    # The lock comes first: what is counted under it cannot change until the end of the transaction.
    rows = await queries.experts_with_profiles(session, lock=lock)
    working = await queries.open_assignments(session)
    memberships = await queries.memberships_of_experts(session)
    recused = await queries.recusals(session, result_ids)
    declared = await queries.declarations(session)
    experts = {}
    for person, profile in rows:
        key = key_of(person)
        own = [one for one in declared if one.person_id == key]
        ties = _ties_of_expert(person, profile, memberships.get(key, set()), own)
        ties = replace(ties, recused_results=frozenset(recused.get(key, ())))
        experts[key] = Expert(person, profile, ties, working.get(key, 0))
    return experts


def _ties_of_expert(
    person: Person, profile: ExpertProfile, memberships: set[int], declared: Sequence[ExpertConflict]
) -> ExpertTies:
    own = {profile.organisation_id} if profile.organisation_id is not None else set()
    return ExpertTies(
        person=key_of(person),
        name=person.name,
        organisations=frozenset(memberships | own),
        declared_organisations=frozenset(
            one.organisation_id for one in declared if one.organisation_id is not None
        ),
        declared_results=frozenset(one.result_id for one in declared if one.result_id is not None),
    )
