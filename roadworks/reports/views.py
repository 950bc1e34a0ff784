"""Pages of the bulletin and the exports."""

from datetime import date

from flask import Blueprint, Response, jsonify, render_template, request
from flask_login import current_user
from sqlalchemy import Select
from sqlalchemy.orm import joinedload

from roadworks.base import clock, sheets
from roadworks.base.calendar import half_year
from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.i18n import _, label, locale
from roadworks.base.web import paged
from roadworks.defects.filters import read_day, read_filter, read_id
from roadworks.defects.models import Defect
from roadworks.defects.queries import Filter, filtered
from roadworks.network.queries import road_names
from roadworks.network.views import home
from roadworks.reports import bulletin as sums
from roadworks.reports import exports, patrols, queries, repeat_rate, works
from roadworks.workflow.permissions import check
from roadworks.workorders.models import OrderLine, WorkOrder

bp = Blueprint("reports", __name__)
MOST_ROWS = 100_000


def _period() -> tuple[date, date]:
    """The period asked for; this half-year by default. Raises BadInput."""
    said = {name: [request.args.get(name, "")] for name in ("from", "to")}
    first, last = half_year(clock.today())
    since, until = read_day(said, "from") or first, read_day(said, "to") or last
    if since > until:
        raise BadInput(_("The period ends before it begins."), field="to")
    return since, until


def _names() -> tuple[dict[int | None, str], dict[int, str]]:
    """Names of roads and crews by id, in the language in force."""
    roads: dict[int | None, str] = {None: _("Not in the register")}
    roads |= {road.id: label(road) for road in db.session.execute(road_names(current_user))}
    crews = {crew.id: label(crew) for crew in db.session.scalars(queries.crew_names(current_user))}
    return roads, crews


@bp.get("/reports/bulletin")
def bulletin() -> str:
    """The bulletin of a period; every number leads to its rows."""
    check(current_user, "report.read")
    report = sums.work_out(current_user, *_period())
    roads, crews = _names()
    projects = works.work_out(current_user, report.until)
    walked = patrols.work_out(current_user, report.since, report.until)
    halves = [half_year(clock.today()), half_year(date(half_year(clock.today())[0].year - 1, 7, 1))]
    return render_template(
        "reports/bulletin.html",
        report=report,
        sentence=sums.sentence_zh(report) if locale() == "zh" else sums.sentence_en(report),
        other=sums.sentence_en(report) if locale() == "zh" else sums.sentence_zh(report),
        projects=projects,
        repeat_rates=repeat_rate.work_out(current_user, report.since, report.until),
        mended_since=repeat_rate.mended_since(report.since),
        up_to_now=report.until >= clock.today(),
        works=works,
        patrols=walked,
        missed=patrols.most_missed(walked),
        roads=roads,
        crews=crews,
        halves=halves,
        district=home(),
        whole=sums.whole,
        kind_name=sums.kind_name,
    )


@bp.get("/reports/bulletin.json")
def bulletin_json() -> Response:
    """The figures for machines."""
    check(current_user, "report.read")
    report = sums.work_out(current_user, *_period())
    projects = works.as_json(works.work_out(current_user, report.until))
    found_again = repeat_rate.work_out(current_user, report.since, report.until)
    repeats = repeat_rate.as_json(found_again, _names()[1], report.since)
    walked = patrols.as_json(patrols.work_out(current_user, report.since, report.until))
    return jsonify({**sums.as_json(report), "projects": projects, "repeats": repeats, **walked})


@bp.get("/reports/bulletin.<any(csv,xlsx):kind>")
def bulletin_file(kind: str) -> Response:
    """The figures as CSV, or with the rows behind them as XLSX."""
    check(current_user, "export.take")
    since, until = _period()
    report, (roads, crews) = sums.work_out(current_user, since, until), _names()
    projects = works.work_out(current_user, until)
    repeats = repeat_rate.rows(repeat_rate.work_out(current_user, since, until), crews)
    walked = patrols.work_out(current_user, since, until)
    rows = [*exports.figures(report, roads, crews), *repeats, *patrols.figures(walked)]
    tables = {_("Figures"): [*rows, *exports.project_figures(projects)]}
    if kind == "xlsx" and walked:
        tables[_("Patrols due")] = patrols.duty_rows(walked)[:MOST_ROWS]
    if kind == "xlsx":
        lines = db.session.execute(queries.mended_rows(current_user, since, until).limit(MOST_ROWS))
        tables[_("Area mended")] = exports.line_rows(lines, crews, roads)
        wanted = Filter(since=since, until=until, counted=True, repeat=True)
        tables[_("Found again")] = exports.defect_rows(db.session.scalars(_sheet(wanted)))
    return sheets.download(kind, f"bulletin-{since}-{until}", tables)


@bp.get("/reports/mended")
def mended() -> str:
    """The rows behind the m²: the lines of verified orders, which add up to the figure."""
    check(current_user, "report.read")
    since, until = _period()
    surface = request.args.get("surface", "")
    if surface not in {"", "carriageway", "sidewalk", "ancillary"}:
        raise BadInput(_("This filter is not known: %(name)s", name="surface"))
    of = {f"{name}_id": read_id({name: [request.args.get(name, "")]}, name) for name in ("crew", "road", "section")}
    statement = queries.mended_rows(current_user, since, until, surface, **of)
    count, total = queries.mended_sum(statement, surface)
    roads, crews = _names()
    page = paged(
        statement.add_columns(WorkOrder.closed_at, OrderLine.id).order_by(None),
        WorkOrder.closed_at,
        OrderLine.id,
        cursor=request.args.get("cursor"),
        descending=False,
        columns=True,
    )
    return render_template(
        "reports/mended.html",
        page=page,
        count=count,
        total=total,
        roads=roads,
        crews=crews,
        since=since,
        until=until,
        surface=surface,
        asked={name: value for name, value in request.args.items() if name != "cursor"},
    )


@bp.get("/defects.<any(csv,xlsx):kind>")
def defects_file(kind: str) -> Response:
    """The defects of the list's filter as a file."""
    check(current_user, "export.take")
    defects = db.session.scalars(_sheet(read_filter(request.args).filter))
    return sheets.download(kind, "defects", {_("Defects"): exports.defect_rows(defects)})


def _sheet(wanted: Filter) -> Select[Defect]:
    """The defects of a filter with what a file names beside them, oldest first."""
    beside = (joinedload(Defect.section), joinedload(Defect.repeat_of).load_only(Defect.number))
    return filtered(current_user, wanted).options(*beside).order_by(Defect.found_at, Defect.id).limit(MOST_ROWS)
