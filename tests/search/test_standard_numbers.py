import json
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.standard_numbers import (
    StandardNumber,
    find_standard_numbers,
    fold,
    parse_standard_number,
    standard_key,
)

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
WRITTEN_FORMS = SHARED / "imports" / "written_forms.json"

READ = [
    # written, canonical, base, year, clause
    ("GB/T 10125-2021", "GB/T 10125-2021", "GB/T 10125", 2021, None),
    ("GBT10125-2021", "GB/T 10125-2021", "GB/T 10125", 2021, None),
    ("gb t 10125", "GB/T 10125", "GB/T 10125", None, None),
    ("gb/t 4208—2017", "GB/T 4208-2017", "GB/T 4208", 2017, None),
    ("GB／T ４２０８－２０１７", "GB/T 4208-2017", "GB/T 4208", 2017, None),
    ("GB/T 228.1一2021", "GB/T 228.1-2021", "GB/T 228.1", 2021, None),
    ("GB/T 228.1 - 2021", "GB/T 228.1-2021", "GB/T 228.1", 2021, None),
    ("GB/T 228.1:2021", "GB/T 228.1-2021", "GB/T 228.1", 2021, None),
    ("GB\\T 228.1——2021", "GB/T 228.1-2021", "GB/T 228.1", 2021, None),
    ("GB-T-228.1-2021", "GB/T 228.1-2021", "GB/T 228.1", 2021, None),
    ("GB∕T 228·1-2021", "GB/T 228.1-2021", "GB/T 228.1", 2021, None),
    ("GB/T 17626-4-2018", "GB/T 17626.4-2018", "GB/T 17626.4", 2018, None),
    ("《GB/T 228.1-2021》。", "GB/T 228.1-2021", "GB/T 228.1", 2021, None),
    ("\ufeffGB/T 228.1\u200b-2021", "GB/T 228.1-2021", "GB/T 228.1", 2021, None),
    ("GB/T 228.1—2021 金属材料 拉伸试验", "GB/T 228.1-2021", "GB/T 228.1", 2021, None),
    ("《金属材料 拉伸试验》（GB/T 228.1-2021）", "GB/T 228.1-2021", "GB/T 228.1", 2021, None),
    ("国家标准：GB 4943.1—2022", "GB 4943.1-2022", "GB 4943.1", 2022, None),
    ("按照GB/T 228.1", "GB/T 228.1", "GB/T 228.1", None, None),
    ("GB 38031（2020）", "GB 38031-2020", "GB 38031", 2020, None),
    ("GB38031 2020年版", "GB 38031-2020", "GB 38031", 2020, None),
    ("GB/T 1040.2-2022 第9.3条", "GB/T 1040.2-2022", "GB/T 1040.2", 2022, "9.3"),
    ("GB/T 10125-2021 5.2", "GB/T 10125-2021", "GB/T 10125", 2021, "5.2"),
    ("GB/T 9254.1-2021 附录A", "GB/T 9254.1-2021", "GB/T 9254.1", 2021, "附录A"),
    ("GB 5009.12-2023（第一法）", "GB 5009.12-2023", "GB 5009.12", 2023, "第一法"),
    ("GJB 548C-2021 方法2001", "GJB 548C-2021", "GJB 548C", 2021, "方法2001"),
    ("GB/T 2423.1-2008（IEC 60068-2-1:2007，IDT）", "GB/T 2423.1-2008", "GB/T 2423.1", 2008, None),
    ("GB50016-87", "GB 50016-1987", "GB 50016", 1987, None),
    ("GB 18030-2005", "GB 18030-2005", "GB 18030", 2005, None),
    ("GB/Z 20985", "GB/Z 20985", "GB/Z 20985", None, None),
    ("GBZ/T 160.1—2004", "GBZ/T 160.1-2004", "GBZ/T 160.1", 2004, None),
    ("GJB151B—2013", "GJB 151B-2013", "GJB 151B", 2013, None),
    ("GJB/Z 299C-2006", "GJB/Z 299C-2006", "GJB/Z 299C", 2006, None),
    ("国军标150.16A", "GJB 150.16A", "GJB 150.16A", None, None),
    ("YYT0681.1—2018", "YY/T 0681.1-2018", "YY/T 0681.1", 2018, None),
    ("yy0505-2012", "YY 0505-2012", "YY 0505", 2012, None),
    ("NB/SH/T 0164-2019", "NB/SH/T 0164-2019", "NB/SH/T 0164", 2019, None),
    ("NY 525-2021", "NY 525-2021", "NY 525", 2021, None),
    ("JTG/T F20-2015", "JTG/T F20-2015", "JTG/T F20", 2015, None),
    ("TSG D7003-2022", "TSG D7003-2022", "TSG D7003", 2022, None),
    ("CECS 13:2009", "CECS 13:2009", "CECS 13", 2009, None),
    ("DB 31/T 652—2012", "DB31/T 652-2012", "DB31/T 652", 2012, None),
    ("DB3302/T 1105-2019", "DB3302/T 1105-2019", "DB3302/T 1105", 2019, None),
    ("t/cecs10001-2019", "T/CECS 10001-2019", "T/CECS 10001", 2019, None),
    ("Q/GDW 10738-2020", "Q/GDW 10738-2020", "Q/GDW 10738", 2020, None),
    ("Q/11AB 0002S-2020", "Q/11AB 0002S-2020", "Q/11AB 0002S", 2020, None),
    ("ISO6892-1：2019", "ISO 6892-1:2019", "ISO 6892-1", 2019, None),
    ("ISO 10791-7-2020", "ISO 10791-7:2020", "ISO 10791-7", 2020, None),
    ("ISO 105-B02:2014(E)", "ISO 105-B02:2014", "ISO 105-B02", 2014, None),
    ("iso/ iec  27001", "ISO/IEC 27001", "ISO/IEC 27001", None, None),
    ("ISO TS 15066:2016", "ISO/TS 15066:2016", "ISO/TS 15066", 2016, None),
    ("ISO/IEC/TR 24029-1:2021", "ISO/IEC TR 24029-1:2021", "ISO/IEC TR 24029-1", 2021, None),
    ("ISO 9227 Corrosion tests", "ISO 9227", "ISO 9227", None, None),
    ("IEC 62368-1:2018+AMD1:2020", "IEC 62368-1:2018", "IEC 62368-1", 2018, None),
    ("EN 301 489-1 V2.2.3", "EN 301 489-1", "EN 301 489-1", None, None),
    ("DIN EN ISO 6892-1:2020-06", "DIN EN ISO 6892-1:2020", "DIN EN ISO 6892-1", 2020, None),
    ("BS EN IEC 60068-2-1", "BS EN IEC 60068-2-1", "BS EN IEC 60068-2-1", None, None),
    ("CISPR25", "CISPR 25", "CISPR 25", None, None),
    ("JIS Z2371-2015", "JIS Z 2371:2015", "JIS Z 2371", 2015, None),
    ("astm b 117-19", "ASTM B117-19", "ASTM B117", 2019, None),
    ("ASTM A370-97a", "ASTM A370-97a", "ASTM A370", 1997, None),
    ("ASTM D7264／D7264M—21", "ASTM D7264/D7264M-21", "ASTM D7264/D7264M", 2021, None),
    ("ASTM D3039-17(2022)", "ASTM D3039-17(2022)", "ASTM D3039", 2017, None),
    ("JESD 22-A108G", "JESD22-A108G", "JESD22-A108", None, None),
    ("JESD78F", "JESD78F", "JESD78", None, None),
    ("mil std 810h Method 514.8", "MIL-STD-810H", "MIL-STD-810", None, "Method 514.8"),
    ("UL1642", "UL 1642", "UL 1642", None, None),
    ("UN38.3.4", "UN 38.3", "UN 38.3", None, "38.3.4"),
    ("SAE J1926_201503", "SAE J1926_201503", "SAE J1926", 2015, None),
    ("DO-178C", "RTCA DO-178C", "RTCA DO-178C", None, None),
    ("AEC Q200 Rev D", "AEC-Q200", "AEC-Q200", None, None),
    ("IPC-TM-650 2.6.3", "IPC-TM-650", "IPC-TM-650", None, "2.6.3"),
    ("J-STD-020E", "J-STD-020E", "J-STD-020", None, None),
    ("ANSI/ESDA/JEDEC JS-002-2022", "ANSI/ESDA/JEDEC JS-002-2022", "ANSI/ESDA/JEDEC JS-002", 2022, None),
    ("《中国药典》2020年版四部通则0931", "ChP 通则0931", "ChP 通则0931", 2020, None),
    ("ICHQ2(R2)", "ICH Q2(R2)", "ICH Q2(R2)", None, None),
    ("USP<1207>", "USP <1207>", "USP <1207>", None, None),
    ("FDA 21 CFR Part 11", "21 CFR 11", "21 CFR 11", None, None),
]

