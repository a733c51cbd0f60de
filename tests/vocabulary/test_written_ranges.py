import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.vocabulary.ranges import Range, RangeRefused, parse_range
from app.vocabulary.units import canonical_unit

WRITTEN_FORMS = (
    Path(__file__).resolve().parents[2].parent / "shared" / "data" / "imports" / "written_forms.json"
)

# written, lower and upper end in the canonical unit, that unit
SPANS = [
    ("(-55～125)℃", 218.15, 398.15, "K"),
    ("－55℃至＋125℃", 218.15, 398.15, "K"),
    ("-55 to +125 °C", 218.15, 398.15, "K"),
    ("from -55 to 125 ºC", 218.15, 398.15, "K"),
    ("从-55℃到125℃", 218.15, 398.15, "K"),
    ("-55-125℃", 218.15, 398.15, "K"),
    ("−55—125℃", 218.15, 398.15, "K"),
    ("-70--20 ℃", 203.15, 253.15, "K"),
    ("(-55)~(+125)℃", 218.15, 398.15, "K"),
    ("-55 … 125 (℃)", 218.15, 398.15, "K"),
    ("(50～100)℉", 283.15, 310.927777778, "K"),
    ("温度：-55～125℃", 218.15, 398.15, "K"),
    ("between 20 and 50 N", 20, 50, "N"),
    ("2 000 N～20 000 N", 2000, 20000, "N"),
    ("2,500~25,000 N", 2500, 25000, "N"),
    ("20N～2kN", 20, 2000, "N"),
    ("30 mV~500 V", 0.03, 500, "V"),
    ("20Hz-6GHz", 20, 6e9, "Hz"),
    ("9 khz – 30 Mhz", 9e3, 3e7, "Hz"),
    ("2min～48h", 120, 172_800, "s"),
    ("5 mg～2 kg", 5e-6, 2, "kg"),
    ("2k~20k Ω", 2000, 20000, "Ω"),
    ("2×10^-4 Pa～2×10^4 Pa", 2e-4, 2e4, "Pa"),
    ("2e-4~2E4 Pa", 2e-4, 2e4, "Pa"),
    ("10⁵～10⁹ Ω", 1e5, 1e9, "Ω"),
    ("(2～20)×10³ Pa", 2000, 20000, "Pa"),
    ("3万～20万次", 30_000, 200_000, "次"),
    ("(3～20)万次", 30_000, 200_000, "次"),
    ("2～5千克", 2, 5, "kg"),
    ("15%RH～95%RH", 0.15, 0.95, "1"),
    ("15%~95% RH", 0.15, 0.95, "1"),
    ("RH 15%~95%", 0.15, 0.95, "1"),
    ("0.2％～8％", 0.002, 0.08, "1"),
    ("φ(3～30)mm", 0.003, 0.03, "m"),
    ("φ3mm～φ30mm", 0.003, 0.03, "m"),
    ("3㎜～30㎜", 0.003, 0.03, "m"),
    ("3～30毫米", 0.003, 0.03, "m"),
    ("0.3~30 um", 3e-7, 3e-5, "m"),
    ("2～30吨", 2000, 30000, "kg"),
    ("2～500Nm", 2, 500, "N·m"),
    ("60～6000rpm", 1, 100, "1/s"),
    ("5～500 m/s2", 5, 500, "m/s²"),
    ("0.2～900㎡/g", 200, 900_000, "m²/kg"),
    ("(0.02～2)W/(m·K)", 0.02, 2, "W/(m·K)"),
    ("0.05mg/kg-8mg/kg", 5e-8, 8e-6, "1"),
    ("0.2~60 g/10min", 3.33333333333e-07, 1e-4, "kg/s"),
    ("HRB 25~95", 25, 95, "HRB"),
    ("HV5~900", 5, 900, "HV"),
    ("(10～600)HBW", 10, 600, "HBW"),
    ("pH 3~11", 3, 11, "pH"),
    ("-90dBm～+20dBm", -90, 20, "dBm"),
    ("0~360°", 0, 6.28318530718, "rad"),
    ("[5,50]mm", 0.005, 0.05, "m"),
    ("±15V", -15, 15, "V"),
    ("(40±3)℃", 310.15, 316.15, "K"),
    ("100V±5V", 95, 105, "V"),
    ("85±5 %RH", 0.8, 0.9, "1"),
    ("5 000 N", 5000, 5000, "N"),
    ("60~60 V", 60, 60, "V"),
    ("20kV≤U≤66kV", 20_000, 66_000, "V"),
    ("66kV≥U≥20kV", 20_000, 66_000, "V"),
]

