"""Living through the demo's half-year: every record comes by the same verbs as a person's, with the clock set."""

import heapq
import io
import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import count, groupby
from uuid import UUID

from PIL import Image, ImageDraw

from roadworks.accounts.models import Person
from roadworks.base import clock
from roadworks.base.calendar import WorkCalendar
from roadworks.base.clock import ZONE
from roadworks.base.db import db
from roadworks.base.imaging import Picture, read_photo
from roadworks.defects import actions as defects
from roadworks.defects import filing, photos
from roadworks.defects.models import Defect
from roadworks.demo.plan import SEED, Planned
from roadworks.demo.projects import Projects
from roadworks.demo.rounds import Rounds
from roadworks.demo.setting import Setting
from roadworks.workorders import actions as orders
from roadworks.workorders.models import WorkOrder

END = datetime(2018, 6, 30, 8, 50, tzinfo=ZONE)
CALM = END - timedelta(days=40)
NO_PHOTO = "依据公布总数重建的记录，没有现场照片"
ROADSIDE = "路边"


def placeholder(ground: str = "#e7ebee") -> Picture:
    """A picture that says in no language that it is none: a camera, crossed out."""
    ink = "#4a5a66"
    image = Image.new("RGB", (960, 720), ground)
    draw = ImageDraw.Draw(image)
    for x in range(-720, 960, 48):
        draw.line([(x, 720), (x + 720, 0)], fill="#dbe1e6", width=10)
    draw.rounded_rectangle((400, 222, 560, 320), 24, ground, ink, 16)
    draw.rounded_rectangle((290, 270, 670, 520), 32, ground, ink, 16)
    draw.ellipse((395, 310, 565, 480), outline=ink, width=16)
    for colour, width in ((ground, 56), (ink, 16)):
        draw.line([(270, 570), (690, 180)], fill=colour, width=width)
    out = io.BytesIO()
    image.save(out, "JPEG")
    out.seek(0)
    return read_photo(out)


