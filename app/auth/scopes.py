"""What an API key may be limited to. A key does nothing that its scopes do not name, whoever made it."""

from enum import StrEnum


class Scope(StrEnum):
    """A scope of an API key; the policy table says which operations each one opens."""

    ORGANISATION_READ = "organisation:read"
    ORGANISATION_WRITE = "organisation:write"
    PLATFORM_READ = "platform:read"
    PLATFORM_WRITE = "platform:write"
    REVIEW = "review"
    RELEASE = "release"
    CALL_WRITE = "call:write"
    PROJECT_WRITE = "project:write"
    ASSESSMENT_READ = "assessment:read"
    ASSESSMENT_WRITE = "assessment:write"
    RESULT_READ = "result:read"
    RESULT_WRITE = "result:write"
    MATCH_READ = "match:read"
    MATCH_WRITE = "match:write"
    WEBHOOK_READ = "webhook:read"
    WEBHOOK_WRITE = "webhook:write"


class KeyUse(StrEnum):
    """What stands in the place of a scope where none decides; neither is a scope that a key can have."""

    ANY = "any key"
    NEVER = "no key"
