"""The rules of accounts, without database and clock."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.accounts.rules import (
    EMAIL_PATTERN,
    PresentedToken,
    RefreshOutcome,
    is_weak,
    normal_email,
    refresh_outcome,
)
from tests.accounts.conftest import NOW

LATER = NOW + timedelta(seconds=1)
EARLIER = NOW - timedelta(seconds=1)


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (None, RefreshOutcome.REFUSED),
        (PresentedToken(LATER, None, None, False), RefreshOutcome.ROTATED),
        (PresentedToken(NOW, None, None, False), RefreshOutcome.REFUSED),
        (PresentedToken(LATER, None, EARLIER, False), RefreshOutcome.REFUSED),
        (PresentedToken(LATER, None, None, True), RefreshOutcome.REFUSED),
        (PresentedToken(LATER, EARLIER, None, False), RefreshOutcome.REUSED),
        # An ended token that was used shows just as well that two have the session.
        (PresentedToken(EARLIER, EARLIER, None, False), RefreshOutcome.REUSED),
        (PresentedToken(LATER, EARLIER, None, True), RefreshOutcome.REUSED),
        (PresentedToken(LATER, EARLIER, EARLIER, False), RefreshOutcome.REFUSED),
    ],
)
def test_what_becomes_of_a_refresh_token(token: PresentedToken | None, expected: RefreshOutcome) -> None:
    assert refresh_outcome(token, NOW) is expected


@pytest.mark.parametrize(
    ("password", "weak"),
    [
        ("aaaaaaaaaaaa", True),
        ("1234" * 4, True),
        ("１２３４" * 4, True),
        ("abcdefghijkl", True),
        ("zyxwvutsrqpo", True),
        ("li@example.org", True),
        ("LI@EXAMPLE.ORG", True),
        ("中试平台中试平台中试平台", True),
        ("correct horse battery", False),
        ("abcdefghijkm", False),
        ("甬江边上的第三家验证中心", False),
    ],
)
def test_what_is_guessed_first_is_weak(password: str, weak: bool) -> None:
    assert is_weak(password, email="li@example.org") is weak


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("li@example.org", True),
        (" Li.Gong+lab@Example.ORG ", True),
        ("li@localhost", True),
        ("li", False),
        ("@example.org", False),
        ("li@-example.org", False),
        ("li@example..org", False),
        ("li@exa mple.org", False),
        ("li@example.org,wu@example.org", False),
        ("li@example.org\r\nBcc: wu@example.org", False),
        ("李@example.org", False),
    ],
)
def test_what_is_an_address(text: str, valid: bool) -> None:
    assert (re.fullmatch(EMAIL_PATTERN, text) is not None) is valid


@given(st.from_regex(EMAIL_PATTERN, fullmatch=True))
def test_an_address_has_one_spelling(text: str) -> None:
    normal = normal_email(text)
    assert normal_email(normal) == normal
    assert normal_email(text.upper()) == normal
    assert re.fullmatch(EMAIL_PATTERN, normal)
    assert not re.search(r"\s", normal)
