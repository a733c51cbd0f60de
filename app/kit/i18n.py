"""Chinese and English: texts are `{zh, en}`; labels of codes come in the language asked."""

from typing import Annotated, Literal, get_args

from fastapi import Depends, Header
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

Lang = Literal["zh", "en"]
DEFAULT_LANG: Lang = "zh"


class Localized(BaseModel):
    """A text in Chinese and, where the source gives it, in English."""

    model_config = ConfigDict(frozen=True)

    zh: str
    en: str | None = Field(default=None, description="null where the source gives no English text")

    def in_lang(self, lang: Lang) -> str:
        """Return the text in `lang`, falling back to Chinese, which is always there."""
        return self.en if lang == "en" and self.en is not None else self.zh


def invalid_value(code: str, zh: str, en: str) -> PydanticCustomError:
    """Return the error that a pydantic validator raises when its message must be in both languages.

    `code` becomes `errors[].code` of the problem. Braces in the texts are kept as they are.
    """
    return PydanticCustomError(code, "{en}", {"zh": zh, "en": en})


def pick_lang(accept_language: str | None) -> Lang:
    """Return the language that an Accept-Language header prefers, Chinese unless it asks for English.

    Quality values count, the first of equal ones wins, `q=0` excludes, regions (`en-GB`) are dropped.
    Never fails: an unreadable part is left out.
    """
    best: Lang = DEFAULT_LANG
    best_quality = 0.0
    for part in (accept_language or "").split(","):
        tag, _, parameters = part.partition(";")
        name = tag.strip().lower().split("-")[0]
        lang = DEFAULT_LANG if name == "*" else name
        quality = _quality(parameters)
        for known in get_args(Lang):
            if lang == known and quality > best_quality:
                best, best_quality = known, quality
    return best


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        quality = float(value)
    except ValueError:
        return 0.0
    return quality if 0.0 <= quality <= 1.0 else 0.0


async def lang_of_request(
    accept_language: Annotated[
        str | None,
        Header(description="`zh` (default) or `en`: the language of labels and of problem details."),
    ] = None,
) -> Lang:
    """FastAPI dependency: the language of the answer. Async, or it would cost a thread a request."""
    return pick_lang(accept_language)


LangDep = Annotated[Lang, Depends(lang_of_request)]
