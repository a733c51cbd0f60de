"""What the verdict rules look at: one need, and what is known of one platform. Plain data, no behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import IntEnum, StrEnum

from app.models.registry import Outsiders
from app.models.scope import AccreditationState, Scheme
from app.vocabulary.ranges import Range


class Asked(StrEnum):
    """Which accreditation a need asks for."""

    CNAS = "CNAS"
    CMA = "CMA"
    EITHER = "either"
    BOTH = "both"
    NONE = "none"


class Verdict(StrEnum):
    MET = "met"
    UNMET = "unmet"
    UNKNOWN = "unknown"


class Rank(IntEnum):
    """Every outcome of a comparison, best first: 0 is met, below UNMET_FROM unknown, from there on unmet.

    The rank of a line is the greatest of its parts, the rank of a platform the least of its lines; so the order
    also says which miss is the nearest.
    """

    MET = 0
    LINE_EDITION_NOT_STATED = 10
    RANGE_NOT_STATED = 11
    OBJECT_NOT_CONFIRMED = 12
    PARAMETER_NOT_CONFIRMED = 13
    VALIDITY_NOT_STATED = 14
    STANDARD_NOT_STATED = 15
    ACCREDITATION_PENDING = 16
    SOURCE_DOES_NOT_SAY = 17
    NEEDS_CLARIFICATION = 18
    ACCREDITATION_EXPIRED = 30
    ACCREDITATION_NOT_YET_VALID = 31
    ACCREDITATION_SUSPENDED = 32
    ACCREDITATION_WITHDRAWN = 33
    LINE_NOT_IN_FORCE = 34
    PART_OF_RANGE = 35
    OTHER_EDITION = 36
    OUTSIDE_RANGE = 37
    OTHER_SCHEME = 38
    EQUIVALENT_STANDARD = 39
    SUCCESSOR_STANDARD = 40
    NO_SUCH_LINE = 50

    @property
    def verdict(self) -> Verdict:
        if self is Rank.MET:
            return Verdict.MET
        return Verdict.UNKNOWN if self < UNMET_FROM else Verdict.UNMET

    @property
    def code(self) -> str:
        return self.name.lower()


UNMET_FROM = Rank.ACCREDITATION_EXPIRED


class ConditionCode(StrEnum):
    """What a careful person would still check although the verdict is met. Source: design verdict rule 7."""

    RESTRICTION = "restriction"
    OBJECT_NOT_ASKED = "object_not_asked"
    PARAMETER_NOT_ASKED = "parameter_not_asked"
    PART_OF_STANDARD = "part_of_standard"
    TERM_NOT_NAMED = "term_not_named"
    OPEN_END_ASSUMED_UNLIMITED = "open_end_assumed_unlimited"
    EDITION_NOT_STATED = "edition_not_stated"
    EDITION_SUPERSEDED = "edition_superseded"
    BOTH_ON_DIFFERENT_LINES = "both_on_different_lines"
    HELD_BY_PARTNER = "held_by_partner"
    EXPIRES_BEFORE_DELIVERY = "expires_before_delivery"
    DECLARED_NOT_VERIFIED = "declared_not_verified"
    SELF_DECLARED = "self_declared"
    OUTSIDERS_NOT_SERVED = "outsiders_not_served"
    DESIGNATION_MAY_APPLY = "designation_may_apply"


class Relation(StrEnum):
    """How another standard is related to the one a need names."""

    EQUIVALENT = "equivalent"
    SUCCESSOR = "successor"


@dataclass(frozen=True, slots=True)
class Need:
    """A need as it is compared: resolved against the vocabulary.

    `edition` is a year or revision, None when the need names none. `objects` are the normal forms of the object
    asked and of every broader one, `parameters` those of the parameter asked and of what is the same (None: not asked).
    `term_names` are the normal forms of the term's names. `related` maps base numbers to their relation.
    """

    id: str
    asked: Asked
    term: str | None = None
    standard: str | None = None
    edition: str | None = None
    range: Range | None = None
    objects: frozenset[str] | None = None
    parameters: frozenset[str] | None = None
    term_names: frozenset[str] = frozenset()
    related: Mapping[str, Relation] = field(default_factory=dict)
    must: bool = True

    @property
    def text_only(self) -> bool:
        return self.term is None and self.standard is None

    def with_standard(self, base: str) -> "Need":
        """Ask the same under another standard, whatever its edition."""
        return replace(self, standard=base, edition=None)


@dataclass(frozen=True, slots=True)
class Successor:
    number: str
    effective: date | None


@dataclass(frozen=True, slots=True)
class Line:
    """A scope line. `standard` is the base number, `term` the capability term that the standard serves."""

    id: int
    standard: str
    number: str
    edition: str | None
    term: str | None = None
    object: str | None = None
    parameter: str | None = None
    range: Range | None = None
    restriction: str | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    successors: tuple[Successor, ...] = ()


@dataclass(frozen=True, slots=True)
class AccreditationFacts:
    """An accreditation with lines of its scope; `partner` names the holder when it is not the operator.

    `lines` may be only those that can bear on a need; `empty_scope` says that there are no others either.
    """

    id: int
    scheme: Scheme
    state: AccreditationState
    valid_from: date | None
    valid_to: date | None
    partner: str | None = None
    verified: bool = False
    lines: tuple[Line, ...] = ()
    empty_scope: bool = False

    def with_lines(self, lines: tuple[Line, ...]) -> "AccreditationFacts":
        """Return the same accreditation with these lines. Called for every proof, so spelt out: it is quick."""
        return AccreditationFacts(
            self.id,
            self.scheme,
            self.state,
            self.valid_from,
            self.valid_to,
            self.partner,
            self.verified,
            lines,
            self.empty_scope,
        )


@dataclass(frozen=True, slots=True)
class Offering:
    """A capability that a service states. `standard_term` is the term that its standard serves."""

    id: int
    service_id: int
    term: str | None = None
    standard: str | None = None
    number: str | None = None
    edition: str | None = None
    standard_term: str | None = None
    object: str | None = None
    parameter: str | None = None
    range: Range | None = None
    lead_time_days: int | None = None
    successors: tuple[Successor, ...] = ()


@dataclass(frozen=True, slots=True)
class PlatformFacts:
    """`prose_mentions` is None for a structured record; for one known only by prose, whether it mentions the need."""

    accreditations: tuple[AccreditationFacts, ...] = ()
    offerings: tuple[Offering, ...] = ()
    serves_outsiders: Outsiders = Outsiders.UNKNOWN
    prose_mentions: bool | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """`detail` holds the facts behind the code, such as the restriction's text or the holder's name."""

    code: ConditionCode
    detail: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Points to what an outcome rests on: a line of an accreditation, an accreditation, or an offering."""

    accreditation: AccreditationFacts | None = None
    line: Line | None = None
    offering: Offering | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer of one platform to one need on one date. Conditions stand in the order of their codes.

    `covered` is the covered part of the range asked, in canonical units, for PART_OF_RANGE.
    """

    rank: Rank
    conditions: tuple[Condition, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    covered: tuple[float | None, float | None] | None = None

    @property
    def verdict(self) -> Verdict:
        return self.rank.verdict

    @property
    def condition_count(self) -> int:
        """How many codes there are, each once, however many facts stand behind it."""
        return len({condition.code for condition in self.conditions})
