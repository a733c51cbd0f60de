"""Whatever is sent, the server answers what its document says: no failure, no undeclared status or body."""

from collections.abc import Iterator
from copy import deepcopy

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings
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


def tried(times: int, *, edges: bool = True) -> settings:
    """Try so many random requests; `edges`: and the examples of the document and the limits of each value first."""
    phases = tuple(phase for phase in settings.default.phases if edges or phase is not Phase.explicit)
    return settings(
        max_examples=times,
        phases=phases,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="module")
def connections() -> Iterator[requests.Session]:
    """Connections that are kept, as clients keep them."""
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.mark.slow
@for_everybody.parametrize()
@tried(25)
def test_any_request_gets_a_declared_and_valid_answer(
    case: schemathesis.Case, live_server: str, connections: requests.Session
) -> None:
    case.call_and_validate(live_server, session=connections, checks=CHECKS, timeout=PATIENCE_SECONDS)


# On one database: no row is read for them. The matrix of the policy table asks each of these on both. The limits of
# each value are not tried: whoever is not known is refused before any value is read.
@pytest.mark.slow
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True, scope="session")
@for_known_people.parametrize()
@tried(5, edges=False)
def test_any_request_of_nobody_is_refused_in_a_declared_and_valid_answer(
    case: schemathesis.Case, live_server: str, connections: requests.Session
) -> None:
    answer = case.call_and_validate(live_server, session=connections, checks=CHECKS, timeout=PATIENCE_SECONDS)
    assert answer.status_code >= 400
