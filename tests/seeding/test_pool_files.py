"""The files of the demo pool: codes that exist, no secret in a public text, every state alive."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator

import pytest

from app.accounts.demo import ACCOUNTS
from app.calls.rubric import score_faults, total_of
from app.disclosure.rules import is_allowed, tier_of
from app.kit.credit_code import is_valid_credit_code
from app.models import AssignmentState, DisclosureTier, ResultState, Stage
from app.pool.rules import WITH_OUTCOME, step
from app.results.documents import RightKind
from app.seeding.files import SeedFiles, read_seed_files
from app.seeding.load import SEED_DIR
from app.seeding.pool_files import PoolFiles, ResultRecord, read_pool_files
from app.seeding.vocabulary_rows import numbers_of

_RUN = 8
_PATENTS = {RightKind.INVENTION: "1", RightKind.UTILITY_MODEL: "2"}
_FICTIONAL_SERIAL = 9_000_000


@pytest.fixture(scope="module")
def files() -> SeedFiles:
    return read_seed_files(SEED_DIR, demo=True)


@pytest.fixture(scope="module")
def pool() -> PoolFiles:
    return read_pool_files(SEED_DIR)


def runs(text: str) -> set[str]:
    """Every run of letters, digits and characters of a text, punctuation left out."""
    kept = "".join(each for each in unicodedata.normalize("NFKC", text).lower() if each.isalnum())
    return {kept[start : start + _RUN] for start in range(len(kept) - _RUN + 1)}


def public_texts(pool: PoolFiles, result: ResultRecord) -> Iterator[str]:
    document = result.document
    yield document.title.zh
    yield from document.keywords
    if document.public_abstract:
        yield document.public_abstract.zh
    for project in pool.projects:
        if project.result == result.slug:
            yield from (each.title.zh for each in project.milestones)
            yield from (each.summary.zh for each in project.outcomes)
            yield from (each.note.zh for each in project.steps if each.note)


def test_no_public_text_repeats_what_is_confidential(pool: PoolFiles) -> None:
    for result in pool.results:
        document = result.document
        assert document.abstract
        assert document.confidential
        assert document.trl_evidence
        hidden = {"confidential": document.confidential}
        for field in ("abstract", "trl_evidence"):
            if tier_of(field, result.tiers) is not DisclosureTier.PUBLIC:
                hidden[field] = getattr(document, field)
        for field, secret in hidden.items():
            for text in public_texts(pool, result):
                assert not runs(text) & runs(secret), (result.slug, field, text)


def test_texts_have_the_length_of_their_kind(pool: PoolFiles) -> None:
    for result in pool.results:
        document = result.document
        assert document.public_abstract
        assert document.title.en
        assert document.confidential
        assert 40 <= len(document.public_abstract.zh) <= 90, result.slug
        assert 25 <= len((document.public_abstract.en or "").split()) <= 50, result.slug
        assert 60 <= len(document.confidential) <= 150, result.slug
        assert all((document.needs, document.people, document.keywords)), result.slug


def test_every_code_is_one_of_the_vocabularies(pool: PoolFiles, files: SeedFiles) -> None:
    fields = {record.code for record in files.fields}
    regions = {record.code for record in files.regions if not record.successor_codes}
    terms = {record.code for record in files.terms}
    standards, numbers = {record.base for record in files.standards}, numbers_of(files)
    owners = {record.slug for record in files.demo_owners}
    platforms = {record.id for record in files.demo}
    results = {record.slug for record in pool.results}
    calls = {record.slug for record in pool.calls}
    experts = {record.email for record in pool.experts}
    needs = [need for result in pool.results for need in result.document.needs]
    named: Iterable[tuple[set[str], Iterable[str | None]]] = [
        (fields, (code for call in pool.calls for code in call.fields)),
        (fields, (code for expert in pool.experts for code in expert.disciplines)),
        (fields, (code for result in pool.results for code in result.document.fields)),
        (regions, (code for call in pool.calls for code in (*call.regions, call.region_code))),
        (regions, (record.region_code for record in files.demo_owners)),
        (terms, (need.capability for need in needs)),
        (standards, (numbers.read(need.standard).base for need in needs if need.standard)),
        (owners, (expert.organisation for expert in pool.experts)),
        (owners, (slug for result in pool.results for slug in (result.organisation, *result.co_owners))),
        (platforms, (call.platform for call in pool.calls)),
        (platforms, (each.slug for project in pool.projects for each in project.platforms)),
        (platforms, (request.platform for request in pool.requests)),
        (calls, (result.call for result in pool.results)),
        (experts, (assignment.expert for assignment in pool.assignments)),
        (results, (each.result for each in (*pool.assignments, *pool.decisions, *pool.projects, *pool.requests))),
    ]  # fmt: skip
    for known, codes in named:
        assert {code for code in codes if code is not None} - known == set()
    accounts = {account.email: account for account in ACCOUNTS}
    assert all(accounts[email].is_expert for email in experts)
    assert {request.person for request in pool.requests} <= set(accounts)
    for result in pool.results:
        assert all(is_allowed(field, tier) for field, tier in result.tiers.items()), result.slug


def test_names_and_numbers_are_fictional_unique_and_of_the_right_form(
    pool: PoolFiles, files: SeedFiles
) -> None:
    owners = files.demo_owners
    assert all(is_valid_credit_code(record.credit_code) and "示例" in record.name_zh for record in owners)
    taken = {platform.operator.name_zh for platform in files.demo}
    assert not taken & {record.name_zh for record in owners}
    cities = {record.region_code[:4] for record in owners}
    assert len(cities) == 11
    rights = [right for result in pool.results for right in result.document.intellectual_property]
    for right in rights:
        assert right.number
        if right.kind in _PATENTS:
            digits, check = right.number.removeprefix("CN").split(".")
            assert len(digits) == 12
            assert digits[4] == _PATENTS[right.kind]
            total = sum(
                int(digit) * weight
                for digit, weight in zip(digits, (*range(2, 10), *range(2, 6)), strict=True)
            )
            assert check == "0123456789X"[total % 11]
        assert int(right.number.split(".")[0][-7:]) > _FICTIONAL_SERIAL
    unique = [
        [record.slug for record in owners],
        [record.credit_code for record in owners],
        [record.slug for record in pool.calls],
        [record.slug for record in pool.results],
        [record.document.title.zh for record in pool.results],
        [record.document.title.en for record in pool.results],
        [record.email for record in pool.experts],
        [right.number for right in rights],
        [(record.result, record.expert) for record in pool.assignments],
        [record.result for record in pool.decisions],
        [record.result for record in pool.projects],
        [record.document.confidential for record in pool.results],
        [record.reasons for record in pool.decisions],
        [record.evaluation.comment_owner for record in pool.assignments if record.evaluation],
    ]
    for values in unique:
        assert len(set(values)) == len(values), Counter(values).most_common(3)


def test_every_state_is_alive_and_at_least_60_projects_are_public(pool: PoolFiles) -> None:
    assert {result.state for result in pool.results} == set(ResultState)
    stages = Counter(project.stage for project in pool.projects)
    assert set(stages) == set(Stage)
    public = {project.result for project in pool.projects if project.stage is not Stage.WITHDRAWN}
    assert len(public) >= 60
    fields = {result.document.fields[0] for result in pool.results if result.slug in public}
    assert len(fields) == 16
    states = Counter(assignment.state for assignment in pool.assignments)
    assert {AssignmentState.ASSIGNED, AssignmentState.DONE, AssignmentState.RECUSED} <= set(states)


def test_projects_take_only_steps_of_the_table(pool: PoolFiles) -> None:
    submitted = {result.slug: result.submitted_on for result in pool.results}
    decided = {decision.result: decision.decided_on for decision in pool.decisions}
    for project in pool.projects:
        assert project.steps[0].after is Stage.POOLED
        for before, after in zip(project.steps, project.steps[1:], strict=False):
            assert step(before.after, after.after), project.result
            assert before.on <= after.on, project.result
        assert project.steps[-1].after is project.stage
        said = {outcome.stage for outcome in project.outcomes}
        assert {each.after for each in project.steps} & WITH_OUTCOME == said, project.result
        known = submitted[project.result]
        assert known
        assert known < decided[project.result] <= project.steps[0].on


def test_scores_are_on_the_scale_and_experts_have_no_conflict(pool: PoolFiles) -> None:
    calls = {call.slug: call for call in pool.calls}
    results = {result.slug: result for result in pool.results}
    experts = {expert.email: expert for expert in pool.experts}
    for call in pool.calls:
        assert sum(criterion.weight for criterion in call.rubric) == 100
    totals: dict[str, list[float]] = {}
    for assignment in pool.assignments:
        result, expert = results[assignment.result], experts[assignment.expert]
        assert expert.organisation not in (result.organisation, *result.co_owners), result.slug
        assert set(expert.disciplines) & set(result.document.fields), result.slug
        if assignment.evaluation:
            rubric = calls[result.call or ""].rubric
            assert score_faults(rubric, assignment.evaluation.scores) == []
            totals.setdefault(result.slug, []).append(total_of(rubric, assignment.evaluation.scores))
    for slug, given in totals.items():
        call = calls[results[slug].call or ""]
        asked = call.experts_per_result
        disagree = max(given[:asked]) - min(given[:asked]) > call.disagreement_bound
        decided = slug in {decision.result for decision in pool.decisions}
        assert not decided or len(given) == asked + disagree, slug
