"""The power fails: no plug can be pulled here, so a recorded run is replayed up to the cut, unflushed bytes dropped."""

import random
import shutil
import threading

import pytest

from roadworks import create_app
from roadworks.base import clock
from roadworks.base.db import db
from tests.support import cast as people
from tests.support import databases, disk, live, whole
from tests.support.phone import Phone

PHONES, EACH, CUTS = 3, 5, 24


@pytest.fixture(scope="module")
def recorded(tmp_path_factory, sqlite_template):
    """The store before, the record of a server to which three phones file with photos, and how often it said yes."""
    assert shutil.which("strace"), "this test needs strace: apt-get install strace"
    folder = tmp_path_factory.mktemp("power")
    instance, before, record = folder / "instance", folder / "before", folder / "record"
    instance.mkdir()
    databases.copy_sqlite(sqlite_template, instance)
    app = create_app(databases.options(instance))
    with app.app_context(), clock.at(people.NOON):
        people.make_cast()
        db.session.remove()
        db.engine.dispose()
    shutil.copytree(instance, before)
    said_yes: list[int] = []

    def keep_filing(base: str, number: int) -> None:
        phone = Phone(base)
        phone.sign_in(people.PASSWORD)
        for shade in range(EACH):
            status, location = phone.file(people.jpeg("gray", (320, 240), comment=f"{number} {shade}".encode()))
            assert status == 302, status
            said_yes.append(int(location.split("/")[2]))

    with live.server(instance, before=disk.recorder(record)) as base:
        phones = [threading.Thread(target=keep_filing, args=(base, number)) for number in range(PHONES)]
        for phone in phones:
            phone.start()
        for phone in phones:
            phone.join()
    assert len(said_yes) == PHONES * EACH
    return instance, before, list(disk.calls(record)), set(said_yes)


def answers(calls) -> dict[int, int]:
    """The line at which each filing's answer began to leave → the filing."""
    found = {}
    for call in calls:
        told = disk.ANSWER.search(call.words[-1]) if call.name == "sendto" and call.words else None
        if told:
            found[call.began] = int(told[1])
    return found


def test_each_answer_leaves_after_the_flush_of_the_database_and_that_after_the_photo_and_its_name(recorded):
    instance, _before, calls, said_yes = recorded
    leaving = answers(calls)
    assert set(leaving.values()) == said_yes
    wal = str(instance / "roadworks.db-wal").encode()
    flushed = [c for c in calls if c.name in {"fsync", "fdatasync"}]
    named = {c.words[1]: c for c in calls if c.name == "rename"}
    assert len(named) == 2 * len(said_yes), "a picture and its thumbnail each"
    for name, given in named.items():
        of_file = [c for c in flushed if c.words[0] == given.words[0] and c.ended < given.began]
        of_folder = [c for c in flushed if c.words[0] == name.rpartition(b"/")[0] and c.began > given.ended]
        assert of_file, "the bytes before the name"
        assert of_folder, "the name for good"
    for line in leaving:
        assert any(c.words[0] == wal and c.ended < line for c in flushed)


@pytest.mark.parametrize("early", [False, True], ids=["late names", "early names"])
def test_after_a_power_cut_at_any_moment_every_acknowledged_filing_has_its_photo(recorded, tmp_path, early):
    instance, before, calls, _said_yes = recorded
    leaving, dice = answers(calls), random.Random(7)
    cuts = sorted({*leaving, *dice.sample(range(calls[0].began, max(leaving)), CUTS)})
    assert len(cuts) >= CUTS
    held = disk.Disk(before)
    held = _at(held, before, instance)
    place = 0
    for number, cut in enumerate(cuts):
        while place < len(calls) and calls[place].ended <= cut:
            held.replay(calls[place])
            place += 1
        after = tmp_path / str(number)
        held.after_a_cut(after, early=early)
        whole.check(after, [filing for line, filing in leaving.items() if line <= cut])


def _at(held: disk.Disk, before, instance) -> disk.Disk:
    """The folder was copied before the run: its names are those of the run."""
    held.folder = instance
    held.names = {name.replace(str(before), str(instance)): file for name, file in held.names.items()}
    held.kept = dict(held.names)
    return held
