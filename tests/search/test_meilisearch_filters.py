"""Filter trees as expressions: read back by a small reader of the server's grammar, never by the code under test."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from search.meilisearch_filters import (
    EVERYTHING,
    LONGEST_VALUE_BYTES,
    NOTHING,
    decode,
    encode,
    expression,
    is_digest,
    original_id,
    stored_id,
)
from search.port import And, Between, EngineRejected, Eq, Exists, Filter, GeoRadius, In, Not, Or
from search.schema import SERVICES

LIMIT_OF_THE_SERVER = 468
UNICODE = st.text(st.characters(exclude_categories=[]), max_size=150)
NASTY = [
    '"',
    "\\",
    '\\"',
    "'",
    "",
    " ",
    " a",
    "a ",
    "A",
    "a",
    "é",
    "e\u0301",
    "ﬁ",
    "fi",
    "①",
    "1",
    "=a",
    "==a",
    "\x00",
]


def normalised_by_the_server(stored: str) -> str:
    """What v1.50 compares: trimmed, decomposed, lower case, cut (`normalize_facet`, MAX_FACET_VALUE_LENGTH)."""
    return unicodedata.normalize("NFKD", stored.strip()).lower()[:LIMIT_OF_THE_SERVER]


def read_quoted(text: str) -> str:
    """Read a double-quoted value as the server's parser does; it ends at the first quote that is not escaped."""
    match = re.fullmatch(r'"((?:[^"\\]|\\.)*)"', text, re.DOTALL)
    assert match, text
    return re.sub(r"\\(.)", r"\1", match[1], flags=re.DOTALL)


class TestValues:
    @given(UNICODE)
    @example('a "b" \\')
    @example("\ud800")
    def test_a_value_comes_back_from_its_stored_form(self, value: str) -> None:
        stored = encode(value)
        assert is_digest(stored) or decode(stored) == value
        assert len(stored.encode()) <= LIMIT_OF_THE_SERVER

    @given(UNICODE)
    def test_the_server_compares_the_stored_form_unchanged(self, value: str) -> None:
        stored = encode(value)
        assert normalised_by_the_server(stored) == stored

    @given(UNICODE, UNICODE)
    def test_different_values_stay_different(self, one: str, other: str) -> None:
        assert (encode(one) == encode(other)) == (one == other)

    @pytest.mark.parametrize("one", NASTY)
    def test_look_alikes_stay_different(self, one: str) -> None:
        assert [other for other in NASTY if encode(other) == encode(one)] == [one]

    @given(UNICODE)
    @example('") OR id EXISTS OR ("')
    @example("\\")
    def test_a_value_in_a_filter_is_read_as_its_stored_form(self, value: str) -> None:
        field, equals, quoted = expression(Eq("city", value), SERVICES).split(" ", 2)
        assert (field, equals) == ("f_city", "=")
        assert read_quoted(quoted) == encode(value)

    @given(UNICODE)
    def test_a_stored_value_needs_no_escape(self, value: str) -> None:
        assert not set(encode(value)) & set('"\\')

    @pytest.mark.parametrize("value", ["330100", "gb/t2423.17-2008", "动力电池", "p:dian'chi", "a b", "1.5"])
    def test_common_values_stay_readable(self, value: str) -> None:
        assert encode(value) == value

    def test_too_long_a_value_is_kept_as_a_digest(self) -> None:
        assert is_digest(encode("长" * LONGEST_VALUE_BYTES))
        assert is_digest(encode("x" * (LONGEST_VALUE_BYTES + 1)))
        assert encode("x" * LONGEST_VALUE_BYTES) == "x" * LONGEST_VALUE_BYTES
        assert not is_digest(encode("==x"))

    @given(UNICODE, UNICODE)
    def test_stored_ids_are_allowed_come_back_and_keep_their_order(self, one: str, other: str) -> None:
        assert re.fullmatch(r"[0-9a-f]*", stored_id(one))
        assert original_id(stored_id(one)) == one
        assert (stored_id(one) < stored_id(other)) == (one < other)


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        (Eq("city", "330100"), 'f_city = "330100"'),
        (Eq("voucher", True), 'f_voucher = "true"'),
        (Eq("lead_time_days", 5), 'f_lead_time_days = "5.0"'),
        (Eq("lead_time_days", "5"), NOTHING),
        (Eq("lead_time_days", float("nan")), NOTHING),
        (Eq("id", "a b"), 'id = "612062"'),
        (In("city", ()), NOTHING),
        (In("city", ("a", "B")), 'f_city IN ["a", "=ii"]'),
        (Between("price_min_cny", 0, 1e7), "(f_price_min_cny >= 0.0 AND f_price_min_cny <= 10000000.0)"),
        (Between("price_min_cny", None, 1e-7), "f_price_min_cny <= 0.0000001"),
        (Between("price_min_cny", -2.5), "f_price_min_cny >= -2.5"),
        (Between("price_min_cny"), "f_price_min_cny EXISTS"),
        (Between("price_min_cny", float("nan"), 3), NOTHING),
        (Exists("tier"), "f_tier EXISTS"),
        (GeoRadius(30.27, -120.15, 5e4), "_geoRadius(30.27, -120.15, 50000.0)"),
        (Not(Eq("city", "a")), 'NOT (f_city = "a")'),
        (And(()), EVERYTHING),
        (Or(()), NOTHING),
        (And((Eq("city", "a"),)), 'f_city = "a"'),
        (
            And((Eq("city", "a"), Or((Exists("tier"), Not(And(())))))),
            f'(f_city = "a" AND (f_tier EXISTS OR NOT ({EVERYTHING})))',
        ),
    ],
    ids=repr,
)
def test_a_clause_becomes_one_expression(clause: Filter, expected: str) -> None:
    assert expression(clause, SERVICES) == expected


@pytest.mark.parametrize("infinite", [float("inf"), float("-inf")])
def test_an_infinite_end_is_a_finite_number_without_exponent(infinite: float) -> None:
    low = expression(Between("price_min_cny", infinite), SERVICES).rpartition(" ")[2]
    assert re.fullmatch(r"-?\d+", low)
    assert abs(float(low)) > 1e308


@pytest.mark.parametrize(
    "clause",
    [
        Eq("title", "a"),
        Exists("texts"),
        Between("city", 1, 2),
        Between("id", 1, 2),
        Not(Or((Eq("f_city", "a"),))),
    ],
    ids=repr,
)
def test_a_field_that_the_schema_does_not_have_is_rejected(clause: Filter) -> None:
    with pytest.raises(EngineRejected):
        expression(clause, SERVICES)
