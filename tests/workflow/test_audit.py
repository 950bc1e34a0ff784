"""The trail is append-only and every tampering is found."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from roadworks.base.db import db
from roadworks.network import actions as network
from roadworks.workflow import audit
from tests.support import cast as people


def test_a_trail_left_alone_has_no_fault(either_cast):
    people.closed(either_cast)
    db.session.commit()
    assert list(audit.faults(either_cast.district_id)) == []
    assert list(audit.faults(0)) == []


def test_a_thing_with_a_long_name_is_on_record_by_its_beginning(either_cast):
    road = either_cast.section.road
    made = network.add_section(either_cast.engineer, road, {"from_zh": "桐" * 60, "to_zh": "华" * 60})
    db.session.commit()
    assert audit.history(made)[-1].thing_label == made.title[:80]


@pytest.mark.parametrize("statement", ["UPDATE event SET verb = 'defect.reject'", "DELETE FROM event"])
def test_the_database_itself_refuses_to_change_the_trail(either_cast, statement):
    with pytest.raises(DatabaseError, match="append-only"):
        db.session.execute(text(statement))
    db.session.rollback()


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE event SET actor_name = 'x' WHERE seq = 3",
        "UPDATE event SET facts = '{}' WHERE verb = 'defect.file'",
        "DELETE FROM event WHERE seq = 3",
        "DELETE FROM event WHERE seq = (SELECT max(seq) FROM event WHERE chain = 1)",
        "UPDATE event SET seq = seq + 1000 WHERE seq = 4",
        "UPDATE audit_head SET hash = 'x'",
    ],
)
def test_editing_deleting_renumbering_and_cutting_are_found(cast, tamper):
    order = people.closed(cast)
    db.session.commit()
    assert cast.district_id == order.district_id == 1
    for name in ("event_no_UPDATE", "event_no_DELETE"):
        db.session.execute(text(f"DROP TRIGGER {name}"))
    db.session.execute(text(tamper))
    db.session.commit()
    db.session.expire_all()
    assert list(audit.faults(cast.district_id))


def test_the_command_says_so_and_exits_with_one(app, noon):
    with app.app_context():
        people.make_cast()
        db.session.execute(text("UPDATE audit_head SET seq = seq + 1"))
        db.session.commit()
    answer = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert answer.exit_code == 1
    assert "cut off" in answer.output
