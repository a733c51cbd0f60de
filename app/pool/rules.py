"""The life of a pooled project: one table of steps, by whom each is taken; and what of a project is public. Pure.

Whatever is not in the table cannot be done. The page docs/project-stages.md is drawn from it (`proving states`).
A withdrawn project begins anew when its result is pooled again. Source: design section 3, pool project.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.auth.who import Who
from app.disclosure.rules import NO_CLEARANCE, disclosed
from app.models.pool import Stage


@dataclass(frozen=True)
class Step:
    """From one stage to another; `needs_outcome`: only with a summary of what came of it."""

    before: Stage
    after: Stage
    who: tuple[Who, ...]

    @property
    def needs_outcome(self) -> bool:
        return self.after in WITH_OUTCOME


WITH_OUTCOME = frozenset({Stage.VERIFIED, Stage.FAILED, Stage.INDUSTRIALISED})
"""Stages that are reached only with an outcome; for a failure it says what was learnt."""

INITIAL = Stage.POOLED
_OWNER, _CALLER, _DEPARTMENT = (Who.EDITOR,), (Who.CALLER,), (Who.REVIEWER, Who.PUBLISHER)
KEEPERS = (*_OWNER, *_CALLER, *_DEPARTMENT)
"""Who sees to a project: editors of the owner, the people of the call, the department."""

_JUDGES = (*_CALLER, *_DEPARTMENT)
_WITHDRAWERS = (*_OWNER, *_DEPARTMENT)

STEPS = (
    Step(Stage.POOLED, Stage.VERIFYING, KEEPERS),
    Step(Stage.POOLED, Stage.WITHDRAWN, _WITHDRAWERS),
    Step(Stage.VERIFYING, Stage.VERIFIED, _JUDGES),
    Step(Stage.VERIFYING, Stage.FAILED, _JUDGES),
    Step(Stage.VERIFYING, Stage.WITHDRAWN, _WITHDRAWERS),
    Step(Stage.FAILED, Stage.VERIFYING, KEEPERS),
    Step(Stage.FAILED, Stage.WITHDRAWN, _WITHDRAWERS),
    Step(Stage.VERIFIED, Stage.IN_PILOT, KEEPERS),
    Step(Stage.VERIFIED, Stage.INDUSTRIALISED, KEEPERS),
    Step(Stage.VERIFIED, Stage.WITHDRAWN, _WITHDRAWERS),
    Step(Stage.IN_PILOT, Stage.INDUSTRIALISED, KEEPERS),
    Step(Stage.IN_PILOT, Stage.FAILED, KEEPERS),
    Step(Stage.IN_PILOT, Stage.WITHDRAWN, _WITHDRAWERS),
)
_TABLE = {(one.before, one.after): one for one in STEPS}

WORKED_ON = tuple(stage for stage in Stage if stage is not Stage.WITHDRAWN)
"""Stages in which a project is public, and its milestones, platforms and outcomes are seen to."""


def step(before: Stage, after: Stage) -> Step | None:
    """Return the step between two stages; None: it cannot be taken."""
    return _TABLE.get((before, after))


def next_stages(stage: Stage) -> tuple[Stage, ...]:
    """Return the stages that can follow, in the order of the table."""
    return tuple(one.after for one in STEPS if one.before is stage)


@dataclass(frozen=True)
class PublicSide:
    """What everybody may read of a pooled version. `capabilities` are codes of terms, where its needs are public."""

    title_zh: str
    title_en: str | None
    teaser_zh: str | None
    teaser_en: str | None
    fields: tuple[str, ...]
    keywords: tuple[str, ...]
    trl: int | None
    needs: Sequence[Mapping[str, Any]]


def public_side(document: Mapping[str, Any], tiers: Mapping[str, str]) -> PublicSide:
    """Return the public side of a version of a result, whose owner gave its fields these tiers."""
    shown = disclosed(document, tiers, NO_CLEARANCE).document
    title, teaser = shown["title"], shown.get("public_abstract") or {}
    return PublicSide(
        title_zh=title["zh"],
        title_en=title.get("en"),
        teaser_zh=teaser.get("zh"),
        teaser_en=teaser.get("en"),
        fields=tuple(dict.fromkeys(shown.get("fields") or ())),
        keywords=tuple(shown.get("keywords") or ()),
        trl=shown.get("trl"),
        needs=tuple(shown.get("needs") or ()),
    )


def public_columns(side: PublicSide, capabilities: Sequence[str]) -> dict[str, Any]:
    """Return the columns of a `PoolProject` that repeat its public side.

    `capabilities` are the codes that its needs were understood as; those of needs that are not public are left out.
    """
    texts = (side.title_zh, side.title_en, side.teaser_zh, side.teaser_en, *side.keywords)
    return {
        "title_zh": side.title_zh,
        "title_en": side.title_en,
        "trl": side.trl,
        "capabilities": sorted(set(capabilities)) if side.needs else [],
        "public_text": "\n".join(text for text in texts if text),
    }
