"""Papers as they come from desks: recognised by what they hold, never by their name, and never unpacked."""

import io
import struct
import warnings
import zipfile
from dataclasses import dataclass
from hashlib import sha256
from typing import IO

from PIL import Image, UnidentifiedImageError

from roadworks.base.errors import BadInput
from roadworks.base.exif import DECODE_FAULTS
from roadworks.base.fields import clean_text
from roadworks.base.i18n import _l

MOST_BYTES = 50 * 1024 * 1024
MOST_MEMBERS, MOST_DIRECTORY_BYTES, MOST_UNPACKED_BYTES = 5000, 2_000_000, 1_000_000_000
CHUNK = 1024 * 1024
PARTS = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "ppt/presentation.xml": "pptx"}
STREAMS = {"WordDocument": "doc", "Workbook": "xls", "Book": "xls", "PowerPoint Document": "ppt"}
OLE2 = bytes.fromhex("d0cf11e0a1b11ae1")
MEDIA = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "jpg": "image/jpeg",
    "png": "image/png",
}
UNSEEN_TURNS = dict.fromkeys(map(ord, "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"))

WORDS = {
    "empty": _l("This file is empty."),
    "too_big": _l("This file is larger than 50 MB."),
    "unknown": _l("Only PDF, Word, Excel, PowerPoint, JPEG and PNG files are taken."),
    "damaged": _l("This file is damaged. Save it again and send the new one."),
    "bomb": _l("This file would unpack to far more than a document holds."),
    "macros": _l("This file holds macros. Save it without them and send the new one."),
}


class DocumentRefused(BadInput):
    """A file that is no paper; `code` is one of WORDS, the message tells the person what to do."""

    def __init__(self, code: str) -> None:
        super().__init__(WORDS[code], field="file")
        self.code = code


@dataclass(frozen=True)
class Document:
    """A file that was looked at: its kind by content, its size in bytes, its hash."""

    kind: str
    size: int
    sha256: str


def look(file: IO[bytes]) -> Document:
    """Say what a file is, reading it in pieces; the file stands at its beginning afterwards. Raises DocumentRefused."""
    file.seek(0)
    mark, size = sha256(), 0
    while piece := file.read(CHUNK):
        size += len(piece)
        if size > MOST_BYTES:
            raise DocumentRefused("too_big")
        mark.update(piece)
    if not size:
        raise DocumentRefused("empty")
    kind = _kind(file, size)
    file.seek(0)
    return Document(kind, size, mark.hexdigest())


def _kind(file: IO[bytes], size: int) -> str:
    file.seek(0)
    head = file.read(8)
    if head.startswith(b"%PDF-"):
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return _office(file, size)
    if head == OLE2:
        return _old_office(file, size)
    if head.startswith(b"\xff\xd8\xff"):
        return _picture(file, "JPEG")
    if head == b"\x89PNG\r\n\x1a\n":
        return _picture(file, "PNG")
    raise DocumentRefused("unknown")


def _picture(file: IO[bytes], kind: str) -> str:
    """A picture whose header can be read; its pixels are left alone."""
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            Image.open(file, formats=[kind])
    except (UnidentifiedImageError, Image.DecompressionBombError, *DECODE_FAULTS) as error:
        raise DocumentRefused("damaged") from error
    return "jpg" if kind == "JPEG" else "png"


def _office(file: IO[bytes], size: int) -> str:
    """A package of Office by the names of its members; only the list of names is read, and that within bounds."""
    _bound_directory(file, size)
    try:
        with zipfile.ZipFile(file) as package:
            members = package.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, EOFError) as error:
        raise DocumentRefused("damaged") from error
    if sum(member.file_size for member in members) > MOST_UNPACKED_BYTES:
        raise DocumentRefused("bomb")
    names = {member.filename for member in members}
    if any(name.rsplit("/", 1)[-1].casefold() == "vbaproject.bin" for name in names):
        raise DocumentRefused("macros")
    found = [kind for name, kind in PARTS.items() if name in names]
    if "[Content_Types].xml" not in names or len(found) != 1:
        raise DocumentRefused("unknown")
    return found[0]


def _bound_directory(file: IO[bytes], size: int) -> None:
    """Look at the end record before the list of members is read: a list of a million names is a bomb of its own."""
    file.seek(max(0, size - 65_557))
    tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) - place < 22:
        raise DocumentRefused("damaged")
    members, length = struct.unpack("<HI", tail[place + 10 : place + 16])
    if members > MOST_MEMBERS or length > MOST_DIRECTORY_BYTES or b"PK\x06\x07" in tail[max(0, place - 20) : place]:
        raise DocumentRefused("bomb")


def _old_office(file: IO[bytes], size: int) -> str:
    """A compound file of Office 97 by the streams that its directory names ([MS-CFB] 2.2, 2.6)."""
    file.seek(0)
    header = file.read(512)
    if len(header) < 512:
        raise DocumentRefused("damaged")
    (shift,) = struct.unpack("<H", header[30:32])
    if shift not in {9, 12}:
        raise DocumentRefused("damaged")
    names = set(_entries(file, header, 1 << shift, size))
    if "_VBA_PROJECT" in names or "_VBA_PROJECT_CUR" in names or "Macros" in names:
        raise DocumentRefused("macros")
    found = {kind for name, kind in STREAMS.items() if name in names}
    if len(found) != 1:
        raise DocumentRefused("unknown")
    return found.pop()


def _entries(file: IO[bytes], header: bytes, sector: int, size: int) -> list[str]:
    """The names in the directory, following its chain for at most 256 sectors."""
    (at,) = struct.unpack("<I", header[48:52])
    tables = struct.unpack("<109I", header[76:512])
    names: list[str] = []
    for _turn in range(256):
        offset = (at + 1) * sector
        if offset + sector > size:
            break
        file.seek(offset)
        block = file.read(sector)
        names += [_name(block[i : i + 128]) for i in range(0, len(block), 128)]
        table, place = divmod(at, sector // 4)
        if table >= len(tables) or (tables[table] + 1) * sector >= size:
            break
        file.seek((tables[table] + 1) * sector + place * 4)
        (at,) = struct.unpack("<I", file.read(4).ljust(4, b"\xff"))
    return names


def _name(entry: bytes) -> str:
    (length,) = struct.unpack("<H", entry[64:66].ljust(2, b"\0"))
    return entry[: max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")


def shown_name(said: str | None, kind: str) -> str:
    """The name that the person's machine gave it, fit to be shown: no path, no unseen signs, the ending of its kind."""
    plain = clean_text(said).translate(UNSEEN_TURNS).replace("\\", "/").rsplit("/", 1)[-1]
    plain = " ".join(plain.split())
    stem = plain.rsplit(".", 1)[0] if "." in plain[-6:] else plain
    return f"{stem.strip(' .')[:110] or 'paper'}.{kind}"


def read(content: bytes) -> tuple[IO[bytes], Document]:
    """Bytes as a looked-at file, for who holds them in memory already."""
    file = io.BytesIO(content)
    return file, look(file)
