"""What every body that is taken or answered has in common."""

import re
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator

from app.kit.i18n import invalid_value

UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters, which PostgreSQL cannot store or nobody means, and marks that turn the direction of text."""


class Given(BaseModel):
    """Base of what is sent.

    A name that does not exist is refused, and so are control characters; spaces around texts are taken off.
    """

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    @field_validator("*")
    @classmethod
    def _is_storable(cls, value: Any) -> Any:
        for text in _texts(value):
            if UNSTORABLE.search(text):
                raise invalid_value(
                    "control_character", "不允许控制字符", "Control characters are not allowed"
                )
        return value


class Read(BaseModel):
    """Base of what is answered."""

    model_config = ConfigDict(frozen=True)


def _texts(value: Any) -> Iterable[str]:
    """Return the texts in a value; models in it have looked at theirs."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, member in value.items():
            yield from _texts(key)
            yield from _texts(member)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for member in value:
            yield from _texts(member)
