"""The states of a revision: the table, and that nothing leads out of it or around the review."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from app.auth.who import Who
from app.drawing import PAGES
from app.listing.drawing import ACTIONS, STATES, states_page
from app.listing.rules import EDITABLE, INITIAL, TRANSITIONS, Action, after, states_of, who_may
from app.migrations import ROOT
from app.models import ListingState

DRAFT, SUBMITTED, CHANGES, APPROVED, PUBLISHED, RETIRED = ListingState


@pytest.mark.parametrize(
    ("state", "possible"),
    [
        (DRAFT, {"edit": DRAFT, "discard": PUBLISHED, "submit": SUBMITTED, "retire": RETIRED}),
        (
            SUBMITTED,
            {"withdraw": DRAFT, "request_changes": CHANGES, "approve": APPROVED, "retire": RETIRED},
        ),
        (CHANGES, {"edit": CHANGES, "discard": PUBLISHED, "submit": SUBMITTED, "retire": RETIRED}),
        (
            APPROVED,
            {"withdraw": DRAFT, "request_changes": CHANGES, "publish": PUBLISHED, "retire": RETIRED},
        ),
        (PUBLISHED, {"edit": DRAFT, "retire": RETIRED}),
        (RETIRED, {}),
    ],
)
def test_in_each_state_exactly_this_is_possible(
    state: ListingState, possible: dict[str, ListingState]
) -> None:
    found = {action: after(state, action, was_published=True) for action in Action}
    assert {action.value: to for action, to in found.items() if to is not None} == possible


def test_a_draft_that_was_never_published_cannot_be_discarded_but_all_else() -> None:
    for state in ListingState:
        for action in Action:
            expected = None if action is Action.DISCARD else after(state, action, was_published=True)
            assert after(state, action, was_published=False) is expected


def test_only_the_platform_edits_and_submits_and_only_the_department_decides() -> None:
    assert {action: who_may(action) for action in Action} == {
        Action.EDIT: (Who.EDITOR,),
        Action.DISCARD: (Who.EDITOR,),
        Action.SUBMIT: (Who.EDITOR,),
        Action.WITHDRAW: (Who.EDITOR,),
        Action.REQUEST_CHANGES: (Who.REVIEWER,),
        Action.APPROVE: (Who.REVIEWER,),
        Action.PUBLISH: (Who.PUBLISHER,),
        Action.RETIRE: (Who.OWNER, Who.PUBLISHER),
    }


def test_nothing_can_be_edited_from_the_submission_on() -> None:
    assert frozenset({DRAFT, CHANGES, PUBLISHED}) == EDITABLE
    assert states_of(Action.APPROVE, Action.PUBLISH) == (SUBMITTED, APPROVED)


@pytest.mark.parametrize("page", PAGES)
def test_the_committed_pages_are_drawn_from_the_tables(page: str) -> None:
    committed = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    assert committed == PAGES[page](), f"run `make openapi` and commit docs/{page}.md"


def test_the_page_shows_every_transition_and_names_every_state_and_action() -> None:
    page = states_page()
    assert set(STATES) == set(ListingState)
    assert set(ACTIONS) == set(Action)
    arrows = [line for line in page.splitlines() if " --> " in line and "[*]" not in line]
    assert len(arrows) == len(TRANSITIONS)
    assert "    approved --> published: 发布 publish" in arrows
    assert f"    [*] --> {INITIAL}" in page


class Revision(RuleBasedStateMachine):
    """A platform by the table alone: its text is a number that every edit counts up."""

    def __init__(self) -> None:
        super().__init__()
        self.state = INITIAL
        self.text = 0
        self.approved: int | None = None
        self.public: int | None = None

    @rule(action=st.sampled_from(Action))
    def act(self, action: Action) -> None:
        to = after(self.state, action, was_published=self.public is not None)
        if to is None:
            return
        if action is Action.EDIT:
            self.text += 1
        elif action is Action.APPROVE:
            self.approved = self.text
        elif action is Action.PUBLISH:
            # The public never sees what was not approved.
            assert self.text == self.approved
            self.public, self.approved = self.text, None
        elif action in (Action.WITHDRAW, Action.REQUEST_CHANGES):
            self.approved = None
        elif action is Action.DISCARD:
            assert self.public is not None
            self.text = self.public
        self.state = to

    @invariant()
    def what_is_published_is_what_the_platform_is(self) -> None:
        if self.state is PUBLISHED:
            assert self.public == self.text

    @invariant()
    def a_retired_platform_stays_retired(self) -> None:
        if self.state is RETIRED:
            assert all(after(self.state, action, was_published=True) is None for action in Action)


TestRevision = Revision.TestCase
TestRevision.settings = settings(
    max_examples=200, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
