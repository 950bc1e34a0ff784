"""The demo's letters: the weekly digests of two Mondays in June 2018, written in their own hour of the half-year."""

from datetime import datetime

from roadworks import jobs
from roadworks.base.clock import ZONE
from roadworks.demo.half_year import HalfYear

# The second tells what left the list since the first.
MONDAYS = (datetime(2018, 6, 18, 8, tzinfo=ZONE), datetime(2018, 6, 25, 8, tzinfo=ZONE))


def plan(year: HalfYear) -> None:
    """Let the digests be written when their hour comes, by the timetable's own job."""
    for monday in MONDAYS:
        year._at(monday, jobs.write_digests)
