"""Numbers of the trade, `BH20180615-0001`: allocated in the transaction, never reused."""

from datetime import date
from typing import Any

from sqlalchemy import String
from sqlalchemy.dialects import postgresql, sqlite
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
    given = {"district_id": district_id, "prefix": prefix, "day": day, "last": 1}
    last = db.session.scalar(_NEXT[db.session.get_bind().dialect.name], given)
    return int(last or 0)


def _counting(insert: Any) -> Any:
    """The statement that counts a day's series up, or begins it; built once per database."""
    statement = insert(NumberSeries)
    keys = ["district_id", "prefix", "day"]
    counted = statement.on_conflict_do_update(index_elements=keys, set_={"last": NumberSeries.last + 1})
    return counted.returning(NumberSeries.last)


_NEXT = {"sqlite": _counting(sqlite.insert), "postgresql": _counting(postgresql.insert)}
