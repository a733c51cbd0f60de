"""Number formats of a workbook: which cells show a date, a share in per cent, decimals or a unit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.imports.packages import Package


@dataclass(frozen=True, slots=True)
class Style:
    """How a number is shown. `decimals`: fixed figures behind the point; `suffix`: text behind the number."""

    is_date: bool = False
    is_percent: bool = False
    decimals: int | None = None
    suffix: str = ""


GENERAL = Style()
_BUILT_IN: Mapping[int, Style] = {
    **dict.fromkeys((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)), Style(is_date=True)),
    2: Style(decimals=2),
    4: Style(decimals=2),
    9: Style(is_percent=True),
    10: Style(is_percent=True),
}
_NUMBER_WITH_TEXT = re.compile(r"(?:[#,]*0(?:\.[0#?]+)?|General)(?P<text>(?:\"[^\"]*\"|\\.| )+)(?:_.)?")


def style_of(code: str) -> Style:
    """Read a number format code, its first section only."""
    section = code.split(";", maxsplit=1)[0]
    bare = re.sub(r"\"[^\"]*\"|\\.|\[[^\]]*\]|_.", "", section)
    if bare.lower() != "general" and re.search(r"[ymdhs]", bare.lower()):
        return Style(is_date=True)
    if "%" in bare:
        return Style(is_percent=True)
    with_text = _NUMBER_WITH_TEXT.fullmatch(re.sub(r"\[[^\]]*\]", "", section))
    if with_text:
        text = re.sub(
            r"\"([^\"]*)\"|\\(.)", lambda found: found.group(1) or found.group(2) or "", with_text["text"]
        )
        return Style(suffix=text.strip())
    fixed = re.fullmatch(r"[#,]*0\.(0+)", bare)
    return Style(decimals=len(fixed.group(1))) if fixed else GENERAL


def read_styles(package: Package, part: str) -> list[Style]:
    """Return the style of each cell format, by index."""
    codes: dict[int, str] = {}
    styles: list[Style] = []
    inside = False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        if name == "numFmt" and attributes.get("numFmtId", "").isdecimal():
            codes[int(attributes["numFmtId"])] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            inside = True
        elif name == "xf" and inside:
            number = attributes.get("numFmtId", "0")
            styles.append(_style(int(number) if number.isdecimal() else 0, codes))

    def end(name: str) -> None:
        nonlocal inside
        if name == "cellXfs":
            inside = False

    if package.has(part):
        package.parse(part, start, end)
    return styles


def _style(number: int, codes: Mapping[int, str]) -> Style:
    return style_of(codes[number]) if number in codes else _BUILT_IN.get(number, GENERAL)
