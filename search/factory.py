"""Settings to a search engine. Only the application's entry points call this."""

from pathlib import Path

from search.embedded import EmbeddedEngine
from search.port import SearchEngine
from search.text import TextLayer


def make_engine(
    name: str,
    layer: TextLayer,
    *,
    folder: Path | None = None,
    meili_url: str = "",
    meili_key: str | None = None,
    index_prefix: str = "proving",
) -> SearchEngine:
    """Return the engine called `name`: "embedded" (in `folder`, or in memory) or "meilisearch".

    Raises ValueError for any other name.
    """
    if name == "embedded":
        return EmbeddedEngine(layer, folder)
    if name == "meilisearch":
        from search.meilisearch import MeilisearchEngine  # noqa: PLC0415 - its libraries load slowly

        return MeilisearchEngine(meili_url, meili_key, layer, prefix=index_prefix)
    raise ValueError(f"there is no search engine {name!r}")
