"""Filing: the same id makes one defect, photos arrive whole, nothing is half-written, bad input is told."""

import hashlib
import io
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput, Conflict, NotAllowed, NotFound
from roadworks.base.storage import storage
from roadworks.defects import actions, around, clocks, filing, queries, views
from roadworks.defects.models import Defect, Photo
from roadworks.workflow import audit
from tests.support import cast as people


def test_a_filing_has_number_state_proposal_and_trail(either_cast):
    defect = people.filed(either_cast)
    db.session.commit()
    assert defect.number == "BH20180627-0001"
    assert (defect.state, defect.severity, defect.severity_proposed) == ("filed", "severe", "severe")
    assert defect.area_m2 == Decimal("2.40")
    assert defect.road_id == either_cast.section.road_id
    assert [e.verb for e in audit.history(defect)] == ["defect.file"]


def test_numbers_count_up_by_local_day(cast):
    assert [people.filed(cast).number for _ in range(2)] == ["BH20180627-0001", "BH20180627-0002"]
    with clock.at(people.NOON + timedelta(hours=15)):
        assert people.filed(cast).number == "BH20180628-0001"


def test_the_same_id_again_gives_the_same_defect(either_cast):
    said = people.said(either_cast)
    first, fresh = filing.file(either_cast.inspector, said)
    again, fresh_again = filing.file(either_cast.inspector, said)
    assert (first.id, fresh, fresh_again) == (again.id, True, False)


def test_the_same_id_with_other_content_is_a_conflict_and_another_persons_is_not_there(cast):
    said = people.said(cast)
    filing.file(cast.inspector, said)
    other = people.said(cast, client_id=said.client_id, note="别的")
    with pytest.raises(Conflict):
        filing.file(cast.inspector, other)
    with pytest.raises(NotFound):
        filing.file(cast.inspector2, said)


def test_leaders_and_admins_do_not_file_and_foreign_sections_are_not_there(cast):
    for who in ("leader", "admin"):
        with pytest.raises(NotAllowed):
            filing.file(getattr(cast, who), people.said(cast))
    with pytest.raises(NotFound):
        filing.file(cast.stranger, people.said(cast))


def test_no_photo_needs_a_reason_and_no_section_needs_words(cast):
    with pytest.raises(BadInput) as fault:
        filing.file(cast.inspector, people.said(cast, no_photo_reason=None))
    assert fault.value.field == "photos"
    with pytest.raises(BadInput) as fault:
        filing.file(cast.inspector, people.said(cast, section=None, place=" "))
    assert fault.value.field == "section"


def test_a_device_clock_that_is_wrong_is_kept_and_flagged(cast):
    doubts = {}
    for days in (1 / 24, -3, -29, -31):
        told = clocks.found((people.NOON + timedelta(days=days)).isoformat())
        made = people.filed(cast, found_at=told.at, clock_doubtful=told.doubtful)
        assert (made.found_at, made.clock_doubtful) == (people.NOON + timedelta(days=days), told.doubtful)
        doubts[days] = told.doubtful
    assert doubts == {1 / 24: True, -3: False, -29: False, -31: True}


def test_a_photo_is_stored_once_and_belongs_to_the_defect(cast):
    one, two = people.picture(cast.inspector, "red"), people.picture(cast.inspector, "red")
    assert one.id == two.id
    defect, _ = filing.file(cast.inspector, people.said(cast, no_photo_reason=None), [one, two])
    assert [p.sha256 for p in defect.photos] == [one.sha256]
    with storage().open(one.key) as file:
        assert file.read(2) == b"\xff\xd8"


def test_somebody_elses_photo_cannot_be_used(cast):
    from roadworks.defects import photos

    theirs = people.picture(cast.inspector2)
    with pytest.raises(BadInput):
        photos.kept(cast.inspector, [theirs.id])


def test_near_ones_of_the_same_type_are_found_by_distance(cast):
    close = people.filed(cast, lon=people.LON + 0.0002)
    people.filed(cast, lon=people.LON + 0.0006)
    people.filed(cast, type_code="ac_rutting")
    rejected = people.filed(cast)
    actions.reject(cast.supervisor, rejected, seen=rejected.version, reason="x")
    found = around.near(cast.inspector, people.LON, people.LAT, type_code="ac_pothole")
    assert [(d.id, round(m)) for d, m in found] == [(close.id, 18)]


