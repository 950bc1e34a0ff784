"""Papers and progress: versions, gates that open, per cent that falls, photos that stay."""

import io
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from roadworks import jobs
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.documents import look, read
from roadworks.base.errors import BadInput, NotAllowed, WrongStep
from roadworks.base.storage import storage
from roadworks.defects.models import Photo
from roadworks.projects import actions, gates, papers, progress, stages
from roadworks.projects.records import Paper
from tests.support import cast as people
from tests.support import documents as made


def paper(cast, project, content=made.PDF, **said):
    """Store and record a paper."""
    file, document = read(content)
    papers.store(file, document)
    return papers.add(cast.engineer, project, document, **{"filename": "a.pdf", **said})


def test_a_gate_opens_when_its_required_papers_and_facts_are_there(either_cast):
    project = people.project(either_cast, designer=None)
    for asked in stages.current_stage(project).papers:
        paper(either_cast, project, gate_paper=asked)
    actions.advance(either_cast.engineer, project, seen=project.version, on=date(2018, 6, 1))
    assert (project.stage, project.dates[0].left_on) == ("approved", date(2018, 6, 1))
    db.session.commit()


def test_a_paper_that_is_not_required_holds_nothing_up(cast):
    project = people.project(cast, "drawing_review")
    asked = stages.current_stage(project).papers
    assert [a.required for a in asked] == [True, True, False]
    for one in asked[:2]:
        paper(cast, project, gate_paper=one)
    assert gates.lacking(project) == []


def test_a_switched_off_paper_is_not_asked_for(cast):
    project = people.project(cast)
    for asked in stages.current_stage(project).papers:
        asked.active = False
    assert gates.lacking(project) == []


@pytest.mark.parametrize(
    ("stage", "field"),
    [("scheme", "designer"), ("contract", "contractor"), ("approved", "in_charge_id"), ("acceptance", "accepted_on")],
)
def test_each_fact_that_a_stage_needs_is_named_until_it_is_there(cast, stage, field):
    project = people.project(cast, stage, designer=None, contractor=None, in_charge_id=None)
    items = gates.checklist(project, None, [])
    assert [(i.field, i.there) for i in items] == [(field, False)]
    value = date(2018, 6, 1) if field == "accepted_on" else cast.engineer.id if field.endswith("_id") else "甲公司"
    actions.edit(cast.supervisor, project, {field: value}, seen=project.version)
    assert gates.missing_of(gates.checklist(project, None, [])) == []


def test_a_tender_is_left_with_its_award_and_a_framework_without(cast):
    project = people.project(cast, "contract", "retender")
    assert [i.there for i in gates.checklist(project, None, [])] == [False]
    project.tenders[-1].award_on = date(2018, 6, 20)
    assert gates.missing_of(gates.checklist(project, None, [])) == []
    project.tenders[-1].award_on, project.tenders[-1].method = None, "framework"
    assert gates.missing_of(gates.checklist(project, None, [])) == []


def test_a_warranty_that_still_runs_holds_the_project(cast):
    project = people.project(cast, "warranty", warranty_months=24)
    assert [i.there for i in gates.checklist(project, None, [])] == [False]
    with clock.at(people.NOON + timedelta(days=365)):
        assert gates.missing_of(gates.checklist(project, None, [])) == []


def test_a_newer_version_replaces_and_keeps_the_old(either_cast):
    project = people.project(either_cast)
    asked = stages.current_stage(project).papers[0]
    paper(either_cast, project, gate_paper=asked)
    paper(either_cast, project, made.PDF + b"more", gate_paper=asked, filename="b.pdf")
    db.session.commit()
    rows = list(db.session.scalars(select(Paper).order_by(Paper.id)))
    assert [(p.number, p.replaced, p.replaces_id) for p in rows] == [(1, True, None), (2, False, rows[0].id)]
    assert {p.key for p in rows} <= set(storage().keys())
    with pytest.raises(BadInput):
        paper(either_cast, project, made.PDF + b"more", gate_paper=asked)


def test_a_paper_of_its_own_needs_a_name_and_a_closed_project_takes_none(cast):
    project = people.project(cast)
    with pytest.raises(BadInput) as fault:
        paper(cast, project)
    assert fault.value.field == "name"
    paper(cast, project, name="会议纪要")
    with pytest.raises(WrongStep):
        paper(cast, people.project(cast, state="closed"), name="会议纪要")
    with pytest.raises(NotAllowed):
        papers.add(cast.leader, project, look(io.BytesIO(made.PDF)), filename="a", name="x")


def test_a_large_file_is_stored_in_pieces(cast, tmp_path):
    content = made.PDF + b"x" * 3_000_000
    file, document = read(content)
    papers.store(file, document)
    with storage().open(papers._key(document)) as kept:
        assert kept.read() == content


def test_less_per_cent_than_before_needs_a_word(either_cast):
    project = people.project(either_cast, "construction")
    progress.add(either_cast.engineer, project, percent=60, text="", on=date(2018, 6, 1))
    for percent, text, field in ((101, "", "percent"), (None, "", "percent"), (40, "", "text")):
        with pytest.raises(BadInput) as fault:
            progress.add(either_cast.engineer, project, percent=percent, text=text)
        assert fault.value.field == field
    progress.add(either_cast.engineer, project, percent=40, text="返工")
    for day in (date(2018, 6, 28), date(2016, 1, 1)):
        with pytest.raises(BadInput) as fault:
            progress.add(either_cast.engineer, project, percent=41, text="", on=day)
        assert fault.value.field == "on"
    assert progress.latest(project).percent == 40


def test_photos_of_progress_are_never_swept_nor_used_twice(either_cast):
    project = people.project(either_cast, "construction")
    photo = people.picture(either_cast.engineer, "green")
    entry = progress.add(either_cast.engineer, project, percent=10, text="", photos=[photo])
    db.session.commit()
    assert progress.photos_of([entry])[entry.id][0].kind == "progress"
    with clock.at(people.NOON + timedelta(days=30)):
        assert jobs.sweep_files() == 0
    assert db.session.get(Photo, photo.id) is not None
    again = people.picture(either_cast.engineer, "green")
    assert again.id != photo.id
