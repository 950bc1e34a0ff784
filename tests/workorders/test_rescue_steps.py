"""Steps on orders in a rescue file: taken once as the crew's own; what came too late stays on the order as a remark."""

import hashlib
import io
import json
import re
import uuid
from threading import Thread

import pytest

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.defects import rescue, rescue_file
from roadworks.workflow import audit
from roadworks.workorders import actions, arrivals, sending
from roadworks.workorders.models import WorkOrder
from tests.support import cast as people
from tests.support.rescue_files import part, raw, whole, words

WHITE = people.jpeg("white")
SHA = hashlib.sha256(WHITE).hexdigest()


def step(stage, verb: str, *, after: str = "", photos=(), who: str = "crew", **fields) -> dict:
    """A step as the phone writes it into the file."""
    said = {"order": "1", "verb": verb, "seen": "1", "after": after, "at": "2018-06-27T01:00:00Z", **fields}
    row = {"id": str(uuid.uuid4()), "kind": "step", "person": stage.ids[who], "at": said["at"], "number": "GD"}
    return row | {"title": verb, "state": "waiting", "fields": said, "photos": list(photos)}


def bring_in(client, content: bytes, *anyway: str) -> str:
    """Send a file and bring it in, with a word for the records `anyway`; gives the page after."""
    csrf = people.token(client, "/rescue")
    data = {"file": (io.BytesIO(content), "roadworks-rescue.zip"), "csrf_token": csrf}
    address = client.post("/rescue", data=data).location
    said = {"csrf_token": csrf, "anyway": words(client.get(address).text, anyway)}
    client.post(f"{address}/bring-in", data=said)
    return client.get(address).text


def trail(stage) -> list:
    with stage.app.app_context():
        return [(e.verb, e.actor_name, e.facts) for e in audit.history(db.session.get_one(WorkOrder, 1))]


def work(stage) -> list[dict]:
    """A day's steps."""
    accept = step(stage, "accept")
    start = step(stage, "start", after=accept["id"])
    done = {"m2-1": "3.1", "photos-1": SHA}
    return [accept, start, step(stage, "finish", after=start["id"], photos=[SHA], **done)]


def test_a_days_steps_are_taken_once_in_the_name_of_who_made_them(stage, client_of):
    with stage.app.app_context():
        people.issued(stage)
        db.session.commit()
    boss, content = client_of("supervisor"), whole(work(stage), (WHITE,))
    for _time in range(2):
        bring_in(boss, content)
    taken = [(verb, who) for verb, who, _facts in trail(stage) if verb.startswith("order.")]
    assert taken[1:] == [(f"order.{verb}", "crew·甲") for verb in ("accept", "start", "finish")]
    with stage.app.app_context():
        assert db.session.get_one(WorkOrder, 1).state == "done"


def too_late(stage) -> dict:
    """A finish of an order that was withdrawn meanwhile."""
    with stage.app.app_context():
        order = people.issued(stage)
        actions.void(stage.supervisor, order, seen=order.version, reason="误派")
        db.session.commit()
    late = work(stage)[2]
    late["fields"]["after"] = ""
    return late


def test_what_came_too_late_is_kept_as_a_remark_and_what_is_nobodys_is_refused(stage, client_of):
    late = too_late(stage)
    others = step(stage, "accept", who="crew2")
    wrong = step(stage, "accept", order="x")
    page = bring_in(client_of("supervisor"), whole([late, others, wrong], (WHITE,)))
    assert "该工单不属于此人办理范围" in page
    verb, who, facts = trail(stage)[-2]
    assert (verb, who, facts["late"]["typed"]) == ("order.remark", "crew·甲", {"BH20180627-0001": "3.1 m²"})


def verbs(stage) -> list[str]:
    """What was done to the order since it was issued."""
    return [verb for verb, _who, _facts in trail(stage) if verb.startswith("order.")][1:]


