"""Checks of what a request names: codes that exist, standard numbers and values that can be read."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from app.error_handlers import invalid_request
from app.errors import ErrorItem, InvalidRequest
from app.kit.i18n import Localized
from app.vocabulary.names import Names, unknown_codes
from app.vocabulary.ranges import Range, RangeRefused, range_of, read_grade
from search.standard_numbers import StandardNumber, parse_standard_number

_MAX_EXPONENT = 100


def require_known(names: Names, **given: Sequence[str]) -> None:
    """Check the values of query parameters `field`, `function`, `capability` and `city`.

    Raises InvalidRequest that names each unknown code and the nearest known ones.
    """
    vocabularies: Mapping[str, Mapping[str, object]] = {
        "field": names.fields,
        "function": names.functions,
        "capability": names.terms,
        "city": names.places,
    }
    items = [
        item
        for parameter, values in given.items()
        for item in unknown_codes(f"/query/{parameter}", values, vocabularies[parameter])
    ]
    if items:
        raise invalid_request(items)


def region_codes(names: Names, codes: Sequence[str]) -> tuple[str, ...]:
    """Return the known codes with those that took their places when a county was re-drawn."""
    return tuple(dict.fromkeys(code for given in codes for code in names.places[given].covers))


def read_standards(pointer: str, texts: Sequence[str]) -> list[StandardNumber]:
    """Read standard numbers in any spelling. Raises InvalidRequest that names each that is none."""
    read = [(text, parse_standard_number(text)) for text in texts]
    bad = [_not_a_standard(pointer, text) for text, number in read if number is None]
    if bad:
        raise invalid_request(bad)
    return [number for _, number in read if number is not None]


def _not_a_standard(pointer: str, text: str) -> ErrorItem:
    return ErrorItem(
        pointer=pointer,
        code="not_a_standard_number",
        detail=Localized(
            zh=f"“{text}”不是可识别的标准号，请写成 GB/T 2423.17-2008 的形式",
            en=f"'{text}' is not surely a standard number; write it like GB/T 2423.17-2008",
        ),
    )


def read_value(value: str | None, unit: str | None) -> Range | None:
    """Read a value with its unit, or a grade such as IP67, as a range of one point.

    Raises InvalidRequest for what would be a guess.
    """
    if value is None:
        if unit is None:
            return None
        raise _wrong("value", "missing", "给出单位时必须给出数值", "A unit needs a value")
    if unit is None:
        grade = read_grade(value)
        if grade is None:
            raise _wrong(
                "unit",
                "missing",
                "数值必须带单位；只有 IP67、V-0 这样的等级才不带",
                "A value needs a unit; only a grade such as IP67 or V-0 has none",
            )
        return grade
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal("NaN")
    # Arithmetic on 1e999999999 would not end.
    if not number.is_finite() or abs(number.adjusted()) > _MAX_EXPONENT:
        raise _wrong("value", "not_a_number", "必须是数字", "Must be a number")
    try:
        return range_of(number, number, unit)
    except RangeRefused as refusal:
        raise _wrong("value", refusal.kind, refusal.zh, refusal.en) from None


def _wrong(parameter: str, code: str, zh: str, en: str) -> InvalidRequest:
    return InvalidRequest.at(f"/query/{parameter}", code, Localized(zh=zh, en=en))
