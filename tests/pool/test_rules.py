"""The stages of a project: every walk keeps to the table, and only what is public of a result is shown."""

from typing import Any

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.auth.who import Who
from app.disclosure.rules import FIELDS, NO_CLEARANCE, tier_of
from app.models import DisclosureTier, Stage
from app.pool.drawing import stages_page
from app.pool.rules import (
    INITIAL,
    KEEPERS,
    STEPS,
    WITH_OUTCOME,
    next_stages,
    public_columns,
    public_side,
    step,
)
from app.pool.wording import STAGES


def test_the_table_is_whole() -> None:
    assert set(STAGES) == set(Stage)
    assert len({(one.before, one.after) for one in STEPS}) == len(STEPS)
    reached, waiting = {INITIAL}, [INITIAL]
    while waiting:
        new = set(next_stages(waiting.pop())) - reached
        reached |= new
        waiting += new
    assert reached == set(Stage)
    assert {stage for stage in Stage if not next_stages(stage)} == {Stage.INDUSTRIALISED, Stage.WITHDRAWN}


def test_an_owner_never_certifies_the_own_project_and_who_called_never_withdraws_it() -> None:
    for one in STEPS:
        assert set(one.who) <= set(KEEPERS)
        assert {Who.REVIEWER, Who.PUBLISHER} <= set(one.who)
        assert one.needs_outcome is (one.after in WITH_OUTCOME)
        if one.before is Stage.VERIFYING and one.after in WITH_OUTCOME:
            assert Who.EDITOR not in one.who
        if one.after is Stage.WITHDRAWN:
            assert Who.CALLER not in one.who
            assert Who.EDITOR in one.who
        assert step(one.before, one.after) is one


class Project(RuleBasedStateMachine):
    """A model written without the table: what may be said of every walk through it."""

    @initialize()
    def pooled(self) -> None:
        self.stage = INITIAL
        self.walked = [INITIAL]

    @precondition(lambda self: next_stages(self.stage))
    @rule(data=st.data())
    def walks(self, data: Any) -> None:
        self.stage = data.draw(st.sampled_from(next_stages(self.stage)))
        self.walked.append(self.stage)

    @rule(after=st.sampled_from(Stage))
    def only_what_is_offered_can_be_done(self, after: Stage) -> None:
        assert (step(self.stage, after) is not None) is (after in next_stages(self.stage))

    @invariant()
    def nothing_is_verified_or_failed_without_having_been_tried(self) -> None:
        for before, after in zip(self.walked, self.walked[1:], strict=False):
            if after is Stage.VERIFIED:
                assert before is Stage.VERIFYING
            if after is Stage.FAILED:
                assert before in (Stage.VERIFYING, Stage.IN_PILOT)
            if after in (Stage.IN_PILOT, Stage.INDUSTRIALISED):
                assert Stage.VERIFIED in self.walked[: self.walked.index(after)]
            assert before not in (Stage.WITHDRAWN, Stage.INDUSTRIALISED)


TestProject = Project.TestCase
TestProject.settings = hypothesis_settings(max_examples=60, stateful_step_count=20, deadline=None)

tiers = st.dictionaries(
    st.sampled_from(list(FIELDS)), st.sampled_from([each.value for each in DisclosureTier])
)


@given(tiers)
def test_what_everybody_reads_of_a_project_is_of_the_public_tier(said: dict[str, str]) -> None:
    document = {
        "title": {"zh": "<title>", "en": None},
        "public_abstract": {"zh": "<public_abstract>", "en": "<public_abstract>"},
        "fields": ["new_energy"],
        "keywords": ["<keywords>"],
        "trl": 4,
        **{name: f"<{name}>" for name in ("abstract", "confidential", "trl_evidence")},
        "needs": [{"id": "n1", "text": "<needs>"}],
    }
    side = public_side(document, said)
    columns = public_columns(side, ["overcharge"])
    everything = f"{side} {columns}"
    for name in FIELDS:
        if not NO_CLEARANCE.covers(tier_of(name, said)):
            assert f"<{name}>" not in everything
    assert (side.trl is None) is (tier_of("trl", said) is not DisclosureTier.PUBLIC)
    assert bool(columns["capabilities"]) is (tier_of("needs", said) is DisclosureTier.PUBLIC)
    assert "<title>" in columns["public_text"]


def test_the_page_draws_every_step() -> None:
    page = stages_page()
    for one in STEPS:
        assert f"    {one.before} --> {one.after}\n" in page
    assert "    [*] --> pooled\n" in page
    assert page.count(" --> [*]") == 2
