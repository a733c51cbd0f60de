"""The series of standards: for each, how its numbers are written and what the canonical form is.

A reader gets the folded text (see `search.standard_numbers.fold`) and the offset of the letters that open
a number; it answers the number with the offset behind it, or None when the text is not surely one.
Everything is bounded, so reading is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from search.standard_reading import END, SPACE, YEAR, Reader, Reading, edition, pattern
from search.standard_series_chinese import MILITARY_WORD, chinese_heads, read_military_word

# International and European standards.

_ADOPTERS = ("BS", "DIN", "NF", "UNE", "UNI", "NEN", "CSN")
_PUBLISHERS = ("ISO", "IEC", "CISPR", "IEEE", "ASTM", "SAE", "CIE")
_ORGANISATION = "|".join(("ETSI", "prEN", "EN", *_ADOPTERS, *_PUBLISHERS))
_CHAIN = re.compile(
    rf"(?:(?:{'|'.join(_ADOPTERS)}) )?(?:EN )?(?:ISO(?:/IEC(?:/IEEE)?|/IEEE|/ASTM|/SAE|/CIE)?|IEC(?:/IEEE)?|CISPR)"
    rf"|(?:(?:{'|'.join(_ADOPTERS)}) )?EN|ETSI EN|prEN|BS|DIN"
)
_JOINT = rf"(?:{SPACE}/{SPACE}|[ ]{{1,2}}|-)"
_TYPE = "TS|TR|PAS|GUIDE|FDIS|DIS|IWA"
_AMENDMENTS = (
    rf"(?:{SPACE}[+/]{SPACE}(?:AMD|AM|AC|A|CORR|COR|C)[ .]{{0,2}}\d{{0,2}}(?![A-Za-z0-9])"
    rf"(?:{SPACE}:{SPACE}{YEAR}(?:-\d\d)?)?){{0,4}}(?:[ ]CSV{END})?"
)
_INTERNATIONAL = pattern(
    rf"(?P<chain>(?:{_ORGANISATION})(?:{_JOINT}(?:{_ORGANISATION})(?![A-Za-z])){{0,3}})"
    rf"(?:{_JOINT}(?P<type>{_TYPE})(?![A-Za-z]))?{SPACE}-?"
    r"(?P<number>(?:\d{3}[ ]\d{3}(?!\d)|\d{1,6})(?:-(?:\d{1,3}[A-Z]?|[A-Z]{1,2}\d{1,3})(?![A-Za-z0-9])){0,4})"
    rf"(?:{SPACE}[-:]{SPACE}(?P<year>{YEAR})(?!\d)(?:-(?:0[1-9]|1[0-2])(?!\d))?)?{_AMENDMENTS}"
)
_FILM_SPEEDS = {str(50 * 2**n) for n in range(12)}


def _publisher(chain: str, kind: str | None) -> str | None:
    """Return the canonical publisher of a written chain, `bs en iso/ iec` -> `BS EN ISO/IEC`."""
    words = [word.upper() for word in re.split(r"[ /-]+", chain)]
    name = ""
    for index, word in enumerate(words):
        shown = "prEN" if word == "PREN" else word
        both_publish = index > 0 and word in _PUBLISHERS and words[index - 1] in _PUBLISHERS
        name += ("/" if both_publish else " " if index else "") + shown
    if _CHAIN.fullmatch(name) is None or (re.search(r"/", chain) is None) != ("/" not in name):
        return None
    if kind is None:
        return name
    kind = "Guide" if kind.upper() == "GUIDE" else kind.upper()
    return f"{name}/{kind}" if name == "ISO" and kind != "Guide" else f"{name} {kind}"


def _international(text: str, start: int, whole: bool) -> Reading | None:
    found = _INTERNATIONAL.match(text, start)
    publisher = _publisher(found["chain"], found["type"]) if found else None
    if found is None or publisher is None:
        return None
    number, end = found["number"].upper(), found.end()
    if " " in number and not publisher.endswith("EN"):
        return None
    year = int(found["year"]) if found["year"] else None
    if year is None and (stated := edition(text, end)):
        year, end = stated
    bare = year is None and "-" not in number and " " not in number
    if bare and not _bare_number_is_sure(publisher, number, found, whole):
        return None
    base = f"{publisher} {number}"
    return Reading(base if year is None else f"{base}:{year}", base, year, end)


def _bare_number_is_sure(publisher: str, number: str, found: re.Match[str], whole: bool) -> bool:
    """Tell a number without part and year from a cleanliness class, a film speed or a common word."""
    if publisher == "ISO":
        return number not in _FILM_SPEEDS and len(number) >= (2 if whole else 3)
    if publisher in {"EN", "BS", "DIN"}:
        shouted = found["chain"].isupper() or (whole and len(number) >= 5)
        return shouted and len(number) >= (3 if whole or publisher != "BS" else 4)
    return publisher == "CISPR" or len(number) >= 3


# American, military, aviation and electronics standards.

_ASTM = pattern(
    rf"ASTM[ -]{{0,2}}(?P<first>[A-G]){SPACE}(?P<number>\d{{1,4}}M?)"
    rf"(?:/(?P<metric>[A-G]\d{{1,4}}M){END}|(?![A-Za-z0-9]))"
    rf"(?:{SPACE}-{SPACE}(?P<year>{YEAR}|\d\d)(?P<suffix>[a-e]?(?:e\d)?){END}"
    rf"(?:{SPACE}\((?P<again>{YEAR})(?P<mark>e\d)?\))?)?"
)


def _astm(text: str, start: int, _whole: bool) -> Reading | None:
    found = _ASTM.match(text, start)
    if found is None:
        return None
    base = f"ASTM {found['first'].upper()}{found['number'].upper()}"
    base += f"/{found['metric'].upper()}" if found["metric"] else ""
    if not found["year"]:
        return Reading(base, base, None, found.end())
    short = int(found["year"][-2:])
    year = int(found["year"]) if len(found["year"]) == 4 else short + (1900 if short >= 40 else 2000)
    canonical = f"{base}-{short:02}{found['suffix'].lower()}"
    canonical += f"({found['again']}{(found['mark'] or '').lower()})" if found["again"] else ""
    return Reading(canonical, base, year, found.end())


def _built(expression: str, build: Callable[[re.Match[str]], tuple[str, str, int | None] | None]) -> Reader:
    """Make a reader of one expression and a function to (canonical, base, year)."""
    compiled = pattern(expression)

    def read(text: str, start: int, _whole: bool) -> Reading | None:
        found = compiled.match(text, start)
        built = build(found) if found else None
        if found is None or built is None:
            return None
        return Reading(*built, end=found.end())

    return read


def _revised(base: str, revision: str | None) -> tuple[str, str, None]:
    """Return a number whose last letter is the revision, which the base does not have."""
    return base + (revision or "").upper(), base, None


def _plain(base: str, year: str | None, mark: str = "-") -> tuple[str, str, int | None]:
    return (f"{base}{mark}{year}", base, int(year)) if year else (base, base, None)


_jesd = _built(
    rf"(?:JEDEC[ -]{{1,2}})?JESD{SPACE}(?P<series>\d{{1,3}})(?:-?(?P<test>[A-C]\d{{2,3}})|-(?P<part>\d{{1,2}}))?"
    rf"(?P<revision>[A-Z])?{END}",
    lambda m: _revised(
        f"JESD{m['series']}"
        + (f"-{m['test'].upper()}" if m["test"] else "")
        + (f"-{m['part']}" if m["part"] else ""),
        m["revision"],
    ),
)
_mil = _built(
    rf"MIL[ -]{{0,2}}(?P<kind>STD|HDBK|PRF|DTL)[ -]{{0,2}}(?P<number>\d{{2,5}})(?P<revision>[A-Z])?{END}",
    lambda m: _revised(f"MIL-{m['kind'].upper()}-{m['number']}", m["revision"]),
)
_jstd = _built(
    rf"(?P<org>(?:IPC|ECA|JEDEC)(?:{SPACE}/{SPACE}(?:JEDEC|IPC|ECA))?[ -]{{1,2}})?J-STD-(?P<number>\d{{3}})"
    rf"(?P<revision>[A-Z])?{END}",
    lambda m: _revised(
        re.sub(r"[ -]+$|(?<=/) +| +(?=/)", "", (m["org"] or "").upper())
        + (" " if m["org"] else "")
        + f"J-STD-{m['number']}",
        m["revision"],
    ),
)
_ipc = _built(
    rf"IPC[ -]{{1,2}}(?P<number>(?:[A-Z]{{1,2}}-)\d{{3,4}}|\d{{4}})(?P<revision>[A-Z])?{END}",
    lambda m: _revised(f"IPC-{m['number'].upper()}", m["revision"]),
)
_esd = _built(
    rf"(?:ANSI{SPACE}/{SPACE})?(?:ESDA{SPACE}/{SPACE}JEDEC|ESDA|JEDEC)[ -]{{1,2}}JS-(?P<number>00\d)"
    rf"(?:{SPACE}[-:]{SPACE}(?P<year>{YEAR}))?{END}",
    lambda m: _plain(f"ANSI/ESDA/JEDEC JS-{m['number']}", m["year"]),
)
_ansi = _built(
    rf"ANSI(?P<joint>/ESD)?[ -](?P<number>[A-Z]{{1,2}}\d{{1,3}}(?:\.\d{{1,3}}){{1,2}})(?:-(?P<year>{YEAR}))?{END}",
    lambda m: _plain(f"ANSI{(m['joint'] or '').upper()} {m['number'].upper()}", m["year"]),
)
_aec = _built(
    rf"AEC[ -]{{0,2}}Q[ -]{{0,1}}(?P<number>\d{{3}})(?P<part>-\d{{3}})?"
    rf"(?:(?P<revision>[A-Z])|[ -]{{1,2}}REV[ .-]{{1,2}}[A-Z])?{END}",
    lambda m: _revised(f"AEC-Q{m['number']}{m['part'] or ''}", m["revision"]),
)
_UL = pattern(rf"UL(?P<gap>[ -]{{0,2}})(?P<number>\d{{2,5}}(?:-\d{{1,2}}){{0,3}}){END}")


def _ul(text: str, start: int, whole: bool) -> Reading | None:
    """Read a UL number; in running text `10 ul 94 度` is a volume, so small letters need to touch it."""
    found = _UL.match(text, start)
    if found is None or (not whole and found["gap"] and text[start : start + 2] != "UL"):
        return None
    base = f"UL {found['number']}"
    return Reading(base, base, None, found.end())


_UN = pattern(rf"UN{SPACE}(?:/{SPACE}DOT{SPACE})?38\.3(?P<clause>\.\d)?{END}")


def _un(text: str, start: int, _whole: bool) -> Reading | None:
    found = _UN.match(text, start)
    if found is None:
        return None
    clause = f"38.3{found['clause']}" if found["clause"] else None
    return Reading("UN 38.3", "UN 38.3", None, found.end(), clause)


def _sae_number(found: re.Match[str]) -> tuple[str, str, int | None]:
    base = f"SAE {found['series'].upper()}{found['number'].upper()}"
    if found["issued"]:
        return f"{base}_{found['issued']}", base, int(found["issued"][:4])
    return _plain(base, found["year"], found["mark"] or "")


_sae = _built(
    rf"SAE[ -]{{1,2}}(?P<series>J|ARP|AIR|AMS|AS){SPACE}(?P<number>\d{{2,5}}(?:[/-]\d{{1,3}}(?!\d))?[A-Z]?)"
    rf"(?:_(?P<issued>{YEAR}(?:0[1-9]|1[0-2]))|(?P<mark>[-:])(?P<year>{YEAR}))?{END}",
    _sae_number,
)
_DO_NUMBERS = "160|178|200|254|278|297|311|326|330|331|332|333|355|356|362|365|366|377"
_rtca = _built(
    rf"(?:RTCA{SPACE}[/-]?{SPACE}DO[ -]{{0,2}}(?P<number>\d{{3}}[A-Z]?)|DO-(?P<known>(?:{_DO_NUMBERS})[A-Z]?)){END}",
    lambda m: _revised(f"RTCA DO-{(m['number'] or m['known']).upper()}", None),
)
_cnas = _built(
    rf"CNAS-(?P<number>(?:CL|RL|GL|AL|TRL)\d{{2,3}}(?:-[A-Z]\d{{2,3}})?)(?::(?P<year>{YEAR}))?{END}",
    lambda m: _plain(f"CNAS-{m['number'].upper()}", m["year"], ":"),
)
_jis = _built(
    rf"JIS[ -]{{1,2}}(?P<division>[A-Z]){SPACE}(?P<number>\d{{4,5}}(?:-\d{{1,3}}(?!\d)){{0,3}})"
    rf"(?:{SPACE}[-:]{SPACE}(?P<year>{YEAR}))?{END}",
    lambda m: _plain(f"JIS {m['division'].upper()} {m['number']}", m["year"], ":"),
)
_numbered = _built(
    rf"(?P<org>IEEE|AATCC|NFPA|FMVSS)(?:[ ]STD)?[. -]{{1,3}}(?P<number>\d{{2,5}}(?:\.\d{{1,2}}){{0,2}}[A-Z]?)"
    rf"(?:{SPACE}[-:]{SPACE}(?P<year>{YEAR}))?{END}",
    lambda m: _plain(f"{m['org'].upper()} {m['number'].upper()}", m["year"]),
)

# Medicines and law.

_PHARMACOPOEIA = pattern(
    rf"(?:《?(?:中国|中华人民共和国)药典》?|ChP){SPACE}[(,，]?{SPACE}"
    rf"(?:(?P<year>{YEAR}){SPACE}(?:年?版)?{SPACE}[)]?{SPACE}[,，]?)?{SPACE}"
    rf"(?:第?[一二三四]部)?[,，]?{SPACE}通则{SPACE}[<(〈]?(?P<number>\d{{4}})[>)〉]?(?!\d)"
)


def _pharmacopoeia(text: str, start: int, _whole: bool) -> Reading | None:
    found = _PHARMACOPOEIA.match(text, start)
    if found is None:
        return None
    year, end = (int(found["year"]) if found["year"] else None), found.end()
    if year is None and (stated := edition(text, end)):
        year, end = stated
    base = f"ChP 通则{found['number']}"
    return Reading(base, base, year, end)


_usp = _built(
    rf"USP{SPACE}[<〈]{SPACE}(?P<number>\d{{1,4}}(?:\.\d)?){SPACE}[>〉]",
    lambda m: (f"USP <{m['number']}>", f"USP <{m['number']}>", None),
)


def _ich_guideline(found: re.Match[str]) -> tuple[str, str, None]:
    number = f"ICH {found['topic'].upper()}"
    number += f"(R{found['revision']})" if found["revision"] else ""
    return number, number, None


_ich = _built(
    rf"ICH[ -]{{0,2}}(?P<topic>[QSEM]\d{{1,2}}[A-F]?)"
    rf"(?:{SPACE}\({SPACE}R(?P<revision>\d){SPACE}\)|(?![A-Za-z0-9]))",
    _ich_guideline,
)


def _regulation(found: re.Match[str]) -> tuple[str, str, None] | None:
    number = f"{found['title']} CFR {found['part']}"
    return (number, number, None) if 1 <= int(found["title"]) <= 50 else None


_cfr = _built(
    rf"(?:FDA{SPACE})?(?P<title>\d{{1,2}}){SPACE}C\.?F\.?R\.?{SPACE}(?:PARTS?|§)?{SPACE}"
    rf"(?P<part>\d{{1,4}}(?:\.\d{{1,4}})?){END}",
    _regulation,
)


def _heads() -> dict[str, tuple[Reader, ...]]:
    """Return the readers by the letters (upper case) that open a number of theirs."""
    heads = chinese_heads()
    heads |= dict.fromkeys(("ETSI", "PREN", "EN", *_ADOPTERS, "ISO", "IEC", "CISPR"), (_international,))
    heads |= {
        "ASTM": (_astm,), "JESD": (_jesd,), "JEDEC": (_jesd, _esd, _jstd), "MIL": (_mil,), "MILSTD": (_mil,),
        "J": (_jstd,), "ECA": (_jstd,), "IPC": (_jstd, _ipc), "ESDA": (_esd,), "ANSI": (_esd, _ansi),
        "AEC": (_aec,), "AECQ": (_aec,), "UL": (_ul,), "UN": (_un,), "SAE": (_sae,), "RTCA": (_rtca,),
        "DO": (_rtca,), "CNAS": (_cnas,), "JIS": (_jis,), "CHP": (_pharmacopoeia,), "USP": (_usp,),
        "ICH": (_ich,), "ICHQ": (_ich,), "ICHS": (_ich,), "ICHE": (_ich,), "ICHM": (_ich,), "FDA": (_cfr,),
    }  # fmt: skip
    heads |= dict.fromkeys(("IEEE", "AATCC", "NFPA", "FMVSS"), (_numbered,))
    return heads


HEADS = _heads()
WORD_HEADS: dict[str, tuple[Reader, ...]] = {
    MILITARY_WORD: (read_military_word,),
    "中国药典": (_pharmacopoeia,),
    "中华人民共和国药典": (_pharmacopoeia,),
}
HEAD = re.compile(
    r"[A-Za-z]+|(?<![A-Za-z0-9])\d{1,2} {0,3}(?=[Cc]\.?[Ff]\.?[Rr])|国军标|中国药典|中华人民共和国药典"
)
NUMBER_HEAD: tuple[Reader, ...] = (_cfr,)
