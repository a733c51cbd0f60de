"""What every body keeps to: no unknown name, no control character at any depth, no spaces around texts."""

import json
from typing import Any

import pytest
from pydantic import Field, ValidationError

from app.kit.schemas import Given
from tests.fixtures.contract import document


class Inner(Given):
    text: str = ""


class Outer(Given):
    text: str | None = None
    lines: list[str] = Field(default_factory=list)
    named: dict[str, str] = Field(default_factory=dict)
    deep: dict[str, Any] = Field(default_factory=dict)
    inner: Inner | None = None
    inners: list[Inner] = Field(default_factory=list)


@pytest.mark.parametrize("character", ["\x00", "\x08", "\x0b", "\x1f", "\x7f", "\x9f", "\u202e", "\u2066"])
@pytest.mark.parametrize(
    ("place", "body"),
    [
        (("text",), {"text": "a?b"}),
        (("lines",), {"lines": ["good", "a?b"]}),
        (("named",), {"named": {"key": "a?b"}}),
        (("named",), {"named": {"k?y": "a"}}),
        (("deep",), {"deep": {"a": [{"b": ["a?b"]}]}}),
        (("inner", "text"), {"inner": {"text": "a?b"}}),
        (("inners", 1, "text"), {"inners": [{"text": "a"}, {"text": "a?b"}]}),
    ],
)
def test_a_control_character_is_refused_wherever_it_stands(
    character: str, place: tuple[str | int, ...], body: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate_json(json.dumps(body).replace("?", json.dumps(character)[1:-1]))
    assert [(error["loc"], error["type"]) for error in caught.value.errors()] == [
        (place, "control_character")
    ]


def test_lines_tabs_and_every_script_are_kept() -> None:
    text = "第一行\n\tsecond — Ω µm ℃ 👩‍🔬 עברית"
    assert Outer(text=f"  {text} \r\n", lines=[text]).model_dump()["lines"] == [text]
    assert Outer(text=f"  {text} \r\n").text == text


def test_every_body_of_the_document_keeps_to_it() -> None:
    known = {each.__name__ for each in _descendants(Given)}
    bodies = {
        content["schema"]["$ref"].rpartition("/")[2]
        for operations in document()["paths"].values()
        for operation in operations.values()
        for media_type, content in operation.get("requestBody", {}).get("content", {}).items()
        if media_type.endswith("json") and "$ref" in content["schema"]
    }
    assert len(bodies) > 40
    # A text that is only read: spans count its characters as they were sent, and nothing of it is stored.
    assert bodies - known == {"DrawRequest"}


def _descendants(base: type[Given]) -> set[type[Given]]:
    return {base}.union(*map(_descendants, base.__subclasses__()))
