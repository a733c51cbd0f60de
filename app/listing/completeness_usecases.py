"""How complete a draft is."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from app.listing import completeness_queries as queries
from app.listing import draft_queries
from app.listing.draft_usecases import get_draft
from app.listing.findings import Finding
from app.listing.findings_rules import WholeDraft, judge_draft
from app.membership.reading import key_of
from app.models import ItemKind
from app.vocabulary.names import Names


async def findings_of(
    session: AsyncSession, key: str, names: Names, today: date
) -> tuple[int, Sequence[Finding]]:
    """Return the version of the draft and everything found in it. Raises PlatformNotFound."""
    draft = await get_draft(session, key)
    found = await draft_queries.accreditation_keys(session, key_of(draft.platform))
    keys = {uid: id_ for id_, uid in found.items()}
    held = draft.children[ItemKind.ACCREDITATION]
    scopes = await queries.scopes(session, [keys[item.uid] for item in held])
    whole = WholeDraft(
        platform=draft.own.document,
        services=[item.document for item in draft.children[ItemKind.SERVICE]],
        accreditations=[item.document for item in held],
        scopes=[scopes.get(keys[item.uid], []) for item in held],
        contacts=len(draft.children[ItemKind.CONTACT]),
        intake_steps=len(draft.children[ItemKind.INTAKE_STEP]),
    )
    vocabulary = await queries.load_vocabulary(session, names)
    return draft.listing.version, judge_draft(whole, vocabulary, today)
