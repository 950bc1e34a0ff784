"""Rounds of the demo's last weeks: reconstructed like all its records, by a plan that was chosen for the demo.

Road grades of the district are not published (domain.md), so its roads have none: the plan patrols them by the row for
roads without a grade, every third day, and its reason says that this is the demo's own choice.
"""

import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from uuid import UUID

from roadworks.base import clock
from roadworks.base.clock import ZONE
from roadworks.base.db import db
from roadworks.demo.setting import Setting
from roadworks.network.models import Section
from roadworks.rounds import plan, queries
from roadworks.rounds.actions import Tick
from roadworks.rounds.bringing import Told, bring
from roadworks.rounds.models import UNGRADED
from roadworks.rounds.rules import DEFAULT_DAYS

FIRST, LAST = date(2018, 6, 11), date(2018, 6, 30)
WHY = "演示设定：本区道路养护等级未公布，暂按三日一巡"
WALKERS = ("inspector", "inspector2")
WEATHERS = ("sunny", "sunny", "cloudy", "overcast")
SEED = 20180611


class Rounds:
    """The plan, and two inspectors who walk it, with a few misses."""

    def __init__(self, stage: Setting) -> None:
        self.stage, self.dice = stage, random.Random(SEED)  # noqa: S311 - the same rounds every time
        self.ids = dict(self._draw_ids())

    def happenings(self) -> Iterator[tuple[datetime, Callable[[], object]]]:
        """When what happens: the plan, then each round as it arrives from its phone at the end of the morning."""
        yield datetime.combine(FIRST, time(7, 30), ZONE), self._make_plan
        for who, day in self.ids:
            begins = datetime.combine(day, time(8, 5), ZONE) + timedelta(minutes=self.dice.randint(0, 12))
            yield datetime.combine(day, time(11, 55), ZONE), lambda who=who, at=begins: self._walk(who, at)  # type: ignore[misc]

    def id_of(self, who: str, moment: datetime) -> str | None:
        """The round on which somebody was at a moment."""
        return self.ids.get((who, clock.local(moment).date()))

    def _draw_ids(self) -> Iterator[tuple[tuple[str, date], str]]:
        """A round for each inspector and day, but for a few; on the last day the demo's visitor sets out."""
        for n in range((LAST - FIRST).days):
            for who in WALKERS:
                number = str(UUID(int=self.dice.getrandbits(128), version=4))
                if self.dice.random() > 0.08:
                    yield (who, FIRST + timedelta(days=n)), number

    def _make_plan(self) -> None:
        boss, district = self.stage.people["supervisor"], self.stage.district
        every = DEFAULT_DAYS["III"]
        plan.set_days(boss, district, UNGRADED, every, starts_on=FIRST, reason=WHY, seen=None)
        sections = list(db.session.scalars(queries.patrolled(boss)).unique())
        for place, who in enumerate(WALKERS):
            mine = [s for n, s in enumerate(sections) if n % 2 == place and n % 9]
            plan.assign(boss, mine, self.stage.people[who])

    def _walk(self, who: str, at: datetime) -> None:
        """What is due is walked in a morning, and a third of the rest in turn; one section now and then is left out."""
        by, day = self.stage.people[who], at.date()
        found = [p for p in plan.places(by, day) if p.walker_id in {None, by.id} and p.standing != "done"]
        due = [p for p in found if p.standing != "later" or (p.section.id + day.day) % 3 == 0]
        ticks, moment, step = [], at, timedelta(hours=3, minutes=20) / max(len(due), 1)
        for place in due:
            moment += step
            if self.dice.random() > 0.1:
                ticks.append(self._tick(place.section, moment))
        weather, ends = self.dice.choice(WEATHERS), at + timedelta(hours=3, minutes=42)
        bring(by, Told(self.ids[who, day], at, ends, ticks=ticks, weather=weather, reconstructed=True))

    def _tick(self, section: Section, moment: datetime) -> Tick:
        if self.dice.random() < 0.06:
            return Tick(section, moment, reason="高楼间定位漂移")
        return Tick(section, moment, "position", share=self.dice.randint(72, 100))
