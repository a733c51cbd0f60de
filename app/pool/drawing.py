"""The stages of a project as people read them: docs/project-stages.md, drawn from the table of the rules."""

from collections.abc import Mapping

from app.auth.who import Who
from app.kit.drawing import diagram, named, table
from app.pool.rules import INITIAL, STEPS, next_stages
from app.pool.wording import STAGES

_WORDS: Mapping[Who, str] = {
    Who.EDITOR: "the owner",
    Who.CALLER: "the caller",
    Who.REVIEWER: "the department",
    Who.PUBLISHER: "the department",
}
_HEAD = """\
# The stages of a project

Drawn from the table in `app/pool/rules.py` by `proving states --page project-stages`; `make openapi` writes it. What is
not in the table cannot be done: it is answered 409. Whether a verification succeeded is never for the owner to say. A
failure is no end: it needs an outcome that says what was learnt, and another try may follow.

The owner: editors of the organisation that owns the result. The caller: editors of the verification centre whose call
it was pooled by. The department: reviewers and publishers of the department that decides about that centre, or called
itself.

A withdrawn project is public no more. When its result is pooled again, it begins anew under its old id.

"""


def stages_page() -> str:
    """Return the page as Markdown with a Mermaid diagram."""
    arrows = [(one.before.value, one.after.value, "") for one in STEPS]
    last = [stage.value for stage in STAGES if not next_stages(stage)]
    rows = [
        (
            named(STAGES, one.before),
            named(STAGES, one.after),
            ", ".join(dict.fromkeys(_WORDS[who] for who in one.who)),
            "an outcome" if one.needs_outcome else "–",
        )
        for one in STEPS
    ]
    drawn = diagram(STAGES, INITIAL.value, arrows, last)
    return f"{_HEAD}{drawn}\n{table(('stage', 'next stage', 'who', 'needs'), rows)}"
