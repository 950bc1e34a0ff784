"""HEIC to JPEG in a process of its own, because libheif dies on some damaged files: run by path, from imaging.py.

Reads the file from its input and writes a JPEG of at most 4096 px, EXIF kept, to its output; exit 3: too many pixels,
4: no picture, all else: damaged. Memory and time are limited by the kernel.
"""

import io
import resource
import sys

import pi_heif
from PIL import Image, UnidentifiedImageError

MOST_PIXELS = 60_000_000
MOST_MEMORY, MOST_SECONDS = 2 * 1024**3, 15


def convert(content: bytes) -> bytes:
    """The first picture as a JPEG; exits with 3 if it has too many pixels, with 4 if there is none."""
    try:
        image = Image.open(io.BytesIO(content), formats=("HEIF",))
    except UnidentifiedImageError:
        sys.exit(4)
    if image.width * image.height > MOST_PIXELS:
        sys.exit(3)
    exif = image.info.get("exif") or b""
    image.thumbnail((4096, 4096), reducing_gap=2.0)
    image.info.clear()
    out = io.BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=92, exif=exif if len(exif) < 65_000 else b"")
    return out.getvalue()


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    pi_heif.register_heif_opener(thumbnails=False)
    sys.stdout.buffer.write(convert(sys.stdin.buffer.read()))
