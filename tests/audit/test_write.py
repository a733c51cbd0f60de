"""The audit trail takes entries and gives none back."""

from uuid import UUID

import pytest
import structlog
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.auth.principal import ANONYMOUS, Principal
from app.models import AuditEntry

THING, ORGANISATION, PLATFORM = UUID(int=1), UUID(int=2), UUID(int=3)


async def test_an_entry_says_who_did_what_to_what(session: AsyncSession) -> None:
    with structlog.contextvars.bound_contextvars(request_id="request-1"):
        audit.record(
            session,
            "person:a",
            "price.changed",
            "service",
            THING,
            before={"min_cny": "1"},
            after=None,
            belongs_to=audit.Owner(ORGANISATION, PLATFORM),
        )
    await session.commit()
    entry = (await session.scalars(select(AuditEntry))).one()
    assert (entry.actor, entry.action, entry.entity, entry.entity_uid) == (
        "person:a",
        "price.changed",
        "service",
        THING,
    )
    assert (entry.before, entry.after, entry.request_id) == ({"min_cny": "1"}, None, "request-1")
    assert (entry.organisation_uid, entry.platform_uid) == (ORGANISATION, PLATFORM)


@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET actor = 'other'", "DELETE FROM audit_entry"])
async def test_the_database_refuses_to_change_or_delete_an_entry(
    session: AsyncSession, statement: str
) -> None:
    audit.record(session, audit.SYSTEM, "made", "thing", THING)
    await session.commit()
    with pytest.raises(DBAPIError, match="can only be added to"):
        await session.execute(text(statement))
    await session.rollback()
    assert (await session.scalars(select(AuditEntry.actor))).all() == [audit.SYSTEM]


def test_an_api_key_is_named_beside_its_person() -> None:
    person = Principal(person_id=1, person_uid=UUID(int=5))
    key = Principal(person_id=1, person_uid=UUID(int=5), api_key_id=9)
    assert audit.actor_of(ANONYMOUS) == "anonymous"
    assert audit.actor_of(person) == f"person:{UUID(int=5)}"
    assert audit.actor_of(key) == f"person:{UUID(int=5)} api_key:9"
