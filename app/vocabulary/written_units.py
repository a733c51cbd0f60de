"""Texts of units as products of known units: `毫米`, `mm²`, `g/10min`, `N·m/(kg·K)`.

Only the units of `unit_definitions` are known; a text with anything else is no unit.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from app.vocabulary import unit_definitions as definitions


@dataclass(frozen=True, slots=True)
class Product:
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


UNITS = _expanded()
"""Every known unit with its prefixes, and its definition in words of the registry."""
COUNTS = frozenset(definitions.COUNTS.split())
SCALES = frozenset(definitions.SCALES.split())
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SUPERSCRIPT = re.compile("[⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
LETTER = r"[^\W\d_]"


def clean_unit(written: str) -> str:
    """Return the unit in one form of every sign: `m²` and `㎡` -> `m^2`, `°C` -> `℃`, product as `·`."""
    text = _SUPERSCRIPT.sub(lambda m: "^" + m.group().translate(_SUPERSCRIPTS), written)
    text = text.replace("º", "°").replace("˚", "°").replace("㎡", "m^2").replace("㎥", "m^3")
    text = re.sub(
        r"([㎟-㎦])", lambda m: unicodedata.normalize("NFKC", m.group())[:-1] + "^" + m.group(), text
    )
    text = unicodedata.normalize("NFKC", text).replace("µ", "μ").replace("−", "-").replace("′′", "″")
    text = re.sub(r"\^(?:[mckd]?m)(\d)", r"^\1", text)
    text = re.sub(rf"(?<={LETTER}|\))\s*[.*×⋅•∙・](?={LETTER}|\()", "·", text)
    text = re.sub(r"\s*([·/()])\s*", r"\1", text.strip())
    text = re.sub(r"°\s?C(?![A-Za-z])", "℃", text)
    return re.sub(r"°\s?F(?![A-Za-z])", "℉", text)


def _spellings() -> dict[str, str]:
    return {
        clean_unit(variant): clean_unit(symbol)
        for symbol, variants in _lines(definitions.SPELLINGS)
        for variant in variants
    }


def _chinese_names() -> dict[str, str]:
    names: dict[str, str] = {}
    for name, symbols in _lines(definitions.CHINESE_BASES):
        names[name] = symbols[0]
        for word, prefix in definitions.CHINESE_PREFIXES.items():
            symbol = "kg" if word + name == "千克" else prefix + symbols[0]
            if symbol in UNITS:
                names[word + name] = symbol
    lengths = {name: symbol for name, symbol in names.items() if name.endswith("米")}
    names |= {f"平方{name}": f"{symbol}^2" for name, symbol in lengths.items()}
    return names | {f"立方{name}": f"{symbol}^3" for name, symbol in lengths.items()}


SPELLINGS = _chinese_names() | _spellings()
"""Other ways of writing a unit, cleaned, and the symbol each stands for."""
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
    token = SPELLINGS.get(token, token)
    if token in UNITS or token in COUNTS or token in definitions.TEMPERATURES:
        return ((token, 1),)
    if "·" in token or "^" in token or "/" in token:
        product = parse_product(token)
        return product.factors if product else None
    return None


def _multiplied(token: str) -> tuple[str, tuple[tuple[str, int], ...]] | None:
    """Split a Chinese multiple from a counted unit: `万次` -> 万, 次."""
    for multiple in sorted(definitions.MULTIPLES, key=len, reverse=True):
        rest = token.removeprefix(multiple)
        if rest != token and (factors := _atom(rest)) and (factors[0][0] in COUNTS or factors == (("t", 1),)):
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


def parse_product(text: str) -> Product | None:
    """Read a text that was cleaned; None when it is no product of known units, or could be read in two ways."""
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

    def parse(self) -> Product:
        if self.tokens[0].group() == "1" and len(self.tokens) > 1 and self.tokens[1].group() == "/":
            self.place = 2
            factors = self._term(sign=-1)
        else:
            factors = self._product(nested=False)
        if self.place != len(self.tokens) or len(set(factors)) != len(factors):
            raise _Unreadable
        product = Product(tuple(factors), self.multiple, self.per)
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


def symbol_of(product: Product) -> str:
    """Return the product as it is shown: `m/s²`, `W/(m·K)`, `万次/min`."""
    above = "·".join(_powered(*factor) for factor in product.above) or "1"
    below = "·".join(_powered(*factor) for factor in product.below)
    if len(product.below) > 1:
        below = f"({below})"
    number = str(product.per) if product.per != 1 else ""
    return product.multiple + above + (f"/{number}{below}" if below else "")
