"""The texts, amounts and ranges that documents of listing are made of."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field, model_validator

from app.kit.i18n import invalid_value
from app.kit.schemas import Given
from app.vocabulary.ranges import Range, RangeRefused, parse_range, range_of, read_grade
from search.standard_numbers import MAX_WRITTEN_LENGTH, parse_standard_number

T = TypeVar("T")

LATEST = date(2199, 12, 31)
EARLIEST = date(1900, 1, 1)


def _on_one_line(text: str) -> str:
    if "\n" in text or "\r" in text:
        raise invalid_value("line_break", "不允许换行", "Line breaks are not allowed")
    return text


def _canonical_standard(text: str) -> str:
    number = parse_standard_number(text)
    if number is None:
        raise invalid_value(
            "not_a_standard",
            f"“{text}”不是可识别的标准编号，例如 GB/T 2423.17-2008",
            f"'{text}' is not a standard number that can be read, such as GB/T 2423.17-2008",
        )
    if number.clause is not None:
        raise invalid_value(
            "clause_beside_standard",
            f"只写标准编号 {number.canonical}；条款“{number.clause}”请写入参数",
            f"Only the number {number.canonical}; the clause '{number.clause}' belongs to the parameter",
        )
    return number.canonical


def _two_decimals(text: str) -> str:
    return f"{Decimal(text):.2f}"


def _each_once(codes: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(codes))


_OneLine = AfterValidator(_on_one_line)

Name = Annotated[str, Field(min_length=1, max_length=200), _OneLine]
Line = Annotated[str, Field(min_length=1, max_length=200), _OneLine]
Word = Annotated[str, Field(min_length=1, max_length=40), _OneLine]
Text = Annotated[str, Field(min_length=1, max_length=4000)]
CertificateNo = Annotated[str, Field(min_length=1, max_length=80), _OneLine]
OrganisationRef = Annotated[str, Field(min_length=1, max_length=80), _OneLine]
CitedStandard = Annotated[str, Field(min_length=1, max_length=MAX_WRITTEN_LENGTH), _OneLine]
Restriction = Annotated[str, Field(min_length=1, max_length=2000)]
Telephone = Annotated[str, Field(min_length=5, max_length=40, pattern=r"^[+0-9(（][0-9 ()（）\-转,;/+]*$")]
Email = Annotated[str, Field(max_length=254, pattern=r"^[^@\s]{1,64}@[^@\s]+\.[^@\s]+$"), _OneLine]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.-]{0,63}$")]
Codes = Annotated[list[Code], Field(max_length=20), AfterValidator(_each_once)]
RegionCode = Annotated[str, Field(pattern=r"^[0-9]{6}$", description="GB/T 2260 code", examples=["330100"])]
Day = Annotated[date, Field(ge=EARLIEST, le=LATEST)]
Trl = Annotated[int, Field(ge=1, le=9, description="technology readiness level, GB/T 22900")]
Quantity = Annotated[float, Field(ge=0, le=1e15, allow_inf_nan=False)]
Url = Annotated[str, Field(max_length=500, pattern=r"^https?://[^\s<>\"]+$"), _OneLine]
StandardNumber = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_WRITTEN_LENGTH,
        description="in any spelling; kept in canonical form, also where the vocabulary does not know it",
        examples=["GB/T 2423.17-2008"],
    ),
    AfterValidator(_canonical_standard),
]
Money = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{1,12}(\.[0-9]{1,2})?$",
        description="CNY as a decimal string; kept with two decimals",
        examples=["3000.00"],
    ),
    AfterValidator(_two_decimals),
]


class RangeDocument(Given):
    """A range of values: `text` as it is written, or ends in one `unit`, both included; an end left out is open.

    A grade or code (`IP67`, `V-0`) is a text. What could be read in two ways is refused.
    """

    text: Annotated[str, Field(min_length=1, max_length=120), _OneLine] | None = Field(
        default=None,
        description="as written; not together with the others",
        examples=["(-40～85)℃"],
    )
    min: float | None = Field(default=None, allow_inf_nan=False)
    max: float | None = Field(default=None, allow_inf_nan=False)
    unit: Word | None = Field(default=None, examples=["℃"])

    def read(self) -> Range:
        """Return the range. Raises RangeRefused."""
        if self.text is None:
            return _physical(range_of(self.min, self.max, self.unit))
        if (self.min, self.max, self.unit) != (None, None, None):
            raise RangeRefused(
                "range_ambiguous",
                "text 与 min、max、unit 不能同时给出",
                "text does not go together with min, max and unit",
            )
        return read_grade(self.text) or parse_range(self.text)

    @model_validator(mode="after")
    def _is_readable(self) -> "RangeDocument":
        try:
            self.read()
        except RangeRefused as refused:
            raise invalid_value(refused.kind, refused.zh, refused.en) from None
        return self


def _physical(found: Range) -> Range:
    if found.dimension == "[temperature]" and min(found.lo or 0, found.hi or 0) < 0:
        raise RangeRefused("not_a_number", "低于绝对零度", "below absolute zero")
    return found


def in_order(low: T | None, high: T | None, names: tuple[str, str]) -> None:
    """Refuse a lower value above the upper one; what is left out is in order."""
    if low is not None and high is not None and low > high:  # type: ignore[operator]
        raise invalid_value(
            "not_in_order",
            f"{names[0]} 不能大于 {names[1]}",
            f"{names[0]} must not be above {names[1]}",
        )
