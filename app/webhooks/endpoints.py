"""Webhooks over HTTP. Who may call what stands in app/webhooks/policy.py and is enforced before."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.auth.principal import PrincipalDep
from app.db import SessionDep
from app.errors import InvalidCursor, InvalidRequest, problems
from app.idempotency import IdempotentRoute
from app.kit.etag import EDIT_PROBLEMS, IfMatchDep, set_etag
from app.kit.pagination import Page
from app.webhooks import delivery_usecases, schemas, usecases
from app.webhooks.errors import DeliveryNotFound, TooManyWebhooks, WebhookNotFound
from app.webhooks.event_types import ADDRESSED_TYPES, DESCRIPTIONS
from app.webhooks.signing import Cipher
from app.webhooks.usecases import Tools

router = APIRouter(tags=["webhooks"], route_class=IdempotentRoute)

WebhookId = Annotated[uuid.UUID, Path(description="id of a webhook")]
DeliveryId = Annotated[uuid.UUID, Path(description="id of a delivery")]


async def tools_of_request(request: Request) -> Tools:
    """FastAPI dependency: what webhooks need of the application."""
    state = request.app.state
    return Tools(
        cipher=Cipher(state.token_key.get()),
        allow_private=state.settings.webhooks_allow_private,
        now=state.clock(),
    )


ToolsDep = Annotated[Tools, Depends(tools_of_request)]


@router.get("/webhook-event-types", summary="事件类型 List the types of events")
async def list_webhook_event_types() -> schemas.EventTypeList:
    """What a webhook can ask for. `addressed` types reach it only where its owner is meant."""
    return schemas.EventTypeList(
        items=[
            schemas.EventTypeRead(type=kind, description=text, addressed=kind in ADDRESSED_TYPES)
            for kind, text in DESCRIPTIONS.items()
        ]
    )


@router.post(
    "/webhooks",
    status_code=201,
    summary="创建 webhook Create a webhook",
    responses=problems(InvalidRequest, TooManyWebhooks),
)
async def create_webhook(
    session: SessionDep,
    principal: PrincipalDep,
    tools: ToolsDep,
    body: schemas.WebhookCreate,
    response: Response,
) -> schemas.WebhookCreated:
    """Tell an address of events from now on, by the Standard Webhooks scheme. The secret is shown here only.

    A message is tried up to 9 times within 28 hours; 410 disables the webhook at once, and failing for 24 hours too.
    """
    webhook, version = await usecases.create_webhook(session, principal, tools, body)
    response.headers["Location"] = f"/v1/webhooks/{webhook.id}"
    set_etag(response, version)
    return webhook


@router.get(
    "/webhooks", summary="webhook 列表 List webhooks", responses=problems(InvalidRequest, InvalidCursor)
)
async def list_webhooks(
    session: SessionDep,
    principal: PrincipalDep,
    tools: ToolsDep,
    asked: Annotated[schemas.WebhookFilters, Query()],
) -> Page[schemas.WebhookRead]:
    """One's own, and those of the organisations that one is an editor or owner of, the newest first."""
    return await usecases.list_webhooks(session, principal, asked, tools.now)


@router.get(
    "/webhooks/{webhook_id}", summary="webhook 详情 Get a webhook", responses=problems(WebhookNotFound)
)
async def get_webhook(
    session: SessionDep, principal: PrincipalDep, tools: ToolsDep, webhook_id: WebhookId, response: Response
) -> schemas.WebhookRead:
    """A webhook, with its version as `ETag`; never its secret."""
    webhook, version = await usecases.get_webhook(session, principal, webhook_id, tools.now)
    set_etag(response, version)
    return webhook


@router.patch(
    "/webhooks/{webhook_id}",
    summary="修改 webhook Edit a webhook",
    responses=problems(*EDIT_PROBLEMS, WebhookNotFound),
)
async def update_webhook(
    *,
    session: SessionDep,
    principal: PrincipalDep,
    tools: ToolsDep,
    webhook_id: WebhookId,
    body: schemas.WebhookUpdate,
    precondition: IfMatchDep,
    response: Response,
) -> schemas.WebhookRead:
    """Change what the body names. What is under way goes to the new address."""
    webhook, version = await usecases.update_webhook(
        session, principal, tools, webhook_id, body=body, precondition=precondition
    )
    set_etag(response, version)
    return webhook


