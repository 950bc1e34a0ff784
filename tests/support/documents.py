"""Papers for tests: honest ones of each kind, and hostile ones."""

import io
import struct
import zipfile

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def office(*names: str, **more: bytes) -> bytes:
    """A package of Office with these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        for name in names:
            package.writestr(name, b"x")
        for name, content in more.items():
            package.writestr(name, content)
    return out.getvalue()


def old_office(*streams: str) -> bytes:
    """A compound file of Office 97 whose directory names these streams."""
    header = bytearray(512)
    header[:8] = bytes.fromhex("d0cf11e0a1b11ae1")
    struct.pack_into("<HHHH", header, 24, 0x3E, 3, 0xFFFE, 9)
    struct.pack_into("<I", header, 48, 1)  # the directory begins in sector 1
    struct.pack_into("<109I", header, 76, 0, *[0xFFFFFFFF] * 108)  # the table of sectors is sector 0
    table = struct.pack("<3I", 0xFFFFFFFD, 2, 0xFFFFFFFE).ljust(512, b"\xff")
    entries = [_entry(name) for name in ("Root Entry", *streams)]
    return bytes(header) + table + b"".join(entries).ljust(1024, b"\0")


def _entry(name: str) -> bytes:
    said = name.encode("utf-16-le") + b"\0\0"
    return said.ljust(64, b"\0") + struct.pack("<H", len(said)) + bytes(62)


def bomb() -> bytes:
    """A package that unpacks to more than a gigabyte."""
    honest = bytearray(office("word/document.xml"))
    place = honest.index(b"PK\x01\x02")
    struct.pack_into("<I", honest, place + 24, 2_000_000_000)
    return bytes(honest)


def list_bomb() -> bytes:
    """A package that claims a list of sixty thousand members."""
    honest = bytearray(office("word/document.xml"))
    place = honest.rindex(b"PK\x05\x06")
    struct.pack_into("<HH", honest, place + 8, 60_000, 60_000)
    return bytes(honest)
