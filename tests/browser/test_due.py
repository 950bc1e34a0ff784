"""What a phone shows as due on a day, told days before, is what the plan says on that day."""

from datetime import timedelta
from itertools import cycle
from urllib.parse import quote

import pytest

from roadworks.accounts.models import District
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.network import actions as network
from roadworks.rounds import ahead, plan
from roadworks.rounds.actions import Tick
from roadworks.rounds.bringing import Told, bring
from tests.support import cast as people
from tests.support import live

TODAY = people.NOON.date()
# The phone's clock is three hours slow.
SLOW = timedelta(hours=3)
NOW = "async ([told, rounds, now]) => (await import('data:text/javascript,SCRIPT')).dueNow(told, rounds, now)"


@pytest.fixture
def phone(browser):
    """Gives what a phone shows of a list that was told it, after its rounds, at a moment of the server's clock."""
    page = browser.new_page()
    script = NOW.replace("SCRIPT", quote((live.ROOT / "static" / "js" / "due.js").read_text()))
    yield lambda told, rounds, now: page.evaluate(script, [told, rounds, (now - SLOW).timestamp() * 1000])
    page.close()


def sections(cast) -> list:
    """A section of each grade besides the cast's own, and one that somebody else walks."""
    made, home = [], db.session.get_one(District, cast.district_id)
    for n, grade in enumerate(("I", "III", None, "I", "I")):
        values = {"name_zh": f"支路{n}", "maintenance_grade": grade, "managed_by": "district"}
        road = network.add_road(cast.engineer, home, values)
        made.append(network.add_section(cast.engineer, road, {"from_zh": "甲", "to_zh": "乙"}))
    return made


def planned(cast) -> None:
    """A plan of which two rules change in the days to come: one grade every day, another not at all."""
    people.planned(cast, days=1, grade="I")
    found = [people.planned(cast, days=days, grade=grade) for grade, days in (("II", 2), ("III", 3))]
    district = db.session.get_one(District, cast.district_id)
    for rule, days, after in zip(found, (1, None), (3, 5), strict=True):
        on, seen = TODAY + timedelta(days=after), rule.id
        plan.set_days(cast.supervisor, district, rule.grade, days, starts_on=on, reason="试行", seen=seen)


def shown(rows) -> list[tuple]:
    """What of a list must be the same on both sides."""
    return sorted((row["id"], row["standing"], row["last_on"]) for row in rows)


def test_what_is_due_in_the_next_days_is_what_the_plan_says_then_whatever_the_phone_walks(cast, phone):
    walks = [cast.section, *sections(cast)]
    planned(cast)
    plan.assign(cast.supervisor, walks[-1:], cast.inspector2)
    plan.assign(cast.supervisor, walks[:1], cast.inspector)
    by, rounds, ways = cast.inspector, [], cycle([[0, 1, 4], [], [1, 2], [0, 4], [2], [0]])
    told = ahead.told(plan.places(by, TODAY), by, TODAY) | {"skew": SLOW.total_seconds() * 1000}
    for n in range(ahead.DAYS + 1):
        now = people.NOON + timedelta(days=n)
        with clock.at(now):
            for moment, walked in ((now, []), (now + timedelta(minutes=1), next(ways))):
                ticks = [Tick(walks[k], moment, reason="绕行") for k in walked]
                bring(by, Told(f"{n}-{moment.minute}", now, moment, ticks=ticks))
                on_phone = [{"section_id": one.section.id, "at": (moment - SLOW).isoformat()} for one in ticks]
                rounds.append({"fields": {"ticks": on_phone}})
                here, true = phone(told, rounds, now), ahead.told(plan.places(by, clock.today()), by, clock.today())
                assert (here["day"], shown(here["due"])) == (true["day"], shown(true["due"])), (n, walked)
                assert (here["told_on"], here["lacks"]) == (None if n == 0 else told["day"], False)
    assert phone(told, rounds, now + timedelta(days=1))["lacks"]
