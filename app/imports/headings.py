"""Finding the table: which row has the headings, and what stands under each of them.

Headings are those of accreditation attachments (CNAS testing and calibration, CMA), of our template, and English
ones; brackets, spaces, marks and a second language beside the first do not matter. Source: the columns named in
the accreditation bodies' attachment forms.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from app.imports.faults import FaultKind, FileRefused
from app.imports.rows import Cell, NumberCell


class Column(StrEnum):
    """What a column can hold: of scope lines, and behind them of services and equipment."""

    SITE = "site"
    OBJECT = "object"
    PARAMETER = "parameter"
    STANDARD = "standard"
    STANDARD_TITLE = "standard_title"
    STANDARD_YEAR = "standard_year"
    CLAUSE = "clause"
    RANGE_MIN = "range_min"
    RANGE_MAX = "range_max"
    RANGE = "range"
    UNIT = "unit"
    RESTRICTION = "restriction"
    EFFECTIVE_DATE = "effective_date"

    FUNCTION = "function"
    TITLE = "title"
    TITLE_EN = "title_en"
    FIELD = "field"
    DESCRIPTION = "description"
    DESCRIPTION_EN = "description_en"
    TERM = "term"
    PRICE = "price"
    PRICE_KIND = "price_kind"
    PRICE_MIN = "price_min"
    PRICE_MAX = "price_max"
    PRICE_UNIT = "price_unit"
    LEAD_TIME = "lead_time_days"
    CAPACITY = "monthly_capacity"
    TRL = "trl"
    ENTRY_TRL = "entry_trl"
    EXIT_TRL = "exit_trl"
    VOUCHER = "voucher_accepted"
    DELIVERABLES = "deliverables"
    BATCH_MIN = "batch_min"
    BATCH_MAX = "batch_max"
    BATCH_UNIT = "batch_unit"

    NAME = "name"
    MODEL = "model"
    SPECS = "specs"
    MAKER = "maker"
    QUANTITY = "quantity"


LABELS: Mapping[Column, tuple[str, str]] = {
    Column.SITE: ("场所", "Site"),
    Column.OBJECT: ("检测对象", "Object"),
    Column.PARAMETER: ("项目/参数", "Parameter"),
    Column.STANDARD: ("标准编号", "Standard"),
    Column.STANDARD_TITLE: ("标准名称", "Standard title"),
    Column.STANDARD_YEAR: ("年号", "Year"),
    Column.CLAUSE: ("条款", "Clause"),
    Column.RANGE_MIN: ("范围下限", "Range min"),
    Column.RANGE_MAX: ("范围上限", "Range max"),
    Column.RANGE: ("测量范围", "Range"),
    Column.UNIT: ("单位", "Unit"),
    Column.RESTRICTION: ("限制范围", "Restriction"),
    Column.EFFECTIVE_DATE: ("生效日期", "Effective date"),
}
"""Headings of the template of scope lines, zh and en."""

NEEDED = (Column.OBJECT, Column.PARAMETER, Column.STANDARD)

_ALIASES: Mapping[Column, str] = {
    Column.SITE: """
        场所 检测场所 检测地点 检测场所/地点 场所/地点 地点 实验室地址 校准地点 试验地点 场所名称
        实验室场所 site location testsite testlocation laboratory premises laboratorysite sitename
    """,
    Column.OBJECT: """
        检测对象 对象 检测产品 检测产品/对象 产品/对象 检测对象/产品 检测对象/样品 样品/产品 产品名称
        产品 样品名称 样品 测量仪器名称 测量仪器 仪器名称 被校仪器名称 被测对象 校准对象 检定对象
        计量器具名称 计量器具 检测对象名称 试验对象 测试对象 类别 产品类别 检测类别 对象类别 object
        testobject objectoftest objecttested objectundertest testeditem product productname item
        testitem sample instrument measuringinstrument material materialorproduct productormaterial
    """,
    Column.PARAMETER: """
        项目/参数 检测项目/参数 参数/项目 项目参数 检测项目 检测参数 项目 参数 参数名称 项目名称
        项目/参数名称 检测项目名称 检测参数名称 试验项目 测试项目 被测量/校准参量 校准参量 被测量
        校准参数 参量 产品/项目/参数 产品/项目/参数名称 校准项目 检定项目 检测项目/参数名称 parameter
        testparameter parameters item/parameter parameter/item testitem/parameter test testname
        property characteristic measurand quantity parametername calibrationparameter
    """,
    Column.STANDARD: """
        标准编号 标准号 标准 检测标准 检测方法 检测标准编号 标准/方法 检测标准/方法 方法编号 方法标准
        标准方法 校准规范 检定规程 校准规范编号 规范编号 标准代号 执行标准 检测依据 依据标准 依据 方法
        标准编号及年号 标准号及年号 方法标准号 标准编号/年号 标准/方法编号 试验标准 测试标准 试验方法
        检测方法标准 检测方法编号 依据的标准 依据的标准/方法 依据标准编号 标准规范编号 standard
        standardno standardnumber standard/method method methodno methodnumber testmethod teststandard
        standardcode testmethodstandard specification referencestandard standardormethod standardid
    """,
    Column.STANDARD_TITLE: """
        标准名称 方法名称 标准方法名称 标准/方法名称 规范名称 检测标准名称 标准题名 校准规范名称
        检测方法名称 依据标准名称 标准规范名称 standardtitle standardname title titleofstandard
        methodname methodtitle nameofstandard
    """,
    Column.STANDARD_YEAR: """
        年号 年代号 标准年号 标准年代号 版本年号 发布年份 standardyear yearofstandard edition year
    """,
    Column.CLAUSE: """
        条款 条款号 章节 章条号 标准条款 条款/章节 章节/条款 章节号 标准条款号 方法条款 条款编号
        检测条款 方法章节 clause clauses clauseno clausenumber section subclause
    """,
    Column.RANGE_MIN: """
        范围下限 下限 最小值 测量下限 量程下限 检测下限值 测量范围下限 检测范围下限 范围最小值 rangemin
        min minimum lowerlimit rangefrom from lower low rangelow lowerend rangelower rangeminimum
        minrange minvalue measuringrangemin
    """,
    Column.RANGE_MAX: """
        范围上限 上限 最大值 测量上限 量程上限 检测上限值 测量范围上限 检测范围上限 范围最大值 rangemax
        max maximum upperlimit rangeto to upper high rangehigh upperend rangeupper rangemaximum
        maxrange maxvalue measuringrangemax
    """,
    Column.RANGE: """
        测量范围 范围 检测范围 量程 范围/量程 量程范围 校准范围 测试范围 试验范围 参数范围
        测量范围/量程 量程/范围 range measuringrange measurementrange testrange rangeofmeasurement
    """,
    Column.UNIT: """
        单位 计量单位 范围单位 量纲 测量单位 量程单位 unit units unitofmeasure unitofmeasurement
        rangeunit
    """,
    Column.RESTRICTION: """
        限制范围 限制 说明 备注 限制说明 限制/说明 说明/限制 限制范围/说明 限制范围及说明
        限制范围或说明 限制条件 能力限制 附注 注 例外 限制内容 限定范围 restriction restrictions
        limitation limitations remark remarks note notes comment comments limits exclusions exclusion
        exceptions restrictedto restriction/note scopelimitation
    """,
    Column.EFFECTIVE_DATE: """
        生效日期 生效时间 生效日 能力生效日期 批准日期 启用日期 effectivedate effectivefrom validfrom
        dateeffective dateofeffect effective startdate
    """,
}


@dataclass(frozen=True, eq=False)
class Headings:
    """The columns of one kind of table: their usual names, and every heading under which they are found.

    `needed`: without them there is no table. `telling`: a row with none of them and at most two cells is no data.
    `many`: columns that may stand several times.
    """

    labels: Mapping[Column, tuple[str, str]]
    aliases: Mapping[Column, str]
    needed: Sequence[Column]
    telling: Sequence[Column]
    many: frozenset[Column] = frozenset()
    by_heading: Mapping[str, tuple[Column, int]] = field(init=False)

    def __post_init__(self) -> None:
        found = {name: (column, rank) for column, names in self.aliases.items()
                 for rank, name in enumerate(names.split())}  # fmt: skip
        object.__setattr__(self, "by_heading", found)

    def missing(self) -> FileRefused:
        """Return the refusal of a file without these headings."""
        zh, en = ([self.labels[column][lang] for column in self.needed] for lang in (0, 1))
        return FileRefused(FaultKind.HEADING_MISSING, f"至少需要 {'、'.join(zh)}", f"needed: {', '.join(en)}")


SCOPE_LINES = Headings(
    labels=LABELS,
    aliases=_ALIASES,
    needed=NEEDED,
    telling=(Column.PARAMETER, Column.STANDARD),
    many=frozenset([Column.RESTRICTION]),
)

_LONGEST_HEADING = 80
_LOWER = frozenset(["序号", "编号", "代码", "名称", "代号", "号", "no", "name", "code", "number", "id"])
"""What else may stand under a heading, such as 序号 and 名称 under 项目/参数."""
_OTHER_FIGURES = re.compile(
    r"价|费|不确定度|检出限|定量限|误差|精度|price|fee|cost|uncertainty|detection|accuracy"
)
"""Upper headings under which limits and units are not those of the range."""
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_MARKS = re.compile(r"[*:#\"'★☆●]+")
_STANDARD_WITH_TITLE = re.compile(
    r"(?:标准|方法|规范|依据|规程).*(?:名称.*(?:编号|代号|标准号)|(?:编号|代号).*名称)"
)


@lru_cache(maxsize=8192)
def plain(heading: str) -> str:
    """Return a heading without what does not matter: width, case, spaces, marks."""
    text = _MARKS.sub("", unicodedata.normalize("NFKC", heading).lower())
    return re.sub(r"[\s_\-.\u200b\ufeff]+", "", text).replace("、", "/").replace("或", "/").replace("\\", "/")


@lru_cache(maxsize=8192)
def column_of(heading: str, known: Headings = SCOPE_LINES) -> tuple[Column, int] | None:
    """Return what a heading names, and how far it is from the first choice; None for headings we do not read."""
    if len(heading) > 2 * _LONGEST_HEADING:
        return None
    text = plain(heading)
    if not text or len(text) > _LONGEST_HEADING:
        return None
    bare = _BRACKETS.sub("", text)
    han = re.sub(r"[^\u4e00-\u9fff/]", "", bare).strip("/")
    latin = re.sub(r"[\u4e00-\u9fff]", "", bare).strip("/")
    for form in dict.fromkeys(
        (text, bare, han, latin if not han else "", text.replace("(", "").replace(")", ""))
    ):
        if form in known.by_heading:
            return known.by_heading[form]
    if _STANDARD_WITH_TITLE.search(bare):
        return Column.STANDARD, 50
    return None


def unit_in(heading: str) -> str | None:
    """Return what stands in the last brackets of a heading, or behind a stroke: `测量范围(mm)`, `下限/kV`."""
    text = unicodedata.normalize("NFKC", heading).strip()
    found = re.search(r"[(\[]([^()\[\]]{1,20}(?:\([^()]*\))?)[)\]]\s*$", text) or re.search(
        r"[/,]\s*([^/,]{1,12})$", text
    )
    return found.group(1).strip() if found else None


@dataclass(slots=True)
class Table:
    """Where the columns of a table stand. `extras` are columns with other headings, kept for what they say."""

    heading_rows: tuple[int, ...]
    columns: dict[Column, list[int]]
    labels: dict[int, str]
    width: int
    units: dict[int, str] = field(default_factory=dict)
    """Candidates for units said in headings, by column index."""
    in_english: bool = False
    known: Headings = SCOPE_LINES

    def label(self, column: Column) -> str:
        """Return the heading of a column as it stands in the file, or its usual name where it has none."""
        places = self.columns.get(column)
        if places:
            return self.labels[places[0]]
        return self.known.labels[column][1 if self.in_english else 0]

    def is_heading_again(self, cells: Mapping[int, Cell]) -> bool:
        """Tell whether a row repeats the headings, as printed pages do."""
        same = other = 0
        for index, cell in cells.items():
            if (
                isinstance(cell, str)
                and len(cell) <= _LONGEST_HEADING
                and plain(cell) == plain(self.labels.get(index, ""))
            ):
                same += 1
            else:
                other += 1
                if other > len(cells) // 2:
                    return False
        return same >= 3 and same * 2 >= len(cells)


def heading_score(cells: Mapping[int, Cell], known: Headings = SCOPE_LINES) -> int:
    """Return how many different columns the cells of a row name; 0 where the needed ones are not among them."""
    named = {
        found[0] for cell in cells.values() if isinstance(cell, str) and (found := column_of(cell, known))
    }
    return len(named) if named.issuperset(known.needed) else 0


def find_table(
    rows: Iterable[tuple[int, Mapping[int, Cell], int]], *, fill_right: bool, known: Headings = SCOPE_LINES
) -> Table | None:
    """Find the headings among the first rows: (number, cells, width) each. None where there are none.

    Headings may take two rows: `范围` over `下限`, `上限`, `单位`. `fill_right`: an empty cell behind a heading
    belongs to it, as in a merged cell. Raises FileRefused for a heading that stands twice.
    """
    looked_at = list(rows)
    best: Table | None = None
    for place, (number, cells, width) in enumerate(looked_at):
        if _score_of_texts(cells, known) < 2:
            continue
        below = looked_at[place + 1] if place + 1 < len(looked_at) else None
        row = (number, cells, width)
        table = _two_rows(row, below, known, fill_right=fill_right) or _one_row(number, cells, width, known)
        if table is not None and (best is None or len(table.columns) > len(best.columns)):
            best = table
    if best is not None:
        _refuse_duplicates(best)
    return best


def _score_of_texts(cells: Mapping[int, Cell], known: Headings) -> int:
    return sum(isinstance(cell, str) and column_of(cell, known) is not None for cell in cells.values())


def _one_row(number: int, cells: Mapping[int, Cell], width: int, known: Headings) -> Table | None:
    return _table((number,), {index: _text(cell) for index, cell in cells.items()}, width, known)


def _two_rows(
    above: tuple[int, Mapping[int, Cell], int],
    below: tuple[int, Mapping[int, Cell], int] | None,
    known: Headings,
    *,
    fill_right: bool,
) -> Table | None:
    """Read two rows as one heading each: the upper text counts for empty cells on its right that have a lower one."""
    if below is None or below[0] != above[0] + 1 or not below[1]:
        return None
    if not all(isinstance(cell, str) and _is_lower_heading(cell, known) for cell in below[1].values()):
        return None
    headings: dict[int, str] = {}
    last = ""
    for index in range(max([*above[1], *below[1]], default=-1) + 1):
        top, sub = _text(above[1].get(index)), _text(below[1].get(index))
        last = top or (last if sub and fill_right else "")
        headings[index] = _joined(last, sub, known)
    return _table(
        (above[0], below[0]),
        {index: text for index, text in headings.items() if text},
        max(above[2], below[2]),
        known,
    )


def _is_lower_heading(text: str, known: Headings) -> bool:
    return plain(text) in _LOWER or column_of(text, known) is not None


def _joined(top: str, sub: str, known: Headings) -> str:
    """Return the heading of two cells: the lower one where it says what the column is, else both together."""
    if not top or not sub or plain(top) == plain(sub):
        return top or sub
    both = column_of(top + sub, known)
    if both:
        return top + sub
    if column_of(sub, known):
        return top + sub if _OTHER_FIGURES.search(plain(top)) else sub
    return (
        sub
        if re.search(r"序号|编号|代码|^no", plain(sub))
        else (top if plain(sub) in {"名称", "name"} else top + sub)
    )


def _text(cell: Cell) -> str:
    if isinstance(cell, NumberCell):
        return cell.shown
    return cell.strip() if isinstance(cell, str) else ""


def _table(rows: tuple[int, ...], headings: Mapping[int, str], width: int, known: Headings) -> Table | None:
    found: dict[Column, list[tuple[int, int]]] = {}
    for index, heading in headings.items():
        if named := column_of(heading, known):
            found.setdefault(named[0], []).append((named[1], index))
    if not set(found).issuperset(known.needed):
        return None
    columns = {
        column: _places(ranked, headings, every=column in known.many) for column, ranked in found.items()
    }
    used = {index for places in columns.values() for index in places}
    return Table(
        heading_rows=rows,
        columns=columns,
        labels={index: heading.strip() for index, heading in headings.items() if heading.strip()},
        width=width,
        units={index: unit for index in used if (unit := unit_in(headings[index]))},
        in_english=not any(re.search(r"[\u4e00-\u9fff]", headings[index]) for index in used),
        known=known,
    )


def _places(ranked: list[tuple[int, int]], headings: Mapping[int, str], *, every: bool) -> list[int]:
    """Return where a column stands: every place, or that of the best name and its exact repetitions."""
    if every:
        return [index for _, index in sorted(ranked, key=lambda pair: pair[1])]
    best = plain(headings[min(ranked)[1]])
    return [index for _, index in sorted(ranked) if plain(headings[index]) == best]


def _refuse_duplicates(table: Table) -> None:
    for places in table.columns.values():
        names = [plain(table.labels[index]) for index in places]
        if len(set(names)) != len(names):
            twice = table.labels[places[0]]
            raise FileRefused(FaultKind.DUPLICATE_HEADING, twice, twice)
