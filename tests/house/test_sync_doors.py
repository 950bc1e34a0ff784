"""The doors of contract 1 on a real server: one id is one defect however often and by how many at once; a photo is whole or not there."""

import hashlib
import http.client
import io
import json
import os
import random
import socket
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from PIL import Image
from sqlalchemy import select

from roadworks.accounts.models import District
from roadworks.base.db import db
from roadworks.base.storage import storage
from roadworks.defects import actions
from roadworks.defects.models import Defect, Photo
from roadworks.workflow import audit
from tests.support import cast as people
from tests.support import live
from tests.support.phone import Phone, multipart

AT_ONCE = 24
# As many as a machine that tests everything has time for; IDS=1000 asks as much as is promised.
IDS, TIMES, PHONES = int(os.environ.get("IDS", "100")), 3, 6


@contextmanager
def served(app, workers: int):
    """A phone on which the inspector has signed in, before a server on the app's data; its token is `phone.token`."""
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    more = {} if url.startswith("sqlite") else {"DATABASE_URL": url}
    with live.server(app.config["INSTANCE"], workers=workers, **more) as base:
        phone = Phone(base)
        phone.sign_in(people.PASSWORD)
        phone.token = json.loads(phone.ask("GET", "/sync/1/hello")[2])["token"]
        yield phone


def head(phone: Phone, kind: str, size: int) -> dict[str, str]:
    """What goes before a body of so many bytes."""
    said = {"Host": phone.host, "Cookie": phone.cookie, "X-CSRFToken": phone.token, "Accept": "application/json"}
    return {**said, "Content-Type": kind, "Content-Length": str(size)}


def send(phone: Phone, filing: dict, *, busy: bool = False) -> tuple[int, dict]:
    """Send a filing until it is answered, or told once that the server is `busy`; gives the answer. One line for each try:
    a server closes one on which nothing comes for a while."""
    body = json.dumps(filing).encode()
    while True:
        line = http.client.HTTPConnection(phone.host, timeout=60)
        line.request("POST", "/sync/1/filings", body, head(phone, "application/json", len(body)))
        with line.getresponse() as answer:
            said = json.loads(answer.read())
        line.close()
        if answer.status != 503 or busy:
            return answer.status, said


def upload(phone: Phone, shot: bytes) -> str:
    """Send a photo ahead; gives its SHA-256."""
    sha = hashlib.sha256(shot).hexdigest()
    body, kind = multipart({"sha256": sha}, shot, "photo")
    line = http.client.HTTPConnection(phone.host, timeout=20)
    line.request("POST", "/sync/1/photos", body, head(phone, kind, len(body)))
    with line.getresponse() as answer:
        assert (answer.status, json.loads(answer.read())["sha256"]) == (201, sha)
    line.close()
    return sha


def filing(number: int, *shas: str) -> dict:
    said = {
        "client_id": str(uuid.uuid4()),
        "surface": "carriageway",
        "type_code": "ac_pothole",
        "place": f"第 {number} 处",
    }
    return {**said, "area_m2": "2.5", "photos": list(shas), "no_photo_reason": "" if shas else "雨"}


def all_at_once(phone: Phone, said: dict) -> list[tuple[int, dict]]:
    """The answers to one filing that is sent so often at the same moment."""
    start = threading.Barrier(AT_ONCE)

    def one(_turn: int) -> tuple[int, dict]:
        start.wait(60)
        return send(phone, said, busy=True)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def in_any_order(phone: Phone, filings: list[dict]) -> list[tuple[str, int, dict]]:
    """The answers to filings that some phones send side by side."""
    parts = [filings[n::PHONES] for n in range(PHONES)]

    def some(part: list[dict]) -> list[tuple[str, int, dict]]:
        return [(said["client_id"], *send(phone, said)) for said in part]

    with ThreadPoolExecutor(PHONES) as pool:
        return [answer for part in pool.map(some, parts) for answer in part]


def test_one_id_is_one_defect_however_often_and_by_how_many_at_once_and_whatever_became_of_it(either_app, noon):
    with either_app.app_context():
        made = people.make_cast()
        db.session.remove()
    with served(either_app, workers=2) as phone:
        first = filing(0, upload(phone, people.jpeg("blue")))
        answers = all_at_once(phone, first)
        taken = [said for status, said in answers if status != 503]
        assert [status for status, _said in answers].count(201) == 1, answers
        assert {status for status, _said in answers} <= {200, 201, 503}
        assert all(said == taken[0] for said in taken)

        filings = [filing(n) for n in range(1, IDS + 1)]
        answers = in_any_order(phone, random.Random(3).sample(filings * TIMES, IDS * TIMES))
        assert sorted(status for _id, status, _said in answers) == [200] * IDS * (TIMES - 1) + [201] * IDS
        receipts = {client_id: said for client_id, _status, said in answers}
        assert all(said == receipts[client_id] for client_id, _status, said in answers)
        assert len({said["number"] for said in receipts.values()}) == IDS

        # What was rejected, merged or corrected at the desk meanwhile is answered as it was, and stays what it is.
        with either_app.app_context():
            of = {row.client_id: row for row in db.session.scalars(select(Defect))}
            assert set(of) == {first["client_id"], *receipts}
            assert [photo.sha256 for photo in of[first["client_id"]].photos] == first["photos"]
            gone, double, mended = (of[said["client_id"]] for said in filings[:3])
            boss = made.supervisor
            actions.reject(boss, gone, seen=gone.version, reason="无病害")
            actions.merge(boss, double, of[first["client_id"]], seen=double.version)
            actions.edit(made.inspector, mended, {"place": "路口东"}, seen=mended.version)
            db.session.commit()
            states = {row.client_id: (row.state, row.version, row.place) for row in of.values()}
            db.session.remove()
        again = in_any_order(phone, filings[:3])
        assert [(status, said) for _id, status, said in again] == [
            (200, receipts[said["client_id"]]) for said in (filings[0], filings[1], filings[2])
        ]
    with either_app.app_context():
        rows = db.session.scalars(select(Defect)).all()
        assert {row.client_id: (row.state, row.version, row.place) for row in rows} == states
        assert len(rows) == IDS + 1
        assert list(audit.faults(made.district_id)) == []


