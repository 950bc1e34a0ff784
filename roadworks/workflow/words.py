"""The words for every code value and every verb: one thing, one name, on buttons, in lists and in the trail."""

from typing import Any

from flask import Flask

from roadworks.base.i18n import _, _l, locale, ngettext

WORDS: dict[str, dict[str, Any]] = {
    "role": {
        "inspector": _l("Inspector"),
        "crew": _l("Maintenance crew"),
        "supervisor": _l("Supervisor"),
        "engineer": _l("Person in charge of projects"),
        "leader": _l("Leader in charge"),
        "admin": _l("Administrator"),
        "system": _l("System"),
    },
    "defect": {
        "filed": _l("Filed"),
        "confirmed": _l("Confirmed"),
        "ordered": _l("Ordered"),
        "mended": _l("Mended"),
        "closed": _l("Closed"),
        "rejected": _l("Rejected"),
        "duplicate": _l("Duplicate"),
        "forwarded": _l("Forwarded to owner"),
        "covered": _l("Kept for a project"),
    },
    "order": {
        "issued": _l("Issued"),
        "accepted": _l("Accepted by crew"),
        "working": _l("Under repair"),
        "done": _l("Done, to be verified"),
        "closed": _l("Closed"),
        "handed_back": _l("Handed back"),
        "rework": _l("Rework"),
        "suspended": _l("Suspended"),
        "void": _l("Void"),
    },
    "round": {
        "running": _l("On the round"),
        "paused": _l("Paused"),
        "ended": _l("Ended"),
    },
    "weather": {
        "sunny": _l("Sunny"),
        "cloudy": _l("Cloudy"),
        "overcast": _l("Overcast"),
        "rain": _l("Rain"),
        "snow": _l("Snow"),
        "fog": _l("Fog or haze"),
        "wind": _l("Strong wind"),
    },
    "passed": {"position": _l("By position"), "hand": _l("By hand")},
    "patrol": {
        "missed": _l("Missed"),
        "today": _l("Due today"),
        "later": _l("Not yet due"),
        "done": _l("Done today"),
        "none": _l("Not in the plan"),
    },
    "surface": {
        "carriageway": _l("Carriageway"),
        "sidewalk": _l("Sidewalk"),
        "ancillary": _l("Ancillary facilities"),
    },
    "severity": {
        "emergency": _l("Emergency"),
        "severe": _l("Severe"),
        "moderate": _l("Moderate"),
        "slight": _l("Slight"),
    },
    "side": {
        "left": _l("Left side"),
        "right": _l("Right side"),
        "both": _l("Both sides"),
        "middle": _l("Middle"),
    },
    "source": {
        "gps": _l("Satellite fix"),
        "map": _l("Picked on the map"),
        "manual": _l("By road and words"),
        "photo": _l("From the photo"),
    },
    "grade": {
        "expressway": _l("Expressway"),
        "arterial": _l("Arterial"),
        "secondary": _l("Secondary road"),
        "branch": _l("Branch road"),
        "lane": _l("Lane"),
    },
    "maintenance_grade": {"I": _l("Grade I"), "II": _l("Grade II"), "III": _l("Grade III")},
    "managed_by": {
        "district": _l("Managed by the district"),
        "city": _l("Managed by the city"),
        "owner": _l("Managed by its owner"),
    },
    "pavement": {"asphalt": _l("Asphalt"), "concrete": _l("Cement concrete")},
    "standing": {
        "normal": _l("On schedule"),
        "due_soon": _l("Due soon"),
        "overdue": _l("Overdue"),
        "suspended": _l("Suspended"),
        "on_time": _l("Handed in on time"),
        "late": _l("Handed in late"),
    },
    "clock": {"make_safe": _l("Make safe"), "repair": _l("Repair")},
    "unit": {
        "urgent_hour": _l("urgent hours"),
        "work_hour": _l("working hours"),
        "work_day": _l("working days"),
        "natural_day": _l("calendar days"),
    },
    "photo": {
        "before": _l("Before"),
        "safe": _l("Made safe"),
        "after": _l("After"),
        "progress": _l("Progress"),
        "remark": _l("With a remark"),
    },
    "purpose": {"repair": _l("Repair"), "make_safe": _l("Make safe only")},
    "project": {
        "running": _l("Under way"),
        "coordinating": _l("Coordinating"),
        "suspended": _l("On hold"),
        "retender": _l("To be tendered again"),
        "cancelled": _l("Cancelled"),
        "closed": _l("Struck off"),
    },
    "category": {
        "minor": _l("Minor repair programme"),
        "medium": _l("Medium repair"),
        "major": _l("Major repair"),
        "reconstruct": _l("Reconstruction"),
    },
    "stage": {
        "reserve": _l("In reserve"),
        "approved": _l("Approved in annual plan"),
        "scheme": _l("Concept design"),
        "drawings": _l("Detailed design"),
        "drawing_review": _l("Drawing review"),
        "budget_review": _l("Budget review"),
        "tender": _l("Tendering"),
        "contract": _l("Contract"),
        "start": _l("Mobilisation and start"),
        "construction": _l("Under construction"),
        "substantial": _l("Open to traffic"),
        "acceptance": _l("Completion acceptance"),
        "handover": _l("Handover to maintenance"),
        "warranty": _l("Warranty"),
        "settlement": _l("Settlement and audit"),
        "closed": _l("Closed and archived"),
    },
    "method": {
        "open": _l("Open tender"),
        "invited": _l("Invited tender"),
        "consultation": _l("Competitive consultation"),
        "negotiation": _l("Competitive negotiation"),
        "inquiry": _l("Inquiry"),
        "single": _l("Single source"),
        "framework": _l("Under a framework contract"),
    },
    "pause": {
        "control": _l("Stop-work order for air quality"),
        "funds": _l("Funds not there"),
        "design": _l("Design being changed"),
        "utilities": _l("Pipes or cables of others"),
        "weather": _l("Rain, frost or heat"),
        "dispute": _l("Dispute"),
        "event": _l("Event in the city"),
        "other": _l("Other"),
    },
    "index": {"pci": "PCI", "fci": "FCI", "rqi": "RQI", "pqi": "PQI", "iri": "IRI"},
    "rating": {"A": _l("A excellent"), "B": _l("B good"), "C": _l("C pass"), "D": _l("D fail")},
    "treatment": {
        "minor": _l("Routine maintenance and minor repair"),
        "minor_medium": _l("Minor repair, medium repair possible"),
        "medium": _l("Medium repair"),
        "major": _l("Major repair"),
    },
    "wall": {
        "running": _l("Under way"),
        "due_soon": _l("Due soon"),
        "overdue": _l("Overdue"),
        "struck": _l("Struck off"),
    },
    "reminder_rule": {
        "triage": _l("Defect not yet confirmed"),
        "unaccepted": _l("Order not accepted"),
        "make_safe_soon": _l("Make safe: due soon"),
        "make_safe_overdue": _l("Make safe: overdue"),
        "repair_soon": _l("Repair: due soon"),
        "repair_overdue": _l("Repair: overdue"),
        "verification": _l("Done, waiting for verification"),
        "hand_back": _l("Hand-back not answered"),
        "extension": _l("Extension not decided"),
        "stage": _l("Project standing in a stage"),
        "progress": _l("Construction without a progress entry"),
        "tender": _l("Tender date near"),
        "warranty": _l("Warranty ending"),
        "holidays": _l("Holidays of the year not loaded"),
    },
    "addressee": {
        "crew": _l("The crew"),
        "inspector": _l("Inspectors"),
        "supervisor": _l("Supervisors"),
        "in_charge": _l("Person in charge"),
        "responsible": _l("Responsible leader"),
        "leader": _l("Leader in charge"),
        "admin": _l("Administrator"),
    },
    "reminder": {"open": _l("Waiting for an answer"), "answered": _l("Answered"), "settled": _l("Settled")},
    "answer": {
        "doing": _l("Doing it by a day"),
        "waiting": _l("Waiting for something"),
        "not_mine": _l("Not mine"),
        "extension": _l("Needs an extension"),
    },
    "letter": {
        "queued": _l("Waiting to be sent"),
        "sending": _l("Being sent"),
        "sent": _l("Sent"),
        "failed": _l("Failed"),
        "unknown": _l("Sent, not acknowledged"),
        "stale": _l("Overtaken by a newer one"),
    },
}

