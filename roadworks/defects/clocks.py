"""When a defect was found: what the device's clock says, whether to doubt it, and what counts where it cannot be."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from roadworks.base import clock
from roadworks.base.clock import CLOCK_SLACK, LONGEST_QUEUE
from roadworks.base.contract import YEARS

# What lies further off is no clock but a clock that was reset.
FAR = timedelta(days=3650)


@dataclass(frozen=True)
class Found:
    """The moment that counts; `claimed_at` is what the device said where another moment had to take its place."""

    at: datetime
    doubtful: bool = False
    claimed_at: datetime | None = None


def found(said: str, sent: str = "") -> Found:
    """When it was found, as a device `said`; `sent` is what its clock said on sending, where it tells that.

    The device's own time is kept as it is told, and doubted where its clock was wrong on sending or no queue explains
    the moment. Only what lies years off is replaced: by its age at sending, if that is known and can be, or else by the
    moment of its arrival.
    """
    now = clock.now()
    moment, at_sending = _read(said), _read(sent)
    wrong = bool(sent) and (at_sending is None or abs(at_sending - now) > CLOCK_SLACK)
    if moment is None:
        return Found(now, doubtful=bool(said) or wrong)
    if abs(moment - now) < FAR:
        return Found(moment, doubtful=wrong or not -LONGEST_QUEUE <= moment - now <= CLOCK_SLACK)
    age = at_sending - moment if at_sending is not None else timedelta()
    kept = moment if moment.year in YEARS else None
    return Found(now - age if timedelta() <= age <= LONGEST_QUEUE else now, doubtful=True, claimed_at=kept)


def _read(said: str) -> datetime | None:
    """A moment by our clock, in UTC; without a zone it is Zhengzhou's. None for what is no moment or in no calendar."""
    try:
        moment = datetime.fromisoformat(said)
        return clock.of_device(moment if moment.tzinfo else moment.replace(tzinfo=clock.ZONE)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
