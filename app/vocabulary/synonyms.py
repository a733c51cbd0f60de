"""The vocabularies as a table of synonyms for the text layer of the search engines."""

import json
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import metadata
from search.synonyms import SynonymGroup

_TERM = metadata.tables["capability_term"].c
_FUNCTION = metadata.tables["service_function"].c


async def synonym_groups(session: AsyncSession) -> list[SynonymGroup]:
    """Return a group for each capability term and service function: its names, and the words near it."""
    terms = await session.execute(
        select(_TERM.name_zh, _TERM.name_en, _TERM.synonyms).order_by(_TERM.position, _TERM.code)
    )
    functions = await session.execute(
        select(_FUNCTION.name_zh, _FUNCTION.name_en, _FUNCTION.synonyms).order_by(
            _FUNCTION.group, _FUNCTION.position
        )
    )
    return [
        SynonymGroup(heads=tuple(name for name in (zh, en) if name), terms=tuple(synonyms))
        for zh, en, synonyms in (*terms, *functions)
    ]


def colloquial_groups(file: Path) -> list[SynonymGroup]:
    """Read how people put things (`seed_data/search_synonyms.json`): their words find those of the trade.

    The terms of one group are near each other but not the same, so they do not find each other.
    """
    groups = json.loads(file.read_text(encoding="utf-8"))["groups"]
    return [
        SynonymGroup(heads=(term,), triggers=tuple(group["triggers"]))
        for group in groups
        for term in group["terms"]
    ]


def drawing_phrases(file: Path) -> dict[str, list[str]]:
    """Read how needs are put in texts (`seed_data/drawing_phrases.json`), by code of the capability term."""
    phrases: dict[str, list[str]] = json.loads(file.read_text(encoding="utf-8"))["phrases"]
    return phrases
