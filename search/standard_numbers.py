"""Reads standard numbers as people write them, alone or inside a text.

`GBT2423.17`, `gb/t 2423.17—2008` and full-width forms all give `GB/T 2423.17-2008`. What could be something
else (a chip, a hardness, a film speed, a telephone number) gives nothing: a standard that nobody named is worse
than one not seen. The series themselves are in `search.standard_series`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from search.standard_reading import Reader, Reading
from search.standard_series import HEAD, HEADS, NUMBER_HEAD, WORD_HEADS

MAX_WRITTEN_LENGTH = 300
"""Longest text, in code points, that is read as one number with its title."""


@dataclass(frozen=True, slots=True)
class StandardNumber:
    """A standard number in canonical form: `GB/T 2423.17-2008`, base `GB/T 2423.17`, year 2008."""

    canonical: str
    base: str
    year: int | None
    clause: str | None = None


@dataclass(frozen=True, slots=True)
class FoundStandard:
    """A standard number inside a text; offsets are code points of that text, end exclusive."""

    number: StandardNumber
    start: int
    end: int


def _folding() -> dict[int, str]:
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    table |= dict.fromkeys(map(ord, "\t\n\r\v\f\xa0\u3000\u2028\u2029\u202f\u205f"), " ")
    table |= dict.fromkeys(range(0x2000, 0x200B), " ")
    table |= dict.fromkeys(map(ord, "‐‑‒–—―−﹣﹘─━ー"), "-")
    table |= dict.fromkeys(map(ord, "∕⁄╱\\＼"), "/")
    table |= dict.fromkeys(map(ord, "·•‧・∙"), ".")
    table |= {ord("︰"): ":", ord("∶"): ":", ord("﹤"): "<", ord("﹥"): ">", ord("〜"): "~", ord("∼"): "~"}
    return table


_FOLDING = _folding()
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


def fold(text: str) -> str:
    """Return the text with full-width forms, dashes, strokes, dots and spaces in their plain form.

    One character stays one character, so offsets hold; invisible ones are left in place.
    """
    return text.translate(_FOLDING)


def standard_key(canonical_or_base: str) -> str:
    """Return the compact form for exact matching: `GB/T 2423.17` -> `gb/t2423.17`."""
    return "".join(fold(canonical_or_base).lower().split())


def find_standard_numbers(text: str) -> list[FoundStandard]:
    """Find every certain standard number in running text or a query, in order, not overlapping.

    Of a list such as `GB/T 2423.1、2423.2-2008` the shortened numbers are found too.
    """
    folded = fold(text)
    if _INVISIBLE.search(folded) is None:
        return _find(folded)
    kept = [offset for offset, character in enumerate(folded) if _INVISIBLE.match(character) is None]
    visible = "".join(folded[offset] for offset in kept)
    return [
        FoundStandard(found.number, kept[found.start], kept[found.end - 1] + 1) for found in _find(visible)
    ]


def _find(folded: str) -> list[FoundStandard]:
    found: list[FoundStandard] = []
    end = 0
    for start, reading in _readings(folded, whole=False):
        if start < end:
            continue
        found.append(FoundStandard(_number(reading), start, reading.end))
        found.extend(_shortened(folded, found[-1]))
        end = found[-1].end
    return found


def _number(reading: Reading) -> StandardNumber:
    return StandardNumber(reading.canonical, reading.base, reading.year, reading.clause)


def _readings(folded: str, *, whole: bool) -> Iterator[tuple[int, Reading]]:
    """Yield the certain numbers with their offsets; a number inside an earlier one is not yielded."""
    end = 0
    for head in HEAD.finditer(folded):
        start = head.start()
        readers = _readers(head.group())
        if not readers or start < end or not _may_start(folded, start, end):
            continue
        for read in readers:
            reading = read(folded, start, whole)
            if reading is not None and _may_end(folded, reading, whole=whole):
                end = reading.end
                yield start, reading
                break


def _readers(head: str) -> tuple[Reader, ...]:
    if head[0].isdigit():
        return NUMBER_HEAD
    return HEADS.get(head.upper()) or WORD_HEADS.get(head.lstrip("《"), ())


def _may_start(folded: str, start: int, previous_end: int) -> bool:
    """Tell whether a number may begin here: not inside a word, a part number or `UTF-8/GB18030`."""
    if start == 0 or (0 < previous_end == start - 1 and folded[start - 1] == "/"):
        return True
    before = folded[max(0, start - 2) : start]
    if _is_alphanumeric(before[-1]):
        return False
    return not (before[-1] in "-/+" and len(before) == 2 and _is_alphanumeric(before[0]))


def _is_alphanumeric(character: str) -> bool:
    return character.isascii() and character.isalnum()


_GOES_ON = re.compile(
    r"[A-Za-z0-9]|[-:/._]{1,2} {0,2}\d|[-._+][A-Za-z]| {1,2}[-:.] {1,2}\d|[.] {1,2}\d| {1,2}-(?:19|20)\d\d(?!\d)|系列"
)
_SECOND_NUMBER = re.compile(
    r" {1,3}\d{1,3}(?:-(?:19|20)\d\d)?(?![\d.])"
    r"(?! {0,2}[℃°A-Za-z%Ωμ~千公毫厘微纳兆升米克秒小天个次台件])"
)


def _may_end(folded: str, reading: Reading, *, whole: bool) -> bool:
    """Tell whether a number is complete: nothing that could belong to it was left unread."""
    if _GOES_ON.match(folded, reading.end):
        return False
    stated_apart = reading.year is None and reading.clause is None and "." not in reading.base
    return whole or not stated_apart or _SECOND_NUMBER.match(folded, reading.end) is None


_SHORTENED = re.compile(
    r" {0,2}(?:[、,~及和与]|以及|到|至) {0,2}(?P<number>\d{1,6}(?:\.\d{1,4}){0,2})"
    r"(?: {0,2}-{1,2} {0,2}(?P<year>19[5-9]\d|20[0-3]\d))?(?![A-Za-z0-9])(?! {0,2}[-:./_~] {0,2}\d)"
)
_SHORTENABLE = re.compile(r"(?P<series>[A-Z]{2,4}(?:/[TZ])?|DB\d{2,4}/T) (?P<main>\d{1,6})(?:\.\d{1,4}){0,2}")


def _shortened(folded: str, first: FoundStandard) -> Iterator[FoundStandard]:
    """Yield the numbers behind `first` that leave its series out.

    Certain are a part of the same standard (`2423.2`) and a number with its year (`4208-2017`).
    """
    series = _SHORTENABLE.fullmatch(first.number.base)
    end = first.end
    while series and (found := _SHORTENED.match(folded, end)):
        number, year = found["number"], int(found["year"]) if found["year"] else None
        same_standard = "." in number and number.split(".")[0] == series["main"]
        if not same_standard and (year is None or len(number) < 3):
            return
        base = f"{series['series']} {number}"
        canonical = base if year is None else f"{base}-{year}"
        yield FoundStandard(StandardNumber(canonical, base, year), found.start("number"), found.end())
        end = found.end()


# A text that as a whole is one number.

_PREFIX_WORDS = (
    "中华人民共和国|国家|国际|行业|团体|企业|地方|推荐性?|强制性?|现行|检测|试验|测试|执行|产品|计量|军用|欧洲|美国"
    "|食品安全|标准|国标|行标|团标|企标|地标|规范|规程|依据|方法|编号|代号|号|[的:]"
)
_PREFIX = re.compile(
    rf"(?:《[^《》]{{1,80}}》 {{0,2}}[(]?)?(?:(?:{_PREFIX_WORDS}){{0,6}} {{0,2}}"
    r"|(?:按照?|依据|根据|参照|符合|执行) {0,2})[《〈(\[【\"'“‘]? {0,2}",
)
_MARKS = " 。.,;、!()[]【】〈〉\"'“”‘’"
_LANGUAGE = r"(?:\( {0,2}(?:[A-Z]|EN|ZH|CN|[A-Z]/[A-Z]|中文版?|英文版?) {0,2}\))"
_CLAUSE = (
    r"第? {0,2}(?P<numbered>(?:附录 {0,2})?[A-Z]?\d{0,3}(?:\.\d{1,3}){0,5}) {0,2}(?:章节?|条款?|款|节)"
    r"|条款 {0,2}:? {0,2}(?P<item>[A-Z]?\d{1,3}(?:\.\d{1,3}){0,5})"
    r"|(?:[Cc]lauses?|[Ss]ections?|§) {0,2}(?P<section>[A-Z]?\d{1,3}(?:\.\d{1,3}){0,5})"
    r"|(?P<method>(?:[Mm]ethods?|METHOD) {0,2}[A-Z]?\d{0,5}(?:\.\d{1,3}){0,4})"
    r"|(?P<named>(?:方法|附录|程序) {0,2}[A-Z]?\d{0,5}(?:\.\d{1,3}){0,4}|第[一二三四五六七八九十]{1,3}法)"
    r"|\(? {0,2}(?P<dotted>\d{1,3}(?:\.\d{1,3}){1,5}) {0,2}\)?"
)
_REST_CLAUSE = re.compile(rf"{_LANGUAGE}? {{0,2}}[(,，]? {{0,2}}(?:{_CLAUSE})(?P<behind>.*)", re.DOTALL)
_ADOPTED = re.compile(
    r"[(] {0,2}(?:(?:idt|mod|eqv|neq|等同采用|修改采用|等同于?|采用) {0,2}:? {0,2}[^()]{1,60}"
    r"|[^()]{1,60}[,，] {0,2}(?:idt|mod|eqv|neq|等同|修改)) {0,2}[)]",
    re.IGNORECASE,
)
_TITLE = re.compile(
    rf" {{0,3}}(?:{_LANGUAGE}|版|[Rr][Ee][Vv]\.? {{0,2}}[A-Z0-9]{{1,2}}"
    r"|V\d{1,2}\.\d{1,2}\.\d{1,2}(?: {0,2}\(\d{4}-\d\d\))?)?"
    r"(?:$|[ ,:]{0,3}(?:[《〈(【“][^()《》]*[\u4e00-\u9fff]|[\u4e00-\u9fff])|[ ,:]{1,3}[A-Za-z][a-z]{2,})"
)
_NUMBERED_INSIDE = {"UN 38.3", "IPC-TM-650"}
"""Undated documents whose clauses are usually cited by number alone."""
_NOT_A_TITLE = re.compile(
    r"[ ,(]{0,3}(?:等|和|及|与|或|以及|到|至|除|不|非|外|系列|以外|以下|以上|全系列|[一二三四五六七八九十〇]+[、\d])"
)


def parse_standard_number(text: str) -> StandardNumber | None:
    """Read a text that as a whole is one standard number; None when it is not, or not surely.

    A word such as 国家标准 in front and a title, clause, method, language mark or amendment behind are
    allowed; two standards are not, unless the second is the one adopted (`idt IEC …`).
    """
    if len(text) > MAX_WRITTEN_LENGTH:
        return None
    folded = _INVISIBLE.sub("", fold(text)).strip(" ")
    readings = list(_readings(folded, whole=True))
    if not readings:
        return None
    start, reading = readings[0]
    if _PREFIX.fullmatch(folded, 0, start) is None:
        return None
    rest = folded[reading.end :]
    adopted = _ADOPTED.search(rest)
    if adopted:
        rest = rest[: adopted.start()] + rest[adopted.end() :]
    elif len(readings) > 1:
        return None
    if adopted and any(True for _ in _readings(rest, whole=True)):
        return None
    return _with_rest(reading, rest.lstrip("》)]】〉\"'”’").strip(" "), spaced=rest[:1] == " ")


def _with_rest(reading: Reading, rest: str, *, spaced: bool) -> StandardNumber | None:
    """Judge what stands behind the number: punctuation, a clause or a title; anything else refuses."""
    trimmed = rest.strip(_MARKS)
    if trimmed == "":
        return _number(reading)
    clause = _REST_CLAUSE.match(rest)
    if clause and any(clause.group(1, 2, 3, 4, 5, 6)):
        return _with_clause(reading, clause)
    rest = (" " if spaced else "") + rest
    if _NOT_A_TITLE.match(rest) or _TITLE.match(rest) is None:
        return None
    return _number(reading)


def _with_clause(reading: Reading, found: re.Match[str]) -> StandardNumber | None:
    behind = found["behind"].strip(_MARKS)
    if found["dotted"] and (behind or (reading.year is None and reading.base not in _NUMBERED_INSIDE)):
        return None
    if behind and not re.match(r"[\u4e00-\u9fff《:]", behind):
        return None
    clause = next(group for group in found.group(1, 2, 3, 4, 5, 6) if group)
    return StandardNumber(
        reading.canonical, reading.base, reading.year, clause.replace("附录 ", "附录").strip()
    )
