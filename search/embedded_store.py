"""Where the embedded engine keeps an index: generations side by side, and a pointer that says which one is live.

On disk: `<folder>/<generation>/` holds a tantivy index, `<folder>/current.json` names the live generation with its
stamp and schema version, and is replaced atomically. Without a folder everything is in memory.
Whoever writes holds the writer of the live generation, a rebuild too, so writes of other processes wait for it.
"""

import contextlib
import json
import shutil
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import tantivy

from search.embedded_documents import POINT, tantivy_schema
from search.port import EngineUnavailable, IndexNotReady
from search.schema import IndexSchema

_HEAP_BYTES = 50_000_000
_SMALL_HEAP_BYTES = 15_000_000
_BUSY = "LockBusy"


@dataclass(frozen=True)
class Generation:
    name: str
    stamp: str
    version: int
    documents: int


@dataclass(frozen=True)
class Places:
    """Terms of positions, and a row of latitude and longitude in degrees for each."""

    terms: list[str]
    degrees: np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Snapshot:
    """One state of an index, as a search sees it from its first look to its last."""

    schema: IndexSchema
    fields: tantivy.Schema
    searcher: tantivy.Searcher

    @cached_property
    def places(self) -> Places:
        """The distinct positions of documents."""
        terms = [term for term, _ in self.searcher.terms_with_prefix(POINT, "")]
        return Places(terms, np.array([term.split(",") for term in terms], dtype=np.float64).reshape(-1, 2))


@dataclass
class Build:
    """A generation being filled. `guard` keeps writers away from the live one."""

    name: str
    index: tantivy.Index
    writer: tantivy.IndexWriter
    guard: tantivy.IndexWriter | None

    def release(self) -> None:
        if self.guard is not None:
            _close(self.guard)


