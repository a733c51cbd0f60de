"""Scores without a server: the formula of the embedded engine, and which hits of many are scored."""

import itertools

import pytest
import tantivy
from hypothesis import given, settings
from hypothesis import strategies as st

from search.meilisearch_documents import (
    frequencies_in,
    index_settings,
    mark,
    marks_from,
    stored_document,
    tokens_in,
)
from search.meilisearch_impact import IMPACTS, lengths, rounded_length
from search.meilisearch_relevance import (
    FEWEST_SCORED_OF_MANY,
    MOST_LONG_TOKENS,
    MOST_SCORED_OF_MANY,
    Statistics,
    bounded,
    growing_sets,
    most_telling,
    relevance,
    weigh,
    worth_scoring,
)
from search.port import EngineRejected
from search.schema import PLATFORMS, SERVICES
from search.text import TextLayer

LAYER = TextLayer()
TOKENS = ["电池", "过充", "盐雾", "emc", "检测"]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.dictionaries(st.sampled_from(TOKENS), st.integers(1, 90), min_size=1), min_size=1, max_size=12
    )
)
def test_scores_are_those_of_tantivy(documents: list[dict[str, int]]) -> None:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("number", stored=True)
    builder.add_text_field("tokens", tokenizer_name="whitespace", index_option="freq")
    schema = builder.build()
    index = tantivy.Index(schema)
    with index.writer(15_000_000, 1) as writer:
        for number, document in enumerate(documents):
            words = " ".join(" ".join([token] * times) for token, times in document.items())
            writer.add_document(tantivy.Document(number=number, tokens=words))
    index.reload()
    searcher = index.searcher()
    query = tantivy.Query.boolean_query(
        [
            (
                tantivy.Occur.Should,
                tantivy.Query.boost_query(tantivy.Query.term_query(schema, "tokens", token), 0.6),
            )
            for token in TOKENS
        ]
    )
    found = {
        int(searcher.doc(address)["number"][0]): score
        for score, address in searcher.search(query, limit=50).hits
    }
    holding = {token: sum(token in document for document in documents) for token in TOKENS}
    average = sum(sum(document.values()) for document in documents) / len(documents)
    statistics = Statistics(len(documents), (average, 0.0), holding)
    weights = {token: 0.6 * statistics.rarity(token) for token in TOKENS}
    for number, document in enumerate(documents):
        score = relevance(document, lengths(document), weights, statistics.average_lengths)
        assert score == pytest.approx(found[number], rel=1e-4)


def test_sounds_have_a_length_of_their_own() -> None:
    frequencies = LAYER.document(SERVICES, {"title": "动力电池 emc"})
    words, sounds = lengths(frequencies)
    assert words + sounds == sum(frequencies.values())
    assert sounds > 0
    assert words > 0


@pytest.mark.parametrize(
    ("length", "rounded"), [(0, 0), (39, 39), (40, 40), (41, 40), (57, 56), (59, 56), (168, 168)]
)
def test_lengths_are_rounded_down_to_what_a_byte_can_say(length: int, rounded: int) -> None:
    assert rounded_length(length) == rounded


def test_rounded_lengths_grow_with_lengths_and_there_are_few() -> None:
    rounded = [rounded_length(length) for length in range(100_000)]
    assert rounded == sorted(rounded)
    assert len(set(rounded)) < 256
    assert all(length * 0.88 <= short <= length for length, short in enumerate(rounded))


def test_scores_shown_lie_in_zero_to_one_and_keep_their_order() -> None:
    shown = [bounded(score) for score in (0.0, 0.1, 1.0, 10.0, 1e6)]
    assert shown == sorted(set(shown))
    assert shown[0] == 0
    assert shown[-1] < 1


def test_a_rarer_token_tells_more_and_one_that_nobody_holds_nothing() -> None:
    statistics = Statistics(100, (50.0, 50.0), {"rare": 1, "common": 90, "nobody": 0})
    weights = weigh([("rare", 1.0), ("common", 1.0), ("nobody", 5.0)], statistics)
    assert weights["rare"] > weights["common"] > 0
    assert "nobody" not in weights


def test_of_a_long_text_the_heaviest_tokens_are_kept() -> None:
    weights = {f"t{number:02d}": float(number % 50) for number in range(100)}
    kept = most_telling(weights)
    assert len(kept) == MOST_LONG_TOKENS
    assert min(kept.values()) >= max(weight for token, weight in weights.items() if token not in kept)


class TestBroadQueries:
    def test_sets_grow_from_the_most_telling_occurrences_to_every_holder(self) -> None:
        sets = growing_sets({"电池": 2.0, "检测": 1.0, "多": 0.1}, 2)
        assert sets[0] == f'strong = "{mark(len(IMPACTS), "电池")}"'
        assert sets[-1] in {
            f"({' OR '.join(order)})"
            for order in itertools.permutations(['tokens = "电池"', 'tokens = "检测"'])
        }
        assert len(sets) == len(set(sets))

    @pytest.mark.parametrize(
        ("sizes", "chosen"),
        [
            ([10, 150, MOST_SCORED_OF_MANY + 1, 5000], 1),
            ([10, FEWEST_SCORED_OF_MANY - 1, MOST_SCORED_OF_MANY + 1, 5000], 2),
            ([9000, 9001, 9002, 9003], 0),
            ([10, 20, 30, 40], 3),
        ],
    )
    def test_the_largest_set_that_is_not_too_large_is_scored(self, sizes: list[int], chosen: int) -> None:
        sets = ["a", "b", "c", "d"]
        assert worth_scoring(sets, dict(zip(sets, sizes, strict=True))) == sets[chosen]


class TestDocuments:
    def test_frequencies_are_read_back(self) -> None:
        texts = {"title": "动力电池过充 DO-178C", "standards": ["GB/T 2423.17-2008"]}
        frequencies = LAYER.document(SERVICES, texts)
        stored = stored_document({"id": "a", "texts": texts}, SERVICES, LAYER)
        assert frequencies_in(stored, frozenset([*frequencies, "absent", "78"])) == frequencies
        assert frequencies_in(stored, frozenset(["absent", "1", "过充"])) == {"过充": frequencies["过充"]}
        assert sorted(tokens_in(stored)) == sorted(frequencies)

    def test_strong_tokens_are_marked_once(self) -> None:
        stored = stored_document({"id": "a", "texts": {"title": "电池" * 5}}, SERVICES, LAYER)
        marks = set(stored["strong"])
        assert len(marks & set(marks_from(1, "电池"))) == 1
        assert not marks & set(marks_from(1, "盐雾"))

    @pytest.mark.parametrize(
        "document",
        [
            {"payload": {}},
            {"id": ""},
            {"id": "x" * 400},
            {"id": "a", "price_min_cny": float("nan")},
            {"id": "a", "price_min_cny": "cheap"},
            {"id": "a", "lat": float("inf"), "lon": 1},
        ],
        ids=repr,
    )
    def test_a_document_that_does_not_fit_is_rejected(self, document: dict[str, object]) -> None:
        with pytest.raises(EngineRejected):
            stored_document(document, SERVICES, LAYER)

    @pytest.mark.parametrize("schema", [SERVICES, PLATFORMS], ids=lambda schema: schema.name)
    def test_the_server_searches_no_text_itself(self, schema: object) -> None:
        assert index_settings(schema)["searchableAttributes"] == []  # type: ignore[arg-type]
