"""Walk the table: every step from every state for every role, the allowed and the forbidden."""

import pytest

from roadworks.base.db import db
from roadworks.base.errors import GateShut, NotAllowed, NotFound, WrongStep
from roadworks.projects.models import STAGES
from roadworks.workflow import audit
from roadworks.workflow.permissions import MAY, check, may
from roadworks.workflow.transitions import (
    DEFECT_STATES,
    ORDER_STATES,
    PROJECT_STATES,
    ROUND_STATES,
    STEPS,
    can,
    move,
    open_steps,
)
from tests.support.cast import ORDERS, defect_in, project, walked

PEOPLE = ["inspector", "crew", "supervisor", "engineer", "leader", "admin"]
ANSWERS = {"reason": "因为", "original": "BH1", "owner": "自来水公司", "until": "2018-07-01"}


STATES = {"defect": DEFECT_STATES, "order": ORDER_STATES, "project": PROJECT_STATES, "round": ROUND_STATES}


def thing_in(cast, kind: str, state: str):
    if kind == "round":
        return walked(cast, state)
    if kind == "project":
        return project(cast, "tender", state)
    return defect_in(cast, state) if kind == "defect" else ORDERS[state](cast)


@pytest.mark.parametrize("kind", ["defect", "order", "project", "round"])
def test_every_step_from_every_state_for_every_role(cast, kind):
    for state in STATES[kind]:
        thing = thing_in(cast, kind, state)
        assert thing.state == state
        db.session.commit()
        for verb, step in STEPS.items():
            if not verb.startswith(kind + ".") or verb == "order.finish":
                continue
            for who in PEOPLE:
                _try(cast, thing, verb, step, who, state)


def _try(cast, thing, verb, step, who, state) -> None:
    """Take one step and take it back; what comes must be what the table says."""
    person = getattr(cast, who)
    allowed = not step.caused and may(person, verb, thing)
    try:
        to = {"order.resume": "working", "project.advance": "running", "project.skip": "running"}.get(verb)
        event = move(thing, verb, person, seen=thing.version, to=to, **ANSWERS)
    except NotAllowed:
        assert not allowed, f"{who} {verb} from {state}"
    except GateShut:
        assert allowed, f"{who} {verb} from {state}"
        assert state in step.of
        assert "gate" in step.needs
    except WrongStep:
        assert allowed, f"{who} {verb} from {state}: 403 goes before 409"
        assert state not in step.of
    else:
        assert allowed, f"{who} took {verb}"
        assert state in step.of
        assert (event.before, event.after) == (state, thing.state)
    db.session.rollback()


@pytest.mark.parametrize("stage", STAGES)
def test_every_step_in_every_stage_of_a_project_for_every_role(cast, stage):
    made = project(cast, stage)
    db.session.commit()
    for verb, step in STEPS.items():
        if verb.startswith("project."):
            for who in PEOPLE:
                _try(cast, made, verb, step, who, "running")


def test_an_engineer_walks_only_the_projects_they_are_in_charge_of(cast):
    own, foreign = project(cast), project(cast, in_charge_id=None)
    for verb in ("project.edit", "project.advance", "project.suspend", "project.add_paper"):
        assert may(cast.engineer, verb, own)
        assert not may(cast.engineer, verb, foreign)
        assert may(cast.supervisor, verb, foreign)


def test_somebody_from_another_district_never_learns_that_it_is_there(cast):
    defect, order = defect_in(cast, "filed"), ORDERS["issued"](cast)
    made, walk = project(cast), walked(cast)
    for verb, rule in MAY.items():
        thing = {"defect": defect, "order": order, "project": made, "round": walk}.get(verb.split(".")[0])
        if thing is not None:
            with pytest.raises(NotFound):
                check(cast.stranger, verb, thing)
        assert rule.roles


def test_buttons_are_exactly_the_steps_that_may_and_can_be_taken(cast):
    for state in ORDER_STATES:
        order = ORDERS[state](cast)
        for who in [*PEOPLE, "crew2"]:
            person = getattr(cast, who)
            for verb in open_steps(order, person):
                assert may(person, verb, order), verb
                assert verb == "order.undo" or can(order, verb), verb


def test_the_doer_and_the_doers_crew_never_verify(cast):
    order = ORDERS["done"](cast)
    assert may(cast.inspector, "order.pass", order)
    order.done_by_id = cast.inspector.id
    assert not may(cast.inspector, "order.pass", order)
    assert not may(cast.crew, "order.pass", order)


def test_each_step_stands_in_the_trail_and_the_state_is_the_last_events(cast):
    order = ORDERS["closed"](cast)
    db.session.commit()
    events = audit.history(order)
    assert [e.verb for e in events] == ["order.issue", "order.accept", "order.start", "order.finish", "order.pass"]
    assert events[-1].after == order.state == "closed"
    defect = order.lines[0].defect
    verbs = [e.verb for e in audit.history(defect)]
    assert verbs == ["defect.file", "defect.confirm", "defect.order", "defect.mend", "defect.close"]
    assert defect.version == len(verbs)
