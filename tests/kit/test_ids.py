"""Identifiers sort by the time they were made."""

from uuid import UUID

from app.kit.ids import new_id


def test_ids_are_the_standard_librarys_uuids_of_version_seven_in_order() -> None:
    ids = [new_id() for _ in range(1000)]
    assert {type(one) for one in ids} == {UUID}
    assert {one.version for one in ids} == {7}
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)
