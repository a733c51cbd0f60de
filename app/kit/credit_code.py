"""Unified social credit codes. Source: GB 32100-2015."""

from __future__ import annotations

import unicodedata

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUE = {character: value for value, character in enumerate(_ALPHABET)}
_WEIGHTS = tuple(3**place % 31 for place in range(17))


def normalise_credit_code(code: str) -> str:
    """Return the code in upper case and half-width, without white space around it."""
    return unicodedata.normalize("NFKC", code).strip().upper()


def check_digit(first17: str) -> str:
    """Return the 18th character for the first 17 (lower case and full-width allowed).

    Raises ValueError when they are not 17 characters of the code's alphabet (no I, O, S, V, Z).
    """
    body = normalise_credit_code(first17)
    if len(body) != len(_WEIGHTS) or any(character not in _VALUE for character in body):
        message = "expected 17 characters of 0-9 and A-Z without I, O, S, V, Z"
        raise ValueError(message)
    total = sum(_VALUE[character] * weight for character, weight in zip(body, _WEIGHTS, strict=True))
    return _ALPHABET[-total % 31]


def is_valid_credit_code(code: str) -> bool:
    """Tell whether the code has 18 allowed characters and a right check digit."""
    body = normalise_credit_code(code)
    if len(body) != len(_WEIGHTS) + 1 or any(character not in _VALUE for character in body):
        return False
    return check_digit(body[:-1]) == body[-1]
