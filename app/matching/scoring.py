"""The order of candidates and services. Pure; every score is the sum of its named parts.

Source: design, "Ranking only orders what the verdicts allow". A text never lifts a platform over another that
meets more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.matching.facts import Verdict

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

SCORER_VERSION = "1"

NOT_CONFORMING = -10_000_000.0
"""A candidate that breaks a constraint, or may, comes after every one that keeps them all."""
MET_MUST = 100_000.0
UNMET_MUST = -1_000.0
CONDITION = -1.0
"""These weigh as ranks: at most 50 needs of at most 15 conditions each, and fit below 1."""

FIT_WEIGHTS = {"should_needs": 0.4, "text": 0.3, "field": 0.15, "readiness": 0.1}
"""The parts of the fit; their sum stays below 1, the weight of one condition."""


@dataclass(frozen=True, slots=True)
class CandidateFacts:
    """Candidates as columns: counts over the must-needs, and the parts of the fit, each from 0 to 1."""

    met_must: Floats
    unmet_must: Floats
    conditions: Floats
    conforms: Mask
    fit: Mapping[str, Floats]


def candidate_score_parts(facts: CandidateFacts) -> dict[str, Floats]:
    """Return the named parts of the scores: met must-needs, then unmet, conditions, fit."""
    parts = {
        "met_must_needs": MET_MUST * facts.met_must,
        "unmet_must_needs": UNMET_MUST * facts.unmet_must,
        "conditions": CONDITION * facts.conditions,
        "constraints": NOT_CONFORMING * ~facts.conforms,
    }
    fit = {f"fit_{name}": weight * facts.fit[name] for name, weight in FIT_WEIGHTS.items()}
    return {name: np.asarray(values, np.float64) + 0.0 for name, values in (parts | fit).items()}


# --- Services -----------------------------------------------------------------------------------------------

VERDICT_WEIGHT = {Verdict.MET: 1.0, Verdict.UNKNOWN: 0.6, Verdict.UNMET: 0.35}
SHOULD_WEIGHT = 0.6
SAME_STANDARD, SAME_TERM, SERVED_TERM = 1.0, 0.9, 0.7
TEXT_WEIGHT = 0.9


@dataclass(frozen=True, slots=True)
class Bearing:
    """How a service bears on one need: what its capabilities share with it, and its platform's verdict."""

    must: bool
    likeness: float
    verdict: Verdict


def service_score_parts(bearings: Sequence[Bearing], needs_weight: float, text: float) -> dict[str, float]:
    """Return the named parts of a service's score, from 0 to about 2.

    `needs_weight` is the total weight of all needs, `text` the engine's likeness from 0 to 1.
    """
    evidence = sum(
        (1.0 if b.must else SHOULD_WEIGHT) * b.likeness * VERDICT_WEIGHT[b.verdict] for b in bearings
    )
    return {"needs": evidence / needs_weight if needs_weight else 0.0, "text": TEXT_WEIGHT * text}


def weights() -> dict[str, float]:
    """Return every weight of the order by name, to be kept with an answer that must be understood later."""
    return {
        "met_must_needs": MET_MUST,
        "unmet_must_needs": UNMET_MUST,
        "conditions": CONDITION,
        "constraints": NOT_CONFORMING,
        **{f"fit_{name}": weight for name, weight in FIT_WEIGHTS.items()},
        **{f"service_{verdict.value}": weight for verdict, weight in VERDICT_WEIGHT.items()},
        "service_should": SHOULD_WEIGHT,
        "service_same_standard": SAME_STANDARD,
        "service_same_term": SAME_TERM,
        "service_served_term": SERVED_TERM,
        "service_text": TEXT_WEIGHT,
    }
