"""Reads ranges as certificates and people write them; what would have to be guessed is refused.

A text is cut at its numbers: `(-40～85)℃` is `(-`, 40, `～`, 85, `)℃`. What stands between must then be fully
understood, or the text is refused: no text is read in part.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from app.vocabulary import unit_definitions as definitions
from app.vocabulary.range_values import Range, RangeRefused, bounded, range_of
from app.vocabulary.units import Unit, canonical_unit, convert, to_canonical
from app.vocabulary.written_numbers import Number, clean, numbers_in, power_of_ten

MAX_WRITTEN_LENGTH = 120
"""Longest text, in code points, that is read as one range."""

_AMBIGUOUS_UNITS = {"C", "F", "S", "T", "H", "mS", "度", "分", "G", "M", "a", "′", "′′"}
"""Units that alone behind a number have a second sense people use: 85C, 10T, 60S, 90度, 2″."""


def _unclear(text: str) -> RangeRefused:
    return RangeRefused(
        "range_ambiguous", f"读不出唯一的范围: {text}", f"no single range can be read: {text}"
    )


# Units of written ends.


def _known_unit(written: str, text: str) -> Unit:
    """Return the unit of an end. Raises RangeRefused where it is unknown or has two senses."""
    written = written.strip()
    if not written:
        raise RangeRefused("missing_unit", "没有单位", "no unit is given")
    if written in _AMBIGUOUS_UNITS:
        raise RangeRefused(
            "range_ambiguous", f"单位有两种含义: {written}", f"a unit with two senses: {written}"
        )
    unit = canonical_unit(written)
    if not unit.known:
        kind = "unknown_unit" if re.fullmatch(r"[^\d~≤≥<>;；、，]{1,20}", written) else "range_ambiguous"
        raise RangeRefused(kind, f"无法识别的单位: {written}", f"an unknown unit: {written} in {text}")
    return unit


def _multiple_of(unit: Unit) -> str | None:
    """Return the Chinese numeral a counted unit begins with, 万 of 万次."""
    counted = unit.dimension.startswith("unit:") and unit.symbol != unit.canonical
    return next((m for m in definitions.MULTIPLES if unit.symbol.startswith(m)), None) if counted else None


_BARE_PREFIX = re.compile(r"[kKMGmμnu]|百万|千万|[万千亿]")


def _two_units(left: str, right: str, text: str, *, bracketed: bool = False) -> tuple[Unit, Unit]:
    """Return the units of two ends; a left end without one has that of the right.

    Without brackets `2～10万次` may begin at 2 or at 20,000.
    """
    last = _known_unit(right, text)
    left = left.strip()
    if not left:
        if not bracketed and _multiple_of(last):
            raise _unclear(text)
        return last, last
    if left == "%" and last.symbol == "%RH":
        return last, last
    if right.strip() == "%" and canonical_unit(left).symbol == "%RH":
        first = canonical_unit(left)
        return first, first
    prefixed = _with_base_of(left, last) if _BARE_PREFIX.fullmatch(left) else None
    first = prefixed or _known_unit(left, text)
    if first.dimension != last.dimension:
        raise RangeRefused("unit_mismatch", "两端的单位不一致", "the units of the two ends contradict")
    return first, last


def _with_base_of(prefix: str, unit: Unit) -> Unit | None:
    """Complete a prefix without a unit by the unit of the other end: `1k` before `10kΩ` is 1 kΩ."""
    prefix = {"K": "k", "u": "μ"}.get(prefix, prefix)
    if canonical_unit(prefix).known:
        return None
    for base in (unit.symbol, unit.symbol[1:], unit.symbol[2:]):
        if base and canonical_unit(base).known and canonical_unit(base).symbol == unit.canonical:
            return canonical_unit(prefix + base)
    return None


# One, two or no numbers.

_QUANTITY = re.compile(
    r"(?:测量|检测|试验|工作|使用)?(?:范围|量程|温度|频率|压力|电压|电流|电阻|力值|湿度|相对湿度|长度|质量|时间|转速|流量|容量|功率"
    r"|扭矩|能量|速度|加速度|浓度)(?:范围)?(?:为|是)? ?[:：]? ?"
)
_OPEN = r"(?P<front>φ)?[ ]?(?P<open>[(\[])?[ ]?φ?[ ]?"
_SCALE_IN_FRONT = re.compile(
    r"(?P<scale>[A-Za-z]{2,3}|邵[氏尔] ?[AD]|[Ss]hore ?[AD])(?: ?[:：] ?| )?(?=[\d(<>≤≥±-])"
)


def parse_range(text: str) -> Range:
    """Read a written range; raises RangeRefused for what would have to be guessed.

    The result keeps the text in `written`. Bounds said with 以上, 以下, 以内 include the number (Civil Code of
    China, article 1259).
    """
    if len(text) > MAX_WRITTEN_LENGTH:
        raise RangeRefused("too_long", "范围文字过长", "a range text beyond any sensible length")
    body = clean(text)
    quantity = _QUANTITY.match(body)
    body, scale = _without_scale(body[quantity.end() :] if quantity else body)
    try:
        numbers = numbers_in(body)
    except InvalidOperation as error:
        raise RangeRefused("not_a_number", "不是有限的数", "not a finite number") from error
    if not numbers:
        raise RangeRefused("not_a_number", f"没有数值: {text}", f"no number: {text}")
    if len(numbers) > 2:
        raise _unclear(text)
    cut = [body[: numbers[0].start], *_between(body, numbers)]
    if len(numbers) == 1:
        found = _of_one(cut, numbers[0].value, scale, text)
    else:
        found = _of_two(cut, (numbers[0].value, numbers[1].value), scale, text)
    if found.dimension == "[temperature]" and min(found.lo or 0, found.hi or 0) < 0:
        raise RangeRefused("not_a_number", "低于绝对零度", "below absolute zero")
    return found


def _between(body: str, numbers: list[Number]) -> list[str]:
    ends = [number.start for number in numbers[1:]] + [len(body)]
    return [body[number.end : end] for number, end in zip(numbers, ends, strict=True)]


def _without_scale(body: str) -> tuple[str, str]:
    """Take a scale in front (`HRC 20~70`, `RH 20%~98%`, `pH 2~12`) off the text."""
    found = _SCALE_IN_FRONT.match(body)
    if found is None:
        return body, ""
    scale = found["scale"].replace(" ", "")
    if scale.upper() == "RH":
        return body[found.end() :], "RH"
    unit = canonical_unit(scale)
    if unit.known and unit.dimension == f"unit:{unit.symbol}" and unit.symbol in definitions.SCALES.split():
        return body[found.end() :], unit.symbol
    return body, ""


def _scaled(unit: str, scale: str) -> str:
    """Return the unit of an end when a scale stood in front of the range."""
    unit = unit.strip()
    if not scale:
        return unit
    if scale == "RH":
        return "%RH" if unit in {"%", "%RH"} else f"RH {unit}"
    return scale if unit in {"", scale} else f"{scale} {unit}"


_NO_MORE = (
    r"不大于|不超过|不高于|不多于|不长于|不重于|小于(?:或)?等于|至多|最多|最大|最高"
    r"|max\.?|maximum|up to|at most|not more than|no more than|≤"
)
_LESS = r"小于|低于|少于|不足|不到|不满|less than|below|under|<"
_NO_LESS = (
    r"不小于|不低于|不少于|大于(?:或)?等于|至少|最少|最小|最低"
    r"|min\.?|minimum|at least|not less than|no less than|≥"
)
_MORE = r"大于|高于|超过|多于|more than|greater than|above|over|>"
BOUND_WORDS = rf"(?:{_NO_MORE}|{_NO_LESS}|{_LESS}|{_MORE})"
_BEFORE = re.compile(
    r"(?P<variable>[A-Za-zα-ω][A-Za-z]{0,2}(?= ?[≤≥<>]))? ?(?P<outer>[(])? ?"
    rf"(?:(?P<no_more>{_NO_MORE})|(?P<less>{_LESS})|(?P<no_less>{_NO_LESS})|(?P<more>{_MORE})|(?P<both>±))?"
    rf" ?{_OPEN}(?P<sign>[+-])? ?",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    r"(?:(?P<no_more>及以下|或以下|以下|以内|之内|and below|or below|or less|max\.?)"
    r"|(?P<no_less>及以上|或以上|以上|and above|or above|or more|min\.(?!\w)))$",
    re.IGNORECASE,
)


def _of_one(cut: list[str], value: Decimal, scale: str, text: str) -> Range:
    """Read a bound, a tolerance around zero or a point."""
    before = _BEFORE.fullmatch(cut[0])
    if before is None:
        raise _unclear(text)
    written, behind = _split_behind(cut[1])
    words = [name for name in ("no_more", "less", "no_less", "more", "both") if before[name]]
    if behind:
        words.append(behind)
    if len(words) > 1 or (before["variable"] and not words) or (before["outer"] and before["open"]):
        raise _unclear(text)
    brackets = (before["outer"] or "") + (before["open"] or "")
    if brackets == "[":
        raise _unclear(text)
    factor, written = _outside_bracket(written, brackets, text)
    value = (-value if before["sign"] == "-" else value) * factor
    return _bound(words[0] if words else "", value, _known_unit(_scaled(written, scale), text), text)


def _split_behind(rest: str) -> tuple[str, str]:
    """Split a word such as 及以下 from the unit in front of it."""
    found = _BEHIND.search(rest)
    if found is None or (found.group().lower().startswith("min") and not rest[: found.start()].strip()):
        return rest, ""
    return rest[: found.start()], "no_more" if found["no_more"] else "no_less"


def _bound(word: str, value: Decimal, unit: Unit, text: str) -> Range:
    if word == "both":
        if value <= 0 or unit.dimension.startswith("grade:"):
            raise _unclear(text)
        return bounded(-value, value, unit, written=text)
    if unit.dimension.startswith("grade:"):
        return _grades(word, value, unit, text)
    if word in {"no_more", "less"}:
        return bounded(None, value, unit, written=text, inclusive=(True, word == "no_more"))
    if word in {"no_less", "more"}:
        return bounded(value, None, unit, written=text, inclusive=(word == "no_less", True))
    return bounded(value, value, unit, written=text)


def _grades(word: str, value: Decimal, unit: Unit, text: str) -> Range:
    """Grades rank both ways (class 1 may be better or worse than class 3), so a bound has to be a span."""
    if word:
        raise _unclear(text)
    return range_of(value, value, unit.symbol, written=text)


_OUTSIDE = re.compile(
    r"(?P<inner>[^)\]]*)(?P<close>[)\]])(?P<times> ?[×xX*·] ?10\^\(?[+-]?\d{1,3}\)?)?(?P<outer>.*)"
)


def _outside_bracket(rest: str, brackets: str, text: str) -> tuple[Decimal, str]:
    """Return the power of ten and the unit behind a bracketed value: `)×10^3 Pa` -> 1000, Pa."""
    if not brackets:
        whole = re.fullmatch(r" ?\(([^()]*)\)", rest)
        return Decimal(1), whole[1] if whole else rest
    found = _OUTSIDE.fullmatch(rest)
    if found is None:
        raise _unclear(text)
    inner, outer = found["inner"].strip(), found["outer"].strip()
    if inner and (outer or found["times"]):
        raise _unclear(text)
    return power_of_ten(found["times"]), inner or outer


_JOINED = re.compile(
    r"(?P<unit>.*?) ?(?P<join>~|至|到|\bto\b|\band\b|-|,|，|±) ?(?P<again>[(]?φ?) ?(?P<sign>[+-])?",
    re.IGNORECASE,
)
_CHAINED = re.compile(r"(?P<unit>.*?) ?(?P<first>[≤<≥>]) ?(?P<variable>[A-Za-zα-ωΑ-Ω]{1,3}|[\u4e00-\u9fff]{1,6}) ?"
                      r"(?P<second>[≤<≥>]) ?(?P<sign>[+-])?")  # fmt: skip
_START = re.compile(rf"(?P<word>from|between|从|在|自)? ?{_OPEN}(?P<sign>[+-])?", re.IGNORECASE)


def _of_two(cut: list[str], values: tuple[Decimal, Decimal], scale: str, text: str) -> Range:
    """Read a span, a chain `10kV≤U≤35kV` or a tolerance `23±2`."""
    start = _START.fullmatch(cut[0])
    if start is None:
        raise _unclear(text)
    first = -values[0] if start["sign"] == "-" else values[0]
    chain = _CHAINED.fullmatch(cut[1])
    if chain:
        if start["word"] or start["open"] or start["front"] or scale:
            raise _unclear(text)
        second = -values[1] if chain["sign"] == "-" else values[1]
        return _chain(chain, (first, second), cut[2], text)
    joined = _JOINED.fullmatch(cut[1])
    if joined is None:
        raise _unclear(text)
    second = -values[1] if joined["sign"] == "-" else values[1]
    if joined["join"] == "±":
        return _tolerance(start, joined, (first, second), cut[2], scale, text)
    return _span(start, joined, (first, second), cut[2], scale, text)


def _chain(chain: re.Match[str], values: tuple[Decimal, Decimal], right: str, text: str) -> Range:
    signs = chain["first"] + chain["second"]
    rising = set(signs) <= {"≤", "<"}
    if not rising and not set(signs) <= {"≥", ">"}:
        raise _unclear(text)
    units = _two_units(chain["unit"], right, text)
    inclusive = (chain["first"] in "≤≥", chain["second"] in "≤≥")
    if rising:
        return _between_ends(values, units, inclusive, text)
    return _between_ends(values[::-1], units[::-1], inclusive[::-1], text)


def _tolerance(
    start: re.Match[str],
    joined: re.Match[str],
    values: tuple[Decimal, Decimal],
    right: str,
    scale: str,
    text: str,
) -> Range:
    """Read a nominal value with a tolerance in the same unit; 5 % of 100 V or 50 % ± 5 % is not sure."""
    if start["word"] or joined["again"] or joined["sign"] or (start["open"] or "(") != "(":
        raise _unclear(text)
    factor, outer = _outside_bracket(right, start["open"] or "", text)
    left = joined["unit"].strip()
    if values[1] <= 0 or left == "%" or (left and start["open"] and left != outer):
        raise _unclear(text)
    unit = _known_unit(_scaled(outer, scale), text)
    if (left and canonical_unit(left).symbol != unit.symbol) or unit.dimension.startswith("grade:"):
        raise RangeRefused("unit_mismatch", "公差与标称值的单位不一致", "the tolerance is in another unit")
    centre, tolerance = values[0] * factor, values[1] * factor
    return bounded(centre - tolerance, centre + tolerance, unit, written=text)


def _span(
    start: re.Match[str],
    joined: re.Match[str],
    values: tuple[Decimal, Decimal],
    right: str,
    scale: str,
    text: str,
) -> Range:
    join, opening = joined["join"].lower(), start["open"] or ""
    if (join == "and") != ((start["word"] or "").lower() == "between"):
        raise _unclear(text)
    left = joined["unit"].strip()
    if left.endswith(")") and opening == "(" and joined["again"].startswith("("):
        opening, left, right = "", left[:-1], _each_in_brackets(left[:-1], right, text)
    elif joined["again"].startswith("("):
        raise _unclear(text)
    closing = _closing(right) if opening else ""
    inclusive = _interval(opening, closing, join, text)
    factor, outer = _outside_bracket(right, opening, text)
    scaled_left = _scaled(left, scale) if left or scale not in {"", "RH"} else left
    units = _two_units(scaled_left, _scaled(outer, scale), text, bracketed=opening == "(")
    ends = (values[0] * factor, values[1] * factor)
    return _between_ends(ends, units, inclusive, text)


def _each_in_brackets(left: str, right: str, text: str) -> str:
    """Read `(-40)~(+85)℃`: both numbers in brackets, one unit behind."""
    if left.strip() or not right.startswith(")"):
        raise _unclear(text)
    return right[1:]


def _closing(right: str) -> str:
    found = re.search(r"[)\]]", right)
    return found.group() if found else ""


def _interval(opening: str, closing: str, join: str, text: str) -> tuple[bool, bool]:
    """Return which ends are included. Round brackets round `～` are only brackets; with a comma they are unclear."""
    if bool(opening) != bool(closing):
        raise _unclear(text)
    if opening + closing == "()" or not opening:
        if join in {",", "，"}:
            raise _unclear(text)
        return True, True
    if join not in {",", "，", "~", "-"}:
        raise _unclear(text)
    return opening == "[", closing == "]"


def _between_ends(
    values: tuple[Decimal, Decimal], units: tuple[Unit, Unit], inclusive: tuple[bool, bool], text: str
) -> Range:
    """Make the range of two ends, in the unit of one of them that gives both ends exactly."""
    unit = _common_unit(units)
    minimum, maximum = (convert(value, own, unit) for value, own in zip(values, units, strict=True))
    if unit.dimension.startswith("grade:"):
        if inclusive != (True, True):
            raise _unclear(text)
        return range_of(minimum, maximum, unit.symbol, written=text)
    return bounded(minimum, maximum, unit, written=text, inclusive=inclusive)


def _common_unit(units: tuple[Unit, Unit]) -> Unit:
    """Return the SI unit of the two if one is, else the smaller: 1 min is no exact number of hours."""
    if _multiple_of(units[1]):
        return canonical_unit(units[1].canonical)
    coherent = [unit for unit in units if unit.symbol == unit.canonical]
    return coherent[0] if coherent else min(units, key=lambda unit: to_canonical(1, unit))
