"""The policy table: complete, shown as it is, and no row twice."""

from dataclasses import replace

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from app.auth.document import operations_of, policy_document, without_row
from app.auth.enforce import enforce_policy
from app.auth.rules import Row
from app.auth.scopes import Scope
from app.auth.who import Who
from app.main import create_app
from app.migrations import ROOT
from app.policy import TABLE, gather
from app.settings import Settings
from tests.fixtures.contract import document

APP: FastAPI = create_app(Settings())
DOCUMENT = document()


def test_every_operation_has_a_row() -> None:
    assert without_row(DOCUMENT, TABLE) == []


def test_every_row_is_of_an_operation() -> None:
    assert sorted(TABLE.keys() - operations_of(DOCUMENT).keys()) == []


def test_an_operation_without_a_row_is_noticed() -> None:
    table = {name: row for name, row in TABLE.items() if name != "get_organisation"}
    assert without_row(DOCUMENT, table) == ["get_organisation"]


def test_two_rows_for_one_operation_are_refused() -> None:
    row = Row("get_organisation", (Who.ANYONE,))
    with pytest.raises(ValueError, match="two rows"):
        gather((row,), (replace(row, who=(Who.ADMIN,)),))


def test_every_scope_opens_something_and_every_row_names_somebody() -> None:
    assert {row.key for row in TABLE.values() if isinstance(row.key, Scope)} == set(Scope)
    for row in TABLE.values():
        assert row.who, row.operation
        assert row.target is not None or not row.readers, row.operation


def test_whoever_knows_of_an_object_by_a_row_may_read_it() -> None:
    """To be told 403 and not 404 says that the object exists: the readers are those who may get it."""
    for row in TABLE.values():
        if row.target is TABLE["get_organisation"].target and row.readers:
            assert set(row.readers) <= set(TABLE["get_organisation"].who), row.operation


def test_the_committed_page_is_the_generated_one() -> None:
    committed = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
    assert committed == policy_document(DOCUMENT, TABLE), "run `make openapi` and commit docs/policy.md"


def test_the_page_shows_every_operation_with_its_request() -> None:
    page = policy_document(DOCUMENT, TABLE)
    for operation, request in operations_of(DOCUMENT).items():
        assert f"| `{operation}` | `{request}` |" in page
    assert (
        "| `update_organisation` | `PATCH /v1/organisations/{organisation_id}` | owners of the organisation, admins, "
        "departments of the region | members of the organisation | `organisation:write` | – |" in page
    )


def test_every_route_under_v1_is_enforced() -> None:
    for route in APP.routes:
        if isinstance(route, APIRoute) and route.path.startswith("/v1"):
            assert enforce_policy in {dependency.call for dependency in route.dependant.dependencies}
