"""Who may not judge what: conflicts of interest. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class ConflictKind(StrEnum):
    """`own_organisation`: the expert's organisation owns or co-owns the result. `declared`: with an owner or with
    the result. `recused`: the expert recused from it before. `contributor`: the expert wrote it down, or is named
    among its people.
    """

    OWN_ORGANISATION = "own_organisation"
    DECLARED = "declared"
    RECUSED = "recused"
    CONTRIBUTOR = "contributor"


@dataclass(frozen=True)
class ExpertTies:
    """What ties an expert: organisations by profile and membership, declarations and recusals, all by key."""

    person: int
    name: str
    organisations: frozenset[int] = frozenset()
    declared_organisations: frozenset[int] = frozenset()
    declared_results: frozenset[int] = frozenset()
    recused_results: frozenset[int] = frozenset()


@dataclass(frozen=True)
class ResultTies:
    """What ties a result: its owners, who wrote it down, and the names of its people."""

    result: int
    owners: frozenset[int]
    creator: int | None = None
    names: frozenset[str] = frozenset()


def conflicts_of(expert: ExpertTies, result: ResultTies) -> tuple[ConflictKind, ...]:
    """Return why the expert may not judge the result; none: nothing speaks against it."""
    ties = {
        ConflictKind.OWN_ORGANISATION: bool(expert.organisations & result.owners),
        ConflictKind.DECLARED: bool(expert.declared_organisations & result.owners)
        or result.result in expert.declared_results,
        ConflictKind.RECUSED: result.result in expert.recused_results,
        ConflictKind.CONTRIBUTOR: expert.person == result.creator
        or plain_name(expert.name) in {plain_name(name) for name in result.names},
    }
    return tuple(kind for kind, is_tied in ties.items() if is_tied)


def plain_name(name: str) -> str:
    """Return a name as it is compared: without spaces, in small letters."""
    return "".join(name.split()).casefold()


def covers(discipline: str, field: str) -> bool:
    """Tell whether an expert of a discipline covers a field: the same, or one of its sub-directions."""
    return field == discipline or field.startswith(f"{discipline}.")


def covered(disciplines: Iterable[str], fields: Iterable[str]) -> frozenset[str]:
    """Return those of the fields that an expert of the disciplines covers."""
    own = tuple(disciplines)
    return frozenset(field for field in fields if any(covers(one, field) for one in own))
