"""Asks the application on the demo catalogue for one answer of each operation: the examples of the document.

`python -m tests.openapi_examples` writes them to app/openapi_examples.json; `make examples` calls it.
"""

import asyncio
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from app.logging import configure_logging
from app.main import create_app
from app.openapi import EXAMPLES_FILE
from app.settings import Settings
from app.startup import prepare

KEPT = 2
"""Longer lists are cut: an example shows the form."""

_DAY = "2026-12-01"
_PLATFORM = "demo-new_energy-02"
_MATCH = {
    "result": {"title": "高安全动力电池系统", "abstract": "研制的动力电池系统需要验证过充和热扩散安全性。"},
    "needs": [
        {
            "id": "overcharge",
            "text": "动力电池过充保护试验",
            "capability": "battery_safety",
            "standard": "GB 38031-2020",
            "accreditation": "CNAS",
            "must": True,
        }
    ],
    "constraints": {"city_code": "330100"},
    "on_date": _DAY,
    "limit": 1,
}
_LINES = """\
{"object": "电工电子产品", "parameter": "低温试验", "standard": "gbt2423.1-2008", "range_min": -70, "unit": "℃"}
{"object": "电工电子产品", "parameter": "盐雾试验", "standard": "GB/T 2423.17-2008", "range_min": 1, "unit": "kQz"}
"""
# `path` may take a value from an answer before: ("operation", "key", index, ...).
REQUESTS: Mapping[str, Mapping[str, Any]] = {
    "search_catalogue": {"query": {"q": "动力电池过充 GB 38031", "facets": "city,scheme", "limit": 2}},
    "suggest_completions": {"query": {"q": "dldc", "limit": 2}},
    "list_platforms": {"query": {"field": "new_energy", "city": "330100", "limit": 1, "total": "true"}},
    "get_platform": {"path": {"platform_id": _PLATFORM}, "query": {"on_date": _DAY}},
    "list_scope_lines_of_platform": {
        "path": {"platform_id": _PLATFORM},
        "query": {"scheme": "CNAS", "on_date": _DAY, "limit": 2},
    },
    "list_services": {"query": {"platform": _PLATFORM, "limit": 1}},
    "get_service": {"path": {"service_id": f"{_PLATFORM}-svc-1"}},
    "list_scope_lines": {
        "query": {"standard": "GB 38031-2020", "scheme": "CNAS", "on_date": _DAY, "limit": 2}
    },
    "get_scope_line": {
        "path": {"line_id": ("list_scope_lines", "items", 0, "id")},
        "query": {"on_date": _DAY},
    },
    "get_accreditation": {
        "path": {"accreditation_id": ("get_platform", "accreditations", 0, "id")},
        "query": {"on_date": _DAY},
    },
    "list_fields": {},
    "get_field": {"path": {"code": "new_energy"}},
    "list_regions": {"query": {"parent": "330100"}},
    "get_region": {"path": {"code": "330100"}},
    "list_service_functions": {"query": {"group": "pilot_solution"}},
    "list_capability_terms": {"query": {"q": "过充", "limit": 1}},
    "get_capability_term": {"path": {"code": "battery_safety"}},
    "list_standards": {"query": {"q": "gbt2423.17", "limit": 1}},
    "get_standard": {"path": {"number": "GB/T 2423.17-2008"}, "query": {"on_date": _DAY}},
    "match_result": {"body": _MATCH},
    "check_scope_lines": {"query": {"name": "lines.ndjson"}, "content": _LINES},
    "get_equipment_template": {"path": {"form": "csv"}},
    "get_scope_line_template": {"path": {"form": "xlsx"}},
    "get_service_template": {"path": {"form": "xlsx"}},
    "list_changes": {"query": {"types": "platform.published", "limit": 2}},
    "get_health": {},
    "get_readiness": {},
}


async def collect(client: httpx.AsyncClient, document: Mapping[str, Any]) -> dict[str, Any]:
    """Send every request; return, by operation id, what was sent and what was answered, lists cut short."""
    places = {
        operation["operationId"]: (method, path)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    answers: dict[str, Any] = {}
    examples = {}
    for operation_id, asked in REQUESTS.items():
        method, template = places[operation_id]
        path = {name: _resolve(value, answers) for name, value in asked.get("path", {}).items()}
        url = template.format(**{name: quote(value, safe="") for name, value in path.items()})
        answer = await client.request(
            method, url, params=asked.get("query"), json=asked.get("body"), content=asked.get("content")
        )
        answer.raise_for_status()
        is_json = answer.headers["content-type"] == "application/json"
        answers[operation_id] = answer.json() if is_json else None
        sent = {"path": path, "query": asked.get("query", {}), "body": asked.get("body")}
        examples[operation_id] = {**sent, "response": _cut(answers[operation_id])}
    return examples


def _resolve(value: Any, answers: Mapping[str, Any]) -> str:
    if isinstance(value, str):
        return value
    found = answers
    for key in value:
        found = found[key]
    return str(found)


def _cut(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _cut(child) for name, child in value.items()}
    return [_cut(child) for child in value[:KEPT]] if isinstance(value, list) else value


async def _write() -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), log_level="warning")
        configure_logging(settings)
        await prepare(settings, lambda _message: None)
        app = create_app(settings)
        transport = httpx.ASGITransport(app=app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
        ):
            examples = await collect(client, app.openapi())
    text = json.dumps(examples, ensure_ascii=False, indent=1) + "\n"
    EXAMPLES_FILE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(_write())
