"""Draws constraints from a question: where, until when, for how much. Pure.

Only short texts are read so: a question says where and when, while an abstract tells where somebody works.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from app.models.registry import Tier

LONGEST_QUESTION = 200

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_NUMBER = r"(?P<n>\d+(?:\.\d+)?|半|[一二两三四五六七八九十]+)"
_WITHIN = re.compile(
    rf"{_NUMBER}\s*个?(?P<unit>天|日|周|星期|月|年)(?:之|以)?内|within\s+(?P<en>\d+)\s*(?P<en_unit>day|week|month|year)s?",
    re.IGNORECASE,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_BEFORE = re.compile(
    r"(?:(?P<year>\d{4})\s*年|(?P<next>明年))?\s*(?P<month>\d{1,2}|[一二三四五六七八九十]{1,2})\s*月"
    r"(?:份|初)?(?P<end>底|末)?(?:之|以)?前"
    r"|before\s+(?P<en_month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*(?:\s+(?P<en_year>\d{4}))?",
    re.IGNORECASE,
)
_BUDGET = re.compile(r"(?:预算|不超过|最多)\s*(?P<amount>\d+(?:\.\d+)?)\s*(?P<scale>万|千)?\s*元?")
_VOUCHER = re.compile(r"创新券|innovation voucher", re.IGNORECASE)
_TIER = re.compile(r"(?P<tier>市级|省级|国家级)(?:及)?以上|(?P<only>国家级)(?:的)?(?:平台|中心)")
_PLACE_BEFORE = re.compile(r"(?:在|位于|限|就近|地点[:：]?|\bin)\s*$", re.IGNORECASE)

_DAYS = {
    "天": 1,
    "日": 1,
    "周": 7,
    "星期": 7,
    "月": 30,
    "年": 365,
    "day": 1,
    "week": 7,
    "month": 30,
    "year": 365,
}
_TIERS = {"市级": Tier.MUNICIPAL, "省级": Tier.PROVINCIAL, "国家级": Tier.NATIONAL}
_MOST = {"deadline_days": 3_650, "budget_cny": 1e12}
_SCALES = {"万": 10_000.0, "千": 1_000.0, None: 1.0}


@dataclass(frozen=True, slots=True)
class DrawnConstraint:
    """`name` is a member of the constraints of a match, `value` what it is set to."""

    name: str
    value: str | int | float | bool
    start: int
    end: int


def draw_constraints(text: str, places: Mapping[str, str], on_date: date) -> list[DrawnConstraint]:
    """Return the constraints a question states, at most one of a name; none from a longer text.

    `places` maps names of cities and counties to their codes. A deadline counts in days from `on_date`.
    """
    if len(text) > LONGEST_QUESTION:
        return []
    found: dict[str, DrawnConstraint] = {}
    for drawn in _all(text, places, on_date):
        if not isinstance(drawn.value, int | float) or drawn.value <= _MOST.get(drawn.name, 1):
            found.setdefault(drawn.name, drawn)
    return list(found.values())


def _all(text: str, places: Mapping[str, str], on_date: date) -> Iterator[DrawnConstraint]:
    yield from _places(text, places)
    for match in _WITHIN.finditer(text):
        days = _within_days(match)
        if days is not None:
            yield DrawnConstraint("deadline_days", days, *match.span())
    for match in _BEFORE.finditer(text):
        day = _day_before(match, on_date)
        if day is not None and day >= on_date:
            yield DrawnConstraint("deadline_days", (day - on_date).days, *match.span())
    for match in _BUDGET.finditer(text):
        yield DrawnConstraint("budget_cny", float(match["amount"]) * _SCALES[match["scale"]], *match.span())
    for match in _VOUCHER.finditer(text):
        yield DrawnConstraint("voucher", True, *match.span())
    for match in _TIER.finditer(text):
        yield DrawnConstraint("min_tier", _TIERS[match["tier"] or match["only"]].value, *match.span())


def _places(text: str, places: Mapping[str, str]) -> Iterator[DrawnConstraint]:
    """Yield the places that stand behind a word such as `在`; the longest name first."""
    for name in sorted(places, key=lambda name: (-len(name), name)):
        start = text.lower().find(name.lower())
        if start >= 0 and _PLACE_BEFORE.search(text[:start]):
            yield DrawnConstraint("city_code", places[name], start, start + len(name))


def _within_days(match: re.Match[str]) -> int | None:
    if match["en"]:
        return int(match["en"]) * _DAYS[match["en_unit"].lower()]
    number = _number(match["n"])
    return None if number is None else round(number * _DAYS[match["unit"]])


def _number(written: str) -> float | None:
    """Read a number below 100 in digits or Chinese characters."""
    if written == "半":
        return 0.5
    if written[0].isdigit():
        return float(written)
    tens, ten, ones = written.partition("十")
    if not ten:
        return float(_DIGITS[written]) if len(written) == 1 else None
    if len(tens) > 1 or len(ones) > 1:
        return None
    return float((_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0))


def _day_before(match: re.Match[str], on_date: date) -> date | None:
    """Return the last day before the month named (or of it, for 月底): the next one unless the year is named."""
    if match["en_month"]:
        month, year = _MONTHS.index(match["en_month"].lower()) + 1, match["en_year"]
    else:
        number = _number(match["month"])
        month, year = int(number or 0), match["year"]
    if not (1 <= month <= 12 and 1900 <= int(year or 1900) <= 2999) or on_date.year > date.max.year - 2:
        return None
    if match["end"]:
        month += 1
    if year or match["next"]:
        return _first_of(int(year) if year else on_date.year + 1, month) - timedelta(days=1)
    day = _first_of(on_date.year, month) - timedelta(days=1)
    return day if day >= on_date else _first_of(on_date.year + 1, month) - timedelta(days=1)


def _first_of(year: int, month: int) -> date:
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)
