"""Lists of services and equipment into the draft of a platform, by jobs."""

from typing import Any

import pytest
from sqlalchemy import select

from tests.imports.job_worlds import ITEM, LISTING, World, without_job
from tests.imports.makers import csv_bytes, json_bytes

EQUIPMENT = ("设备名称", "型号", "技术指标", "数量")
SERVICES = ("服务名称", "服务功能", "产业领域", "能力术语", "标准编号", "收费标准", "服务周期", "技术成熟度")
DEVICES = [EQUIPMENT, ["盐雾试验箱", "YWX-750", "容积 750 L", "2"], ["充放电柜", "CT-5V", "", ""]]
BATTERY = [
    "锂电池安全检测",
    "试验检测",
    "新能源",
    "过充试验",
    "gb38031—2020",
    "3000元/样",
    "10个工作日",
    "TRL 4-6",
]


def equipment(world: World) -> str:
    return f"/v1/platforms/{world.platform}/equipment/import"


def services(world: World) -> str:
    return f"/v1/platforms/{world.platform}/services/import"


async def documents(world: World, kind: str) -> list[dict[str, Any]]:
    rows = await world.rows(
        select(ITEM.c.document)
        .where(ITEM.c.kind == kind, ITEM.c.until_revision.is_(None), ITEM.c.document.is_not(None))
        .order_by(ITEM.c.id)
    )
    return [row.document for row in rows]


async def test_equipment_stands_in_the_draft(world: World) -> None:
    job = await world.bring(csv_bytes(DEVICES), path=equipment(world))
    assert (job["kind"], job["outcome"], job["added"]) == ("equipment", "accepted", 2)
    assert await documents(world, "equipment") == [
        {"name_zh": "盐雾试验箱", "model": "YWX-750", "specs_zh": "容积 750 L；数量：2", "position": 1},
        {"name_zh": "充放电柜", "model": "CT-5V", "specs_zh": None, "position": 2},
    ]
    (listing,) = await world.rows(select(LISTING))
    assert (listing.state, listing.revision) == ("draft", 2)


async def test_the_same_list_again_changes_nothing_and_a_changed_one_only_what_it_says(world: World) -> None:
    await world.bring(csv_bytes(DEVICES), path=equipment(world))
    before = await world.rows(select(ITEM))
    again = await world.bring(csv_bytes(DEVICES), path=equipment(world))
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 2)
    assert await world.rows(select(ITEM)) == before
    other = csv_bytes([EQUIPMENT, ["充放电柜", "CT－5V", "5 V 100 A", ""]])
    job = await world.bring(other, path=equipment(world))
    assert (job["added"], job["changed"]) == (0, 1)
    assert [one["specs_zh"] for one in await documents(world, "equipment")] == [
        "容积 750 L；数量：2",
        "5 V 100 A",
    ]


async def test_what_a_list_does_not_name_is_removed_only_where_it_replaces(world: World) -> None:
    await world.bring(csv_bytes(DEVICES), path=equipment(world))
    one = csv_bytes(DEVICES[:2])
    assert (await world.bring(one, path=equipment(world)))["closed"] == 0
    dry = await world.bring(one, path=equipment(world), mode="replace", dry_run=True)
    real = await world.bring(one, path=equipment(world), mode="replace")
    assert (dry["closed"], real["closed"]) == (1, 1)
    assert without_job(await world.report(dry["id"])) == without_job(await world.report(real["id"]))
    assert [each["model"] for each in await documents(world, "equipment")] == ["YWX-750"]


async def test_rows_of_one_service_make_one_document(world: World) -> None:
    rows = [
        SERVICES,
        BATTERY,
        ["锂电池安全检测", "test_inspection", "", "", "GB/T 31485-2015", "5000元/包", "", ""],
        ["中试放大", "中试熟化", "", "", "", "面议", "2周", ""],
    ]
    job = await world.bring(csv_bytes(rows), path=services(world))
    assert (job["outcome"], job["accepted"], job["added"]) == ("accepted", 3, 2)
    first, second = await documents(world, "service")
    assert (first["function"], first["fields"], first["lead_time_days"]) == (
        "test_inspection",
        ["new_energy"],
        14,
    )
    assert (first["entry_trl"], first["exit_trl"]) == (4, 6)
    assert [(one["term"], one["standard"]) for one in first["capabilities"]] == [
        ("overcharge", "GB 38031-2020"),
        (None, "GB/T 31485-2015"),
    ]
    assert [(one["kind"], one["min_cny"], one["unit_zh"]) for one in first["price_options"]] == [
        ("fixed", "3000.00", "样"),
        ("fixed", "5000.00", "包"),
    ]
    assert (second["price_options"][0]["kind"], second["lead_time_days"]) == ("negotiable", 14)
    again = await world.bring(csv_bytes(rows), path=services(world))
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 2)


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("服务名称", "", "missing_title"),
        ("服务功能", "试验检则", "unknown_function"),
        ("产业领域", "占星", "unknown_field"),
        ("能力术语", "占卜", "unknown_term"),
        ("标准编号", "无此标准", "not_a_standard"),
        ("收费标准", "三千左右", "price_unclear"),
        ("服务周期", "尽快", "duration_unclear"),
        ("技术成熟度", "11", "invalid_value"),
    ],
)
async def test_what_is_wrong_with_a_service_is_named(
    world: World, column: str, value: str, code: str
) -> None:
    cells = [value if heading == column else cell for heading, cell in zip(SERVICES, BATTERY, strict=True)]
    job = await world.bring(csv_bytes([SERVICES, cells]), path=services(world))
    assert (job["outcome"], job["added"]) == ("refused", 0)
    assert [
        (one["row"], one["column"], one["code"]) for one in (await world.report(job["id"]))["faults"]
    ] == [(2, column, code)]
    assert await documents(world, "service") == []


async def test_json_lines_do_as_well(world: World) -> None:
    line = {"title": "中试放大", "function": "pilot_maturation", "price": "3000元/批", "lead_time_days": 15}
    job = await world.bring(json_bytes([line]), path=services(world), name="a.ndjson")
    assert (job["outcome"], job["added"]) == ("accepted", 1)
    (found,) = await documents(world, "service")
    assert (found["lead_time_days"], found["price_options"][0]["unit_zh"]) == (15, "批")
