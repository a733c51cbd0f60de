"""Any sequence of real use cases: no undeclared state, and never published but what was approved.

Hypothesis plays the platform's editors and the department on one database: they edit every kind of item and scope
lines, submit, withdraw, decide, publish, discard and retire in any order, also where it is refused.
"""

import asyncio
import random
import uuid
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.principal import DepartmentRole, Principal
from app.db import SessionFactory, engine_for_url, make_session_factory, writing
from app.errors import NotFound, WrongState
from app.kit.clock import utcnow
from app.kit.etag import Precondition
from app.listing import (
    authority_schemas,
    draft_queries,
    draft_usecases,
    item_usecases,
    line_usecases,
    retirement_usecases,
    review_schemas,
    review_usecases,
)
from app.listing.documents import AT_ONCE, DOCUMENT_OF, PlatformDocument, ScopeLineDocument, document_of
from app.listing.draft_edit import Editor
from app.listing.errors import NoDraft, RevisionUnderReview, ScopeLineExists
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
from tests.fixtures.database import Content, temporary_database

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


@pytest.fixture
def sqlite_world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    with asyncio.Runner() as runner:
        making = temporary_database("sqlite", tmp_path, request, Content.TABLES)
        engine = engine_for_url(runner.run(making.__aenter__()))
        new_session = make_session_factory(engine)
        yield World(runner, new_session, **runner.run(make_people(new_session)))
        runner.run(engine.dispose())
        runner.run(making.__aexit__(None, None, None))


@dataclass
class Known:
    """What must hold: where the platform stands, what was approved last, and what the public sees."""

    state: ListingState = ListingState.DRAFT
    was_published: bool = False
    approved: Shown | None = None
    public: Shown = field(default_factory=dict)