def test_a_step_waits_for_the_parts_before_it_and_is_taken_once(stage, client_of):
    with stage.app.app_context():
        people.issued(stage)
        db.session.commit()
    boss = client_of("supervisor")
    accept, start, finish = work(stage)
    one, two = part(1, 2, [accept, start]), part(2, 2, [finish], (WHITE,))
    page = bring_in(boss, two)
    assert "请先导入同一批应急文件的第 1 部分" in page
    assert verbs(stage) == []
    for content in (one, two, one, two):
        bring_in(boss, content)
    assert verbs(stage) == ["order.accept", "order.start", "order.finish"]


def test_a_step_whose_part_is_lost_for_good_comes_in_at_the_supervisors_word(stage, client_of):
    with stage.app.app_context():
        people.issued(stage)
        db.session.commit()
    boss = client_of("supervisor")
    accept, start, finish = work(stage)
    two = part(2, 2, [start, finish], (WHITE,))
    assert "须与同一工单上的前一步骤一并导入" in bring_in(boss, two, finish["id"]), "not over the head of the start"
    assert verbs(stage) == []
    bring_in(boss, two, start["id"], finish["id"])
    assert verbs(stage) == ["order.remark", "order.remark"], "it was never accepted: kept, not lost"
    bring_in(boss, part(1, 2, [accept]))
    assert verbs(stage)[-1] == "order.accept"


def test_a_step_behind_one_that_can_never_come_is_for_the_supervisor_to_decide(stage, client_of):
    with stage.app.app_context():
        people.issued(stage)
        db.session.commit()
    boss = client_of("supervisor")
    accept, start, _finish = work(stage)
    broken = accept | {"fields": accept["fields"] | {"order": "x"}}
    content = part(1, 1, [broken, start])
    assert "尚未到达" in bring_in(boss, content)
    assert verbs(stage) == []
    bring_in(boss, content, start["id"])
    assert verbs(stage) == ["order.remark"]


def test_a_step_that_lost_a_photo_is_taken_without_it_at_a_word_and_one_without_proof_is_a_remark(stage, client_of):
    with stage.app.app_context():
        people.issued(stage)
        db.session.commit()
    boss, gone = client_of("supervisor"), "0" * 64
    accept, start, finish = work(stage)
    half = finish | {"photos": [SHA, gone], "fields": finish["fields"] | {"photos-1": f"{SHA} {gone}"}}
    bare = step(stage, "finish", after=start["id"], photos=[gone], **{"m2-1": "3.1", "photos-1": gone})
    page = bring_in(boss, whole([accept, start, half, bare], (WHITE,)))
    assert page.count("00000000…") == 2
    assert page.count("转为工单备注") == 1, "only where nothing proves the work"
    assert verbs(stage) == ["order.accept", "order.start"]
    for _time in range(2):
        page = bring_in(boss, whole([bare, half], (WHITE,)), half["id"], bare["id"])
    assert 'name="anyway"' not in page
    assert "其他内容" not in page
    assert verbs(stage) == ["order.accept", "order.start", "order.remark", "order.finish"]
    brought = [facts.get("lacking") for verb, _who, facts in trail(stage) if verb == "rescue.bring_in"]
    assert brought == [None, None, [gone], [gone]]
    crew = client_of("crew")
    head = {"X-CSRFToken": crew.get("/sync/1/hello").json["token"], "Accept": "application/json"}
    said = {"client_id": half["id"], **half["fields"], "photos": [SHA], "photos-1": SHA}
    assert crew.post("/sync/1/steps", json=said, headers=head).status_code == 200, "left out on the phone as well"


