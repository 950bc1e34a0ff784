"""Steps from a phone's queue: once, again, too late, by somebody else, with a wrong clock; nothing is lost."""

import hashlib
import io
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.defects import actions as defects
from roadworks.defects import photos
from roadworks.defects.models import Photo
from roadworks.workflow import audit
from roadworks.workorders import actions
from roadworks.workorders.models import SentStep, WorkOrder
from tests.support import cast as people

WHITE, SILVER = people.jpeg("white"), people.jpeg("silver")
HOUR = timedelta(hours=1)


def sha(shot: bytes) -> str:
    return hashlib.sha256(shot).hexdigest()


class Phone:
    """A phone with a queue: sends steps as queue.js does."""

    def __init__(self, client) -> None:
        self.client = client
        self.head = {"X-CSRFToken": client.get("/sync/1/hello").json["token"], "Accept": "application/json"}

    def send(self, verb: str, *shots: bytes, order: int = 1, at=None, sent_at=None, **said):
        """Send one step, its photos before it; `at` and `sent_at` are what the phone's clock said."""
        for shot in shots:
            data = {"sha256": sha(shot), "photo": (io.BytesIO(shot), "photo")}
            assert self.client.post("/sync/1/photos", data=data, headers=self.head).status_code == 201
        fields = {"client_id": str(uuid.uuid4()), "order": order, "verb": verb, "seen": 1}
        fields |= {"at": (at or clock.now()).isoformat(), "photos": [sha(shot) for shot in shots], **said}
        head = self.head | {"X-Sent-At": (sent_at or clock.now()).isoformat()}
        return self.client.post("/sync/1/steps", json=fields, headers=head)


@pytest.fixture
def phone(client_of):
    """Gives the phone of somebody."""
    return lambda who: Phone(client_of(who))


@pytest.fixture
def order(stage):
    """Makes an order in a state; gives its id."""

    def make(state: str = "issued", n: int = 1) -> int:
        with stage.app.app_context():
            made = people.ORDERS[state](stage, n) if n > 1 else people.ORDERS[state](stage)
            db.session.commit()
            return made.id

    return make


def now_is(stage, order_id: int = 1, *names: str):
    """Columns of the order as they are now."""
    with stage.app.app_context():
        row = db.session.get_one(WorkOrder, order_id)
        return tuple(getattr(row, name) for name in names or ("state",))


def do(stage, verb: str, who: str = "crew", order_id: int = 1, **said) -> None:
    """Somebody else takes a step at the desk meanwhile."""
    with stage.app.app_context():
        row = db.session.get_one(WorkOrder, order_id)
        getattr(actions, verb)(getattr(stage, who), row, seen=row.version, **said)
        db.session.commit()


def trail(stage, order_id: int = 1):
    with stage.app.app_context():
        return [(e.verb, e.facts) for e in audit.history(db.session.get_one(WorkOrder, order_id))]


def test_a_days_work_done_without_network_arrives_step_by_step_and_each_once(stage, phone, order):
    order(n=2)
    crew, ids = phone("crew"), [str(uuid.uuid4()) for _ in range(4)]
    steps = [
        ("accept", {"client_id": ids[0]}, ()),
        ("start", {"client_id": ids[1], "after": ids[0]}, ()),
        ("make_safe", {"client_id": ids[2], "after": ids[1], "note": "围挡"}, (SILVER,)),
    ]
    work = {"m2-1": "３．１", "m2-2": "0.9", "photos-1": sha(WHITE), "photos-2": sha(SILVER), "after": ids[2]}
    steps.append(("finish", {"client_id": ids[3], **work}, (WHITE, SILVER)))
    for verb, said, shots in steps:
        first = crew.send(verb, *shots, **said)
        assert first.status_code == 201, first.text
        assert first.json["photos"] == sorted({sha(shot) for shot in shots})
        again = crew.send(verb, *shots, **said)
        assert (again.status_code, again.json) == (200, first.json)
    assert now_is(stage, 1, "state", "version") == ("done", 5)
    assert [verb for verb, _facts in trail(stage)][1:] == [f"order.{verb}" for verb, *_ in steps]


