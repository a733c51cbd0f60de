"""When a delivery is tried again, what disables a webhook, and where it may lead."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models.base import new_uid
from app.outbox import AddressedType, Audience, ChangeType
from app.webhooks.event_types import DESCRIPTIONS
from app.webhooks.rules import (
    MOST_ATTEMPTS,
    PAUSES,
    has_failed_for_too_long,
    is_addressed,
    is_success,
    pause_after,
    printable,
)
from app.webhooks.targets import BAD_URL, NOT_HTTPS, NOT_PUBLIC, is_public, url_fault

NOW = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)


def test_the_schedule_of_retries() -> None:
    seconds = [pause_after(attempts, 0.0) for attempts in range(1, MOST_ATTEMPTS + 2)]
    assert [None if pause is None else pause.total_seconds() for pause in seconds] == [
        5, 60, 300, 1800, 7200, 18000, 36000, 36000, None, None,
    ]  # fmt: skip
    assert sum(PAUSES, timedelta()) == timedelta(hours=27, minutes=36, seconds=5)


@given(st.integers(1, len(PAUSES)), st.floats(0, 1))
def test_a_pause_is_longer_by_a_fifth_at_most(attempts: int, chance: float) -> None:
    pause = pause_after(attempts, chance)
    assert pause is not None
    assert PAUSES[attempts - 1] <= pause <= PAUSES[attempts - 1] * 1.2


@pytest.mark.parametrize(
    ("failures", "hours", "disabled"),
    [(9, 24, True), (9, 23.99, False), (8, 500, False), (500, 1, False), (1, None, False)],
)
def test_a_webhook_is_disabled_when_it_failed_often_and_for_long(
    failures: int, hours: float | None, disabled: bool
) -> None:
    since = None if hours is None else NOW - timedelta(hours=hours)
    assert has_failed_for_too_long(failures, since, NOW) is disabled


def test_only_2xx_takes_a_delivery() -> None:
    assert [status for status in range(100, 600) if is_success(status)] == list(range(200, 300))
    assert not is_success(None)


def test_an_event_is_for_those_of_its_audience() -> None:
    ours, theirs, person = new_uid(), new_uid(), new_uid()
    audience = Audience(frozenset({ours}), frozenset({person})).stored()
    assert is_addressed(audience, ours, None)
    assert is_addressed(audience, None, person)
    assert not is_addressed(audience, theirs, None)
    assert not is_addressed(audience, None, ours)
    assert not is_addressed({}, ours, person)


def test_every_type_of_event_is_described_in_both_languages() -> None:
    assert set(DESCRIPTIONS) == {
        *(each.value for each in ChangeType),
        *(each.value for each in AddressedType),
    }
    assert all(text.zh and text.en for text in DESCRIPTIONS.values())


@given(st.binary(max_size=2000))
def test_of_an_answer_only_printable_characters_are_kept(answer: bytes) -> None:
    kept = printable(answer)
    assert kept is None or (kept.isprintable() and 0 < len(kept) <= 300)


PUBLIC = [
    "93.184.216.34",
    "1.1.1.1",
    "2606:4700:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
]
NOT_REACHABLE = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.0.1", "169.254.169.254", "172.16.0.1",
    "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.7",
    "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1",
    "2002:7f00:1::", "2002:a00:1::1", "2002:c0a8:101::", "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1",
    "fe80::1%1", "fec0::1", "ff02::1", "ff0e::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_told(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_REACHABLE)
def test_addresses_that_not_everybody_reaches_are_told(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses())
def test_what_the_standard_library_calls_private_is_never_public(address: object) -> None:
    parsed = ip_address(str(address))
    if parsed.is_private or parsed.is_multicast or parsed.is_loopback:
        inside = getattr(parsed, "ipv4_mapped", None) or getattr(parsed, "sixtofour", None)
        assert not is_public(str(parsed)) or (inside is not None and inside.is_global)


@pytest.mark.parametrize(
    "url",
    ["https://example.com/hook", "https://example.com:8443/a?b=c", "https://1.1.1.1/", "https://[2606:4700::1]/",
     "https://例子.中国/钩", "https://EXAMPLE.com."],
)  # fmt: skip
def test_addresses_that_a_webhook_can_have(url: str) -> None:
    assert url_fault(url, allow_private=False) is None


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://example.com/", NOT_HTTPS),
        ("ftp://example.com/", BAD_URL),
        ("example.com", BAD_URL),
        ("https://", BAD_URL),
        ("https://user@example.com/", BAD_URL),
        ("https://user:pass@example.com/", BAD_URL),
        ("https://example.com/#part", BAD_URL),
        ("https://example.com:99999/", BAD_URL),
        ("https://exa mple.com/", BAD_URL),
        ("https://example.com/\n", BAD_URL),
        ("https://localhost/", NOT_PUBLIC),
        ("https://LOCALHOST./", NOT_PUBLIC),
        ("https://a.localhost/", NOT_PUBLIC),
        ("https://printer.local/", NOT_PUBLIC),
        ("https://metadata.google.internal/", NOT_PUBLIC),
        ("https://intranet/", NOT_PUBLIC),
        ("https://127.0.0.1/", NOT_PUBLIC),
        ("https://127.1/", NOT_PUBLIC),
        ("https://2130706433/", NOT_PUBLIC),
        ("https://0x7f000001/", NOT_PUBLIC),
        ("https://017700000001/", NOT_PUBLIC),
        ("https://[::1]/", NOT_PUBLIC),
        ("https://[::ffff:10.0.0.1]/", NOT_PUBLIC),
        ("https://169.254.169.254/latest/meta-data", NOT_PUBLIC),
    ],
)
def test_addresses_that_a_webhook_cannot_have(url: str, fault: object) -> None:
    assert url_fault(url, allow_private=False) == fault


def test_the_development_setting_allows_private_addresses_and_plain_http_but_nothing_else() -> None:
    assert url_fault("http://127.0.0.1:9000/hook", allow_private=True) is None
    assert url_fault("http://user@127.0.0.1/", allow_private=True) == BAD_URL
    assert url_fault("file:///etc/passwd", allow_private=True) == BAD_URL