def test_duplicates_never_make_a_circle_and_close_with_their_original(cast):
    a, b, c = (people.confirmed(cast) for _ in range(3))
    with pytest.raises(BadInput):
        actions.merge(cast.supervisor, a, a, seen=a.version)
    actions.merge(cast.supervisor, b, a, seen=b.version)
    actions.merge(cast.supervisor, c, b, seen=c.version)
    assert c.duplicate_of_id == a.id
    with pytest.raises(BadInput):
        actions.merge(cast.supervisor, a, c, seen=a.version)
    actions.forward(cast.supervisor, a, seen=a.version, owner="自来水公司")
    db.session.commit()
    actions.settle(cast.supervisor, a, seen=a.version)
    assert [d.state for d in (a, b, c)] == ["closed"] * 3
    original, twin = people.confirmed(cast), people.confirmed(cast)
    actions.merge(cast.supervisor, twin, original, seen=twin.version)
    actions.reject(cast.supervisor, original, seen=original.version, reason="看错")
    assert twin.state == "closed", "nobody would see it again"


def test_a_cover_is_forwarded_with_the_same_day_as_its_clock(cast):
    defect = people.confirmed(cast, surface="ancillary", type_code="cover_broken", area_m2=Decimal(0))
    actions.forward(cast.supervisor, defect, seen=defect.version, owner="热力公司")
    assert clock.local(defect.owner_due_at).isoformat() == "2018-06-27T23:59:59+08:00"


def test_two_character_chinese_words_and_signs_of_like_are_found_literally(either_cast):
    hit = people.filed(either_cast, place="桐柏路口西50%处")
    people.filed(either_cast, place="别处")
    db.session.commit()
    for words in ("路口", "50%", "坑槽 西50", "yinghe 路口", hit.number.lower()):
        found = db.session.scalars(queries.filtered(either_cast.leader, queries.Filter(words=words))).all()
        assert hit in found, words
    assert not db.session.scalars(queries.filtered(either_cast.leader, queries.Filter(words="5_%"))).all()


# --- through the browser's door ---


def test_the_form_says_who_sees_photos_and_note(client_of):
    for address in ("/defects/new", "/street/new"):
        assert "不对外公开" in client_of("inspector").get(address).text, address


def form(client, **change):
    """The fields of the phone form as a browser without JavaScript sends them."""
    page = client.get("/defects/new").text
    values = {
        name: re.search(f'name="{name}"[^>]*value="([^"]*)"', page).group(1) for name in ("csrf_token", "client_id")
    }
    values |= {
        "surface": "carriageway",
        "type_code": "ac_pothole",
        "length_m": "２",
        "width_m": "1.2米",
        "depth_mm": "45",
    }
    values |= {
        "place": "路口西",
        "lon": str(people.LON),
        "lat": str(people.LAT),
        "accuracy_m": "8",
        "position_source": "gps",
    }
    values |= {"photos": (io.BytesIO(people.jpeg("blue")), "../../x.php")}
    return {k: v for k, v in {**values, **change}.items() if v is not None}


def test_a_defect_is_filed_by_a_plain_form(stage, client_of):
    client = client_of("inspector")
    answer = client.post("/defects/new", data=form(client), content_type="multipart/form-data")
    assert answer.status_code == 302, answer.text
    assert "BH20180627-0001" in client.get(answer.location).text
    with stage.app.app_context():
        defect = db.session.scalars(select(Defect)).one()
        assert (defect.area_m2, defect.length_m, defect.accuracy_m) == (Decimal("2.40"), Decimal("2.00"), 8)
        assert len(defect.photos) == 1
        page = f"/defects/{defect.id}"
    assert re.search(r"\d\d:\d\d 收到</figcaption>", client.get(page).text), "a photo that does not know its hour"
    with stage.app.app_context():
        db.session.scalars(select(Photo)).one().taken_at = datetime(2018, 6, 27, 0, 58, tzinfo=UTC)
        db.session.commit()
    assert "08:58</figcaption>" in client.get(page).text