def test_a_step_with_faults_keeps_nothing_and_tells_them_by_field(stage, phone, order):
    order("working")
    crew = phone("crew")
    answer = crew.send("finish", seen=3, **{"m2-1": "一大块"})
    assert answer.status_code == 422
    assert set(answer.json["faults"]) == {"m2-1", "photos-1"}
    assert (answer.json["now"]["state"], answer.json["changed"]["by"]) == ("working", "crew·甲"), "how it stands now"
    answer = crew.send("hand_back", seen=3, reason="长" * 301)
    assert set(answer.json["faults"]) == {"reason"}
    assert now_is(stage) == ("working",)


def test_photos_of_a_defect_that_left_the_order_meanwhile_are_kept_on_it(stage, phone, order):
    order("working", 2)
    with stage.app.app_context():
        row = db.session.get_one(WorkOrder, 1)
        first, second = (line.id for line in row.lines)
        gone, seen = row.lines[1].defect, row.version
        defects.reject(stage.supervisor, gone, seen=gone.version, reason="twice")
        db.session.commit()
    said = {f"photos-{first}": sha(WHITE), f"photos-{second}": sha(SILVER), f"m2-{first}": "2", f"m2-{second}": "3"}
    answer = phone("crew").send("finish", WHITE, SILVER, seen=seen, **said)
    assert (answer.status_code, answer.json["outcome"]) == (201, "taken")
    assert answer.json["photos"] == sorted([sha(WHITE), sha(SILVER)])
    with stage.app.app_context():
        left = db.session.get_one(WorkOrder, 1).lines[1].defect
        assert [photo.sha256 for photo in left.photos if photo.kind == "remark"] == [sha(SILVER)]


def shots_of(shade: str, n: int) -> list[bytes]:
    return [people.jpeg(shade, (64 + k, 48)) for k in range(n)]


def test_work_done_anew_is_shown_anew_eight_photos_a_report(stage, phone, order):
    order("working")
    crew = phone("crew")
    for hours, shade in enumerate(("red", "blue", "green")):
        with clock.at(people.NOON + hours * HOUR):
            shots, seen = shots_of(shade, 9), now_is(stage, 1, "version")[0]
            said = {"seen": seen, "m2-1": "3.1", "photos-1": " ".join(map(sha, shots))}
            many = crew.send("finish", *shots, **said)
            assert (many.status_code, list(many.json["faults"])) == (422, ["photos-1"])
            assert crew.send("finish", *shots[:8], **said).status_code == 201
            do(stage, "fail", "inspector", reason="不平")
            do(stage, "start")
    with stage.app.app_context():
        line = db.session.get_one(WorkOrder, 1).lines[0]
        assert len(line.proof_photos) == 24
    with clock.at(people.NOON + 3 * HOUR):
        [kept] = crew.client.get("/sync/1/orders").json["orders"]
        assert (kept["lines"][0]["proved"], len(kept["lines"][0]["photos"])) == (False, 2)
        assert "重新拍" in crew.client.get("/workorders/1/finish").text
        bare = {"seen": kept["version"], "m2-1": "3.1"}
        for old in ((), shots[:1]):
            refused = crew.send("finish", *old, **bare, **{"photos-1": " ".join(map(sha, old))})
            assert (refused.status_code, list(refused.json["faults"])) == (422, ["photos-1"])
            assert "重新拍" in str(refused.json["faults"]), "what failed does not prove that it was mended"
    do(stage, "take_back", "supervisor", reason="看错")
    do(stage, "take_back", "supervisor", reason="看错")
    assert now_is(stage, 1, "state", "failed_at") == ("done", people.NOON + HOUR), "a failure taken back asks nothing"


def test_the_photos_of_one_kind_have_a_bound_all_the_same(stage, phone, order, monkeypatch):
    monkeypatch.setattr(photos, "MOST_WHOLE", 9)
    order("working")
    crew, said = phone("crew"), {"seen": 3, "m2-1": "3.1"}
    shots = shots_of("red", 10)
    assert crew.send("finish", *shots[:8], **said, **{"photos-1": " ".join(map(sha, shots[:8]))}).status_code == 201
    do(stage, "fail", "inspector", reason="不平")
    do(stage, "start")
    said["seen"] = now_is(stage, 1, "version")[0]
    with clock.at(people.NOON + HOUR):
        full = crew.send("finish", *shots[8:], **said, **{"photos-1": " ".join(map(sha, shots[8:]))})
        assert full.status_code == 422
        assert "8" in full.json["faults"]["photos-1"][0]
        assert crew.send("finish", shots[8], **said, **{"photos-1": sha(shots[8])}).status_code == 201