# What the button says, and what the timeline says when it was pressed.
VERBS: dict[str, tuple[Any, Any]] = {
    "defect.file": (_l("File defect"), _l("filed the defect")),
    "defect.edit": (_l("Edit"), _l("corrected the record")),
    "defect.add_photo": (_l("Add photo"), _l("added a photo")),
    "defect.add_voice": (_l("Add voice note"), _l("added a voice note")),
    "defect.confirm": (_l("Confirm"), _l("confirmed the defect")),
    "defect.reject": (_l("Reject"), _l("rejected the defect")),
    "defect.merge": (_l("Mark as duplicate"), _l("marked it as a duplicate")),
    "defect.repeat": (_l("Same hole again?"), _l("judged whether the same hole was mended before")),
    "defect.forward": (_l("Forward to owner"), _l("forwarded it to the owner of the asset")),
    "defect.recall": (_l("Take back from owner"), _l("took it back from the owner")),
    "defect.settle": (_l("Owner has mended it"), _l("recorded that the owner has mended it")),
    "defect.cover": (_l("Keep for a project"), _l("kept it for a project")),
    "defect.uncover": (_l("Release from project"), _l("released it from the project")),
    "rescue.take_in": (_l("Take in a rescue file"), _l("took in a rescue file")),
    "rescue.hand_in": (_l("Hand in a rescue file"), _l("handed in a rescue file")),
    "rescue.bring_in": (_l("Bring in a rescue file"), _l("brought in a rescue file")),
    "defect.undo": (_l("Take back the last step"), _l("took back a step")),
    "defect.order": (_l("Order"), _l("put it on a work order")),
    "defect.release": (_l("Release"), _l("released it from the work order")),
    "defect.mend": (_l("Mended"), _l("mended it")),
    "defect.keep": (_l("Keep for a project"), _l("kept it for the project after it was made safe")),
    "defect.return": (_l("Return"), _l("returned it to the crew")),
    "defect.join": (_l("Put on the round"), _l("put it on the round that it was found on")),
    "defect.leave": (_l("Take off the round"), _l("took it off the round that had ended by then")),
    "defect.close": (_l("Close"), _l("closed it")),
    "round.start": (_l("Start the round"), _l("started the round")),
    "round.tick": (_l("Tick section"), _l("ticked sections")),
    "round.pause": (_l("Pause"), _l("paused the round")),
    "round.resume": (_l("Resume the round"), _l("went on with the round")),
    "round.end": (_l("End the round"), _l("ended the round")),
    "round.doubt": (_l("Doubt the clock"), _l("told it by a clock that cannot be right")),
    "round.undo": (_l("Take back the last step"), _l("took back a step")),
    "patrol.edit": (_l("Save"), _l("changed the patrol plan")),
    "order.issue": (_l("Issue order"), _l("issued the order")),
    "order.reissue": (_l("Issue again"), _l("issued the order again")),
    "order.reassign": (_l("Give to another crew"), _l("gave the order to another crew")),
    "order.accept": (_l("Accept order"), _l("accepted the order")),
    "order.start": (_l("Start work"), _l("started work")),
    "order.make_safe": (_l("Made safe"), _l("made the place safe")),
    "order.finish": (_l("Finish"), _l("reported the work done")),
    "order.pass": (_l("Pass"), _l("verified the work")),
    "order.fail": (_l("Fail"), _l("sent it back for rework")),
    "order.hand_back": (_l("Hand back"), _l("handed the order back")),
    "order.suspend": (_l("Suspend"), _l("suspended the order")),
    "order.resume": (_l("Resume"), _l("resumed the order")),
    "order.void": (_l("Void order"), _l("voided the order")),
    "order.ask_extension": (_l("Ask for an extension"), _l("asked for an extension")),
    "order.extend": (_l("Grant the extension"), _l("granted the extension")),
    "order.refuse_extension": (_l("Refuse the extension"), _l("refused the extension")),
    "order.remark": (_l("Add a remark"), _l("made a remark")),
    "order.undo": (_l("Take back the last step"), _l("took back a step")),
    "project.open": (_l("Make a project"), _l("made the project")),
    "project.edit": (_l("Edit"), _l("edited the project")),
    "project.add_paper": (_l("Add paper"), _l("added a paper")),
    "project.add_progress": (_l("Add progress"), _l("told of progress")),
    "project.plan": (_l("Plan dates"), _l("planned the dates")),
    "project.tender": (_l("Tender dates"), _l("recorded the tender")),
    "project.cover": (_l("Cover defects"), _l("took defects into the project")),
    "project.advance": (_l("Next stage"), _l("moved to the next stage")),
    "project.skip": (_l("Skip this gate"), _l("skipped a gate")),
    "project.coordinate": (_l("Mark as coordinating"), _l("marked it as being coordinated")),
    "project.suspend": (_l("Put on hold"), _l("put the project on hold")),
    "project.retender": (_l("Tender failed"), _l("recorded that the tender failed")),
    "project.resume": (_l("Resume"), _l("resumed the project")),
    "project.release": (_l("Release dangerous defects"), _l("gave dangerous defects back to be ordered")),
    "project.cancel": (_l("Cancel project"), _l("cancelled the project")),
    "project.undo": (_l("Take back the last step"), _l("took back a step")),
    "survey.enter": (_l("Enter survey"), _l("entered a survey")),
    "programmes.edit": (_l("Save"), _l("edited a programme")),
    "stages.edit": (_l("Save"), _l("changed the stages")),
    "legal.edit": (_l("Save"), _l("changed the legal calendar")),
    "reminder.answer": (_l("Answer"), _l("answered the reminder")),
    "reminders.edit": (_l("Save"), _l("changed a rule of reminding")),
    "letter.resend_all": (_l("Send all failed letters again"), _l("had all failed letters sent again")),
    "letter.resend": (_l("Send again"), _l("had the letter sent again")),
    "network.edit": (_l("Save"), _l("edited the road register")),
    "network.import": (_l("Import"), _l("imported roads")),
    "people.edit": (_l("Save"), _l("edited a person")),
    "crews.edit": (_l("Save"), _l("edited a crew")),
    "districts.edit": (_l("Save"), _l("edited the district")),
    "deadlines.edit": (_l("Save"), _l("changed a deadline")),
    "calendar.edit": (_l("Save"), _l("changed the holiday table")),
    "account.edit": (_l("Save"), _l("changed their own account")),
}


