"""Units as people write them, their dimensions and exact conversion to SI.

Only the units of `unit_definitions` are known; the registry has no others, so that no string becomes a unit by
chance. A string nobody knows is a dimension of its own: equal to itself, convertible to nothing. Conversion is
exact and ends with 12 significant digits, so that 0.1 kV and 100 V are the same number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from app.vocabulary import unit_definitions as definitions
from app.vocabulary.written_units import (
    COUNTS,
    LETTER,
    SCALES,
    SPELLINGS,
    UNITS,
    Product,
    clean_unit,
    parse_product,
    symbol_of,
)

if TYPE_CHECKING:
    from pint import UnitRegistry
    from pint.util import UnitsContainer

SIGNIFICANT_DIGITS = 12
MAX_WRITTEN_LENGTH = 40
"""Longest text, in code points, that is read as a unit."""
LARGEST_POWER = 300
"""Numbers from 10^300 up and below 10^-300 are not converted: no quantity is that large or small."""
_ROUNDING = Context(prec=SIGNIFICANT_DIGITS)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: symbol as normalised (`μm`), dimension key, and the SI unit values convert to (`m`).

    `dimension` is a stable text: `[temperature]`, `[length]^3·[time]^-1`, `ratio`, `unit:套`, `grade:IPX`.
    Values compare only within one dimension. `known` is False for a string that no definition covers.
    """

    symbol: str
    dimension: str
    canonical: str
    known: bool = True


def _name(symbol: str) -> str:
    """Return the name of a symbol inside the registry, which takes identifiers only."""
    return symbol if symbol.isidentifier() else "u" + "_".join(str(ord(character)) for character in symbol)


@lru_cache(maxsize=1)
def _registry() -> UnitRegistry[Decimal]:
    """Build the registry; pint is imported here because that takes longer than anything else in this module."""
    from pint import UnitRegistry  # noqa: PLC0415

    registry: UnitRegistry[Decimal] = UnitRegistry(None, non_int_type=Decimal)
    for symbol, definition in UNITS.items():
        words = [_name(word) if word in UNITS else word for word in definition.split()]
        registry.define(f"{_name(symbol)} = {' '.join(words)}")
    for symbol in COUNTS:
        registry.define(f"{_name(symbol)} = [{symbol}]")
    return registry


def _container(factors: tuple[tuple[str, int], ...]) -> UnitsContainer:
    """Return the factors for the registry; a degree inside a product is a difference of temperatures."""
    from pint.util import UnitsContainer  # noqa: PLC0415

    container = UnitsContainer({}, non_int_type=Decimal)
    for symbol, exponent in factors:
        container *= UnitsContainer({_name("K" if symbol == "℃" else symbol): exponent})
    return container


def _dimension(factors: tuple[tuple[str, int], ...]) -> str:
    dimensions = _registry().get_dimensionality(_container(factors))
    parts = sorted((name, int(str(exponent))) for name, exponent in dimensions.items())
    if len(parts) == 1 and parts[0][1] == 1 and parts[0][0][1:-1] in COUNTS:
        return f"unit:{parts[0][0][1:-1]}"
    return "·".join(name if exponent == 1 else f"{name}^{exponent}" for name, exponent in parts)


_RATIOS = {"[mass]": "ratio", "": "ratio"}
_CANONICAL = {"[relative_humidity]": "1", "[strain]": "1", "[rotation]·[time]^-1": "1/s", "[calendar]": "月"}


@lru_cache(maxsize=1)
def _si_symbols() -> dict[str, str]:
    symbols: dict[str, str] = {}
    for symbol in definitions.SI_SYMBOLS.split():
        product = None if symbol == "1/s" else parse_product(clean_unit(symbol))
        if product:
            symbols.setdefault(_dimension(product.factors), symbol)
    return symbols | _CANONICAL


def _canonical(dimension: str, product: Product) -> str:
    if dimension.startswith("ratio"):
        return "1"
    if dimension.startswith("unit:"):
        return dimension.removeprefix("unit:")
    return _si_symbols().get(dimension) or _root_symbol(product)


