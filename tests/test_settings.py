"""Settings come from the environment; what cannot be used is said in one line each."""

from pathlib import Path

import pytest

from app.settings import SettingsError, load_settings


def test_the_defaults_need_no_environment() -> None:
    settings = load_settings({})
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.data_dir == Path.cwd() / "data"
    assert settings.database_url == f"sqlite+aiosqlite:///{Path.cwd()}/data/proving.db"
    assert settings.search_engine == "embedded"
    assert settings.seed_demo is True
    assert settings.cors_origins == ()


def test_every_setting_can_be_given() -> None:
    settings = load_settings(
        {
            "PROVING_HOST": "0.0.0.0",
            "PROVING_PORT": "9000",
            "PROVING_WORKERS": "2",
            "PROVING_DATA_DIR": "/srv/数据",
            "PROVING_DATABASE_URL": "postgresql://u:p@db/proving",
            "PROVING_SEARCH_ENGINE": "meilisearch",
            "PROVING_MEILI_URL": "http://search:7700/",
            "PROVING_MEILI_KEY": "k",
            "PROVING_MEILI_INDEX_PREFIX": "prov-2",
            "PROVING_SEED_DEMO": "0",
            "PROVING_WORKER": "apart",
            "PROVING_CORS_ORIGINS": "https://a.example, https://b.example",
            "PROVING_LOG_LEVEL": "DEBUG",
            "PROVING_LOG_FORMAT": "json",
            "PROVING_IMPORT_LIMIT_MB": "5",
            "PROVING_ATTACHMENT_LIMIT_MB": "6",
            "PROVING_TOKEN_KEY": "s" * 32,
            "PROVING_ACCESS_TOKEN_MINUTES": "5",
            "PROVING_REFRESH_TOKEN_DAYS": "7",
            "PROVING_WRITES_PER_MINUTE": "60",
            "PROVING_WEBHOOKS_ALLOW_PRIVATE": "1",
            "PROVING_ALLOW_DEMO_ACCOUNTS": "1",
            "PROVING_MAIL": "smtp",
            "PROVING_MAIL_FROM": "no-reply@example.org",
            "PROVING_SMTP_HOST": "mail.example.org",
            "PROVING_SMTP_PORT": "465",
            "PROVING_SMTP_SECURITY": "tls",
            "PROVING_SMTP_USER": "proving",
            "PROVING_SMTP_PASSWORD": "p",
            "PROVING_SMTP_TIMEOUT_SECONDS": "2.5",
            "PROVING_PUBLIC_URL": "https://proving.example.org/",
            "OTHER_PORT": "1",
        }
    )
    secrets = {"meili_key": "k", "token_key": "s" * 32, "smtp_password": "p"}
    assert settings.model_dump(exclude=set(secrets)) == {
        "host": "0.0.0.0",
        "port": 9000,
        "workers": 2,
        "data_dir": Path("/srv/数据"),
        "database_url": "postgresql+asyncpg://u:p@db/proving",
        "search_engine": "meilisearch",
        "meili_url": "http://search:7700",
        "meili_index_prefix": "prov-2",
        "worker": "apart",
        "seed_demo": False,
        "cors_origins": ("https://a.example", "https://b.example"),
        "log_level": "debug",
        "log_format": "json",
        "import_limit_mb": 5,
        "attachment_limit_mb": 6,
        "access_token_minutes": 5,
        "refresh_token_days": 7,
        "writes_per_minute": 60,
        "webhooks_allow_private": True,
        "allow_demo_accounts": True,
        "mail": "smtp",
        "mail_from": "no-reply@example.org",
        "smtp_host": "mail.example.org",
        "smtp_port": 465,
        "smtp_security": "tls",
        "smtp_user": "proving",
        "smtp_timeout_seconds": 2.5,
        "public_url": "https://proving.example.org",
    }
    for name, value in secrets.items():
        secret = getattr(settings, name)
        assert secret.get_secret_value() == value
        assert value not in repr(secret)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("127.example.org", False),
    ],
)
def test_which_hosts_only_this_machine_can_reach(host: str, expected: bool) -> None:
    assert load_settings({"PROVING_HOST": host}).listens_on_loopback_only is expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("postgres://u@h/d", "postgresql+asyncpg://u@h/d"),
        ("postgresql+asyncpg://u@h/d", "postgresql+asyncpg://u@h/d"),
        ("sqlite:////srv/x.db", "sqlite+aiosqlite:////srv/x.db"),
    ],
)
def test_database_urls_get_our_drivers(given: str, expected: str) -> None:
    assert load_settings({"PROVING_DATABASE_URL": given}).database_url == expected


def test_an_empty_value_is_the_default() -> None:
    assert load_settings({"PROVING_PORT": "", "PROVING_DATABASE_URL": ""}) == load_settings({})


def test_a_mistyped_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"Unknown setting PROVING_DATABSE_URL.*PROVING_DATABASE_URL"):
        load_settings({"PROVING_DATABSE_URL": "sqlite:///x.db"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROVING_PORT", "eighty"),
        ("PROVING_PORT", "70000"),
        ("PROVING_WORKERS", "0"),
        ("PROVING_SEARCH_ENGINE", "google"),
        ("PROVING_SEED_DEMO", "maybe"),
        ("PROVING_MEILI_URL", "search:7700"),
        ("PROVING_MEILI_INDEX_PREFIX", "a b"),
        ("PROVING_DATABASE_URL", "mysql://u@h/d"),
        ("PROVING_LOG_FORMAT", "xml"),
        ("PROVING_TOKEN_KEY", "too short"),
        ("PROVING_MAIL", "pigeon"),
        ("PROVING_SMTP_TIMEOUT_SECONDS", "0"),
    ],
)
def test_a_bad_value_is_named_in_one_line(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load_settings({name: value})
    (line,) = str(raised.value).splitlines()
    assert line.startswith(name)


def test_each_bad_value_has_its_line() -> None:
    with pytest.raises(SettingsError) as raised:
        load_settings({"PROVING_PORT": "x", "PROVING_WORKERS": "y"})
    assert len(str(raised.value).splitlines()) == 2
