"""Patrols in the weekly digest: done and due, the misses, one's own rounds; digests from before still draw."""

from datetime import timedelta

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.notifications import digest
from roadworks.notifications.weeks import read_week
from tests.support import cast as people

WEEK = read_week("2018-W27")
MONDAY = people.NOON + timedelta(days=5)


def facts_of(person):
    """What the digest of the Monday after would say."""
    with clock.at(MONDAY):
        return digest.facts_of(person, WEEK)


def text(facts) -> str:
    """Its mail, in Chinese."""
    with clock.at(MONDAY):
        return digest.word(facts, "zh").text


def walk(cast) -> None:
    """A plan from Wednesday on, a patrol that day, and none until Sunday."""
    people.planned(cast, days=1)
    people.filed(cast)
    people.walked(cast, "ended")
    db.session.commit()


def test_supervisor_and_leader_read_done_and_due_and_what_was_missed(cast):
    walk(cast)
    for who in (cast.supervisor, cast.leader):
        facts = facts_of(who)
        assert facts["patrols"]["weeks"] == [[1, 5], None]
        assert facts["patrols"]["missed"]["n"] == 4
        told = text(facts)
        assert "1/5 = 20.0 %" in told
        assert "漏巡清单（4）" in told
        assert "颍河路" in told
        assert "/rounds#next" in told


def test_an_inspector_reads_of_their_own_rounds(cast):
    walk(cast)
    assert facts_of(cast.inspector)["rounds"] == {"rounds": 1, "sections": 1, "finds": 0}
    assert "已巡路段：1" in text(facts_of(cast.inspector))
    assert facts_of(cast.inspector2)["rounds"] == {"rounds": 0, "sections": 0, "finds": 0}


def test_without_a_plan_nothing_is_said(cast):
    people.filed(cast)
    db.session.commit()
    facts = facts_of(cast.leader)
    assert facts["patrols"] is None
    assert "巡查" not in text(facts).replace("巡查员", "")


def test_a_digest_stored_before_there_were_rounds_still_draws(cast):
    walk(cast)
    for who in (cast.supervisor, cast.leader, cast.inspector):
        facts = facts_of(who)
        for key in ("patrols", "rounds"):
            facts.pop(key, None)
        assert "漏巡" not in text(facts)