def test_what_shows_the_damage_does_not_prove_the_work(stage, phone, order):
    with stage.app.app_context():
        before = people.picture(stage.inspector, "white")
        made = people.working(stage)
        photos.attach(stage.inspector, made.lines[0].defect, [before])
        db.session.commit()
    crew, said = phone("crew"), {"seen": 3, "m2-1": "3.1", "photos-1": sha(WHITE)}
    for verb, told in (("make_safe", {"seen": 3}), ("finish", said)):
        answer = crew.send(verb, WHITE, **told)
        assert answer.status_code == 422
        assert "请重新拍摄" in str(answer.json["faults"]), verb
    assert crew.send("make_safe", SILVER, seen=3).status_code == 201
    reused = crew.send("finish", SILVER, **said | {"photos-1": sha(SILVER)})
    assert list(reused.json["faults"]) == ["photos-1"]
    kept = crew.send("finish", WHITE, as_remark="1", **said)
    assert (kept.status_code, kept.json["photos"]) == (201, [sha(WHITE)])


def test_one_picture_for_two_defects_asks_for_another_and_is_not_lost(stage, phone, order):
    order("working", 2)
    with stage.app.app_context():
        row = db.session.get_one(WorkOrder, 1)
        (first, second), seen = (line.id for line in row.lines), row.version
    said = {f"photos-{line}": sha(WHITE) for line in (first, second)} | {f"m2-{line}": "2" for line in (first, second)}
    sender = phone("crew")
    answer = sender.send("finish", WHITE, seen=seen, **said)
    assert (answer.status_code, list(answer.json["faults"])) == (422, [f"photos-{second}"])
    assert "BH20180627-0001" in str(answer.json["faults"]), "which defect has it"
    answer = sender.send("finish", WHITE, seen=seen, as_remark="1", **said)
    assert (answer.status_code, answer.json["photos"]) == (201, [sha(WHITE)])


def test_a_photo_that_has_not_arrived_is_asked_for(phone, order):
    order("working")
    answer = phone("crew").send("finish", seen=3, photos=[sha(WHITE)], **{"m2-1": "2", "photos-1": sha(WHITE)})
    assert (answer.status_code, answer.json) == (422, {"missing": [sha(WHITE)]})


def test_what_moved_on_is_answered_with_both_states_and_becomes_a_remark(stage, phone, order):
    order("working")
    do(stage, "void", "supervisor", reason="并入大修")
    crew, said = phone("crew"), {"client_id": str(uuid.uuid4()), "seen": 3, "m2-1": "3.1", "photos-1": sha(WHITE)}
    answer = crew.send("finish", WHITE, note="已补", **said)
    assert answer.status_code == 409
    assert (answer.json["now"]["state"], answer.json["now"]["version"]) == ("void", 4)
    assert answer.json["changed"]["by"] == "supervisor·甲"
    assert answer.json["changed"]["reason"] == "并入大修"
    assert (answer.json["open"], answer.json["again"]) == ([], False)
    kept = crew.send("finish", WHITE, note="已补", as_remark="1", **said)
    assert (kept.status_code, kept.json["outcome"], kept.json["photos"]) == (201, "kept", [sha(WHITE)])
    verb, facts = trail(stage)[-1]
    assert (verb, facts["note"], facts["late"]["verb"]) == ("order.remark", "已补", "order.finish")
    assert "3.1 m²" in facts["late"]["typed"].values()
    assert now_is(stage) == ("void",)
    again = crew.send("hand_back", seen=3, reason="缺料")
    assert again.json["changed"]["reason"] == "并入大修", "what others did, not the remark that was one's own answer"
    page = crew.client.get("/workorders/1").text
    assert "已补" in page
    assert "3.1 m²" in page


def test_remarks_that_come_too_late_are_kept_however_many_photos_they_bring(stage, phone, order):
    order("working")
    do(stage, "void", "supervisor", reason="并入大修")
    crew = phone("crew")
    for shade in ("red", "blue"):
        shots = shots_of(shade, 8)
        late = {"seen": 3, "m2-1": "3.1", "photos-1": " ".join(map(sha, shots)), "as_remark": "1"}
        kept = crew.send("finish", *shots, note="已补", **late)
        assert (kept.status_code, len(kept.json["photos"])) == (201, 8)


