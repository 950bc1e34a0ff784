"""Passwords: Argon2id, two at work at a time, and the same time spent on an account that does not exist."""

import threading
from functools import lru_cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from flask import current_app

from roadworks.base.errors import BadInput, Unavailable
from roadworks.base.i18n import _l

LONGEST = 1024
SHORTEST = 10
TOO_SHORT = _l("At least 10 characters; a short sentence is easy to remember.")
TOO_LONG = _l("At most 1024 characters.")
TOO_COMMON = _l("This password is among the first that are tried. Choose another.")
COMMON = ("1234567890", "123456789a", "a123456789", "12345678910", "0123456789", "1111111111", "0000000000")
COMMON_PARTS = (
    "password",
    "woaini1314",
    "qwertyuiop",
    "1qaz2wsx3edc",
    "zhengzhou371",
    "iloveyou",
    "admin123",
    "roadworks",
)

# 64 MiB each: more than two at once would take the memory of the machine.
_at_work = threading.BoundedSemaphore(2)
# And few more may wait: who signs in must never hold all the places that other pages need.
_in_line = threading.BoundedSemaphore(5)
LONGEST_WAIT_S = 2.0


@lru_cache(maxsize=4)
def _hasher(time_cost: int, memory_kib: int) -> PasswordHasher:
    return PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1)


def hasher() -> PasswordHasher:
    """Argon2id with the cost in force (tests set a lower one)."""
    return _hasher(*current_app.config.get("ARGON2", (3, 65_536)))


@lru_cache(maxsize=4)
def _dummy(hasher_: Any) -> str:
    return str(hasher_.hash("nobody has this password"))


def make(password: str) -> str:
    """The hash to store."""
    with _Turn():
        return hasher().hash(password)


def fits(stored: str | None, password: str) -> bool:
    """Whether the password is the one; spends the same time where there is no account. Raises Unavailable, BadInput."""
    if len(password) > LONGEST:
        raise BadInput(TOO_LONG, field="password")
    with _Turn():
        try:
            return hasher().verify(stored or _dummy(hasher()), password) and stored is not None
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False


def judge(password: str, username: str) -> None:
    """Refuse what is guessed first; raises BadInput. No rules on signs: length is what counts."""
    if len(password) < SHORTEST:
        raise BadInput(TOO_SHORT, field="password")
    if len(password) > LONGEST:
        raise BadInput(TOO_LONG, field="password")
    plain = password.casefold()
    bare = plain
    for part in (*COMMON_PARTS, username):
        bare = bare.replace(part, "")
    if plain in COMMON or len(set(plain)) < 4 or len(bare) < 4:
        raise BadInput(TOO_COMMON, field="password")


class _Turn:
    """A place at the hashing; raises Unavailable when the line is full or stands still."""

    def __enter__(self) -> None:
        if not _in_line.acquire(blocking=False):
            raise Unavailable(retry_after=3)
        if not _at_work.acquire(timeout=LONGEST_WAIT_S):
            _in_line.release()
            raise Unavailable(retry_after=3)

    def __exit__(self, *_error: object) -> None:
        _at_work.release()
        _in_line.release()
