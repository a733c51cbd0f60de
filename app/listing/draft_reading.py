"""Drafts as they are answered."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from app.kit.i18n import Localized
from app.listing import draft_schemas as schemas
from app.listing.draft_usecases import Draft
from app.listing.findings import Finding
from app.listing.items import Change, Item, line_document
from app.listing.line_usecases import version_of_line
from app.listing.lines import stored_line
from app.membership.schemas import OrganisationName
from app.models import ItemKind, Organisation

READ_AS: Mapping[ItemKind, type[schemas.DraftItem[Any]]] = {
    ItemKind.PLATFORM: schemas.DraftPlatform,
    ItemKind.SERVICE: schemas.DraftService,
    ItemKind.EQUIPMENT: schemas.DraftEquipment,
    ItemKind.SETTING: schemas.DraftSetting,
    ItemKind.CONTACT: schemas.DraftContact,
    ItemKind.INTAKE_STEP: schemas.DraftIntakeStep,
    ItemKind.ACCREDITATION: schemas.DraftAccreditation,
}


def read_item(item: Item, findings: Sequence[Finding] | None = None) -> Any:
    """Return an item in the schema of its kind; `findings`: what an edit is told, None where nothing was edited."""
    return READ_AS[item.kind](
        id=item.uid,
        kind=item.kind,
        version=item.version,
        change=item.change,
        document=item.document,
        findings=None
        if findings is None
        else [schemas.ItemFinding.model_validate(finding) for finding in findings],
    )


def read_draft(draft: Draft, findings: Sequence[Finding] | None = None) -> schemas.DraftRead:
    """`findings`: what an edit of the platform itself is told."""
    platform, listing = draft.platform, draft.listing
    children = {kind: [read_item(item) for item in items] for kind, items in draft.children.items()}
    return schemas.DraftRead(
        id=platform.uid,
        slug=platform.slug,
        kind=platform.kind,
        organisation=_organisation(draft.operator),
        state=listing.state,
        revision=listing.revision,
        published_revision=listing.published,
        version=listing.version,
        submitted_at=listing.submitted_at,
        decided_at=listing.decided_at,
        decision_note=listing.decision_note,
        tier=platform.tier,
        recognised_on=platform.recognised_on,
        verified=platform.verified,
        platform=read_item(draft.own, findings),
        services=children[ItemKind.SERVICE],
        equipment=children[ItemKind.EQUIPMENT],
        settings=children[ItemKind.SETTING],
        contacts=children[ItemKind.CONTACT],
        intake_steps=children[ItemKind.INTAKE_STEP],
        accreditations=children[ItemKind.ACCREDITATION],
        scope=[
            schemas.DraftScope(accreditation_id=uid, lines=count) for uid, count in draft.line_counts.items()
        ],
    )


def _organisation(row: Organisation | None) -> OrganisationName | None:
    if row is None:
        return None
    return OrganisationName(id=row.uid, slug=row.slug, name=Localized(zh=row.name_zh, en=row.name_en))


def read_line(row: Any, accreditation: uuid.UUID) -> schemas.DraftLine:
    """`row`: one of `select_lines`."""
    return schemas.DraftLine(
        id=row.id,
        accreditation_id=accreditation,
        version=version_of_line(row),
        change=Change.UNCHANGED if row.live else Change.ADDED,
        in_vocabulary=row.in_vocabulary,
        document=line_document(stored_line(row), row.effective_to),
    )
