"""The rules of the house, watched."""

import ast
import re
from pathlib import Path

import pytest

from roadworks.workflow.permissions import MAY
from roadworks.workflow.transitions import (
    DEFECT_STATES,
    NEED_WORDS,
    ORDER_STATES,
    PROJECT_STATES,
    ROUND_STATES,
    STEPS,
)
from roadworks.workflow.words import VERBS, WORDS

ROOT = Path(__file__).resolve().parents[2]
STREET = ["base", "workflow", "accounts", "network", "rounds", "defects", "workorders"]
STREET += ["projects", "notifications", "reports", "worklist"]
# Doors beside the street: they open every room.
BESIDE = {"demo", "rooms", "jobs", "serve", "assets", "migrations", "__init__"}
INSIDE = ["models", "rules", "queries", "actions", "forms", "views"]
FILES = sorted((ROOT / "roadworks").rglob("*.py"))
# Longer than the aim of 200 lines, for a reason.
LONG_FILES = {
    "workflow/transitions.py": "the table of steps and the one function that takes them",
    "workflow/permissions.py": "the table of who may do what",
    "workorders/actions.py": "every verb of an order, one after the other",
    "projects/actions.py": "every verb of a project, one after the other",
    "workorders/views.py": "the steps of an order share their reading of the form",
    "demo/half_year.py": "one story told in order",
    "defects/field.py": "the phone form",
    "workflow/words.py": "a list of words",
    "base/calendar.py": "the four units of time, forwards and backwards",
    "base/db.py": "both databases' set-up in one place",
    "defects/views.py": "the list, the map, the page and its steps",
    "accounts/actions.py": "people, crews and districts share their checks",
}


