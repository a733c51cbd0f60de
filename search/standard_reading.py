"""What the readers of all series of standards share."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

SPACE = r"[ ]{0,3}"
YEAR = r"(?:19[5-9]\d|20[0-3]\d)"
END = r"(?![A-Za-z0-9])"


@dataclass(frozen=True, slots=True)
class Reading:
    """A number read at some offset: canonical form, base, year, and the offset behind it."""

    canonical: str
    base: str
    year: int | None
    end: int
    clause: str | None = None


Reader = Callable[[str, int, bool], Reading | None]
"""(folded text, offset of the head, whether the text as a whole should be one number) -> reading."""


def pattern(expression: str) -> re.Pattern[str]:
    """Compile an expression for folded text: letters in either case, ASCII digits only."""
    return re.compile(expression, re.IGNORECASE | re.ASCII)


def edition(text: str, end: int) -> tuple[int, int] | None:
    """Return a year written as an edition behind a number, `(2017)` or ` 2017年版`, and its end."""
    found = _EDITION.match(text, end)
    if found is None:
        return None
    return int(found["bracketed"] or found["plain"]), found.end()


_EDITION = pattern(rf"{SPACE}(?:\({SPACE}(?P<bracketed>{YEAR})年?版?{SPACE}\)|(?P<plain>{YEAR}){SPACE}年?版)")
