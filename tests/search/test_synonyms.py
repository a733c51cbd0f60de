from search.synonyms import Mention, SynonymGroup, SynonymTable

TABLE = SynonymTable(
    [
        SynonymGroup(heads=("盐雾试验", "Salt Spray"), terms=("中性盐雾", "鹽霧"), triggers=("生锈", "锈")),
        SynonymGroup(heads=("温度循环",), terms=("TC",)),
        SynonymGroup(heads=("腐蚀试验",), triggers=("生锈",)),
    ]
)


def _expansions(text: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(text[found.start : found.end], found.expansions) for found in TABLE.mentions(text)]


def test_heads_find_each_other_and_all_terms() -> None:
    assert _expansions("盐雾试验") == [("盐雾试验", ("salt spray", "中性盐雾", "盐雾"))]


def test_a_term_finds_the_heads_but_not_the_other_terms() -> None:
    assert _expansions("中性盐雾") == [("中性盐雾", ("盐雾试验", "salt spray"))]


def test_a_trigger_finds_the_heads_of_every_group_it_is_in() -> None:
    assert _expansions("会生锈吗") == [("生锈", ("盐雾试验", "salt spray", "腐蚀试验"))]


def test_the_longest_word_wins_and_places_do_not_overlap() -> None:
    assert TABLE.mentions("做盐雾试验") == [Mention(1, 5, ("salt spray", "中性盐雾", "盐雾"))]


def test_latin_words_are_not_found_inside_others() -> None:
    assert _expansions("etc tcp tc") == [("tc", ("温度循环",))]


def test_a_word_of_one_character_is_known_but_not_looked_for_in_texts() -> None:
    assert _expansions("不锈钢") == []
    assert TABLE.expansions("锈") == ("盐雾试验", "salt spray")
    assert TABLE.expansions("钢") == ()
