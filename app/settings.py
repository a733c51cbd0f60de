"""Every setting of the application. All come from environment variables with the prefix PROVING_."""

import os
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

PREFIX = "PROVING_"
_TOKEN_KEY_BYTES = 32
_POSTGRES_DRIVER = "postgresql+asyncpg://"
_SQLITE_DRIVER = "sqlite+aiosqlite://"
_DRIVERS = {
    "postgresql://": _POSTGRES_DRIVER,
    "postgres://": _POSTGRES_DRIVER,
    _POSTGRES_DRIVER: _POSTGRES_DRIVER,
    "sqlite://": _SQLITE_DRIVER,
    _SQLITE_DRIVER: _SQLITE_DRIVER,
}


class SettingsError(Exception):
    """The environment holds settings that cannot be used; the message names each of them on its own line."""


class Settings(BaseModel):
    """What can be set from outside. Built once, by `load_settings`, and passed on."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    workers: int = Field(default=1, ge=1, le=64)
    data_dir: Path = Path("data")
    database_url: str = Field(default="", description="empty: an SQLite file in the data folder")
    search_engine: Literal["embedded", "meilisearch"] = "embedded"
    meili_url: str = "http://127.0.0.1:7700"
    meili_key: SecretStr = SecretStr("")
    meili_index_prefix: str = Field(default="proving", pattern=r"^[A-Za-z0-9_-]{1,40}$")
    worker: Literal["inside", "apart"] = Field(
        default="inside", description="apart: `proving worker` delivers events, and the API process does not"
    )
    import_limit_mb: int = Field(default=20, ge=1, le=200, description="largest file that is read, in MiB")
    attachment_limit_mb: int = Field(
        default=20, ge=1, le=200, description="largest attachment of a result, in MiB"
    )
    seed_demo: bool = Field(default=True, description="whether the fictional demo catalogue is loaded")
    cors_origins: tuple[str, ...] = ()
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"
    token_key: SecretStr = Field(
        default=SecretStr(""), description="signs access tokens; empty: made once, kept in the data folder"
    )
    access_token_minutes: int = Field(default=15, ge=1, le=24 * 60)
    refresh_token_days: int = Field(default=30, ge=1, le=365)
    writes_per_minute: int = Field(
        default=600, ge=1, description="by one person, API key or address without an account, per process"
    )
    webhooks_allow_private: bool = Field(
        default=False,
        description="for development: webhooks may lead to private addresses of this network, and by plain http",
    )
    allow_demo_accounts: bool = Field(
        default=False,
        description="whether demo accounts may exist where others than this machine can reach them",
    )
    mail: Literal["console", "file", "smtp"] = "console"
    mail_from: str = Field(default="Proving Ground <no-reply@localhost>", max_length=200)
    smtp_host: str = "localhost"
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    public_url: str = Field(
        default="http://127.0.0.1:8000",
        description="where people reach this server: begins the links in mails",
    )
    smtp_timeout_seconds: float = Field(default=10.0, gt=0, le=120)

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split_at_commas(cls, value: Any) -> Any:
        return (
            tuple(part.strip() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("meili_url", "public_url")
    @classmethod
    def _http_address(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/")

    @field_validator("token_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value().encode()) < _TOKEN_KEY_BYTES:
            raise ValueError(f"must have at least {_TOKEN_KEY_BYTES} bytes")
        return value

    @model_validator(mode="after")
    def _complete_database_url(self) -> Self:
        url = self.database_url or f"{_SQLITE_DRIVER}/{self.data_dir / 'proving.db'}"
        for prefix, driver in _DRIVERS.items():
            if url.startswith(prefix):
                # The model is frozen for its users; completing it is part of building it.
                object.__setattr__(self, "database_url", driver + url.removeprefix(prefix))
                return self
        raise ValueError("PROVING_DATABASE_URL must start with sqlite:// or postgresql://")

    @property
    def uses_sqlite(self) -> bool:
        """Whether the database is SQLite; otherwise it is PostgreSQL."""
        return self.database_url.startswith("sqlite")

    @property
    def listens_on_loopback_only(self) -> bool:
        """Whether only this machine can reach the server."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def mail_dir(self) -> Path:
        """Folder of the mails that are written to files."""
        return self.data_dir / "mail"

    @property
    def index_dir(self) -> Path:
        """Folder of the embedded search engine's indexes."""
        return self.data_dir / "index"


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings of the process, or of `environment` in its place.

    Raises SettingsError for a value that cannot be used and for a PROVING_ variable that does not exist,
    which is most often a typing error.
    """
    given = os.environ if environment is None else environment
    values = {
        name[len(PREFIX) :].lower(): value for name, value in given.items() if name.upper().startswith(PREFIX)
    }
    unknown = sorted(set(values) - set(Settings.model_fields))
    if unknown:
        known = ", ".join(PREFIX + name.upper() for name in Settings.model_fields)
        names = ", ".join(PREFIX + name.upper() for name in unknown)
        raise SettingsError(f"Unknown setting {names}. Known settings: {known}")
    try:
        return Settings.model_validate({name: value for name, value in values.items() if value})
    except ValidationError as error:
        raise SettingsError("\n".join(_line(item) for item in error.errors())) from None


def _line(item: Any) -> str:
    message = str(item["msg"]).removeprefix("Value error, ")
    if not item["loc"]:
        return message
    return f"{PREFIX}{str(item['loc'][0]).upper()}: {message}"