def test_a_photo_of_an_earlier_order_is_told_and_not_counted_again(stage, phone, order):
    order("working")
    crew, said = phone("crew"), {"seen": 3, "m2-1": "3.1", "photos-1": sha(WHITE)}
    assert crew.send("finish", WHITE, **said).status_code == 201
    with stage.app.app_context():
        [proof] = db.session.scalars(select(Photo).where(Photo.kind == "after"))
        other = people.ORDERS["closed"](stage)
        proof.order_id = other.id
        db.session.commit()
    do(stage, "fail", "inspector", reason="面积不足")
    do(stage, "start")
    seen = now_is(stage, 1, "version")[0]
    with clock.at(people.NOON + HOUR):
        refused = crew.send("finish", WHITE, **said | {"seen": seen})
    assert refused.status_code == 422
    assert "之前的工单" in str(refused.json["faults"])


def test_do_it_all_the_same_is_the_same_id_with_the_state_that_was_shown(stage, phone, order):
    order("done")
    eye, said = phone("inspector"), {"client_id": str(uuid.uuid4()), "reason": "不平"}
    do(stage, "fail", "supervisor", reason="边缘不齐")
    do(stage, "start")
    with stage.app.app_context():
        row = db.session.get_one(WorkOrder, 1)
        with clock.at(people.NOON + HOUR):
            photos.attach(
                stage.crew, row.lines[0].defect, [people.picture(stage.crew, "tan")], kind="after", order_id=1
            )
        actions.finish(stage.crew, row, seen=row.version)
        db.session.commit()
    moved = eye.send("fail", seen=4, **said)
    assert (moved.status_code, moved.json["again"]) == (409, True)
    assert eye.send("fail", seen=moved.json["now"]["version"], **said).status_code == 201
    assert now_is(stage) == ("rework",)


def test_a_usual_reason_is_read_in_the_readers_language_and_free_words_as_they_were_typed(stage, phone, order):
    order("done")
    assert phone("inspector").send("fail", seen=4, reason="Smaller than measured; 井盖旁;左侧").status_code == 201
    crew = phone("crew").client
    [kept] = crew.get("/sync/1/orders").json["orders"]
    assert kept["rework"] == "面积不足；井盖旁；左侧"
    assert crew.get("/workorders/1").text.count("面积不足；井盖旁；左侧") == 2, "on top and in the history"
    with stage.app.app_context():
        db.session.get_one(type(stage.crew), stage.crew.id).language = "en"
        row = db.session.get_one(WorkOrder, 1)
        row.rework_reason = "面积不足；不平; 按图"
        db.session.commit()
    assert "Smaller than measured; 不平; 按图" in crew.get("/workorders/1").text
    assert now_is(stage, 1, "rework_reason") == ("面积不足；不平; 按图",), "what was said stays"


def test_what_somebody_else_has_done_already_is_done_and_says_so(stage, phone, order):
    order("working")
    crew = phone("crew")
    for verb in ("accept", "start"):
        assert crew.send(verb, seen=1).json["outcome"] == "already"
    order("closed")
    answer = phone("supervisor").send("pass", order=2, seen=4, note="平整")
    assert answer.json["outcome"] == "already"
    assert trail(stage, 2)[-1][1]["note"] == "平整"


def test_a_change_that_does_no_harm_asks_nothing(stage, phone, order):
    order("accepted")
    do(stage, "start")
    do(stage, "suspend", "supervisor", until=clock.today() + timedelta(days=2), reason="管线")
    do(stage, "resume", "supervisor")
    finish = {"seen": 2, "m2-1": "2", "photos-1": sha(WHITE)}
    assert phone("crew").send("make_safe", SILVER, seen=1).status_code == 201
    assert phone("crew").send("finish", WHITE, **finish).status_code == 201
    assert now_is(stage) == ("done",)


def test_an_order_given_to_another_crew_keeps_what_the_first_did(stage, phone, order):
    order("working")
    do(stage, "hand_back", reason="设备坏了")
    with stage.app.app_context():
        from roadworks.accounts.models import Crew

        row = db.session.get_one(WorkOrder, 1)
        actions.reissue(stage.supervisor, row, seen=row.version, crew=db.session.get_one(Crew, stage.crew2_id))
        db.session.commit()
    crew, said = phone("crew"), {"client_id": str(uuid.uuid4()), "seen": 3}
    answer = crew.send("make_safe", SILVER, **said)
    assert (answer.status_code, answer.json["open"]) == (409, [])
    answer = crew.send("make_safe", SILVER, as_remark="1", **said)
    assert (answer.json["outcome"], answer.json["photos"]) == ("kept", [sha(SILVER)])
    assert now_is(stage, 1, "made_safe_at") == (None,)


