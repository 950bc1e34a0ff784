"""The demo's projects and programmes: what was published of them (domain.md §7.1, §7.5), and nothing more.

No length, cost, contractor, grade or paper was published, so none is given: gates are passed by a supervisor's word,
with the reason that this is so. No day was published either: days lie within the half-year and the note says so.
"""

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select

from roadworks import jobs
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.defects.models import Defect
from roadworks.demo.setting import Setting
from roadworks.network.models import Road, Section
from roadworks.projects import actions, cover, tracker
from roadworks.projects.counts import Line
from roadworks.projects.models import Project

# Road, limits, and the same in English; 西十里铺 is printed without 路, 欧西路 is in no register: kept as printed.
MEDIUM = (
    ("工人路", "陇海路—宏河路", "Gongren Road", "Longhai Road – Honghe Road"),
    ("沁河路", "欧西路—西三环", "Qinhe Road", "Ouxi Road – West 3rd Ring Road"),
    ("文化宫路", "建设路—中原路", "Wenhuagong Road", "Jianshe Road – Zhongyuan Road"),
    ("西十里铺", "西站北街—桐柏路", "Xishilipu", "Xizhan North Street – Tongbai Road"),
    ("西站北街", "西十里铺—西一路", "Xizhan North Street", "Xishilipu – Xiyi Road"),
    ("颍河路", "桐柏路—华山路", "Yinghe Road", "Tongbai Road – Huashan Road"),
    ("友爱路", "文化宫路—嵩山路", "You'ai Road", "Wenhuagong Road – Songshan Road"),
)
MAJOR = (("百花路", "中原路—建设路", "Baihua Road", "Zhongyuan Road – Jianshe Road"),)
NO_DAYS = "按公布的阶段重建：各阶段日期、里程、费用、单位均未公布；日期为演示所设。"
REBUILT = "由公布的阶段重建，无附件："
OPENED_AT = datetime(2018, 1, 8, 9, 30, tzinfo=clock.ZONE)
# When the gates were passed, and why without a paper.
MEDIUM_STEPS = (
    (datetime(2018, 3, 30, 16, 5, tzinfo=clock.ZONE), "scheme", "文中“完成方案设计”"),
    (datetime(2018, 4, 27, 15, 40, tzinfo=clock.ZONE), "drawings", "图纸已送评审，施工图设计一步文中未述"),
    (datetime(2018, 5, 18, 10, 20, tzinfo=clock.ZONE), "drawing_review", "文中“完成图纸评审”"),
    (datetime(2018, 6, 8, 9, 45, tzinfo=clock.ZONE), "budget_review", "预算财评文中未述，现已在施工招标"),
)
MAJOR_STEPS = (
    (datetime(2018, 6, 20, 17, 10, tzinfo=clock.ZONE), "construction", "文中“已基本完成大修改造并实现车辆通行”"),
)
COUNTED_AT = datetime(2018, 6, 30, 8, 40, tzinfo=clock.ZONE)
AS_OF = date(2018, 6, 30)


class Projects:
    """The eight projects as they go through the half-year."""

    def __init__(self, stage: Setting) -> None:
        self.stage = stage
        self.by_road: dict[str, Project] = {}

    def happenings(self) -> Iterator[tuple[datetime, Callable[[], object]]]:
        """What happens, and when."""
        yield OPENED_AT, self._open_all
        for roads, steps in ((MEDIUM, MEDIUM_STEPS), (MAJOR, MAJOR_STEPS)):
            for moment, stage, why in steps:
                yield moment, lambda roads=roads, stage=stage, why=why: self._pass(roads, stage, why)  # type: ignore[misc]
        for month in range(2, 7):
            yield datetime(2018, month, 1, 0, 5, tzinfo=clock.ZONE), jobs.close_month
        yield COUNTED_AT, self._count

    def cover(self, defect: Defect) -> None:
        """The project of a defect's road takes it over."""
        section = defect.section
        project = self.by_road[section.road.name_zh] if section else next(iter(self.by_road.values()))
        cover.take(self.stage.people["engineer"], project, [defect])

    def _open_all(self) -> None:
        for category, stage, roads in (("medium", "scheme", MEDIUM), ("major", "construction", MAJOR)):
            for zh, limits_zh, en, limits_en in roads:
                self.by_road[zh] = actions.open_project(
                    self.stage.people["supervisor"],
                    district_id=self.stage.district.id,
                    category=category,
                    stage=stage,
                    name_zh=zh,
                    name_en=en,
                    limits_zh=limits_zh,
                    limits_en=limits_en,
                    sections=self._sections(zh),
                    in_charge_id=self.stage.people["engineer"].id,
                    leader_id=self.stage.people["leader"].id,
                    note=NO_DAYS,
                    reconstructed=True,
                )

    def _sections(self, road: str) -> list[Section]:
        """The sections of the register's road of this name; none where the register does not have it."""
        of = (Road.name_zh == road, Section.district_id == self.stage.district.id)
        return list(db.session.scalars(select(Section).join(Section.road).where(*of).order_by(Section.id)).unique())

    def _pass(self, roads: tuple[tuple[str, str, str, str], ...], stage: str, why: str) -> None:
        for road, *_words in roads:
            project = self.by_road[road]
            if project.stage != stage:
                raise ValueError(f"{road} stands in {project.stage}")
            actions.skip(self.stage.people["supervisor"], project, seen=project.version, reason=REBUILT + why)

    def _count(self) -> None:
        """The bureau's other targets of the year with their published counts."""
        for position, said in enumerate(json.loads((Path(__file__).parent / "targets.json").read_text("utf-8")), 1):
            values = {name: said.get(name) for name in tracker.FIELDS} | {"year": 2018, "position": position}
            for name in ("target", "sited"):
                values[name] = Decimal(said[name]) if name in said else None
            values["target_derived"] = bool(said.get("target_derived"))
            boss = self.stage.people["supervisor"]
            programme = tracker.add(boss, self.stage.district, values)
            lines = [
                Line(zh, Decimal(count), en, milestone="milestone" in marks, approximate="approximate" in marks)
                for zh, en, count, *marks in said["counts"]
            ]
            tracker.record(boss, programme, as_of=AS_OF, lines=lines, note=said.get("note", ""), seen=programme.version)
