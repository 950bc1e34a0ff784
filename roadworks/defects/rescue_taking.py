"""Taking rescue files in: by a supervisor at the desk, or from the phone of somebody who has no access any more."""

from hashlib import file_digest
from pathlib import PurePath
from typing import Any

from roadworks.accounts.models import District, Person
from roadworks.base.db import reading
from roadworks.base.errors import BadInput
from roadworks.base.fields import clean_text
from roadworks.base.i18n import _l
from roadworks.base.storage import storage
from roadworks.defects import rescue, rescue_file
from roadworks.defects import rescue_trail as trail
from roadworks.defects.rescue_file import Rescue
from roadworks.workflow import audit
from roadworks.workflow.permissions import Actor

# How much one person may hand in.
MOST_FILES, MOST_BYTES = 200, 1024**3
NOT_THEIRS = _l("Not all of this is sealed by the person who hands it in.")
ENOUGH = _l("This person has handed in as much as is taken.")


def key(district_id: int | None, sha: str) -> str:
    """Where a file lies in the store."""
    return f"rescue/{district_id}/{sha}.zip"


def take_in(by: Actor, district: District, stream: Any, filename: str) -> str:
    """Keep a file that somebody brought to the desk, as it came, once; gives its SHA-256. Raises BadInput."""
    district_id = district.id
    with reading():
        # It takes a while: nobody is kept from writing meanwhile.
        came = rescue_file.read(stream)
        sha, _size = _stored(district_id, stream)
    _note(by, "rescue.take_in", district, sha, came, filename)
    return sha


def hand_in(person: Person, stream: Any, filename: str) -> str:
    """Keep what a phone hands in of a person without access, as it came, once; gives its SHA-256.

    Their seal on each record stands for the sign-in that they have no more. Raises BadInput.
    """
    district = person.district
    if district is None:
        raise BadInput(NOT_THEIRS)
    district_id, person_id = district.id, person.id
    before = [event for event in trail.events(district_id, "rescue.hand_in") if event.actor_id == person_id]
    if len(before) >= MOST_FILES or sum(event.facts["bytes"] for event in before) >= MOST_BYTES:
        raise BadInput(ENOUGH)
    with reading():
        came = rescue_file.read(stream)
        if not came.records or not all(r.person_id == person_id and rescue.sealed(r) for r in came.records):
            raise BadInput(NOT_THEIRS)
        sha, size = _stored(district_id, stream)
    _note(person, "rescue.hand_in", district, sha, came, filename, bytes=size)
    return sha


def _stored(district_id: int, stream: Any) -> tuple[str, int]:
    """Put the file into the store; gives its SHA-256 and its size in bytes."""
    stream.seek(0)
    sha = file_digest(stream, "sha256").hexdigest()
    size = stream.seek(0, 2)
    stream.seek(0)
    storage().put_from(key(district_id, sha), stream, size)
    return sha, size


def _note(by: Actor, verb: str, district: District, sha: str, came: Rescue, filename: str, **more: Any) -> None:
    """Tell the trail of a file that has not come before."""
    audit.lock(district.id)
    if not trail.came(district.id, sha):
        about: dict[str, Any] = {"file": clean_text(PurePath(filename).name)[:80], "records": len(came.records), **more}
        audit.record(by, verb, district, sha256=sha, **about, **came.part.facts)