class HalfYear:
    """A queue of what happens when; each happening may call for later ones."""

    def __init__(self, stage: Setting, plan: list[Planned]) -> None:
        self.stage, self.dice, self.days = stage, random.Random(SEED + 1), WorkCalendar()  # noqa: S311 - the same half-year every time
        self.queue: list[tuple[datetime, int, Callable[[], object]]] = []
        self.turn = count()
        self.filed: dict[int, Defect] = {}
        # What failed verification is shown anew.
        self.pictures = placeholder(), placeholder("#ebeff2")
        self.projects, self.rounds = Projects(stage), Rounds(stage)
        for moment, happening in self.projects.happenings():
            self._at(moment, happening)
        for day, items in groupby(plan, key=lambda item: item.found_at.date()):
            self._plan_day(day, list(items))
        # Turns of their own: the turn of the others also deals out orders.
        for turn, (moment, happening) in enumerate(self.rounds.happenings()):
            heapq.heappush(self.queue, (moment, -1 - turn, happening))

    def live(self) -> Iterator[datetime]:
        """Let it all happen, in order of time, a transaction each; yields the moment reached."""
        while self.queue:
            moment, _turn, happening = heapq.heappop(self.queue)
            if moment > END:
                break
            with clock.at(moment):
                happening()
                db.session.commit()
            yield moment

    def _at(self, moment: datetime, happening: Callable[[], object]) -> None:
        heapq.heappush(self.queue, (moment, next(self.turn), happening))

    def _plan_day(self, day: date, items: list[Planned]) -> None:
        for item in items:
            self._at(item.found_at + timedelta(minutes=2), lambda item=item: self._file(item))  # type: ignore[misc]
        desk = datetime.combine(day, time(14, 10), ZONE)
        for item in items:
            if item.fate == "due_soon":
                self._at(item.found_at + timedelta(minutes=9), lambda item=item: self._send_at_once(item))  # type: ignore[misc]
        self._at(desk, lambda: self._judge([item for item in items if item.fate != "due_soon"]))
        ordered = [
            i
            for i in items
            if i.fate
            not in {"due_soon", "filed", "confirmed", "covered", "rejected", "duplicate", "forwarded", "settled"}
        ]
        ordered.sort(key=lambda i: (i.fate, i.spot.section.id))
        for (fate, _section), group in groupby(ordered, key=lambda i: (i.fate, i.spot.section.id)):
            chosen = list(group)
            for start in range(0, len(chosen), 3 if fate == "closed" else 1):
                part = chosen[start : start + (3 if fate == "closed" else 1)]
                self._at(desk + timedelta(minutes=self.dice.randint(20, 90)), lambda part=part: self._issue(part))  # type: ignore[misc]

    def _file(self, item: Planned) -> None:
        name = "inspector" if self.dice.random() < 0.7 else "inspector2"
        said = filing.Filing(
            client_id=str(UUID(int=self.dice.getrandbits(128), version=4)),
            surface=item.surface,
            type_code=item.type_code,
            area_m2=item.area_m2,
            found_at=item.found_at,
            section=item.spot.section,
            lon=item.spot.lon,
            lat=item.spot.lat,
            position_source="map",
            place=ROADSIDE,
            length_m=item.length_m,
            width_m=item.width_m,
            depth_mm=item.depth_mm,
            no_photo_reason=NO_PHOTO,
            round_client_id=self.rounds.id_of(name, item.found_at),
        )
        self.filed[id(item)] = filing.file(self.stage.people[name], said, reconstructed=True)[0]

    def _judge(self, items: list[Planned]) -> None:
        """The supervisor's afternoon: confirm, reject, merge, forward, keep for projects."""
        boss = self.stage.people["supervisor"]
        for item in items:
            defect = self.filed[id(item)]
            if item.fate == "filed":
                continue
            if item.fate == "rejected":
                defects.reject(boss, defect, seen=defect.version, reason=self.dice.choice(REJECTED))
            elif item.fate == "duplicate" and item.twin is not None:
                defects.merge(boss, defect, self.filed[id(item.twin)], seen=defect.version)
            elif item.fate in {"forwarded", "settled"}:
                defects.forward(boss, defect, seen=defect.version, owner=self.dice.choice(OWNERS))
                if item.fate == "settled":
                    self._at(clock.now() + timedelta(hours=22), lambda d=defect: self._settle(d))  # type: ignore[misc]
            else:
                defects.confirm(boss, defect, seen=defect.version)
                if item.fate == "covered":
                    self.projects.cover(defect)

    def _send_at_once(self, item: Planned) -> None:
        """An emergency is confirmed and ordered as soon as it is filed."""
        defect = self.filed[id(item)]
        defects.confirm(self.stage.people["supervisor"], defect, seen=defect.version, severity="emergency")
        self._issue([item])

    def _settle(self, defect: Defect) -> None:
        defects.settle(self.stage.people["supervisor"], defect, seen=defect.version)

    def _issue(self, items: list[Planned]) -> None:
        crew = self.stage.crews[items[0].spot.section.road_id % len(self.stage.crews)]
        if items[0].fate in {"working", "accepted", "issued", "late", "rework", "due_soon"}:
            crew = self.stage.crews[next(self.turn) % 2]
        chosen = [self.filed[id(item)] for item in items]
        order = orders.issue(self.stage.people["supervisor"], chosen, crew=crew, reconstructed=True)
        if items[0].fate == "issued":
            return
        if order.make_safe_due_at:
            safe = min(
                order.make_safe_due_at - timedelta(minutes=15),
                clock.now() + timedelta(minutes=self.dice.randint(35, 110)),
            )
            self._at(safe, lambda: self._make_safe(order))
        self._at(self._next_morning(clock.now()), lambda: self._accept(order, items))

    def _make_safe(self, order: WorkOrder) -> None:
        orders.make_safe(self._foreman(order), order, seen=order.version)

    def _accept(self, order: WorkOrder, items: list[Planned]) -> None:
        fate, who = items[0].fate, self._foreman(order)
        if fate == "handed_back":
            orders.hand_back(who, order, seen=order.version, reason="现场为自来水管渗漏，需管线单位先处理")
            return
        orders.accept(who, order, seen=order.version)
        if fate == "suspended":
            boss = self.stage.people["supervisor"]
            orders.suspend(
                boss, order, seen=order.version, until=date(2018, 7, 10), reason="管线单位正在施工，待回填后修复"
            )
        elif fate != "accepted":
            self._at(clock.now() + timedelta(minutes=40), lambda: self._start(order, items))

    def _start(self, order: WorkOrder, items: list[Planned]) -> None:
        orders.start(self._foreman(order), order, seen=order.version)
        if items[0].fate in {"working", "late", "due_soon"}:
            return
        # Towards the end nothing is late or done again: what is to be closed by 30 June must be.
        late = items[0].fate == "closed" and clock.now() < CALM and self.dice.random() < 0.08
        spent = (
            timedelta(hours=self.dice.randint(3, 7)) if order.repair_due_at - clock.now() < timedelta(days=3) else None
        )
        done = clock.now() + (spent or timedelta(days=self.dice.randint(1, 3), hours=self.dice.randint(1, 6)))
        done = self.days.align(
            order.repair_due_at + timedelta(hours=20) if late else min(done, order.repair_due_at - timedelta(hours=1))
        )
        self._at(max(done, clock.now() + timedelta(minutes=30)), lambda: self._finish(order, items))

    def _finish(self, order: WorkOrder, items: list[Planned]) -> None:
        who = self._foreman(order)
        by_defect = {self.filed[id(item)].id: item for item in items}
        for line in order.live_lines:
            item = by_defect[line.defect_id]
            measured = item.mended_m2 if item.mended_m2 is not None else item.area_m2
            kerb = Decimal(self.dice.randint(20, 90)) / 10 if item.type_code == "kerb_damage" else None
            photo = photos.keep(who, self.pictures[order.rework_count])
            orders.measure(who, order, line, m2=measured, m=kerb, photos=[photo])
        db.session.flush()
        orders.finish(who, order, seen=order.version)
        if items[0].fate != "done":
            self._at(
                self._next_morning(clock.now()) + timedelta(minutes=self.dice.randint(30, 180)),
                lambda: self._verify(order, items),
            )

    def _verify(self, order: WorkOrder, items: list[Planned]) -> None:
        who = self.stage.people["inspector" if self.dice.random() < 0.6 else "supervisor"]
        again = (
            items[0].fate == "closed" and clock.now() < CALM and not order.rework_count and self.dice.random() < 0.06
        )
        if items[0].fate == "rework" or again:
            orders.fail(who, order, seen=order.version, reason=self.dice.choice(FAILED))
            if again:
                self._at(self._next_morning(clock.now()), lambda: self._start_again(order, items))
            return
        orders.pass_(who, order, seen=order.version)

    def _start_again(self, order: WorkOrder, items: list[Planned]) -> None:
        orders.start(self._foreman(order), order, seen=order.version)
        self._at(clock.now() + timedelta(hours=5), lambda: self._finish(order, items))

    def _foreman(self, order: WorkOrder) -> Person:
        return self.stage.foremen[order.crew_id]

    def _next_morning(self, moment: datetime) -> datetime:
        """08:00 to 08:40 of the next working day."""
        tomorrow = datetime.combine(clock.local(moment).date() + timedelta(days=1), time(8), ZONE)
        return self.days.align(tomorrow) + timedelta(minutes=self.dice.randint(0, 40))


REJECTED = ("现场复核未见病害", "属小区内部道路，不在管养范围", "已由其他单位修复")
OWNERS = ("自来水公司", "热力公司", "通信管道产权单位", "供电公司")
FAILED = ("接缝不密实，需重新处理", "与周边路面不平顺", "砖缝未填实")
