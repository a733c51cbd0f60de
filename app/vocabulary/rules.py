"""Pure rules of the vocabularies: the normal form of names, broader objects, editions of standards."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

_SAME = str.maketrans(
    {
        **dict.fromkeys("〔【[{〈《「『", "("),
        **dict.fromkeys("〕】]}〉》」』", ")"),
        **dict.fromkeys("、,;；。", ","),
        **dict.fromkeys("‐‑‒–—―−﹣", "-"),
        **dict.fromkeys("∼〜", "~"),
        **dict.fromkeys("・•‧∙⋅", "·"),
        **dict.fromkeys("\"'“”‘’`", ""),
    }
)
_SPACE_NOT_BETWEEN_WORDS = re.compile(r"(?<![a-z0-9]) | (?![a-z0-9])")


def normal_form(text: str) -> str:
    """Return the form in which two spellings of one object, parameter or term are equal.

    Width, case, spaces and the kind of brackets, commas and dashes do not count; every letter and figure does.
    A space stays only between two Latin words, where leaving it out would make another word.
    """
    form = _harmonised(text)
    while (
        again := _harmonised(form)
    ) != form:  # taking a mark out can bring a letter and its accent together
        form = again
    return form


def _harmonised(text: str) -> str:
    same = unicodedata.normalize("NFKC", text).lower().translate(_SAME)
    return _SPACE_NOT_BETWEEN_WORDS.sub("", " ".join(same.split())).strip(",")


_EXCLUDING = re.compile(r"不|除|非|无|未|以外|之外|except|exclud|without|not\b|\bno\b|\bother than\b")
_QUALIFYING = re.compile(r"用|的|\b(?:of|for|used)\b")
"""What makes several names one: `汽车,摩托车用蓄电池` is for batteries, not for cars."""


@lru_cache(maxsize=65_536)
def names_within(key: str) -> frozenset[str]:
    """Return the names that a normal form lists, itself included: `过充电,挤压` names both.

    Commas inside brackets list nothing, nor does a text that excludes something (what follows may be excluded too)
    or that qualifies something (what is listed may be only its qualifier).
    """
    if "," not in key or _EXCLUDING.search(key) or _QUALIFYING.search(key):
        return frozenset((key,))
    names, depth, start = {key}, 0, 0
    for position, char in enumerate(f"{key},"):
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            names.add(key[start:position])
            start = position + 1
    return frozenset(name for name in names if name)


_LATIN = re.compile(r"[a-z0-9]", re.IGNORECASE)


def occurrences(text: str, name: str) -> Iterator[int]:
    """Yield where a name stands in a text of the same form; a Latin word must not go on at either end."""
    start = text.find(name)
    while start >= 0:
        if is_whole(text, start, name):
            yield start
        start = text.find(name, start + 1)


def is_whole(text: str, start: int, name: str) -> bool:
    """Tell whether a name that stands at `start` is no part of a longer Latin word."""
    return not (_goes_on(text, start - 1, name[0]) or _goes_on(text, start + len(name), name[-1]))


def _goes_on(text: str, position: int, edge: str) -> bool:
    return (
        _LATIN.match(edge) is not None
        and 0 <= position < len(text)
        and _LATIN.match(text[position]) is not None
    )


def with_indirect(direct: Iterable[tuple[str, str]]) -> dict[tuple[str, str], bool]:
    """Return every (narrower, broader) pair that follows from the direct ones; true for the direct ones.

    Raises ValueError where something would be broader than itself.
    """
    parents: Mapping[str, set[str]] = defaultdict(set)
    for narrower, broader in direct:
        parents[narrower].add(broader)
    pairs: dict[tuple[str, str], bool] = {}
    for start in sorted(parents):
        waiting, seen = sorted(parents[start]), set[str]()
        while waiting:
            broader = waiting.pop()
            if broader == start:
                raise ValueError(f"{start!r} is broader than itself")
            if broader not in seen:
                seen.add(broader)
                pairs[start, broader] = broader in parents[start]
                waiting.extend(sorted(parents.get(broader, ())))
    return pairs


class EditionState(StrEnum):
    """What the known replacements say of an edition on a day; they may be incomplete."""

    NO_SUCCESSOR_KNOWN = "no_successor_known"
    SUPERSEDED = "superseded"
    SUPERSEDED_LATER = "superseded_later"
    SUPERSEDED_DATE_NOT_STATED = "superseded_date_not_stated"


def edition_state(effective_dates: Iterable[date | None], on: date) -> EditionState:
    """Judge an edition by the days on which its successors come into force (None: not stated).

    A successor in force outweighs one without a date, which outweighs one of the future. An edition is
    superseded on the day itself.
    """
    days = list(effective_dates)
    if any(day is not None and day <= on for day in days):
        return EditionState.SUPERSEDED
    if None in days:
        return EditionState.SUPERSEDED_DATE_NOT_STATED
    return EditionState.SUPERSEDED_LATER if days else EditionState.NO_SUCCESSOR_KNOWN


Pair = TypeVar("Pair")


def chain(
    starts: Collection[str],
    pairs: Iterable[Pair],
    source: Callable[[Pair], str],
    target: Callable[[Pair], str],
) -> list[tuple[int, Pair]]:
    """Follow pairs from `starts`, directly and through others; return each pair once with its steps (1, 2, ...).

    Nearest first, then in the order given. Circles end where they close.
    """
    leaving: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        leaving[source(pair)].append(pair)
    found: list[tuple[int, Pair]] = []
    seen, here, steps = set(starts), list(dict.fromkeys(starts)), 0
    while here:
        steps += 1
        there: list[str] = []
        for pair in (pair for name in here for pair in leaving.get(name, ())):
            found.append((steps, pair))
            if target(pair) not in seen:
                seen.add(target(pair))
                there.append(target(pair))
        here = there
    return found
