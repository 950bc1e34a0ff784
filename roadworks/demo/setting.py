"""The demo's district, roads, crews and people."""

from dataclasses import dataclass
from pathlib import Path

from flask import current_app

from roadworks.accounts import actions as accounts
from roadworks.accounts import passwords
from roadworks.accounts.models import Crew, District, Person
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.network import bringing, geojson
from roadworks.workflow.permissions import ROLES, System

DISTRICT = {
    "name_zh": "中原区",
    "name_en": "Zhongyuan District",
    "bureau_zh": "中原区环卫局",
    "bureau_en": "Zhongyuan District Environmental Sanitation Bureau",
    "lon": 113.6050,
    "lat": 34.7480,
    "zoom": 13,
    "note_zh": "演示数据：总数为2018年上半年公布数字；单条记录按总数重建，道路线形由公开地址拟合，非实测。",
    "note_en": (
        "Demo data: the totals are those published for the first half of 2018; single records are reconstructed "
        "from them, and the road lines are fitted from published addresses, not surveyed."
    ),
}
CREWS = (("养护一班", "Crew 1"), ("养护二班", "Crew 2"), ("养护三班", "Crew 3"))
NAMES = {
    "inspector": "巡查员（演示）",
    "crew": "养护一班班长（演示）",
    "supervisor": "调度员（演示）",
    "engineer": "项目负责人（演示）",
    "leader": "分管领导（演示）",
    "admin": "管理员（演示）",
}


@dataclass
class Setting:
    """Everybody and everything that the demo's half-year needs."""

    district: District
    people: dict[str, Person]
    crews: list[Crew]
    foremen: dict[int, Person]


def build() -> Setting:
    """Set the demo's stage; the six sign-ins have the demo's password, foremen of other crews none."""
    shell = System(role="admin", name="demo")
    district = accounts.add_district(shell, "410102", DISTRICT)
    found, faults = geojson.parse((Path(__file__).parent / "roads.geojson").read_bytes())
    if faults:
        raise ValueError(faults)
    bringing.bring_in(System(role="admin", name="demo", district_id=district.id), district, found)
    crews = [
        accounts.add_crew(shell, district, {"name_zh": zh, "name_en": en, "leader_name": f"{zh}班长"})
        for zh, en in CREWS
    ]
    hashed = passwords.make(current_app.config["DEMO_PASSWORD"])
    people = {
        role: _person(district, role, NAMES[role], role, hashed, crews[0] if role == "crew" else None) for role in ROLES
    }
    foremen = {crews[0].id: people["crew"]}
    for place, crew in enumerate(crews[1:], 2):
        foremen[crew.id] = _person(district, f"crew{place}", f"{crew.name_zh}班长（演示）", "crew", "!", crew)
    people["inspector2"] = _person(district, "inspector2", "第二巡查员（演示）", "inspector", "!", None)
    db.session.commit()
    return Setting(district, people, crews, foremen)


def _person(district: District, username: str, name: str, role: str, hashed: str, crew: Crew | None) -> Person:
    """A person of the demo; with "!" for a hash nobody can sign in."""
    person = Person(
        district_id=district.id,
        username=username,
        name=name,
        role=role,
        crew_id=crew.id if crew else None,
        password_hash=hashed,
        active=hashed != "!",
        created_at=clock.now(),
    )
    db.session.add(person)
    db.session.flush()
    return person
