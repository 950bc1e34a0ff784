"""The people of the tests, and makers that reach a state by real moves, so that no test holds an impossible thing."""

import hashlib
import io
import re
import struct
import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from PIL import Image
from sqlalchemy import select

from roadworks.accounts import actions as accounts
from roadworks.accounts import passwords
from roadworks.accounts.models import Crew, District, Person
from roadworks.base import clock, documents
from roadworks.base.db import db
from roadworks.base.imaging import read_photo
from roadworks.defects import actions as defects
from roadworks.defects import filing, photos
from roadworks.network import actions as network
from roadworks.network.models import Section
from roadworks.notifications import outbox
from roadworks.projects import actions as projects
from roadworks.projects import papers, tracker
from roadworks.projects.records import Paper
from roadworks.rounds import actions as rounds
from roadworks.rounds import bringing
from roadworks.rounds import plan as patrol
from roadworks.workflow.permissions import ROLES, System
from roadworks.workorders import actions as orders

PASSWORD = "a long enough sentence"
LON, LAT = 113.6200, 34.7500
DISTRICT = {"name_en": "Zhongyuan District", "bureau_zh": "养护局", "bureau_en": "Bureau", "lon": LON, "lat": LAT}


@dataclass
class Cast:
    """One of each role, a second crew's member, and a stranger from another district, all by sign-in name."""

    district_id: int
    other_id: int
    crew_id: int
    crew2_id: int
    section_id: int
    other_section_id: int
    ids: dict[str, int] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Person:
        if name in self.ids:
            return db.session.get_one(Person, self.ids[name])
        raise AttributeError(name)

    @property
    def section(self) -> Section:
        return db.session.get_one(Section, self.section_id)

    @property
    def crew_row(self) -> Crew:
        return db.session.get_one(Crew, self.crew_id)


def make_cast() -> Cast:
    """Two districts with people; everything committed."""
    shell = System(role="admin", name="tests")
    districts = [
        accounts.add_district(shell, c, {**DISTRICT, "name_zh": n})
        for c, n in (("410102", "中原区"), ("410103", "二七区"))
    ]
    home, other = districts
    sections = [_section(shell, d) for d in districts]
    crews = [
        accounts.add_crew(shell, home, {"name_zh": n, "name_en": e})
        for n, e in (("一班", "Crew 1"), ("二班", "Crew 2"))
    ]
    cast = Cast(home.id, other.id, crews[0].id, crews[1].id, sections[0].id, sections[1].id)
    hashed = passwords.make(PASSWORD)
    for role in ROLES:
        _person(cast, role, role, home, crews[0] if role == "crew" else None, hashed)
    _person(cast, "crew2", "crew", home, crews[1], hashed)
    _person(cast, "inspector2", "inspector", home, None, hashed)
    _person(cast, "stranger", "supervisor", other, None, hashed)
    _person(cast, "chief", "admin", None, None, hashed)
    db.session.commit()
    return cast


def _section(shell: System, district: District) -> Section:
    road = network.add_road(
        System(role="admin", district_id=district.id),
        district,
        {"name_zh": "颍河路", "name_en": "Yinghe Road", "maintenance_grade": "II"},
    )
    line = [[LON - 0.01, LAT], [LON + 0.01, LAT]]
    return network.add_section(
        shell, road, {"from_zh": "桐柏路", "to_zh": "华山路", "centreline": line, "pavement": "asphalt"}
    )


def _person(cast: Cast, name: str, role: str, district: District | None, crew: Crew | None, hashed: str) -> None:
    person = Person(
        username=name,
        name=f"{name}·甲",
        role=role,
        district_id=district.id if district else None,
        crew_id=crew.id if crew else None,
        password_hash=hashed,
        created_at=clock.now(),
    )
    db.session.add(person)
    db.session.flush()
    cast.ids[name] = person.id


def sign_in(client, who: str, password: str = PASSWORD) -> None:
    """Sign in through the page, as a person does."""
    answer = client.post("/login", data={"username": who, "password": password, "csrf_token": token(client)})
    assert answer.status_code == 302, answer.text[-600:]


def token(client, page: str = "/login") -> str:
    """The CSRF token that a page of this client's session holds."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).text)
    assert found, page
    return found.group(1)


def jpeg(colour: str = "gray", size: tuple[int, int] = (64, 48), **save) -> bytes:
    """The bytes of a small photo."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG", **save)
    return out.getvalue()


