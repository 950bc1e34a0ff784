"""Voice notes as phones make them: recognised by what they hold, and how long they last; never decoded.

Ogg (RFC 3533) and WebM (RFC 8794, RFC 9559) with Opus, MP4 (ISO/IEC 14496-12) with sound and no picture.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from roadworks.base.errors import BadInput
from roadworks.base.i18n import _l

MOST_BYTES = 2 * 1024 * 1024
MOST_SECONDS = 60
# A recorder that is stopped at the minute still writes what it holds.
SLACK_S = 2
MEDIA = {"ogg": "audio/ogg", "webm": "audio/webm", "mp4": "audio/mp4"}
EBML = b"\x1a\x45\xdf\xa3"
# Elements of WebM whose content is elements again: Segment, Info, Tracks, TrackEntry, Cluster, BlockGroup.
NESTS = {0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0x1F43B675, 0xA0}
TIME, SCALE, BLOCKS = 0xE7, 0x2AD7B1, {0xA3, 0xA1}
NANOSECONDS = (1_000_000).to_bytes(3)
# DocType, CodecID and TrackType of a file with one track of sound.
OPUS_ALONE = {0x4282: b"webm", 0x86: b"A_OPUS", 0x83: b"\x02"}
BOXES = {b"moov", b"trak", b"mdia", b"moof", b"traf"}

WORDS = {
    "empty": _l("This file is empty."),
    "too_big": _l("A voice note is at most 2 MB."),
    "too_long": _l("A voice note lasts at most 60 seconds."),
    "unknown": _l("Only voice notes in Ogg, WebM or MP4 (M4A) are taken."),
    "damaged": _l("This voice note is damaged. Please record it again."),
}


class SoundRefused(BadInput):
    """A file that is no usable voice note; `code` is one of WORDS, the message tells the person what to do."""

    def __init__(self, code: str) -> None:
        super().__init__(WORDS[code], field="voice")
        self.code = code


@dataclass(frozen=True)
class Sound:
    """A voice note that was looked at: its bytes, its kind by content, its hash, how many whole seconds it lasts."""

    content: bytes
    kind: str
    sha256: str
    seconds: int


def look(content: bytes) -> Sound:
    """Say what a file is; raises SoundRefused."""
    if not content:
        raise SoundRefused("empty")
    if len(content) > MOST_BYTES:
        raise SoundRefused("too_big")
    kind, measure = _kind(content)
    try:
        seconds = measure(content)
    except (struct.error, IndexError, ValueError, ZeroDivisionError, OverflowError) as error:
        raise SoundRefused("damaged") from error
    if seconds > MOST_SECONDS + SLACK_S:
        raise SoundRefused("too_long")
    return Sound(content, kind, sha256(content).hexdigest(), max(0, round(seconds)))


def _kind(content: bytes) -> tuple[str, Callable[[bytes], float]]:
    if content.startswith(b"OggS"):
        return "ogg", _ogg_seconds
    if content.startswith(EBML):
        return "webm", _webm_seconds
    if content[4:8] == b"ftyp":
        return "mp4", _mp4_seconds
    raise SoundRefused("unknown")


def _ogg_seconds(content: bytes) -> float:
    """The position of the last page less what players skip (RFC 7845, 4.2): 48 000 samples a second."""
    at, last, skipped = 0, 0, None
    while at < len(content):
        mark, _version, _type, granule, _serial, _number, _crc, lacing = struct.unpack_from("<4sBBqIIIB", content, at)
        if mark != b"OggS":
            raise ValueError("no page")
        body = at + 27 + lacing
        if skipped is None:
            if content[body : body + 8] != b"OpusHead":
                raise SoundRefused("unknown")
            (skipped,) = struct.unpack_from("<H", content, body + 10)
        last = max(last, granule)
        at = body + sum(content[at + 27 : body])
    if at != len(content):
        raise ValueError("cut off")
    return max(0, last - (skipped or 0)) / 48_000


def _webm_seconds(content: bytes) -> float:
    """The time of the last block; a recorder of a browser writes no length into the head."""
    told: dict[int, list[bytes]] = {}
    cluster, last = 0, 0
    for name, body in _elements(content):
        told.setdefault(name, []).append(body)
        if name == TIME:
            cluster = int.from_bytes(body)
        elif name in BLOCKS:
            _track, size = _number(body, 0)
            last = max(last, cluster + struct.unpack_from(">h", body, size)[0])
    if any([body.rstrip(b"\0") for body in told.get(name, [])] != [wanted] for name, wanted in OPUS_ALONE.items()):
        raise SoundRefused("unknown")
    return last * int.from_bytes(told.get(SCALE, [NANOSECONDS])[0]) / 1_000_000_000


def _elements(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The elements of an EBML file one after another, going into those that hold others; sizes may be unknown."""
    at = 0
    while at < len(content):
        width = 9 - content[at].bit_length()
        name = int.from_bytes(content[at : at + width])
        size, used = _number(content, at + width)
        at += width + used
        if name in NESTS or name == 0x1A45DFA3:
            continue
        if at + size > len(content):
            raise ValueError("cut off")
        yield name, content[at : at + size]
        at += size


def _number(content: bytes, at: int) -> tuple[int, int]:
    """A number of variable length and how many bytes it takes (RFC 8794, 4)."""
    width = 9 - content[at].bit_length()
    if width > 8:
        raise ValueError("no number")
    return int.from_bytes(content[at : at + width]) & ((1 << 7 * width) - 1), width


def _mp4_seconds(content: bytes) -> float:
    """The length in the head, or where the last fragment begins; sound only."""
    handlers, scale, seconds = set(), 1, 0.0
    for name, body in _boxes(content):
        if name == b"hdlr":
            handlers.add(body[8:12])
        elif name in {b"mvhd", b"mdhd"}:
            scale, length = struct.unpack_from(">IQ" if body[0] else ">II", body, 20 if body[0] else 12)
            seconds = max(seconds, length / scale)
        elif name == b"tfdt":
            (begins,) = struct.unpack_from(">Q" if body[0] else ">I", body, 4)
            seconds = max(seconds, begins / scale)
    if b"soun" not in handlers or b"vide" in handlers:
        raise SoundRefused("unknown")
    return seconds


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The boxes of an MP4 file one after another, going into those that hold others."""
    at = 0
    while at < len(content):
        size, name = struct.unpack_from(">I4s", content, at)
        head = 8
        if size == 1:
            (size,), head = struct.unpack_from(">Q", content, at + 8), 16
        if name in BOXES:
            at += head
            continue
        size = size or len(content) - at
        if size < head or at + size > len(content):
            raise ValueError("cut off")
        yield name, content[at + head : at + size]
        at += size
