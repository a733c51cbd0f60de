"""Units as people write them, their dimensions and exact conversion to SI.

Only the units of `unit_definitions` are known; the registry has no others, so that no string becomes a unit by
chance. A string nobody knows is a dimension of its own: equal to itself, convertible to nothing. Conversion is
exact and ends with 12 significant digits, so that 0.1 kV and 100 V are the same number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from app.vocabulary import unit_definitions as definitions

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


@dataclass(frozen=True, slots=True)
class _Product:
    """A parsed unit: factors (symbol, exponent), and a number in front of the last denominator or the whole."""

    factors: tuple[tuple[str, int], ...]
    multiple: str = ""
    per: int = 1

    @property
    def above(self) -> tuple[tuple[str, int], ...]:
        return tuple((symbol, exponent) for symbol, exponent in self.factors if exponent > 0)

    @property
    def below(self) -> tuple[tuple[str, int], ...]:
        return tuple((symbol, -exponent) for symbol, exponent in self.factors if exponent < 0)


def _expanded() -> dict[str, str]:
    """Return the known units with their prefixes, symbol -> definition."""
    units: dict[str, str] = {}
    for symbol, prefixes, definition in definitions.UNITS:
        units[symbol] = definition
        units |= {f"{prefix}{symbol}": f"{definitions.PREFIXES[prefix]} * {symbol}" for prefix in prefixes}
    return units


def _lines(table: str) -> Iterator[tuple[str, list[str]]]:
    for line in table.strip().splitlines():
        head, _, rest = line.partition(" : ")
        yield head, rest.split()


_UNITS = _expanded()
_COUNTS = frozenset(definitions.COUNTS.split())
_SCALES = frozenset(definitions.SCALES.split())
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SUPERSCRIPT = re.compile("[⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_LETTER = r"[^\W\d_]"


def _clean(written: str) -> str:
    """Return the unit in one form of every sign: `m²` and `㎡` -> `m^2`, `°C` -> `℃`, product as `·`."""
    text = _SUPERSCRIPT.sub(lambda m: "^" + m.group().translate(_SUPERSCRIPTS), written)
    text = text.replace("º", "°").replace("˚", "°").replace("㎡", "m^2").replace("㎥", "m^3")
    text = re.sub(
        r"([㎟-㎦])", lambda m: unicodedata.normalize("NFKC", m.group())[:-1] + "^" + m.group(), text
    )
    text = unicodedata.normalize("NFKC", text).replace("µ", "μ").replace("−", "-").replace("′′", "″")
    text = re.sub(r"\^(?:[mckd]?m)(\d)", r"^\1", text)
    text = re.sub(rf"(?<={_LETTER}|\))\s*[.*×⋅•∙・](?={_LETTER}|\()", "·", text)
    text = re.sub(r"\s*([·/()])\s*", r"\1", text.strip())
    text = re.sub(r"°\s?C(?![A-Za-z])", "℃", text)
    return re.sub(r"°\s?F(?![A-Za-z])", "℉", text)


def _spellings() -> dict[str, str]:
    return {
        _clean(variant): _clean(symbol)
        for symbol, variants in _lines(definitions.SPELLINGS)
        for variant in variants
    }


def _chinese_names() -> dict[str, str]:
    names: dict[str, str] = {}
    for name, symbols in _lines(definitions.CHINESE_BASES):
        names[name] = symbols[0]
        for word, prefix in definitions.CHINESE_PREFIXES.items():
            symbol = "kg" if word + name == "千克" else prefix + symbols[0]
            if symbol in _UNITS:
                names[word + name] = symbol
    lengths = {name: symbol for name, symbol in names.items() if name.endswith("米")}
    names |= {f"平方{name}": f"{symbol}^2" for name, symbol in lengths.items()}
    return names | {f"立方{name}": f"{symbol}^3" for name, symbol in lengths.items()}


_SPELLINGS = _chinese_names() | _spellings()
_MAY_LOSE_SUPERSCRIPT = frozenset({"m", "dm", "cm", "mm", "μm", "nm", "km", "in", "ft", "s"})
_TIMES = frozenset({"s", "min", "h", "d"})
_PORTIONS = {
    "g": {100, 1000},
    "kg": {100, 1000},
    "mL": {100, 1000},
    "ml": {100, 1000},
    "L": {100, 1000},
    "km": {100},
}
"""Numbers a unit takes below a stroke, as in mg/100g; a time takes any (g/10min). `5mL/10mL` is two values."""
_TOKEN = re.compile(r"([·/()])|(\d{1,4})?([^\s·/()^\d-]+)(?:\^(-?\d)|(-?\d))?")


def _atom(token: str) -> tuple[tuple[str, int], ...] | None:
    """Return the factors of one token, most often one: `毫米` -> mm, `Nm` -> N·m."""
    token = _SPELLINGS.get(token, token)
    if token in _UNITS or token in _COUNTS or token in definitions.TEMPERATURES:
        return ((token, 1),)
    if "·" in token or "^" in token or "/" in token:
        product = _parse(token)
        return product.factors if product else None
    return None


def _multiplied(token: str) -> tuple[str, tuple[tuple[str, int], ...]] | None:
    """Split a Chinese multiple from a counted unit: `万次` -> 万, 次."""
    for multiple in sorted(definitions.MULTIPLES, key=len, reverse=True):
        rest = token.removeprefix(multiple)
        if (
            rest != token
            and (factors := _atom(rest))
            and (factors[0][0] in _COUNTS or factors == (("t", 1),))
        ):
            return multiple, factors
    return None


class _Unreadable(Exception):
    """The text is no product of known units."""


def _factor(match: re.Match[str]) -> tuple[tuple[str, int], ...]:
    """Return the factors of one token with its exponent."""
    _, _, name, exponent, plain = match.groups()
    if name == "Nm" and "3" in {exponent, plain}:
        return (("Nm³", 1),)
    factors = _atom(name)
    if factors is None:
        raise _Unreadable
    if plain and (
        plain in {"0", "1", "-0"} or not {symbol for symbol, _ in factors} <= _MAY_LOSE_SUPERSCRIPT
    ):
        raise _Unreadable
    power = int(exponent or plain or 1)
    if power == 0 or (power != 1 and len(factors) > 1):
        raise _Unreadable
    return tuple((symbol, known * power) for symbol, known in factors)


def _parse(text: str) -> _Product | None:
    try:
        return _Parser(text).parse()
    except _Unreadable:
        return None


class _Parser:
    """Reads `a·b/(c·d)`; a product behind a stroke without brackets has two senses and is unreadable."""

    def __init__(self, text: str) -> None:
        self.tokens = list(_TOKEN.finditer(text))
        if "".join(token.group() for token in self.tokens) != text or not text:
            raise _Unreadable
        self.place = 0
        self.multiple = ""
        self.per = 1

    def parse(self) -> _Product:
        if self.tokens[0].group() == "1" and len(self.tokens) > 1 and self.tokens[1].group() == "/":
            self.place = 2
            factors = self._term(sign=-1)
        else:
            factors = self._product(nested=False)
        if self.place != len(self.tokens) or len(set(factors)) != len(factors):
            raise _Unreadable
        product = _Product(tuple(factors), self.multiple, self.per)
        above, below = ({symbol for symbol, _ in part} for part in (product.above, product.below))
        if self.per != 1 and (above & below or (above & _TIMES and below & _TIMES)):
            raise _Unreadable
        return product

    def _product(self, *, nested: bool) -> list[tuple[str, int]]:
        factors = self._term(sign=1)
        divided = False
        while self.place < len(self.tokens) and (operator := self.tokens[self.place].group(1)) in {"·", "/"}:
            if nested and operator == "/":
                raise _Unreadable
            if divided and operator == "·":
                raise _Unreadable
            divided = divided or operator == "/"
            self.place += 1
            factors += self._term(sign=-1 if operator == "/" else 1)
        return factors

    def _term(self, *, sign: int) -> list[tuple[str, int]]:
        if self.place >= len(self.tokens):
            raise _Unreadable
        token = self.tokens[self.place]
        self.place += 1
        if token.group(1) == "(":
            factors = self._product(nested=True)
            if self.place >= len(self.tokens) or self.tokens[self.place].group(1) != ")":
                raise _Unreadable
            self.place += 1
            return [(symbol, sign * exponent) for symbol, exponent in factors]
        if token.group(1):
            raise _Unreadable
        self._note_number(token, sign)
        return [(symbol, sign * exponent) for symbol, exponent in self._counted(token)]

    def _note_number(self, token: re.Match[str], sign: int) -> None:
        """Keep a number before a denominator, as in `g/10min`."""
        if token.group(2) is None:
            return
        number, unit = int(token.group(2)), token.group(3)
        if sign > 0 or self.per != 1 or number == 0:
            raise _Unreadable
        if unit not in _TIMES and number not in _PORTIONS.get(unit, set()):
            raise _Unreadable
        self.per = number

    def _counted(self, token: re.Match[str]) -> tuple[tuple[str, int], ...]:
        if self.place == 1 and _atom(token.group(3)) is None and (found := _multiplied(token.group(3))):
            self.multiple = found[0]
            return found[1]
        return _factor(token)


def _powered(symbol: str, exponent: int) -> str:
    return (
        symbol
        if exponent == 1
        else symbol + str(exponent).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    )


def _symbol(product: _Product) -> str:
    above = "·".join(_powered(*factor) for factor in product.above) or "1"
    below = "·".join(_powered(*factor) for factor in product.below)
    if len(product.below) > 1:
        below = f"({below})"
    number = str(product.per) if product.per != 1 else ""
    return product.multiple + above + (f"/{number}{below}" if below else "")


def _name(symbol: str) -> str:
    """Return the name of a symbol inside the registry, which takes identifiers only."""
    return symbol if symbol.isidentifier() else "u" + "_".join(str(ord(character)) for character in symbol)


@lru_cache(maxsize=1)
def _registry() -> UnitRegistry[Decimal]:
    """Build the registry; pint is imported here because that takes longer than anything else in this module."""
    from pint import UnitRegistry  # noqa: PLC0415

    registry: UnitRegistry[Decimal] = UnitRegistry(None, non_int_type=Decimal)
    for symbol, definition in _UNITS.items():
        words = [_name(word) if word in _UNITS else word for word in definition.split()]
        registry.define(f"{_name(symbol)} = {' '.join(words)}")
    for symbol in _COUNTS:
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
    if len(parts) == 1 and parts[0][1] == 1 and parts[0][0][1:-1] in _COUNTS:
        return f"unit:{parts[0][0][1:-1]}"
    return "·".join(name if exponent == 1 else f"{name}^{exponent}" for name, exponent in parts)


_RATIOS = {"[mass]": "ratio", "": "ratio"}
_CANONICAL = {"[relative_humidity]": "1", "[strain]": "1", "[rotation]·[time]^-1": "1/s", "[calendar]": "月"}


@lru_cache(maxsize=1)
def _si_symbols() -> dict[str, str]:
    symbols: dict[str, str] = {}
    for symbol in definitions.SI_SYMBOLS.split():
        product = None if symbol == "1/s" else _parse(_clean(symbol))
        if product:
            symbols.setdefault(_dimension(product.factors), symbol)
    return symbols | _CANONICAL


def _canonical(dimension: str, product: _Product) -> str:
    if dimension.startswith("ratio"):
        return "1"
    if dimension.startswith("unit:"):
        return dimension.removeprefix("unit:")
    return _si_symbols().get(dimension) or _root_symbol(product)


def _root_symbol(product: _Product) -> str:
    """Return a name made of base units, for a dimension that has no usual one."""
    names = {_name(symbol): symbol for symbol in (*_UNITS, *_COUNTS)}
    _, root = _registry().get_root_units(_container(product.factors))
    factors = sorted((names[name], int(str(exponent))) for name, exponent in root._units.items())  # noqa: SLF001
    return _symbol(_Product(tuple(factors)))


def canonical_unit(written: str) -> Unit:
    """Read a unit; a string nobody knows is its own dimension (`known` False)."""
    if len(written) > MAX_WRITTEN_LENGTH:
        return Unit(written, f"unit:{written}", written, known=False)
    return _read_unit(written)


@lru_cache(maxsize=4096)
def _read_unit(written: str) -> Unit:
    text = _clean(written)
    joined = text.replace(" ", "")
    whole = _SPELLINGS.get(joined, joined)
    if whole in definitions.GRADES:
        return Unit(whole, f"grade:{definitions.GRADES[whole]}", whole)
    if whole in definitions.TEMPERATURES:
        return Unit(whole, "[temperature]", "K")
    for shown in (whole, whole.replace("^2", "²").replace("^3", "³")):
        if shown in _SCALES:
            return Unit(shown, f"unit:{shown}", shown)
    product = _parse(whole) if whole != joined else None
    product = product or _parse(re.sub(rf"(?<={_LETTER}) +(?={_LETTER})", "·", text)) or _parse(joined)
    if product is None or ("℉", 1) in product.factors:
        return Unit(joined, f"unit:{joined}", joined, known=False)
    dimension = _dimension(product.factors)
    if dimension == "":
        above = _dimension(product.above)
        dimension = _RATIOS.get(above, f"ratio:{above}")
    return Unit(_symbol(product), dimension, _canonical(dimension, product))


@lru_cache(maxsize=4096)
def _scale(symbol: str) -> tuple[Fraction, Fraction]:
    """Return factor and offset from a unit to its canonical one."""
    if symbol in definitions.TEMPERATURES:
        factor, offset = definitions.TEMPERATURES[symbol]
        return Fraction(factor), Fraction(offset)
    product = None if symbol in _SCALES or symbol in definitions.GRADES else _parse(_clean(symbol))
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
    factor, offset = _scale_of(unit if isinstance(unit, Unit) else canonical_unit(unit))
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
