"""What differs between two documents, field by field. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Difference:
    """One place, as JSON pointer into the document, and what it says before and after; None: nothing."""

    pointer: str
    before: Any
    after: Any


def differences(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[Difference]:
    """Return every place in which two stored documents differ; None is a document that says nothing.

    Lists of one length are compared entry by entry, others as a whole.
    """
    return list(_of_members(before or {}, after or {}, ""))


def _of_members(before: Mapping[str, Any], after: Mapping[str, Any], at: str) -> Iterator[Difference]:
    for name in [*before, *(name for name in after if name not in before)]:
        yield from _of_values(before.get(name), after.get(name), f"{at}/{_escaped(name)}")


def _of_values(before: Any, after: Any, at: str) -> Iterator[Difference]:
    if _said(before) == _said(after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _of_members(before, after, at)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _of_values(old, new, f"{at}/{index}")
    else:
        yield Difference(at, _said(before), _said(after))


def _said(value: Any) -> Any:
    """An empty list says as much as nothing."""
    return None if value == [] else value


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
