"""The rooms of the street in their order: each gives its pages and commands to the app."""

from dataclasses import dataclass

from flask import Flask, current_app, jsonify, request
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response

from roadworks import jobs
from roadworks.accounts import admin as accounts_admin
from roadworks.accounts import cli as accounts_cli
from roadworks.accounts import sign_in
from roadworks.accounts import views as accounts
from roadworks.base import backup, clock, slots, translations
from roadworks.base.i18n import _l, show_datetime
from roadworks.base.imaging import MOST_BYTES
from roadworks.base.web import address
from roadworks.defects import (
    additions,
    confirming,
    field,
    handing,
    neighbours,
    rescue_file,
    rescue_views,
    street,
    sync,
    voice_views,
)
from roadworks.defects import views as defects
from roadworks.defects.catalogue import TYPES
from roadworks.demo import cli as demo_cli
from roadworks.network import geojson
from roadworks.network import views as network
from roadworks.notifications import admin as dispatch
from roadworks.notifications import digest_cli, digests, postbox
from roadworks.notifications import rules_admin as reminder_rules
from roadworks.notifications import views as notifications
from roadworks.projects import admin as project_tables
from roadworks.projects import board as project_lists
from roadworks.projects import (
    legal_admin,
    plan_views,
    planning,
    programmes,
    record_views,
    survey_file,
    surveying,
    tender_views,
    wall,
)
from roadworks.projects import views as projects
from roadworks.reports import views as reports
from roadworks.rounds import overview as patrol
from roadworks.rounds import plan_views as patrol_plan
from roadworks.rounds import sync as round_sync
from roadworks.rounds import views as rounds
from roadworks.workflow import cli as workflow_cli
from roadworks.workflow.permissions import may
from roadworks.workflow.words import said
from roadworks.worklist import nearby_kept, nearby_views
from roadworks.worklist import views as worklist
from roadworks.workorders import admin as workorders_admin
from roadworks.workorders import sync as order_sync
from roadworks.workorders import views as workorders

csrf = CSRFProtect()

PAGES = (
    *(street, sync, handing, additions, neighbours, rescue_views, rounds, patrol, patrol_plan, round_sync),
    *(order_sync,),
    *(accounts, accounts_admin, network, defects, field, voice_views, confirming, workorders, workorders_admin),
    *(projects, project_lists, record_views, planning, surveying, tender_views, plan_views),
    *(legal_admin, wall, programmes, project_tables),
    *(notifications, reminder_rules, digests, dispatch, postbox, reports, worklist, nearby_views, nearby_kept),
)
COMMANDS = (accounts_cli, workflow_cli, digest_cli, demo_cli, jobs, backup, translations)


# Forms with photos are let in by their endpoint; everything else stays within MAX_CONTENT_LENGTH.
UPLOAD_LIMITS = {
    "field.new": field.WHOLE_FORM,
    "sync.photo": MOST_BYTES + 100_000,
    "field.add_photo": field.WHOLE_FORM,
    "voices.upload": voice_views.WHOLE_NOTE,
    "voices.add": voice_views.WHOLE_NOTE,
    "rescue.files": rescue_file.MOST_WHOLE + 100_000,
    "handing.hand_in": rescue_file.MOST_WHOLE + 100_000,
    "orders.step": field.WHOLE_FORM,
    "orders.finish": 2 * field.WHOLE_FORM,
    "project_records.add_paper": record_views.WHOLE_PAPER,
    "project_records.add_progress": field.WHOLE_FORM,
    "network.bring_in": geojson.MOST_BYTES + 100_000,
    "surveys.bring_in": survey_file.MOST_BYTES + 100_000,
}


# The blueprints of the projects' pages, all under the same entry of the navigation.
PROJECT_PAGES = (
    "projects",
    "project_lists",
    "project_records",
    "planning",
    "plans",
    "programmes",
    "surveys",
    "tenders",
)


ROUND_VIEWS = ("patrol.duties", "patrol_plan.rules", "rounds.round")


@dataclass(frozen=True)
class Link:
    """One entry of the navigation."""

    endpoint: str
    word: object
    icon: str
    needs: str
    also: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What it is called."""
        return said(self.word)

    @property
    def url(self) -> str:
        """Where it leads."""
        return address(self.endpoint)

    @property
    def current(self) -> bool:
        """Whether the person is there."""
        there = KEPT_AS.get(request.endpoint or "", request.endpoint)
        return there == self.endpoint or request.blueprint in self.also


# A page that the phone keeps, and the one in whose place it stands.
KEPT_AS = {"street.new": "field.new", "street.round": "rounds.today", "order_sync.shell": "worklist.home"}


NAVIGATION = (
    Link("worklist.home", _l("My work"), "list", "defect.read"),
    Link("field.new", _l("File defect"), "camera", "defect.file"),
    Link("rounds.today", _l("Today's round"), "walk", "round.start"),
    Link("defects.defects", _l("Defects"), "warning", "defect.read"),
    Link("orders.orders", _l("Work orders"), "wrench", "order.read"),
    Link("network.district_map", _l("Map"), "map", "network.read"),
    Link("patrol.rounds", _l("Rounds"), "walk", "round.read", ROUND_VIEWS),
    Link("project_lists.projects", _l("Projects"), "cone", "project.read", PROJECT_PAGES),
    Link("network.roads", _l("Roads"), "road", "network.read"),
    Link("reports.bulletin", _l("Bulletin"), "chart", "report.read"),
)
ADMINISTRATION = (
    Link("admin.people", _l("People"), "user", "people.edit"),
    Link("admin.crews", _l("Crews"), "crew", "crews.edit"),
    Link("admin.districts", _l("Districts"), "map", "districts.edit"),
    Link("tables.rules", _l("Deadlines"), "clock", "deadlines.edit"),
    Link("tables.days", _l("Holidays"), "calendar", "calendar.edit"),
    Link("project_tables.table", _l("Project stages"), "list", "stages.edit"),
    Link("legal_table.rules", _l("Legal calendar"), "calendar", "legal.edit"),
    Link("reminder_rules.rules", _l("Rules of reminding"), "bell", "reminders.edit"),
    Link("dispatch.letters", _l("Letters"), "list", "letters.read"),
    Link("dispatch.timetable", _l("Timetable"), "clock", "jobs.read"),
)


def _context() -> dict[str, object]:
    """What every page shows: where one can go, and that this is the demo."""
    me = current_user._get_current_object()  # itself: its proxy is asked twenty times else
    links = [link for link in NAVIGATION if me.is_authenticated and may(me, link.needs)]
    admin = [link for link in ADMINISTRATION if me.is_authenticated and may(me, link.needs)]
    banner = show_datetime(clock.now()) if current_app.config["DEMO"] else None
    return {"nav": links, "admin_nav": admin, "demo_time": banner, "may": may, "types": TYPES}


def init_app(app: Flask) -> None:
    """Open every room."""
    app.config["UPLOAD_LIMITS"] = UPLOAD_LIMITS
    csrf.init_app(app)
    csrf.exempt(handing.bp)
    sign_in.init_app(app)
    for room in PAGES:
        app.register_blueprint(room.bp)
    for room in COMMANDS:
        room.init_app(app)
    app.context_processor(_context)

    @app.get("/healthz")
    def healthz() -> Response:
        """Whether the database answers, and when the clockwork last reported; pages work without it."""
        pulse = slots.pulse()
        last = pulse.last.isoformat(timespec="seconds") if pulse.last else None
        return jsonify(status="ok", scheduler={"last": last, "late": pulse.late})
