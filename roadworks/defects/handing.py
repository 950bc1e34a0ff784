"""The door for phones whose person has no access any more: nothing is filed by it, and no evidence is lost."""

from flask import Blueprint, Response, abort, jsonify, request

from roadworks.accounts import sign_in
from roadworks.base.contract import PREFIX
from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.defects import rescue_taking

# Without a token, for none is given to who is not signed in: what no other site can do is the seal on each record.
bp = Blueprint("handing", __name__, url_prefix=PREFIX)


@bp.post("/rescue")
def hand_in() -> tuple[Response, int]:
    """Keep a rescue file for a supervisor to decide on; 401 for all but who has no access any more."""
    person = sign_in.closed()
    if person is None:
        abort(401)
    file = request.files.get("file")
    if file is None:
        raise BadInput()
    sha = rescue_taking.hand_in(person, file.stream, str(file.filename))
    db.session.commit()
    return jsonify(sha256=sha), 201
