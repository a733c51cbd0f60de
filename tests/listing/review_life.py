"""One platform whose life a state machine plays: the people in it, what must hold, and how it is looked at."""

import asyncio
import random
import uuid
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.principal import DepartmentRole, Principal
from app.db import SessionFactory, writing
from app.errors import NotFound, WrongState
from app.kit.etag import Precondition
from app.listing import (
    draft_queries,
    draft_usecases,
    line_usecases,
)
from app.listing.documents import AT_ONCE, DOCUMENT_OF, PlatformDocument, ScopeLineDocument
from app.listing.draft_edit import Editor
from app.listing.errors import RevisionUnderReview, ScopeLineExists
from app.listing.rules import Action, after
from app.membership.reading import Reader, key_of
from app.models import (
    Department,
    DepartmentDuty,
    ItemKind,
    Listing,
    ListingState,
    OrganisationRole,
    Platform,
    PlatformKind,
    metadata,
)
from app.vocabulary.names import load_names
from tests.factories.people import make_person
from tests.factories.registry import make_organisation, make_vocabulary

LINE, ACCREDITATION = metadata.tables["scope_line"].c, metadata.tables["accreditation"].c
REFUSED = (WrongState, NotFound, ScopeLineExists)
ANY = Precondition(None)
CHILDREN = tuple(kind for kind in DOCUMENT_OF if kind is not ItemKind.PLATFORM)
NEW: dict[ItemKind, dict[str, Any]] = {
    ItemKind.SERVICE: {"function": "test_inspection", "title_zh": "0", "price_options": []},
    ItemKind.EQUIPMENT: {"name_zh": "0"},
    ItemKind.SETTING: {"kind": "environment", "name_zh": "0"},
    ItemKind.CONTACT: {"name_zh": "0", "telephone": "0571-88888888"},
    ItemKind.INTAKE_STEP: {"title_zh": "0"},
    ItemKind.ACCREDITATION: {"scheme": "CNAS", "certificate_no": "0", "state": "granted"},
}
TITLE = {
    ItemKind.SERVICE: "title_zh",
    ItemKind.INTAKE_STEP: "title_zh",
    ItemKind.ACCREDITATION: "certificate_no",
}
Shown = dict[str, Any]
"""The content of a platform by item, without what may be public without review."""


def line_of(number: int) -> ScopeLineDocument:
    return ScopeLineDocument(object="动力蓄电池单体", parameter=f"参数{number}", standard="GB 38031-2020")


def reviewed(kind: ItemKind, document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in AT_ONCE.get(kind, ())}


@dataclass
class World:
    """A database with an organisation, and everybody who acts on its platforms."""

    runner: asyncio.Runner
    new_session: SessionFactory
    reader: Reader
    organisation: str
    owner: Principal
    department: dict[DepartmentDuty, Principal]

    done: Counter[Action] = field(default_factory=Counter)

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(coroutine)


async def make_people(new_session: SessionFactory) -> dict[str, Any]:
    async with writing(new_session) as session:
        await make_vocabulary(session)
        organisation = await make_organisation(session, demo=False)
        people = [await make_person(session) for _ in range(3)]
        names = await load_names(session, 1)
    owner, *deciding = (Principal(person_id=one.id, person_uid=one.uid) for one in people)
    roles = MappingProxyType({key_of(organisation): OrganisationRole.OWNER})
    duties = zip(DepartmentDuty, deciding, strict=True)
    return {
        "reader": Reader(names, "zh"),
        "organisation": organisation.slug,
        "owner": Principal(person_id=owner.person_id, person_uid=owner.person_uid, roles=roles),
        "department": {
            duty: Principal(
                person_id=one.person_id,
                person_uid=one.person_uid,
                departments=(DepartmentRole(Department.ECONOMY, "330100", duty),),
            )
            for duty, one in duties
        },
    }


@dataclass
class Known:
    """What must hold: where the platform stands, what was approved last, and what the public sees."""

    state: ListingState = ListingState.DRAFT
    was_published: bool = False
    approved: Shown | None = None
    public: Shown = field(default_factory=dict)


