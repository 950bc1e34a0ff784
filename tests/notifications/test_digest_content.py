"""What stands in whose digest, against the rows it was made of."""

import re
from datetime import date, timedelta
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from sqlalchemy import select

from roadworks.accounts.models import Crew, Person
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.i18n import force_locale
from roadworks.defects import actions as defects
from roadworks.notifications import digest_leader, digest_patrols
from roadworks.notifications.digest_parts import blocks, subject
from roadworks.notifications.models import Digest, Letter, Reminder
from roadworks.projects.models import StageDate
from roadworks.workflow.audit import AuditHead
from roadworks.workorders import actions as orders
from roadworks.workorders.figures import fraction
from tests.notifications.digests import MONDAY, WEEK, of, write_due, written
from tests.support import cast as people


def numbers(rows) -> set[str]:
    return {row["number"] for row in rows}


def test_a_supervisors_digest_tells_what_waits_overdue_hand_backs_and_what_is_due(either_cast):
    cast = either_cast
    filed, confirmed = people.filed(cast), people.confirmed(cast)
    done, back, late = people.done(cast), people.handed_back(cast), people.working(cast)
    with clock.at(people.NOON + timedelta(days=2)):
        soon = people.working(cast)
        orders.make_safe(cast.crew, soon, seen=soon.version)
    people.suspended(cast)
    people.closed(cast)
    assert late.repair_due_at < MONDAY < soon.repair_due_at < MONDAY + timedelta(days=7)
    desk = written(cast, "supervisor").facts["desk"]
    assert {name: (desk[name]["n"], numbers(desk[name]["rows"])) for name in desk} == {
        "to_confirm": (1, {filed.number}),
        "to_order": (1, {confirmed.number}),
        "to_verify": (1, {done.number}),
        "handed_back": (1, {back.number}),
        "extensions": (0, set()),
        "overdue": (1, {late.number}),
        "stalled": (0, set()),
        "due": (1, {soon.number}),
    }
    assert desk["handed_back"]["rows"][0]["why"] == "有管线"
    facts = of(cast, "supervisor").facts
    assert facts["late_crews"] == [{"crew": ["一班", "Crew 1"], "n": 1, "since": late.make_safe_due_at.isoformat()}]
    assert facts["count"] == {"overdue": 1, "waiting": 4}
    assert of(cast, "supervisor").subject == "〔1 件逾期〕第27周 道路养护周报"


def test_lists_show_the_first_rows_and_say_how_many_more(cast):
    for _ in range(11):
        people.filed(cast)
    found = written(cast, "supervisor")
    assert found.facts["desk"]["to_confirm"]["n"] == 11
    assert len(found.facts["desk"]["to_confirm"]["rows"]) == 8
    assert "另有 3 项" in found.text


def remind(cast, thing, **more) -> Reminder:
    values = {
        "code": "repair_overdue",
        "thing_type": thing.__thing__,
        "thing_id": thing.id,
        "thing_label": thing.number,
    }
    values |= {
        "district_id": cast.district_id,
        "person_id": cast.crew.id,
        "level": 1,
        "occasion": "x",
        "since": people.NOON,
    }
    reminder = Reminder(**{**values, "raised_at": people.NOON, **more})
    db.session.add(reminder)
    db.session.flush()
    return reminder


def test_what_stalls_is_told_with_the_reason_that_was_given(either_cast):
    cast = either_cast
    late, silent = people.working(cast), people.working(cast)
    answered = {
        "state": "answered",
        "answer": "waiting",
        "answer_until": date(2018, 7, 5),
        "answer_text": "等沥青拌合站复工",
    }
    remind(cast, late, **answered, answered_at=people.NOON)
    remind(cast, late, person_id=cast.supervisor.id, level=2)
    remind(cast, silent)
    found = written(cast, "supervisor")
    stalled = found.facts["desk"]["stalled"]
    assert stalled["n"] == 2, "one line for a thing, however many people were asked"
    by_number = {row["number"]: row for row in stalled["rows"]}
    assert by_number[late.number]["why"] == "等沥青拌合站复工"
    assert by_number[silent.number]["answer"] is None
    assert "等沥青拌合站复工" in found.text
    assert "crew·甲" in found.text
    worst = written(cast, "leader").facts["worst"]["rows"]
    assert {row["number"] for row in worst} == {late.number, silent.number}
    assert "等沥青拌合站复工" in of(cast, "leader").text


