"""The signs and numbers of written ranges: every way of writing them in one form."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from app.vocabulary.range_values import RangeRefused

_SUPERSCRIPT = re.compile("[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_FROM_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_ONE_FOR_ONE = (
    dict.fromkeys(map(ord, "～〜∼⁓∽"), "~")
    | dict.fromkeys(map(ord, "‐‑‒–—―−﹣－─"), "-")
    | dict.fromkeys(
        map(ord, "\xa0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t\n\r"), " "
    )
    | dict.fromkeys(map(ord, "ΦφØø⌀∅Фф"), "φ")
    | {
        ord("º"): "°",
        ord("˚"): "°",
        ord("≦"): "≤",
        ord("⩽"): "≤",
        ord("≧"): "≥",
        ord("⩾"): "≥",
        ord("，"): "，",
    }
)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_THOUSANDS = re.compile(r"(?<=\d)[\xa0\u2004-\u200a\u202f](?=\d{3}(?!\d))")
"""Spaces that do not break a line, between groups of three digits; ordinary ones may part two values."""
_COMMA_BETWEEN_ENDS = re.compile(r"^(φ? ?[\[(][^,，~()\[\]]+)[,，](?=[^,，~()\[\]]+[\])])")


def clean(text: str) -> str:
    """Return the text with one form of every sign; superscripts become `^n`, joins `~` or `-`."""
    text = _THOUSANDS.sub("", _INVISIBLE.sub("", text))
    text = _SUPERSCRIPT.sub(lambda found: "^" + found.group().translate(_FROM_SUPERSCRIPT), text)
    text = re.sub("——|──", "~", text).replace("…", "...").translate(_ONE_FOR_ONE)
    text = "".join(sign if sign == "，" else unicodedata.normalize("NFKC", sign) for sign in text)
    text = re.sub(r"\.{3,6}", "~", text).replace("<=", "≤").replace(">=", "≥").replace("µ", "μ")
    return _COMMA_BETWEEN_ENDS.sub(r"\1 , ", re.sub(r" +", " ", text).strip())


_POWER = r"(?:[ ]?[×xX*·⋅][ ]?10\^\(?[+-]?\d{1,3}\)?|[eE][+-]?\d{1,4}(?![\w.]))"
_DIGITS = r"(?:[1-9]\d{0,2}(?:(?:,\d{3})+|(?: 000)+)|\d+)(?:\.\d+)?"
_NUMBER = re.compile(
    rf"(?<![A-Za-zΑ-Ωα-υχ-ω\d.,^/_×²³])(?:10\^\(?(?P<power>[+-]?\d{{1,3}})\)?|(?P<digits>{_DIGITS})(?P<times>{_POWER})?)"
    r"(?![.,]?\d|\.(?!\.))"
)


@dataclass(frozen=True, slots=True)
class Number:
    """An unsigned number and where it stands in the cleaned text."""

    value: Decimal
    start: int
    end: int


def numbers_in(text: str) -> list[Number]:
    """Return the unsigned numbers of a text; digits that belong to a unit (`m2`, `g/10min`) are none."""
    numbers: list[Number] = []
    for found in _NUMBER.finditer(text):
        if found["power"] is not None:
            value = Decimal(10) ** int(found["power"])
        else:
            value = Decimal(re.sub("[ ,]", "", found["digits"])) * power_of_ten(found["times"])
        numbers.append(Number(value, found.start(), found.end()))
    return numbers


def power_of_ten(written: str | None) -> Decimal:
    """Return the factor of `×10^3` or `e3`; 1 for none. Raises RangeRefused beyond 10^±60."""
    if not written:
        return Decimal(1)
    exponent = int(re.sub(r"\^|[()]", "", re.sub(r"^[ ]?[×xX*·⋅][ ]?10|^[eE]", "", written)))
    if abs(exponent) > 60:
        raise RangeRefused("not_a_number", "数值过大或过小", "a number beyond what can be stored")
    return Decimal(10) ** exponent
