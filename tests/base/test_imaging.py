"""Photos: upright, small, without metadata; what is hostile or damaged is refused in bounded time and memory."""

import io
import json
import os
import struct
import subprocess
import sys
import zipfile
import zlib

import pytest
from PIL import ExifTags, Image

from roadworks.base import imaging
from roadworks.base.imaging import PhotoRefused, read_photo
from tests.conftest import SHARED_DATA

PHOTOS = sorted((SHARED_DATA / "photos").glob("*")) if SHARED_DATA.is_dir() else []
HOSTILE = sorted((SHARED_DATA / "hostile").glob("*")) if SHARED_DATA.is_dir() else []
HEIC = [path for path in PHOTOS if path.suffix == ".heif"]


def saved(image: Image.Image, kind: str = "JPEG", **more) -> io.BytesIO:
    out = io.BytesIO()
    image.save(out, kind, **more)
    out.seek(0)
    return out


def marked(orientation: int) -> io.BytesIO:
    """A picture whose upper left corner is red once it is turned as its orientation says."""
    upright = Image.new("RGB", (400, 300), "white")
    upright.paste("red", (0, 0, 100, 100))
    turn = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
    }
    turn |= {6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270}
    stored = upright.transpose(turn[orientation]) if orientation in turn else upright
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return saved(stored, quality=95, exif=exif)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(orientation):
    picture = read_photo(marked(orientation))
    image = Image.open(io.BytesIO(picture.jpeg))
    assert image.size == (picture.width, picture.height) == (400, 300)
    red, green, _blue = image.getpixel((30, 30))
    assert red > 200 > 100 > green
    assert min(image.getpixel((370, 270))) > 200


def test_position_and_time_are_read_and_nothing_of_them_is_left():
    exif = Image.Exif()
    exif[ExifTags.Base.DateTime] = "2018:06:15 08:30:00"
    exif[ExifTags.Base.ImageDescription] = "<script>alert(1)</script>" * 100
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLatitude] = "N", (34.0, 45.0, 0.0)
    gps[ExifTags.GPS.GPSLongitudeRef], gps[ExifTags.GPS.GPSLongitude] = "E", (113.0, 37.0, 30.0)
    picture = read_photo(saved(Image.new("RGB", (3000, 2000), "gray"), exif=exif))
    assert (picture.lon, picture.lat) == (113.625, 34.75)
    assert picture.taken_at.isoformat() == "2018-06-15T00:30:00+00:00"
    for content in (picture.jpeg, picture.thumb):
        image = Image.open(io.BytesIO(content))
        assert not image.getexif()
        assert b"script" not in content
        assert max(image.size) <= 2048
    assert (picture.width, picture.height) == (2048, 1365)


@pytest.mark.parametrize(
    "image",
    [Image.new("CMYK", (60, 40)), Image.new("L", (1, 1)), Image.new("P", (30, 30)), Image.new("1", (30, 30))],
    ids=["cmyk", "one pixel", "palette", "black and white"],
)
def test_odd_modes_become_plain_jpegs(image):
    kind = "JPEG" if image.mode == "CMYK" else "PNG"
    assert Image.open(io.BytesIO(read_photo(saved(image, kind)).jpeg)).mode == "RGB"


def test_sixteen_bits_alpha_and_webp():
    grey = read_photo(saved(Image.new("I;16", (40, 40), 40_000), "PNG"))
    assert abs(Image.open(io.BytesIO(grey.jpeg)).getpixel((20, 20))[0] - 156) <= 1, "16 bits keep their high byte"
    hole = read_photo(saved(Image.new("P", (40, 40)), "PNG", transparency=bytes([0])))
    assert min(Image.open(io.BytesIO(hole.jpeg)).getpixel((20, 20))) > 250, "a palette's clear colour becomes white"
    clear = read_photo(saved(Image.new("RGBA", (40, 40), (0, 0, 0, 0)), "PNG"))
    assert min(Image.open(io.BytesIO(clear.jpeg)).getpixel((20, 20))) > 250, "what is clear becomes white"
    read_photo(saved(Image.new("RGB", (40, 40), "blue"), "WEBP"))


def test_the_tail_of_a_polyglot_is_gone():
    tail = io.BytesIO()
    with zipfile.ZipFile(tail, "w") as archive:
        archive.writestr("evil.php", "<?php system('id');")
    both = io.BytesIO(saved(Image.new("RGB", (50, 50), "gray")).getvalue() + tail.getvalue())
    picture = read_photo(both)
    assert b"evil" not in picture.jpeg
    assert not zipfile.is_zipfile(io.BytesIO(picture.jpeg))


def test_a_photo_with_further_pictures_behind_it_as_phones_write_it_is_taken():
    more = [Image.new("RGB", (60, 40), "blue")]
    picture = read_photo(saved(Image.new("RGB", (60, 40), "red"), "MPO", save_all=True, append_images=more))
    red, _green, blue = Image.open(io.BytesIO(picture.jpeg)).getpixel((30, 20))
    assert red > 200 > 100 > blue
    assert len(picture.jpeg) < 2000, "the others are gone"


def test_damaged_metadata_never_spoils_a_photo_and_never_escapes_as_a_fault():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation], exif[ExifTags.Base.Make] = 6, "Maker"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (34.0, 45.0, 0.0)
    whole = saved(Image.new("RGB", (40, 30), "red"), exif=exif).getvalue()
    start = whole.index(b"Exif\0\0") + 6
    end = start + len(exif.tobytes()) - 6
    assert whole[end : end + 2] == b"\xff\xdb", "the next part of the JPEG"
    for place in range(start, end):
        for value in (0, 5, 12, 255):
            picture = read_photo(io.BytesIO(whole[:place] + bytes([value]) + whole[place + 1 :]))
            assert {picture.width, picture.height} == {40, 30}


