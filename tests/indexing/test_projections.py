"""Services and platforms as search documents. The look-alike values (id, slug, name) all differ."""

from dataclasses import replace
from datetime import date

import pytest

from app.indexing.projections import (
    AbilitySource,
    AccreditationSource,
    PlatformSource,
    ServiceSource,
    StandardSource,
    TermSource,
    city_code,
    platform_document,
    service_document,
)
from app.indexing.validity import SUSPENDED, date_tokens
from search.schema import PLATFORMS, SERVICES

SALT = TermSource("salt_spray", "盐雾试验", "salt spray", ("中性盐雾",))
ABILITY = AbilitySource(SALT, "涂层", "耐盐雾", StandardSource("GB/T 10125-2021", "GB/T 10125"))
PLATFORM = PlatformSource(
    id="0190-platform",
    slug="pf-slug",
    kind="pilot_platform",
    name_zh="海洋环境中试平台",
    name_en="Marine Pilot Platform",
    demo=True,
    operator_zh="示例研究院",
    lead_type="university_led",
    tier="provincial",
    fields=("other",),
    region_code="330211",
    lat=29.9,
    lon=121.5,
    summary_zh="平台简介",
    equipment=("盐雾箱 YW-1",),
    prose=("来源中的一句话",),
    accreditations=(AccreditationSource("CNAS", "granted", date(2024, 1, 1), date(2029, 12, 31)),),
    scope=(replace(ABILITY, standard=StandardSource("ISO 9227:2017", "ISO 9227")),),
)
SERVICE = ServiceSource(
    id="0190-service",
    slug="svc-slug",
    platform=PLATFORM,
    title_zh="涂层盐雾试验",
    title_en="Salt spray of coatings",
    functions=(
        TermSource("test_inspection", "试验检测", "testing", ("送检",)),
        TermSource("test_inspection", "试验检测", "testing and inspection", ("检验检测",)),
    ),
    description_zh="服务说明",
    deliverables_zh="检测报告",
    fields=("new_materials", "automotive"),
    capabilities=(ABILITY,),
    price_min_cny=800.0,
    lead_time_days=12,
    entry_trl=4,
    exit_trl=7,
    voucher_accepted=False,
)


BY_DAY = {"valid", "suspended"}
"""Keywords that hold intervals of days."""


def test_a_service_has_the_keywords_of_itself_and_of_its_platform() -> None:
    document = service_document(SERVICE)
    assert {name: document[name] for name in SERVICES.keywords if name not in BY_DAY} == {
        "slug": "svc-slug",
        "field": ["new_materials", "automotive"],
        "function": ["test_inspection"],
        "city": "330200",
        "region": ["330200", "330211"],
        "tier": "provincial",
        "kind": "pilot_platform",
        "lead_type": "university_led",
        "capability": ["salt_spray"],
        "standard": ["gb/t10125-2021", "gb/t10125"],
        "voucher": "false",
        "demo": "true",
        "platform": "pf-slug",
    }
    assert [document[name] for name in SERVICES.numbers] == [800.0, 12, 4, 7]
    assert (document["id"], document["name"]) == ("0190-service", "涂层盐雾试验")
    assert (document["lat"], document["lon"]) == (29.9, 121.5)


def test_the_texts_of_a_service_are_fields_of_the_schema_and_each_says_its_thing() -> None:
    texts = service_document(SERVICE)["texts"]
    assert set(texts) <= {field.name for field in SERVICES.texts}
    assert texts["title"] == ["涂层盐雾试验"]
    assert texts["capabilities"] == ["盐雾试验", "salt spray"]
    assert texts["related"] == ["中性盐雾", "送检", "检验检测"]
    assert texts["function"] == ["试验检测", "testing", "testing and inspection"]
    assert texts["standards"] == ["GB/T 10125-2021"]
    assert texts["scope"] == ["涂层", "耐盐雾"]
    assert texts["platform_name"] == ["海洋环境中试平台", "Marine Pilot Platform"]


def test_the_payload_is_what_a_hit_shows() -> None:
    payload = service_document(SERVICE)["payload"]
    assert payload["id"] == "0190-service"
    assert payload["slug"] == "svc-slug"
    assert payload["title_zh"] == "涂层盐雾试验"
    assert payload["function"] == "test_inspection"
    assert payload["platform"]["slug"] == "pf-slug"
    assert payload["platform"]["name_zh"] == "海洋环境中试平台"
    assert payload["platform"]["demo"] is True


def test_what_is_not_known_is_absent_from_filters_and_null_in_the_payload() -> None:
    bare = ServiceSource(
        id="i",
        slug="s",
        platform=PlatformSource("pi", "ps", "pilot_platform", "名", demo=False),
        title_zh="题",
        functions=(),
    )
    document = service_document(bare)
    assert document["demo"] == "false"
    absent = {
        "voucher",
        "city",
        "region",
        "tier",
        "lead_type",
        "valid",
        "suspended",
        "price_min_cny",
        "lat",
        "lon",
        "function",
    }
    assert absent.isdisjoint(document)
    assert document["payload"]["city"] is None
    assert document["payload"]["price_min_cny"] is None
    assert document["payload"]["voucher_accepted"] is None


