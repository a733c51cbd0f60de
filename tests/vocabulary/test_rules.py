"""Normal forms, broader objects, editions: tables and properties."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.vocabulary.rules import (
    EditionState,
    chain,
    edition_state,
    names_within,
    normal_form,
    with_indirect,
)

NO_DATE: list[date | None] = [None]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C/C++ 源代码", "Ｃ/Ｃ＋＋源代码"),
        ("永磁（硬磁）材料", "永磁(硬磁) 材料"),
        ("大黄鱼、石斑鱼", "大黄鱼，石斑鱼"),
        ("大黄鱼、石斑鱼", "大黄鱼; 石斑鱼。"),
        ("Salt  Spray", "salt spray"),
        ("薄膜—断面", "薄膜-断面"),
        ("“低空”装备", "低空装备"),
        ("  动力 蓄电池 ", "动力蓄电池"),
        ("【塑料】", "[塑料]"),
    ],
)
def test_spellings_of_one_name_have_one_normal_form(one: str, other: str) -> None:
    assert normal_form(one) == normal_form(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("动力蓄电池", "动力蓄电池单体"),
        ("salt spray", "saltspray"),
        ("GB 4943 1", "GB 49431"),
        ("水和废水", "废水"),
        ("水/废水", "水废水"),
        ("α-淀粉酶", "β-淀粉酶"),
        ("塑料(非泡沫)", "塑料"),
    ],
)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert normal_form(one) != normal_form(other)


@given(st.text())
def test_a_normal_form_is_its_own_normal_form(text: str) -> None:
    assert normal_form(normal_form(text)) == normal_form(text)


def test_pairs_through_others_are_found_and_told_apart() -> None:
    assert with_indirect([("立式", "加工中心"), ("加工中心", "机床"), ("机床", "设备")]) == {
        ("立式", "加工中心"): True,
        ("立式", "机床"): False,
        ("立式", "设备"): False,
        ("加工中心", "机床"): True,
        ("加工中心", "设备"): False,
        ("机床", "设备"): True,
    }


def test_a_pair_given_stays_given_where_it_also_follows_from_others() -> None:
    assert with_indirect([("a", "c"), ("a", "b"), ("b", "c")])["a", "c"] is True


@pytest.mark.parametrize(
    "pairs", [[("a", "a")], [("a", "b"), ("b", "a")], [("x", "a"), ("a", "b"), ("b", "a")]]
)
def test_nothing_is_broader_than_itself(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(ValueError, match="broader than itself"):
        with_indirect(pairs)


@pytest.mark.parametrize(
    ("days", "state"),
    [
        ([], EditionState.NO_SUCCESSOR_KNOWN),
        ([date(2026, 11, 30)], EditionState.SUPERSEDED),
        ([date(2026, 12, 1)], EditionState.SUPERSEDED),
        ([date(2026, 12, 2)], EditionState.SUPERSEDED_LATER),
        (NO_DATE, EditionState.SUPERSEDED_DATE_NOT_STATED),
        ([None, date(2027, 1, 1)], EditionState.SUPERSEDED_DATE_NOT_STATED),
        ([None, date(2020, 1, 1)], EditionState.SUPERSEDED),
        ([date(2027, 1, 1), date(2020, 1, 1)], EditionState.SUPERSEDED),
    ],
)
def test_the_state_of_an_edition_on_a_day(days: list[date | None], state: EditionState) -> None:
    assert edition_state(days, date(2026, 12, 1)) is state


def follow(starts: list[str], pairs: list[tuple[str, str]]) -> list[tuple[int, tuple[str, str]]]:
    return chain(starts, pairs, lambda pair: pair[0], lambda pair: pair[1])


def test_a_chain_counts_its_steps_and_goes_every_way() -> None:
    pairs = [("2006", "2018"), ("2018", "2023"), ("2018", "other"), ("1990", "2006")]
    assert follow(["2006"], pairs) == [(1, ("2006", "2018")), (2, ("2018", "2023")), (2, ("2018", "other"))]
    assert follow(["nothing"], pairs) == []


def test_a_circle_ends() -> None:
    assert follow(["a"], [("a", "b"), ("b", "a")]) == [(1, ("a", "b")), (2, ("b", "a"))]


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")), unique=True))
def test_a_chain_names_each_reachable_pair_once(pairs: list[tuple[str, str]]) -> None:
    found = [pair for _, pair in follow(["a"], pairs)]
    reachable, size = {"a"}, 0
    while size != len(reachable):
        size = len(reachable)
        reachable |= {new for old, new in pairs if old in reachable}
    assert sorted(found) == sorted(pair for pair in pairs if pair[0] in reachable)


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("过充电", {"过充电"}),
        ("过充电、外部短路，挤压", {"过充电,外部短路,挤压", "过充电", "外部短路", "挤压"}),
        (
            "抗菌(大肠杆菌、金黄色葡萄球菌)、防霉",
            {"抗菌(大肠杆菌,金黄色葡萄球菌),防霉", "抗菌(大肠杆菌,金黄色葡萄球菌)", "防霉"},
        ),
        ("力学性能，不含弯曲、冲击", {"力学性能,不含弯曲,冲击"}),
        ("全部项目，耐压、绝缘除外", {"全部项目,耐压,绝缘除外"}),
        ("tensile, flexural", {"tensile,flexural", "tensile", "flexural"}),
        ("all, except flexural, impact", {"all,except flexural,impact"}),
        ("汽车、摩托车用蓄电池", {"汽车,摩托车用蓄电池"}),
        ("汽车用塑料、橡胶", {"汽车用塑料,橡胶"}),
        ("单体、模组的外壳", {"单体,模组的外壳"}),
        ("电池包、模组以外的锂电池", {"电池包,模组以外的锂电池"}),
        ("wires, cables for cars", {"wires,cables for cars"}),
    ],
)
def test_a_list_names_each_of_its_items_unless_it_excludes_or_qualifies(
    written: str, names: set[str]
) -> None:
    assert names_within(normal_form(written)) == names
