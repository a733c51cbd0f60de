"""Projects as they are answered. What is above `public` comes from `app.disclosure` alone."""

from collections.abc import Sequence

from app.disclosure.rules import Disclosed
from app.kit.i18n import Localized
from app.membership.reading import Reader
from app.membership.schemas import OrganisationName
from app.models import (
    Call,
    Milestone,
    Organisation,
    Outcome,
    Platform,
    PoolProject,
    ProjectPlatform,
    ResultVersion,
    StageChange,
)
from app.pool import schemas
from app.pool.rules import public_side
from app.pool.wording import STAGES
from app.vocabulary.names import label
from app.vocabulary.schemas import Coded


def listed(
    reader: Reader, project: PoolProject, version: ResultVersion, fields: Sequence[str]
) -> schemas.ProjectListed:
    """Return the project as everybody may read it."""
    side = public_side(version.document, version.tiers)
    city = reader.names.city_of(project.region_code)
    teaser = None if side.teaser_zh is None else Localized(zh=side.teaser_zh, en=side.teaser_en)
    return schemas.ProjectListed(
        id=project.uid,
        slug=project.slug,
        title=Localized(zh=side.title_zh, en=side.title_en),
        teaser=teaser,
        field=[Coded(code=code, label=label(reader.names.fields, code, reader.lang)) for code in fields],
        keywords=list(side.keywords),
        trl=side.trl,
        city=None if city is None else Coded(code=city.code, label=city.name.in_lang(reader.lang)),
        stage=project.stage,
        stage_label=STAGES[project.stage].in_lang(reader.lang),
        stage_since=project.stage_since,
        pooled_at=project.pooled_at,
        demo=project.demo,
    )


def content(disclosed: Disclosed) -> schemas.ProjectContent:
    """Return what of the result the reader may read besides the public side."""
    shown = {
        name: value
        for name, value in disclosed.document.items()
        if name in schemas.ProjectContent.model_fields and value is not None
    }
    return schemas.ProjectContent.model_validate({**shown, "withheld": disclosed.withheld})


def call_name(call: Call | None) -> schemas.CallName | None:
    if call is None:
        return None
    return schemas.CallName(id=call.uid, slug=call.slug, title=Localized(zh=call.title_zh, en=call.title_en))


def owner_name(owner: Organisation) -> OrganisationName:
    return OrganisationName(id=owner.uid, slug=owner.slug, name=Localized(zh=owner.name_zh, en=owner.name_en))


def milestone(row: Milestone) -> schemas.MilestoneRead:
    return schemas.MilestoneRead(
        id=row.uid,
        title=Localized(zh=row.title_zh, en=row.title_en),
        due_on=row.due_on,
        done_on=row.done_on,
    )


def part(row: ProjectPlatform, platform: Platform) -> schemas.ProjectPlatformRead:
    name = Localized(zh=platform.name_zh, en=platform.name_en)
    return schemas.ProjectPlatformRead(
        id=row.uid,
        platform=schemas.PlatformName(id=platform.uid, slug=platform.slug, name=name),
        role=row.role,
        since=row.since,
    )


def outcome(row: Outcome) -> schemas.OutcomeRead:
    return schemas.OutcomeRead(
        id=row.uid,
        stage=row.stage,
        summary=Localized(zh=row.summary_zh, en=row.summary_en),
        facts=row.facts,
        on_date=row.on_date,
        created_at=row.created_at,
    )


def stage_change(row: StageChange) -> schemas.StageChangeRead:
    note = None if row.note_zh is None else Localized(zh=row.note_zh, en=row.note_en)
    return schemas.StageChangeRead(id=row.uid, before=row.before, after=row.after, note=note, at=row.at)
