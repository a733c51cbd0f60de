import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.vocabulary import unit_definitions as definitions
from app.vocabulary.units import Unit, canonical_unit, convert, to_canonical

DEMO = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "demo"


@pytest.mark.parametrize(
    ("written", "symbol"),
    [
        ("°C", "℃"),
        ("º C", "℃"),
        ("摄氏度", "℃"),
        ("㎜", "mm"),
        ("毫米", "mm"),
        ("um", "μm"),
        ("µm", "μm"),
        ("㎡", "m²"),
        ("m2", "m²"),
        ("m^2", "m²"),
        ("平方米", "m²"),
        ("㎥/h", "m³/h"),
        ("立方厘米", "cm³"),
        ("KV", "kV"),
        ("khz", "kHz"),
        ("㎸", "kV"),
        ("Ω", "Ω"),
        ("兆帕", "MPa"),
        ("千克", "kg"),
        ("吨", "t"),
        ("Nm", "N·m"),
        ("N.m", "N·m"),
        ("N m", "N·m"),
        ("kN*m", "kN·m"),
        ("m/s2", "m/s²"),
        ("m·s⁻²", "m/s²"),
        ("W/m·K", "W/(m·K)"),
        ("W/(m.K)", "W/(m·K)"),
        ("W/m²·K", "W/(m²·K)"),
        ("rpm", "r/min"),
        ("inch", "in"),
        ("% RH", "%RH"),
        ("k Ω", "kΩ"),
        ("ml", "mL"),
        ("g/10 min", "g/10min"),
        ("吨/年", "t/年"),
        ("％", "%"),
    ],
)
def test_spellings_of_a_unit_have_one_symbol(written: str, symbol: str) -> None:
    unit = canonical_unit(written)
    assert (unit.symbol, unit.known) == (symbol, True)
    assert canonical_unit(symbol) == unit


@pytest.mark.parametrize(
    ("value", "written", "converted", "canonical"),
    [
        (0, "℃", 273.15, "K"),
        (212, "℉", 373.15, "K"),
        (32, "℉", 273.15, "K"),
        (10, "mK", 0.01, "K"),
        (35, "kV", 35_000.0, "V"),
        (0.1, "MPa", 100_000.0, "Pa"),
        (1, "mmHg", 133.322387415, "Pa"),
        (5, "L", 0.005, "m³"),
        (1, "g/10min", 1.66666666667e-06, "kg/s"),
        (1500, "m²/g", 1_500_000.0, "m²/kg"),
        (60, "r/min", 1.0, "1/s"),
        (1, "mm²/s", 1e-06, "m²/s"),
        (700, "mg/L", 0.7, "kg/m³"),
        (5, "%", 0.05, "1"),
        (20, "mg/kg", 2e-05, "1"),
        (98, "%RH", 0.98, "1"),
        (1, "Ah", 3600.0, "C"),
        (2, "万次", 20_000.0, "次"),
        (180, "°", 3.14159265359, "rad"),
        (3, "g/cm³", 3000.0, "kg/m³"),
        (2, "in", 0.0508, "m"),
        (20, "PFLOPS", 2e16, "FLOPS"),
        (5, "kGy", 5000.0, "Gy"),
        (25, "K/min", 0.416666666667, "K/s"),
        (25, "℃/min", 0.416666666667, "K/s"),
        (6, "℃", 279.15, "K"),
        (8, "HRC", 8.0, "HRC"),
        (-120, "dBm", -120.0, "dBm"),
        (2, "pH", 2.0, "pH"),
        (5, "套", 5.0, "套"),
        (1, "年", 12.0, "月"),
        (1, "Ω·cm", 0.01, "Ω·m"),
        (2, "EU/mL", 2_000_000.0, "EU/m³"),
        (3, "kVA", 3000.0, "VA"),
        (1, "bar", 100_000.0, "Pa"),
    ],
)
def test_values_convert_to_the_canonical_unit(
    value: float, written: str, converted: float, canonical: str
) -> None:
    assert to_canonical(value, written) == converted
    assert canonical_unit(written).canonical == canonical


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("%", "%RH"),
        ("%", "kg"),
        ("mg/kg", "mg/L"),
        ("mL/L", "mg/kg"),
        ("μm/m", "ppm"),
        ("με", "μm/m"),
        ("°", "℃"),
        ("N·m", "J"),
        ("Hz", "r/min"),
        ("Hz", "Bq"),
        ("Hz", "1/s"),
        ("kVA", "kW"),
        ("var", "VA"),
        ("W", "Wp"),
        ("Gy", "Sv"),
        ("g", "gn"),
        ("dBm", "dB"),
        ("dB(A)", "dB"),
        ("HRC", "HRB"),
        ("邵氏A", "邵氏D"),
        ("套", "件"),
        ("次", "台"),
        ("月", "d"),
        ("Nm³/h", "m³/h"),
        ("CFU/mL", "个/mL"),
        ("U/g", "IU/g"),
        ("IP等级", "IPX等级"),
        ("GB", "TB"),
        ("m", "m²"),
        ("kg/批", "kg"),
        ("VA", "J/s"),
    ],
)
def test_quantities_that_look_alike_are_kept_apart(one: str, other: str) -> None:
    assert canonical_unit(one).dimension != canonical_unit(other).dimension


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("kV", "V"),
        ("℃", "K"),
        ("℉", "℃"),
        ("%", "mg/kg"),
        ("ppm", "mg/kg"),
        ("N/mm²", "MPa"),
        ("J", "kWh"),
        ("Ah", "C"),
        ("mm²/s", "cSt"),
        ("r/min", "r/s"),
        ("mm/min", "m/s"),
        ("万次", "次"),
        ("d", "h"),
        ("mbar·L/s", "Pa·m³/s"),
        ("mPa·s", "cP"),
    ],
)
def test_units_of_one_quantity_share_the_dimension(one: str, other: str) -> None:
    assert canonical_unit(one).dimension == canonical_unit(other).dimension


