"""Intervals of days as keywords: whether a day lies in one becomes equality of words.

So the validity of accreditations and the suspension of platforms decide by the day asked, without an edit.

Days are counted and cut into blocks of 1, 2, 4, ... days, each inside the next. An interval is the fewest
blocks that fill it exactly (at most two of a size); a day is in it when one of the blocks that hold the day is
among them. So any number of intervals stays exact under an "equals one of" filter, on every engine.
"""

from datetime import date

SUSPENDED = "suspended"
"""The word before the intervals in which a platform must not be found."""

_SIZES = 22
"""Blocks of up to 2**21 days: the count of days of `date.max` has 22 bits."""


def interval_tokens(kind: str, from_date: date, to_date: date) -> list[str]:
    """Return the words of the closed interval; none when it ends before it starts. 6 years take at most 22."""
    start, end = from_date.toordinal(), to_date.toordinal() + 1
    tokens = []
    while start < end:
        size = min((start & -start).bit_length(), (end - start).bit_length()) - 1
        tokens.append(_token(kind, size, start))
        start += 1 << size
    return tokens


def date_tokens(kind: str, day: date) -> list[str]:
    """Return the words of every block that holds the day: filter for documents with one of them."""
    ordinal = day.toordinal()
    return [_token(kind, size, ordinal) for size in range(_SIZES)]


def _token(kind: str, size: int, ordinal: int) -> str:
    return f"{kind}:{size}:{ordinal >> size}"
