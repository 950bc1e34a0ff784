"""A small district whose server answers a phone: its people, and what was there before the phone went out."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from roadworks import create_app
from roadworks.accounts.models import District
from roadworks.base import clock
from roadworks.base.db import db, reading
from roadworks.network import actions as network
from roadworks.workflow.permissions import System
from tests.browser.stepping import Order
from tests.support import cast as people
from tests.support import databases, live

BEFORE = datetime.fromisoformat(live.DEMO_NOW)


class World:
    """The cast's district, which keeps photos as received; `people` and `sections` by id."""

    def __init__(self, app) -> None:
        self.app = app
        with self.writing():
            self.cast = people.make_cast()
            db.session.get_one(District, self.cast.district_id).photo_original = True
            road, shell = self.cast.section.road, System(role="admin", district_id=self.cast.district_id)
            more = [
                network.add_section(
                    shell, road, {"from_zh": f"{n} 号门", "to_zh": f"{n + 1} 号门", "pavement": "asphalt"}
                )
                for n in range(3)
            ]
            self.sections = [self.cast.section_id, *(section.id for section in more)]
        self.people = self.cast.ids

    @contextmanager
    def writing(self) -> Iterator[None]:
        """What happens here was done at the desk, before the phone went out."""
        with self.app.app_context(), clock.at(BEFORE):
            yield
            db.session.commit()

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Read what the server holds."""
        with self.app.app_context(), reading():
            yield

    def defect(self) -> int:
        """A defect that is there already."""
        with self.writing():
            return people.filed(self.cast).id

    def order(self, state: str, lines: int) -> Order:
        """An order in a state, as a phone knows it."""
        with self.writing():
            made = people.ORDERS[state](self.cast, lines)
            kept = {line.id: line.defect_id for line in made.lines}
            return Order(made.id, made.number, made.version, made.state, kept)


@contextmanager
def world(folder, template):
    """A server on data of its own; gives its address and the world."""
    folder.mkdir()
    databases.copy_sqlite(template, folder)
    app = create_app(databases.options(folder))
    made = World(app)
    # By the true clock, as the phone: what it tells is kept as told.
    with live.server(folder, DEMO="", NOW="") as address:
        yield address, made
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def sessions(browser, address: str, who: str, n: int) -> list[list[Any]]:
    """The cookies of so many sign-ins of one person."""
    found = []
    for _ in range(n):
        context = browser.new_context()
        page = context.request.get(f"{address}/login").text()
        csrf = re.search(r'name="csrf_token" value="([^"]+)"', page)
        said = {"username": who, "password": people.PASSWORD, "csrf_token": csrf[1] if csrf else ""}
        assert "/login" not in context.request.post(f"{address}/login", form=said).url
        found.append(context.cookies())
        context.close()
    return found