NOT_READ = (
    """
021-55556666|2026-11-30|Q345B|316L|7075-T651|ABS-GF20|IPX7|GB2312|GB18030|GBK|UTF-16/GB18030|DO-41
DO-214AC|UN1263|TRL 9|ISO 8级|ISO 7|ISO 800|ISO认证|HB 200|HB240|16GB|DB9|DB25|SUS304|HRB400|DN50
MT6580|WS2812B|GA102|DL380|CH340|SJ-100|API SN|SAE 5W-30|IPC-610|IEC C13|EN-US|en 2020|CNAS L1234
GBW 08502|GB/T|GB|PM2.5|RoHS 2.0|AISI 304|ADC12|Form 483|GB/T 2423.17-20081|GB/T 2423.17-1
GB/T 2423.17-08|GB/T 2423.17-2008-1|GB/T 2423 17|GB/T 2423. 17-2008|GB/T 2423系列|GB/T 2423.1~2423.4
GB/T 4802.1-2008、GB/T 4802.2-2008|GB/T 228.1-2021等|GB/T 228.1-2021或ISO 6892-1|IEC/EN 61010-1
代替GB/T 2423.17-1993|不适用GB/T 2423.17|UL94 V-0|ISO 2768-mK|国标2423.17|通则1101|xGB/T 2423
GB/T 2423.17 2008|企业自定方法
""".replace("\n", "|")
    .strip("|")
    .split("|")
)


