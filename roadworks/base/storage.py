"""Photos and papers on disk: written whole, flushed, then named; a name never changes its content."""

import io
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, BinaryIO, cast

from flask import Flask, current_app

from roadworks.base.errors import NotFound, Unavailable
from roadworks.base.i18n import _l

KEY = re.compile(r"[a-z0-9]+(?:[/._-][a-z0-9]+)*")
TEMPORARY = ".tmp"
FRESH_S = 3600.0
FULL = _l("The store for files is full or does not answer. Nothing was recorded; please try again later.")


class LocalStorage:
    """A folder on a local disk that survives a power cut: fsync, rename, fsync of the folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._named: set[Path] = set()  # folders whose own names are flushed

    def path(self, key: str) -> Path:
        """The file of a key; raises ValueError on a key that could leave the folder."""
        if not KEY.fullmatch(key):
            raise ValueError(key)
        return self.root / key

    def put(self, key: str, content: bytes) -> None:
        """Store content under a key, whole or not at all; the same key again writes nothing. Raises Unavailable."""
        self.put_from(key, io.BytesIO(content), len(content))

    def put_from(self, key: str, source: IO[bytes], size: int) -> None:
        """The same for a file of `size` bytes that stands at its beginning, copied in pieces."""
        path = self.path(key)
        temporary = path.with_name(f"{secrets.token_hex(8)}{TEMPORARY}")
        try:
            if _touched(path, size):
                self._sync(path.parent)  # who wrote it may have died, or not yet have come to this
                return
            self._make(path.parent)
            with temporary.open("xb") as file:
                shutil.copyfileobj(source, file, 1024 * 1024)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            self._sync(path.parent)
        except OSError as error:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise Unavailable(FULL, retry_after=60) from error

    def open(self, key: str) -> BinaryIO:
        """Open for reading; raises NotFound."""
        try:
            return cast(BinaryIO, self.path(key).open("rb"))
        except FileNotFoundError as error:
            raise NotFound() from error

    def fresh(self, key: str) -> bool:
        """Whether it was put within the last hour: its row may be written only now."""
        return _fresh(self.path(key))

    def delete_old(self, key: str) -> None:
        """Take a file away unless it is fresh, or is put again meanwhile."""
        path = self.path(key)
        aside = path.with_name(f"{secrets.token_hex(8)}{TEMPORARY}")
        with suppress(FileNotFoundError):
            if not _fresh(path):
                path.replace(aside)
                if _fresh(aside):
                    aside.replace(path)
                else:
                    aside.unlink()

    def keys(self) -> Iterator[str]:
        """All keys, temporaries left out."""
        for path in sorted(self.root.rglob("*")):
            if path.is_file() and path.suffix != TEMPORARY:
                yield path.relative_to(self.root).as_posix()

    def sweep(self, older_than_s: float = FRESH_S) -> int:
        """Take away what a crash left half-written; gives how many."""
        limit, swept = time.time() - older_than_s, 0
        for path in self.root.rglob(f"*{TEMPORARY}"):
            with suppress(FileNotFoundError):  # written whole and named meanwhile
                if path.stat().st_mtime < limit:
                    path.unlink()
                    swept += 1
        return swept

    def _make(self, folder: Path) -> None:
        """Make a folder in the store, and the store itself; its name is flushed by `_sync`."""
        if not folder.exists():
            folder.mkdir(parents=True, exist_ok=True)
            _sync_folder(self.root.parent)

    def _sync(self, folder: Path) -> None:
        """Flush a folder, and once those above it: another process may have made it and not yet flushed its name."""
        _sync_folder(folder)
        if folder not in self._named and folder != self.root:
            self._sync(folder.parent)
            self._named.add(folder)


def _touched(path: Path, size: int) -> bool:
    """Whether a file of this size is there; it is fresh from now on."""
    try:
        same = path.stat().st_size == size
        if same:
            os.utime(path)
    except FileNotFoundError:
        return False
    return same


def _fresh(path: Path) -> bool:
    try:
        return path.stat().st_mtime > time.time() - FRESH_S
    except FileNotFoundError:
        return False


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def storage() -> LocalStorage:
    """The app's store."""
    return cast(LocalStorage, current_app.extensions["storage"])


def init_app(app: Flask) -> None:
    """Keep files in the instance's folder."""
    app.extensions["storage"] = LocalStorage(Path(app.config["INSTANCE"]) / "files")
