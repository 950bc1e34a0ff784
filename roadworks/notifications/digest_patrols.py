"""Patrols in a digest: done and due of the days looked back on, what was missed, and an inspector's own rounds."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import func

from roadworks.base.calendar import local_day_bounds
from roadworks.base.db import db
from roadworks.base.i18n import _
from roadworks.defects.models import Defect
from roadworks.notifications.digest_rows import SHOWN, Facts, Scope, names
from roadworks.notifications.digest_words import Block, Line, day, part, pick, tiles
from roadworks.rounds.figures import Compliance, compliance
from roadworks.rounds.models import Pass, Round
from roadworks.workflow.permissions import within
from roadworks.workorders.figures import fraction


def of_district(scope: Scope) -> Facts | None:
    """Done and due of these days and of those before, and the latest misses; None where there was no plan."""
    now = compliance(scope.by, scope.span.since, scope.span.until)
    if now is None:
        return None
    then = compliance(scope.by, *scope.span.earlier())
    missed = [_missed(row.section, row.duty.due_on) for row in now.missed[:SHOWN]]
    return {"weeks": [_counts(now), _counts(then)], "missed": {"n": len(now.missed), "rows": missed}}


def _counts(found: Compliance | None) -> list[int] | None:
    return [found.whole.done, found.whole.due] if found else None


def _missed(section: object, due_on: date) -> Facts:
    return {"kind": "section", "section": names(section), "on": due_on.isoformat()}


def of_inspectors(scope: Scope, person_ids: Collection[int]) -> dict[int, Facts]:
    """Inspector → rounds ended, sections passed and defects found on them in these days; in three statements."""
    begins, ends = local_day_bounds(scope.span.since)[0], local_day_bounds(scope.span.until)[1]
    mine = within(scope.by, Round).where(Round.inspector_id.in_(person_ids), Round.state == "ended")
    mine = mine.where(Round.ended_at >= begins, Round.ended_at < ends)
    found: dict[int, Facts] = {who: {"rounds": 0, "sections": 0, "finds": 0} for who in person_ids}
    counted = {
        "rounds": mine.with_only_columns(Round.inspector_id, func.count()),
        "sections": mine.join(Pass, Pass.round_id == Round.id).with_only_columns(Round.inspector_id, func.count()),
        "finds": mine.join(Defect, Defect.round_id == Round.id).with_only_columns(Round.inspector_id, func.count()),
    }
    for name, statement in counted.items():
        for who, n in db.session.execute(statement.group_by(Round.inspector_id)):
            found[who][name] = n
    return found


def blocks(facts: Facts) -> list[Block]:
    """What a supervisor and a leader read of patrols; nothing in digests from before, or without a plan."""
    patrols = facts.get("patrols")
    if not patrols:
        return []
    now, then = patrols["weeks"]
    rows = [Line([_("Patrols done ÷ due"), *(fraction(*pair) if pair else "–" for pair in (now, then))])]
    head = [_("Figure"), _("These seven days"), _("Seven days before")]
    missed = part(_("Missed patrols"), patrols["missed"], lambda row: _missed_line(row))
    where = Line([_("Map: where a patrol is next due")], page=("patrol.rounds", {"_anchor": "next"}))
    patrol = Block(_("Patrols"), "table", rows, head)
    return [patrol, Block("", "rows", [where]), *([missed] if patrols["missed"]["n"] else [])]


def _missed_line(row: Facts) -> Line:
    return Line([pick(row["section"]), _("due %(when)s", when=day(row["on"]))])


def own(facts: Facts) -> list[Block]:
    """An inspector's own rounds; nothing in digests from before, or where none was walked."""
    walked = facts.get("rounds")
    if not walked or not walked["rounds"]:
        return []
    words = ((_("Rounds"), "rounds"), (_("Sections passed"), "sections"), (_("Defects found on them"), "finds"))
    return [tiles(*((word, walked[name], False) for word, name in words))]
