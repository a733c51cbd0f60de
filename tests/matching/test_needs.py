"""From a need as stated to a need as compared."""

from dataclasses import replace
from datetime import date

import pytest

from app.matching.facts import Relation, Successor
from app.matching.needs import NeedRefused, StatedNeed, UnderstoodNeed, nearest_terms, understand
from app.matching.snapshot import EditionView, StandardView, TermView, VocabularyRows, VocabularyView
from app.vocabulary.rules import normal_form

DAY = date(2026, 12, 1)


def term(code: str, *spellings: str) -> TermView:
    return TermView(code, spellings[0], code, frozenset(map(normal_form, spellings)), spellings)


VOCABULARY = VocabularyView(
    VocabularyRows(
        terms=[
            term("overcharge", "过充试验", "过充电", "Overcharge test"),
            term("salt_spray", "盐雾试验", "同名"),
            term("fog", "雾", "同名"),
        ],
        standards=[StandardView(1, "GB 38031", "overcharge"), StandardView(2, "ISO 9227", None)],
        editions={
            1: EditionView("GB 38031-2020", "2020", (Successor("GB 38031-2025", date(2026, 7, 1)),)),
            2: EditionView("GB 38031-2025", "2025", (Successor("GB 38031-2030", date(2030, 1, 1)),)),
        },
        equivalences=[("GB/T 10125", "ISO 9227")],
        supersessions=[("GB 38031", "GB 38031"), ("GB/T 31485", "GB 38031")],
        broader=[("单体", "电池"), ("电池", "储能产品")],
        objects={},
        parameters={},
        dimensions={},
    )
)


def read(**stated: object) -> UnderstoodNeed:
    return understand(StatedNeed("n1", **stated), VOCABULARY, DAY)  # type: ignore[arg-type]


@pytest.mark.parametrize("given", ["overcharge", "过充试验", "过充 电", "ＯＶＥＲＣＨＡＲＧＥ　ＴＥＳＴ"])
def test_a_capability_is_known_by_its_code_and_every_name(given: str) -> None:
    assert read(capability=given).need.term == "overcharge"


@pytest.mark.parametrize(
    ("given", "near"),
    [("overcharg", "overcharge"), ("同名", "salt_spray"), ("同名", "fog"), ("盐雾实验", "salt_spray")],
)
def test_an_unknown_or_ambiguous_capability_is_refused_with_the_nearest(given: str, near: str) -> None:
    with pytest.raises(NeedRefused) as refused:
        read(capability=given)
    assert (refused.value.part, refused.value.code) == ("capability", "unknown_capability")
    assert near in refused.value.detail.zh
    assert near in refused.value.detail.in_lang("en")


def test_nothing_near_is_said_too() -> None:
    assert nearest_terms("zzzzqqq", VOCABULARY.terms) == []
    with pytest.raises(NeedRefused) as refused:
        read(capability="zzzzqqq")
    assert "/v1/capability-terms" in refused.value.detail.zh


@pytest.mark.parametrize(
    ("given", "base", "edition"),
    [
        ("gb38031-2020", "GB 38031", "2020"),
        ("GB 38031", "GB 38031", None),
        ("ISO 9227:2017", "ISO 9227", "2017"),
        ("JESD22-A104F", "JESD22-A104", "F"),
        ("JESD22-A104", "JESD22-A104", None),
    ],
)
def test_a_standard_is_its_base_and_its_edition(given: str, base: str, edition: str | None) -> None:
    need = read(standard=given).need
    assert (need.standard, need.edition) == (base, edition)


def test_what_is_no_standard_number_is_refused() -> None:
    with pytest.raises(NeedRefused) as refused:
        read(standard="某某标准")
    assert (refused.value.part, refused.value.code) == ("standard", "unreadable_standard")


@pytest.mark.parametrize(
    ("given", "related"),
    [
        ("ISO 9227", {"GB/T 10125": Relation.EQUIVALENT}),
        ("GB/T 10125-2021", {"ISO 9227": Relation.EQUIVALENT}),
        ("GB/T 31485", {"GB 38031": Relation.SUCCESSOR}),
        # What a standard has replaced is not related, nor is another edition of itself.
        ("GB 38031", {}),
    ],
)
def test_equivalents_and_successors_are_related(given: str, related: dict[str, Relation]) -> None:
    assert read(standard=given).need.related == related


@pytest.mark.parametrize(
    ("given", "successor"),
    [("GB 38031-2020", "GB 38031-2025"), ("GB 38031-2025", None), ("GB 38031", None), ("GB 1-2001", None)],
)
def test_a_replaced_edition_is_known_by_its_successor_in_force(given: str, successor: str | None) -> None:
    found = read(standard=given).superseded_by
    assert (found.number if found else None) == successor


def test_an_object_stands_for_itself_and_every_broader_one() -> None:
    assert read(object="单 体").need.objects == {"单体", "电池", "储能产品"}
    assert read(object="储能产品").need.objects == {"储能产品"}
    assert read().need.objects is None


def test_a_parameter_stands_for_itself_and_the_names_of_its_term() -> None:
    assert read(parameter="过充电").need.parameters == {"过充试验", "过充电", "overcharge test"}
    assert read(parameter="挤压").need.parameters == {"挤压"}
    assert read().need.parameters is None


def test_only_a_need_with_neither_term_nor_standard_is_text_only() -> None:
    need = read(text="随便").need
    assert need.text_only
    assert not replace(need, term="overcharge").text_only
    assert not replace(need, standard="GB 38031").text_only
    assert read(object="电池", parameter="过充电").need.text_only