def test_the_next_form_opens_on_the_section_and_surface_of_the_last_and_believes_no_nonsense(stage, client_of):
    client = client_of("inspector")
    with stage.app.app_context():
        defect = people.filed(stage, surface="sidewalk", type_code="sw_ramp")
        db.session.commit()
        receipt = f"/defects/{defect.id}/filed"
    link = re.search(r'href="(/defects/new\?[^"]+)"', client.get(receipt).text).group(1).replace("&amp;", "&")
    page = client.get(link).text
    assert re.search(rf'<option[^>]* selected[^>]* value="{stage.section_id}"', page)
    assert re.search(r'<input checked[^>]*value="sidewalk"', page)
    assert " autofocus" in page
    nonsense = client.get(f"/defects/new?section={stage.other_section_id}&surface=roof&round=' onload=")
    assert nonsense.status_code == 200
    assert "onload=" not in nonsense.text.replace("&#39; onload=", "")
    assert not re.search(r'selected[^>]* value="\d|checked[^>]*name="surface"', nonsense.text)


def test_the_same_form_sent_again_says_so_and_makes_nothing_new(stage, client_of):
    client = client_of("inspector")
    sent = form(client)
    for _ in range(2):
        sent["photos"] = (io.BytesIO(people.jpeg("blue")), "x.jpg")
        answer = client.post("/defects/new", data=dict(sent), content_type="multipart/form-data")
        assert answer.status_code == 302
    assert "again" in answer.location
    with stage.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Defect)) == 1


BAD = {
    "no surface": ({"surface": None}, "surface"),
    "unknown surface": ({"surface": "roof"}, "surface"),
    "unknown type": ({"type_code": "dragon"}, "type_code"),
    "type of another surface": ({"type_code": "sw_loose"}, "type_code"),
    "latitude 91": ({"lat": "91"}, "lat"),
    "longitude 181": ({"lon": "181"}, "lat"),
    "NaN": ({"lat": "NaN"}, "lat"),
    "infinite": ({"lon": "1e400"}, "lat"),
    "the gulf of Guinea": ({"lon": "0", "lat": "0"}, "lat"),
    "words for a position": ({"lon": "here", "lat": "there"}, "lat"),
    "negative length": ({"length_m": "-2"}, "length_m"),
    "endless length": ({"length_m": "1e308"}, "length_m"),
    "area too large": ({"area_m2": "99999999"}, "area_m2"),
    "no size": ({"length_m": "", "width_m": ""}, "area_m2"),
    "depth in words": ({"depth_mm": "deep"}, "depth_mm"),
    "wrong chainage": ({"chainage_m": "K1"}, "chainage_m"),
    "place too long": ({"place": "长" * 2001}, "place"),
    "note too long": ({"note": "长" * 20001}, "note"),
    "damaged id": ({"client_id": "'; DROP TABLE defect"}, "client_id"),
    "unknown severity": ({"severity": "apocalyptic"}, "severity"),
    "no place at all": ({"place": "", "section_id": ""}, "section_id"),
    "a section in words": ({"section_id": "1 OR 1=1"}, "section_id"),
}


@pytest.mark.parametrize("case", BAD, ids=str)
def test_bad_input_is_told_at_its_field_and_what_was_typed_and_sent_is_kept(stage, client_of, case):
    change, field = BAD[case]
    client = client_of("inspector")
    answer = client.post(
        "/defects/new", data=form(client, **{"note": "门前有水", **change}), content_type="multipart/form-data"
    )
    assert answer.status_code == 400, case
    assert f'id="{field}' in answer.text or f'href="#{field}' in answer.text, field
    assert 'role="alert"' in answer.text
    if "note" not in change:
        assert "门前有水" in answer.text, "what was typed is kept"
    assert re.search(r'name="photo_ids" value="\d+"', answer.text), "the photo is kept"
    with stage.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Defect)) == 0
        kept = db.session.scalars(select(Photo)).one()
        assert kept.defect_id is None


