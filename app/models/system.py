"""What the system remembers about itself."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.models.base import JsonType, UtcDateTime


class CatalogueVersion(SQLModel, table=True):
    """One row: a number that grows with every change of published content, in the same transaction."""

    __tablename__ = "catalogue_version"

    id: int = Field(default=1, primary_key=True)
    version: int
    changed_at: datetime = Field(sa_type=UtcDateTime)


class SeedState(SQLModel, table=True):
    """What was seeded last: the hash of one set of seed files (`vocabulary`, `real`, `demo`, `demo_pool`,
    `demo_lists`).

    `slugs` names the organisations and platforms, or the results, of the set, so that only these are removed with it.
    """

    __tablename__ = "seed_state"

    name: str = Field(primary_key=True, max_length=40)
    content_hash: str = Field(max_length=64)
    slugs: dict[str, list[str]] = Field(default_factory=dict, sa_type=JsonType)
    seeded_at: datetime = Field(sa_type=UtcDateTime)