def say(kind: str, value: str | None) -> str:
    """The word for a code value (`say("surface", "sidewalk")`); the value itself where it is unknown."""
    if value is None:
        return ""
    return said(WORDS[kind][value]) if value in WORDS[kind] else value


def taken(number: str, verb: str) -> str:
    """What a page says once a step is taken: the number of the thing, and what was done with it."""
    return _("%(number)s: %(done)s", number=number, done=said(VERBS[verb][1]))


def span(amount: int, unit: str) -> str:
    """A time in one of the four units of time in words: `4 working hours`, `1 working day`."""
    words = {
        "urgent_hour": lambda: ngettext("%(num)d urgent hour", "%(num)d urgent hours", amount),
        "work_hour": lambda: ngettext("%(num)d working hour", "%(num)d working hours", amount),
        "work_day": lambda: ngettext("%(num)d working day", "%(num)d working days", amount),
        "natural_day": lambda: ngettext("%(num)d calendar day", "%(num)d calendar days", amount),
    }
    return str(words[unit]())


def said(word: Any) -> str:
    """A word of this page's tables in the language in force, looked up once."""
    key = (locale(), id(word))
    if key not in _said:
        _said[key] = str(word)
    return _said[key]


# A list of fifty rows asks for the same few words again and again. The words live as long as their module: an id is
# one word's for good.
_said: dict[tuple[str, int], str] = {}


def choices(kind: str, values: tuple[str, ...] | None = None) -> list[tuple[str, Any]]:
    """Value and word for a choice field."""
    return [(value, WORDS[kind][value]) for value in (values or tuple(WORDS[kind]))]


def init_app(app: Flask) -> None:
    """Give templates `say`, and the words of verbs."""
    app.jinja_env.globals.update(
        say=say,
        span=span,
        choices=lambda kind: [(value, say(kind, value)) for value in WORDS[kind]],
        button_word=lambda verb: said(VERBS[verb][0]),
        did_word=lambda verb: said(VERBS[verb][1]),
    )
