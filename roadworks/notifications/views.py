"""Pages of reminders: one's own, the page on which one is answered, what stands still, and the bell."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from roadworks.accounts import absence
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.fields import at_field
from roadworks.base.i18n import _
from roadworks.base.web import back_or, one, paged, seen_version
from roadworks.network.views import home
from roadworks.notifications import answers, chat, facts, queries, waiting, wording
from roadworks.notifications.answers import Answer
from roadworks.notifications.forms import AnswerForm
from roadworks.notifications.models import Reminder
from roadworks.notifications.rules import CODES, in_force
from roadworks.workflow.permissions import check, may
from roadworks.workorders import deadlines
from roadworks.workorders.models import WorkOrder

bp = Blueprint("notifications", __name__)


@bp.app_context_processor
def bell() -> dict[str, object]:
    """How many unread reminders there are, asked only where the page shows it."""
    return {"unread": lambda: db.session.scalar(queries.unread(current_user)) or 0, "chat_ready": chat.ready}


@bp.get("/notifications")
def reminders() -> str:
    """My reminders: what waits for an answer first, then what was answered or has settled."""
    check(current_user, "reminder.read")
    urgent = list(db.session.scalars(queries.urgent(current_user)))
    page = paged(
        queries.mine(current_user, "open").where(Reminder.id.not_in([item.id for item in urgent])),
        Reminder.since,
        Reminder.id,
        cursor=request.args.get("cursor"),
        descending=False,
    )
    done = queries.mine(current_user, "answered", "settled").order_by(Reminder.raised_at.desc()).limit(20)
    asked = list(page.rows) if request.args.get("cursor") else [*urgent, *page.rows]
    rows = [*asked, *(past := list(db.session.scalars(done)))]
    return render_template(
        "notifications/reminders.html",
        page=page,
        rows=asked,
        past=past,
        about=facts.things(rows),
        facts=facts,
        worded=wording.worded,
    )


@bp.post("/notifications/read")
def read() -> Response:
    """Mark all as read: the bell falls silent, the questions stay."""
    answers.mark_read(current_user)
    db.session.commit()
    return back_or("notifications.reminders")


@bp.route("/notifications/reminders/<int:reminder_id>", methods=["GET", "POST"])
def reminder(reminder_id: int) -> Any:
    """One reminder: the thing, why it came, and four answers; opening it does nothing by itself."""
    found = one(queries.readable(current_user).where(Reminder.id == reminder_id))
    check(current_user, "reminder.answer", found)
    form = AnswerForm()
    if request.method == "POST" and form.validate():
        said = Answer(form.answer.data, form.until.data, form.text.data or "", form.whom.data or "")
        try:
            answers.answer(current_user, found, said, seen=seen_version())
        except BadInput as fault:
            at_field(form, fault)
        else:
            db.session.commit()
            flash(_("Answered: %(answer)s", answer=wording.worded(found)))
            return redirect(url_for("notifications.reminders"))
    return _page(found, form), 400 if form.errors else 200


def _page(found: Reminder, form: AnswerForm) -> str:
    thing = facts.things([found]).get((found.thing_type, found.thing_id))
    rule = db.session.scalars(in_force(found.district_id).filter_by(code=found.code)).first()
    offered = answers.choices(current_user, found, thing) if found.state == "open" else ()
    return render_template(
        "notifications/reminder.html",
        reminder=found,
        thing=thing,
        photos=_photos(found, thing),
        standings=deadlines.standings(thing) if isinstance(thing, WorkOrder) else {},
        rule=rule,
        form=form,
        offered=offered,
        names=absence.candidates(current_user) if "not_mine" in offered else [],
        before=list(db.session.scalars(queries.before(found))),
        facts=facts,
        worded=wording.worded,
        longest=answers.LONGEST,
        today=clock.today(),
        may_read=may(current_user, f"{found.thing_type}.read") if found.thing_type in facts.ENDPOINTS else False,
    )


def _photos(found: Reminder, thing: Any) -> list[Any]:
    """Up to four pictures of the thing."""
    if found.thing_type == "order" and thing:
        return [photo for line in thing.lines for photo in line.defect.photos][:4]
    return list(thing.photos[:4]) if found.thing_type == "defect" and thing else []


@bp.get("/stalled")
def stalled() -> str:
    """What stands still now, by rule: since when, why, who has it, and when the next level is told."""
    check(current_user, "reminder.read")
    district = home()
    here = waiting.scope(current_user, district, list(db.session.scalars(in_force(district.id))))
    counts = waiting.counts(here)
    shown = [code for code in CODES if code in counts]
    code = request.args.get("rule", "")
    if code and code not in CODES:
        raise BadInput(_("This filter is not known: %(name)s", name="rule"))
    code = code if code in counts else next((c for c in shown if counts[c]), shown[0] if shown else "")
    page, lines = waiting.page(here, code, request.args.get("cursor")) if code else (None, [])
    return render_template(
        "notifications/stalled.html",
        codes=shown,
        counts=counts,
        most=waiting.MOST_COUNTED,
        code=code,
        rule=here.rules.get(code),
        page=page,
        lines=lines,
        facts=facts,
    )
