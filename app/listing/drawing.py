"""The states of a revision as people read them: docs/listing-states.md, drawn from the table of the rules."""

from collections.abc import Iterator, Mapping

from app.auth.who import Who
from app.kit.drawing import END, Arrow, diagram, named, table
from app.kit.i18n import Localized
from app.listing.rules import INITIAL, TRANSITIONS, Action, Transition
from app.models.listing import ListingState

STATES: Mapping[ListingState, Localized] = {
    ListingState.DRAFT: Localized(zh="草稿", en="draft"),
    ListingState.SUBMITTED: Localized(zh="已提交", en="submitted"),
    ListingState.CHANGES_REQUESTED: Localized(zh="退回修改", en="changes requested"),
    ListingState.APPROVED: Localized(zh="审核通过", en="approved"),
    ListingState.PUBLISHED: Localized(zh="已发布", en="published"),
    ListingState.RETIRED: Localized(zh="已退出", en="retired"),
}
ACTIONS: Mapping[Action, Localized] = {
    Action.EDIT: Localized(zh="编辑", en="edit"),
    Action.DISCARD: Localized(zh="放弃草稿", en="discard the draft"),
    Action.SUBMIT: Localized(zh="提交审核", en="submit"),
    Action.WITHDRAW: Localized(zh="撤回", en="withdraw"),
    Action.REQUEST_CHANGES: Localized(zh="要求修改", en="request changes"),
    Action.APPROVE: Localized(zh="通过", en="approve"),
    Action.PUBLISH: Localized(zh="发布", en="publish"),
    Action.RETIRE: Localized(zh="退出", en="retire"),
}
_WORDS: Mapping[Who, str] = {
    Who.EDITOR: "editors and owners of the operator",
    Who.OWNER: "owners of the operator",
    Who.REVIEWER: "reviewers of the competent department",
    Who.PUBLISHER: "publishers of the competent department",
}
_NEVER_PUBLISHED = "（从未发布 never published）"
_HEAD = """\
# The states of a revision

Drawn from the table in `app/listing/rules.py` by `proving states`; `make openapi` writes it. What is not in the table
cannot be done: it is answered 409. Each platform has one newest revision, and at most one that the public sees:
while the newest is a draft or with the department, the public sees the one before. What is published is what was
approved: nothing can be edited from the submission on, and approval and publication name the version that was read.

Suspension is no state: a suspended platform keeps its revision, and is not found or matched on the days that the
suspension names. Nobody reviews or publishes a platform of an organisation they are a member of.

"""


def states_page() -> str:
    """Return the page as Markdown with a Mermaid diagram."""
    drawn = diagram(STATES, INITIAL.value, _arrows(), [ListingState.RETIRED.value])
    heads = ("state", "action", "who", "next state")
    return f"{_HEAD}{drawn}\n{table(heads, (list(_cells(one)) for one in TRANSITIONS))}"


def _arrows() -> Iterator[Arrow]:
    for one in TRANSITIONS:
        label = f"{ACTIONS[one.action].zh} {one.action}"
        yield one.state.value, one.to.value, label
        if one.once_published:
            yield one.state.value, END, f"{label} {_NEVER_PUBLISHED}"


def _cells(one: Transition) -> Iterator[str]:
    yield named(STATES, one.state)
    yield f"{ACTIONS[one.action].zh} `{one.action}`"
    yield ", ".join(_WORDS[who] for who in one.who)
    condition = "; the platform is gone where none was ever published" if one.once_published else ""
    yield f"{named(STATES, one.to)}{condition}"