def imports(path: Path) -> set[str]:
    """The modules of ours that a file imports, lazy imports included."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("roadworks"):
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.startswith("roadworks")}
    return found


def room_of(name: str) -> str:
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else ""


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_room_imports_only_what_stands_before_it(path):
    here = path.relative_to(ROOT / "roadworks").with_suffix("").parts
    if here[0] not in STREET:
        assert here[0] in BESIDE, (
            f"{here[0]} is neither a room of the street nor a door: put it on the plan of the house first"
        )
        return
    for name in imports(path):
        room = room_of(name)
        if room in STREET:
            assert STREET.index(room) <= STREET.index(here[0]), (
                f"{path}: {name} stands further down the street: turn the call round, or hang a function on a list of the earlier room"
            )
        elif room:
            assert room not in BESIDE, f"{path}: rooms do not import the doors ({name})"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_inside_a_room_files_import_only_earlier_ones(path):
    here = path.relative_to(ROOT / "roadworks").with_suffix("").parts
    if len(here) != 2 or here[1] not in INSIDE:
        return
    for name in imports(path):
        parts = name.split(".")
        if len(parts) >= 3 and parts[1] == here[0] and parts[2] in INSIDE:
            assert INSIDE.index(parts[2]) < INSIDE.index(here[1]), (
                f"{path} imports {name}: models → rules → queries → actions → forms → views"
            )


def test_may_can_and_did_use_the_same_verbs():
    open_steps = {verb for verb, step in STEPS.items() if not step.caused}
    assert open_steps <= set(MAY), "every step that a person can take stands in MAY"
    assert set(STEPS) <= set(VERBS), "every step has its button and its sentence"
    reading = {verb for verb in MAY if verb.endswith((".read", ".take"))}
    assert set(MAY) - reading <= set(VERBS), "every verb of MAY has its words"
    assert {need for step in STEPS.values() for need in step.needs} <= set(NEED_WORDS)


def test_every_state_has_its_word_and_can_be_reached_and_left():
    assert set(WORDS["defect"]) == set(DEFECT_STATES)
    assert set(WORDS["order"]) == set(ORDER_STATES)
    assert set(WORDS["project"]) == set(PROJECT_STATES)
    assert set(WORDS["round"]) == set(ROUND_STATES)
    targets = {step.to for step in STEPS.values()} | {"filed", "issued"}
    assert set(DEFECT_STATES) | set(ORDER_STATES) | set(PROJECT_STATES) | set(ROUND_STATES) <= targets


def test_files_are_short():
    files = {str(p.relative_to(ROOT / "roadworks")): p for p in FILES if "versions" not in p.parts}
    files |= {p.name: p for p in (ROOT / "static" / "js").glob("*.js")}
    long = {name for name, path in files.items() if len(path.read_text("utf-8").splitlines()) > 200}
    assert long <= set(LONG_FILES), f"split by trade, or give a reason here: {long - set(LONG_FILES)}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_file_and_public_function_says_what_it_is(path):
    if "versions" in path.parts:
        return
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree), f"{path}: one sentence at the head of each file"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{path}: {node.name} needs its sentence"


def source(*left_out: str) -> str:
    return "\n".join(p.read_text("utf-8") for p in FILES if not str(p).endswith(left_out))


def test_only_move_and_undo_write_a_state():
    writers = re.findall(r"\.state\s*=(?!=)", source())
    assert not writers, "take a step with move() instead of writing .state"


def test_nobody_asks_about_a_role_outside_permissions():
    text = source(
        "permissions.py",
        "worklist/views.py",
        "accounts/queries.py",
        "accounts/actions.py",
        "workorders/queries.py",
        "roles.py",
        "setting.py",
    )
    assert not re.findall(r"\.role\s*(?:==|!=|in\b)", text), (
        "ask may(person, verb, thing) instead of looking at the role"
    )


def test_every_row_says_what_it_is_where_two_people_collide():
    from roadworks import rooms  # noqa: F401  so that every model is there
    from roadworks.base.db import Row

    silent = [row.__name__ for row in Row.__subclasses__() if not {"__called__", "summary"} & set(vars(row))]
    assert not silent, (
        f"a conflict page would call these by a person's name: give them __called__ or summary(): {silent}"
    )


def test_actions_never_commit_and_never_see_flask():
    for path in FILES:
        if path.name in {"actions.py", "filing.py", "photos.py", "deadlines.py", "holidays.py", "bringing.py"}:
            text = path.read_text("utf-8")
            assert ".commit(" not in text, f"{path}: the view commits"
            assert "from flask import" not in text, f"{path}: actions do not see Flask"


def test_time_comes_from_the_clock():
    text = source("clock.py", "throttle.py", "storage.py", "serve.py", "cookie.py")
    assert not re.findall(r"datetime\.(?:now|utcnow|today)\(|date\.today\(", text), "ask clock.now()"


def test_templates_hold_no_inline_script_or_style_and_no_foreign_address():
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=", text), (
            f"{path}: name the behaviour with data-module"
        )
        assert "http://" not in text, f"{path}: the bureau's network has no internet"
        assert "https://" not in text, f"{path}: the bureau's network has no internet"


def test_no_pickle_anywhere():
    assert "pickle" not in source()


def test_no_filter_or_global_of_the_templates_is_given_twice():
    given = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            whose = ast.unparse(node.func)
            if whose.endswith(("jinja_env.filters.update", "jinja_env.globals.update")):
                names = [key for arg in node.args if isinstance(arg, ast.Dict) for key in arg.keys]
            elif "app_template_" in whose:
                names = node.args[-1:]
            else:
                continue
            given += [(whose.split("_")[-1], ast.unparse(name)) for name in names if name]
    assert given
    assert not [one for one in given if given.count(one) > 1]


def test_templates_write_colons_and_brackets_as_the_language_does():
    """`_(": ")` and `_(" (%(what)s)")` are wide in Chinese; brackets around numbers alone stay narrow."""
    for path in sorted((ROOT / "templates").rglob("*.*")):
        text = path.read_text("utf-8")
        assert not re.search(r"(\}\}|%\})(</\w+>)?: ", text), path
        assert not re.search(r"(\}\}|>) ?(<[^>]*>)?\(\{\{ (_\(|say\(|ngettext\(|\w+_word\(|[\w.]+ \| label)", text), (
            path
        )