def spoken(seconds: float = 3, serial: int = 1) -> bytes:
    """A voice note in Ogg with Opus that lasts so long, in two pages without sound."""
    head = b"OpusHead" + bytes([1, 1]) + (312).to_bytes(2, "little") + bytes(7)
    pages = ((0, head), (312 + int(seconds * 48_000), bytes([serial % 256]) * 40))
    return b"".join(
        struct.pack("<4sBBqIIIB", b"OggS", 0, 0, at, serial, n, 0, 1) + bytes([len(body)]) + body
        for n, (at, body) in enumerate(pages)
    )


def send_ahead(client, csrf: str, colour: str = "red") -> int:
    """Send a photo before its form, as a phone does; gives its id."""
    shot = jpeg(colour)
    data = {"photo": (io.BytesIO(shot), "a.jpg"), "sha256": hashlib.sha256(shot).hexdigest(), "csrf_token": csrf}
    answer = client.post("/sync/1/photos", data=data)
    assert answer.status_code == 201, answer.text
    return answer.json["id"]


def picture(who: Person, colour: str = "gray"):
    """A photo kept for a person."""
    return photos.keep(who, read_photo(io.BytesIO(jpeg(colour))))


def said(cast: Cast, **change) -> filing.Filing:
    """What an inspector says of a pothole on the cast's section."""
    values = {
        "client_id": str(uuid.uuid4()),
        "surface": "carriageway",
        "type_code": "ac_pothole",
        "area_m2": Decimal("2.40"),
    }
    values |= {"found_at": clock.now(), "section": cast.section, "lon": LON, "lat": LAT, "position_source": "gps"}
    values |= {"length_m": Decimal("2.00"), "width_m": Decimal("1.20"), "depth_mm": 45, "no_photo_reason": "雨太大"}
    return filing.Filing(**{**values, **change})


def filed(cast: Cast, **change):
    """A defect just filed."""
    return filing.file(cast.inspector, said(cast, **change))[0]


def confirmed(cast: Cast, **change):
    """A confirmed defect."""
    defect = filed(cast, **change)
    defects.confirm(cast.supervisor, defect, seen=defect.version)
    return defect


def issued(cast: Cast, n: int = 1, **change):
    """An order just issued."""
    return orders.issue(cast.supervisor, [confirmed(cast, **change) for _ in range(n)], crew=cast.crew_row)


def accepted(cast: Cast, n: int = 1, **change):
    """An order that its crew has accepted."""
    order = issued(cast, n, **change)
    orders.accept(cast.crew, order, seen=order.version)
    return order


def working(cast: Cast, n: int = 1, **change):
    """An order under repair."""
    order = accepted(cast, n, **change)
    orders.start(cast.crew, order, seen=order.version)
    return order


def done(cast: Cast, n: int = 1, m2: str = "3.10", **change):
    """An order reported done, measured and photographed."""
    order = working(cast, n, **change)
    for line in order.live_lines:
        orders.measure(cast.crew, order, line, m2=Decimal(m2), m=None, photos=[picture(cast.crew, "white")])
    db.session.flush()
    orders.finish(cast.crew, order, seen=order.version)
    return order


def closed(cast: Cast, n: int = 1, m2: str = "3.10", **change):
    """A verified order."""
    order = done(cast, n, m2, **change)
    orders.pass_(cast.inspector, order, seen=order.version)
    return order


def rework(cast: Cast):
    """An order that failed verification."""
    order = done(cast)
    orders.fail(cast.inspector, order, seen=order.version, reason="不平")
    return order


def handed_back(cast: Cast):
    """An order that its crew has handed back."""
    order = issued(cast)
    orders.hand_back(cast.crew, order, seen=order.version, reason="有管线")
    return order


def suspended(cast: Cast):
    """An order whose clocks stand still until 10 July 2018."""
    order = accepted(cast)
    orders.suspend(cast.supervisor, order, seen=order.version, until=date(2018, 7, 10), reason="管线施工")
    return order


def void(cast: Cast):
    """An order called off."""
    order = issued(cast)
    orders.void(cast.supervisor, order, seen=order.version, reason="误派")
    return order


ORDERS = {"issued": issued, "accepted": accepted, "working": working, "done": done, "closed": closed}
ORDERS |= {"rework": rework, "handed_back": handed_back, "suspended": suspended, "void": void}


def defect_in(cast: Cast, state: str):
    """A defect in a state, reached by real moves."""
    boss = cast.supervisor
    if state == "filed":
        return filed(cast)
    if state in {"ordered", "mended", "closed"}:
        make = {"ordered": issued, "mended": done, "closed": closed}[state]
        return make(cast).lines[0].defect
    defect = confirmed(cast)
    if state == "rejected":
        defects.reject(boss, defect, seen=defect.version, reason="无病害")
    elif state == "duplicate":
        defects.merge(boss, defect, filed(cast), seen=defect.version)
    elif state == "forwarded":
        defects.forward(boss, defect, seen=defect.version, owner="自来水公司")
    elif state == "covered":
        defects.cover(boss, defect, seen=defect.version, reason="中修")
    return defect