class Life(RuleBasedStateMachine):
    """One platform from its making on."""

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

    @initialize(is_public=st.booleans())
    def begin(self, is_public: bool) -> None:
        """With something of each kind that matters, in its first draft or published."""
        self.add_an_item(ItemKind.SERVICE)
        self.add_an_item(ItemKind.ACCREDITATION)
        self.add_a_scope_line(0)
        self.add_a_scope_line(1)
        if is_public:
            self.go_on(3)

    # What the platform's people do.

    @rule()
    def edit_the_platform(self) -> None:
        name = f"改名{self.edits}"

        def rename(stored: Any) -> PlatformDocument:
            return PlatformDocument.model_validate({**stored, "name_zh": name})

        self._edit(
            lambda session: draft_usecases.update_platform(self._editor(session), self.key, rename, ANY)
        )

    @rule(kind=st.sampled_from(CHILDREN), how=st.integers(0, 2))
    def change_an_item(self, kind: ItemKind, how: int) -> None:
        (self.add_an_item, self.edit_an_item, self.remove_an_item)[how](kind)

    def add_an_item(self, kind: ItemKind) -> None:
        document = document_of(kind, {**NEW[kind], TITLE.get(kind, "name_zh"): f"新{self.edits}"})
        self._edit(
            lambda session: item_usecases.create_item(self._editor(session), self.key, kind, document),
            at_once=kind is ItemKind.CONTACT,
        )

    def edit_an_item(self, kind: ItemKind) -> None:
        uid = self.world.run(self._some_item(kind))
        if uid is None:
            return
        title = f"改{self.edits}"

        def retitle(stored: Any) -> Any:
            return document_of(kind, {**stored, TITLE.get(kind, "name_zh"): title})

        self._edit(
            lambda session: item_usecases.update_item(
                self._editor(session), self.key, kind, uid, retitle, ANY
            ),
            at_once=kind is ItemKind.CONTACT,
        )

    @rule()
    def change_a_price(self) -> None:
        """On a service that is public, that is public at once; on one that is not, it is an edit like any other."""
        uid = self.world.run(self._public_service())
        if uid is None or self.known.state is ListingState.RETIRED:
            return

        def reprice(stored: Any) -> Any:
            days = (stored["lead_time_days"] or 0) + 1
            return document_of(ItemKind.SERVICE, {**stored, "lead_time_days": days})

        self._edit(
            lambda session: item_usecases.update_item(
                self._editor(session), self.key, ItemKind.SERVICE, uid, reprice, ANY
            ),
            at_once=True,
        )

    def remove_an_item(self, kind: ItemKind) -> None:
        uid = self.world.run(self._some_item(kind))
        if uid is not None:
            self._edit(
                lambda session: item_usecases.delete_item(self._editor(session), self.key, kind, uid, ANY),
                at_once=kind is ItemKind.CONTACT,
            )

    @rule(number=st.integers(0, 3), how=st.integers(0, 2))
    def change_a_scope_line(self, number: int, how: int) -> None:
        if how == 0:
            self.add_a_scope_line(number)
        elif how == 1:
            self.edit_a_scope_line()
        else:
            self.remove_a_scope_line()

    def add_a_scope_line(self, number: int) -> None:
        uid = self.world.run(self._some_item(ItemKind.ACCREDITATION))
        if uid is not None:
            self._edit(
                lambda session: line_usecases.create_line(self._editor(session), str(uid), line_of(number))
            )

    def edit_a_scope_line(self) -> None:
        found = self.world.run(self._some_line())
        if found is None:
            return
        text = f"限{self.edits}"

        def restrict(stored: Any) -> ScopeLineDocument:
            return ScopeLineDocument.model_validate({**stored, "restriction": text})

        self._edit(lambda session: line_usecases.update_line(self._editor(session), *found, restrict, ANY))

    def remove_a_scope_line(self) -> None:
        found = self.world.run(self._some_line())
        if found is not None:
            self._edit(lambda session: line_usecases.delete_line(self._editor(session), *found, ANY))

    @rule()
    def submit(self) -> None:
        self._do(
            Action.SUBMIT,
            lambda session: review_usecases.submit(
                session, self.world.owner, self.world.reader, self.key, ANY, now=utcnow()
            ),
        )

    @rule()
    def withdraw(self) -> None:
        self._do(
            Action.WITHDRAW,
            lambda session: review_usecases.withdraw(session, self.world.owner, self.key, ANY),
        )

    @rule()
    def discard(self) -> None:
        if not self.known.was_published:
            return  # the platform would be gone

        async def discard(session: AsyncSession) -> None:
            try:
                await draft_usecases.discard_draft(self._editor(session), self.key, ANY)
            except NoDraft as nothing:
                assert self.known.state is ListingState.PUBLISHED
                raise WrongState from nothing

        if self._do(Action.DISCARD, discard):
            assert self.world.run(self._draft()) == self.known.public

    # What the department does.

    @rule(decision=st.sampled_from(review_schemas.ReviewDecision))
    def decide(self, decision: review_schemas.ReviewDecision) -> None:
        approves = decision is review_schemas.ReviewDecision.APPROVE
        body = review_schemas.ReviewDecisionCreate(decision=decision, note="见意见")
        draft = self.world.run(self._draft())
        reviewer = self.world.department[DepartmentDuty.REVIEWER]
        done = self._do(
            Action.APPROVE if approves else Action.REQUEST_CHANGES,
            lambda session: review_usecases.decide(
                session, reviewer, self.world.reader, self.key, body, ANY, now=utcnow()
            ),
        )
        if done:
            self.known.approved = draft if approves else None

    @rule()
    def publish(self) -> None:
        publisher = self.world.department[DepartmentDuty.PUBLISHER]
        done = self._do(
            Action.PUBLISH,
            lambda session: review_usecases.publish(
                session, publisher, self.world.reader, self.key, ANY, now=utcnow()
            ),
        )
        if done:
            assert self.known.approved is not None
            self.known.public, self.known.approved = self.known.approved, None
            self.known.was_published = True

    @rule(chance=st.integers(0, 9))
    def retire(self, chance: int) -> None:
        if chance:
            return  # it ends the life, so it comes seldom
        body = authority_schemas.RetirementCreate(reason="停止运营")
        done = self._do(
            Action.RETIRE,
            lambda session: retirement_usecases.retire(
                session, self.world.owner, self.key, body, today=date(2026, 11, 23)
            ),
        )
        if done:
            self.known.public = {}

    @rule(steps=st.integers(1, 3))
    def go_on(self, steps: int) -> None:
        """Take the next steps on the way to the public, so that it is often reached."""
        for _ in range(steps):
            if self.known.state is ListingState.SUBMITTED:
                self.decide(review_schemas.ReviewDecision.APPROVE)
            elif self.known.state is ListingState.APPROVED:
                self.publish()
            else:
                self.submit()

    @rule(choice=st.integers(0, 11))
    def do_something_possible(self, choice: int) -> None:
        """Most of what is tried at random is refused; this is not."""
        known = self.known
        possible = [
            action
            for action in self.steps
            if after(known.state, action, was_published=known.was_published) is not None
        ]
        if possible:
            self.steps[possible[choice % len(possible)]]()

    @property
    def steps(self) -> dict[Action, Callable[[], None]]:
        request, approve = review_schemas.ReviewDecision
        return {
            Action.EDIT: self.edit_the_platform,
            Action.DISCARD: self.discard,
            Action.SUBMIT: self.submit,
            Action.WITHDRAW: self.withdraw,
            Action.REQUEST_CHANGES: lambda: self.decide(request),
            Action.APPROVE: lambda: self.decide(approve),
            Action.PUBLISH: self.publish,
        }

    # What must hold after each of them.

    @invariant()
    def the_state_is_the_declared_one(self) -> None:
        listing = self.world.run(self._listing())
        assert listing.state is self.known.state
        assert (listing.published is not None) is self.known.was_published

    @invariant()
    def the_public_sees_exactly_what_was_approved(self) -> None:
        assert self.world.run(self._public()) == self.known.public

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


@pytest.mark.slow
def test_no_sequence_leaves_the_table_or_publishes_what_was_not_approved(sqlite_world: World) -> None:
    run_state_machine_as_test(
        lambda: Life(sqlite_world),
        settings=settings(
            max_examples=25,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert set(sqlite_world.done) == set(Action)
    assert sqlite_world.done[Action.PUBLISH] > 10