def test_a_leaders_figures_are_the_sums_of_their_rows_with_last_weeks_beside_them(either_cast):
    cast = either_cast
    with clock.at(people.NOON - timedelta(days=7)):
        people.closed(cast, 2, m2="1.25")
    people.closed(cast, 3, m2="3.10")
    walk = people.closed(cast, 1, m2="0.90", surface="sidewalk", type_code="sw_paver_loose", depth_mm=None)
    failed = people.done(cast)
    orders.fail(cast.inspector, failed, seen=failed.version, reason="不平")
    people.filed(cast)
    figures = written(cast, "leader").facts["figures"]
    assert figures["found"] == [6, 2]
    assert figures["found_by"]["sidewalk"] == [1, 0]
    assert figures["m2"] == {"carriageway": ["9.30", "2.50"], "sidewalk": ["0.90", "0.00"]}
    assert walk.lines[0].mended_m2 == Decimal("0.90")
    assert figures["on_time"][0] == {"part": 2, "n": 2, "other": [1, 2]}, "the failed one fell due"
    assert figures["on_time"][1] == {"part": 1, "n": 1, "other": [1, 1]}
    assert figures["rework"][0] == {"part": 0, "n": 2, "other": [1, 3]}
    text = of(cast, "leader").text
    assert "2/2 (n < 5)" in text
    assert "1/2 (n < 5)" in text, "counted the other way"
    assert "+4" in text


def test_a_rate_of_less_than_five_is_not_ranked_and_shows_its_two_numbers(cast):
    assert fraction(4, 4) == "4/4 (n < 5)"
    assert fraction(0, 0) == "0/0 (n < 5)"
    assert fraction(4, 5) == "4/5 = 80.0 %"
    patrols = digest_patrols.blocks({"patrols": {"weeks": [[1, 16], None], "missed": {"n": 0, "rows": []}}})
    assert patrols[0].lines[0].cells[1:] == ["1/16 = 6.3 %", "–"], "rounded as the bulletin rounds"


def test_one_quick_fix_tops_no_ranking(cast):
    crews = [{"crew": [n, n], "on_time": a, "n": b} for n, a, b in (("甲", 1, 1), ("乙", 5, 6), ("丙", 9, 10))]
    assert [line.cells[0] for line in digest_leader._ranking(crews)] == ["丙", "乙", "甲"]


def test_an_engineers_projects_tell_stage_days_node_and_missing_papers(either_cast):
    cast = either_cast
    mine = people.project(cast, "drawings")
    other = people.project(cast, "scheme", in_charge_id=None)
    entered = clock.local(mine.stage_entered_at).date()
    row = db.session.scalars(
        select(StageDate).where(StageDate.project_id == mine.id, StageDate.stage == "drawings")
    ).one()
    row.planned_on = date(2018, 6, 30)
    facts = written(cast, "engineer").facts
    assert numbers(facts["projects"]) == {mine.number}, other.number
    told = facts["projects"][0]
    assert (told["stage"], told["days"]) == ("drawings", (date(2018, 7, 2) - entered).days)
    called = ["施工图设计", "Detailed design"]
    assert told["node"] == {"stage": "drawings", "stage_name": called, "on": "2018-06-30"}
    assert told["late"]
    assert told["papers"], "the gate of the stage lacks its papers"
    text = of(cast, "engineer").text
    assert told["papers"][0][0] in text
    assert of(cast, "engineer").subject.startswith("〔1 件逾期〕")
    leader = of(cast, "leader").facts
    assert leader["stages"] == [["scheme", 1, ["方案设计", "Concept design"]], ["drawings", 1, called]]
    assert numbers(leader["worst"]["rows"]) == {mine.number}


def test_a_project_to_be_tendered_again_is_late_as_any_other(cast):
    again = people.project(cast, "tender", "retender")
    of_stage = (StageDate.project_id == again.id, StageDate.stage == "tender")
    db.session.scalars(select(StageDate).where(*of_stage)).one().planned_on = date(2018, 6, 30)
    assert numbers(written(cast, "leader").facts["worst"]["rows"]) == {again.number}
    assert of(cast, "engineer").facts["projects"][0]["late"]


