"""Chinese standard numbers: national, trade, military, local, group and enterprise series."""

from __future__ import annotations

import re

from search.standard_reading import END, SPACE, YEAR, Reader, Reading, edition, pattern

_TRADES = re.findall(
    r"[A-Z]{2}",
    "AQ BB CB CH CJ CY DA DL DY DZ EJ FZ GA GC GD GH GM GY HB HG HJ HS HY JB JC JG JR JT JY KA LB LD LS LY MH MT"
    "MZ NB NY QB QC QJ QX RB SB SC SF SH SJ SL SN SW SY TB TD TY WB WH WJ WM WS WW XB XF YB YC YD YS YY YZ ZY",
)
_SPECIALS = ["GB", "GBJ", "GBZ", "GJB", "HJB", "JJG", "JJF", "JTG", "JTJ", "JGJ", "CJJ", "TSG", "CECS"]
_SURE_WITHOUT_YEAR = {"AQ", "HJ", "YY", *_SPECIALS}
_WITH_REVISION_LETTER = {"GJB", "HJB", "QJ", "HB", "SJ", "WJ", "EJ", "CB"}
_WITH_LETTER_BEFORE_NUMBER = {"JTG", "TSG"}
_CHARACTER_SETS = {"2312", "12345", "13000", "18030"}

_CHINESE_YEAR = rf"(?:{SPACE}(?P<mark>[-:一]{{1,2}}){SPACE}(?P<year>{YEAR}|[5-9]\d)(?!\d))?"
_CHINESE = pattern(
    rf"(?:{SPACE}[/_-]{SPACE}(?P<joint>SH)(?=[/_-]))?"
    rf"(?:(?P<stroke>{SPACE}[/_-]{SPACE}|[ ]{{1,2}})(?P<kind>TZ|T|Z)(?![A-Za-z]))?"
    rf"(?P<gap>{SPACE}[-_]?{SPACE})(?P<letter>[A-Z]{SPACE})?"
    rf"(?P<number>\d{{1,6}}(?:\.\d{{1,4}}){{0,2}})(?:-(?P<part>\d{{1,3}})(?={SPACE}-{SPACE}{YEAR}))?"
    rf"(?P<revision>[A-Z]{END})?{_CHINESE_YEAR}"
)


def _full_year(written: str) -> int:
    return int(written) if len(written) == 4 else 1900 + int(written)


def _chinese(code: str, glued_kind: str | None, skip: int) -> Reader:
    """Make the reader of one Chinese series; `skip` is the length of its letters in the text."""

    def read(text: str, start: int, _whole: bool) -> Reading | None:
        found = _CHINESE.match(text, start + skip)
        if found is None or not _chinese_form_is_sure(code, glued_kind, found):
            return None
        year = _full_year(found["year"]) if found["year"] else None
        end = found.end()
        if year is None and (stated := edition(text, end)):
            year, end = stated
        kind = glued_kind or (found["kind"] or "").upper()
        glued = glued_kind is not None or (found["stroke"] or "/").isspace()
        if not _surely_chinese(code, kind, glued, found["number"], year):
            return None
        body = code + (f"/{found['joint'].upper()}" if found["joint"] else "") + (f"/{kind}" if kind else "")
        number = (found["letter"] or "").strip().upper() + found["number"]
        number += f".{found['part']}" if found["part"] else ""
        base = f"{body} {number}{(found['revision'] or '').upper()}"
        mark = ":" if code == "CECS" and found["mark"] == ":" else "-"
        return Reading(base if year is None else f"{base}{mark}{year}", base, year, end)

    return read


def _chinese_form_is_sure(code: str, glued_kind: str | None, found: re.Match[str]) -> bool:
    if found["kind"] and glued_kind:
        return False
    if found["revision"] and code not in _WITH_REVISION_LETTER:
        return False
    if found["letter"] and (code not in _WITH_LETTER_BEFORE_NUMBER or found["part"]):
        return False
    if found["part"] and "." in found["number"]:
        return False
    dashed = found["gap"].strip() != ""
    return not dashed or (code in {"GB", "GJB"} and found["year"] is not None and len(found["year"]) == 4)


def _surely_chinese(code: str, kind: str, glued: bool, number: str, year: int | None) -> bool:
    """Tell whether the letters are a series here and no hardness, chip, character set or the like."""
    if year is not None:
        return True
    long_enough = len(number) >= 3
    if kind:
        return long_enough or not glued
    if code == "GB" and number in _CHARACTER_SETS:
        return False
    if code in {"GB", "AQ", "HJ", "YY"}:
        return long_enough
    return code in _SURE_WITHOUT_YEAR


_PROVINCES = "1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]"
_LOCAL = pattern(
    rf"DB{SPACE}(?P<region>(?:{_PROVINCES})(?:\d\d)?)"
    rf"(?:(?:{SPACE}[/-]{SPACE}|(?=T))(?P<kind>T|Z)(?![A-Za-z]){SPACE}|[ ]{{1,3}})"
    rf"(?P<number>\d{{1,6}}(?:\.\d{{1,3}}){{0,2}}){_CHINESE_YEAR}"
)


def _local(text: str, start: int, _whole: bool) -> Reading | None:
    found = _LOCAL.match(text, start)
    if found is None:
        return None
    year = _full_year(found["year"]) if found["year"] else None
    if year is None and not found["kind"]:
        return None
    kind = f"/{found['kind'].upper()}" if found["kind"] else ""
    base = f"DB{found['region']}{kind} {found['number']}"
    return Reading(base if year is None else f"{base}-{year}", base, year, found.end())


_OWNED = pattern(
    rf"(?P<kind>[TQ]){SPACE}/{SPACE}(?P<owner>\d{{0,4}}[A-Z]{{2,10}}){SPACE}"
    rf"(?P<number>\d{{1,6}}(?:\.\d{{1,3}}){{0,2}}(?:S{END})?){_CHINESE_YEAR}"
)


def _owned(text: str, start: int, _whole: bool) -> Reading | None:
    """Read a group standard (T/…) or an enterprise standard (Q/…)."""
    found = _OWNED.match(text, start)
    if found is None:
        return None
    number = found["number"].upper()
    year = int(found["year"]) if found["year"] and len(found["year"]) == 4 else None
    if found["year"] and year is None:
        return None
    if year is None and (len(number) < 3 or len(found["owner"]) < 3):
        return None
    base = f"{found['kind'].upper()}/{found['owner'].upper()} {number}"
    return Reading(base if year is None else f"{base}-{year}", base, year, found.end())


def _spaced_national(text: str, start: int, whole: bool) -> Reading | None:
    """Read `G B/T 2423.17-2008`, as copying from a typeset page gives it."""
    if not whole or not _SPACED_HEAD.match(text, start):
        return None
    return _chinese("GB", None, 3)(text, start, whole)


_SPACED_HEAD = pattern(r"G B(?![A-Za-z])")

MILITARY_WORD = "国军标"
read_military_word = _chinese("GJB", None, len(MILITARY_WORD))


def chinese_heads() -> dict[str, tuple[Reader, ...]]:
    """Return the readers by the letters (upper case) that open a number of theirs."""
    heads: dict[str, tuple[Reader, ...]] = {}
    for code in (*_SPECIALS, *_TRADES):
        heads[code] = (_chinese(code, None, len(code)),)
        heads.setdefault(f"{code}T", (_chinese(code, "T", len(code) + 1),))
    heads |= {"GJBZ": (_chinese("GJB", "Z", 4),), "G": (_spaced_national,), "DB": (_local,)}
    return heads | dict.fromkeys(("T", "Q"), (_owned,))
