"""Items of drafts: which version holds, what the draft does to them, and where two documents differ."""

import uuid
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.listing import draft_queries
from app.listing.differences import Difference, differences
from app.listing.document_types import RangeDocument
from app.listing.documents import (
    DOCUMENT_OF,
    CapabilityDocument,
    PriceOptionDocument,
    ServiceDocument,
    document_of,
)
from app.listing.items import Change, change_of, current, in_revision, range_document
from app.models import ItemKind, ListingItem, Platform

UID = uuid.UUID(int=7)


def version(since: int, until: int | None, document: dict[str, Any] | None) -> ListingItem:
    return ListingItem(
        platform_id=1,
        kind=ItemKind.EQUIPMENT,
        uid=UID,
        since_revision=since,
        until_revision=until,
        document=document,
    )


@pytest.mark.parametrize(
    ("versions", "published", "change"),
    [
        ([], 1, Change.UNCHANGED),
        ([version(1, None, {"a": 1})], 1, Change.UNCHANGED),
        ([version(1, None, {"a": 1})], 3, Change.UNCHANGED),
        ([version(1, None, {"a": 1})], None, Change.ADDED),
        ([version(2, None, {"a": 1})], 1, Change.ADDED),
        ([version(1, 2, {"a": 1}), version(2, None, {"a": 2})], 1, Change.EDITED),
        ([version(1, 2, {"a": 1}), version(2, None, {"a": 2})], 2, Change.UNCHANGED),
        ([version(1, 2, {"a": 1}), version(2, None, None)], 1, Change.REMOVED),
        ([version(1, 2, {"a": 1}), version(2, None, None)], 2, Change.UNCHANGED),
        ([version(1, 2, {}), version(2, 3, None), version(3, None, {})], 2, Change.ADDED),
    ],
)
def test_what_a_draft_does_follows_from_the_versions(
    versions: list[ListingItem], published: int | None, change: Change
) -> None:
    assert change_of(versions, published) is change


def test_the_version_of_a_revision_is_the_one_that_holds_in_it() -> None:
    first, second = version(1, 3, {"a": 1}), version(3, None, {"a": 2})
    assert [in_revision([first, second], revision) for revision in (1, 2, 3, 4)] == [
        first,
        first,
        second,
        second,
    ]
    assert in_revision([second], 2) is None
    assert current([first, second]) is second
    assert current([first]) is None


def test_documents_differ_where_they_say_different_things() -> None:
    before = {"a": 1, "same": "x", "list": [{"b": 1}, {"b": 2}], "gone": "y", "empty": [], "grown": [1]}
    after = {"a": 2, "same": "x", "list": [{"b": 1}, {"b": 3}], "gone": None, "empty": None, "grown": [1, 2]}
    assert differences(before, after) == [
        Difference("/a", 1, 2),
        Difference("/list/1/b", 2, 3),
        Difference("/gone", "y", None),
        Difference("/grown", [1], [1, 2]),
    ]
    assert differences(before, before) == []
    assert differences(None, {"a/b": 1, "c": None}) == [Difference("/a~1b", None, 1)]
    assert differences({"a": 1}, None) == [Difference("/a", 1, None)]


@pytest.mark.parametrize("text", ["(-40～85)℃", "≤10kV", "1 000 N", "0.1%~5%", "IP67", "V-0"])
def test_a_range_may_be_given_as_it_is_written(text: str) -> None:
    given = RangeDocument(text=text)
    found = given.read()
    assert range_document(found.written, found.min, found.max, found.unit) == given


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"text": "约10V"},
        {"text": "10V", "unit": "V"},
        {"min": 1},
        {"min": 2, "max": 1, "unit": "V"},
        {"min": -300, "unit": "℃"},
        {"min": float("inf"), "unit": "V"},
        {"min": 1, "unit": "V\x00"},
        {"grade": "IP67"},
    ],
)
def test_a_range_that_would_be_guessed_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RangeDocument(**given)


def test_a_clause_is_not_lost_but_refused_where_a_capability_cannot_keep_it() -> None:
    with pytest.raises(ValidationError, match=r"8\.1\.3"):
        CapabilityDocument(standard="GB 38031-2020 8.1.3")


@pytest.mark.parametrize(
    ("given", "kept"),
    [("3000", "3000.00"), ("0.5", "0.50"), ("999999999999.99", "999999999999.99")],
)
def test_money_is_kept_with_two_decimals(given: str, kept: str) -> None:
    assert PriceOptionDocument(kind="from", min_cny=given).min_cny == kept


@pytest.mark.parametrize("given", ["-1", "1.234", "1e3", "1,000", "1000000000000", "", 12])
def test_money_that_is_no_amount_is_refused(given: Any) -> None:
    with pytest.raises(ValidationError):
        PriceOptionDocument(kind="from", min_cny=given)


def test_a_stored_document_is_read_back_as_it_was() -> None:
    service = ServiceDocument(
        function="test_inspection",
        title_zh="检测",
        capabilities=[{"term": "salt_spray", "range": {"min": 1, "unit": "h"}}],
        price_options=[{"kind": "range", "min_cny": "1", "max_cny": "2", "valid_to": "2027-01-31"}],
    )
    assert document_of(ItemKind.SERVICE, service.stored()) == service


async def test_everything_that_is_seeded_can_be_said_in_documents(seeded_session: AsyncSession) -> None:
    said = 0
    for platform in (await seeded_session.scalars(select(Platform))).all():
        assert platform.id is not None
        await draft_queries.published_platform(seeded_session, platform)
        for kind in DOCUMENT_OF:
            if kind is not ItemKind.PLATFORM:
                found = await draft_queries.published_documents(seeded_session, platform.id, kind)
                said += len(found)
                assert all(document_of(kind, stored).stored() == stored for stored in found.values())
    assert said > 300
