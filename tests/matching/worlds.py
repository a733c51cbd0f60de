"""Small random catalogues, at once as facts for the rules and as columns for the look-up.

Every domain is tiny, so that lines, dates, ends of ranges and holders collide often. They are made from a seed and
not drawn one value at a time: ten times as many can be tried.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

from app.matching.facts import (
    AccreditationFacts,
    Asked,
    Line,
    Need,
    Offering,
    PlatformFacts,
    Successor,
)
from app.matching.lookup import Answers, answer
from app.matching.snapshot import (
    AccreditationTable,
    EditionView,
    PlatformRow,
    PlatformTable,
    Snapshot,
    StandardView,
    TermView,
    VocabularyRows,
    VocabularyView,
)
from app.models.registry import Outsiders
from app.models.scope import AccreditationState, Scheme
from app.registry.postings import Records, pack, unpack
from app.vocabulary.ranges import Range, grade_set, range_of
from tests.factories.matching import DAY, numbers

STANDARDS = {"GB 1": (1, "t1"), "GB 2": (2, "t1"), "GB 3": (3, "t2"), "GB 4": (4, None)}
"""Base number: key and the term that it serves."""
EDITIONS = (None, "2020", "2021")
TERM_NAMES = {"t1": frozenset({"a", "aa"}), "t2": frozenset({"b"})}
OBJECTS = {"o": 1, "wide": 2, "other": 3, "o,other": 4}
PARAMETERS = {"a": 1, "aa": 2, "b": 3, "c": 4, "a,c": 5}
DIMENSIONS = {"V": 1, "m": 2, "grade:IP": 3}
HOLDERS = {None: None, "合作机构甲": 7, "合作机构乙": 8}
DAYS = [None, DAY - timedelta(1), DAY, DAY + timedelta(1), DAY + timedelta(30)]
SUCCESSORS: Mapping[str, tuple[Successor, ...]] = {
    "GB 1-2020": (Successor("GB 1-2021", DAY),),
    "GB 2-2020": (Successor("GB 2-2021", DAY + timedelta(1)),),
    "GB 3-2020": (Successor("GB 9-2022", None), Successor("GB 3-2021", DAY - timedelta(9))),
}
PROSE = (None, None, None, None, None, None, "我们做 AA 试验，依据 GB 3-2020", "没有提到")

GRADES = ("IP65", "IP67", "IP68")
ENDS = (None, 1.0, 2.0, 3.0, 4.0)


def some_range(rng: Random) -> Range | None:
    """Return no range, a set of grades, or numbers whose ends may be open or excluded."""
    kind = rng.random()
    if kind < 0.3:
        return None
    if kind < 0.5:
        return _grades(rng)
    low, high = rng.choice(ENDS), rng.choice(ENDS)
    if low is not None and high is not None and low > high:
        low, high = high, low
    excluded = "" if low == high else rng.choice(["", "", "low", "high", "low high"])
    return numbers(low, high, rng.choice("VVVm"), open_ends=excluded)


def _grades(rng: Random) -> Range:
    """Return grades as a set, or as a scale with an open end."""
    if rng.random() < 0.3:
        ends = rng.choice([(65, None), (67, None), (None, 67), (67, 68), (65, 65)])
        return range_of(*ends, "IP等级")
    return grade_set("grade:IP", frozenset(rng.sample(GRADES, rng.randint(1, 3))))


@dataclass(frozen=True)
class World:
    """One catalogue in both forms; platforms stand at the same place in both."""

    snapshot: Snapshot
    platforms: Sequence[PlatformFacts]
    records: Mapping[str, Records]
    graded: Mapping[int, Range]

    def facts(self, row: int, need: Need) -> PlatformFacts:
        known = self.platforms[row]
        if self.snapshot.platforms.rows[row].prose is None:
            return known
        return PlatformFacts(
            known.accreditations,
            known.offerings,
            known.serves_outsiders,
            prose_mentions=self.snapshot.prose_mentions(row, need),
        )

    def look_up(self, need: Need, on_date: date) -> Answers:
        bases = [need.standard] if need.standard else [b for b, (_, t) in STANDARDS.items() if t == need.term]
        return answer(
            need,
            snapshot=self.snapshot,
            records=self._joined([b for b in bases if need.standard or need.term]),
            related={
                relation: self._joined([b for b, r in need.related.items() if r is relation])
                for relation in set(need.related.values())
            },
            offerings={row: p.offerings for row, p in enumerate(self.platforms) if p.offerings},
            graded=self.graded,
            on_date=on_date,
        )

    def _joined(self, bases: Sequence[str]) -> Records:
        return unpack(b"".join(self.records[base].tobytes() for base in bases if base in self.records))


VOCABULARY = VocabularyView(
    VocabularyRows(
        terms=[
            TermView("t1", "a", "a", TERM_NAMES["t1"], ("a", "aa"), {"approval_zh": "许可证"}),
            TermView("t2", "b", "b", TERM_NAMES["t2"], ("b",)),
        ],
        standards=[StandardView(key, base, term) for base, (key, term) in STANDARDS.items()],
        editions={
            key * 10 + i: EditionView(number, edition, SUCCESSORS.get(number, ()))
            for base, (key, _) in STANDARDS.items()
            for i, edition in enumerate(EDITIONS)
            for number in [f"{base}-{edition}" if edition else base]
        },
        equivalences=[("GB 1", "GB 4")],
        supersessions=[("GB 1", "GB 3"), ("GB 2", "GB 1")],
        broader=[("o", "wide")],
        objects=OBJECTS,
        parameters=PARAMETERS,
        dimensions=DIMENSIONS,
    )
)


def _line(rng: Random, number: int) -> Line:
    base = rng.choice(_OFTEN)
    edition = rng.choice(EDITIONS)
    cited = f"{base}-{edition}" if edition else base
    return Line(
        id=number,
        standard=base,
        number=cited,
        edition=edition,
        term=STANDARDS[base][1],
        object=rng.choice([None, "o", *OBJECTS]),
        parameter=rng.choice([None, *PARAMETERS]),
        range=some_range(rng),
        restriction=rng.choice([None, None, "只做单体"]),
        effective_from=_seldom(rng, DAYS),
        effective_to=_seldom(rng, DAYS),
        successors=SUCCESSORS.get(cited, ()),
    )


def _offering(rng: Random, number: int) -> Offering:
    base = rng.choice([None, *STANDARDS])
    edition = rng.choice(EDITIONS) if base else None
    cited = f"{base}-{edition}" if edition else base
    return Offering(
        id=number,
        service_id=number,
        term=rng.choice([None, "t1", "t2"]),
        standard=base,
        number=cited,
        edition=edition,
        standard_term=STANDARDS[base][1] if base else None,
        object=rng.choice([None, "o", *OBJECTS]),
        parameter=rng.choice([None, *PARAMETERS]),
        range=some_range(rng),
        lead_time_days=rng.choice([None, 0, 1, 30, 31]),
        successors=SUCCESSORS.get(cited or "", ()),
    )


_STATES = [*[AccreditationState.GRANTED] * 6, *AccreditationState]
_FROM = [*[DAY - timedelta(9)] * 5, *DAYS]
_TO = [*[DAY + timedelta(90)] * 5, *DAYS]
_OFTEN = ["GB 1", "GB 1", "GB 1", *STANDARDS]


def _seldom(rng: Random, values: Sequence[Any]) -> Any:
    return rng.choice(values) if rng.random() < 0.3 else None


def a_world(rng: Random) -> World:
    """A catalogue of one to three platforms."""
    rows: list[PlatformRow] = []
    facts: list[PlatformFacts] = []
    accreditation_rows: list[dict[str, Any]] = []
    packed: dict[str, list[Sequence[Any]]] = {}
    line_ranges: dict[int, Range] = {}
    line_id = accreditation_id = offering_id = 0
    for number in range(rng.randint(1, 3)):
        held = []
        for _ in range(rng.randint(0, 4)):
            accreditation_id += 1
            scheme, state = rng.choice(tuple(Scheme)), rng.choice(_STATES)
            partner = rng.choice([*HOLDERS])
            start, end = rng.choice(_FROM), rng.choice(_TO)
            verified = rng.random() < 0.5
            own = []
            for _ in range(rng.randint(0, 3)):
                line_id += 1
                line = _line(rng, line_id)
                own.append(line)
                packed.setdefault(line.standard, []).append(_row(line, accreditation_id))
                if line.range is not None and line.range.grades is not None:
                    line_ranges[line_id] = line.range
            held.append(
                AccreditationFacts(
                    accreditation_id, scheme, state, start, end, partner, verified, tuple(own), not own
                )
            )
            accreditation_rows.append(
                {
                    "id": accreditation_id,
                    "platform_id": 50 + number,
                    "scheme": scheme,
                    "state": state,
                    "holder_id": HOLDERS[partner],
                    "valid_from": start,
                    "valid_to": end,
                    "verified": verified,
                    "without_lines": not own,
                }
            )
        offered = []
        for _ in range(rng.randint(0, 2)):
            offering_id += 1
            offered.append(_offering(rng, offering_id))
        outsiders = rng.choice(tuple(Outsiders))
        rows.append(a_platform_row(number, outsiders, rng.choice(PROSE)))
        facts.append(PlatformFacts(tuple(held), tuple(offered), outsiders))
    platforms = PlatformTable(rows)
    snapshot = Snapshot(
        1, VOCABULARY, platforms, AccreditationTable(accreditation_rows, platforms), read_at=1
    )
    records = {base: unpack(pack(own)) for base, own in packed.items()}
    return World(snapshot, facts, records, line_ranges)


def _row(line: Line, accreditation: int) -> Sequence[Any]:
    """Return a line as `app.registry.postings.LINE_COLUMNS` gives it."""
    key = STANDARDS[line.standard][0]
    stated = line.range
    return (
        key,
        accreditation,
        line.id,
        key * 10 + EDITIONS.index(line.edition),
        OBJECTS.get(line.object or ""),
        PARAMETERS.get(line.parameter or ""),
        line.effective_from,
        line.effective_to,
        DIMENSIONS[stated.dimension] if stated else None,
        line.restriction is not None,
        stated is not None and stated.grades is not None,
        stated is not None and not stated.lo_inclusive,
        stated is not None and not stated.hi_inclusive,
        stated.lo if stated else None,
        stated.hi if stated else None,
    )


def a_platform_row(
    number: int, outsiders: Outsiders = Outsiders.UNKNOWN, prose: str | None = None
) -> PlatformRow:
    return PlatformRow(
        id=50 + number,
        uid=UUID(int=number),
        slug=f"p{number}",
        kind="pilot_platform",
        name_zh=f"平台{number}",
        name_en=None,
        tier=None,
        region_code=None,
        city_code=None,
        lat=None,
        lon=None,
        field_codes=(),
        demo=False,
        outsiders_served=outsiders.value,
        prose=prose,
    )


def some_need(rng: Random) -> Need:
    """A need of this small vocabulary; now and then with neither term nor standard."""
    term = rng.choice([None, "t1", "t1", "t2"])
    standard = rng.choice([None, *_OFTEN])
    named = _seldom(rng, [*OBJECTS])
    parameter = _seldom(rng, [*PARAMETERS])
    return Need(
        id="n1",
        asked=rng.choice(tuple(Asked)),
        term=term,
        standard=standard,
        edition=_seldom(rng, EDITIONS) if standard else None,
        range=_seldom(rng, [some_range(rng)]),
        objects=VOCABULARY.objects_covering(named) if named else None,
        parameters=VOCABULARY.parameters_named(parameter) if parameter else None,
        term_names=TERM_NAMES[term] if term else frozenset(),
        related=VOCABULARY.related(standard) if standard else {},
    )
