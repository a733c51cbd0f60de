"""The states of a result as people read them: docs/result-states.md, drawn from the table of the rules."""

from collections.abc import Mapping

from app.kit.drawing import END, diagram, named, table
from app.kit.i18n import Localized
from app.models.results import ResultState
from app.results.rules import INITIAL, TRANSITIONS, Action

STATES: Mapping[ResultState, Localized] = {
    ResultState.DRAFT: Localized(zh="草稿", en="draft"),
    ResultState.SUBMITTED: Localized(zh="已申报", en="submitted"),
    ResultState.UNDER_ASSESSMENT: Localized(zh="评议中", en="under assessment"),
    ResultState.RETURNED: Localized(zh="退回修改", en="returned"),
    ResultState.DECLINED: Localized(zh="未通过", en="declined"),
    ResultState.POOLED: Localized(zh="已入库", en="pooled"),
    ResultState.WITHDRAWN: Localized(zh="已撤回", en="withdrawn"),
}
ACTIONS: Mapping[Action, Localized] = {
    Action.EDIT: Localized(zh="编辑", en="edit"),
    Action.DELETE: Localized(zh="删除", en="delete"),
    Action.SUBMIT: Localized(zh="申报", en="submit"),
    Action.REVISE: Localized(zh="起草新版本", en="begin a new version"),
    Action.WITHDRAW: Localized(zh="撤回", en="withdraw"),
    Action.REOPEN: Localized(zh="重新起草", en="reopen"),
    Action.BEGIN_ASSESSMENT: Localized(zh="开始评议", en="begin the assessment"),
    Action.POOL: Localized(zh="入库", en="pool"),
    Action.RETURN: Localized(zh="退回", en="return"),
    Action.DECLINE: Localized(zh="不予入库", en="decline"),
    Action.RECALL: Localized(zh="收回结论", en="recall"),
    Action.LEAVE_POOL: Localized(zh="撤出项目库", en="leave the pool"),
}
_HEAD = """\
# The states of a result

Drawn from the table in `app/results/rules.py` by `proving states --page result-states`; `make openapi` writes it. What
is not in the table cannot be done: it is answered 409. What is edited is a version that was not submitted; the version
that was stays with the call meanwhile. What was never submitted can be deleted.

"""


def states_page() -> str:
    """Return the page as Markdown with a Mermaid diagram."""
    arrows = [
        (before.value, END if after is None else after.value, f"{ACTIONS[action].zh} {action}")
        for (before, action), after in TRANSITIONS.items()
    ]
    rows = [
        (
            named(STATES, before),
            f"{ACTIONS[action].zh} `{action}`",
            "–" if after is None else named(STATES, after),
        )
        for (before, action), after in TRANSITIONS.items()
    ]
    drawn = diagram(STATES, INITIAL.state.value, arrows, ())
    return f"{_HEAD}{drawn}\n{table(('state', 'action', 'next state'), rows)}"
