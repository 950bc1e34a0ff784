"""What a disk holds after a power cut: a server's recorded run, replayed up to any moment.

The record is strace's: every write with its bytes, every flush, every new name. After a cut a file holds what was
written before its last flush. A new name is there if its folder was flushed after it was given; a file system may
also keep names at once ("early"), and then an unflushed file stands there empty.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

CALLS = "openat,write,pwrite64,fsync,fdatasync,rename,mkdir,ftruncate,unlink,sendto"
LINE = re.compile(r"^(\d+) +(?:<\.\.\. \w+ resumed>(?P<rest>.*)|(?P<name>\w+)\((?P<said>.*))$")
END = re.compile(r"\) += (\d+)(?:<.*>)?$")
WORD = re.compile(r'["<]((?:\\x[0-9a-f]{2})+)[">]')
ANSWER = re.compile(rb"HTTP/1\.1 302 .*?\r\nLocation: /defects/(\d+)/filed\r\n", re.DOTALL)


def recorder(record: Path) -> tuple[str, ...]:
    """What to put before a command to record what it does to files and sockets."""
    return ("strace", "-f", "-qq", "-y", "-xx", "-s", "1000000", "-e", f"trace={CALLS}", "-o", str(record))


@dataclass
class Call:
    """One call that went well, from one line of the record to another; its paths and bytes, and its numbers."""

    name: str
    began: int
    ended: int
    words: list[bytes]
    numbers: list[int]
    result: int
    creates: bool


def calls(record: Path) -> Iterator[Call]:
    """The calls of a record in the order in which they ended."""
    waiting: dict[str, tuple[int, str, str]] = {}
    for place, line in enumerate(record.read_text("ascii", "replace").splitlines()):
        found = LINE.match(line)
        if found is None:
            continue
        process, said = found[1], found["said"]
        if said is not None and said.endswith("<unfinished ...>"):
            waiting[process] = (place, found["name"], said.removesuffix("<unfinished ...>").rstrip())
            continue
        began, name, said = (place, found["name"], said) if said is not None else waiting.pop(process)
        said += found["rest"] or ""
        end = END.search(said)
        if end:
            said = said[: end.start()].rstrip()
            words = [bytes.fromhex(word.replace("\\x", "")) for word in WORD.findall(said)]
            numbers = [int(n) for n in re.findall(r", (\d+)(?=,|$)", said)]
            yield Call(name, began, place, words, numbers, int(end[1]), "O_CREAT" in said)


@dataclass(eq=False)
class File:
    """A file's flushed bytes, and the changes that wait for a flush: (line, offset or None for the end, bytes)."""

    flushed: bytearray = field(default_factory=bytearray)
    waiting: list[tuple[int, int | None, bytes | None]] = field(default_factory=list)

    def flush(self, before: int) -> None:
        """Take over what was written before this line."""
        for _line, offset, data in [change for change in self.waiting if change[0] < before]:
            if data is None:
                del self.flushed[offset:]
                self.flushed.extend(bytes((offset or 0) - len(self.flushed)))
                continue
            start = len(self.flushed) if offset is None else offset
            self.flushed.extend(bytes(max(0, start - len(self.flushed))))
            self.flushed[start : start + len(data)] = data
        self.waiting = [change for change in self.waiting if change[0] >= before]


class Disk:
    """A folder as the disk holds it while calls are replayed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: dict[str, File | None] = {}  # None: a folder
        for path in folder.rglob("*"):
            self.names[str(path)] = File(bytearray(path.read_bytes())) if path.is_file() else None
        self.kept = dict(self.names)

    def replay(self, call: Call) -> None:
        """One more call."""
        path = (
            call.words[-1 if call.name in {"openat", "mkdir"} else 0].decode("utf-8", "replace") if call.words else ""
        )
        if not path.startswith(str(self.folder)) or path.endswith("-shm"):
            return
        act = getattr(self, "_" + call.name, None)
        if act:
            act(path, call)

    def _openat(self, path: str, call: Call) -> None:
        if call.creates and path not in self.names:
            self.names[path] = File()

    def _mkdir(self, path: str, _call: Call) -> None:
        self.names[path] = None

    def _write(self, path: str, call: Call) -> None:
        self._file(path).waiting.append((call.ended, None, call.words[1][: call.result]))

    def _pwrite64(self, path: str, call: Call) -> None:
        self._file(path).waiting.append((call.ended, call.numbers[-1], call.words[1][: call.result]))

    def _ftruncate(self, path: str, call: Call) -> None:
        self._file(path).waiting.append((call.ended, call.numbers[-1], None))

    def _rename(self, path: str, call: Call) -> None:
        self.names[call.words[1].decode()] = self.names.pop(path)

    def _unlink(self, path: str, _call: Call) -> None:
        self.names.pop(path, None)

    def _fsync(self, path: str, call: Call) -> None:
        file = self.names.get(path)
        if file is not None:
            file.flush(call.began)
            return
        inside = {name for name in (*self.names, *self.kept) if name.rpartition("/")[0] == path}
        for name in inside:
            self.kept.pop(name, None)
            if name in self.names:
                self.kept[name] = self.names[name]

    _fdatasync = _fsync

    def _file(self, path: str) -> File:
        found = self.names[path]
        assert found is not None, path
        return found

    def after_a_cut(self, into: Path, *, early: bool) -> None:
        """Write down what a machine finds when the power is back."""
        names = self.names if early else self.kept
        folders = {str(self.folder)} | {name for name, file in names.items() if file is None}
        for name, file in sorted(names.items()):
            above = [str(p) for p in Path(name).parents if p.is_relative_to(self.folder)]
            if file is None or not set(above) <= folders:
                continue
            target = into / Path(name).relative_to(self.folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.flushed)
