"""Whether a scope line covers one value, in SQL: a twin of `app.vocabulary.ranges.covers`, held to it by tests."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB

from app.models import metadata
from app.vocabulary.ranges import Range

_LINE = metadata.tables["scope_line"].c


def states_range(dimensions: Collection[int], asked: Range) -> ColumnElement[bool]:
    """The line states a range or grades in the dimension of the value; never null."""
    same = [_LINE.range_dimension_id.is_not(None), _LINE.range_dimension_id.in_(dimensions)]
    if asked.grades is not None:
        return and_(*same, _LINE.range_grades.is_not(None))
    has_end = or_(_LINE.range_low.is_not(None), _LINE.range_high.is_not(None))
    return and_(*same, _LINE.range_grades.is_(None), has_end)


def covers_value(asked: Range, dialect: str) -> ColumnElement[bool]:
    """The range of a line that states one in the value's dimension holds the value (one number or one grade)."""
    if asked.grades is not None:
        return and_(*(_names_grade(grade, dialect) for grade in asked.grades))
    low, high = _LINE.range_low, _LINE.range_high
    return and_(
        or_(low.is_(None), low < asked.lo, and_(low == asked.lo, ~_LINE.range_low_open)),
        or_(high.is_(None), high > asked.hi, and_(high == asked.hi, ~_LINE.range_high_open)),
    )


def _names_grade(grade: str, dialect: str) -> ColumnElement[bool]:
    if dialect == "postgresql":
        return type_coerce(_LINE.range_grades, JSONB).contains([grade])
    each = func.json_each(_LINE.range_grades).table_valued("value")
    return exists(select(each.c.value).where(each.c.value == grade))
