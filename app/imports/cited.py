"""The standard of a line: one number, and whatever else stands in its cell, of which nothing may be lost."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from app.imports.faults import FaultKind
from app.imports.texts import CellFault
from search.standard_numbers import (
    MAX_WRITTEN_LENGTH,
    StandardNumber,
    find_standard_numbers,
    fold,
    parse_standard_number,
)

LIMITING = re.compile(
    r"只[做测用限能含对]|仅|不[做测含包用能得适]|除外|除.{1,20}[外以]|部分(?:参数|项目|方法|能力|标准|条款)|限(?:于|制|定|.{0,20}以[下上内])"
    r"|暂停|暂不|注销|撤销|取消|停用|作废|失效"
    r"|\b(?:except|exclud\w*|limited|only|without|not|suspended|withdrawn|cancelled)\b",
    re.IGNORECASE,
)
"""Words by which a text may take something away. Source: limitation phrases of the accreditation forms."""
_CLAUSE_LIKE = re.compile(
    r"第?\s*[一二三四五六七八九十\d]+\s*(?:法|篇|章|条|款|节|部分)|方法\s*[A-Z\d]|附录|程序\s*[A-Z\d]|试验\s*[A-Z]|[A-Z]\s*法"
    r"|[\u4e00-\u9fff]{1,10}法|method|clause|section|annex|procedure|[A-Z]?\d+(?:\.\d+)+",
    re.IGNORECASE,
)
_NO_TITLE = re.compile(r"参照|参考|代替|替代|等同|采用|依照|非标|自[定编制]|修订|和|与|及|或|等|至|到")
_POINTS = " 。.,，;；、：:!\"'“”‘’\t\n"
_MARKS = " 。.,，;；、:：!()（）[]【】〈〉《》\"'“”‘’\t\n"


@dataclass(frozen=True, slots=True)
class Cited:
    """A number with what stood beside it in its cell."""

    number: StandardNumber
    clause: str | None = None
    title: str | None = None
    restriction: str | None = None


@lru_cache(maxsize=16_384)
def read_cited(text: str) -> Cited:
    """Read a cell that names one standard, alone or with its title, clause or limits. Raises CellFault."""
    if len(text) > MAX_WRITTEN_LENGTH:
        raise CellFault(FaultKind.TOO_LONG, text[:60])
    number, found = parse_standard_number(text), find_standard_numbers(text)
    others = {one.number.canonical for one in found}
    if number is None:
        if len(others) > 1:
            raise CellFault(FaultKind.SEVERAL_STANDARDS, text)
        if not found or not _is_title_beside(text[: found[0].start], text[found[-1].end :]):
            raise CellFault(FaultKind.NOT_A_STANDARD, text)
        number = found[0].number
    if not found or found[0].number.base != number.base:
        return _bare(number, text)
    left, right = _trimmed(text[: found[0].start]), _trimmed(text[found[0].end :])
    return _with_beside(number, left, right)


def _trimmed(text: str) -> str:
    """Return a text without the marks around it; brackets stay where they belong to it."""
    trimmed = text.strip(_POINTS).rstrip("(（[【〈《").lstrip(")）]】〉》").strip(_POINTS)
    whole = re.fullmatch(r"[(（\[【〈《]([^()（）\[\]【】〈〉《》]*)[)）\]】〉》]", trimmed)
    return whole.group(1).strip(_POINTS) if whole else trimmed


def _bare(number: StandardNumber, text: str) -> Cited:
    """Take a number that only the stricter reader understood; with limits beside it, it is not taken."""
    if LIMITING.search(text):
        raise CellFault(FaultKind.NOT_A_STANDARD, text)
    return Cited(number, number.clause)


def _is_title_beside(left: str, right: str) -> bool:
    """Tell whether what the strict reader did not understand is a title in front, and limits or a clause behind."""
    left, right = left.strip(_MARKS), right.strip(_MARKS)
    if not left and right:
        return LIMITING.search(right) is not None and not re.match(r"[等和与及或至到~～、/]|以外", right)
    is_title = re.search(r"[\u4e00-\u9fff]{4}|[A-Za-z]{4}.*[A-Za-z]{4}", left) is not None
    return (
        is_title
        and not _NO_TITLE.search(left[-4:])
        and not LIMITING.search(left[-6:])
        and not re.search(r"参照|参考|代替|替代|非标|自[定编制]|企业", left)
        and (not right or bool(LIMITING.search(right) or _CLAUSE_LIKE.search(right)))
    )


_PREFIX_WORD = re.compile(
    r"(?:中华人民共和国|国家|行业|团体|企业|地方|推荐性?|强制性?|现行|国标|行标|标准|编号|标准号|执行|依据|按照?|根据|符合)+"
)


def _with_beside(number: StandardNumber, left: str, right: str) -> Cited:
    title = None if not left or _PREFIX_WORD.fullmatch(left) else left
    clause = number.clause
    if LIMITING.search(right):
        return Cited(number, None, title, right)  # `第5.4条除外` names a clause to take it away
    if clause is not None:
        rest = _without(right, clause)
        if not rest:
            return Cited(number, clause, title)
        if _CLAUSE_LIKE.search(rest):
            return Cited(number, right, title)
        return Cited(number, clause, _joined(title, rest))
    if right and len(right) <= 40 and _CLAUSE_LIKE.fullmatch(right):
        return Cited(number, right, title)
    return Cited(number, None, _joined(title, right or None))


def _without(right: str, clause: str) -> str:
    squeezed, wanted = re.sub(r"\s", "", fold(right)), re.sub(r"\s", "", fold(clause))
    rest = squeezed.replace(wanted, "", 1)
    return re.sub(
        r"^(?:第|条款|clause|section|§)|^(?:条款?|款|章节?|节)", "", rest, flags=re.IGNORECASE
    ).strip(_MARKS + "第条款章节")


def _joined(first: str | None, second: str | None) -> str | None:
    return " ".join(part for part in (first, second) if part) or None


def nearest_standard(text: str, known: Iterable[str]) -> str | None:
    """Return the known number most like a text that is none."""
    return next(iter(difflib.get_close_matches(text.upper(), known, n=1, cutoff=0.8)), None)
