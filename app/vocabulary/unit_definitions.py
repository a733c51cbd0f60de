"""The units the product knows, as data: symbols, prefixes, definitions, spellings.

Kinds of quantity that SI gives the same dimension and nobody may confuse have a base of their own: energy and
torque, frequency and rotation, angle, dose, apparent power, relative humidity.
"""

PREFIXES = {
    "p": "1e-12", "n": "1e-9", "μ": "1e-6", "m": "1e-3", "c": "1e-2", "d": "1e-1",
    "h": "1e2", "k": "1e3", "M": "1e6", "G": "1e9", "T": "1e12", "P": "1e15",
}  # fmt: skip

UNITS: tuple[tuple[str, str, str], ...] = (
    # symbol, prefixes that may stand before it, definition: a [base] or a product of units defined above
    ("m", "pnμmcdk", "[length]"),
    ("kg", "", "[mass]"),
    ("g", "pnμm", "0.001 * kg"),
    ("t", "k", "1000 * kg"),
    ("s", "pnμm", "[time]"),
    ("min", "", "60 * s"),
    ("h", "", "3600 * s"),
    ("d", "", "86400 * s"),
    ("周", "", "604800 * s"),
    ("月", "", "[calendar]"),
    ("年", "", "12 * 月"),
    ("A", "pnμmk", "[current]"),
    ("K", "μm", "[temperature]"),
    ("mol", "pnμmk", "[substance]"),
    ("cd", "mk", "[luminous_intensity]"),
    ("lm", "mk", "[luminous_flux]"),
    ("rad", "nμm", "[angle]"),
    ("°", "", "0.0174532925199432957692369 * rad"),
    ("′", "", "0.000290888208665721596153949 * rad"),
    ("″", "", "0.00000484813681109535993589914 * rad"),
    ("r", "", "[rotation]"),
    ("Hz", "nμmkMGT", "[frequency]"),
    ("J", "nμmkMGT", "[energy]"),
    ("eV", "mkMG", "1.602176634e-19 * J"),
    ("cal", "k", "4.184 * J"),
    ("N", "nμmckM", "kg * m / s ** 2"),
    ("kgf", "", "9.80665 * N"),
    ("gf", "", "0.00980665 * N"),
    ("lbf", "", "4.4482216152605 * N"),
    ("Pa", "nμmhkMG", "N / m ** 2"),
    ("bar", "mk", "100000 * Pa"),
    ("atm", "", "101325 * Pa"),
    ("mmHg", "", "133.322387415 * Pa"),
    ("Torr", "m", "133.322368421052631578947 * Pa"),
    ("psi", "k", "6894.75729316836133672267 * Pa"),
    ("W", "pnμmkMG", "J / s"),
    ("Wp", "kMG", "[peak_power]"),
    ("VA", "kM", "[apparent_power]"),
    ("var", "kM", "[reactive_power]"),
    ("hp", "", "[horsepower]"),
    ("Wh", "mkMGT", "3600 * J"),
    ("C", "pnμmk", "A * s"),
    ("Ah", "μmk", "3600 * C"),
    ("V", "nμmkM", "W / A"),
    ("Ω", "nμmkMGT", "V / A"),
    ("S", "nμmk", "A / V"),
    ("F", "pnμm", "C / V"),
    ("H", "nμm", "V * s / A"),
    ("Wb", "μm", "V * s"),
    ("T", "pnμm", "Wb / m ** 2"),
    ("Gs", "mk", "0.0001 * T"),
    ("Oe", "k", "79.5774715459476678844419 * A / m"),
    ("lx", "mk", "lm / m ** 2"),
    ("Gy", "μmk", "[absorbed_dose]"),
    ("Sv", "nμm", "[equivalent_dose]"),
    ("Bq", "mkMGT", "[activity]"),
    ("L", "nμmcdkM", "0.001 * m ** 3"),
    ("ha", "", "10000 * m ** 2"),
    ("亩", "", "666.666666666666666666667 * m ** 2"),
    ("in", "", "0.0254 * m"),
    ("ft", "", "0.3048 * m"),
    ("mil", "", "0.0000254 * m"),
    ("Å", "", "1e-10 * m"),
    ("斤", "", "0.5 * kg"),
    ("lb", "", "0.45359237 * kg"),
    ("oz", "", "0.028349523125 * kg"),
    ("gn", "", "9.80665 * m / s ** 2"),
    ("P", "mc", "0.1 * Pa * s"),
    ("St", "c", "0.0001 * m ** 2 / s"),
    ("tex", "dmk", "0.000001 * kg / m"),
    ("den", "", "0.000000111111111111111111111111 * kg / m"),
    ("Da", "kM", "[molecular_mass]"),
    ("bit", "kMGT", "[information_bits]"),
    ("bps", "kMGT", "bit / s"),
    ("FLOPS", "GTP", "[floating_point_rate]"),
    ("TOPS", "", "[integer_rate]"),
    ("Nm³", "", "[normal_volume]"),
    ("sccm", "", "[standard_flow]"),
    ("slm", "", "1000 * sccm"),
    ("U", "mk", "[enzyme_activity]"),
    ("IU", "mk", "[international_units]"),
    ("EU", "m", "[endotoxin]"),
    ("%", "", "0.01"),
    ("‰", "", "0.001"),
    ("ppm", "", "1e-6"),
    ("ppb", "", "1e-9"),
    ("RH", "", "[relative_humidity]"),
    ("%RH", "", "0.01 * RH"),
    ("ε", "μ", "[strain]"),
    ("px", "", "[pixels]"),
)

