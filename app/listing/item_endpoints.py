"""The items of a draft over HTTP: one set of operations for each kind, written once.

`list_draft_services`, `create_draft_service`, `get_draft_service`, `update_draft_service`, `delete_draft_service`,
and so on. Who may call them stands in app/listing/draft_policy.py.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query, Response

from app.auth.principal import PrincipalDep
from app.db import SessionDep
from app.errors import InvalidCursor, InvalidRequest, problems
from app.idempotency import IdempotentRoute
from app.kit.clock import today
from app.kit.etag import EDIT_PROBLEMS, IfMatchDep, set_etag
from app.kit.pagination import Page, PageParams
from app.listing import item_usecases as usecases
from app.listing.documents import DOCUMENT_OF, Document
from app.listing.draft_edit import Editor, findings_in
from app.listing.draft_reading import READ_AS, read_item
from app.listing.draft_schemas import DraftItem, changed, changes_to
from app.listing.errors import ItemNotFound, RevisionUnderReview
from app.membership.endpoints import ReaderDep, names_first
from app.models import ItemKind
from app.registry.errors import PlatformNotFound
from app.registry.params import Key

router = APIRouter(tags=["listing"], route_class=IdempotentRoute, dependencies=[Depends(names_first)])

ItemId = Annotated[uuid.UUID, Path(description="id of the item")]


async def editor_of_request(session: SessionDep, principal: PrincipalDep, reader: ReaderDep) -> Editor:
    """FastAPI dependency: who edits, in the transaction of the request."""
    return Editor(session, principal, reader)


EditorDep = Annotated[Editor, Depends(editor_of_request)]


@dataclass(frozen=True)
class KindOfItem:
    """How a kind of item is called: in the path, in the operation ids (one, many), in words."""

    kind: ItemKind
    path: str
    one: str
    many: str
    zh: str
    en: str
    en_many: str


KINDS = (
    KindOfItem(ItemKind.SERVICE, "services", "service", "services", "服务", "service", "services"),
    KindOfItem(ItemKind.EQUIPMENT, "equipment", "equipment", "equipment", "设备", "equipment", "equipment"),
    KindOfItem(
        ItemKind.SETTING,
        "environments",
        "environment",
        "environments",
        "试验环境与应用场景",
        "environment or scenario",
        "environments and scenarios",
    ),
    KindOfItem(ItemKind.CONTACT, "contacts", "contact", "contacts", "联系方式", "contact", "contacts"),
    KindOfItem(
        ItemKind.INTAKE_STEP,
        "intake-steps",
        "intake_step",
        "intake_steps",
        "承接步骤",
        "intake step",
        "intake steps",
    ),
    KindOfItem(
        ItemKind.ACCREDITATION,
        "accreditations",
        "accreditation",
        "accreditations",
        "资质",
        "accreditation",
        "accreditations",
    ),
)


def _typed(endpoint: Callable[..., Any], **annotations: Any) -> Callable[..., Any]:
    """Say of which kind the body is, so that the document and the judging of requests know."""
    endpoint.__annotations__.update(annotations)
    return endpoint


def _mount(of: KindOfItem) -> None:
    """Add the five operations of one kind."""
    kind, document, read_as = of.kind, DOCUMENT_OF[of.kind], READ_AS[of.kind]
    changes = changes_to(document, document.__name__.removesuffix("Document") + "Changes")
    path = f"/platforms/{{platform_id}}/draft/{of.path}"

    async def list_items(
        session: SessionDep, platform_id: Key, asked: Annotated[PageParams, Query()]
    ) -> Page[Any]:
        items, next_cursor, total = await usecases.page_of_items(session, platform_id, kind, asked)
        return Page(items=[read_item(item) for item in items], next_cursor=next_cursor, total=total)

    async def create_item(editor: EditorDep, platform_id: Key, body: Document, response: Response) -> Any:
        item = await usecases.create_item(editor, platform_id, kind, body)
        response.headers["Location"] = f"/v1/platforms/{quote(platform_id)}/draft/{of.path}/{item.uid}"
        set_etag(response, item.version)
        return read_item(item, await findings_in(editor, item, today()))

    async def get_item(session: SessionDep, platform_id: Key, item_id: ItemId, response: Response) -> Any:
        item = await usecases.get_item(session, platform_id, kind, item_id)
        set_etag(response, item.version)
        return read_item(item)

    async def update_item(
        *,
        editor: EditorDep,
        platform_id: Key,
        item_id: ItemId,
        body: Document,
        precondition: IfMatchDep,
        response: Response,
    ) -> Any:
        item = await usecases.update_item(
            editor, platform_id, kind, item_id, lambda stored: changed(document, stored, body), precondition
        )
        set_etag(response, item.version)
        return read_item(item, await findings_in(editor, item, today()))

    async def delete_item(
        editor: EditorDep, platform_id: Key, item_id: ItemId, precondition: IfMatchDep
    ) -> None:
        await usecases.delete_item(editor, platform_id, kind, item_id, precondition)

    at_once = " 公开平台的联系方式立即公开。 Of a public platform it is public at once." * (
        kind is ItemKind.CONTACT
    )
    router.add_api_route(
        path,
        list_items,
        name=f"list_draft_{of.many}",
        response_model=Page[read_as],  # type: ignore[valid-type]
        summary=f"草稿中的{of.zh} List the {of.en_many} of a draft",
        description=f"草稿中的{of.zh}；没有草稿时为已发布的。 Where there is no draft, the published ones.",
        responses=problems(PlatformNotFound, InvalidRequest, InvalidCursor),
    )
    router.add_api_route(
        path,
        _typed(create_item, body=document),
        methods=["POST"],
        name=f"create_draft_{of.one}",
        status_code=201,
        response_model=read_as,
        summary=f"向草稿添加{of.zh} Add {of.en} to the draft",
        description=f"审核发布后公开。 Public after review and publication.{at_once}",
        responses=problems(PlatformNotFound, RevisionUnderReview, InvalidRequest),
    )
    item_path, missing = f"{path}/{{item_id}}", (PlatformNotFound, ItemNotFound)
    router.add_api_route(
        item_path,
        get_item,
        name=f"get_draft_{of.one}",
        response_model=read_as,
        summary=f"草稿中的一项{of.zh} Get {of.en} of a draft",
        description="以 `ETag` 给出其版本。 With its version as `ETag`.",
        responses=problems(*missing),
    )
    router.add_api_route(
        item_path,
        _typed(update_item, body=changes),
        methods=["PATCH"],
        name=f"update_draft_{of.one}",
        response_model=read_as,
        summary=f"修改草稿中的{of.zh} Edit {of.en} of the draft",
        description=f"只改所列内容，null 为清空。 Changes what the body names; null clears.{at_once}",
        responses=problems(*EDIT_PROBLEMS, *missing, RevisionUnderReview),
    )
    router.add_api_route(
        item_path,
        delete_item,
        methods=["DELETE"],
        name=f"delete_draft_{of.one}",
        status_code=204,
        summary=f"从草稿移除{of.zh} Take {of.en} out of the draft",
        description=f"发布后不再公开。 No longer public once the draft is published.{at_once}",
        responses=problems(*EDIT_PROBLEMS, *missing, RevisionUnderReview),
    )


for _kind in KINDS:
    _mount(_kind)

__all__ = ["KINDS", "DraftItem", "EditorDep", "router"]