@pytest.mark.parametrize(("written", "canonical", "base", "year", "clause"), READ)
def test_a_number_in_any_spelling_is_read(
    written: str, canonical: str, base: str, year: int | None, clause: str | None
) -> None:
    assert parse_standard_number(written) == StandardNumber(canonical, base, year, clause)


@pytest.mark.parametrize("written", NOT_READ)
def test_what_is_no_sure_standard_gives_nothing(written: str) -> None:
    assert parse_standard_number(written) is None


@pytest.mark.parametrize("canonical", sorted({case[1] for case in READ}))
def test_a_canonical_number_reads_as_itself(canonical: str) -> None:
    read = parse_standard_number(canonical)
    assert read is not None
    assert read.canonical == canonical


def test_a_text_beyond_a_sensible_length_is_no_number() -> None:
    assert parse_standard_number("GB/T 2410-2008" + "附" * 300) is None


FOUND = [
    ("动力电池过充 按GB38031—2020做", ["GB 38031-2020"]),
    ("gbt2423.17盐雾", ["GB/T 2423.17"]),
    ("符合GB/T 2423.1、2423.2-2008", ["GB/T 2423.1", "GB/T 2423.2-2008"]),
    ("GB/T 4208-2017、10125-2021、3件", ["GB/T 4208-2017", "GB/T 10125-2021"]),
    ("GB/T 2423.1~2423.4-2008", ["GB/T 2423.1", "GB/T 2423.4-2008"]),
    ("GB/T 2423.1-2008/IEC 60068-2-1:2007", ["GB/T 2423.1-2008", "IEC 60068-2-1:2007"]),
    ("按GB/T 2423.1 -40℃ 低温", ["GB/T 2423.1"]),
    ("GB/T 228.1 10 kN", ["GB/T 228.1"]),
    ("1.GB/T 228.1-2021 2.iso 9227.", ["GB/T 228.1-2021", "ISO 9227"]),
    ("eVTOL 适航 FHA DO-178C 咨询", ["RTCA DO-178C"]),
    ("阻燃UL94 V-0级", ["UL 94"]),
    ("车规AEC-Q100 Grade 1，JESD22-A104F温循", ["AEC-Q100", "JESD22-A104F"]),
    ("无菌 《中国药典》2020年版通则1101", ["ChP 通则1101"]),
    ("加样 10 ul 94 度变性，内存16GB 2400", []),
    ("洁净室ISO 8级，ISO 800感光", []),
    ("电话0571-88886666，2025-03-01，STM32F103C8T6", []),
    ("见www.gb688.cn，UTF-8/GB18030", []),
    ("GB/T 2423 17 或 GB/T 2423.17-20081", []),
    ("", []),
]


@pytest.mark.parametrize(("text", "numbers"), FOUND)
def test_the_certain_numbers_of_a_text_are_found(text: str, numbers: list[str]) -> None:
    assert [found.number.canonical for found in find_standard_numbers(text)] == numbers


def test_offsets_are_those_of_the_given_text() -> None:
    text = "按\u200bＧＢ／Ｔ 2423．17\u200b－2008 做，和𠮷 ISO 9227"
    spans = [text[found.start : found.end] for found in find_standard_numbers(text)]
    assert spans == ["ＧＢ／Ｔ 2423．17\u200b－2008", "ISO 9227"]


@pytest.mark.parametrize(
    ("number", "key"),
    [
        ("GB/T 2423.17", "gb/t2423.17"),
        ("ISO/IEC TS 4213:2022", "iso/iects4213:2022"),
        ("ＧＢ／Ｔ 2423.17", "gb/t2423.17"),
    ],
)
def test_the_key_is_compact(number: str, key: str) -> None:
    assert standard_key(number) == key


