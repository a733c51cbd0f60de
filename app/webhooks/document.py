"""Webhooks in the OpenAPI document: what a receiver is sent, of each type of event."""

from typing import Annotated

from fastapi import FastAPI, Header

from app.webhooks.event_types import ADDRESSED_TYPES, PUBLIC_TYPES
from app.webhooks.messages import AddressedMessage, PublicMessage

MessageId = Annotated[
    str,
    Header(
        alias="webhook-id", description="the same at every attempt: what one has seen already, one ignores"
    ),
]
Timestamp = Annotated[
    str, Header(alias="webhook-timestamp", description="seconds since 1970 of the attempt; signed too")
]
Signature = Annotated[
    str,
    Header(
        alias="webhook-signature",
        description="`v1,` and the HMAC-SHA256 of `id.timestamp.body`, in base64; one for each good secret, separated "
        "by spaces (Standard Webhooks)",
    ),
]


async def _public(
    webhook_id: MessageId, webhook_timestamp: Timestamp, webhook_signature: Signature, body: PublicMessage
) -> None:
    """Answer 2xx to take it, at once and without a redirect; 410 to get no more. Else it is sent again."""


async def _addressed(
    webhook_id: MessageId, webhook_timestamp: Timestamp, webhook_signature: Signature, body: AddressedMessage
) -> None:
    """Sent where the owner of the webhook is meant. Answered as any other."""


def describe_webhooks(app: FastAPI) -> None:
    """Add the section `webhooks` to the document of `app`."""
    for types, endpoint in ((PUBLIC_TYPES, _public), (ADDRESSED_TYPES, _addressed)):
        for kind, text in types.items():
            app.webhooks.add_api_route(
                kind.value,
                endpoint,
                methods=["POST"],
                status_code=204,
                operation_id=f"receive_{kind.value.replace('.', '_')}",
                summary=f"{text.zh} {text.en}",
                tags=["webhooks"],
            )