def test_an_order_of_others_is_not_there_and_an_id_of_others_tells_nothing(stage, phone, order):
    order()
    assert phone("crew2").send("accept").status_code == 404
    assert phone("crew2").send("accept", as_remark="1").status_code == 404
    assert phone("stranger").send("pass").status_code == 404
    assert phone("crew").send("accept", order=99).status_code == 404
    said = {"client_id": str(uuid.uuid4())}
    assert phone("crew").send("accept", **said).status_code == 201
    assert phone("supervisor").send("accept", **said).status_code == 404
    assert phone("crew").send("start", seen=2, **said).status_code == 409
    assert phone("leader").send("pass").status_code == 403
    assert phone("inspector").send("accept", seen=2).status_code == 403
    assert now_is(stage) == ("accepted",)


@pytest.mark.parametrize(
    ("wrong_by", "age", "counts"),
    [
        (0, 2, True),
        (-1, 2, True),
        (1, 2, True),
        (-24 * 400, 2, True),
        (-24 * 365 * 48, 2, True),
        (0, 30, False),
        (0, -3, False),
        (0, 800, False),
    ],
    ids=["right", "slow", "fast", "years behind", "reset", "before the issue", "in the future", "too old"],
)
def test_the_moment_of_the_work_is_the_phones_where_it_can_be_true(stage, phone, order, wrong_by, age, counts):
    with clock.at(people.NOON - 5 * HOUR):
        order("working")
    with clock.at(people.NOON):
        told = {"at": people.NOON + (wrong_by - age) * HOUR, "sent_at": people.NOON + wrong_by * HOUR}
        answer = phone("crew").send("finish", WHITE, seen=3, **told, **{"m2-1": "2", "photos-1": sha(WHITE)})
        assert answer.status_code == 201, answer.text
        issued, done = now_is(stage, 1, "issued_at", "done_at")
        assert done == (people.NOON - age * HOUR if counts else people.NOON)
        assert done > issued, "no order is done before it was issued"
        facts = trail(stage)[-1][1]
        assert ("happened_at" in facts, "claimed_at" in facts) == (counts, not counts)


def test_steps_in_a_row_that_arrive_apart_are_of_an_honest_clock(stage, phone, order):
    with clock.at(people.NOON - HOUR):
        order("accepted")
    # Begun and finished within half a minute without network; the finish had to be mended, and came a minute later.
    done = people.NOON - timedelta(seconds=3)
    with clock.at(people.NOON):
        assert (
            phone("crew").send("start", at=people.NOON - timedelta(seconds=22), sent_at=people.NOON).status_code == 201
        )
    with clock.at(people.NOON + timedelta(seconds=62)):
        told = {"at": done, "sent_at": clock.now()}
        answer = phone("crew").send("finish", WHITE, seen=3, **told, **{"m2-1": "2", "photos-1": sha(WHITE)})
        assert answer.status_code == 201, answer.text
    facts = trail(stage)[-1][1]
    assert "claimed_at" not in facts, "what was told can be true"
    assert now_is(stage, 1, "done_at") == (people.NOON,), "not before it was begun"


def test_verified_m2_count_from_the_moment_they_arrive(stage, phone, order):
    with clock.at(people.NOON - 5 * HOUR):
        order("done")
    with clock.at(people.NOON):
        assert phone("inspector").send("pass", seen=4, at=people.NOON - HOUR).status_code == 201
    assert now_is(stage, 1, "closed_at") == (people.NOON,)


def test_each_step_of_an_order_raises_its_version_by_one_and_leaves_one_event(cast):
    for make in people.ORDERS.values():
        row = make(cast)
        assert row.version == len(audit.history(row)), row.state