@pytest.mark.parametrize(
    ("accreditation", "day", "valid"),
    [
        (
            AccreditationSource("CNAS", "granted", date(2024, 1, 1), date(2026, 12, 31)),
            date(2026, 12, 31),
            True,
        ),
        (
            AccreditationSource("CNAS", "granted", date(2024, 1, 1), date(2026, 12, 31)),
            date(2027, 1, 1),
            False,
        ),
        (
            AccreditationSource("CMA", "granted", date(2024, 1, 1), date(2026, 12, 31)),
            date(2026, 1, 1),
            False,
        ),
        (
            AccreditationSource("CNAS", "suspended", date(2024, 1, 1), date(2026, 12, 31)),
            date(2026, 1, 1),
            False,
        ),
        (
            AccreditationSource("CNAS", "planned", date(2024, 1, 1), date(2026, 12, 31)),
            date(2026, 1, 1),
            False,
        ),
        (
            AccreditationSource("CNAS", "withdrawn", date(2024, 1, 1), date(2026, 12, 31)),
            date(2026, 1, 1),
            False,
        ),
        (AccreditationSource("CNAS", "granted", None, date(2026, 12, 31)), date(2026, 1, 1), False),
        (AccreditationSource("CNAS", "granted", date(2024, 1, 1), None), date(2026, 1, 1), False),
    ],
)
def test_only_a_granted_accreditation_with_both_dates_is_valid(
    accreditation: AccreditationSource, day: date, valid: bool
) -> None:
    platform = replace(PLATFORM, accreditations=(accreditation,))
    for document in (service_document(replace(SERVICE, platform=platform)), platform_document(platform, [])):
        words = set(document.get("valid", []))
        assert words.isdisjoint(date_tokens("CNAS", day)) is not valid


def test_a_suspension_is_in_the_documents_of_the_platform_and_of_its_services() -> None:
    spans = ((date(2026, 5, 1), date(2026, 5, 31)), (date(2027, 1, 1), None))
    platform = replace(PLATFORM, suspensions=spans)
    for document in (service_document(replace(SERVICE, platform=platform)), platform_document(platform, [])):
        words = set(document["suspended"])
        for day, suspended in (
            (date(2026, 4, 30), False),
            (date(2026, 5, 1), True),
            (date(2026, 5, 31), True),
            (date(2026, 6, 1), False),
            (date(2028, 1, 1), True),
        ):
            assert words.isdisjoint(date_tokens(SUSPENDED, day)) is not suspended, day


def test_a_platform_takes_functions_and_capabilities_from_its_services_and_standards_also_from_its_scope() -> (
    None
):
    document = platform_document(PLATFORM, [SERVICE])
    assert {name: document[name] for name in PLATFORMS.keywords if name not in BY_DAY} == {
        "slug": "pf-slug",
        "field": ["other"],
        "function": ["test_inspection"],
        "city": "330200",
        "region": ["330200", "330211"],
        "tier": "provincial",
        "kind": "pilot_platform",
        "lead_type": "university_led",
        "capability": ["salt_spray"],
        "standard": ["gb/t10125-2021", "gb/t10125", "iso9227:2017", "iso9227"],
        "voucher": "false",
        "demo": "true",
    }
    assert set(document["texts"]) <= {field.name for field in PLATFORMS.texts}
    assert document["texts"]["prose"] == ["来源中的一句话"]
    assert document["texts"]["services"] == ["涂层盐雾试验", "Salt spray of coatings"]


def test_the_prose_of_a_platform_gives_no_capability_or_standard() -> None:
    real = PlatformSource(
        "i", "s", "verification_centre", "名", demo=False, prose=("按GB/T 10125做盐雾试验",)
    )
    document = platform_document(real, [])
    assert "capability" not in document
    assert "standard" not in document
    assert document["texts"] == {"title": ["名"], "prose": ["按GB/T 10125做盐雾试验"]}


@pytest.mark.parametrize(
    ("vouchers", "want"),
    [((None, False, True), "true"), ((None, False), "false"), ((None,), None), ((), None)],
)
def test_a_platform_takes_vouchers_when_one_of_its_services_does(
    vouchers: tuple[bool | None, ...], want: str | None
) -> None:
    services = [replace(SERVICE, voucher_accepted=voucher) for voucher in vouchers]
    assert platform_document(PLATFORM, services).get("voucher") == want


@pytest.mark.parametrize(("region", "city"), [("330211", "330200"), ("330100", "330100")])
def test_a_county_belongs_to_its_city(region: str, city: str) -> None:
    assert city_code(region) == city
    keywords = service_document(replace(SERVICE, platform=replace(PLATFORM, region_code=region)))
    assert keywords["region"] == list(dict.fromkeys([city, region]))
