"""Drafts of platforms and their scope lines. Who may call what stands in app/listing/draft_policy.py."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from app.db import SessionDep
from app.errors import Forbidden, InvalidCursor, InvalidRequest, problems
from app.idempotency import IdempotentRoute
from app.kit.clock import today
from app.kit.etag import EDIT_PROBLEMS, IfMatchDep, set_etag
from app.kit.pagination import Page, PageParams
from app.listing import change_usecases, draft_usecases, line_usecases
from app.listing import draft_schemas as schemas
from app.listing.documents import PlatformDocument, ScopeLineDocument
from app.listing.draft_edit import findings_in
from app.listing.draft_reading import read_draft, read_line
from app.listing.draft_schemas import changed, changes_to
from app.listing.errors import NoDraft, RevisionUnderReview, ScopeLineExists, SlugTaken
from app.listing.item_endpoints import EditorDep
from app.membership.endpoints import names_first
from app.membership.errors import OrganisationNotFound
from app.registry.errors import AccreditationNotFound, PlatformNotFound, ScopeLineNotFound
from app.registry.params import Key, LineId

router = APIRouter(tags=["listing"], route_class=IdempotentRoute, dependencies=[Depends(names_first)])


class PlatformChanges(changes_to(PlatformDocument, "PlatformChangesBase")):  # type: ignore[misc]
    """What shall change; what is left out stays, null clears."""


class ScopeLineChanges(changes_to(ScopeLineDocument, "ScopeLineChangesBase")):  # type: ignore[misc]
    """What shall change; what is left out stays, null clears."""


@router.post(
    "/platforms",
    status_code=201,
    summary="登记平台 List a platform",
    responses=problems(OrganisationNotFound, Forbidden, SlugTaken, InvalidRequest),
)
async def create_platform(
    editor: EditorDep, body: schemas.PlatformCreate, response: Response
) -> schemas.DraftRead:
    """Begin the listing of a platform of one's organisation, as a draft that is public only once published."""
    draft = await draft_usecases.create_platform(
        editor, body.organisation_id, body.kind, body.slug, body.document
    )
    response.headers["Location"] = f"/v1/platforms/{draft.platform.uid}/draft"
    set_etag(response, draft.listing.version)
    return read_draft(draft, await findings_in(editor, draft.own, today()))


@router.get(
    "/platforms/{platform_id}/draft",
    summary="平台草稿 Get the draft of a platform",
    responses=problems(PlatformNotFound),
)
async def get_draft(session: SessionDep, platform_id: Key, response: Response) -> schemas.DraftRead:
    """The platform with everything that belongs to it but its scope lines, which are only counted.

    The version of the draft is the `ETag`. Where there is no draft, all is as it is published.
    """
    draft = await draft_usecases.get_draft(session, platform_id)
    set_etag(response, draft.listing.version)
    return read_draft(draft)


@router.patch(
    "/platforms/{platform_id}/draft",
    summary="修改平台草稿 Edit the platform in its draft",
    responses=problems(*EDIT_PROBLEMS, PlatformNotFound, RevisionUnderReview),
)
async def update_draft(
    *,
    editor: EditorDep,
    platform_id: Key,
    body: PlatformChanges,
    precondition: IfMatchDep,
    response: Response,
) -> schemas.DraftRead:
    """Change what the body names of the platform itself; null clears. Of a published platform this opens a draft."""
    draft = await draft_usecases.update_platform(
        editor, platform_id, lambda stored: changed(PlatformDocument, stored, body), precondition
    )
    set_etag(response, draft.listing.version)
    return read_draft(draft, await findings_in(editor, draft.own, today()))


@router.delete(
    "/platforms/{platform_id}/draft",
    status_code=204,
    summary="放弃草稿 Discard the draft",
    responses=problems(*EDIT_PROBLEMS, PlatformNotFound, RevisionUnderReview, NoDraft),
)
async def discard_draft(editor: EditorDep, platform_id: Key, precondition: IfMatchDep) -> None:
    """Take back all unpublished changes. A platform that was never published is gone with its draft."""
    await draft_usecases.discard_draft(editor, platform_id, precondition)


