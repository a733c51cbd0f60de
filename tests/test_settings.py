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
            "OTHER_PORT": "1",
        }
    )
    assert settings.model_dump(exclude={"meili_key"}) == {
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
    }
    assert settings.meili_key.get_secret_value() == "k"
    assert "k" not in repr(settings.meili_key)


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
