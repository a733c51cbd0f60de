"""The policy table as people read it: docs/policy.md."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.auth.rules import Row
from app.auth.scopes import KeyUse
from app.auth.who import Who

_WORDS: Mapping[Who, str] = {
    Who.ANYONE: "anyone",
    Who.SIGNED_IN: "who is signed in",
    Who.SELF: "the person concerned",
    Who.VIEWER: "members of the organisation",
    Who.EDITOR: "editors and owners of the organisation",
    Who.OWNER: "owners of the organisation",
    Who.CALLER: "editors and owners of the verification centre that called",
    Who.REVIEWER: "reviewers of the competent department",
    Who.PUBLISHER: "publishers of the competent department",
    Who.ANY_PUBLISHER: "publishers of any department, for their region and kinds of platform",
    Who.DEPARTMENT: "departments of the region",
    Who.EXPERT: "experts",
    Who.ADMIN: "admins",
}
_HEAD = """\
# Who may do what

Made from the policy table (`app/policy.py`); `make openapi` writes it. Every call is decided by its row.

* Who is not signed in is answered 401, unless anyone may.
* An API key without the scope, or where no key will do, is answered 403, whatever the object is.
* Who neither may nor is among those that know of the object is answered 404, as if there were none.
* Who knows of the object but may not is answered 403.
* Nobody acts for a department on what belongs to an organisation they are a member of (conflict of interest): 403.
* A call that is possible only in some states of the object is answered 409 in any other.
* Owners are editors too, and editors members. A department is competent by kind (science: verification centres,
  economy: pilot platforms) and by region (a city: the city and its counties; the province: everything).

| operation | request | who may | who else knows of the object | API key | states |
|---|---|---|---|---|---|
"""


def operations_of(document: Mapping[str, Any]) -> Mapping[str, str]:
    """Return method and path of each operation id of an OpenAPI document."""
    return {
        operation["operationId"]: f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }


def without_row(document: Mapping[str, Any], table: Mapping[str, Row]) -> list[str]:
    """Return the operation ids of the document that the table forgets."""
    return sorted(operations_of(document).keys() - table.keys())


def policy_document(document: Mapping[str, Any], table: Mapping[str, Row]) -> str:
    """Return the table as Markdown, in the order of the paths of the OpenAPI document."""
    return _HEAD + "".join(
        f"| {' | '.join(_cells(operation, request, table[operation]))} |\n"
        for operation, request in operations_of(document).items()
    )


def _cells(operation: str, request: str, row: Row) -> Iterator[str]:
    yield f"`{operation}`"
    yield f"`{request}`"
    yield ", ".join(_WORDS[who] for who in row.who)
    yield ", ".join(_WORDS[who] for who in row.readers if who not in row.who) or "–"
    if row.is_public or row.key is KeyUse.ANY:
        yield "any"
    else:
        yield "none" if row.key is KeyUse.NEVER else f"`{row.key}`"
    yield ", ".join(row.states) or "–"