@pytest.mark.parametrize("either_app", ["postgresql"], indirect=True)
def test_a_step_that_its_phone_sends_at_the_same_moment_is_there(either_app, either_cast, monkeypatch):
    order_id, row = people.issued(either_cast).id, step(either_cast, "accept")
    said = arrivals.read({**row["fields"], "client_id": row["id"], "order": str(order_id)}, [])
    row["fields"]["order"] = str(order_id)
    db.session.commit()
    lock, sent = audit.lock, []

    def phone() -> None:
        with either_app.app_context(), clock.at(people.NOON):
            sent.append(sending.take(either_cast.crew, sending.order_of(either_cast.crew, order_id), said, {}).outcome)
            db.session.commit()

    def phone_first(district_id: int) -> None:
        monkeypatch.setattr(audit, "lock", lock)
        other = Thread(target=phone)
        other.start()
        other.join()
        lock(district_id)

    begun = audit.record(either_cast.supervisor, "rescue.bring_in", either_cast.supervisor.district, file="x")
    db.session.commit()
    monkeypatch.setattr(audit, "lock", phone_first)
    held = rescue_file.read(io.BytesIO(whole([row])))
    found = rescue.bring_in(either_cast.supervisor, held.records[0], held, cause=begun)
    assert (sent, found.word) == (["taken"], "there")


def test_steps_that_no_phone_sealed_are_taken_only_at_a_word_for_each(stage, client_of):
    with stage.app.app_context():
        people.issued(stage)
        db.session.commit()
    boss, forged = client_of("supervisor"), work(stage)
    content = raw(forged, (WHITE,))
    assert bring_in(boss, content).count("不是手机签章的记录") == 3
    assert verbs(stage) == []
    bring_in(boss, content, forged[0]["id"], forged[1]["id"])
    assert verbs(stage) == ["order.accept", "order.start"]
    assert [facts["unsealed"] for verb, _who, facts in trail(stage) if verb == "rescue.bring_in"] == [True, True]
    finish = forged[2]
    assert "不是手机签章的记录" in bring_in(
        boss, part(1, 1, [], (WHITE,), rows=[{"text": json.dumps(finish), "seal": "0" * 64}])
    )
    bring_in(boss, whole([finish], (WHITE,)))
    assert verbs(stage)[-1] == "order.finish", "the phone's own file needs no word"
    assert "unsealed" not in trail(stage)[-1][2]


def test_a_step_that_was_only_begun_stays_in_the_file_with_its_photos_in_sight(stage, client_of):
    with stage.app.app_context():
        people.issued(stage)
        db.session.commit()
    begun = step(stage, "make_safe", photos=[SHA, "0" * 64], note="已围挡") | {
        "state": "draft",
        "title": "采取安全措施",
    }
    page = bring_in(client_of("supervisor"), whole([begun], (WHITE,)))
    assert "已围护" in page, "in the words of who reads it, not of the phone"
    assert "采取安全措施" not in page
    assert "未在手机上填完" in page
    assert "已围挡" in page
    assert [verb for verb, _who, _facts in trail(stage) if verb == "order.make_safe"] == []
    shown = re.findall(r'src="(/rescue/\w+/photos/\w+/thumb)"', page)
    answers = [client_of("supervisor").get(address) for address in shown]
    assert [answer.status_code for answer in answers] == [200, 404], "what is not in the file is not there"
    assert answers[0].data.startswith(b"\xff\xd8")
    assert answers[0].headers["Cache-Control"] == "private, no-store", "a desk is shared"
    assert client_of("crew").get(shown[0]).status_code == 403


def test_a_step_that_became_a_remark_is_there_when_the_file_or_the_phone_comes_again(stage, client_of):
    late = too_late(stage)
    content = whole([late], (WHITE,))
    page = bring_in(client_of("supervisor"), content)
    assert "已在服务器上" in page
    assert "其他内容" not in page
    crew = client_of("crew")
    head = {"X-CSRFToken": crew.get("/sync/1/hello").json["token"], "Accept": "application/json"}
    said = {"client_id": late["id"], "photos": [SHA], **late["fields"]}
    answers = [crew.post("/sync/1/steps", json=said, headers=head) for _time in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json["outcome"] == "kept"
    other = crew.post("/sync/1/steps", json=said | {"note": "另一句"}, headers=head)
    assert other.status_code == 409
    assert verbs(stage).count("order.remark") == 1