@router.get(
    "/platforms/{platform_id}/changes",
    summary="草稿与已发布内容的差异 Compare the draft with what is published",
    responses=problems(PlatformNotFound, InvalidRequest, InvalidCursor),
)
async def get_draft_changes(
    session: SessionDep, platform_id: Key, asked: Annotated[PageParams, Query()]
) -> schemas.DraftChanges:
    """Every item that the draft adds, edits or removes, field by field; changed scope lines page by page in `lines`."""
    return await change_usecases.get_changes(session, platform_id, asked)


@router.get(
    "/platforms/{platform_id}/draft/scope-lines",
    summary="草稿中的能力范围 List the scope lines of a draft",
    responses=problems(PlatformNotFound, AccreditationNotFound, InvalidRequest, InvalidCursor),
)
async def list_draft_scope_lines(
    session: SessionDep, platform_id: Key, asked: Annotated[schemas.DraftLineFilters, Query()]
) -> Page[schemas.DraftLine]:
    """Every scope line that the draft has, page by page."""
    page, uids = await line_usecases.page_of_lines(session, platform_id, asked.accreditation, asked)
    return page.to_page(lambda row: read_line(row, uids[row.accreditation_id]))


@router.get(
    "/accreditations/{accreditation_id}/scope-lines/{line_id}",
    summary="草稿中的一条能力范围 Get a scope line of a draft",
    responses=problems(AccreditationNotFound, ScopeLineNotFound),
)
async def get_draft_scope_line(
    session: SessionDep, accreditation_id: Key, line_id: LineId, response: Response
) -> schemas.DraftLine:
    """One line, with its version as `ETag`."""
    row, accreditation = await line_usecases.get_line(session, accreditation_id, line_id)
    line = read_line(row, accreditation.uid)
    set_etag(response, line.version)
    return line


@router.post(
    "/accreditations/{accreditation_id}/scope-lines",
    status_code=201,
    summary="添加能力范围 Add a scope line",
    responses={
        200: {
            "model": schemas.DraftLine,
            "description": "已有同一条 The accreditation has this line already",
        },
        **problems(AccreditationNotFound, ScopeLineExists, RevisionUnderReview, InvalidRequest),
    },
)
async def create_scope_line(
    editor: EditorDep, accreditation_id: Key, body: ScopeLineDocument, response: Response
) -> schemas.DraftLine:
    """Add a line to the scope of an accreditation, in the draft. The same line once more changes nothing (200)."""
    row, accreditation, is_new = await line_usecases.create_line(editor, accreditation_id, body)
    line = read_line(row, accreditation.uid)
    response.status_code = 201 if is_new else 200
    response.headers["Location"] = f"/v1/accreditations/{line.accreditation_id}/scope-lines/{line.id}"
    set_etag(response, line.version)
    return line


@router.patch(
    "/accreditations/{accreditation_id}/scope-lines/{line_id}",
    summary="修改能力范围 Edit a scope line",
    responses=problems(
        *EDIT_PROBLEMS, AccreditationNotFound, ScopeLineNotFound, ScopeLineExists, RevisionUnderReview
    ),
)
async def update_scope_line(
    *,
    editor: EditorDep,
    accreditation_id: Key,
    line_id: LineId,
    body: ScopeLineChanges,
    precondition: IfMatchDep,
    response: Response,
) -> schemas.DraftLine:
    """Change what the body names; null clears. A published line stays public, and the draft has another in its place.

    So the answer may have another id.
    """
    row, accreditation = await line_usecases.update_line(
        editor,
        accreditation_id,
        line_id,
        lambda stored: changed(ScopeLineDocument, stored, body),
        precondition,
    )
    line = read_line(row, accreditation.uid)
    set_etag(response, line.version)
    return line


@router.delete(
    "/accreditations/{accreditation_id}/scope-lines/{line_id}",
    status_code=204,
    summary="移除能力范围 Take a scope line out",
    responses=problems(*EDIT_PROBLEMS, AccreditationNotFound, ScopeLineNotFound, RevisionUnderReview),
)
async def delete_scope_line(
    editor: EditorDep, accreditation_id: Key, line_id: LineId, precondition: IfMatchDep
) -> None:
    """Take a line out of the draft; a published one stays public until the draft is published."""
    await line_usecases.delete_line(editor, accreditation_id, line_id, precondition)
