"""What two releases differ in."""

import copy
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Platform, Service, Tier
from app.releases.canonical import canonical
from app.releases.diffs import changes_between
from tests.factories.registry import make_service
from tests.releases.conftest import PATH, Publishers, issue, make_real
from tests.releases.test_canonical import VALUES

KEYED = st.lists(
    st.fixed_dictionaries({"id": st.sampled_from("abcd"), "value": st.integers(0, 1)}),
    unique_by=lambda member: member["id"],
)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, [("/b", 2, 3)]),
        ({"a": None}, {"a": {"b": 1}}, [("/a", None, {"b": 1})]),
        ({"a": 1}, {"a": True}, [("/a", 1, True)]),
        ({"a": 1}, {"a": 1.0}, []),
        ({"x/y": 1, "x~y": 1}, {"x/y": 2, "x~y": 2}, [("/x~1y", 1, 2), ("/x~0y", 1, 2)]),
        ({"a": ["x"]}, {"a": ["x", "y"]}, [("/a", ["x"], ["x", "y"])]),
        (
            {"s": [{"id": "1", "v": 1}, {"id": "2", "v": 2}]},
            {"s": [{"id": "2", "v": 3}, {"id": "3", "v": 4}]},
            [("/s/1", {"id": "1", "v": 1}, None), ("/s/2/v", 2, 3), ("/s/3", None, {"id": "3", "v": 4})],
        ),
        ({"s": []}, {"s": [{"code": "x"}]}, [("/s/x", None, {"code": "x"})]),
        (
            {"s": [{"id": "1"}, {"id": "2"}]},
            {"s": [{"id": "2"}, {"id": "1"}]},
            [("/s", ["1", "2"], ["2", "1"])],
        ),
        (
            {"s": [{"id": "1", "v": 1}, {"id": "1", "v": 2}]},
            {"s": [{"id": "1", "v": 1}]},
            [("/s", [{"id": "1", "v": 1}, {"id": "1", "v": 2}], [{"id": "1", "v": 1}])],
        ),
    ],
)
def test_changes_are_named_by_where_they_are(before: Any, after: Any, expected: list[Any]) -> None:
    changes = [(one.pointer, one.before, one.after) for one in changes_between(before, after)]
    assert changes == expected


@given(VALUES, VALUES)
def test_what_differs_is_told_and_what_does_not_is_not(before: Any, after: Any) -> None:
    wrapped = ({"members": [before]}, {"members": [after]})
    changes = list(changes_between(*wrapped))
    assert bool(changes) == (canonical(before) != canonical(after))
    assert list(changes_between(wrapped[0], copy.deepcopy(wrapped[0]))) == []


@given(KEYED, KEYED)
def test_members_with_ids_are_compared_with_their_own_kind(before: list[Any], after: list[Any]) -> None:
    changes = list(changes_between(before, after))
    assert bool(changes) == (before != after)
    turned = {
        (one.pointer, canonical(one.after), canonical(one.before)) for one in changes_between(after, before)
    }
    assert {(one.pointer, canonical(one.before), canonical(one.after)) for one in changes} == turned


async def test_a_diff_says_what_came_what_went_and_what_changed(
    full: tuple[Platform, Service], publishers: Publishers, session: AsyncSession, client: httpx.AsyncClient
) -> None:
    platform, service = full
    going = await make_real(session, "going")
    await make_real(session, "staying")
    await session.commit()
    await issue(client, publishers.economy)
    going.live = False
    platform.tier = Tier.NATIONAL
    service.lead_time_days = 15
    added = await make_service(session, platform, title_zh="挤压试验")
    await make_real(session, "coming")
    await session.commit()
    await issue(client, publishers.economy)
    answer = await client.get(f"{PATH}/1/diff/2")
    diff = answer.json()
    assert [one["slug"] for one in diff["added"]] == ["coming"]
    assert [one["slug"] for one in diff["removed"]] == ["going"]
    assert diff["unchanged"] == 1
    (changed,) = diff["changed"]
    assert changed["platform"]["id"] == str(platform.uid)
    found = {one["pointer"]: (one["before"], one["after"]) for one in changed["changes"]}
    assert found.keys() == {
        "/tier/code",
        "/tier/name/en",
        "/tier/name/zh",
        f"/services/{service.uid}/lead_time_days",
        f"/services/{added.uid}",
    }
    assert found["/tier/code"] == ("provincial", "national")
    assert found[f"/services/{service.uid}/lead_time_days"] == (20, 15)
    assert found[f"/services/{added.uid}"][0] is None
    assert found[f"/services/{added.uid}"][1]["title"]["zh"] == "挤压试验"
    assert (diff["before"]["edition"], diff["after"]["edition"]) == (1, 2)
    back = (await client.get(f"{PATH}/2/diff/1")).json()
    assert (back["added"], back["removed"]) == (diff["removed"], diff["added"])


async def test_an_edition_does_not_differ_from_itself(
    full: tuple[Platform, Service], publishers: Publishers, client: httpx.AsyncClient
) -> None:
    await issue(client, publishers.economy)
    diff = (await client.get(f"{PATH}/1/diff/1")).json()
    assert (diff["added"], diff["removed"], diff["changed"], diff["unchanged"]) == ([], [], [], 1)
    assert (await client.get(f"{PATH}/1/diff/2")).status_code == 404
    assert (await client.get(f"{PATH}/2/diff/1")).status_code == 404