ALPHABET = st.sampled_from(
    [
        *"GBTISOEC/-.:：—～、 一《》()（）0123456789年版第章",
        "GB/T ",
        "2423.17",
        "-2008",
        "ISO/IEC ",
        "idt",
        "\u200b",
        "药典",
        "EN ",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(ALPHABET, max_size=60).map("".join))
def test_found_numbers_are_ordered_inside_the_text_and_read_as_themselves(text: str) -> None:
    end = 0
    for found in find_standard_numbers(text):
        assert end <= found.start < found.end <= len(text)
        end = found.end
        assert found.number.canonical.startswith(found.number.base)
        assert parse_standard_number(found.number.canonical) is not None


@given(st.text(max_size=60))
def test_folding_keeps_every_offset(text: str) -> None:
    assert len(fold(text)) == len(text)


@settings(max_examples=200)
@given(
    st.sampled_from(["GB", "GB/T", "YY/T", "QC/T", "HJ", "NB/T", "GBZ/T", "DB33/T", "T/ZZB"]),
    st.integers(1000, 99999),
    st.none() | st.integers(1, 99),
    st.none() | st.integers(1950, 2039),
    st.tuples(
        st.sampled_from(["{}", " {} ", "（{}）", "{}。", "\ufeff{}", "按{}"]),
        st.sampled_from(["-", "—", "－", " - ", "一"]),
        st.booleans(),
    ),
)
def test_every_spelling_of_a_made_up_number_is_the_same_number(
    series: str, main: int, part: int | None, year: int | None, style: tuple[str, str, bool]
) -> None:
    frame, dash, lower = style
    base = f"{series} {main}" + (f".{part}" if part else "")
    written = base + (f"{dash}{year}" if year else "")
    written = frame.format(written.lower() if lower else written)
    canonical = f"{base}-{year}" if year else base
    assert parse_standard_number(written) == StandardNumber(canonical, base, year)


@pytest.mark.parametrize(
    "seed",
    [
        "GB/T ",
        "GB/T 2423.17-",
        "ISO/IEC/",
        "《",
        "国家",
        "GB ",
        "-",
        " ",
        "ISO 1-1-1",
        "GB/T 2423.1、2423.2、",
        "EN-EN-",
        "(idt ",
    ],
)
def test_time_grows_in_proportion_to_the_text(seed: str) -> None:
    def cost(length: int) -> float:
        text = (seed * (length // len(seed) + 1))[:length]
        started = process_time()
        find_standard_numbers(text)
        return process_time() - started

    small = min(cost(2_000) for _ in range(5))
    large = min(cost(20_000) for _ in range(5))
    assert large < 40 * small + 0.005, "ten times the text may cost about ten times the work"


needs_shared_data = pytest.mark.skipif(not WRITTEN_FORMS.exists(), reason="the shared data are not present")


def _truth() -> list[dict[str, Any]]:
    if not WRITTEN_FORMS.exists():
        return []
    cases: list[dict[str, Any]] = json.loads(WRITTEN_FORMS.read_text("utf-8"))["standard_cases"]["cases"]
    return cases


@needs_shared_data
@pytest.mark.parametrize("case", _truth(), ids=lambda case: case["written"])
def test_the_written_forms_read_as_the_truth_says(case: dict[str, Any]) -> None:
    read = parse_standard_number(case["written"])
    allowed = [(answer["canonical"], answer["base"], answer["year"]) for answer in (case, *case["also"])]
    if case["verdict"] == "not_standard" or (case["verdict"] == "either" and read is None):
        assert read is None
        return
    assert read is not None
    assert (read.canonical, read.base, read.year) in allowed
    if case["clause"]:
        assert read.clause == case["clause"]


def _numbers_of(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_numbers_of, value))
    if not isinstance(value, dict):
        return set()
    keys = ("number", "base_number", "standard", "old", "new", "adopts")
    named = {value[key] for key in keys if isinstance(value.get(key), str)}
    return named.union(*map(_numbers_of, value.values()))


@needs_shared_data
def test_every_number_of_the_vocabulary_and_the_demo_data_reads_as_itself() -> None:
    files = [
        SHARED / "standards.json",
        SHARED / "standard_relations.json",
        *sorted((SHARED / "demo").glob("*.json")),
    ]
    numbers = set().union(*(_numbers_of(json.loads(file.read_text("utf-8"))) for file in files))
    assert len(numbers) > 800
    assert [n for n in sorted(numbers) if getattr(parse_standard_number(n), "canonical", None) != n] == []


@needs_shared_data
def test_base_and_year_are_those_of_the_vocabulary() -> None:
    standards = json.loads((SHARED / "standards.json").read_text("utf-8"))["standards"]
    read = [parse_standard_number(standard["number"]) for standard in standards]
    assert [(n.base, n.year) if n else None for n in read] == [
        (s["base_number"], s["year"]) for s in standards
    ]
