"""The OpenAPI document is complete, consistent, and the one that is committed."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from app.migrations import ROOT
from app.openapi import EXAMPLES_FILE, TAGS, as_text
from tests.fixtures.contract import document
from tests.openapi_examples import collect

DOCUMENT = document()
OPERATIONS = [
    pytest.param(path, method, operation, id=operation["operationId"])
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for child in value.values():
            yield from references(child)
    elif isinstance(value, list):
        for child in value:
            yield from references(child)


def resolve(reference: str) -> Any:
    value: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        value = value[part.replace("~1", "/").replace("~0", "~")]
    return value


def test_the_committed_document_is_the_generated_one() -> None:
    committed = (ROOT / "docs" / "openapi.json").read_text(encoding="utf-8")
    assert committed == as_text(DOCUMENT), "run `make openapi` and commit docs/openapi.json"


def test_it_is_openapi_3_1_and_every_reference_leads_somewhere() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    for reference in references(DOCUMENT):
        assert resolve(reference)


def test_no_schema_is_unused() -> None:
    used = {reference.rsplit("/", 1)[-1] for reference in references(DOCUMENT)}
    assert set(DOCUMENT["components"]["schemas"]) - used == set()


def test_schemas_have_names_of_their_own() -> None:
    """Two models of one name would be told apart by their modules, and so would the types of every client."""
    assert [name for name in DOCUMENT["components"]["schemas"] if "__" in name] == []


def test_operation_ids_are_unique() -> None:
    ids = [operation.values[2]["operationId"] for operation in OPERATIONS]
    assert len(ids) == len(set(ids))


def test_every_declared_tag_is_known() -> None:
    known = {tag["name"] for tag in TAGS}
    for operation in OPERATIONS:
        assert set(operation.values[2]["tags"]) <= known


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_every_operation_says_what_it_does(path: str, method: str, operation: dict[str, Any]) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z0-9]+)+", operation["operationId"])
    assert len(operation["summary"]) > 10
    assert len(operation["description"]) > 10
    assert len(operation["tags"]) == 1


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_errors_are_problems_with_examples(path: str, method: str, operation: dict[str, Any]) -> None:
    if path == "/readyz":
        return  # what is not ready says what is, in the same form
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            continue
        if status == "304":
            assert "content" not in response  # it has no body
            continue
        (media_type,) = response["content"]
        assert media_type == "application/problem+json"
        content = response["content"][media_type]
        assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
        for code, example in content["examples"].items():
            assert example["value"]["code"] == code
            assert str(example["value"]["status"]) == status


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_parameters_are_described(path: str, method: str, operation: dict[str, Any]) -> None:
    undescribed = [
        parameter["name"] for parameter in operation.get("parameters", []) if not parameter.get("description")
    ]
    assert undescribed == []


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_every_operation_has_a_valid_example(path: str, method: str, operation: dict[str, Any]) -> None:
    success = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
    answered = success.get("content")
    contents = [] if answered is None else [answered.get("application/json")]
    if "requestBody" in operation:
        bodies = operation["requestBody"]["content"]
        contents.append(bodies.get("application/json") or next(iter(bodies.values())))
    if contents and contents[0] is None:  # a download
        assert method == "get"
        del contents[0]
    for content in contents:
        validator = Draft202012Validator(
            {**content["schema"], "components": DOCUMENT["components"]}, format_checker=FormatChecker()
        )
        assert [error.message for error in validator.iter_errors(content["example"])] == []
    for parameter in operation.get("parameters", []):
        assert "example" in parameter or not (parameter["required"] and parameter["in"] == "path")


async def test_the_examples_are_of_the_form_that_is_answered_today(seeded_client: httpx.AsyncClient) -> None:
    """`make examples` brings them up to date."""
    committed = json.loads(EXAMPLES_FILE.read_text(encoding="utf-8"))
    today = await collect(seeded_client, DOCUMENT)
    assert list(committed) == list(today)
    for operation_id, example in today.items():
        assert form(committed[operation_id]["response"]) == form(example["response"]), operation_id


def form(value: Any) -> Any:
    """Return what keys a value has, at every depth."""
    if isinstance(value, dict):
        return {name: form(child) for name, child in value.items()}
    return [form(child) for child in value] if isinstance(value, list) else None


def test_the_document_is_readable_json() -> None:
    text = as_text(DOCUMENT)
    assert json.loads(text) == DOCUMENT
    assert "\\u" not in text
