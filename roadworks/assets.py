"""Fetch the front end's libraries by checksum into static/vendor/: `python roadworks/assets.py`; stdlib and pip only.

The lock is requirements-assets.txt. It runs before anything of Roadworks can be imported, so it imports nothing of it.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements-assets.txt"
VENDOR = ROOT / "static" / "vendor"
WANTED = (".js", ".css", ".png")


def fetch() -> bool:
    """Fetch what the lock names; gives False where it is there already. Exits with 1 on a wrong hash."""
    mark = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    stamp = VENDOR / "stamp"
    if stamp.exists() and stamp.read_text() == mark:
        return False
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--require-hashes",
            "--only-binary",
            ":all:",
        ]
        done = subprocess.run([*command, "-r", str(LOCK), "-d", folder], check=False)  # noqa: S603 - fixed words, no shell
        if done.returncode:
            sys.exit("The front end's libraries could not be fetched, or do not match their checksums.")
        shutil.rmtree(VENDOR, ignore_errors=True)
        for wheel in sorted(Path(folder).glob("*.whl")):
            unpack(wheel)
    stamp.write_text(mark)
    return True


def unpack(wheel: Path) -> None:
    """Take the files a browser needs, whose heads name their licence, out of one wheel."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            path = Path(name)
            if "data" not in path.parts or path.suffix not in WANTED or ".." in path.parts or "src" in path.stem:
                continue
            library, inside = path.parts[path.parts.index("data") - 1], path.parts[path.parts.index("data") + 1 :]
            target = VENDOR / library / Path(*inside)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(name))


if __name__ == "__main__":
    fetch()
