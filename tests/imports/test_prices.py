"""Fees as price lists print them are read, or refused; never guessed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.imports.faults import FaultKind
from app.imports.prices import Price, read_price, read_prices
from app.imports.texts import CellFault
from app.models.registry import PriceKind

FIXED, FROM, RANGE, NEGOTIABLE = PriceKind


def price(kind: PriceKind, low: str | None = None, high: str | None = None, unit: str | None = None) -> Price:
    return Price(kind, None if low is None else Decimal(low), None if high is None else Decimal(high), unit)


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("3000元/项", price(FIXED, "3000", unit="项")),
        ("３０００元／项", price(FIXED, "3000", unit="项")),
        ("¥3,000.00/样", price(FIXED, "3000", unit="样")),
        ("每样300元", price(FIXED, "300", unit="样")),
        ("200元每小时", price(FIXED, "200", unit="小时")),
        ("3000元/天/台", price(FIXED, "3000", unit="天/台")),
        ("300元/(样·项)", price(FIXED, "300", unit="样·项")),
        ("1.2万元", price(FIXED, "12000")),
        ("0.3万元/次", price(FIXED, "3000", unit="次")),
        ("3000", price(FIXED, "3000")),
        ("免费", price(FIXED, "0")),
        ("3000-5000元/样", price(RANGE, "3000", "5000", "样")),
        ("1.2-1.5万元/批", price(RANGE, "12000", "15000", "批")),
        ("8000元-1万元", price(RANGE, "8000", "10000")),
        ("3000至3000元/项", price(FIXED, "3000", unit="项")),
        ("5000元起", price(FROM, "5000")),
        ("5000元/批起", price(FROM, "5000", unit="批")),
        ("≥5000元/批", price(FROM, "5000", unit="批")),
        ("面议", price(NEGOTIABLE)),
        ("价格面议", price(NEGOTIABLE)),
        ("negotiable", price(NEGOTIABLE)),
    ],
)
def test_a_fee_is_read(written: str, wanted: Price) -> None:
    assert read_price(written) == wanted


@pytest.mark.parametrize(
    "written",
    [
        "5",
        "8000-1万元",
        "300美元",
        "$300",
        "3000元/项(不含税)",
        "原价3000 优惠2000",
        "3000元以下",
        "约3000元",
        "300元/样左右",
        "3000元/3样",
        "10%",
        "三千元",
        "-300元",
        "1,5元",
        "0.001元",
    ],
)
def test_what_is_not_one_fee_is_refused(written: str) -> None:
    with pytest.raises(CellFault) as caught:
        read_price(written)
    assert caught.value.kind is FaultKind.PRICE_UNCLEAR


def test_a_span_with_its_ends_exchanged_is_refused() -> None:
    with pytest.raises(CellFault) as caught:
        read_price("5000-3000元")
    assert caught.value.kind is FaultKind.MIN_GREATER_THAN_MAX


def test_the_heading_says_currency_and_unit() -> None:
    assert read_price("0.8", heading="收费标准(万元/项)") == price(FIXED, "8000", unit="项")
    assert read_price("5", heading="单价（元/样）") == price(FIXED, "5", unit="样")
    assert read_price("300元", heading="收费标准(万元)") == price(FIXED, "300")


def test_several_fees_are_parted_by_semicolons() -> None:
    assert read_prices("3000元/项；面议") == [price(FIXED, "3000", unit="项"), price(NEGOTIABLE)]


@given(st.text(alphabet="0123456789.,-~万千元/样项起面议每 （）()", max_size=20))
def test_any_text_gives_a_fee_with_its_figures_in_order_or_a_fault(written: str) -> None:
    try:
        found = read_price(written)
    except CellFault:
        return
    if found.max_cny is not None:
        assert found.min_cny is not None
        assert found.min_cny < found.max_cny
    assert (found.min_cny is None) == (found.kind is NEGOTIABLE)
