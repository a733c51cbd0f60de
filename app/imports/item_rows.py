"""One row of a list of services or equipment to its document, or to everything that is wrong with it.

Several rows may make one service: the first has it whole, each further one with the same title and function adds a
capability or a fee. Pure: what is known comes as parameters.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from difflib import get_close_matches
from math import ceil
from typing import BinaryIO, TypeVar

from pydantic import ValidationError

from app.imports.cited import read_cited
from app.imports.faults import Fault, FaultKind, fault
from app.imports.headings import Column
from app.imports.item_headings import EQUIPMENT, SERVICES
from app.imports.prices import read_prices
from app.imports.reading import Outcome, Reading, read_records
from app.imports.rows import Cell, Limits
from app.imports.scope_lines import Record
from app.imports.scope_ranges import RangeFault, read_scope_range
from app.imports.sources import open_source
from app.imports.texts import CellFault, text_of
from app.listing.document_types import RangeDocument
from app.listing.documents import (
    CapabilityDocument,
    EquipmentDocument,
    PriceOptionDocument,
    ServiceDocument,
)
from app.vocabulary.names import Names
from app.vocabulary.ranges import Range
from app.vocabulary.rules import normal_form

DocumentT = TypeVar("DocumentT")
_LONG, _SHORT, _UNIT = 2000, 200, 40
_DURATION = re.compile(
    r"(\d{1,4})\s*个?\s*(工作日|working days?|天|日|自然日|days?|周|星期|weeks?|)", re.IGNORECASE
)
_TRL = re.compile(r"(?:TRL\s*)?([1-9])(?:\s*[-~～—至到]\s*(?:TRL\s*)?([1-9]))?\s*级?", re.IGNORECASE)
_YES = frozenset(["是", "yes", "y", "true", "√", "✓", "接受", "支持", "可", "1"])
_NO = frozenset(["否", "no", "n", "false", "×", "不接受", "不支持", "0"])
_BEYOND_NAME = ((Column.RANGE, "测量范围"), (Column.MAKER, "生产厂家"), (Column.QUANTITY, "数量"))


class Vocabulary:
    """Codes of functions, fields and terms by every name they have."""

    def __init__(self, names: Names) -> None:
        self.functions = _by_name(names.functions)
        self.fields = _by_name(names.fields)
        self.terms = _by_name(names.terms)
        for code, forms in names.term_names.items():
            for form in forms:
                self.terms.setdefault(form, code)


def _by_name(codes: Mapping[str, object]) -> dict[str, str]:
    found: dict[str, str] = {}
    for code, name in codes.items():
        for text in (code, getattr(name, "zh", None), getattr(name, "en", None)):
            if text:
                found.setdefault(normal_form(text), code)
    return found


class _Row:
    """Collects the faults of a row while its cells are read."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.faults: list[Fault] = []

    def add(self, column: Column, kind: FaultKind, shown: str = "", nearest: str | None = None) -> None:
        label = self.record.label(column)
        self.faults.append(fault(self.record.number, label, kind, shown=shown, nearest=nearest))

    def text(self, column: Column, longest: int = _SHORT) -> str | None:
        try:
            return text_of(self.record.cells.get(column), longest)
        except CellFault as found:
            self.add(column, found.kind, found.shown, found.nearest)
            return None

    def needed(self, column: Column, missing: FaultKind) -> str:
        before = len(self.faults)
        text = self.text(column)
        if text is None and len(self.faults) == before:
            self.add(column, missing)
        return text or ""

    def code(self, column: Column, codes: Mapping[str, str], unknown: FaultKind, written: str) -> str | None:
        form = normal_form(written)
        if form in codes:
            return codes[form]
        nearest = get_close_matches(form, codes, n=1, cutoff=0.5)
        self.add(column, unknown, written, codes[nearest[0]] if nearest else None)
        return None

    def whole(self, column: Column) -> int | None:
        text = self.text(column)
        if text is None:
            return None
        if not re.fullmatch(r"\d{1,7}", text):
            self.add(column, FaultKind.INVALID_VALUE, text)
            return None
        return int(text)

    def number(self, column: Column) -> float | None:
        text = self.text(column)
        if text is None:
            return None
        if not re.fullmatch(r"\d{1,12}(?:\.\d{1,6})?", text):
            self.add(column, FaultKind.NOT_A_NUMBER, text)
            return None
        return float(text)


