"""Pure rules of the vocabularies: the normal form of names, broader objects, retired regions."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping

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
    harmonised = unicodedata.normalize("NFKC", text).lower().translate(_SAME)
    return _SPACE_NOT_BETWEEN_WORDS.sub("", " ".join(harmonised.split())).strip(",")


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