TEMPERATURES = {"℃": ("1", "273.15"), "℉": ("5/9", "45967/180")}
"""Scales with an offset: kelvin per degree, and kelvin at zero, as fractions."""

COUNTS = """
次 套 件 台 人 片 颗 支 只 块 架 架份 架次 核 节点 通道 并发用户 用户 条 个 株 头 尾 份 批 批次 组
项 例 枚 根 张 粒 瓶 袋 盒 桶 孔 点 位 路 轴 层 道 辆 艘 栋 间 座 家 户 帧 样 样品 循环 周期 圈 步
字 词 页 幅 卷 匹 锭 双 箱 车 机 柜 舱 对 针 管 板 拷贝 碱基 CFU PFU MPN copies cells QPS TPS token
NTU FNU FTU RFU B KB MB GB TB PB bp LSB dpi ppi
"""
"""Counted things; each is a dimension of its own and only equal to itself."""

SCALES = """
pH HRA HRB HRC HRD HRE HRF HR15N HR30N HR45N HR15T HR30T HR45T HB HBS HBW HV HK HL HLD HS HA HD
邵氏A 邵氏D 邵尔A 邵尔D ShoreA ShoreD 巴氏 dB dB(A) dB(C) dBm dBW dBi dBd dBc dBc/Hz dBm/Hz dBV
dBmV dBμV dBμA dBμV/m dBμA/m dBpW dBFS Np phon sone °Bx Brix °dH °Be grms g²/Hz Pt-Co ΔE LRV SUV
IRHD
"""
"""Scales compared only with themselves: hardness, levels in decibel, acidity and the like."""

GRADES = {"IP等级": "IP", "IPX等级": "IPX", "ISO等级": "ISO", "级": "级"}
"""Units whose values are grades, and the name of the scale."""

SI_SYMBOLS = """
m m² m³ kg s A K mol cd lm rad 1/s Hz J N Pa W C V Ω S F H Wb T lx Gy Sv Bq N·m m/s m/s² m²/s m³/s
kg/s kg/m³ kg/m² kg/m m²/kg m³/kg W/m² W/(m·K) W/(m²·K) J/kg J/(kg·K) J/m² J/m³ N/m V/m A/m A/m²
Ω·m S/m Pa·s Pa·m³/s K/s rad/s mol/m³ mol/L cd/m² lm/W W/kg A/W V/W F/m H/m Pa/s N/s mol/kg J/mol
Bq/kg Bq/m³ Gy/s Sv/s
"""
"""Names of coherent SI units; the first of a dimension is taken."""

