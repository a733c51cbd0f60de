"""Whatever is sent, the server answers what its document says: no failure, no undeclared status or body."""

from copy import deepcopy

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.imports.endpoints import XLSX
from tests.fixtures.contract import document

schema = schemathesis.openapi.from_dict(deepcopy(document()))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
PATIENCE_SECONDS = 60
"""A server that has only just started is slow at first, more so on a busy machine."""


@schemathesis.serializer("application/x-ndjson", XLSX)
def _as_it_is(_context: object, value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


def _needs_a_person(operation: schemathesis.HookContext) -> bool:
    return operation.operation.definition.raw.get("security") == [{"bearer": []}]


# These requests name no person: where one is needed, the answer is given before anything is read.
for_everybody = schema.exclude(_needs_a_person)
for_known_people = schema.include(_needs_a_person)


def tried(times: int) -> settings:
    return settings(
        max_examples=times, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )


@pytest.mark.slow
@for_everybody.parametrize()
@tried(25)
def test_any_request_gets_a_declared_and_valid_answer(case: schemathesis.Case, live_server: str) -> None:
    case.call_and_validate(base_url=live_server, checks=CHECKS, timeout=PATIENCE_SECONDS)


# On one database: no row is read for them. The matrix of the policy table asks each of these on both.
@pytest.mark.slow
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True, scope="session")
@for_known_people.parametrize()
@tried(5)
def test_any_request_of_nobody_is_refused_in_a_declared_and_valid_answer(
    case: schemathesis.Case, live_server: str
) -> None:
    answer = case.call_and_validate(base_url=live_server, checks=CHECKS, timeout=PATIENCE_SECONDS)
    assert answer.status_code >= 400
