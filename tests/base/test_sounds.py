"""Voice notes are known by what they hold: kind, length, and what is none."""

import struct

import pytest

from roadworks.base.sounds import MOST_BYTES, SoundRefused, look
from tests.support.cast import spoken

UNKNOWN = b"\x01\xff\xff\xff\xff\xff\xff\xff"


def element(name: str, body: bytes) -> bytes:
    """An element of EBML with its size in eight bytes."""
    return bytes.fromhex(name) + (len(body) | 1 << 56).to_bytes(8) + body


def webm(last_ms: int = 4000, codec: bytes = b"A_OPUS", track: bytes = b"\x02", doctype: bytes = b"webm") -> bytes:
    """What Chromium's recorder writes: segment and clusters of unknown size, no length in the head."""
    block = element("a3", b"\x81" + struct.pack(">h", last_ms % 1000) + b"\x80opus")
    cluster = bytes.fromhex("1f43b675") + UNKNOWN + element("e7", (last_ms // 1000 * 1000).to_bytes(4)) + block
    entry = element("ae", element("83", track) + element("86", codec))
    info = element("1549a966", element("2ad7b1", (1_000_000).to_bytes(3)))
    segment = bytes.fromhex("18538067") + UNKNOWN + info + element("1654ae6b", entry) + cluster
    return element("1a45dfa3", element("4282", doctype)) + segment


def box(name: bytes, body: bytes) -> bytes:
    """A box of MP4."""
    return struct.pack(">I4s", 8 + len(body), name) + body


def m4a(length: int = 5000, handler: bytes = b"soun", begins: int | None = None) -> bytes:
    """What an iPhone's recorder writes: the length in the head, or fragments."""
    head = box(b"mvhd", bytes(12) + struct.pack(">II", 1000, length))
    track = box(
        b"trak",
        box(
            b"mdia",
            box(b"mdhd", bytes(12) + struct.pack(">II", 1000, length)) + box(b"hdlr", bytes(8) + handler + bytes(12)),
        ),
    )
    whole = box(b"ftyp", b"M4A \0\0\0\0") + box(b"moov", head + track)
    if begins is not None:
        whole += box(b"moof", box(b"traf", box(b"tfdt", bytes(4) + struct.pack(">I", begins))))
    return whole + box(b"mdat", b"aac")


@pytest.mark.parametrize(
    ("content", "kind", "seconds"),
    [
        (spoken(3), "ogg", 3),
        (spoken(60.5), "ogg", 60),
        (webm(4250), "webm", 4),
        (webm(61000), "webm", 61),
        (m4a(5000), "mp4", 5),
        (m4a(0, begins=7000), "mp4", 7),
    ],
)
def test_each_kind_is_known_with_its_length(content, kind, seconds):
    sound = look(content)
    assert (sound.kind, sound.seconds, sound.content) == (kind, seconds, content)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (bytes(MOST_BYTES + 1), "too_big"),
        (spoken(70), "too_long"),
        (webm(90_000), "too_long"),
        (m4a(120_000), "too_long"),
        (m4a(0, begins=90_000), "too_long"),
        (b"<script>alert(1)</script>", "unknown"),
        (b"%PDF-1.4", "unknown"),
        (webm(codec=b"V_VP8", track=b"\x01"), "unknown"),
        (webm(doctype=b"matroska"), "unknown"),
        (m4a(handler=b"vide"), "unknown"),
        (spoken(3).replace(b"OpusHead", b"\x01vorbis!"), "unknown"),
        (spoken(3)[:-5], "damaged"),
        (webm()[:-3], "damaged"),
        (m4a()[:-1], "damaged"),
        (b"\x1a\x45\xdf\xa3" + bytes(50), "damaged"),
    ],
)
def test_what_is_none_is_told_why(content, code):
    with pytest.raises(SoundRefused) as refused:
        look(content)
    assert refused.value.code == code


def test_no_cut_of_a_voice_note_breaks_the_reader():
    for whole in (spoken(3), webm(), m4a(0, begins=7000)):
        for end in range(1, len(whole)):
            for content in (
                whole[:end],
                whole[:end] + b"\0" + whole[end + 1 :],
                whole[:end] + b"\xff" + whole[end + 1 :],
            ):
                try:
                    look(content)
                except SoundRefused:
                    continue