class Store:
    """The generations of one index. `snapshot` may be called by any thread; writes by one at a time."""

    def __init__(self, schema: IndexSchema, folder: Path | None, busy_seconds: float = 30.0) -> None:
        self._schema = schema
        self._folder = folder
        self._fields = tantivy_schema(schema)
        self._busy_seconds = busy_seconds
        self._live: tuple[Generation, tantivy.Index] | None = None
        self._current: tuple[object, Snapshot] | None = None

    def generation(self) -> Generation:
        """Return the live generation. Raises IndexNotReady when there is none of this schema version."""
        in_memory = self._live[0] if self._live else None
        live = in_memory if self._folder is None else self._read_pointer(self._folder)
        if live is None:
            raise IndexNotReady(f"the index {self._schema.name} has not been built")
        if live.version != self._schema.version:
            raise IndexNotReady(f"the index {self._schema.name} was built for schema version {live.version}")
        return live

    def snapshot(self) -> Snapshot:
        """Return the newest state, also when another process wrote it."""
        seen = self._signs()
        current = self._current  # one attribute: signs and snapshot must never come from different threads
        if current is None or current[0] != seen:
            current = (seen, self._open_snapshot())
            self._current = current
        return current[1]

    @contextlib.contextmanager
    def writer(self) -> Iterator[tantivy.IndexWriter]:
        """Give the writer of the live generation; committed and visible when the block ends well."""
        deadline = time.monotonic() + self._busy_seconds
        while True:
            opened = self._writing_signs()
            index = self._open_anew(self.generation())
            writer = self._try_writer(index, deadline)
            if writer and self._writing_signs() == opened:
                break
            if writer:
                _close(writer)
        try:
            # A process that died while it committed leaves files whose names the next commit would give again.
            writer.garbage_collect_files()
            yield writer
            writer.commit()
        except BaseException:
            writer.rollback()
            raise
        finally:
            _close(writer)
        self._refresh(index)

    def begin(self) -> Build:
        """Start a new generation to fill; live writes are held off until it is published or abandoned."""
        guard = self._hold_live()
        name = f"{time.strftime('%Y%m%d%H%M%S', time.gmtime())}-{uuid.uuid4().hex[:8]}"
        index = self._create(name)
        return Build(name, index, index.writer(_HEAP_BYTES, 1), guard)

    def publish(self, build: Build, stamp: str, documents: int) -> None:
        """Make a filled build the live generation and drop the others."""
        build.writer.commit()
        _close(build.writer)
        generation = Generation(build.name, stamp, self._schema.version, documents)
        self._point_to(generation)
        self._live = (generation, build.index)
        self._refresh(build.index)
        build.release()
        if self._folder is not None:
            for old in self._folder.iterdir():
                if old.is_dir() and old.name != build.name:
                    shutil.rmtree(old, ignore_errors=True)

    def restamp(self, stamp: str) -> None:
        """Give the live generation another stamp."""
        # Whoever has the writer is alone: no other process can put a new generation in place meanwhile.
        with self.writer():
            generation = replace(self.generation(), stamp=stamp)
            self._point_to(generation)
            if self._live is not None:
                self._live = (generation, self._live[1])

    def _point_to(self, generation: Generation) -> None:
        if self._folder is not None:
            draft = self._folder / f"{generation.name}.json"
            draft.write_text(json.dumps(vars(generation)), encoding="utf-8")
            draft.replace(self._folder / "current.json")

    def abandon(self, build: Build) -> None:
        build.writer.rollback()
        _close(build.writer)
        build.release()
        if self._folder is not None:
            shutil.rmtree(self._folder / build.name, ignore_errors=True)

    def close(self) -> None:
        self._live = self._current = None

    def _refresh(self, index: tantivy.Index) -> None:
        seen = self._signs()
        index.reload()
        self._current = (seen, Snapshot(self._schema, self._fields, index.searcher()))

    def _signs(self) -> object:
        """Return what changes when anybody writes: the pointer and the commit of the live generation."""
        if self._folder is None:
            return self._live[0].name if self._live else None
        try:
            pointer = (self._folder / "current.json").stat()
            meta = (self._folder / self._live[0].name / "meta.json").stat() if self._live else None
        except FileNotFoundError:
            return object()
        return (pointer.st_mtime_ns, pointer.st_ino, meta and (meta.st_mtime_ns, meta.st_ino))

    def _writing_signs(self) -> object:
        """Return what changes when anybody writes or dies while writing: tantivy notes a file before it makes it."""
        name = self.generation().name
        if self._folder is None:
            return name
        try:
            noted = (self._folder / name / ".managed.json").stat()
        except FileNotFoundError:
            return object()
        return (name, noted.st_mtime_ns, noted.st_ino)

    def _open_snapshot(self) -> Snapshot:
        index = self._open(self.generation())
        index.reload()
        return Snapshot(self._schema, self._fields, index.searcher())

    def _open(self, generation: Generation) -> tantivy.Index:
        live = self._live
        if live and live[0].name == generation.name:
            return live[1]
        return self._open_anew(generation)

    def _open_anew(self, generation: Generation) -> tantivy.Index:
        """Open the generation as the disk has it now; an index opened before does not know the files of others."""
        if self._folder is None:
            if self._live is None:
                raise IndexNotReady(f"the index {self._schema.name} has not been built")
            return self._live[1]
        try:
            index = tantivy.Index.open(str(self._folder / generation.name))
        except (ValueError, OSError) as error:
            raise IndexNotReady(f"the index {self._schema.name} cannot be opened: {error}") from error
        self._live = (generation, index)
        return index

    def _create(self, name: str) -> tantivy.Index:
        if self._folder is None:
            return tantivy.Index(self._fields)
        path = self._folder / name
        path.mkdir(parents=True)
        return tantivy.Index(self._fields, path=str(path))

    def _read_pointer(self, folder: Path) -> Generation | None:
        try:
            return Generation(**json.loads((folder / "current.json").read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def _hold_live(self) -> tantivy.IndexWriter | None:
        try:
            index = self._open(self.generation())
        except IndexNotReady:
            return None
        deadline = time.monotonic() + self._busy_seconds
        writer = None
        while writer is None:
            writer = self._try_writer(index, deadline)
        return writer

    def _try_writer(self, index: tantivy.Index, deadline: float) -> tantivy.IndexWriter | None:
        try:
            return index.writer(_SMALL_HEAP_BYTES, 1)
        except ValueError as error:
            if _BUSY not in str(error):
                raise EngineUnavailable(
                    f"the index {self._schema.name} cannot be written: {error}"
                ) from error
        if time.monotonic() > deadline:
            raise EngineUnavailable(f"the index {self._schema.name} is being written", retry_after=5.0)
        time.sleep(0.02)
        return None


def _close(writer: tantivy.IndexWriter) -> None:
    """End a writer and its lock; tantivy lets go of the lock here."""
    writer.wait_merging_threads()