# Equipment.


def read_equipment(
    file: BinaryIO, *, name: str, media_type: str, sheet: str | None, limits: Limits
) -> Reading[EquipmentDocument]:
    """Read a list of equipment as a stream. Raises FileRefused, also while the outcomes are gone through."""
    seen: dict[tuple[str, str], int] = {}

    def judge(record: Record, cells: Mapping[int, Cell]) -> Outcome[EquipmentDocument]:
        row = _Row(record)
        title = row.needed(Column.NAME, FaultKind.MISSING_NAME)
        model, specs = row.text(Column.MODEL), row.text(Column.SPECS, _LONG)
        more = [
            f"{label}：{text}" for column, label in _BEYOND_NAME if (text := row.text(column)) is not None
        ]
        earlier = seen.setdefault((normal_form(title), normal_form(model or "")), record.number)
        if earlier != record.number and not row.faults:
            row.faults.append(_again(record, Column.NAME, earlier))
        if row.faults:
            return Outcome(record.number, None, tuple(row.faults), cells)
        said = "；".join(part for part in (specs, *more) if part)
        values = {"name_zh": title, "model": model, "specs_zh": said or None}
        return _checked(record, cells, lambda: EquipmentDocument.model_validate(values))

    source = open_source(file, name=name, media_type=media_type, sheet=sheet, limits=limits)
    return read_records(source, EQUIPMENT, judge)


def _again(record: Record, column: Column, earlier: int) -> Fault:
    kind = FaultKind.DUPLICATE_IN_FILE
    return fault(record.number, record.label(column), kind, shown=str(earlier), earlier_row=earlier)


def _checked(record: Record, cells: Mapping[int, Cell], make: Callable[[], DocumentT]) -> Outcome[DocumentT]:
    try:
        return Outcome(record.number, make(), (), cells)
    except ValidationError as error:
        first = error.errors()[0]
        shown = f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
        return Outcome(
            record.number, None, (fault(record.number, None, FaultKind.INVALID_VALUE, shown=shown),), cells
        )


# Services.


def read_services(
    file: BinaryIO, vocabulary: Vocabulary, *, name: str, media_type: str, sheet: str | None, limits: Limits
) -> Reading[ServiceDocument]:
    """Read a list of services as a stream. A document may still grow by later rows, until the file is over.

    Raises FileRefused, also while the outcomes are gone through.
    """
    earlier: dict[tuple[str, str], tuple[int, ServiceDocument]] = {}

    def judge(record: Record, cells: Mapping[int, Cell]) -> Outcome[ServiceDocument]:
        row = _Row(record)
        values = _service(row, vocabulary)
        if row.faults:
            return Outcome(record.number, None, tuple(row.faults), cells)
        outcome = _checked(record, cells, lambda: ServiceDocument.model_validate(values))
        if outcome.line is None:
            return outcome
        key = normal_form(outcome.line.title_zh), outcome.line.function
        number, first = earlier.setdefault(key, (record.number, outcome.line))
        if first is outcome.line:
            return outcome
        return _joined(record, cells, number, first, outcome.line)

    source = open_source(file, name=name, media_type=media_type, sheet=sheet, limits=limits)
    return read_records(source, SERVICES, judge)


def _joined(
    record: Record, cells: Mapping[int, Cell], number: int, first: ServiceDocument, more: ServiceDocument
) -> Outcome[ServiceDocument]:
    """Add the capability and the fees of a further row to its service; anything else it says must agree."""
    said = more.model_dump(exclude={"capabilities", "price_options"}, exclude_defaults=True)
    there = first.model_dump(exclude={"capabilities", "price_options"})
    if any(there[name] != value for name, value in said.items()):
        kind = FaultKind.CONFLICTING_DUPLICATE
        found = fault(record.number, record.label(Column.TITLE), kind, shown=str(number), earlier_row=number)
        return Outcome(record.number, None, (found,), cells)
    capabilities = [one for one in more.capabilities if one not in first.capabilities]
    prices = [one for one in more.price_options if one not in first.price_options]
    if not capabilities and not prices:
        return Outcome(record.number, None, (_again(record, Column.TITLE, number),), cells)
    first.capabilities.extend(capabilities)
    first.price_options.extend(prices)
    return Outcome(record.number, None, (), cells, joined_to=number)


