"""Numbers of the trade, `BH20180615-0001`: allocated in the transaction, never reused."""

from datetime import date

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from roadworks.base.db import Model, db
from roadworks.workflow import audit


class NumberSeries(Model):
    """The last number given out per district, prefix and day."""

    __tablename__ = "number_series"

    district_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    prefix: Mapped[str] = mapped_column(String(4), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(default=0)


def allocate_in_year(district_id: int, prefix: str, year: int) -> str:
    """The next number of the year, `XM2018-007`; never reused either."""
    series = _next(district_id, prefix, date(year, 1, 1))
    return f"{prefix}{year}-{series:03d}"


def allocate(district_id: int, prefix: str, day: date) -> str:
    """The next number of the day; the district's write lock keeps two from being alike."""
    return f"{prefix}{day:%Y%m%d}-{_next(district_id, prefix, day):04d}"


def _next(district_id: int, prefix: str, day: date) -> int:
    audit.lock(district_id)
    key = (district_id, prefix, day)
    series = db.session.get(NumberSeries, key, populate_existing=True)
    if series is None:
        series = NumberSeries(district_id=district_id, prefix=prefix, day=day, last=0)
        db.session.add(series)
    series.last += 1
    db.session.flush()
    return series.last
