"""A medium repair walks all its stages by its papers: no gate is skipped, each is shut until the last thing is there."""

from datetime import date, timedelta

import pytest

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.documents import read
from roadworks.base.errors import GateShut
from roadworks.projects import actions, cover, gates, papers, stages
from roadworks.projects.models import STAGES
from roadworks.projects.tender_actions import record_tender
from roadworks.workflow import audit
from tests.support import cast as people
from tests.support import documents as made

DAY = timedelta(days=1)


def who(cast, project):
    """Who walks it: a supervisor until somebody is in charge."""
    return cast.engineer if project.in_charge_id else cast.supervisor


def hand_in(cast, project, asked) -> None:
    """The paper that a gate asks for."""
    file, document = read(made.PDF)
    papers.store(file, document)
    papers.add(who(cast, project), project, document, filename=f"{asked.id}.pdf", gate_paper=asked)
    db.session.commit()


def shut(cast, project) -> list[str]:
    """What the gate says is missing; it stays in its stage."""
    stage = project.stage
    with pytest.raises(GateShut) as refused:
        actions.advance(who(cast, project), project, seen=project.version)
    db.session.rollback()
    assert project.stage == stage
    return [words.split(": ", 1)[-1] for words in refused.value.facts["missing"]]


def tell(cast, project) -> None:
    """The fact that the stage needs beside its papers."""
    said = {
        "approved": {"in_charge_id": cast.engineer.id},
        "scheme": {"designer": "市政设计院"},
        "contract": {"contractor": "某路桥公司"},
        "acceptance": {"accepted_on": clock.today()},
    }
    if project.stage in said:
        actions.edit(cast.supervisor, project, said[project.stage], seen=project.version)
    if project.stage == "tender":
        record_tender(who(cast, project), project, {"method": "open", "award_on": clock.today()}, seen=project.version)
    db.session.commit()


def pass_the_gate(cast, project) -> None:
    """Shut without anything, without its last paper, without its fact; open with them."""
    asked = [paper for paper in stages.current_stage(project).papers if paper.required]
    assert asked, project.stage
    fact = gates.FACTS.get(project.stage)
    facts = [str(fact[1])] if fact else []
    assert shut(cast, project) == [*facts, *(paper.name_zh for paper in asked)]
    for paper in asked[:-1]:
        hand_in(cast, project, paper)
    assert shut(cast, project) == [*facts, asked[-1].name_zh]
    hand_in(cast, project, asked[-1])
    if facts:
        assert shut(cast, project) == facts
        tell(cast, project)
    assert gates.lacking(project) == []
    actions.advance(who(cast, project), project, seen=project.version)
    db.session.commit()


def test_a_medium_repair_walks_by_its_papers_through_sixteen_stages_to_the_end_of_its_warranty(either_cast):
    cast, moment = either_cast, people.NOON
    said = {"district_id": cast.district_id, "category": "medium", "name_zh": "颍河路中修"}
    project = actions.open_project(cast.supervisor, sections=[cast.section], **said)
    defect = people.confirmed(cast)
    cover.take(cast.supervisor, project, [defect])
    db.session.commit()
    walked = []
    while project.state == "running" and project.stage != "warranty":
        walked.append(project.stage)
        moment += DAY
        with clock.at(moment):
            pass_the_gate(cast, project)
        assert (project.warranty_ends_on is None) == (project.stage in STAGES[:12]), "open to traffic is not accepted"

    ends = project.warranty_ends_on
    assert (project.accepted_on, ends) == (date(2018, 7, 9), date(2019, 7, 9)) == (ends.replace(year=2018), ends)
    assert (cast.section.warranty_ends_on, defect.state) == (ends, "closed")
    with clock.at(moment + DAY):
        for asked in stages.current_stage(project).papers:
            hand_in(cast, project, asked)
        (still,) = shut(cast, project)
        assert "2019年7月9日" in still
    moment += timedelta(days=366)
    with clock.at(moment):
        actions.advance(who(cast, project), project, seen=project.version)
        db.session.commit()
    while project.state == "running":
        walked.append(project.stage)
        moment += DAY
        with clock.at(moment):
            pass_the_gate(cast, project)

    assert [*walked[:13], "warranty", *walked[13:]] == list(STAGES)
    assert (project.state, project.stage) == ("closed", "closed")
    assert all(row.entered_on and row.left_on and not row.skipped_reason for row in project.dates)
    verbs = [event.verb for event in audit.history(project)]
    assert verbs.count("project.advance") == 16
    assert "project.skip" not in verbs
    assert list(audit.faults(cast.district_id)) == []