def png(width: int, height: int) -> bytes:
    """A PNG of black pixels, made by hand: small on disk, huge in memory."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    packer = zlib.compressobj(9)
    row = b"\0" * (1 + (width + 7) // 8)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
        + chunk(b"IDAT", body)
        + chunk(b"IEND", b"")
    )


def animated(kind: str) -> bytes:
    frames = [Image.new("RGB", (20, 20), c) for c in ("red", "blue")]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:]).getvalue()


WHOLE = saved(Image.effect_noise((800, 600), 60).convert("RGB")).getvalue()
REFUSED = {
    "empty": (b"", "empty"),
    "too large": (b"x" * (25 * 1024 * 1024 + 1), "too_big"),
    "html": (b"<html>", "not_a_photo"),
    "php": (b"<?php system('id');", "not_a_photo"),
    "a film": (b"\0\0\0\x18ftypmp42" + b"\0" * 100, "not_a_photo"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "not_a_photo"),
    "pdf": (b"%PDF-1.7", "not_a_photo"),
    "gif": (animated("GIF"), "not_a_photo"),
    "moving webp": (animated("WEBP"), "animated"),
    "169 megapixels": (png(13_000, 13_000), "too_many_pixels"),
    "900 megapixels": (png(30_000, 30_000), "too_many_pixels"),
    "truncated": (WHOLE[: len(WHOLE) // 2], "damaged"),
    "cut in its head": (WHOLE[:30], "damaged"),
}


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_what_is_no_photo_is_refused_with_a_reason(case):
    content, code = REFUSED[case]
    with pytest.raises(PhotoRefused) as refused:
        read_photo(io.BytesIO(content))
    assert refused.value.code == code


@pytest.mark.parametrize("path", PHOTOS or [None], ids=lambda p: p.name if p else "our own, no records here")
def test_real_photos_are_read(path, tmp_path):
    if path is None:
        path = tmp_path / "Portrait.jpg"
        path.write_bytes(saved(Image.new("RGB", (300, 400), "gray")).getvalue())
    with path.open("rb") as file:
        picture = read_photo(file)
    assert picture.width >= 200
    assert max(picture.width, picture.height) <= 2048
    if "_gps" in path.name:
        assert picture.lon is not None
    if "Portrait" in path.name or "_o6_" in path.name:
        assert picture.height > picture.width


PROBE = """
import io, json, resource, sys, time  # seconds of work, not of waiting for the other tests
from roadworks.base.imaging import PhotoRefused, read_photo
content = open(sys.argv[1], "rb").read()
before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
try:
    read_photo(io.BytesIO(content)); code = "taken"
except PhotoRefused as refused:
    code = refused.code
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([code, (after - before) / 1024, time.process_time() - began]))
"""


@pytest.mark.parametrize("path", HOSTILE or [None], ids=lambda p: p.name if p else "our own, no records here")
def test_hostile_files_are_refused_quickly_and_in_little_memory(path, tmp_path):
    if path is None:
        path = tmp_path / "900.png"
        path.write_bytes(REFUSED["900 megapixels"][0])
    answer = subprocess.run([sys.executable, "-c", PROBE, str(path)], capture_output=True, text=True, check=True)
    code, grown_mb, seconds = json.loads(answer.stdout)
    assert code != "taken"
    assert grown_mb < 300
    assert seconds < 3


GREY = {"mode": "RGB", "color": "gray"}
CLEAR = {"mode": "RGBA", "color": (1, 2, 3, 99)}
# The largest that is taken, and what is small on disk and huge when opened.
BOMBS = {
    "clear png": (CLEAR, (5400, 5400), {"format": "PNG", "compress_level": 1}),
    "clear webp": (CLEAR, (4100, 4100), {"format": "WEBP", "lossless": True, "method": 0}),
    "too large webp": (CLEAR, (7000, 7000), {"format": "WEBP", "lossless": True, "method": 0}),
    "progressive jpeg": (GREY, (10_000, 10_000), {"format": "JPEG", "progressive": True, "subsampling": 0}),
}


@pytest.mark.parametrize("case", BOMBS, ids=str)
def test_bombs_of_our_own_grow_memory_by_less_than_300_mb(tmp_path, case):
    make, size, how = BOMBS[case]
    make_it = f"from PIL import Image; Image.new(size={size!r}, **{make!r}).save({str(tmp_path / 'bomb')!r}, **{how!r})"
    unbound = {name: value for name, value in os.environ.items() if name != "JPEGMEM"}
    subprocess.run([sys.executable, "-c", make_it], check=True, env=unbound)
    answer = subprocess.run(
        [sys.executable, "-c", PROBE, str(tmp_path / "bomb")], capture_output=True, text=True, check=True
    )
    code, grown_mb, seconds = json.loads(answer.stdout)
    assert grown_mb < 300, code
    assert seconds < 3


def test_a_heic_that_kills_its_reader_is_told_as_damaged_and_the_server_lives(monkeypatch, tmp_path):
    dying = tmp_path / "heif.py"
    dying.write_text("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    monkeypatch.setattr(imaging, "HEIF", dying)
    with pytest.raises(PhotoRefused) as refused:
        read_photo(io.BytesIO(b"\0\0\0\x18ftypheic" + b"\0" * 100))
    assert refused.value.code == "damaged"
    for path in HEIC:  # one byte of this file's directory made libheif of pi_heif 1.4.0 die
        monkeypatch.undo()
        whole = path.read_bytes()
        with pytest.raises(PhotoRefused):
            read_photo(io.BytesIO(whole[:244] + b"\xff" + whole[245:]))