def planned(cast: Cast, days: int = 2, grade: str = "II", starts_on: date | None = None):
    """A patrol plan for one grade, from today on."""
    district = db.session.get_one(District, cast.district_id)
    on = starts_on or clock.today()
    return patrol.set_days(cast.supervisor, district, grade, days, starts_on=on, reason="试行", seen=None)


def walked(cast: Cast, state: str = "running", who: str = "inspector", **change):
    """A round of the inspector in a state, reached by real moves; it has passed the cast's section by hand."""
    by = getattr(cast, who)
    told = {"client_id": str(uuid.uuid4()), "started_at": clock.now(), **change}
    made = bringing.bring(by, bringing.Told(**told))[0]
    rounds.tick(by, made, [rounds.Tick(cast.section, clock.now(), reason="手机没电")])
    if state == "paused":
        rounds.pause(by, made, seen=made.version)
    elif state == "ended":
        rounds.end(by, made, seen=made.version)
    return made


SIDE_STATES = ("coordinating", "suspended", "retender", "cancelled", "closed")
FACTS = {"designer": "市政设计院", "contractor": "某路桥公司"}


def project(cast: Cast, stage: str = "reserve", state: str = "running", *, category: str = "medium", **values):
    """A project on the cast's section in a stage and state, reached by real moves; cast.engineer is in charge.

    Its gates were skipped by the supervisor; it was begun on 2 January 2017, each stage took a day, and it was
    accepted (where it came so far) on 1 June 2017.
    """
    started = date(2017, 1, 2)
    said = {"name_zh": "颍河路中修", "in_charge_id": cast.engineer.id, **FACTS, **values}
    made = projects.open_project(
        cast.supervisor,
        district_id=cast.district_id,
        category=category,
        sections=[cast.section],
        on=started,
        **said,
    )
    target = "closed" if state == "closed" else stage
    while made.stage != target:
        _pass(cast, made)
    if state == "closed":
        _pass(cast, made)
    elif state != "running":
        _beside(cast, made, state)
    return made


def _pass(cast: Cast, made) -> None:
    """Leave one stage by a supervisor's word."""
    if made.stage == "acceptance":
        projects.edit(cast.supervisor, made, {"accepted_on": date(2017, 6, 1)}, seen=made.version)
    entered = clock.local(made.stage_entered_at).date()
    day = max(entered, date(2017, 6, 1)) if made.stage == "acceptance" else entered + timedelta(days=1)
    projects.skip(cast.supervisor, made, seen=made.version, reason="资料在档案室", on=day)


def _beside(cast: Cast, made, state: str) -> None:
    seen, boss = made.version, cast.supervisor
    if state == "coordinating":
        projects.coordinate(boss, made, seen=seen, reason="等管线单位")
    elif state == "suspended":
        projects.suspend(boss, made, seen=seen, code="control", until=date(2018, 7, 10), reason="大气管控")
    elif state == "retender":
        projects.retender(boss, made, seen=seen, reason="投标人不足三家")
    else:
        projects.cancel(boss, made, seen=seen, reason="并入改造")


def paper(cast: Cast, made, content: bytes = b"%PDF-1.4 %%EOF", **said):
    """A paper of a project, under a name of its own."""
    file, document = documents.read(content)
    papers.store(file, document)
    papers.add(cast.supervisor, made, document, **{"filename": "合同.pdf", "name": "合同", **said})
    return db.session.scalars(select(Paper).where(Paper.project_id == made.id).order_by(Paper.id.desc())).first()


def programme(cast: Cast, **values):
    """A yearly target with nothing counted yet."""
    said = {"name_zh": "公园、游园", "year": 2018, "unit_zh": "个", "unit_en": "parks", "position": 1}
    said |= {"target": Decimal(45), "target_derived": False, "sited": Decimal(45), **values}
    return tracker.add(cast.supervisor, db.session.get_one(District, cast.district_id), said)


def letter(cast: Cast, who: str = "crew", n: int = 1, **change):
    """A letter to somebody, in the outbox."""
    values = {"key": f"reminders:{who}:{n}", "kind": "reminders", "subject": f"{who} 第{n}封", "text": f"正文 {n}"}
    return outbox.write(getattr(cast, who), **{**values, "html": f"<p>正文 {n}</p>", **change})


NOON = datetime(2018, 6, 27, 2, 0, tzinfo=UTC)  # a Wednesday, 10:00 in Zhengzhou


def everybody() -> list[Person]:
    """All people of the database."""
    return list(db.session.scalars(select(Person)).unique())
