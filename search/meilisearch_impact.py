"""What a token adds to the score of a document: the BM25 of the embedded engine, without the rarity.

A document is two streams of tokens, words and sounds, each with a length of its own.
"""

from bisect import bisect_right
from collections.abc import Mapping

from search.phonetics import is_sound

K1 = 1.2
B = 0.75
USUAL_LENGTHS = (150.0, 100.0)
"""Average lengths to assume while the real ones are not known."""

IMPACTS = (0.4, 0.55, 0.65, 0.73, 0.8, 0.86, 0.91)
"""Steps of impact, at USUAL_LENGTHS, by which documents are found that hold a token often for their length."""


Lengths = tuple[float, float]


def stream(token: str) -> int:
    """Return the stream that a token is in, an index of `Lengths`."""
    return int(is_sound(token))


def lengths(frequencies: Mapping[str, int]) -> tuple[int, int]:
    """Return the sum of the frequencies of each stream."""
    sounds = sum(frequency for token, frequency in frequencies.items() if is_sound(token))
    return sum(frequencies.values()) - sounds, sounds


def length_norms(lengths: tuple[int, int], average: Lengths) -> Lengths:
    """Return, for each stream, what is added to a frequency to get the denominator of its impact."""
    words, sounds = (
        K1 * (1 - B + B * rounded_length(length) / max(usual, 1.0))
        for length, usual in zip(lengths, average, strict=True)
    )
    return words, sounds


def impact_level(impact: float) -> int:
    """Return how many of IMPACTS an impact reaches."""
    return bisect_right(IMPACTS, impact)


def rounded_length(length: int) -> int:
    """Round a length down as the embedded engine does, to keep it in one byte: exact to 40, then 4 binary digits."""
    if length < 40:
        return length
    shift = (length - 24).bit_length() - 4
    return 24 + ((length - 24) >> shift << shift)