def _root_symbol(product: Product) -> str:
    """Return a name made of base units, for a dimension that has no usual one."""
    names = {_name(symbol): symbol for symbol in (*UNITS, *COUNTS)}
    _, root = _registry().get_root_units(_container(product.factors))
    factors = sorted((names[name], int(str(exponent))) for name, exponent in root._units.items())  # noqa: SLF001
    return symbol_of(Product(tuple(factors)))


def canonical_unit(written: str) -> Unit:
    """Read a unit; a string nobody knows is its own dimension (`known` False)."""
    if len(written) > MAX_WRITTEN_LENGTH:
        return Unit(written, f"unit:{written}", written, known=False)
    return _read_unit(written)


@lru_cache(maxsize=4096)
def _read_unit(written: str) -> Unit:
    text = clean_unit(written)
    joined = text.replace(" ", "")
    whole = SPELLINGS.get(joined, joined)
    if whole in definitions.GRADES:
        return Unit(whole, f"grade:{definitions.GRADES[whole]}", whole)
    if whole in definitions.TEMPERATURES:
        return Unit(whole, "[temperature]", "K")
    for shown in (whole, whole.replace("^2", "²").replace("^3", "³")):
        if shown in SCALES:
            return Unit(shown, f"unit:{shown}", shown)
    product = parse_product(whole) if whole != joined else None
    product = (
        product or parse_product(re.sub(rf"(?<={LETTER}) +(?={LETTER})", "·", text)) or parse_product(joined)
    )
    if product is None or ("℉", 1) in product.factors:
        return Unit(joined, f"unit:{joined}", joined, known=False)
    dimension = _dimension(product.factors)
    if dimension == "":
        above = _dimension(product.above)
        dimension = _RATIOS.get(above, f"ratio:{above}")
    return Unit(symbol_of(product), dimension, _canonical(dimension, product))


@lru_cache(maxsize=4096)
def _scale(symbol: str) -> tuple[Fraction, Fraction]:
    """Return factor and offset from a unit to its canonical one."""
    if symbol in definitions.TEMPERATURES:
        factor, offset = definitions.TEMPERATURES[symbol]
        return Fraction(factor), Fraction(offset)
    product = None if symbol in SCALES or symbol in definitions.GRADES else parse_product(clean_unit(symbol))
    if product is None:
        return Fraction(1), Fraction(0)
    size, _ = _registry().get_root_units(_container(product.factors))
    multiple = definitions.MULTIPLES[product.multiple] if product.multiple else 1
    return Fraction(str(size)) * multiple / product.per, Fraction(0)


def convertible(value: Decimal | float) -> bool:
    """Tell whether a value is finite and neither too large nor too small to convert."""
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    return number.is_finite() and (number == 0 or abs(number.adjusted()) < LARGEST_POWER)


def to_canonical(value: Decimal | float, unit: Unit | str) -> float:
    """Convert a value to the unit's canonical unit, exactly, rounded to 12 significant digits.

    A float counts as the decimal it prints as. Raises ValueError for a number that is not `convertible`.
    """
    if not convertible(value):
        message = f"not a finite number of sensible size: {value}"
        raise ValueError(message)
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    return _to_canonical(number, unit if isinstance(unit, Unit) else canonical_unit(unit))


@lru_cache(maxsize=16_384)
def _to_canonical(number: Decimal, unit: Unit) -> float:
    factor, offset = _scale_of(unit)
    return float(_rounded(Fraction(number) * factor + offset))


def convert(value: Decimal, unit: Unit, into: Unit) -> Decimal:
    """Convert a value between two units of one dimension, rounded to 12 significant digits if they differ.

    Raises ValueError for units of different dimensions.
    """
    if unit == into:
        return value
    if unit.dimension != into.dimension:
        message = f"{unit.symbol} is no {into.symbol}"
        raise ValueError(message)
    (factor, offset), (target_factor, target_offset) = _scale_of(unit), _scale_of(into)
    return _rounded((Fraction(value) * factor + offset - target_offset) / target_factor)


def _scale_of(unit: Unit) -> tuple[Fraction, Fraction]:
    return _scale(unit.symbol) if unit.known else (Fraction(1), Fraction(0))


def _rounded(exact: Fraction) -> Decimal:
    return _ROUNDING.divide(Decimal(exact.numerator), Decimal(exact.denominator))
