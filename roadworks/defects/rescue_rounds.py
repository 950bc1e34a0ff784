"""Rounds in rescue files: a round is brought in as far as the phone had come with it, as the walker's own."""

from flask import url_for

from roadworks.accounts.models import Person
from roadworks.base.errors import Refusal
from roadworks.base.i18n import _l
from roadworks.defects.rescue import KINDS, Kind, Verdict
from roadworks.defects.rescue_file import Rescue
from roadworks.defects.rescue_list import Record
from roadworks.rounds import queries
from roadworks.rounds.bringing import Told, bring
from roadworks.rounds.models import Round
from roadworks.rounds.sync import parse
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import Actor, may

MAY_NOT_WALK = _l("Whoever made it may not walk rounds.")
NOBODYS = _l("It cannot be brought in: its number is taken.")


def _read(record: Record) -> Told:
    return parse({**record.fields, "client_id": record.id})


def judge(finder: Person, record: Record, _rescue: Rescue) -> Verdict:
    """New, or there already; one that the phone had come further with is new once more."""
    try:
        said = _read(record)
    except Refusal as refusal:
        return Verdict("refused", finder.name, why=(str(refusal.message),))
    before = queries.same_round(finder.district_id or 0, record.id)
    if not may(finder, "round.start"):
        return Verdict("refused", finder.name, why=(str(MAY_NOT_WALK),))
    if before is None:
        return Verdict("new", finder.name)
    if before.inspector_id != finder.id:
        return Verdict("refused", finder.name, why=(str(NOBODYS),))
    further = before.state != "ended" and (said.ended_at is not None or _paused_further(said, before))
    further |= not {one.section.id for one in said.ticks} <= {one.section_id for one in before.passes}
    return Verdict("new" if further else "there", finder.name, before.number, before.id)


def _paused_further(said: Told, before: Round) -> bool:
    """Whether the phone tells of a pause, or of the end of one, that is not written down yet."""
    known = [ends is not None for _begins, ends in before.pauses]
    told = [ends is not None for _begins, ends in said.pauses]
    return len(told) > len(known) or any(ended and not known[place] for place, ended in enumerate(told))


def take(_by: Actor, finder: Person, record: Record, _rescue: Rescue, _cause: Event) -> Verdict:
    """Walk it again on paper, by the verbs that the phone uses."""
    walked, _fresh = bring(finder, _read(record))
    return Verdict("filed", finder.name, walked.number, walked.id, thing=walked)


KINDS["round"] = Kind(judge, take, lambda round_id: url_for("rounds.round", round_id=round_id))