def test_a_crews_week_is_its_own(either_cast):
    cast = either_cast
    todo, done = people.accepted(cast), people.done(cast)
    people.closed(cast, m2="2.20")
    again = people.rework(cast)
    other_crew = db.session.get_one(Crew, cast.crew2_id)
    theirs = orders.issue(cast.supervisor, [people.confirmed(cast)], crew=other_crew)
    facts = written(cast, "crew").facts
    assert numbers(facts["todo"]["rows"]) == {todo.number, again.number}
    assert (facts["done"], facts["waiting"], facts["passed"], facts["failed"]) == (2, 1, 1, 1)
    assert facts["m2"] == "2.20"
    assert facts["overdue"] == 2
    assert "不平" in of(cast, "crew").text, "why it came back"
    assert numbers(of(cast, "crew2").facts["todo"]["rows"]) == {theirs.number}
    assert done.number not in of(cast, "crew2").text


def test_an_inspectors_week_is_their_own(either_cast):
    cast = either_cast
    people.filed(cast)
    bad = people.confirmed(cast)
    defects.reject(cast.supervisor, bad, seen=bad.version, reason="现场复核未见病害")
    done = people.done(cast)
    people.closed(cast)
    facts = written(cast, "inspector").facts
    assert (facts["filed"], facts["unconfirmed"], facts["refused"]) == (4, 1, 1)
    assert (facts["passed"], facts["failed"]) == (1, 0)
    assert numbers(facts["to_verify"]["rows"]) == {done.number}
    assert facts["rejected"][0]["why"] == "现场复核未见病害"
    second = of(cast, "inspector2").facts
    assert (second["filed"], second["passed"]) == (0, 0)
    assert numbers(second["to_verify"]["rows"]) == {done.number}


@pytest.mark.parametrize("who", ["supervisor", "leader", "engineer", "crew", "inspector"])
def test_an_empty_week_says_so(cast, who):
    found = written(cast, who)
    assert "本周平稳" in found.text
    assert "本周平稳" in found.html
    assert found.subject == "〔无待办〕第27周 道路养护周报"
    cast.leader.language = "en"
    with force_locale("en"):
        assert subject(found.facts) == "[nothing waiting] Road maintenance, week 27"
        assert any("quiet week" in note for block in blocks(found.facts) for note in block.notes)


def test_what_left_the_list_is_told_with_the_reason(either_cast):
    cast = either_cast
    filed = {name: people.filed(cast) for name in ("rejected", "ordered", "stays", "covered")}
    mended, suspended = people.done(cast), people.working(cast)
    asked = people.working(cast)
    question = remind(cast, asked)
    first = written(cast, "supervisor")
    assert first.facts["left"] is None, "the first digest has nothing to compare with"
    with clock.at(MONDAY + timedelta(days=2)):
        boss = cast.supervisor
        defects.reject(boss, filed["rejected"], seen=filed["rejected"].version, reason="属小区内部道路")
        for name in ("ordered", "covered"):
            defects.confirm(boss, filed[name], seen=filed[name].version)
        orders.issue(boss, [filed["ordered"]], crew=cast.crew_row)
        defects.cover(boss, filed["covered"], seen=filed["covered"].version, reason="列入中修")
        orders.pass_(cast.inspector, mended, seen=mended.version)
        orders.suspend(boss, suspended, seen=suspended.version, until=date(2018, 7, 20), reason="管线施工")
        question.state, question.settled_at = "settled", clock.now()
    left = written(cast, "supervisor", MONDAY + timedelta(days=7), week="2018-W28").facts["left"]
    assert left["week"] == WEEK
    told = {row["number"]: (row["after"], row.get("why")) for row in left["rows"]}
    assert told == {
        filed["rejected"].number: ("rejected", "属小区内部道路"),
        filed["ordered"].number: ("ordered", None),
        filed["covered"].number: ("covered", "列入中修"),
        mended.number: ("closed", None),
        suspended.number: ("suspended", "管线施工"),
        asked.number: ("settled", None),
    }
    text = of(cast, "supervisor", "2018-W28").text
    assert "自 2018-W27 以来离开列表的" in text
    assert "属小区内部道路" in text
    crew = of(cast, "crew", "2018-W28").facts["left"]
    assert crew["n"] == 0 or mended.number in numbers(crew["rows"])


