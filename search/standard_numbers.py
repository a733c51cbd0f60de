"""Reads standard numbers as people write them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StandardNumber:
    """A standard number in canonical form: `GB/T 2423.17-2008`, base `GB/T 2423.17`, year 2008."""

    canonical: str
    base: str
    year: int | None
    clause: str | None = None


@dataclass(frozen=True, slots=True)
class FoundStandard:
    """A standard number inside a text; offsets are code points of that text, end exclusive."""

    number: StandardNumber
    start: int
    end: int


def parse_standard_number(text: str) -> StandardNumber | None:
    """Read a text that as a whole is one standard number; None when it is not, or not surely."""
    raise NotImplementedError


def find_standard_numbers(text: str) -> list[FoundStandard]:
    """Find every certain standard number in running text or a query, in order, not overlapping."""
    raise NotImplementedError


def standard_key(canonical_or_base: str) -> str:
    """Return the compact form for exact matching: `GB/T 2423.17` -> `gb/t2423.17`."""
    return "".join(canonical_or_base.lower().split())