SPELLINGS = """
℃ : °C degC 摄氏度
℉ : °F degF 华氏度
K : 开尔文
L : l lit
mL : ml
μL : ul μl uL
nL : nl
dL : dl
cm^3 : cc
μm : um micron
μs : us 微秒
μA : uA
μV : uV
μW : uW
μF : uF
μH : uH
μg : ug mcg
μS : uS
μN : uN
μPa : uPa
μmol : umol
μT : uT
μSv : uSv
με : uε
Ω : ohm Ohm ohms OHM 欧姆
kΩ : kohm kOhm KΩ
MΩ : Mohm MOhm
kV : KV kv
kN : KN
kW : KW kw Kw
kA : KA
kHz : kHZ KHz KHZ Khz khz
Hz : hz HZ
MHz : MHZ Mhz
GHz : GHZ Ghz ghz
kPa : KPa Kpa kpa KPA
MPa : Mpa MPA
GPa : Gpa GPA
Pa : pa 帕斯卡
kg : KG Kg kgs 公斤
km : Km KM 公里
kJ : KJ kj
kVA : KVA kva Kva 千伏安
kvar : KVar kVar
Ah : AH A·h 安时
mAh : mAH mah 毫安时
kWh : KWH KWh kwh Kwh 度电 千瓦时
kBq : KBq
kGy : KGy 千戈瑞
MWh : Mwh 兆瓦时
kWp : KWp Kwp
dB : db DB
dB(A) : dBA db(A)
dB(C) : dBC
dBm : dbm DBM
dBμV : dBuV
dBμA : dBuA
dBμV/m : dBuV/m
dBμA/m : dBuA/m
r/min : rpm RPM Rpm
r/s : rps
r : 转 rev
s : sec secs second seconds 秒 秒钟
min : mins minute minutes 分钟
h : hr hrs hour hours 小时 钟头
d : day days 天 日
周 : week weeks 星期
月 : month months 个月
年 : year years yr a
ms : 毫秒
ns : 纳秒
in : inch inches 英寸
ft : 英尺 feet foot
lb : lbs
oz : 盎司
psi : PSI Psi
bar : Bar BAR
mbar : mBar
Torr : torr
lx : Lux lux Lx 勒克斯
cSt : cst
cd/m^2 : nit nits
g/m^2 : gsm
Gs : Gauss 高斯
° : deg
ppm : PPM
ppb : PPB
%RH : RH% %R.H. %rh %Rh
pH : PH ph
t : 吨 公吨 ton tons
cm : 公分
m^2 : 平米
m^3 : 立方 方
ha : 公顷 hm^2
Å : 埃
N : 牛顿
V : 伏特
A : 安培
W : 瓦特
J : 焦耳
Wh : 瓦时
VA : 伏安
N·m : 牛米 牛·米 Nm N-m NM
atm : 大气压
mol : 摩尔
T : 特斯拉
lm : 流明
cd : 坎德拉
rad : 弧度
Bq : 贝可
Gy : 戈瑞
Sv : 希沃特
Da : 道尔顿
kDa : 千道尔顿
kN·m : kNm kN-m KNm
mN·m : mNm
cN·m : cNm
MN·m : MNm
W/(m·K) : W/m·K W/mK W/m/K
W/(m²·K) : W/m²K
W/(m^2·K) : W/m^2·K W/m^2K
J/(kg·K) : J/kg·K J/kgK
J/(g·K) : J/g·K
Ω·cm : ohm·cm Ohm·cm
kbps : Kbps
Mbps : Mbit/s
Gbps : Gbit/s
slm : SLM slpm
sccm : SCCM
CFU : cfu
MPN : mpn
cells : 细胞
件 : pcs PCS pc
dtex : 分特
TPS : tps
QPS : qps
TFLOPS : Tflops TFlops
PFLOPS : PFlops
IP等级 : IP IP级
IPX等级 : IPX IPX级
ISO等级 : ISO级
px : pixel 像素
批次 : 批次样
den : 旦 旦尼尔
mmHg : 毫米汞柱
"""
"""A unit and other ways of writing it, one sense each: `mpa`, `mhz` and 度 have two and are not here."""

CHINESE_BASES = """
米 : m
克 : g
秒 : s
安 : A
牛 : N
帕 : Pa
焦 : J
瓦 : W
伏 : V
欧 : Ω
法 : F
亨 : H
升 : L
赫 : Hz
赫兹 : Hz
摩 : mol
西门子 : S
电子伏 : eV
卡 : cal
牛顿 : N
伏特 : V
安培 : A
瓦特 : W
焦耳 : J
乏 : var
伏安 : VA
巴 : bar
安时 : Ah
瓦时 : Wh
"""
CHINESE_PREFIXES = {
    "皮": "p", "纳": "n", "微": "μ", "毫": "m", "厘": "c", "分": "d", "百": "h", "千": "k", "兆": "M", "吉": "G",
}  # fmt: skip
MULTIPLES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "百万": 10**6, "千万": 10**7, "亿": 10**8}
"""Chinese numerals that may stand between a number and a counted thing."""