def ask_and_go(phone: Phone, said: bytes) -> int:
    """Send these bytes and no more; gives the status of what is answered, or 0."""
    host, port = phone.host.split(":")
    with socket.create_connection((host, int(port)), timeout=30) as line:
        line.sendall(said)
        line.shutdown(socket.SHUT_WR)
        answer = line.makefile("rb").read()
    return int(answer.split()[1]) if answer else 0


def message(phone: Phone, body: bytes, kind: str, size: int | None = None) -> tuple[bytes, bytes]:
    """An upload as it goes over the wire, its head and its body; `size` is the length that it tells."""
    lines = {**head(phone, kind, len(body) if size is None else size), "Connection": "close"}
    said = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST /sync/1/photos HTTP/1.1\r\n{said}\r\n".encode(), body


def points(edges: list[int], end: int) -> list[int]:
    """Where to cut: every few bytes, and each byte around what divides the parts."""
    return sorted({n for edge in edges for n in range(edge - 4, edge + 5)} | set(range(1, end, 17)))


def cuts(phone: Phone, shot: bytes):
    """Uploads of a photo of which bytes are lacking, with the place: the line is gone, or what came is called all."""
    sha = hashlib.sha256(shot).hexdigest()
    body, kind = multipart({"sha256": sha}, shot, "photo")
    begins = body.index(shot)
    ends = begins + len(shot)
    before, _body = message(phone, body, kind)
    edges = [len(before) + n for n in (0, body.index(sha.encode()) + 64, begins, ends)]
    whole = len(before) + len(body)
    # What lacks only the end of the last line is whole.
    for at in points([*edges, whole - 2], whole):
        if at < whole - 2:
            yield f"gone after {at}", (before + body)[:at]
    for at in points([begins, ends - 3], ends):
        yield f"{at} told as all", b"".join(message(phone, body[:at], kind))
        if begins <= at < ends:
            short, _kind = multipart({"sha256": sha}, shot[: at - begins], "photo")
            yield f"closed after {at - begins}", b"".join(message(phone, short, kind))


def test_an_upload_that_is_cut_at_any_point_leaves_nothing_and_one_that_crawls_is_taken(app, noon):
    with app.app_context():
        made = people.make_cast()
        db.session.get_one(District, made.district_id).photo_original = True
        db.session.commit()
        db.session.remove()
    shot, slow = people.jpeg("olive"), people.jpeg("sienna", comment=bytes(28_000))
    files = app.config["INSTANCE"] / "files"
    with served(app, workers=1) as phone:
        body, kind = multipart({"sha256": hashlib.sha256(slow).hexdigest()}, slow, "photo")
        crawling = b"".join(message(phone, body, kind))
        host, port = phone.host.split(":")
        with socket.create_connection((host, int(port)), timeout=30) as line:
            told = list(cuts(phone, shot))
            assert len(told) > 200
            step = len(crawling) // (len(told) + 1)
            for turn, (where, said) in enumerate(told):
                line.sendall(crawling[turn * step : (turn + 1) * step])
                assert ask_and_go(phone, said) not in range(200, 400), where
                assert not [path for path in files.rglob("*") if path.is_file()], where
            line.sendall(crawling[len(told) * step :])
            answer = line.makefile("rb").read()
            assert answer.startswith(b"HTTP/1.1 201 "), "what comes slowly is taken"
        with app.app_context():
            assert [photo.sha256 for photo in db.session.scalars(select(Photo))] == [hashlib.sha256(slow).hexdigest()]
            db.session.remove()
        sha = upload(phone, shot)
        assert send(phone, filing(1, sha))[1]["photos"] == [sha]
    with app.app_context():
        for photo, taken in zip(db.session.scalars(select(Photo).order_by(Photo.id)), (slow, shot), strict=True):
            with storage().open(photo.original_key) as file:
                assert file.read() == taken, "bit for bit"
            with storage().open(photo.key) as file:
                Image.open(io.BytesIO(file.read())).load()
