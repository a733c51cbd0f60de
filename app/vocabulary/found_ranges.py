"""Finds the certain ranges in running text, Chinese numerals included; what is unsure is passed over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.vocabulary.range_values import Range, RangeRefused
from app.vocabulary.units import canonical_unit
from app.vocabulary.written_ranges import BOUND_WORDS, parse_range
from search.standard_numbers import find_standard_numbers, fold


@dataclass(frozen=True, slots=True)
class FoundRange:
    """A range inside a text; offsets are code points of that text, end exclusive.

    A value by itself (`2000 V`) is a range whose ends are equal.
    """

    range: Range
    start: int
    end: int


# Numbers. 半 and 一百五十 are read, 十几, 二〇二一 and 一百二 are not.

_D = "[一二两三四五六七八九]"
_SECTION = rf"(?:{_D}千)?零?(?:{_D}百)?零?(?:{_D}?十)?零?{_D}?"
_CHINESE = (
    rf"(?:半|(?=[一二两三四五六七八九十])(?:{_SECTION}万)?{_SECTION}(?:点[零一二三四五六七八九]{{1,4}})?)"
)
_ARABIC = r"(?:\d{1,3}(?:,\d{3}){1,4}|\d{1,12})(?:\.\d{1,9})?(?:[×x]10(?:\^-?\d{1,2}|[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}))?"
_NUMBER = rf"(?:{_ARABIC}|{_CHINESE})"
_VALUES = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"两": 2}
_SHORT = re.compile(rf"[百千万]{_D}$")


def _arabic(written: str) -> str | None:
    """Return a number in Arabic digits; None for a Chinese one with more than one sense."""
    if written[0].isdigit():
        return written
    if written == "半":
        return "0.5"
    whole, _, decimals = written.partition("点")
    if _SHORT.search(whole):
        return None
    high, ten_thousands, low = whole.rpartition("万")
    value = _section(low) + (_section(high) * 10_000 if ten_thousands else 0)
    return f"{value}.{''.join(str(_VALUES[sign]) for sign in decimals)}" if decimals else str(value)


def _section(signs: str) -> int:
    """Return the value of Chinese digits below 10,000: 一百五十 -> 150."""
    total, digit = 0, 0
    for sign in signs:
        power = {"十": 10, "百": 100, "千": 1000}.get(sign)
        if power is None:
            digit = _VALUES[sign]
        else:
            total, digit = total + (digit or 1) * power, 0
    return total + digit


# Units. A Chinese unit of one sign is none where it begins another word: 20安全, 10方案, 5米饭.

_WORDS = (
    "平方米|平方厘米|平方毫米|立方米|立方厘米|公斤|千克|毫克|微克|毫米|厘米|公分|微米|纳米|千米|公里|毫升|微升|兆帕|千帕|吉帕|千伏安|千伏|毫伏"
    "|千瓦时|千瓦|兆瓦|安时|毫安时|毫安|微安|千安|欧姆(?![厘米·.])|兆欧|千欧|赫兹|千赫兹|兆赫兹|吉赫兹|千赫|兆赫|吉赫|牛米|牛·米|千牛|兆牛|毫牛|摄氏度"
    "|小时|分钟|秒钟|毫秒|微秒|个月|平米|万次|万台|万吨|万件|并发用户|节点|通道|千焦|兆焦|戈瑞|特斯拉"
)
_SIGNS = (
    "米(?![饭粉色糠风每])|克(?![隆服拉氏重])|升(?![级温降高压华力])|吨(?!位)|秒(?![杀速])|天(?![线然气平空际])|方(?![法案面向便式位形程差块])"
    "|伏(?![特])|安(?![全装防卓徽排静])|牛(?![奶肉皮])|瓦(?![片斯楞])|焦(?![点虑炉油化])|周(?![围期边转])|年(?![级代龄])"
    "|台(?![阶架])|套(?![管筒件])|件|颗(?!粒)|片(?![段面状剂])|支(?![持撑架])|只(?![是能有要需])|人(?![员工民才类机])|核(?![心酸磁对查实])"
    "|次(?![数级品日生])|块(?!状)|批(?![量准])|瓶(?!颈)|株"
)
_PER = r"(?:/|每)(?:小时|分钟|秒|天|月|年|毫升|升|公斤|千克|克|批|min|mL|h|s|d|g|kg|L)(?![A-Za-z])"
_LATIN = (
    r"[A-Za-zμΩµ°℃℉%‰Å]{1,8}[²³]?(?:\([AC]\))?(?:[.·][A-Za-zμΩ]{1,4}[²³]?)?"
    r"(?:/(?:\([A-Za-zμΩ·.²³]{1,12}\)|\d{0,3}[A-Za-zμΩ%]{1,5}[²³23]?))?(?![A-Za-z0-9²³⁻^])"
)
_UNIT = rf"(?:(?:{_WORDS}|{_SIGNS})(?:{_PER})?|{_LATIN}(?:每(?:小时|分钟|天))?)"
_COUNTED = re.compile(r"(?:unit:)(?!dB|H|pH|邵|巴)")

# Shapes. A rate in front (每小时八到二十公斤) belongs to the unit.

_RATE = r"(?:每(?P<rate>小时|分钟|秒|天|月|年) ?)?"
_BEFORE = rf"(?<![A-Za-z])(?P<before>{BOUND_WORDS}) ?"
_BEHIND = r"(?P<behind>及以下|及以上|或以下|或以上|以下|以上|以内|之内)"
_FRONT = r"(?<![A-Za-z0-9_./^第几数零〇一二两三四五六七八九十百千万点])"
_SHAPE = re.compile(
    rf"{_RATE}(?:"
    rf"{_FRONT}(?P<sign>[-+])?(?P<first>{_NUMBER}) ?(?P<first_unit>{_UNIT})?"
    rf" ?(?P<join>~|到|至|-|…{{1,2}}|[ ]to[ ]|±) ?(?P<second_sign>[-+])?(?P<second>{_NUMBER}) ?(?P<second_unit>{_UNIT})"
    rf"|{_BEFORE}(?P<bound_sign>[-+])?(?P<bound>{_NUMBER}) ?(?P<bound_unit>{_UNIT})"
    rf"|{_FRONT}(?<![约近≈到至~于过足满])(?P<value_sign>[-+±])?(?P<value>{_NUMBER})"
    rf" ?(?P<value_unit>{_UNIT})(?! ?(?:左右|上下))"
    rf"(?:{_BEHIND})?"
    r")(?! ?[几来多余])"
)


def find_ranges(text: str) -> list[FoundRange]:
    """Find the certain ranges in running text, in order, not overlapping.

    Standard numbers, years, and counts below ten by themselves (`三个`) are no ranges.
    """
    folded = fold(text)
    standards = [(found.start, found.end) for found in find_standard_numbers(text)]
    found_ranges = []
    for start, end, written in _shapes(folded):
        if any(start < behind and ahead < end for ahead, behind in standards):
            continue
        try:
            found = parse_range(written)
        except RangeRefused:
            continue
        if _is_requirement(found):
            found_ranges.append(FoundRange(found, start, end))
    return found_ranges


def _is_requirement(found: Range) -> bool:
    """Tell a range from a year and from a small count such as 两台."""
    if found.unit == "年" and max(found.min or 0, found.max or 0) >= 1900:
        return False
    alone = found.min is not None and found.min == found.max
    return not (alone and (found.unit == "年" or (_COUNTED.match(found.dimension) and (found.min or 0) < 10)))


def _shapes(folded: str) -> Iterator[tuple[int, int, str]]:
    """Yield offsets and the text for `parse_range` of everything shaped like a range."""
    place = 0
    while shape := _SHAPE.search(folded, place):
        place = max(shape.end(), place + 1)
        written = _written(shape)
        if written:
            yield shape.start(), shape.end(), written


def _written(shape: re.Match[str]) -> str | None:
    """Return a shape with Arabic digits and one spelling of its rate; None when a numeral is unsure."""
    rate = f"/{shape['rate']}" if shape["rate"] else ""
    if shape["first"]:
        first, second = _arabic(shape["first"]), _arabic(shape["second"])
        if first is None or second is None:
            return None
        left = _with_rate(shape["first_unit"], rate) if shape["first_unit"] else ""
        joined = {"…": "~", " to ": "~", "到": "~", "至": "~"}.get(
            shape["join"].rstrip("…") or "…", shape["join"]
        )
        right = _with_rate(shape["second_unit"], rate)
        return f"{shape['sign'] or ''}{first}{left}{joined}{shape['second_sign'] or ''}{second}{right}"
    if shape["bound"]:
        value = _arabic(shape["bound"])
        unit = _with_rate(shape["bound_unit"], rate)
        return value and f"{shape['before']} {shape['bound_sign'] or ''}{value}{unit}"
    value = _arabic(shape["value"])
    unit = _with_rate(shape["value_unit"], rate)
    return value and f"{shape['value_sign'] or ''}{value}{unit}{shape['behind'] or ''}"


def _with_rate(unit: str, rate: str) -> str:
    """Return a unit with 每 as a stroke, and with the rate said in front."""
    unit = unit.replace("每", "/")
    known = canonical_unit(unit + rate)
    return unit + rate if known.known else unit + (rate and "?")
