"""Any sequence of real use cases: no undeclared state, and never published but what was approved.

Hypothesis plays the platform's editors and the department on one database: they edit every kind of item and scope
lines, submit, withdraw, decide, publish, discard and retire in any order, also where it is refused.
"""

import asyncio
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import engine_for_url, make_session_factory
from app.errors import WrongState
from app.kit.clock import utcnow
from app.listing import (
    authority_schemas,
    draft_usecases,
    item_usecases,
    line_usecases,
    retirement_usecases,
    review_schemas,
    review_usecases,
)
from app.listing.documents import PlatformDocument, ScopeLineDocument, document_of
from app.listing.errors import NoDraft
from app.listing.rules import Action, after
from app.models import (
    DepartmentDuty,
    ItemKind,
    ListingState,
)
from tests.fixtures.database import Content, temporary_database
from tests.listing.review_life import ANY, CHILDREN, NEW, TITLE, LifeOfPlatform, World, line_of, make_people


@pytest.fixture
def sqlite_world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    with asyncio.Runner() as runner:
        making = temporary_database("sqlite", tmp_path, request, Content.TABLES)
        engine = engine_for_url(runner.run(making.__aenter__()))
        new_session = make_session_factory(engine)
        yield World(runner, new_session, **runner.run(make_people(new_session)))
        runner.run(engine.dispose())
        runner.run(making.__aexit__(None, None, None))


class Life(LifeOfPlatform):
    """One platform from its making on."""

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