@pytest.mark.parametrize(
    "written",
    [
        "kQz",
        "℃℃",
        "见说明",
        "m?/g",
        "mpa",
        "mhz",
        "度",
        "",
        "V·V",
        "W/m·K·s",
        "5A",
        "CO2",
        "倍数",
        "1/",
        "m//s",
        "(m",
        "H2",
        "m^0",
        "mL/10mL",
        "mL/100mL",
        "h/30min",
        "kV/5A",
        "g" * 41,
    ],
)
def test_an_unknown_unit_is_only_equal_to_itself(written: str) -> None:
    unit = canonical_unit(written)
    assert not unit.known
    assert unit.dimension == f"unit:{unit.symbol}"
    assert to_canonical(Decimal("1.5"), unit) == 1.5


@given(st.text(max_size=20))
def test_no_text_breaks_the_reader(text: str) -> None:
    unit = canonical_unit(text)
    assert isinstance(unit, Unit)
    assert not unit.known or canonical_unit(unit.symbol) == unit


@given(
    st.integers(-(10**6), 10**6),
    st.sampled_from([("V", "kV"), ("g", "kg"), ("mm", "m"), ("Hz", "GHz"), ("Pa", "MPa")]),
)
def test_equal_values_stay_equal_in_another_unit(thousandths: int, units: tuple[str, str]) -> None:
    small, large = map(canonical_unit, units)
    value = Decimal(thousandths) / 1000
    same = value * Decimal(str(to_canonical(1, small))) / Decimal(str(to_canonical(1, large)))
    assert to_canonical(value, small) == to_canonical(same, large) == to_canonical(float(value), small)


@given(
    st.decimals(-1000, 10_000, places=3), st.sampled_from(["℃", "℉", "K"]), st.sampled_from(["℃", "℉", "K"])
)
def test_temperatures_convert_there_and_back(value: Decimal, one: str, other: str) -> None:
    there = convert(value, canonical_unit(one), canonical_unit(other))
    assert float(convert(there, canonical_unit(other), canonical_unit(one))) == pytest.approx(
        float(value), abs=1e-11 * (abs(float(value)) + 1000)
    )


def test_conversion_between_quantities_is_refused() -> None:
    with pytest.raises(ValueError, match="no"):
        convert(Decimal(1), canonical_unit("kV"), canonical_unit("A"))


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), Decimal("NaN"), Decimal("1e400"), Decimal("1e-999999")]
)
def test_no_number_is_not_converted(value: float | Decimal) -> None:
    with pytest.raises(ValueError, match="finite"):
        to_canonical(value, "V")


def test_every_defined_unit_and_spelling_is_known() -> None:
    words = [symbol for symbol, _, _ in definitions.UNITS]
    words += (
        definitions.COUNTS.split()
        + definitions.SCALES.split()
        + [*definitions.GRADES, *definitions.TEMPERATURES]
    )
    for line in (definitions.SPELLINGS + definitions.CHINESE_BASES).split("\n"):
        head, _, rest = line.partition(" : ")
        words += [head, *rest.split()] if head else []
    assert [word for word in words if not canonical_unit(word).known] == []


def test_importing_is_quick_because_the_registry_comes_later() -> None:
    code = "import sys, app.vocabulary.units; sys.exit('pint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def _units_of(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_units_of, value))
    if not isinstance(value, dict):
        return set()
    own = {value["unit"]} if "unit" in value and "min" in value and value["unit"] else set()
    return own.union(*map(_units_of, value.values()))


@pytest.mark.skipif(not DEMO.exists(), reason="the shared data are not present")
def test_every_unit_of_the_demo_data_is_known() -> None:
    units = set().union(
        *(_units_of(json.loads(file.read_text("utf-8"))) for file in sorted(DEMO.glob("*.json")))
    )
    assert len(units) > 50
    assert [unit for unit in sorted(units) if not canonical_unit(unit).known] == []
