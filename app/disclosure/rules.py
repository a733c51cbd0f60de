"""Who may read which field of a result. Pure.

Source: plan for concept-verification centres, item on trade secrets: 分类分级保护.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.models.results import DisclosureTier, ResultState

ORDER = tuple(DisclosureTier)
_PUBLIC, _MEMBERS, _GRANTED, _SEALED = DisclosureTier


@dataclass(frozen=True)
class FieldRule:
    """The tier of a field where its owner says nothing, and the bounds of what the owner may say."""

    default: DisclosureTier
    lowest: DisclosureTier = _PUBLIC
    highest: DisclosureTier = _SEALED


_ALWAYS_PUBLIC = FieldRule(_PUBLIC, _PUBLIC, _PUBLIC)

FIELDS: Mapping[str, FieldRule] = {
    "title": _ALWAYS_PUBLIC,
    "public_abstract": _ALWAYS_PUBLIC,
    "fields": _ALWAYS_PUBLIC,
    "keywords": FieldRule(_PUBLIC),
    "trl": FieldRule(_PUBLIC),
    "abstract": FieldRule(_MEMBERS),
    "trl_evidence": FieldRule(_MEMBERS),
    "needs": FieldRule(_MEMBERS),
    "constraints": FieldRule(_MEMBERS),
    "intellectual_property": FieldRule(_MEMBERS),
    "people": FieldRule(_GRANTED),
    "confidential": FieldRule(_GRANTED, lowest=_GRANTED),
}
"""Every field of `app.results.documents.ResultDocument`. What is public of a pooled project must stay public."""


@dataclass(frozen=True)
class Clearance:
    """How much of one result somebody may read: everything up to `tier`. `owns`: reading is not recorded."""

    tier: DisclosureTier = _PUBLIC
    owns: bool = False

    def covers(self, tier: DisclosureTier) -> bool:
        """Tell whether a field of `tier` may be read."""
        return ORDER.index(tier) <= ORDER.index(self.tier)


NO_CLEARANCE = Clearance()
OWNER = Clearance(_SEALED, owns=True)


@dataclass(frozen=True)
class Disclosed:
    """What is left of a document: `withheld` names the fields that were taken out and their tiers.

    `confidential` are the fields above `public` that are in `document` and say something, with their tiers:
    handing them out to somebody who does not own the result is a reading to be recorded.
    """

    document: Mapping[str, Any]
    withheld: Mapping[str, DisclosureTier]
    confidential: Mapping[str, DisclosureTier]


def tier_of(field: str, tiers: Mapping[str, str]) -> DisclosureTier:
    """Return the tier of a field, `tiers` being what the owner said. An unknown field is sealed."""
    rule = FIELDS.get(field)
    if rule is None:
        return _SEALED
    said = tiers.get(field)
    chosen = rule.default if said is None else DisclosureTier(said)
    return ORDER[min(max(ORDER.index(chosen), ORDER.index(rule.lowest)), ORDER.index(rule.highest))]


def is_allowed(field: str, tier: DisclosureTier) -> bool:
    """Tell whether the owner may give `field` this tier."""
    rule = FIELDS.get(field)
    return rule is not None and ORDER.index(rule.lowest) <= ORDER.index(tier) <= ORDER.index(rule.highest)


def disclosed(document: Mapping[str, Any], tiers: Mapping[str, str], clearance: Clearance) -> Disclosed:
    """Return what of a document may be read with `clearance`. An empty field is never withheld or recorded."""
    shown: dict[str, Any] = {}
    withheld: dict[str, DisclosureTier] = {}
    confidential: dict[str, DisclosureTier] = {}
    for field, value in document.items():
        tier = tier_of(field, tiers)
        if _is_empty(value):
            shown[field] = value
        elif clearance.covers(tier):
            shown[field] = value
            if tier is not _PUBLIC:
                confidential[field] = tier
        else:
            withheld[field] = tier
    return Disclosed(shown, withheld, confidential)


def _is_empty(value: object) -> bool:
    return value is None or value in ([], {}, "")


def is_known(state: ResultState, clearance: Clearance, *, call_is_open: bool) -> bool:
    """Tell whether somebody may know that a result exists.

    A draft or withdrawn one is known to its owner only; a pooled one to everybody; any other to those who were let
    in, and to members while the call it was submitted to is open.
    """
    if clearance.owns or state is ResultState.POOLED:
        return True
    if state in (ResultState.DRAFT, ResultState.WITHDRAWN):
        return False
    if clearance.tier is _MEMBERS:
        return call_is_open and state in (ResultState.SUBMITTED, ResultState.UNDER_ASSESSMENT)
    return clearance.covers(_GRANTED)