@pytest.mark.parametrize(
    "change",
    [{"order": "x"}, {"verb": "void"}, {"verb": ""}, {"seen": "-1"}, {"client_id": "7"}, {"photos": "x"}]
    + [{"note": {"a": 1}}, {"order": True}, {"seen": 10**12}, {"m2-1": ["1"]}],
    ids=str,
)
def test_nonsense_is_a_400_and_leaves_nothing(stage, phone, order, change):
    order()
    crew = phone("crew")
    fields = {"client_id": str(uuid.uuid4()), "order": 1, "verb": "accept", "seen": 1, "at": clock.now().isoformat()}
    assert crew.client.post("/sync/1/steps", json=fields | change, headers=crew.head).status_code == 400
    for at in ("yesterday", "2018-06-27", "9999-01-01T00:00:00Z", ""):
        assert crew.client.post("/sync/1/steps", json=fields | {"at": at}, headers=crew.head).status_code == 400
    head = crew.head | {"X-Sent-At": "noon"}
    assert crew.client.post("/sync/1/steps", json=fields, headers=head).status_code == 400
    with stage.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(SentStep)) == 0


def test_without_token_or_sign_in_nothing_is_taken(stage, client_of):
    assert client_of("crew").post("/sync/1/steps", json={}).status_code == 400
    head = {"Accept": "application/json"}
    assert stage.app.test_client().get("/sync/1/orders", headers=head).status_code == 401


def test_a_phone_keeps_its_crews_orders_and_a_verifiers_phone_those_to_verify(stage, client_of, order):
    order("working")
    order("done")
    crew, eye = client_of("crew").get("/sync/1/orders"), client_of("inspector").get("/sync/1/orders")
    [mine] = crew.json["orders"]
    assert (mine["state"], mine["version"]) == ("working", 3)
    assert set(mine["open"]) == {"order.make_safe", "order.finish", "order.hand_back"}
    assert "order.finish" in mine["then"]["working"]
    assert crew.json["leads_to"]["order.finish"] == "done"
    [line] = mine["lines"]
    assert (line["lon"], line["lat"], line["metres"]) == (people.LON, people.LAT, False)
    [theirs] = eye.json["orders"]
    assert set(theirs["open"]) == {"order.pass", "order.fail"}
    assert len(theirs["lines"][0]["photos"]) == 1
    with stage.app.app_context():
        done = db.session.get_one(WorkOrder, theirs["id"])
        shots = [people.picture(stage.crew, colour) for colour in ("silver", "tan")]
        photos.attach(stage.crew, done.lines[0].defect, shots, kind="after", order_id=done.id)
        db.session.commit()
        newest = [shot.id for shot in done.lines[0].proof_photos][1:]
    [theirs] = client_of("inspector").get("/sync/1/orders").json["orders"]
    assert [shot["id"] for shot in theirs["lines"][0]["photos"]] == newest, "what is to be judged is the last work"
    assert client_of("crew2").get("/sync/1/orders").json["orders"] == []
    assert client_of("stranger").get("/sync/1/orders").json["orders"] == []
    same = client_of("crew").get("/sync/1/orders", headers={"If-None-Match": crew.headers["ETag"]})
    assert same.status_code == 304


def test_the_page_kept_on_the_phone_names_nobody(client_of):
    answer = client_of("crew").get("/street/orders")
    assert "crew·甲" not in answer.text
    assert "csrf_token" not in answer.text


def test_making_safe_is_offered_on_the_phone_where_the_order_asks_for_it(stage, client_of):
    with stage.app.app_context():
        people.accepted(stage, severity="moderate")
        people.accepted(stage, severity="severe")
        db.session.commit()
    slight, severe = client_of("crew").get("/sync/1/orders").json["orders"][::-1]
    assert (slight["safe_due"], severe["safe_due"] is not None) == (None, True)
    assert "order.make_safe" in severe["open"]
    assert "order.make_safe" in severe["then"]["working"]
    assert "order.make_safe" not in slight["open"]
    assert not any("order.make_safe" in verbs for verbs in slight["then"].values())


def test_the_history_tells_the_moment_of_the_work_in_the_citys_time(stage, phone, order):
    with clock.at(people.NOON - 5 * HOUR):
        order("working")
    with clock.at(people.NOON):
        crew = phone("crew")
        told = {"at": people.NOON - HOUR, "sent_at": people.NOON}
        assert crew.send("finish", WHITE, seen=3, **told, **{"m2-1": "2", "photos-1": sha(WHITE)}).status_code == 201
        page = crew.client.get("/workorders/1").text
        there = clock.local(people.NOON - HOUR)
        assert f"{there.year}年{there.month}月{there.day}日 {there:%H:%M}" in page[page.index('class="timeline"') :]