def test_an_answered_question_leaves_the_list_by_its_answer(cast):
    order = people.working(cast)
    question = remind(cast, order)
    written(cast, "supervisor")
    question.answer, question.answer_until, question.answer_text = "doing", date(2018, 7, 8), "周五前完成"
    question.state, question.answered_at = "settled", MONDAY + timedelta(days=1)
    left = written(cast, "supervisor", MONDAY + timedelta(days=7), week="2018-W28").facts["left"]
    assert [(row["number"], row["why"]) for row in left["rows"]] == [(order.number, "周五前完成")]


def test_names_are_text_and_never_markup(cast):
    nasty = "<script>alert(1)</script>"
    cast.crew_row.name_zh = nasty
    cast.supervisor.name = nasty
    people.handed_back(cast)
    order = people.working(cast)
    remind(
        cast, order, thing_label=nasty, state="answered", answer="waiting", answer_text=nasty, answered_at=people.NOON
    )
    found = written(cast, "supervisor")
    assert "<script" not in found.html
    assert "&lt;script&gt;" in found.html
    assert nasty in found.text


class Words(HTMLParser):
    """The visible words of a mail."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.links: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag, attrs):
        self.hidden += tag in {"style", "title"}
        if tag == "a":
            self.links.append(dict(attrs)["href"])

    def handle_endtag(self, tag):
        self.hidden -= tag in {"style", "title"}

    def handle_data(self, data):
        if not self.hidden:
            self.found += data.split()


@pytest.mark.parametrize("who", ["supervisor", "leader", "engineer", "crew", "inspector"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_text_holds_every_fact_of_the_html(cast, who, language):
    getattr(cast, who).language = language
    people.filed(cast)
    people.confirmed(cast)
    people.project(cast, "drawings")
    for make in people.ORDERS.values():
        make(cast)
    found = written(cast, who)
    assert found.language == language
    words = Words()
    words.feed(found.html)
    missing = {word for word in words.found if word not in found.text}
    # Said by the button and the foot of the HTML; the text prints the address instead.
    missing -= {"Open", "打开路修"}
    assert not missing, missing
    assert all(link in found.text for link in words.links)


def test_a_mail_needs_nothing_from_the_network_and_no_pictures(cast):
    people.handed_back(cast)
    html = written(cast, "leader").html
    assert not re.search(r"<(img|svg|script|link|iframe|object)\b", html)
    assert "url(" not in html
    assert "prefers-color-scheme: dark" in html
    assert "max-width: 600px" in html


def test_the_seal_is_the_head_of_the_trail(cast):
    people.handed_back(cast)
    found = written(cast, "supervisor")
    head = db.session.get_one(AuditHead, cast.district_id)
    assert found.facts["seal"] == {"seq": head.seq, "hash": head.hash[:16]}
    assert head.hash[:16] in found.text
    assert head.hash[:16] in of(cast, "leader").html
    assert "seal" not in of(cast, "crew").facts


def test_two_districts_never_mix(either_cast):
    cast = either_cast
    for make in people.ORDERS.values():
        make(cast)
    people.filed(cast)
    mine, theirs = written(cast, "supervisor"), of(cast, "stranger")
    assert mine.district_id != theirs.district_id
    assert theirs.facts["empty"]
    assert not re.search(r"(BH|GD)\d", theirs.text + theirs.html)
    assert theirs.facts["seal"] != mine.facts["seal"]
    assert theirs.facts["track"] == []


def test_the_letter_says_what_the_digest_says(cast):
    found = written(cast, "supervisor")
    letter = db.session.scalars(select(Letter).where(Letter.key == f"digest:{cast.supervisor.id}:{WEEK}")).one()
    assert (letter.subject, letter.text, letter.html) == (found.subject, found.text, found.html)
    assert letter.kind == "digest"


def test_who_gets_one(cast):
    cast.crew.wants_digest = False
    cast.leader.wants_digest, cast.leader.digest_duty = False, True
    cast.crew2.active = False
    late = Person(username="new", name="新人", role="inspector", district_id=cast.district_id, password_hash="x")
    late.created_at = MONDAY + timedelta(minutes=1)
    db.session.add(late)
    db.session.commit()
    write_due(MONDAY + timedelta(hours=3))
    got = set(db.session.scalars(select(Digest.person_id)))
    names = {name for name, person_id in cast.ids.items() if person_id in got}
    assert names == {"supervisor", "engineer", "leader", "inspector", "inspector2", "stranger"}
    assert late.id not in got, "who came after it was due gets next week's"
