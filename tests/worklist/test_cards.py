"""The cards of a crew's orders: what is to be mended, with its photo and m², at the same cost for many as for few."""

import re

from sqlalchemy import event

from roadworks.base.db import db
from roadworks.defects import photos
from tests.support import cast as people

THUMB = re.compile(r'<img class="thumb" src="/photos/\d+/thumb" width="72" height="54" loading="lazy" alt="[^"]+"')


def issue(stage, serial: int) -> None:
    """An order for a defect with a photo of its own."""
    defect = people.issued(stage).lines[0].defect
    photos.attach(stage.inspector, defect, [people.picture(stage.inspector, f"#0000{serial:02x}")], kind="before")


def test_a_card_shows_photo_and_size_and_many_cost_no_more_statements_than_few(stage, client_of):
    crew, costs, made = client_of("crew"), [], 0
    for many in (2, 12):
        with stage.app.app_context():
            for serial in range(made, many):
                issue(stage, serial)
            db.session.commit()
            engine = db.engine
        made, counted = many, []
        keep = lambda c, cur, statement, *a: counted.append(statement)  # noqa: E731
        event.listen(engine, "before_cursor_execute", keep)
        page = crew.get("/").text
        event.remove(engine, "before_cursor_execute", keep)
        costs.append(len([s for s in counted if not s.startswith(("PRAGMA", "BEGIN"))]))
        assert len(THUMB.findall(page)) == many
        assert len(re.findall(r"<b>坑槽 · 2\.4\sm²</b>", page)) == many
    assert costs[0] == costs[1]
    assert "一班" not in page.split("data-cards")[1], "whose they are stands above them"
