"""A fee as Chinese price lists print it: `3000元/项`, `面议`, `3000-5000元/样`, `1.2万元起`; never a guess. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from app.imports.faults import FaultKind
from app.imports.texts import CellFault
from app.models.registry import PriceKind
from app.vocabulary.written_numbers import clean

LONGEST_UNIT = 40
HIGHEST = Decimal(10) ** 11
"""CNY; nobody asks more for a service."""
LOWEST_WITHOUT_CURRENCY = 10
"""A number below it that no `元` follows may as well be in units of ten thousand."""

_TIMES = {"": 1, "百": 100, "千": 1000, "万": 10_000, "百万": 10**6, "千万": 10**7, "亿": 10**8}
_CURRENCY = r"(?:元人民币|人民币|元整|元|圆|cny|rmb|yuan)"
_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d{1,4})?|\d+(?:\.\d{1,4})?"
_LOW, _HIGH = (
    rf"(?P<{end}>{_DIGITS}) ?(?P<{end}_times>百万|千万|百|千|万|亿)? ?(?P<{end}_cny>{_CURRENCY})?"
    for end in ("low", "high")
)
_UNIT = r"[^\d/~;,(){}=+<>≤≥$€£¥%元]{1,20}"
_PER = rf"(?: ?(?:/|每|per ) ?(?P<unit>\(?{_UNIT}(?:[/·]{_UNIT})*\)?))?"
_FIRST = rf"(?:(?:每|按)(?P<first>{_UNIT}?)[ :]?)?"
_SIGN = r"(?:人民币|rmb|cny|¥|￥)? ?[:]? ?"
_FROM_BEFORE = r"(?P<from_before>≥|不低于|最低|起价|低至)?"
_FROM_BEHIND = r"(?P<from_behind>起|以上|及以上|起步|起价)?"
_ONE = re.compile(
    rf"{_FIRST}{_FROM_BEFORE} ?{_SIGN}{_LOW} ?{_FROM_BEHIND}{_PER}",
    re.IGNORECASE,
)
_TWO = re.compile(
    rf"{_FIRST}{_SIGN}{_LOW} ?(?:~|-|至|到|—) ?{_SIGN}{_HIGH}{_PER}",
    re.IGNORECASE,
)
_NEGOTIABLE = re.compile(
    r"(?:价格|费用|收费)?(?:面议|面谈|可议|另议|电议|议价|协商|双方协商|协商定价|协议|协议定价|详谈|洽谈|电询|按需报价|一事一议"
    r"|negotiable|by agreement|on request|tbd|to be agreed)(?:确定|价)?",
    re.IGNORECASE,
)
_FREE = re.compile(r"免费|不收费|公益免费|free(?: of charge)?", re.IGNORECASE)


_VAGUE = ("以上", "以下", "以内", "左右", "上下", "起步", "起价")


@dataclass(frozen=True, slots=True)
class Price:
    """A fee in CNY per `unit`; a negotiable one has no figures, and only a range has an upper one."""

    kind: PriceKind
    min_cny: Decimal | None = None
    max_cny: Decimal | None = None
    unit: str | None = None


def read_prices(text: str, *, heading: str = "") -> list[Price]:
    """Read a cell with one fee, or several parted by semicolons. Raises CellFault.

    `heading` may say the currency unit: `收费标准(万元)`, `单价（元/样）`.
    """
    return [read_price(part, heading=heading) for part in re.split(r"[;；\n]", text) if part.strip()]


def read_price(text: str, *, heading: str = "") -> Price:
    """Read one fee. Raises CellFault for whatever is not one figure or one span in CNY, such as a fee with a note."""
    body = re.sub(r"[。.]$", "", clean(text).replace("，", ",").strip())
    if _NEGOTIABLE.fullmatch(body):
        return Price(PriceKind.NEGOTIABLE)
    if _FREE.fullmatch(body):
        return Price(PriceKind.FIXED, Decimal(0))
    found = _TWO.fullmatch(body) or _ONE.fullmatch(body)
    if found is None or (found["first"] and found["unit"]):
        raise CellFault(FaultKind.PRICE_UNCLEAR, text)
    said = found.groupdict()
    written = said["first"] or said["unit"] or ""
    is_from = bool(said.get("from_before") or said.get("from_behind")) or written.endswith("起")
    unit = _unit(written.removesuffix("起")) or unit_in_heading(heading)
    if unit is not None and unit.endswith(_VAGUE):
        raise CellFault(FaultKind.PRICE_UNCLEAR, text)
    if said.get("high"):
        return _span(said, unit, heading, text)
    amount = _amount(said, "low", heading, text)
    return Price(PriceKind.FROM if is_from else PriceKind.FIXED, amount, None, unit)


def _span(said: Mapping[str, str | None], unit: str | None, heading: str, text: str) -> Price:
    """Read `1-1.5万元`, where what is said behind the second number holds for the first too."""
    shared = dict(said)
    if not said["low_cny"]:
        shared["low_cny"] = said["high_cny"]
        if not said["low_times"]:
            shared["low_times"] = said["high_times"]
    low, high = _amount(shared, "low", heading, text), _amount(shared, "high", heading, text)
    if said["high_times"] and not said["low_times"] and not said["low_cny"] and _number(said, "low") >= 100:
        raise CellFault(FaultKind.PRICE_UNCLEAR, text)  # `8000-1万元` may mean 8,000 yuan
    if low > high:
        raise CellFault(FaultKind.MIN_GREATER_THAN_MAX, text)
    return Price(PriceKind.FIXED, low, None, unit) if low == high else Price(PriceKind.RANGE, low, high, unit)


def _number(said: Mapping[str, str | None], name: str) -> Decimal:
    return Decimal((said[name] or "").replace(",", ""))


def _amount(said: Mapping[str, str | None], name: str, heading: str, text: str) -> Decimal:
    times, currency = said[f"{name}_times"] or "", said[f"{name}_cny"]
    if not currency and not times:
        in_heading = re.search(r"(万|千|百)?元", heading)
        currency = in_heading.group() if in_heading else None
        times = (in_heading and in_heading.group(1)) or ""
    amount = _number(said, name) * _TIMES[times]
    if not currency and not times and 0 < amount < LOWEST_WITHOUT_CURRENCY:
        raise CellFault(FaultKind.PRICE_UNCLEAR, text)
    if amount > HIGHEST or amount != round(amount, 2):
        raise CellFault(FaultKind.PRICE_UNCLEAR, text)
    return amount


def unit_in_heading(heading: str) -> str | None:
    """Return what a fee is for where the heading says so: `单价（元/样）` -> 样."""
    found = re.search(rf"元 ?/ ?({_UNIT}(?:[/·]{_UNIT})*)(?=\)|$)", clean(heading))
    return _unit(found.group(1)) if found else None


def _unit(written: str) -> str | None:
    text = written.strip().strip("()").strip()
    return text[:LONGEST_UNIT] or None
