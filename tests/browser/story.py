"""What people do on a phone, by a plan: each act is done on the page, and what was entered is remembered."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tests.browser.phone import Phone
from tests.browser.shots import SHOTS, SOUNDS, packed, sha
from tests.browser.stepping import Order

WALKS = {"": ("begin",), "running": ("tick", "tick", "pause", "end"), "paused": ("resume", "end"), "ended": ("begin",)}


def moment(text: str | None) -> datetime | None:
    """A moment that the phone told."""
    return datetime.fromisoformat(text) if text else None


@dataclass
class Entry:
    """One record as it was entered: what it says, and the SHA-256 of its files."""

    kind: str
    who: str
    told: dict[str, Any]
    hashes: list[str] = field(default_factory=list)


class Story:
    """One plan on one phone; `world` makes what is there before. `entries`: what was entered, by the phone's id."""

    serial = 0

    def __init__(self, phone: Phone, world) -> None:
        self.phone, self.world = phone, world
        self.entries: dict[str, Entry] = {}
        self.orders: dict[int, Order] = {}
        self.defect, self.round, self.standing = 0, "", ""

    def do(self, act: tuple[Any, ...]) -> None:
        """One act of a plan, see plans.py."""
        name, *said = act
        deeds: dict[str, Callable[..., None]] = {
            "file": self.file,
            "add": self.add,
            "step": self.steps,
            "walk": self.walk,
            "restart": self.phone.restart,
            "sign in": self.phone.sign_in,
        }
        deeds[name](*said)

    def words(self, what: str) -> str:
        """Words that nobody has said before."""
        Story.serial += 1
        return f"{what} {self.serial}"

    def file(self, shots: list[int], sound: int | None, draft: bool) -> None:
        """A filing, found on the round where one is under way."""
        client_id = self._open(shots, sound, draft)
        found_at = datetime.now(UTC).isoformat(timespec="milliseconds")
        said = {"surface": "carriageway", "type_code": "ac_pothole", "area_m2": "1.50", "found_at": found_at}
        said |= {"place": self.words("路口"), "note": self.words("边缘松散"), "no_photo_reason": "" if shots else "雨"}
        section = self.world.sections[0] if sound is None else None
        walked = self.round if self.phone.who == "inspector" and self.standing != "ended" else ""
        fields = said | {"section_id": str(section or ""), "round_client_id": walked}
        told = said | {"area_m2": Decimal("1.50"), "found_at": moment(found_at), "section_id": section}
        told |= {"no_photo_reason": None if shots else "雨", "who": self.phone.who}
        self._press(client_id, "filing", fields, told, shots)
        if walked:
            self.entries[walked].told["finds"].append(client_id)

    def add(self, shots: list[int], sound: int | None, draft: bool) -> None:
        """Photos and a remark for a defect that is there already."""
        self.defect = self.defect or self.world.defect()
        shots = shots or [0]
        fields = {"defect": self.defect, "note": self.words("又大了")}
        self._press(self._open(shots, sound, draft), "addition", fields, fields, shots)

    def _open(self, shots: list[int], sound: int | None, draft: bool) -> str:
        """A form with its photos; one that is kept as a draft is gone on with after the page began anew."""
        person = self.world.people[self.phone.who]
        said = {"person": person, "shots": [packed(SHOTS[n]) for n in shots], "draft": draft}
        client_id, note = self.phone.hands("open", said | {"sound": None if sound is None else packed(SOUNDS[sound])})
        if note:
            self.entries[note] = Entry("voice", self.phone.who, {"filing": client_id}, [sha(SOUNDS[sound or 0])])
        if draft:
            self.phone.restart()
        return client_id

    def _press(self, client_id: str, kind: str, fields: dict[str, Any], told: dict[str, Any], shots: list[int]) -> None:
        said = {"id": client_id, "kind": kind, "person": self.world.people[self.phone.who], "fields": fields}
        self.entries[client_id] = Entry(kind, self.phone.who, told, sorted(sha(SHOTS[n]) for n in shots))
        self.phone.hands("press", said)

    def steps(self, place: int, choices: list[int], shots: list[int]) -> None:
        """Steps on an order: three are the crew's, the fourth is to be verified by the inspector; 0 is the usual way."""
        if place not in self.orders:
            self.orders[place] = self.world.order("done" if place == 3 else "issued", lines=1 + place % 2)
        self._is("inspector" if place == 3 else "crew")
        order = self.orders[place]
        for choice in choices:
            if can := order.can():
                self._step(order, can[min(choice // 3, len(can) - 1)], shots)

    def _is(self, who: str) -> None:
        if self.phone.who != who:
            self.phone.sign_in(who)

    def _step(self, order: Order, verb: str, shots: list[int]) -> None:
        fields, taken = order.step(verb, shots, self.words("写明"))
        told = {"person": self.world.people[self.phone.who], "order": order.id, "number": order.number, "verb": verb}
        told["shots"] = {name: [packed(SHOTS[n]) for n in some] for name, some in taken.items()}
        client_id = self.phone.hands("step", told | {"seen": order.version, "fields": fields})
        hashes = sorted({sha(SHOTS[n]) for some in taken.values() for n in some})
        done = {"order": order.id, "verb": f"order.{verb}", "outcome": "taken"}
        self.entries[client_id] = Entry("step", self.phone.who, done, hashes)

    def walk(self, choices: list[int]) -> None:
        """The inspector's round goes on."""
        self._is("inspector")
        for choice in choices:
            can = WALKS[self.standing]
            self._walk(can[choice % len(can)])

    def _walk(self, verb: str) -> None:
        tick = {"how": "hand", "reason": self.words("封路")} if self.serial % 2 else {"how": "position", "share": 80}
        ticked = [one[0] for one in self.entries[self.round].told["ticks"]] if self.round and verb != "begin" else []
        left = [section for section in self.world.sections if section not in ticked]
        if verb == "tick" and not left:
            return
        said = {
            "person": self.world.people["inspector"],
            "verb": verb,
            "tick": {"section_id": (left or [0])[0], **tick},
        }
        said["words"] = {"weather": "晴", "note": self.words("走完")}
        self.round, fields = self.phone.hands("walk", said)
        finds = self.entries[self.round].told["finds"] if self.round in self.entries else []
        self.entries[self.round] = Entry("round", "inspector", as_round(fields) | {"finds": finds})
        self.standing = {"begin": "running", "tick": "running", "pause": "paused", "resume": "running"}.get(
            verb, "ended"
        )

    def go_on(self) -> bool:
        """The round goes on while it is sent: a section more, and a pause. False where none is under way."""
        if self.standing in {"running", "paused"}:
            self.walk([0, 2])
            return True
        return False

    def end(self) -> bool:
        """The round is ended; False where none is under way."""
        if self.standing in {"running", "paused"}:
            self._is("inspector")
            self._walk("end")
            return True
        return False


def as_round(fields: dict[str, Any]) -> dict[str, Any]:
    """What a round says, as the server holds it."""
    ticks = [
        (one["section_id"], moment(one["at"]), one["how"], one.get("reason", ""), one.get("share"), None, None)
        for one in fields["ticks"]
    ]
    pauses = [[moment(end) for end in pause if end] for pause in fields["pauses"]]
    told = {"started_at": moment(fields["started_at"]), "ended_at": moment(fields["ended_at"])}
    return told | {
        "pauses": pauses,
        "weather": fields["weather"],
        "note": fields["note"],
        "who": "inspector",
        "ticks": ticks,
    }
