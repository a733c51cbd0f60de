"""Webhooks in the OpenAPI document are what is sent."""

import json
from datetime import UTC, datetime

from jsonschema import Draft202012Validator, FormatChecker

from app.models.base import new_uid
from app.webhooks.event_types import DESCRIPTIONS
from app.webhooks.messages import body_of
from app.webhooks.signing import headers_of, new_secret
from tests.fixtures.contract import document


def test_each_type_of_event_is_described_with_the_headers_and_the_body_that_are_sent() -> None:
    now = datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
    described = document()["webhooks"]
    assert set(described) == set(DESCRIPTIONS)
    for kind, path in described.items():
        operation = path["post"]
        uid = new_uid()
        body = body_of(kind, now, event_uid=uid, entity="platform", entity_uid=uid, details={"demo": False})
        content = operation["requestBody"]["content"]["application/json"]
        validator = Draft202012Validator(
            {**content["schema"], "components": document()["components"]}, format_checker=FormatChecker()
        )
        assert [error.message for error in validator.iter_errors(json.loads(body))] == []
        assert not validator.is_valid({**json.loads(body), "type": "platform.exploded"})
        sent = headers_of("msg_1", body, [new_secret()], now)
        assert {each["name"] for each in operation["parameters"]} <= set(sent)
        assert list(operation["responses"]) == ["204"]
