from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.disclosure.rules import (
    FIELDS,
    NO_CLEARANCE,
    ORDER,
    OWNER,
    Clearance,
    disclosed,
    is_allowed,
    is_known,
    tier_of,
)
from app.models import DisclosureTier, ResultState
from app.results.documents import ResultDocument

PUBLIC, MEMBERS, GRANTED, SEALED = DisclosureTier
CLEARANCES = [NO_CLEARANCE, Clearance(MEMBERS), Clearance(GRANTED), Clearance(SEALED), OWNER]
tiers = st.dictionaries(
    st.sampled_from(list(FIELDS)), st.sampled_from([tier.value for tier in DisclosureTier])
)
documents = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from([None, [], "", f"secret of {name}", [name]]) for name in FIELDS}
)


def test_every_field_of_a_result_has_a_tier_and_no_other_has() -> None:
    assert set(FIELDS) == set(ResultDocument.model_fields)


@given(documents, tiers, st.sampled_from(CLEARANCES))
def test_nothing_above_the_clearance_is_left_in_a_document(document, said, clearance) -> None:
    result = disclosed(document, said, clearance)
    for field, value in result.document.items():
        assert value in (None, [], "") or clearance.covers(tier_of(field, said))
    for field, tier in result.withheld.items():
        assert not clearance.covers(tier)
        assert document[field]
    assert result.document.keys() | result.withheld.keys() == document.keys()
    assert result.document.keys().isdisjoint(result.withheld)
    assert all(tier is not PUBLIC and result.document[field] for field, tier in result.confidential.items())


@given(documents, tiers)
def test_a_higher_clearance_never_reads_less(document, said) -> None:
    read = [set(disclosed(document, said, Clearance(tier)).document) for tier in ORDER]
    assert all(lower <= higher for lower, higher in pairwise(read))
    assert read[-1] == set(document)


@given(tiers)
def test_what_the_owner_says_stays_within_the_bounds_of_the_field(said) -> None:
    for field, rule in FIELDS.items():
        assert ORDER.index(rule.lowest) <= ORDER.index(tier_of(field, said)) <= ORDER.index(rule.highest)
        if is_allowed(field, DisclosureTier(said.get(field, rule.default))):
            assert tier_of(field, said) == said.get(field, rule.default)


def test_know_how_is_never_public_and_the_teaser_always_is() -> None:
    assert tier_of("confidential", {"confidential": "public"}) is GRANTED
    assert tier_of("public_abstract", {"public_abstract": "sealed"}) is PUBLIC
    assert tier_of("not_a_field", {"not_a_field": "public"}) is SEALED
    assert not is_allowed("confidential", MEMBERS)
    assert not is_allowed("title", SEALED)


def test_who_may_know_that_a_result_exists() -> None:
    known = {
        (state, clearance, open_): is_known(state, clearance, call_is_open=open_)
        for state in ResultState
        for clearance in CLEARANCES
        for open_ in (True, False)
    }
    for (state, clearance, open_), answer in known.items():
        if clearance.owns or state is ResultState.POOLED:
            assert answer
        elif state in (ResultState.DRAFT, ResultState.WITHDRAWN) or clearance == NO_CLEARANCE:
            assert not answer
        elif clearance.tier is MEMBERS:
            in_play = state in (ResultState.SUBMITTED, ResultState.UNDER_ASSESSMENT)
            assert answer is (open_ and in_play)
        else:
            assert answer