def test_the_phone_tells_when_a_photo_was_taken_and_nonsense_and_the_future_tell_nothing(stage, client_of):
    phone = client_of("inspector")
    head = {"X-CSRFToken": phone.get("/sync/1/hello").json["token"], "Accept": "application/json"}
    said = ["2018-06-27T00:58:00Z", "soon", "", "0001-01-01T00:00:00+14:00", "2030-01-01T00:00:00Z"]
    for n, text in enumerate(said):
        shot = people.jpeg("blue", (64 + 8 * n, 48))
        part = {"photo": (io.BytesIO(shot), "photo"), "sha256": hashlib.sha256(shot).hexdigest(), "taken_at": text}
        assert phone.post("/sync/1/photos", data=part, headers=head).status_code == 201, text
    with stage.app.app_context():
        told = [photo.taken_at for photo in db.session.scalars(select(Photo).order_by(Photo.id))]
    assert told == [datetime(2018, 6, 27, 0, 58, tzinfo=UTC), *[None] * 4]


def test_a_form_without_type_and_size_is_told_of_both_at_once(stage, client_of):
    client = client_of("inspector")
    without = form(client, type_code="", length_m="", width_m="")
    page = client.post("/defects/new", data=without, content_type="multipart/form-data").text
    assert 'href="#type_code"' in page
    assert 'href="#area_m2"' in page


def test_a_size_too_large_to_be_true_is_asked_about_once(stage, client_of):
    client = client_of("inspector")
    slip = form(client, length_m="200", width_m="150")
    asked = client.post("/defects/new", data=slip, content_type="multipart/form-data")
    assert (asked.status_code, 'href="#area_m2"' in asked.text) == (400, True)
    shown = r'<input[^>]* name="large"[^>]*>'
    assert re.search(r'data-large="200" class="field bad">', asked.text), "the question stands there"
    assert "checked" not in re.search(shown, asked.text).group()
    sure = form(client, length_m="200", width_m="150", large="y")
    assert client.post("/defects/new", data=sure, content_type="multipart/form-data").status_code == 302
    page = client.get("/defects/1/edit").text
    assert "checked" in re.search(shown, page).group(), "what was filed so is not asked about again"


def test_a_kept_photo_goes_with_the_corrected_form(stage, client_of):
    client = client_of("inspector")
    wrong = client.post("/defects/new", data=form(client, surface=None), content_type="multipart/form-data")
    ids = re.search(r'name="photo_ids" value="(\d+)"', wrong.text).group(1)
    answer = client.post(
        "/defects/new", data=form(client, photos=None, photo_ids=ids), content_type="multipart/form-data"
    )
    assert answer.status_code == 302
    with stage.app.app_context():
        assert len(db.session.scalars(select(Defect)).one().photos) == 1


NOT_PHOTOS = {
    "nothing": b"",
    "html": b"<html><script>alert(1)</script>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "php": b"<?php system('id');",
    "pdf": b"%PDF-1.7\n",
    "truncated": people.jpeg("green", (400, 300))[:900],
}


@pytest.mark.parametrize("case", NOT_PHOTOS, ids=str)
def test_what_is_no_photo_is_refused_and_the_rest_is_kept(stage, client_of, case):
    client = client_of("inspector")
    sent = form(client, photos=(io.BytesIO(NOT_PHOTOS[case]), "x.jpg"), note="门前有水")
    answer = client.post("/defects/new", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 400
    assert "门前有水" in answer.text
    with stage.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Photo)) == 0


def test_hostile_text_is_shown_as_text_everywhere(stage, client_of):
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(1)>{{7*7}}\u202e'
    client = client_of("inspector")
    answer = client.post("/defects/new", data=form(client, place=evil, note=evil), content_type="multipart/form-data")
    assert answer.status_code == 302
    boss = client_of("supervisor")
    for address in ("/defects", "/defects/1", "/", "/defects.geojson", "/workorders/new?defect=1"):
        text = boss.get(address).get_data(as_text=True)
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "{49}" not in text


