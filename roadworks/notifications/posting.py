"""When a letter goes out: quiet hours, and the pauses between tries."""

from datetime import datetime, time, timedelta
from hashlib import sha256

from roadworks.base import clock

TRY_FOR = timedelta(days=3)
LEASE = timedelta(minutes=2)
UNKNOWN_PAUSE = timedelta(minutes=15)
PAUSES = tuple(timedelta(minutes=n) for n in (1, 2, 5, 15, 30, 60, 120, 240, 360))
URGENT = "urgent"
CHAT = "chat"  # the same words for a chat group; it never holds up mail


def outside_quiet(moment: datetime, quiet_from: int, quiet_until: int) -> datetime:
    """The moment itself, or the end of the quiet hours it falls into; hours are local, equal ones mean none."""
    there = clock.local(moment)
    hour = there.hour
    over_night = quiet_from > quiet_until
    quiet = (hour >= quiet_from or hour < quiet_until) if over_night else quiet_from <= hour < quiet_until
    if not quiet:
        return moment
    day = there.date() + timedelta(days=1 if over_night and hour >= quiet_from else 0)
    return datetime.combine(day, time(quiet_until % 24), clock.ZONE).astimezone(moment.tzinfo)


def pause(tries: int, key: str) -> timedelta:
    """How long to wait after the n-th fault: 1, 2, 5, 15, 30 min … 6 h, up to a tenth less by the letter's key.

    The spread keeps letters that failed together from coming back together; it is the same at every asking.
    """
    whole = PAUSES[min(max(tries, 1), len(PAUSES)) - 1]
    spread = sha256(f"{key} {tries}".encode()).digest()[0] / 255
    return whole * (1 - spread / 10)
