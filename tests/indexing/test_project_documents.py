"""What of a result is in which index: nothing above the tier of its readers, whatever the owner says."""

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from app.disclosure.rules import FIELDS, NO_CLEARANCE, tier_of
from app.indexing.project_documents import MEMBERS, ProjectSource, members_document, project_document
from app.indexing.projections import TermSource
from app.models import DisclosureTier
from tests.pool.pool_world import DOCUMENT, MARKS

tiers = st.dictionaries(
    st.sampled_from(list(FIELDS)), st.sampled_from([each.value for each in DisclosureTier])
)


def source(said: dict[str, str]) -> ProjectSource:
    return ProjectSource(
        id="0190-1",
        slug="battery",
        document=DOCUMENT,
        tiers=said,
        fields=(TermSource("new_energy", "新能源"),),
        terms=(TermSource("overcharge", "过充电", synonyms=("过充",)),),
        outcomes=("循环 1200 次",),
        stage="verified",
        region_code="330110",
        pooled_at=datetime(2026, 12, 31, 18, tzinfo=UTC),
        year=2027,
        demo=True,
    )


@given(tiers)
def test_no_document_says_more_than_its_readers_may_read(said: dict[str, str]) -> None:
    public = json.dumps(project_document(source(said)), ensure_ascii=False)
    members = members_document(source(said))
    for name, mark in MARKS.items():
        tier = tier_of(name, said)
        if not NO_CLEARANCE.covers(tier):
            assert mark not in public, name
        if not MEMBERS.covers(tier):
            assert mark not in json.dumps(members, ensure_ascii=False), name
    assert members["payload"] == {"id": "0190-1"}
    for document, clearance in ((project_document(source(said)), NO_CLEARANCE), (members, MEMBERS)):
        assert ("capability" in document) is clearance.covers(tier_of("needs", said))
        assert ("trl" in document) is clearance.covers(tier_of("trl", said))


def test_a_document_is_found_by_all_that_may_be_read() -> None:
    public, members = project_document(source({})), members_document(source({}))
    assert set(public["texts"]) == {"title", "title_en", "keywords", "teaser", "field", "outcomes"}
    assert set(members["texts"]) == {
        *public["texts"], "abstract", "evidence", "needs", "capabilities", "related",
    }  # fmt: skip
    assert (public["city"], public["region"], public["year"]) == ("330100", ["330110", "330100"], "2027")
    assert public["payload"]["trl"] == 5
    assert public["payload"]["capability"] == []
