"""Files are whole or not there, whatever fails in between."""

import itertools
import os
import time
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
    written = store.path(KEY).stat().st_ino
    store.put(KEY, b"one")
    assert store.path(KEY).stat().st_ino == written
    with store.open(KEY) as file:
        assert file.read() == b"one"
    assert list(store.keys()) == [KEY]


@pytest.mark.parametrize("key", ["../x", "/etc/passwd", "a/../b", "a//b", "A.jpg", "a b", "", "a/.hidden", "x\x00"])
def test_keys_never_leave_the_folder(store, key):
    with pytest.raises(ValueError):
        store.put(key, b"x")


def test_what_is_put_again_while_it_is_swept_stays(store, monkeypatch):
    store.put(KEY, b"one")
    path, replace = store.path(KEY), Path.replace
    store.delete_old(KEY)
    assert path.exists(), "it was put just now"
    os.utime(path, (0, 0))

    def meanwhile(old: Path, new: Path) -> None:
        monkeypatch.setattr(Path, "replace", replace)
        store.put(KEY, b"one")
        replace(old, new)

    monkeypatch.setattr(Path, "replace", meanwhile)
    store.delete_old(KEY)
    assert path.read_bytes() == b"one"
    os.utime(path, (0, 0))
    store.delete_old(KEY)
    assert list(path.parent.iterdir()) == []


def test_the_sweep_passes_by_what_is_named_at_that_moment(store, monkeypatch):
    store.put(KEY, b"one")
    half = store.path(KEY).with_suffix(".tmp")
    monkeypatch.setattr(Path, "rglob", lambda _folder, _pattern: iter([half]))
    assert store.sweep() == 0


def test_what_is_not_there_is_not_found(store):
    with pytest.raises(NotFound):
        store.open(KEY)


STEPS = [(os, "fsync"), (os, "open"), (os, "mkdir"), (Path, "open"), (Path, "replace")]


def test_a_fault_at_any_open_flush_or_rename_is_told_and_leaves_nothing_half(tmp_path, monkeypatch):
    for turn in itertools.count():
        store, calls = LocalStorage(tmp_path / f"files{turn}"), itertools.count()

        def failing(real, turn=turn, calls=calls):
            def call(*args, **kwargs):
                if next(calls) == turn:
                    raise OSError(28, "No space left on device")
                return real(*args, **kwargs)

            return call

        with monkeypatch.context() as patch:
            for place, name in STEPS:
                patch.setattr(place, name, failing(getattr(place, name)))
            refused = False
            try:
                store.put(KEY, b"whole")
            except Unavailable:
                refused = True
        assert refused == (next(calls) > turn), f"nobody is told of the fault at step {turn}"
        assert not store.path(KEY).exists() or store.path(KEY).read_bytes() == b"whole"
        assert not list(store.root.rglob("*.tmp"))
        store.put(KEY, b"whole")
        assert store.path(KEY).read_bytes() == b"whole"
        if not refused:
            break
    assert turn > 8


def test_what_a_crash_left_behind_is_swept_after_an_hour(store):
    store.put(KEY, b"x")
    for name, age in (("old.tmp", 4000), ("new.tmp", 10)):
        path = store.root / name
        path.write_bytes(b"half")
        os.utime(path, (time.time() - age, time.time() - age))
    assert store.sweep() == 1
    assert {p.name for p in store.root.rglob("*") if p.is_file()} == {"abcd.jpg", "new.tmp"}


def test_a_file_that_is_there_already_is_flushed_before_it_is_acknowledged(store, monkeypatch):
    def full(_handle):
        raise OSError(5, "Input/output error")

    real, calls = os.fsync, iter(range(100))
    monkeypatch.setattr(os, "fsync", lambda handle: real(handle) if next(calls) < 2 else full(handle))
    with pytest.raises(Unavailable):
        store.put(KEY, b"one")
    assert store.path(KEY).exists(), "renamed, but its folder is not flushed"
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable):
        store.put(KEY, b"one")
    monkeypatch.undo()
    store.put(KEY, b"one")
