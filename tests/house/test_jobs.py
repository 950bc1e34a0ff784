"""What happens by itself: swept photos, the timetable, twice without harm."""

import io
import os
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from roadworks import jobs
from roadworks.accounts import sign_in
from roadworks.accounts.models import District, SignIn
from roadworks.base import clock, clockwork
from roadworks.base.db import db
from roadworks.base.imaging import read_photo
from roadworks.base.sounds import look
from roadworks.base.storage import storage
from roadworks.base.timetable import At, Job
from roadworks.defects import filing, photos, voices
from roadworks.defects.models import Photo
from tests.support import cast as people


def aged() -> None:
    """All files were put long ago."""
    for path in storage().root.rglob("*.*"):
        os.utime(path, (0, 0))


def test_photos_never_filed_are_swept_after_a_week_and_filed_ones_stay(either_app, noon):
    with either_app.app_context():
        cast = people.make_cast()
        lost = people.picture(cast.inspector, "red")
        same = people.picture(cast.inspector2, "blue")
        filed = people.picture(cast.inspector, "blue")
        filing.file(cast.inspector, people.said(cast, no_photo_reason=None), [filed])
        db.session.commit()
        lost_key, kept_key, whole_key = lost.key, filed.key, lost.original_key
        storage().put(whole_key, b"as it was taken")
        aged()
        assert jobs.sweep_files() == 0
        with clock.at(noon + timedelta(days=8)):
            assert jobs.sweep_files() == 2
            assert jobs.sweep_files() == 0
        assert db.session.scalar(select(func.count()).select_from(Photo)) == 1
        assert same.sha256 == filed.sha256
        assert kept_key in set(storage().keys())
        assert not {lost_key, whole_key} & set(storage().keys())


def test_what_is_just_sent_again_is_not_swept_from_under_its_row(cast):
    picture = read_photo(io.BytesIO(people.jpeg("red")))
    photos.keep(cast.inspector, picture)
    voices.keep(cast.inspector, look(people.spoken()))
    db.session.commit()
    aged()
    with clock.at(people.NOON + timedelta(days=8)):
        photos.store(picture)
        voices.store(look(people.spoken()))
        assert jobs.sweep_files() == 0
    row, note = photos.enter(cast.inspector2, picture), voices.enter(cast.inspector2, look(people.spoken()))
    assert {row.key, row.thumb_key, note.key} == set(storage().keys())


def test_every_job_runs_once_by_its_name_and_the_timetable_is_told(app):
    runner = app.test_cli_runner()
    for name in jobs.TIMETABLE:
        answer = runner.invoke(args=["jobs", "once", name])
        assert answer.exit_code == 0, answer.output
    told = runner.invoke(args=["jobs", "list"]).output.splitlines()
    assert [line.split()[0] for line in told] == list(jobs.TIMETABLE)
    assert all("done in" in line and "next: " in line for line in told)


def test_a_job_that_fails_by_its_name_says_so(app, monkeypatch):
    def fail() -> int:
        raise OSError("disk")

    monkeypatch.setitem(app.extensions, "timetable", {"checkpoint": Job(fail, At(4, 40), "")})
    answer = app.test_cli_runner().invoke(args=["jobs", "once", "checkpoint"])
    assert answer.exit_code == 1
    assert "the log says why" in answer.output
    told = app.test_cli_runner().invoke(args=["jobs", "list"]).output
    assert "failed in" in told
    assert "s (OSError)" in told


def test_one_districts_fault_holds_up_no_other_and_the_run_has_failed(either_cast, caplog):
    db.session.commit()
    first, second = sorted((either_cast.district_id, either_cast.other_id))

    def change(district_id: int) -> int:
        db.session.get_one(District, district_id).bureau_zh = "市政中心"
        db.session.flush()
        if district_id == first:
            raise LookupError("row")
        return 1

    with pytest.raises(LookupError):
        jobs.in_each_district(change)
    changed = select(District.id).where(District.bureau_zh == "市政中心")
    assert list(db.session.scalars(changed)) == [second], "written for the other, half-written for none"
    assert f"district {first}" in caplog.text
    assert jobs.in_each_district(lambda _district: 2) == 4


def test_sign_ins_that_ended_half_a_year_ago_are_forgotten(either_cast):
    for token, days in (("long ago", 181), ("lately", 179), ("held", -7)):
        ends = clock.now() - timedelta(days=days)
        kept = {"token": token, "epoch": 1, "started_at": ends - sign_in.LONGEST, "expires_at": ends}
        db.session.add(SignIn(person_id=either_cast.ids["crew"], **kept))
    db.session.commit()
    assert [jobs.prune_runs(), jobs.prune_runs()] == [1, 0]
    assert set(db.session.scalars(select(SignIn.token))) == {"lately", "held"}


def test_health_tells_of_the_clockwork_and_stays_well_without_it(stage):
    client = stage.app.test_client()
    silent = client.get("/healthz")
    assert (silent.status_code, silent.json) == (200, {"status": "ok", "scheduler": {"last": None, "late": True}})
    clockwork.report(stage.app)
    alive = client.get("/healthz")
    assert alive.json == {"status": "ok", "scheduler": {"last": "2018-06-27T02:00:00+00:00", "late": False}}


def test_the_page_of_the_timetable_shows_each_job_and_warns_of_a_silent_clockwork(stage, client_of):
    client = client_of("admin")
    assert 'role="alert"' in client.get("/admin/jobs").text
    clockwork.report(stage.app)
    clockwork.tick(stage.app)
    page = client.get("/admin/jobs").text
    assert 'role="alert"' not in page
    assert all(name in page for name in jobs.TIMETABLE)
    with clock.at(people.NOON + timedelta(minutes=6)):
        assert "2018年6月27日 10:00" in client.get("/admin/jobs").text.split('role="alert"')[1]
