"""The OpenAPI document: what FastAPI generates, made true to what the application does."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from app.accounts.rate_limits import counts_as_write
from app.auth.rules import Row
from app.errors import (
    MEDIA_TYPE,
    AppError,
    BodyTooLarge,
    Problem,
    TooManyRequests,
    UndecodableBody,
    problems,
)
from app.policy import TABLE

TITLE = "Proving Ground"
DESCRIPTION = """\
From the test that a research result needs, to the platform that may lawfully run it.
从成果需要的试验，到可以依法开展这项试验的中试平台与概念验证中心。

* Labels of codes and the texts of errors follow `Accept-Language`: `zh` (default) or `en`. \
What exists in two languages is `{"zh", "en"}`.
* Errors are problems by RFC 9457, of the type `application/problem+json`.
* Lists are paged by an opaque `cursor`; `next_cursor` is null on the last page.
* Lists in examples are cut to two entries.
* Dates are days in Asia/Shanghai, times are UTC; money is a decimal string in CNY.
"""
TAGS = [
    {"name": "matching", "description": "匹配 From the needs of a result to platforms, verdicts and plans."},
    {"name": "search", "description": "检索 Search and suggestions over services, platforms and projects."},
    {"name": "registry", "description": "目录 Platforms, services, accreditations and scope lines."},
    {"name": "import", "description": "导入 Templates, and the check of files of scope lines."},
    {"name": "vocabulary", "description": "词表 Fields, regions, functions, capability terms, standards."},
    {
        "name": "membership",
        "description": "成员 Organisations, their members, departments, experts, own roles.",
    },
    {
        "name": "listing",
        "description": "登记 Drafts of platforms: what an owner writes and what would change.",
    },
    {
        "name": "review",
        "description": "审核 Submission, comments, decisions, recognition, verification, claims, audit trail.",
    },
    {"name": "releases", "description": "目录清单 Numbered, frozen editions of the catalogue list."},
    {"name": "assessment", "description": "评议 Experts, assignments, evaluations, decisions."},
    {"name": "pool", "description": "项目库 Pooled projects: teasers, stages, milestones, outcomes."},
    {"name": "demand", "description": "需求 What results wait for: of one platform, and what nobody meets."},
    {"name": "watches", "description": "关注 Saved searches and matches, and what turned in them."},
    {"name": "changes", "description": "变更 What changed, in one order: for keeping a copy."},
    {"name": "webhooks", "description": "推送 Addresses that are told of events; deliveries and their log."},
    {"name": "calls", "description": "征集 Calls for results, of verification centres and departments."},
    {
        "name": "results",
        "description": "成果 Results in versions, disclosure tiers, submission, attachments, access.",
    },
    {"name": "notifications", "description": "通知 What one is told: the inbox."},
    {"name": "accounts", "description": "账户 Registration, sessions, passwords, API keys."},
    {"name": "operations", "description": "运行 Health of the process."},
]
EXAMPLES_FILE = Path(__file__).with_name("openapi_examples.json")
"""One answer of each operation, as the demo catalogue gives it; `make examples` writes it."""
WRITTEN_EXAMPLES_FILE = Path(__file__).with_name("openapi_written_examples.json")
"""Examples written by hand, of operations that write or whose answers hold secrets."""

_VALIDATION_SCHEMAS = ("HTTPValidationError", "ValidationError")


def operation_id(route: APIRoute) -> str:
    """Return the endpoint's own name: `list_services`."""
    return route.name


def install_openapi(app: FastAPI) -> None:
    """Let `app.openapi()` give our document, made once."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            complete(generate())
        document = app.openapi_schema
        return document if document is not None else {}

    app.openapi = openapi  # type: ignore[method-assign]


def complete(document: dict[str, Any]) -> None:
    """Add to `document` what FastAPI does not know: our problems, in place of its own errors."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in _VALIDATION_SCHEMAS:
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    examples = {
        operation_id: example
        for file in (EXAMPLES_FILE, WRITTEN_EXAMPLES_FILE)
        for operation_id, example in json.loads(file.read_text(encoding="utf-8")).items()
    }
    for operations in document["paths"].values():
        for method, operation in operations.items():
            _complete_operation(method, operation)
            _add_examples(operation, examples.get(operation["operationId"]))
    for received in document.get("webhooks", {}).values():
        for operation in received.values():
            _drop_framework_errors(operation["responses"])


def _complete_operation(method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    _drop_framework_errors(responses)
    if "requestBody" in operation:
        _declare(responses, UndecodableBody, BodyTooLarge)
    if counts_as_write(method, operation["operationId"]):
        _declare(responses, TooManyRequests)
    _add_rights(operation, TABLE.get(operation["operationId"]))
    operation["responses"] = dict(sorted(responses.items()))


def _drop_framework_errors(responses: dict[str, Any]) -> None:
    """Forget the answer to invalid requests that FastAPI declares by itself: ours is another, or there is none."""
    if "HTTPValidationError" in json.dumps(responses.get("422", {})):
        del responses["422"]


def _add_rights(operation: dict[str, Any], row: Row | None) -> None:
    """Declare the refusals that follow from the policy table, and whether a credential is needed."""
    if row is None or "security" not in operation:
        return
    if row.is_public:
        operation["security"] = [{}, *operation["security"]]
    _declare(operation["responses"], *row.refusals())


def _declare(responses: dict[str, Any], *errors: type[AppError]) -> None:
    """Declare `errors`; where a status has problems already, they join them."""
    for status, declared in problems(*errors).items():
        response = responses.setdefault(str(status), declared)
        examples = response["content"][MEDIA_TYPE].setdefault("examples", {})
        for code, example in declared["content"][MEDIA_TYPE]["examples"].items():
            examples.setdefault(code, example)


def _add_examples(operation: dict[str, Any], example: Mapping[str, Any] | None) -> None:
    if example is None:
        return
    values = {"path": example["path"], "query": example["query"]}
    for parameter in operation.get("parameters", []):
        name, place = parameter["name"], parameter["in"]
        if name in values.get(place, {}):
            parameter["example"] = values[place][name]
    if example["body"] is not None:
        operation["requestBody"]["content"]["application/json"]["example"] = example["body"]
    if example["response"] is not None:
        _success(operation)["content"]["application/json"]["example"] = example["response"]


def _success(operation: Mapping[str, Any]) -> dict[str, Any]:
    """Return the declaration of the answer when all goes well."""
    responses: Mapping[str, dict[str, Any]] = operation["responses"]
    return next(response for status, response in responses.items() if status.startswith("2"))


def as_text(document: dict[str, Any]) -> str:
    """Return the document as it is kept in docs/openapi.json."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
