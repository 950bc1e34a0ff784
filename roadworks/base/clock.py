"""The only clock: UTC inside, Asia/Shanghai outside; the demo sets it, tests pin it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
# Of a phone: how long a record may have waited on it, and how far off its clock may be before it is doubted.
LONGEST_QUEUE = timedelta(days=30)
CLOCK_SLACK = timedelta(minutes=10)

_pinned: ContextVar[datetime | None] = ContextVar("pinned", default=None)
_offset = timedelta()


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _pinned.get() or datetime.now(UTC) + _offset


def today() -> date:
    """The date on a wall calendar in Zhengzhou."""
    return local(now()).date()


def local(moment: datetime) -> datetime:
    """The same moment on a clock in Zhengzhou."""
    return moment.astimezone(ZONE)


def of_device(moment: datetime) -> datetime:
    """The same moment by our clock, as a device tells it by the real time; only the demo's clock differs."""
    real = datetime.now(UTC)
    by_ours = _pinned.get() or abs(real + _offset - moment) <= abs(real - moment)
    return moment if by_ours else moment + _offset


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Pin the clock to `moment` for this block of this task or thread."""
    token = _pinned.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _pinned.reset(token)


def set_from(setting: str | None) -> None:
    """Let the clock run from ROADWORKS_NOW, `ISO time[@epoch]`.

    The epoch (seconds, real time) says when that moment was, so that several processes started one after
    another agree; without it the moment is this call. Raises ValueError on a time without zone.
    """
    global _offset
    if not setting:
        _offset = timedelta()
        return
    text, _, anchor = setting.partition("@")
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"ROADWORKS_NOW needs a time zone: {text!r}")
    started = datetime.fromtimestamp(float(anchor), UTC) if anchor else datetime.now(UTC)
    _offset = moment.astimezone(UTC) - started