# written, lower end, upper end, whether they are included; an open end counts as included
BOUNDS = [
    ("≦20kV", None, 20_000, True, True),
    ("<= 20 kV", None, 20_000, True, True),
    ("20kV及以下", None, 20_000, True, True),
    ("20kV以下", None, 20_000, True, True),
    ("不超过20kV", None, 20_000, True, True),
    ("max. 20 kV", None, 20_000, True, True),
    ("20 kV max", None, 20_000, True, True),
    ("U≤20kV", None, 20_000, True, True),
    ("(≤20)kV", None, 20_000, True, True),
    ("＜20kV", None, 20_000, True, False),
    ("低于20kV", None, 20_000, True, False),
    (">=20 kV", 20_000, None, True, True),
    ("不小于 20 kV", 20_000, None, True, True),
    ("20 kV及以上", 20_000, None, True, True),
    ("大于或等于20kV", 20_000, None, True, True),
    ("至少20 kV", 20_000, None, True, True),
    ("20 kV or more", 20_000, None, True, True),
    ("＞20 kV", 20_000, None, False, True),
    ("超过20kV", 20_000, None, False, True),
    ("(20, 50] kV", 20_000, 50_000, False, True),
    ("[20, 50) kV", 20_000, 50_000, True, False),
    ("20kV<U≤50kV", 20_000, 50_000, False, True),
    ("20≤U＜50kV", 20_000, 50_000, True, False),
]

REFUSED = {
    "min_greater_than_max": "125～-55℃|20 N ~ 10 N|10--20 mm|5~-5 V",
    "missing_unit": "0～500|(10~20)|1-5|±10|0571-88886666|10kV～35",
    "unit_mismatch": "10kV～20A|1 kg ~ 5 %|10 ppm~1 mg/L|1 J~5 N·m|1 Hz ~ 60 r/min|220V±10%",
    "not_a_number": "常温|全部参数|见附表|不限|#REF!|DN15~DN300|IP54~IP67|1~1e999 V|10^400 V|-300 ℃|一百~二百 N",
    "unknown_unit": "0.2Un～1.2Un|10~20 kQz|10℃℃|20~30 见说明|5~50 mpa|1~10 mhz|5 %FS",
    "range_ambiguous": "AC 0～380 V, 45Hz～1kHz|-70℃~150℃;湿度20%RH~98%RH|45/65Hz|3、5、10 kN|1~5~10 N|5～5.0.1 mm|"
    "≤3m×3m×2m|1:10~1:100|室温～300℃|≈20 mm|约20mm|20 mm~|~20 mm|NaN～5 V|0~∞ V|GB/T 2423.1-2008|"
    "2024-01-05|0~90度|(0,100) mm|=>10 V|1×10-3 Pa|±(0~10)V|DC(0～1500)V|(0.5～300)kN，1级|"
    "精度: ±0.5 mm|1..5 mm|1,5~10 kPa|50%±5%|2～10万次|100 200 mm|10kV 20kV|-40~85C|10T|5S~60S|"
    "(0~100 mm|[0~100 mm|≥5V且≤10V|不大于10kV以上|3×4 mm|10 kV/5 A|½ in|检出限0.01mg/kg",
}


@pytest.mark.parametrize(("written", "lo", "hi", "unit"), SPANS)
def test_a_written_span_is_read(written: str, lo: float, hi: float, unit: str) -> None:
    read = parse_range(written)
    assert (read.lo, read.hi, canonical_unit(read.unit).canonical) == (lo, hi, unit)
    assert (read.lo_inclusive, read.hi_inclusive) == (True, True)
    assert read.written == written


@pytest.mark.parametrize(("written", "lo", "hi", "lo_inclusive", "hi_inclusive"), BOUNDS)
def test_bounds_keep_whether_the_end_is_included(
    written: str, lo: float | None, hi: float | None, lo_inclusive: bool, hi_inclusive: bool
) -> None:
    read = parse_range(written)
    assert (read.lo, read.hi) == (lo, hi)
    assert (read.lo_inclusive, read.hi_inclusive) == (lo_inclusive, hi_inclusive)