def _service(row: _Row, vocabulary: Vocabulary) -> dict[str, object]:
    title = row.needed(Column.TITLE, FaultKind.MISSING_TITLE)
    written = row.needed(Column.FUNCTION, FaultKind.MISSING_FUNCTION)
    function = (
        row.code(Column.FUNCTION, vocabulary.functions, FaultKind.UNKNOWN_FUNCTION, written)
        if written
        else None
    )
    entry, leave = _trl(row)
    return {
        "title_zh": title,
        "function": function,
        "title_en": row.text(Column.TITLE_EN),
        "description_zh": row.text(Column.DESCRIPTION, _LONG),
        "description_en": row.text(Column.DESCRIPTION_EN, _LONG),
        "fields": _fields(row, vocabulary),
        "batch_min": row.number(Column.BATCH_MIN),
        "batch_max": row.number(Column.BATCH_MAX),
        "batch_unit": row.text(Column.BATCH_UNIT, _UNIT),
        "entry_trl": entry,
        "exit_trl": leave,
        "lead_time_days": _days(row),
        "monthly_capacity": row.whole(Column.CAPACITY),
        "voucher_accepted": _voucher(row),
        "deliverables_zh": row.text(Column.DELIVERABLES, _LONG),
        "capabilities": _capabilities(row, vocabulary),
        "price_options": _prices(row),
    }


def _fields(row: _Row, vocabulary: Vocabulary) -> list[str]:
    text = row.text(Column.FIELD)
    parts = [] if text is None else [part.strip() for part in re.split(r"[;；、,，/]", text) if part.strip()]
    codes = (row.code(Column.FIELD, vocabulary.fields, FaultKind.UNKNOWN_FIELD, part) for part in parts)
    return list(dict.fromkeys(code for code in codes if code is not None))


def _trl(row: _Row) -> tuple[int | None, int | None]:
    found: list[int | None] = [None, None]
    for column, place in ((Column.TRL, 0), (Column.ENTRY_TRL, 0), (Column.EXIT_TRL, 1)):
        text = row.text(column)
        if text is None:
            continue
        read = _TRL.fullmatch(text)
        if read is None or (read[2] and column is not Column.TRL) or (column is Column.TRL and not read[2]):
            row.add(column, FaultKind.INVALID_VALUE, text)
            continue
        found[place] = int(read[1])
        if read[2]:
            found[1] = int(read[2])
    return found[0], found[1]


def _days(row: _Row) -> int | None:
    """Read a lead time in calendar days; five working days are a week."""
    text = row.text(Column.LEAD_TIME)
    if text is None:
        return None
    read = _DURATION.fullmatch(text)
    if read is None:
        row.add(Column.LEAD_TIME, FaultKind.DURATION_UNCLEAR, text)
        return None
    count, unit = int(read[1]), read[2].lower()
    if unit.startswith(("工作", "working")):
        return ceil(count * 7 / 5)
    return count * 7 if unit.startswith(("周", "星期", "week")) else count


def _voucher(row: _Row) -> bool | None:
    text = row.text(Column.VOUCHER)
    if text is None:
        return None
    if text.lower() in _YES | _NO:
        return text.lower() in _YES
    row.add(Column.VOUCHER, FaultKind.INVALID_VALUE, text)
    return None


