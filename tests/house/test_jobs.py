"""What happens by itself: swept photos, the timetable, twice without harm."""

from datetime import timedelta

from sqlalchemy import func, select

from roadworks import jobs
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.storage import storage
from roadworks.defects import filing
from roadworks.defects.models import Photo
from tests.support import cast as people


def test_photos_never_filed_are_swept_after_a_week_and_filed_ones_stay(either_app, noon):
    with either_app.app_context():
        cast = people.make_cast()
        lost = people.picture(cast.inspector, "red")
        same = people.picture(cast.inspector2, "blue")
        filed = people.picture(cast.inspector, "blue")
        filing.file(cast.inspector, people.said(cast, no_photo_reason=None), [filed])
        db.session.commit()
        lost_key, kept_key = lost.key, filed.key
        assert jobs.sweep_files() == 0
        with clock.at(noon + timedelta(days=8)):
            assert jobs.sweep_files() == 2
            assert jobs.sweep_files() == 0
        assert db.session.scalar(select(func.count()).select_from(Photo)) == 1
        assert same.sha256 == filed.sha256
        assert kept_key in set(storage().keys())
        assert lost_key not in set(storage().keys())


def test_every_job_runs_once_by_its_name_and_the_timetable_is_told(app):
    runner = app.test_cli_runner()
    for name in jobs.TIMETABLE:
        answer = runner.invoke(args=["jobs", "once", name])
        assert answer.exit_code == 0, answer.output
    told = runner.invoke(args=["jobs", "list"]).output
    assert all(name in told for name in jobs.TIMETABLE)
