"""The papers of a project: stored before their row is written; a newer version replaces the old and keeps it."""

from typing import IO, Any

from sqlalchemy import Select, select, update

from roadworks.base import clock
from roadworks.base.db import db
from roadworks.base.documents import Document, shown_name
from roadworks.base.errors import BadInput, Conflict
from roadworks.base.i18n import _l
from roadworks.base.storage import storage
from roadworks.projects.models import Project
from roadworks.projects.records import Paper
from roadworks.projects.tables import GatePaper
from roadworks.workflow import audit
from roadworks.workflow.audit import Event
from roadworks.workflow.permissions import Actor, check, within
from roadworks.workflow.transitions import move

MOST_PAPERS = 500

NOT_ITS_PAPER = _l("This paper does not belong to the project.")
NAME_NEEDED = _l("Say what paper this is.")
REPLACED = _l("Somebody has replaced this paper meanwhile.")
THE_SAME = _l("This is the same file that is there already.")
TOO_MANY = _l("A project holds at most 500 papers.")


def store(file: IO[bytes], document: Document) -> None:
    """Put the content of a looked-at file where its rows will find it; to be done before any lock is held."""
    storage().put_from(_key(document), file, document.size)


def _key(document: Document) -> str:
    return Paper(sha256=document.sha256, kind=document.kind).key


def add(
    by: Actor,
    project: Project,
    document: Document,
    *,
    filename: str,
    name: str = "",
    gate_paper: GatePaper | None = None,
    replaces: Paper | None = None,
) -> Event:
    """Put a stored paper on record: for a gate, as a newer version of another, or under a name of its own.

    Raises NotAllowed, WrongStep, BadInput (field `file` or `name`), Conflict (somebody replaced it first).
    """
    check(by, "project.add_paper", project)
    audit.lock(project.district_id)
    old = replaces or _present(project, gate_paper)
    _check(project, document, gate_paper, old)
    paper = Paper(
        district_id=project.district_id,
        project_id=project.id,
        stage=old.stage if old else gate_paper.rule.code if gate_paper else project.stage,
        gate_paper_id=gate_paper.id if gate_paper else old.gate_paper_id if old else None,
        name=_name(name, gate_paper, old),
        filename=shown_name(filename, document.kind),
        kind=document.kind,
        size=document.size,
        sha256=document.sha256,
        number=old.number + 1 if old else 1,
        replaces_id=old.id if old else None,
        uploaded_by_id=by.id,
        uploaded_at=clock.now(),
    )
    if old is not None:
        _replace(old)
    db.session.add(paper)
    db.session.flush()
    told: dict[str, Any] = {
        "paper": paper.name,
        "filename": paper.filename,
        "number": paper.number,
        "sha256": paper.sha256,
    }
    return move(project, "project.add_paper", by, **told)


def _present(project: Project, gate_paper: GatePaper | None) -> Paper | None:
    """The version in force of what a gate asks for."""
    if gate_paper is None:
        return None
    found = select(Paper).where(Paper.project_id == project.id, Paper.gate_paper_id == gate_paper.id)
    return db.session.scalars(found.where(Paper.replaced.is_(False)).order_by(Paper.id.desc())).first()


def _check(project: Project, document: Document, gate_paper: GatePaper | None, old: Paper | None) -> None:
    if gate_paper is not None and gate_paper.rule.category != project.category:
        raise BadInput(NOT_ITS_PAPER, field="file")
    if old is not None and old.project_id != project.id:
        raise BadInput(NOT_ITS_PAPER, field="file")
    if old is not None and old.sha256 == document.sha256:
        raise BadInput(THE_SAME, field="file")
    ids = select(Paper.id).where(Paper.project_id == project.id).limit(MOST_PAPERS)
    if len(db.session.scalars(ids).all()) >= MOST_PAPERS:
        raise BadInput(TOO_MANY, field="file")


def _name(said: str, gate_paper: GatePaper | None, old: Paper | None) -> str:
    name = gate_paper.name_zh if gate_paper else said or (old.name if old else "")
    if not name:
        raise BadInput(NAME_NEEDED, field="name")
    return name


def _replace(old: Paper) -> None:
    """Only one newer version follows another, also when two send one at once."""
    statement = update(Paper).where(Paper.id == old.id, Paper.replaced.is_(False)).values(replaced=True)
    if db.session.execute(statement.execution_options(synchronize_session="fetch")).rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict(REPLACED)


def one_of(person: Actor, project: Project, paper_id: int) -> Select[Paper]:
    """The paper of this id, if it is the project's."""
    return within(person, Paper).where(Paper.id == paper_id, Paper.project_id == project.id)


def asked(person: Actor, gate_paper_id: int) -> Select[GatePaper]:
    """What a gate asks for, by its id in the person's own table of stages."""
    return within(person, GatePaper).where(GatePaper.id == gate_paper_id)