def _capabilities(row: _Row, vocabulary: Vocabulary) -> list[dict[str, object]]:
    term = row.text(Column.TERM)
    code = None if term is None else row.code(Column.TERM, vocabulary.terms, FaultKind.UNKNOWN_TERM, term)
    obj, parameter, standard = row.text(Column.OBJECT), row.text(Column.PARAMETER), _standard(row)
    found = _range(row)
    for label, cell in row.record.restrictions:
        if cell is not None and str(cell).strip():
            row.faults.append(fault(row.record.number, label, FaultKind.CANNOT_BE_KEPT, shown=str(cell)))
    if not any((code, obj, parameter, standard, found)):
        return []
    in_range = None if found is None else _range_document(found)
    capability: dict[str, object] = {
        "term": code,
        "object": obj,
        "parameter": parameter,
        "standard": standard,
        "range": in_range,
    }
    if row.faults:
        return []
    try:
        CapabilityDocument.model_validate(capability)
    except ValidationError:
        row.add(Column.PARAMETER, FaultKind.MISSING_PARAMETER)
        return []
    return [capability]


def _standard(row: _Row) -> str | None:
    text = row.text(Column.STANDARD, 300)
    if text is None:
        return None
    try:
        cited = read_cited(text)
    except CellFault as found:
        row.add(Column.STANDARD, found.kind, found.shown, found.nearest)
        return None
    if cited.clause or cited.restriction or cited.title:
        row.add(Column.STANDARD, FaultKind.CANNOT_BE_KEPT, text, cited.number.canonical)
    return cited.number.canonical


def _range(row: _Row) -> Range | None:
    try:
        return read_scope_range(row.record.cells, row.record.heading_units or {})
    except RangeFault as found:
        row.add(found.column, found.kind, found.shown, found.nearest)
        return None


def _range_document(found: Range) -> dict[str, object]:
    if found.written is not None:
        return RangeDocument(text=found.written).model_dump()
    return RangeDocument(min=found.min, max=found.max, unit=found.unit).model_dump()


def _prices(row: _Row) -> list[dict[str, object]]:
    text = row.text(Column.PRICE)
    given = [row.text(column) for column in (Column.PRICE_KIND, Column.PRICE_MIN, Column.PRICE_MAX)]
    if text is None:
        return [] if not any(given) else _price_of_columns(row)
    if any(given):
        row.add(Column.PRICE, FaultKind.PRICE_UNCLEAR, text)
        return []
    unit = row.text(Column.PRICE_UNIT, _UNIT)
    try:
        prices = read_prices(text, heading=row.record.label(Column.PRICE))
    except CellFault as found:
        row.add(Column.PRICE, found.kind, found.shown)
        return []
    return [_option(price.kind.value, price.min_cny, price.max_cny, price.unit or unit) for price in prices]


def _price_of_columns(row: _Row) -> list[dict[str, object]]:
    """Read a fee from its own columns; the kind follows from the figures and must agree where it is said."""
    low, high = row.number(Column.PRICE_MIN), row.number(Column.PRICE_MAX)
    kind = "negotiable" if low is None and high is None else "range" if high not in (None, low) else "from"
    said = row.text(Column.PRICE_KIND)
    if said is not None:
        named = _KINDS.get(normal_form(said))
        if named is None or (named != kind and not (named == "fixed" and kind == "from")):
            row.add(Column.PRICE_KIND, FaultKind.PRICE_UNCLEAR, said)
            return []
        kind = named
    if kind != "negotiable" and low is None:
        row.add(Column.PRICE_MIN, FaultKind.PRICE_UNCLEAR)
        return []
    return [_option(kind, _money(low), _money(high), row.text(Column.PRICE_UNIT, _UNIT))]


_KINDS = {
    **dict.fromkeys(("固定价", "固定", "fixed"), "fixed"),
    **dict.fromkeys(("起价", "from"), "from"),
    **dict.fromkeys(("区间价", "区间", "range"), "range"),
    **dict.fromkeys(("面议", "协商", "negotiable"), "negotiable"),
}


def _money(amount: float | None) -> Decimal | None:
    return None if amount is None else Decimal(str(amount))


def _option(kind: str, low: Decimal | None, high: Decimal | None, unit: str | None) -> dict[str, object]:
    option = PriceOptionDocument.model_validate(
        {
            "kind": kind,
            "min_cny": None if low is None else f"{low:.2f}",
            "max_cny": None if high is None else f"{high:.2f}",
            "unit_zh": unit,
        }
    )
    return option.model_dump(mode="json")
