"""Cells to texts and days: what is blank, what must not be stored, and which day a text means."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from app.imports.faults import FaultKind
from app.imports.rows import BadCell, Cell, NumberCell, OtherCell
from app.imports.sheets import day_of, plain_number


@dataclass(frozen=True)
class CellFault(Exception):
    """A cell that cannot be taken; the reader of the row knows where it stands."""

    kind: FaultKind
    shown: str = ""
    nearest: str | None = None


_SHORT_TEXT = 64
"""Longest text, in characters, that may be a mark for `none`, or is remembered once read."""
_BLANK = frozenset(
    {"/", "\\", "-", "--", "---", "n/a", "na", "无", "不适用", "none", "null", "nil", "(空)", "空白"}
)
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−﹣－─", "-"))
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069]")
_DAMAGED = re.compile("[\ud800-\udfff\ufffd\ufffe\uffff]")
_DITTO = frozenset({"同上", "同前", "〃", "″", '"', "ditto", "do.", "同左上"})
_COMMAND = re.compile(
    r"[-+@]\s*(?:[A-Za-z_.]{2,}\s*\(|[A-Za-z]{1,3}\d+\s*[-+*/:]|\d+(?:\.\d+)?\s*[-+*/]\s*[\dA-Za-z(])|[-+@].*\|.*!"
)


def is_blank(cell: Cell) -> bool:
    """Tell whether a cell says nothing: empty, spaces of any kind, or a stroke for `none`."""
    return cell is None or (
        isinstance(cell, str) and (_is_blank_text(cell) if len(cell) <= _SHORT_TEXT else not cell.strip())
    )


@lru_cache(maxsize=16_384)
def _is_blank_text(text: str) -> bool:
    folded = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).strip().lower().translate(_DASHES)
    return not folded or folded in _BLANK


def is_ditto(cell: Cell) -> bool:
    """Tell whether a cell says `as above`."""
    return isinstance(cell, str) and cell.strip().lower() in _DITTO


def is_formula_text(text: str) -> bool:
    """Tell whether a spreadsheet would run a text; `-40℃低温启动` is none."""
    folded = unicodedata.normalize("NFKC", text).strip().removeprefix("'").strip()
    return folded.startswith("=") or _COMMAND.match(folded) is not None


def text_of(cell: Cell, longest: int) -> str | None:
    """Return the text of a cell with single spaces; None where it is blank. Raises CellFault.

    Numbers become texts as the sheet shows them: 304, 5.10.
    """
    if cell is None:
        return None
    if isinstance(cell, BadCell):
        raise CellFault(cell.kind, cell.shown)
    if isinstance(cell, NumberCell):
        return cell.shown
    if isinstance(cell, Decimal):
        return plain_number(cell) if cell.is_finite() else None
    if not isinstance(cell, str):
        raise CellFault(FaultKind.WRONG_TYPE, cell.shown if isinstance(cell, OtherCell) else str(cell))
    return _checked_short(cell, longest) if len(cell) <= _SHORT_TEXT else _checked(cell, longest)


def _checked(written: str, longest: int) -> str | None:
    if _DAMAGED.search(written):
        raise CellFault(FaultKind.INVALID_UNICODE, _DAMAGED.sub("□", written))
    if _CONTROL.search(written):
        raise CellFault(FaultKind.CONTROL_CHARACTER, _CONTROL.sub("□", written))
    if len(written) > longest * 4:
        raise CellFault(FaultKind.TOO_LONG, written[:60])
    if is_blank(written):
        return None
    if is_formula_text(written):
        raise CellFault(FaultKind.FORMULA, written.strip())
    text = " ".join(_INVISIBLE.sub("", written).split())
    if len(text) > longest:
        raise CellFault(FaultKind.TOO_LONG, text[:60])
    return text.removeprefix("'") if re.match(r"'[-+@]", text) else text


_checked_short = lru_cache(maxsize=16_384)(_checked)
"""Most cells of a table repeat; only short texts are remembered, so that memory stays bounded."""


# Days.

_YEAR_FIRST = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_YEAR_LAST = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4})")
_SHORT = re.compile(r"\d{1,2}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?")
_ENGLISH = re.compile(
    r"(?:(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s-]+(?P<month>[a-z]{3,9})\.?,?[\s-]+|(?P<month2>[a-z]{3,9})\.?\s+(?P<day2>\d{1,2})(?:st|nd|rd|th)?,?\s+)"
    r"(?P<year>\d{4})"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MIDNIGHT = re.compile(r"(?:T|\s+)0{1,2}:00(?::00(?:\.0+)?)?(?:Z|[+-]00:?00)?$", re.IGNORECASE)
_FIRST_SERIAL, _LAST_SERIAL = 32_874, 73_050
"""Serial numbers read as days: 1990 to 2099."""


def day_in(cell: Cell) -> date | None:
    """Return the day of a cell; None where it is blank. Raises CellFault: no such day, or more than one."""
    if isinstance(cell, datetime):
        if (cell.hour, cell.minute, cell.second) != (0, 0, 0):
            raise CellFault(FaultKind.INVALID_DATE, str(cell))
        return _sensible(cell.date(), str(cell))
    if isinstance(cell, date):
        return _sensible(cell, str(cell))
    if isinstance(cell, NumberCell | Decimal):
        return _of_number(cell if isinstance(cell, Decimal) else cell.value)
    if isinstance(cell, bool):
        raise CellFault(FaultKind.INVALID_DATE, str(cell))
    text = text_of(cell, 60)
    return None if text is None else _of_text(text)


def _of_number(number: Decimal) -> date:
    shown = plain_number(number)
    if number == number.to_integral_value():
        if len(shown) == 8:
            return _of_text(shown)
        if _FIRST_SERIAL <= number <= _LAST_SERIAL:
            found = day_of(number)
            if type(found) is date:
                return found
    raise CellFault(FaultKind.INVALID_DATE, shown)


@lru_cache(maxsize=16_384)
def _of_text(written: str) -> date:
    text = _MIDNIGHT.sub("", unicodedata.normalize("NFKC", written).translate(_DASHES).strip())
    if re.fullmatch(r"\d{5}", text):
        return _of_number(Decimal(text))
    if found := _YEAR_FIRST.fullmatch(text) or re.fullmatch(r"(\d{4})(\d\d)(\d\d)", text):
        return _day(int(found[1]), int(found[2]), int(found[3]), written)
    if found := _YEAR_LAST.fullmatch(text):
        return _told_apart(int(found[1]), int(found[2]), int(found[3]), written)
    if _SHORT.fullmatch(text):
        raise CellFault(FaultKind.AMBIGUOUS_DATE, written)
    if found := _ENGLISH.fullmatch(text.lower()):
        month = (found["month"] or found["month2"])[:3]
        if month in _MONTHS:
            return _day(
                int(found["year"]), _MONTHS.index(month) + 1, int(found["day"] or found["day2"]), written
            )
    raise CellFault(FaultKind.INVALID_DATE, written)


def _told_apart(first: int, second: int, year: int, written: str) -> date:
    """Read `15/1/2024`, where only one of the two can be the month."""
    if first <= 12 and second <= 12 and first != second:
        raise CellFault(FaultKind.AMBIGUOUS_DATE, written)
    return _day(year, second, first, written) if second <= 12 else _day(year, first, second, written)


def _day(year: int, month: int, day: int, written: str) -> date:
    try:
        return _sensible(date(year, month, day), written)
    except ValueError:
        raise CellFault(FaultKind.INVALID_DATE, written) from None


def _sensible(day: date, written: str) -> date:
    if not 1950 <= day.year <= 2100:
        raise CellFault(FaultKind.INVALID_DATE, written)
    return day
