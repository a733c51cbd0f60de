"""State machines as Markdown: a Mermaid diagram and a table. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from app.kit.i18n import Localized

State = TypeVar("State", bound=str)
Arrow = tuple[str, str, str]
"""From one state to another, and what is written on it; `END` stands for no state."""

END = "[*]"


def diagram(
    states: Mapping[State, Localized], initial: str, arrows: Iterable[Arrow], last: Sequence[str]
) -> str:
    """Return the diagram; nothing follows the `last` states."""
    return "".join(_lines(states, initial, arrows, last))


def _lines(
    states: Mapping[State, Localized], initial: str, arrows: Iterable[Arrow], last: Sequence[str]
) -> Iterator[str]:
    yield "```mermaid\nstateDiagram-v2\n"
    for state, name in states.items():
        yield f'    state "{name.zh} {name.en}" as {state}\n'
    yield f"    {END} --> {initial}\n"
    for before, after, label in arrows:
        yield f"    {before} --> {after}: {label}\n" if label else f"    {before} --> {after}\n"
    for final in last:
        yield f"    {final} --> {END}\n"
    yield "```\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    first, rule, *others = lines
    written = [
        f"| {' | '.join(first)} |",
        f"|{'|'.join(rule)}|",
        *(f"| {' | '.join(row)} |" for row in others),
    ]
    return "\n".join(written) + "\n"


def named(states: Mapping[State, Localized], state: State) -> str:
    """Return a state as it stands in a table: its Chinese name and its code."""
    return f"{states[state].zh} `{state}`"