def test_the_map_leaves_out_the_least_urgent_and_says_so(stage, client_of, monkeypatch):
    with stage.app.app_context():
        for severity in ("slight", "severe", "emergency", "moderate"):
            people.filed(stage, severity=severity)
        db.session.commit()
    boss = client_of("supervisor")
    assert boss.get("/defects.geojson").json["more"] is False
    monkeypatch.setattr(views, "MAP_LIMIT", 2)
    found = boss.get("/defects.geojson?bbox=110,30,120,40").json
    assert [one["properties"]["severity"] for one in found["features"]] == ["emergency", "severe"]
    assert found["more"] is True
    assert 'data-more="' in boss.get("/map").text


def test_fields_that_are_not_the_forms_change_nothing(stage, client_of):
    client = client_of("inspector")
    sent = form(client) | {"state": "closed", "id": "99", "version": "999", "role": "admin", "filed_by_id": "3"}
    assert client.post("/defects/new", data=sent, content_type="multipart/form-data").status_code == 302
    with stage.app.app_context():
        defect = db.session.scalars(select(Defect)).one()
        assert (defect.state, defect.version, defect.filed_by_id) == ("filed", 1, stage.ids["inspector"])


def test_a_form_whose_photos_were_sent_ahead_may_be_sent_again(client_of, stage):
    client = client_of("inspector")
    said = form(client, photos=None)
    said["photo_ids"] = str(people.send_ahead(client, said["csrf_token"]))
    first = client.post("/defects/new", data=said)
    again = client.post("/defects/new", data=said)
    assert (first.status_code, again.status_code) == (302, 302)
    assert again.location == first.location + "?again=1"
    other = form(client, photos=None, photo_ids=said["photo_ids"])
    assert client.post("/defects/new", data=other).status_code == 400, "a picture of another defect"


def test_the_same_filing_sent_twenty_times_at_once_makes_one_defect(either_app, noon):
    with either_app.app_context():
        made = people.make_cast()
    first = either_app.test_client()
    people.sign_in(first, "inspector")
    sent, cookie = form(first), first.get_cookie("roadworks").value

    def send(_turn: int):
        client = FlaskClient(either_app, either_app.response_class)
        client.set_cookie("roadworks", cookie)
        fresh = {**sent, "photos": (io.BytesIO(people.jpeg("blue")), "x.jpg")}
        with clock.at(people.NOON):  # a pinned clock holds for its own thread
            answer = client.post("/defects/new", data=fresh, content_type="multipart/form-data")
        assert answer.status_code != 302 or "filed" in answer.location
        return answer.status_code

    with ThreadPoolExecutor(10) as pool:
        codes = list(pool.map(send, range(20)))
    assert set(codes) <= {302, 503}
    assert 302 in codes
    with either_app.app_context():
        defect = db.session.scalars(select(Defect)).one()
        assert len(defect.photos) == 1
        assert list(audit.faults(made.district_id)) == []


def test_filters_that_are_not_known_are_told_and_searches_are_literal(stage, client_of):
    client = client_of("leader")
    for bad in ("state=gone", "type=x", "from=yesterday", "crew=1%27", "road=99999999999", "cursor=AAAA", "cursor=%00"):
        assert client.get(f"/defects?{bad}").status_code == 400, bad
    for fine in ("q=' OR 1=1--", "q=%25", "q=_", "sort=password", "sort=id;drop", "q=%00"):
        assert client.get(f"/defects?{fine}").status_code == 200, fine


def test_pages_by_cursor_show_each_row_once(stage, client_of):
    with stage.app.app_context():
        ids = {people.filed(stage).id for _ in range(120)}
        db.session.commit()
    client, address, seen = client_of("leader"), "/defects", []
    for _ in range(5):
        page = client.get(address).text
        seen += [int(i) for i in re.findall(r'<th scope="row"[^>]*><a href="/defects/(\d+)"', page)]
        following = re.search(r'rel="next" href="([^"]+)"', page)
        if not following:
            break
        address = following.group(1).replace("&amp;", "&")
    assert len(seen) == 120
    assert set(seen) == ids
    previous = re.search(r'rel="prev" href="([^"]+)"', page).group(1).replace("&amp;", "&")
    assert re.findall(r'<th scope="row"[^>]*><a href="/defects/(\d+)"', client.get(previous).text)[0] == str(seen[50])
