"""A release as a page to print: one HTML file without scripts, with its own style sheet for A4."""

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.releases import wording
from app.releases.documents import ContentsLine, ReleasedPlatform, ReleaseRead

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page_of(release: ReleaseRead) -> bytes:
    """Return the page; whatever a platform wrote is text on it, never markup and never a link."""
    template = _ENVIRONMENT.get_template("release.html.jinja")
    return template.render(release=release, sections=_sections(release), wording=wording).encode()


def _sections(
    release: ReleaseRead,
) -> Sequence[tuple[ContentsLine, Sequence[tuple[int, ReleasedPlatform, bool]]]]:
    """Return for each field its entries with their numbers on the page; an entry is printed in the first of its fields.

    The others only name it: a list of thousands of services shall not be printed twice.
    """
    sections = wording.by_field(release)
    printed = [
        entry.id
        for line, entries in sections
        for entry in entries
        if wording.main_codes(entry)[0] == line.code
    ]
    numbers = {uid: number for number, uid in enumerate(printed, start=1)}
    return [
        (
            line,
            [(numbers[entry.id], entry, wording.main_codes(entry)[0] == line.code) for entry in entries],
        )
        for line, entries in sections
    ]
