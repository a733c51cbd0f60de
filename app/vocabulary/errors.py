"""Errors of the vocabularies."""

from collections.abc import Sequence

from app.errors import AppError, ErrorItem, NotFound
from app.kit.i18n import Localized


class FieldNotFound(NotFound):
    """No field or sub-direction has this code."""

    code = "field-not-found"
    title = Localized(zh="没有这个领域", en="There is no such field")


class RegionNotFound(NotFound):
    """No region has this code."""

    code = "region-not-found"
    title = Localized(zh="没有这个行政区划", en="There is no such region")


class RegionRetired(AppError):
    """The code was abolished; `errors` and the Link header name its successors."""

    status = 410
    code = "region-retired"
    title = Localized(zh="这个行政区划代码已撤销", en="This region code was abolished")

    def __init__(self, successors: Sequence[tuple[str, Localized]]) -> None:
        zh = "、".join(f"{name.zh}（{code}）" for code, name in successors)
        en = ", ".join(f"{name.in_lang('en')} ({code})" for code, name in successors)
        super().__init__(
            Localized(zh=f"已撤销，现为{zh}", en=f"Abolished; now {en}"),
            errors=[
                ErrorItem(
                    pointer="/path/code",
                    code="successor",
                    detail=Localized(zh=f"/v1/regions/{code}", en=f"/v1/regions/{code}"),
                )
                for code, _ in successors
            ],
            headers={
                "Link": ", ".join(f'</v1/regions/{code}>; rel="successor-version"' for code, _ in successors)
            },
        )


class TermNotFound(NotFound):
    """No capability term has this code."""

    code = "capability-term-not-found"
    title = Localized(zh="没有这个能力术语", en="There is no such capability term")


class StandardNotFound(NotFound):
    """The catalogue knows no standard of this number, or not this edition."""

    code = "standard-not-found"
    title = Localized(zh="没有这项标准", en="There is no such standard")
