"""The rules of membership."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.membership.rules import (
    InvitationState,
    higher_role,
    invitation_expires_at,
    invitation_state,
    is_slug,
    leaves_no_owner,
    version_of,
)
from app.models import OrganisationRole

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
VIEWER, EDITOR, OWNER = OrganisationRole.VIEWER, OrganisationRole.EDITOR, OrganisationRole.OWNER


@pytest.mark.parametrize(
    ("accepted", "expires", "expected"),
    [
        (None, NOW + SECOND, InvitationState.OPEN),
        (None, NOW, InvitationState.EXPIRED),
        (None, NOW - SECOND, InvitationState.EXPIRED),
        (NOW - SECOND, NOW + SECOND, InvitationState.ACCEPTED),
        (NOW - 2 * SECOND, NOW - SECOND, InvitationState.ACCEPTED),
    ],
)
def test_the_state_of_an_invitation(
    accepted: datetime | None, expires: datetime, expected: InvitationState
) -> None:
    assert invitation_state(accepted, expires, NOW) is expected


def test_an_invitation_lasts_two_weeks() -> None:
    assert invitation_expires_at(NOW) - NOW == timedelta(days=14)


@given(
    owners=st.sets(st.integers(1, 5)),
    person=st.integers(1, 5),
    role=st.sampled_from([*OrganisationRole, None]),
)
def test_a_change_is_refused_exactly_when_it_takes_the_last_owner(
    owners: set[int], person: int, role: OrganisationRole | None
) -> None:
    after = owners - {person} | ({person} if role is OWNER else set())
    assert leaves_no_owner(owners, person, role) == (bool(owners) and not after)


@given(st.sampled_from(OrganisationRole), st.sampled_from(OrganisationRole))
def test_the_higher_of_two_roles_does_not_depend_on_their_order(
    one: OrganisationRole, other: OrganisationRole
) -> None:
    assert higher_role(one, other) is higher_role(other, one)
    assert higher_role(one, other) in {one, other}
    assert higher_role(OWNER, one) is OWNER
    assert higher_role(VIEWER, one) is one


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hangzhou-lab-2", True),
        ("lab", True),
        ("Lab", False),
        ("lab-", False),
        ("-lab", False),
        ("a--b", False),
        ("实验室", False),
        ("lab\n", False),
        ("0191a2b3-c4d5-7e8f-9a0b-1c2d3e4f5a6b", False),
        ("0191a2b3c4d57e8f9a0b1c2d3e4f5a6b", False),
    ],
)
def test_what_can_be_a_slug(text: str, expected: bool) -> None:
    assert is_slug(text) is expected


@given(st.lists(st.one_of(st.text(), st.none()), min_size=2, max_size=4))
def test_another_content_is_another_version(values: list[str | None]) -> None:
    assert version_of(*values) == version_of(*values)
    assert version_of(*values) != version_of(*values, "more")
    assert version_of("ab", "c") != version_of("a", "bc")
