"""The bulletin's second sentence: projects by category and stage as they stood when the period ended."""

from datetime import date, datetime

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.projects import actions
from roadworks.reports import works
from tests.support import cast as people


def test_projects_are_told_as_they_stood_at_the_end_of_the_period(either_cast):
    cast = either_cast
    moving = people.project(cast, "tender")
    people.project(cast, "substantial", category="major")
    gone = people.project(cast, "construction")
    people.project(cast, state="closed")
    people.project(cast, state="cancelled")
    db.session.commit()
    with clock.at(datetime(2018, 7, 2, 9, tzinfo=clock.ZONE)):
        actions.skip(cast.supervisor, moving, seen=moving.version, reason="已定标")
        actions.cancel(cast.supervisor, gone, seen=gone.version, reason="并入改造")
        db.session.commit()
        june = works.work_out(cast.leader, date(2018, 6, 30))
        assert june == [("medium", "tender", 1), ("medium", "construction", 1), ("major", "substantial", 1)]
        assert works.work_out(cast.leader, date(2018, 7, 2)) == [("medium", "contract", 1), ("major", "substantial", 1)]
    assert works.work_out(cast.leader, date(2018, 6, 26)) == [], "made on 27 June"
    assert works.work_out(cast.stranger, date(2018, 6, 30)) == []
    assert works.sentence([], "zh") == ""
    assert works.sentence(june, "zh") == "1条道路中修正在施工招标，1条道路中修正在施工，1条道路大修已基本完成并通车。"
    assert works.sentence(june[:1], "en") == "Medium repair of 1 road in tender."


def test_the_bulletin_shows_it_with_links_and_the_json_holds_it(stage, client_of):
    with stage.app.app_context():
        people.project(stage, "tender")
        db.session.commit()
    client = client_of("leader")
    page = client.get("/reports/bulletin").text
    assert 'href="/projects?category=medium&amp;stage=tender"' in page
    assert "发现时间" not in client.get("/reports/bulletin.csv").data.decode("utf-8-sig")
    assert "1条道路中修正在施工招标" in page
    told = client.get("/reports/bulletin.json").json
    assert told["projects"]["by_category"] == {"medium": {"tender": 1}}
    assert told["projects"]["sentence"]["zh"] == "1条道路中修正在施工招标。"
    assert "1条道路中修正在施工招标" in client.get("/reports/bulletin.csv").data.decode("utf-8-sig")
    assert set(told["sentence"]) == {"zh", "en"}, "the first sentence stands as it stood"
