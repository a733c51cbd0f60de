"""Who judges which result: an exact optimum by integer programming (HiGHS). Pure.

A result gets as many experts as it has places, who together cover the fields that nobody covers yet; nobody judges
with a conflict, above quota, or while away. First as many results as possible are served, then the disciplines
matched are as many as possible, then the work is spread evenly: the sum of the squares of the open assignments is
least. Min-cost flow would not do: that a result's experts cover its fields together is no bound on one edge.
The same input gives the same answer, in whatever order it comes.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import highspy
import numpy as np

from app.models.assessment import Constraint


@dataclass(frozen=True)
class Wanted:
    """A result that needs experts: `places` more, who cover `uncovered` of its `fields`; `taken` judge already."""

    result: int
    places: int
    fields: frozenset[str]
    uncovered: frozenset[str]
    taken: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Judge:
    """An expert; `working` assignments are open now, at most `quota` may be."""

    person: int
    disciplines: frozenset[str]
    working: int
    quota: int
    available: bool

    @property
    def free(self) -> int:
        """How many more may be assigned."""
        return max(0, self.quota - self.working)


Pair = tuple[int, int]
"""A result and a person, by their keys."""


@dataclass(frozen=True)
class Reason:
    """Why a result cannot have its experts: the constraint, how many are needed, how many there are.

    Of DISCIPLINE, `disciplines` are those that nobody who may judge covers; none: each is covered, but not all by
    so few experts. Of QUOTA where several results compete, the numbers are of all their places, and `disciplines`
    those with more places to cover than free experts.
    """

    constraint: Constraint
    needed: int
    found: int
    disciplines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """The optimum: who judges what, and for the results that cannot have their experts, why."""

    pairs: tuple[Pair, ...]
    blocked: Mapping[int, tuple[Reason, ...]]
    fit: int
    """Disciplines matched, over all pairs."""


def objections(wanted: Wanted, judge: Judge, barred: AbstractSet[Pair]) -> tuple[Constraint, ...]:
    """Return which constraints keep one expert from one result."""
    found = []
    if (wanted.result, judge.person) in barred or judge.person in wanted.taken:
        found.append(Constraint.CONFLICT)
    if not judge.available:
        found.append(Constraint.AVAILABILITY)
    if judge.free < 1:
        found.append(Constraint.QUOTA)
    return tuple(found)


def solve(wanted: Sequence[Wanted], judges: Sequence[Judge], barred: AbstractSet[Pair]) -> Answer:
    """Return the optimum. Takes CPU: some three seconds for 200 results and 200 experts."""
    asked = sorted((one for one in wanted if one.places > 0), key=lambda one: one.result)
    experts = sorted(judges, key=lambda one: one.person)
    blocked = {one.result: why for one in asked if (why := reasons(one, experts, barred))}
    possible = [one for one in asked if one.result not in blocked]
    if not possible:
        return Answer((), blocked, 0)
    pairs, unserved = _Program(possible, experts, barred).optimum()
    if unserved:
        why_not = _competition(possible, experts, barred)
        blocked |= {one.result: (why_not,) for one in unserved}
    fit = _fit_of(pairs, possible, experts)
    return Answer(pairs, blocked, fit)


def _fit_of(pairs: Sequence[Pair], wanted: Sequence[Wanted], judges: Sequence[Judge]) -> int:
    fields = {one.result: one.fields for one in wanted}
    disciplines = {one.person: one.disciplines for one in judges}
    return sum(len(fields[result] & disciplines[person]) for result, person in pairs)


# --- Why one result alone cannot have its experts ---

_GROUPS = (Constraint.CONFLICT, Constraint.AVAILABILITY, Constraint.QUOTA, Constraint.DISCIPLINE)


def reasons(wanted: Wanted, judges: Sequence[Judge], barred: AbstractSet[Pair]) -> tuple[Reason, ...]:
    """Return which constraints keep a result from its experts even if it were the only one; none: nothing does.

    The constraints are relaxed one at a time: those bind without which it would be possible. Where no single one
    helps, the fewest together that do.
    """
    candidates = [one for one in judges if one.person not in wanted.taken]
    if len(candidates) < wanted.places:
        return (Reason(Constraint.EXPERTS, wanted.places, len(candidates)),)
    for size in range(len(_GROUPS) + 1):
        binding = {
            group
            for relaxed in combinations(_GROUPS, size)
            if _possible(wanted, candidates, barred, frozenset(relaxed))
            for group in relaxed
        }
        if binding:
            return tuple(_reason(group, wanted, candidates, barred) for group in _GROUPS if group in binding)
        if size == 0 and _possible(wanted, candidates, barred, frozenset()):
            return ()
    raise AssertionError("without any constraint, enough experts are enough")


def _may(
    wanted: Wanted, judges: Sequence[Judge], barred: AbstractSet[Pair], relaxed: frozenset[Constraint]
) -> list[Judge]:
    return [one for one in judges if relaxed.issuperset(objections(wanted, one, barred))]


def _possible(
    wanted: Wanted, judges: Sequence[Judge], barred: AbstractSet[Pair], relaxed: frozenset[Constraint]
) -> bool:
    able = _may(wanted, judges, barred, relaxed)
    if len(able) < wanted.places:
        return False
    return Constraint.DISCIPLINE in relaxed or fewest_to_cover(wanted.uncovered, able) <= wanted.places


def fewest_to_cover(fields: AbstractSet[str], judges: Sequence[Judge]) -> float:
    """Return the smallest number of experts who together cover the fields; infinite where nobody covers one."""
    cost: dict[frozenset[str], int] = {frozenset(): 0}
    for useful in sorted({frozenset(one.disciplines & fields) for one in judges}, key=sorted):
        for covered, number in list(cost.items()):
            more = covered | useful
            cost[more] = min(cost.get(more, number + 1), number + 1)
    return cost.get(frozenset(fields), float("inf"))


def _reason(group: Constraint, wanted: Wanted, judges: Sequence[Judge], barred: AbstractSet[Pair]) -> Reason:
    able = _may(wanted, judges, barred, frozenset())
    if group is not Constraint.DISCIPLINE:
        return Reason(group, wanted.places, len(able))
    covered = frozenset[str]().union(*(one.disciplines for one in able))
    return Reason(group, wanted.places, len(able), tuple(sorted(wanted.uncovered - covered)))


def _competition(wanted: Sequence[Wanted], judges: Sequence[Judge], barred: AbstractSet[Pair]) -> Reason:
    """Return why not all results can have their experts although each of them could: only quotas join them."""
    able = [one for one in judges if any(not objections(each, one, barred) for each in wanted)]
    demand = Counter(field for one in wanted for field in one.uncovered)
    supply = Counter[str]()
    for one in able:
        supply.update(dict.fromkeys(one.disciplines, one.free))
    scarce = tuple(sorted(field for field, places in demand.items() if places > supply[field]))
    places, free = sum(one.places for one in wanted), sum(one.free for one in able)
    return Reason(Constraint.QUOTA, places, free, scarce)


# --- The integer program ---


class _Program:
    """One variable for each pair that may be, one for each result (served or not), one for each further
    assignment of an expert, which costs the more the more the expert has.
    """

    def __init__(self, wanted: Sequence[Wanted], judges: Sequence[Judge], barred: AbstractSet[Pair]) -> None:
        self._wanted = wanted
        self._highs = _quiet_solver()
        self._columns = 0
        self._served = [self._binary() for _ in wanted]
        self._pairs: dict[tuple[int, Judge], int] = {}
        given: dict[int, list[int]] = {judge.person: [] for judge in judges}
        for i, one in enumerate(wanted):
            able = [judge for judge in judges if not objections(one, judge, barred)]
            mine = {judge: self._binary() for judge in able}
            self._pairs |= {(i, judge): column for judge, column in mine.items()}
            for judge, column in mine.items():
                given[judge.person].append(column)
            self._row({**dict.fromkeys(mine.values(), 1), self._served[i]: -one.places}, 0, 0)
            for field in sorted(one.uncovered):
                covering = [column for judge, column in mine.items() if field in judge.disciplines]
                self._row({**dict.fromkeys(covering, 1), self._served[i]: -1}, 0, highspy.kHighsInf)
        self._steps: dict[int, int] = {}
        for judge in judges:
            columns = given[judge.person]
            steps = [self._binary() for _ in range(min(judge.free, len(columns)))]
            # (n + 1)^2 - n^2 for the assignment after n others.
            self._steps |= {column: 2 * (judge.working + n) + 1 for n, column in enumerate(steps)}
            if columns:
                self._row({**dict.fromkeys(columns, 1), **dict.fromkeys(steps, -1)}, 0, 0)

    def optimum(self) -> tuple[tuple[Pair, ...], list[Wanted]]:
        """Return the pairs, and the results that are not served. Each aim is kept while the next is sought."""
        self._maximise(dict.fromkeys(self._served, 1))
        self._maximise(
            {
                column: len(self._wanted[i].fields & judge.disciplines)
                for (i, judge), column in self._pairs.items()
            }
        )
        values = self._maximise({column: -cost for column, cost in self._steps.items()})
        pairs = sorted(
            (self._wanted[i].result, judge.person)
            for (i, judge), column in self._pairs.items()
            if round(values[column]) == 1
        )
        unserved = [
            one for one, column in zip(self._wanted, self._served, strict=True) if round(values[column]) == 0
        ]
        return tuple(pairs), unserved

    def _maximise(self, gains: Mapping[int, int]) -> Sequence[float]:
        """Return the values of the variables at the optimum, which later aims may not fall below."""
        everything = np.arange(self._columns, dtype=np.int32)
        objective = np.array([float(gains.get(column, 0)) for column in range(self._columns)])
        self._highs.changeColsCost(self._columns, everything, objective)
        self._highs.run()
        status = self._highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise RuntimeError(f"the solver ended with {self._highs.modelStatusToString(status)}")
        values = self._highs.getSolution().col_value
        best = round(sum(gain * values[column] for column, gain in gains.items()))
        self._row(gains, best, highspy.kHighsInf)
        return list(values)

    def _binary(self) -> int:
        self._highs.addVar(0, 1)
        self._highs.changeColIntegrality(self._columns, highspy.HighsVarType.kInteger)
        self._columns += 1
        return self._columns - 1

    def _row(self, terms: Mapping[int, int], low: float, high: float) -> None:
        columns = np.array(list(terms), dtype=np.int32)
        factors = np.array([float(factor) for factor in terms.values()])
        self._highs.addRow(low, high, len(columns), columns, factors)


class _Quiet(highspy.Highs):
    """A solver without callbacks: switching them on prints a banner on standard output."""

    def __init__(self) -> None:
        super(highspy.Highs, self).__init__()


def _quiet_solver() -> Any:
    solver: Any = _Quiet()
    options = {
        "output_flag": False,
        "threads": 1,
        "random_seed": 0,
        "mip_rel_gap": 0.0,
        # The aims are whole numbers: a gap below one is none.
        "mip_abs_gap": 0.5,
    }
    for name, value in options.items():
        solver.setOptionValue(name, value)
    solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
    return solver