class LifeOfPlatform(RuleBasedStateMachine):
    """What the steps of its life have in common."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.known = Known()
        self.edits = 0
        self.random = random.Random(0)
        self.key = str(world.run(self._make()))

    async def _make(self) -> Any:
        document = PlatformDocument(name_zh="示例平台", region_code="330110")
        async with writing(self.world.new_session) as session:
            draft = await draft_usecases.create_platform(
                self._editor(session), self.world.organisation, PlatformKind.PILOT_PLATFORM, None, document
            )
        return draft.platform.uid

    def _editor(self, session: AsyncSession) -> Editor:
        return Editor(session, self.world.owner, self.world.reader)

    def _try(self, do: Any) -> Exception | None:
        """Do it in a transaction of its own; return what refused it."""

        async def try_it() -> Exception | None:
            try:
                async with writing(self.world.new_session) as session:
                    await do(session)
            except REFUSED as error:
                return error
            return None

        refusal: Exception | None = self.world.run(try_it())
        return refusal

    def _reached(self, action: Action, refusal: Exception | None, *, done: bool) -> None:
        """Go where the table says; what was done must be in it, and what is in it not be refused for its state."""
        to = after(self.known.state, action, was_published=self.known.was_published)
        # What is not there, or is there already, says nothing of the state.
        assert to is None or not isinstance(refusal, WrongState), (self.known.state, action, refusal)
        if done:
            assert to is not None, (self.known.state, action)
            self.known.state = to
            self.world.done[action] += 1

    def _do(self, action: Action, do: Any) -> bool:
        refusal = self._try(do)
        self._reached(action, refusal, done=refusal is None)
        return refusal is None

    def _edit(self, do: Any, *, at_once: bool = False) -> None:
        """Edit; whatever is public at once needs no draft, and is possible until the platform is retired."""
        self.edits += 1
        if at_once and self.known.was_published:
            assert not self._freely(do) or self.known.state is not ListingState.RETIRED
            return
        before = self.world.run(self._draft_version())
        refusal = self._try(do)
        # To say the same once more changes nothing, and is no edit.
        self._reached(Action.EDIT, refusal, done=self.world.run(self._draft_version()) != before)

    def _freely(self, do: Any) -> bool:
        async def try_it() -> bool:
            try:
                async with writing(self.world.new_session) as session:
                    await do(session)
            except (RevisionUnderReview, NotFound):
                return False
            return True

        return bool(self.world.run(try_it()))

    async def _draft_version(self) -> int:
        async with self.world.new_session() as session:
            platform = await draft_queries.get_platform(session, self.key)
            return (await draft_queries.get_listing(session, platform)).version

    async def _listing(self) -> Listing:
        async with self.world.new_session() as session:
            platform = await draft_queries.get_platform(session, self.key)
            return await draft_queries.get_listing(session, platform)

    async def _some_item(self, kind: ItemKind) -> Any:
        async with self.world.new_session() as session:
            draft = await draft_usecases.get_draft(session, self.key)
        items = draft.children[kind]
        return self.random.choice(items).uid if items else None

    async def _public_service(self) -> Any:
        async with self.world.new_session() as session:
            draft = await draft_usecases.get_draft(session, self.key)
            public = await draft_queries.published_uids(session, key_of(draft.platform), ItemKind.SERVICE)
        return next((one.uid for one in draft.children[ItemKind.SERVICE] if one.uid in public), None)

    async def _some_line(self) -> tuple[str, int] | None:
        async with self.world.new_session() as session:
            platform = await draft_queries.get_platform(session, self.key)
            held = await line_usecases.accreditations_in_draft(session, platform)
            statement = select(LINE.id, LINE.accreditation_id).where(
                LINE.accreditation_id.in_(held), *draft_queries.IN_DRAFT
            )
            rows = (await session.execute(statement.order_by(LINE.id))).all()
        if not rows:
            return None
        row = self.random.choice(rows)
        return str(held[row.accreditation_id]), row.id

    async def _draft(self) -> Shown:
        async with self.world.new_session() as session:
            draft = await draft_usecases.get_draft(session, self.key)
            shown = {str(draft.platform.uid): draft.own.document}
            for kind in CHILDREN:
                if kind is not ItemKind.CONTACT:
                    shown |= {str(one.uid): reviewed(kind, one.document) for one in draft.children[kind]}
            held = [item.uid for item in draft.children[ItemKind.ACCREDITATION]]
            lines = await self._lines(session, ACCREDITATION.uid.in_(held), *draft_queries.IN_DRAFT)
        return {**shown, "lines": lines}

    async def _public(self) -> Shown:
        async with self.world.new_session() as session:
            platform: Platform = await draft_queries.get_platform(session, self.key)
            lines = await self._lines(
                session, ACCREDITATION.platform_id == platform.id, ACCREDITATION.live, LINE.live
            )
            if not platform.live:
                assert lines == []
                return {}
            shown = {str(platform.uid): await draft_queries.published_platform(session, platform)}
            for kind in CHILDREN:
                if kind is not ItemKind.CONTACT:
                    public = await self._public_uids(session, platform, kind)
                    documents = await draft_queries.published_documents(
                        session, key_of(platform), kind, public
                    )
                    shown |= {str(uid): reviewed(kind, one) for uid, one in documents.items()}
        return {**shown, "lines": lines}

    async def _public_uids(
        self, session: AsyncSession, platform: Platform, kind: ItemKind
    ) -> list[uuid.UUID] | None:
        """Return the accreditations that are public; None for all else, which has rows only where it is."""
        if kind is not ItemKind.ACCREDITATION:
            return None
        statement = select(ACCREDITATION.uid).where(
            ACCREDITATION.platform_id == platform.id, ACCREDITATION.live
        )
        return list(await session.scalars(statement))

    async def _lines(self, session: AsyncSession, *conditions: Any) -> list[tuple[Any, ...]]:
        statement = (
            select(ACCREDITATION.uid, LINE.parameter_id, LINE.standard_number, LINE.restriction_zh)
            .join(ACCREDITATION.id.table, ACCREDITATION.id == LINE.accreditation_id)
            .where(*conditions)
        )
        return sorted(tuple(map(str, row)) for row in await session.execute(statement))
