"""What differs between two releases, field by field. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.kit.i18n import Localized
from app.releases.canonical import canonical
from app.releases.documents import Named, ReleaseListed
from app.releases.schemas import FieldChange, PlatformChange, ReleaseDiff, ReleasedPlatformBrief

_KEYS = ("id", "code")


def diff_of(
    before: ReleaseListed,
    after: ReleaseListed,
    earlier: Sequence[Mapping[str, Any]],
    later: Sequence[Mapping[str, Any]],
) -> ReleaseDiff:
    """Compare the entries of two releases; the same platform is the one with the same id."""
    old = {entry["id"]: entry for entry in earlier}
    new = {entry["id"]: entry for entry in later}
    both = [(old[key], entry) for key, entry in new.items() if key in old]
    changed = [
        PlatformChange(platform=_brief(now), changes=changes)
        for was, now in both
        if (changes := list(changes_between(was, now)))
    ]
    return ReleaseDiff(
        before=before,
        after=after,
        added=[_brief(entry) for key, entry in new.items() if key not in old],
        removed=[_brief(entry) for key, entry in old.items() if key not in new],
        changed=changed,
        unchanged=len(both) - len(changed),
    )


def changes_between(before: Any, after: Any, pointer: str = "") -> Iterator[FieldChange]:
    """Give each value that differs between two JSON values; nothing when they are the same JSON."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _changes_in(before, after, pointer)
        return
    if isinstance(before, list) and isinstance(after, list):
        key = _key_of(before, after)
        if key is not None:
            was, now = ({member[key]: member for member in members} for members in (before, after))
            yield from _changes_in(was, now, pointer)
            stayed, order = [each for each in was if each in now], [each for each in now if each in was]
            if stayed != order:
                yield FieldChange(pointer=pointer, before=stayed, after=order)
            return
    if canonical(before) != canonical(after):
        yield FieldChange(pointer=pointer, before=before, after=after)


def _changes_in(before: Mapping[str, Any], after: Mapping[str, Any], pointer: str) -> Iterator[FieldChange]:
    for name in dict.fromkeys((*before, *after)):
        place = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
        yield from changes_between(before.get(name), after.get(name), place)


def _key_of(*lists: Sequence[Any]) -> str | None:
    """Return the name of what tells the members of each list apart; None where nothing does."""
    return next((key for key in _KEYS if any(lists) and all(_tells_apart(key, each) for each in lists)), None)


def _tells_apart(key: str, members: Sequence[Any]) -> bool:
    values = [each.get(key) if isinstance(each, Mapping) else None for each in members]
    return all(isinstance(value, str) for value in values) and len(set(values)) == len(values)


def _brief(entry: Mapping[str, Any]) -> ReleasedPlatformBrief:
    return ReleasedPlatformBrief(
        id=entry["id"],
        slug=entry["slug"],
        name=Localized(**entry["name"]),
        kind=Named(code=entry["kind"]["code"], name=Localized(**entry["kind"]["name"])),
    )