@pytest.mark.parametrize(
    ("kind", "written"), [(kind, written) for kind, texts in REFUSED.items() for written in texts.split("|")]
)
def test_what_would_have_to_be_guessed_is_refused(kind: str, written: str) -> None:
    with pytest.raises(RangeRefused) as refused:
        parse_range(written)
    assert refused.value.kind == kind


@pytest.mark.parametrize(
    ("written", "minimum", "maximum", "unit"),
    [
        ("20N～2kN", 20, 2000, "N"),
        ("30 mV~500 V", 0.03, 500, "V"),
        ("1min～24h", 1, 1440, "min"),
        ("3万～20万次", 30_000, 200_000, "次"),
        ("0.2～900㎡/g", 0.2, 900, "m²/g"),
        ("30 M～1 GHz", 30, 1000, "MHz"),
    ],
)
def test_both_ends_are_given_in_one_unit(written: str, minimum: float, maximum: float, unit: str) -> None:
    read = parse_range(written)
    assert (read.min, read.max, read.unit) == (minimum, maximum, unit)


def test_a_span_of_classes_is_a_set() -> None:
    assert parse_range("1～3级").grades == {"1", "2", "3"}


def test_a_text_of_any_length_is_answered() -> None:
    with pytest.raises(RangeRefused) as refused:
        parse_range("1" * 121)
    assert refused.value.kind == "too_long"


SIGNS = st.sampled_from(
    [
        *"0123456789.,-+~～—±×^()[]（）≤≥<>/% ",
        "℃",
        "kV",
        "mm",
        "万",
        "次",
        "到",
        "10^3",
        "以下",
        "max",
        "φ",
        "RH",
    ]
)


@settings(max_examples=400)
@given(st.lists(SIGNS, max_size=14).map("".join) | st.text(max_size=30))
def test_any_text_is_read_or_refused_and_never_read_as_nothing(text: str) -> None:
    try:
        read = parse_range(text)
    except RangeRefused:
        return
    assert read.grades or read.lo is not None or read.hi is not None
    assert read.lo is None or read.hi is None or read.lo <= read.hi
    assert all(end is None or math.isfinite(end) for end in (read.lo, read.hi))
    assert canonical_unit(read.unit).known


@given(
    st.integers(-2000, 2000),
    st.integers(0, 2000),
    st.sampled_from(
        ["({}～{})℃", "{}℃~{}℃", "{} to {} °C", "{}℃到{}℃", "{}~{}℃", "{}-{}℃", "[{},{}]℃", "{}℃≤T≤{}℃"]
    ),
)
def test_every_way_of_writing_a_span_is_the_same_span(tenths: int, width: int, shape: str) -> None:
    low, high = tenths / 10, (tenths + width) / 10
    read = parse_range(shape.format(low, high))
    assert (read.min, read.max, read.unit) == (low, high, "℃")


def _truth() -> list[dict[str, Any]]:
    if not WRITTEN_FORMS.exists():
        return []
    cases: list[dict[str, Any]] = json.loads(WRITTEN_FORMS.read_text("utf-8"))["range_cases"]["cases"]
    return cases


def _parsed(written: str) -> Range | None:
    try:
        return parse_range(written)
    except RangeRefused:
        return None


@pytest.mark.skipif(not WRITTEN_FORMS.exists(), reason="the shared data are not present")
@pytest.mark.parametrize("case", _truth(), ids=lambda case: case["written"])
def test_the_written_forms_read_as_the_truth_says(case: dict[str, Any]) -> None:
    read = _parsed(case["written"])
    if case["verdict"] == "refuse" or (case["verdict"] == "either" and read is None):
        assert read is None
        return
    assert read is not None
    truth = case["si"]
    assert canonical_unit(read.unit).canonical == truth["unit"]
    assert [read.lo, read.hi] == [
        truth[end] and pytest.approx(truth[end], rel=1e-9) for end in ("min", "max")
    ]
    assert case["min_inclusive"] in {None, read.lo_inclusive}
    assert case["max_inclusive"] in {None, read.hi_inclusive}
