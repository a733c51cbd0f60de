"""Units as people write them, their dimensions and exact conversion to SI."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: symbol as normalised (`μm`), dimension key, and the SI unit values convert to (`m`)."""

    symbol: str
    dimension: str
    canonical: str
    known: bool = True


def canonical_unit(written: str) -> Unit:
    """Read a unit; a string nobody knows is its own dimension (`known` False)."""
    raise NotImplementedError


def to_canonical(value: Decimal | float | int, unit: Unit | str) -> float:
    """Convert a value to the unit's canonical unit, exactly, rounded to 12 significant digits."""
    raise NotImplementedError
