"""The phone in the street without network: what is installed, what is kept to open with no network, and the queue."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, render_template, request
from flask_login import current_user

from roadworks.base.fields import options
from roadworks.base.files import FORMER
from roadworks.base.i18n import _, locale
from roadworks.base.web import asset
from roadworks.defects import field, rescue_file
from roadworks.defects.forms import DefectForm
from roadworks.network.views import home
from roadworks.rounds.views import RULE
from roadworks.workflow.permissions import check, may

bp = Blueprint("street", __name__)
# The files that the pages of the street need; the map's library comes only where a map is drawn.
KEPT = ("app.css", "icons/sprite.svg", "icons/favicon.svg")
# Scripts of pages that open with network only.
DESK = frozenset(
    {
        *("board", "choose", "focus", "hand-in", "keys", "map-defects"),
        *("map-lines", "plain", "print", "sign-in", "threshold", "wall"),
    }
)
MAP = ("leaflet/leaflet.js", "leaflet/leaflet.css")
PAGES = (
    *("base.html", "defects/new.html", "defects/_fields.html", "defects/_markup.html", "street/queue.html"),
    *("rounds/today.html", "rounds/_macros.html", "workorders/shell.html", "macros/steps.html", "macros/voice.html"),
    *("street/guide.html", "workorders/_ghost.html", "worklist/nearby_shell.html", "worklist/_nearby.html"),
    "macros/map.html",
)
# The pages that are kept to open with no network, and what their person must be allowed to do.
SHELLS = {
    **dict.fromkeys(("/street/new", "/queue", "/street/guide", "/street/orders", "/street/nearby"), "defect.file"),
    "/street/round": "round.start",
}


@bp.record
def _note_version(state: Any) -> None:
    """Work out once per start which files the street has, and the mark of their content."""
    folder = Path(str(state.app.static_folder))
    files = kept_files(folder)
    state.app.extensions["street"] = {
        "files": files,
        "version": fingerprint(folder, files, str(state.app.template_folder)),
    }


@bp.after_app_request
def tell_version(response: Response) -> Response:
    """Say by which version a page was made: a phone gives a page only files of its own version.

    A shell that the phone has as it is now is not sent again.
    """
    if response.mimetype != "text/html":
        return response
    version = current_app.extensions["street"]["version"]
    response.headers["X-Roadworks-Version"] = version
    if request.path in SHELLS and response.status_code == 200:
        response.set_etag(sha256(version.encode() + response.get_data()).hexdigest()[:20], weak=True)
        response.make_conditional(request)
    return response


def shells() -> list[str]:
    """Which of the street's pages the phone of who is signed in may ask for, to keep them."""
    return [address for address, verb in SHELLS.items() if may(current_user, verb)]


bp.add_app_template_global(shells, "shells")


@bp.get("/manifest.webmanifest")
def manifest() -> Response:
    """What a phone installs."""
    icons = [
        {"src": asset(f"icons/app-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in (192, 512)
        for purpose in ("any", "maskable")
    ]
    said = {"name": _("Roadworks"), "short_name": _("Roadworks"), "start_url": "/", "id": "/", "scope": "/"}
    look = {"display": "standalone", "background_color": "#f4f6f7", "theme_color": "#0b5558", "lang": locale()}
    response = jsonify(**said, **look, icons=icons)
    response.mimetype = "application/manifest+json"
    return response


@bp.get("/sw.js")
def worker() -> Any:
    """The service worker: its text changes when any file of the street changes, which is how a phone learns of it."""
    kept = current_app.extensions["street"]
    former = {f"{request.script_root}{current_app.static_url_path}/{old}": asset(name) for old, name in FORMER.items()}
    said = {"version": kept["version"], "files": [asset(name) for name in kept["files"]], "former": former}
    text = f'import start from "{asset("js/worker.js")}";\nstart({json.dumps(said)});\n'
    response = Response(text, mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag(weak=True)
    return response.make_conditional(request)


def kept_files(folder: Path) -> list[str]:
    """The files in static/ that a phone keeps, by name."""
    scripts = sorted(
        path.relative_to(folder).as_posix() for path in (folder / "js").glob("*.js") if path.stem not in DESK
    )
    vendor = [f"vendor/{name}" for name in MAP if (folder / "vendor" / name).is_file()]
    return [*KEPT, *scripts, *vendor]


def fingerprint(folder: Path, files: list[str], templates: str) -> str:
    """A mark of the content of these files and of the page templates of the street."""
    whole = sha256()
    for path in [*(folder / name for name in files), *(Path(templates) / name for name in PAGES)]:
        whole.update(path.read_bytes())
    return whole.hexdigest()[:16]


@bp.get("/street/new")
def new() -> str:
    """The filing form with nobody's name or token on it, kept on the phone to file with no network."""
    check(current_user, "defect.file")
    form = DefectForm()
    form.section_id.choices = options([("", _("Not in the register"))])
    field.offer_types(form, {})
    return render_template("defects/new.html", form=form, kept=[], faults=[], district=home(), as_shell=True, menu=True)


@bp.get("/queue")
def queue() -> str:
    """What waits on this phone, is being sent, has arrived, or was refused; drawn by the phone itself."""
    check(current_user, "defect.file")
    return render_template("street/queue.html", as_shell=True, part=rescue_file.PART, taken=rescue_file.MOST_WHOLE)


@bp.get("/street/round")
def round() -> str:
    """The round of today with nobody's name or token on it, kept on the phone to walk with no network."""
    check(current_user, "round.start")
    return render_template("rounds/today.html", as_shell=True, rule=RULE)


@bp.get("/street/guide")
def guide() -> str:
    """One page for who walks the streets: how to file, what the states mean, what to do in trouble."""
    check(current_user, "defect.file")
    return render_template("street/guide.html", as_shell=True)
