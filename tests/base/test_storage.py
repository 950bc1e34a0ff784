"""Files are whole or not there, whatever fails in between."""

import os
import time
from contextlib import suppress
from pathlib import Path

import pytest

from roadworks.base.errors import NotFound, Unavailable
from roadworks.base.storage import LocalStorage

KEY = "photos/ab/abcd.jpg"


@pytest.fixture
def store(tmp_path):
    return LocalStorage(tmp_path / "files")


def test_what_was_put_can_be_read_and_the_same_again_writes_nothing(store):
    store.put(KEY, b"one")
    changed = store.path(KEY).stat().st_mtime_ns
    store.put(KEY, b"one")
    assert store.path(KEY).stat().st_mtime_ns == changed
    with store.open(KEY) as file:
        assert file.read() == b"one"
    assert list(store.keys()) == [KEY]


@pytest.mark.parametrize("key", ["../x", "/etc/passwd", "a/../b", "a//b", "A.jpg", "a b", "", "a/.hidden", "x\x00"])
def test_keys_never_leave_the_folder(store, key):
    with pytest.raises(ValueError):
        store.put(key, b"x")


def test_what_is_not_there_is_not_found(store):
    with pytest.raises(NotFound):
        store.open(KEY)
    store.delete(KEY)


@pytest.mark.parametrize("turn", range(8))
def test_a_fault_at_any_flush_or_rename_leaves_nothing_half(store, monkeypatch, turn):
    calls = iter(range(100))

    def failing(real):
        def call(*args):
            if next(calls) == turn:
                raise OSError(28, "No space left on device")
            return real(*args)

        return call

    monkeypatch.setattr(os, "fsync", failing(os.fsync))
    monkeypatch.setattr(Path, "replace", failing(Path.replace))
    with suppress(Unavailable):  # the last turns have nothing left to fail
        store.put(KEY, b"whole")
    monkeypatch.undo()
    assert not store.path(KEY).exists() or store.path(KEY).read_bytes() == b"whole"
    assert not list(store.root.rglob("*.tmp"))
    store.put(KEY, b"whole")
    assert store.path(KEY).read_bytes() == b"whole"


def test_what_a_crash_left_behind_is_swept_after_an_hour(store):
    store.put(KEY, b"x")
    for name, age in (("old.tmp", 4000), ("new.tmp", 10)):
        path = store.root / name
        path.write_bytes(b"half")
        os.utime(path, (time.time() - age, time.time() - age))
    assert store.sweep() == 1
    assert {p.name for p in store.root.rglob("*") if p.is_file()} == {"abcd.jpg", "new.tmp"}
