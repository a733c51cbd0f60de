"""Released editions of the service resource catalogue list (服务资源目录清单). The database refuses to change them."""

import uuid
from datetime import date, datetime

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from app.models.base import PublicId, UtcDateTime


class CatalogueRelease(PublicId, table=True):
    """One edition. Editions are numbered 1, 2, 3, ... across all who issue them, so that a number names one.

    `head` is the canonical JSON of everything but the entries and the hash; `content_hash` is that of
    `app.releases.canonical.hash_of`. Nothing here points into the catalogue, which goes on changing.
    """

    __tablename__ = "catalogue_release"

    edition: int = Field(unique=True)
    region_code: str = Field(max_length=6, index=True)
    issued_on: date
    issued_at: datetime = Field(sa_type=UtcDateTime)
    entry_count: int
    content_hash: str = Field(max_length=64)
    head: str = Field(sa_type=Text)


class CatalogueReleaseEntry(SQLModel, table=True):
    """One platform as it was released: `content` is canonical JSON, kept as text so that its bytes stay."""

    __tablename__ = "catalogue_release_entry"

    release_id: int = Field(primary_key=True, foreign_key="catalogue_release.id")
    position: int = Field(primary_key=True)
    platform_uid: uuid.UUID
    content: str = Field(sa_type=Text)
