"""Chinese by its sound: syllables of a text, and latin letters read as syllables."""

from functools import lru_cache
from itertools import pairwise

from pypinyin import Style, lazy_pinyin

_FINALS = {
    "": "a o e ai ei ao ou an en ang eng er",
    "b": "a o ai ei ao an en ang eng i ie iao ian in ing u",
    "p": "a o ai ei ao ou an en ang eng i ie iao ian in ing u",
    "m": "a o e ai ei ao ou an en ang eng i ie iao iu ian in ing u",
    "f": "a o ei ou an en ang eng u",
    "d": "a e ai ei ao ou an en ang eng ong i ie iao iu ian ing u uo ui uan un",
    "t": "a e ai ao ou an ang eng ong i ie iao ian ing u uo ui uan un",
    "n": "a e ai ei ao ou an en ang eng ong i ie iao iu ian in iang ing u uo uan v ve ue",
    "l": "a o e ai ei ao ou an ang eng ong i ia ie iao iu ian in iang ing u uo uan un v ve ue",
    "g": "a e ai ei ao ou an en ang eng ong u ua uo uai ui uan un uang",
    "k": "a e ai ei ao ou an en ang eng ong u ua uo uai ui uan un uang",
    "h": "a e ai ei ao ou an en ang eng ong u ua uo uai ui uan un uang",
    "j": "i ia ie iao iu ian in iang ing iong u ue uan un",
    "q": "i ia ie iao iu ian in iang ing iong u ue uan un",
    "x": "i ia ie iao iu ian in iang ing iong u ue uan un",
    "zh": "a e i ai ei ao ou an en ang eng ong u ua uo uai ui uan un uang",
    "ch": "a e i ai ao ou an en ang eng ong u ua uo uai ui uan un uang",
    "sh": "a e i ai ei ao ou an en ang eng u ua uo uai ui uan un uang",
    "r": "e i ao ou an en ang eng ong u ua uo ui uan un",
    "z": "a e i ai ei ao ou an en ang eng ong u uo ui uan un",
    "c": "a e i ai ao ou an en ang eng ong u uo ui uan un",
    "s": "a e i ai ao ou an en ang eng ong u uo ui uan un",
    "y": "a o e ao ou an ang i in ing ong u ue uan un",
    "w": "a o ai ei an en ang eng u",
}
SYLLABLES = frozenset(initial + final for initial, finals in _FINALS.items() for final in finals.split())
_SPELT_TWO_WAYS = {"lue": "lve", "nue": "nve"}
_LONGEST = 6
_FEWEST_KEPT = 4


@lru_cache(maxsize=200_000)
def syllables(han: str) -> tuple[str, ...]:
    """Return the syllable of each Chinese character, without tones, `ü` as `v`; phrases decide between readings."""
    sounds = lazy_pinyin(han, style=Style.NORMAL)
    if len(sounds) != len(han):
        sounds = [lazy_pinyin(character, style=Style.NORMAL)[0] for character in han]
    return tuple(sounds)


def is_sound(token: str) -> bool:
    """Say whether a token is one of those made here."""
    return token[:2] in {"p:", "i:"}


def syllable_pairs(sounds: tuple[str, ...]) -> list[str]:
    return [f"p:{first}'{second}" for first, second in pairwise(sounds)]


def initial_grams(sounds: tuple[str, ...], shortest: int = 2, longest: int = 4) -> list[str]:
    """Return the runs of `shortest` to `longest` initials: 动力电池 gives `i:dl` ... `i:dldc`."""
    letters = "".join(sound[0] for sound in sounds)
    return [
        f"i:{letters[start : start + size]}"
        for size in range(shortest, longest + 1)
        for start in range(len(letters) - size + 1)
    ]


def readings(letters: str) -> list[tuple[str, ...]]:
    """Return the ways to read letters as syllables, those with the fewest; none when they cannot be read."""
    best: list[list[tuple[str, ...]]] = [[()], *([] for _ in letters)]
    for end in range(1, len(letters) + 1):
        ways = [
            (*way, letters[start:end])
            for start in range(max(0, end - _LONGEST), end)
            if letters[start:end] in SYLLABLES
            for way in best[start]
        ]
        fewest = min((len(way) for way in ways), default=0)
        best[end] = [way for way in ways if len(way) == fewest][:_FEWEST_KEPT]
    return [tuple(_SPELT_TWO_WAYS.get(sound, sound) for sound in way) for way in best[-1]] if letters else []


def may_be_initials(letters: str) -> bool:
    """Say whether latin letters look like pinyin initials: no syllable starts with i, u or v, few with a vowel."""
    vowels = sum(letter in "aeo" for letter in letters)
    fits = letters.isascii() and letters.isalpha() and not set(letters) & set("iuv")
    return fits and 2 <= len(letters) <= 12 and vowels <= max(1, len(letters) // 4)