@router.delete(
    "/webhooks/{webhook_id}",
    status_code=204,
    summary="删除 webhook Delete a webhook",
    responses=problems(*EDIT_PROBLEMS, WebhookNotFound),
)
async def delete_webhook(
    session: SessionDep, principal: PrincipalDep, webhook_id: WebhookId, precondition: IfMatchDep
) -> None:
    """With its deliveries and their log."""
    await usecases.delete_webhook(session, principal, webhook_id, precondition)


@router.post(
    "/webhooks/{webhook_id}/rotate-secret",
    summary="更换密钥 Rotate the secret of a webhook",
    responses=problems(WebhookNotFound),
)
async def rotate_webhook_secret(
    session: SessionDep, principal: PrincipalDep, tools: ToolsDep, webhook_id: WebhookId
) -> schemas.Rotated:
    """The old secret signs too for 24 hours: both signatures are sent, separated by a space."""
    return await usecases.rotate_secret(session, principal, tools, webhook_id)


@router.post(
    "/webhooks/{webhook_id}/enable",
    summary="启用 webhook Enable a webhook",
    responses=problems(WebhookNotFound),
)
async def enable_webhook(
    session: SessionDep, principal: PrincipalDep, tools: ToolsDep, webhook_id: WebhookId, response: Response
) -> schemas.WebhookRead:
    """Send what happens from now on. What happened meanwhile is not sent; single deliveries can be replayed."""
    webhook, version = await usecases.enable_webhook(session, principal, webhook_id, tools.now)
    set_etag(response, version)
    return webhook


@router.post(
    "/webhooks/{webhook_id}/disable",
    summary="停用 webhook Disable a webhook",
    responses=problems(WebhookNotFound),
)
async def disable_webhook(
    session: SessionDep, principal: PrincipalDep, tools: ToolsDep, webhook_id: WebhookId, response: Response
) -> schemas.WebhookRead:
    """Send nothing more, until it is enabled again. What is under way is given up."""
    webhook, version = await usecases.disable_webhook(session, principal, webhook_id, tools.now)
    set_etag(response, version)
    return webhook


@router.post(
    "/webhooks/{webhook_id}/test",
    status_code=202,
    summary="发送测试事件 Send a test event",
    responses=problems(WebhookNotFound),
)
async def test_webhook(
    session: SessionDep, principal: PrincipalDep, tools: ToolsDep, webhook_id: WebhookId
) -> schemas.DeliveryRead:
    """A `webhook.test` is sent at once; how it went stands in the delivery log."""
    return await delivery_usecases.send_test(session, principal, webhook_id, tools.now)


@router.get(
    "/webhooks/{webhook_id}/deliveries",
    summary="投递记录 List the deliveries of a webhook",
    responses=problems(WebhookNotFound, InvalidRequest, InvalidCursor),
)
async def list_webhook_deliveries(
    session: SessionDep,
    principal: PrincipalDep,
    webhook_id: WebhookId,
    asked: Annotated[schemas.DeliveryFilters, Query()],
) -> Page[schemas.DeliveryRead]:
    """What was sent, is under way, or failed, the newest first; kept for 30 days after it is over."""
    return await delivery_usecases.list_deliveries(session, principal, webhook_id, asked)


@router.get(
    "/webhooks/{webhook_id}/deliveries/{delivery_id}",
    summary="投递详情 Get a delivery",
    responses=problems(WebhookNotFound, DeliveryNotFound),
)
async def get_webhook_delivery(
    session: SessionDep, principal: PrincipalDep, webhook_id: WebhookId, delivery_id: DeliveryId
) -> schemas.DeliveryDetail:
    """What was sent, and every attempt."""
    return await delivery_usecases.get_delivery(session, principal, webhook_id, delivery_id)


@router.post(
    "/webhooks/{webhook_id}/deliveries/{delivery_id}/replay",
    status_code=202,
    summary="重新投递 Replay a delivery",
    responses=problems(WebhookNotFound, DeliveryNotFound),
)
async def replay_webhook_delivery(
    request: Request,
    session: SessionDep,
    principal: PrincipalDep,
    webhook_id: WebhookId,
    delivery_id: DeliveryId,
) -> schemas.DeliveryRead:
    """Send it again now, with the same `webhook-id` and a new round of attempts."""
    return await delivery_usecases.replay_delivery(
        session, principal, webhook_id, delivery_id, request.app.state.clock()
    )
