"""The file of what the demo accounts find in their lists: match runs, what is said of them, what they watch."""

import hashlib
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import model_validator

from app.models import Cadence
from app.runs.feedback_schemas import FeedbackCreate, TaskClose
from app.seeding.catalogue_rows import seed_uid
from app.seeding.files import Record, bytes_of, read_file
from app.seeding.pool_files import FOLDER
from app.watches.schemas import WatchCreate

LISTS_VERSION = 1
"""Raise it when the same file gives more rows than before: what is missing is then added."""

STATE = "demo_lists"
"""Under this name it stands in `seed_state` which file was loaded last."""

_NAME = "lists.json"


class FeedbackRecord(Record):
    """What is said of a run, what the platform answers, and what its department concludes."""

    said: FeedbackCreate
    answer: str | None
    closed: TaskClose | None


class RunRecord(Record):
    """A match of a demo result that `person` asks for; `on_date`: null for the day it is made."""

    key: str
    person: str
    result: str
    on_date: date | None
    feedback: list[FeedbackRecord]


class WatchRecord(Record):
    """Something that `person` saves: a search, a match, or the needs of the demo result with the slug `result`."""

    key: str
    person: str
    name: str
    cadence: Cadence
    search: dict[str, Any] | None
    match: dict[str, Any] | None
    result: str | None

    @model_validator(mode="after")
    def _can_be_asked(self) -> "WatchRecord":
        self.asked()
        return self

    def asked(self) -> WatchCreate:
        """Return it as somebody would send it."""
        return WatchCreate.model_validate(
            {
                "name": self.name,
                "cadence": self.cadence,
                "search": self.search,
                "match": self.match,
                "result_id": None if self.result is None else seed_uid(f"result/{self.result}"),
            }
        )


class ListFile(Record):
    runs: list[RunRecord]
    watches: list[WatchRecord]


def read_lists(seed_dir: Path) -> ListFile:
    """Read the file. Raises SeedError naming the place that is wrong."""
    return read_file(seed_dir / FOLDER / _NAME, ListFile)


def lists_hash(seed_dir: Path) -> str:
    """Return the hash of the file. Raises SeedError when it is missing."""
    return hashlib.sha256(str(LISTS_VERSION).encode() + bytes_of(seed_dir / FOLDER / _NAME)).hexdigest()
