"""Admin pages: people, crews, districts."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from roadworks.accounts import absence, actions, queries
from roadworks.accounts.forms import CrewForm, DistrictForm, DutyForm, PersonForm
from roadworks.accounts.models import Crew, District, Person
from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.fields import at_field, clean_text, options
from roadworks.base.i18n import _, label
from roadworks.base.web import one, paged, seen_version
from roadworks.workflow.permissions import check, within

bp = Blueprint("admin", __name__, url_prefix="/admin")


@bp.get("/people")
def people() -> str:
    """The people of the district."""
    check(current_user, "people.edit")
    words, role = clean_text(request.args.get("q", ""))[:100], request.args.get("role", "")
    page = paged(
        queries.people(current_user, words, role),
        Person.name,
        Person.id,
        cursor=request.args.get("cursor"),
        descending=False,
    )
    return render_template("accounts/people.html", page=page, words=words, role=role)


@bp.route("/people/new", methods=["GET", "POST"])
@bp.route("/people/<int:person_id>", methods=["GET", "POST"])
def person(person_id: int | None = None) -> Any:
    """Add or edit a person."""
    check(current_user, "people.edit")
    found = one(within(current_user, Person).where(Person.id == person_id)) if person_id else None
    form = _person_form(found)
    if request.method == "POST" and form.validate():
        try:
            _save_person(form, found)
        except BadInput as fault:
            at_field(form, fault)
        else:
            return _done("admin.people")
    return _person_page(form, found)


@bp.post("/people/<int:person_id>/settings")
def person_settings(person_id: int) -> Any:
    """Leave, substitute, channels and the duty of the digest, as an administrator sets them."""
    check(current_user, "people.edit")
    found = one(within(current_user, Person).where(Person.id == person_id))
    form = DutyForm()
    if form.validate():
        try:
            absence.settle(current_user, found, **form.values(), seen=seen_version())
        except BadInput as fault:
            at_field(form, fault)
        else:
            return _done("admin.people")
    return _person_page(_person_form(found, formdata=None), found, form)


def _person_form(found: Person | None, **more: Any) -> PersonForm:
    form = PersonForm(obj=found, **more)
    everywhere = [("", _("All districts"))] if current_user.district_id is None else []
    districts = [(d.id, label(d)) for d in db.session.scalars(queries.districts(current_user))]
    form.district_id.choices = options([*everywhere, *districts])
    crews = [(c.id, label(c)) for c in db.session.scalars(queries.crews(current_user))]
    form.crew_id.choices = options([("", _("None")), *crews])
    return form


def _person_page(form: PersonForm, found: Person | None, settings: DutyForm | None = None) -> tuple[str, int]:
    if settings is None and found is not None:
        settings = DutyForm(formdata=None, obj=found)
        settings.deputy.data = found.substitute.username if found.substitute else ""
    names = absence.candidates(current_user) if found else []
    faulty = form.errors or (settings is not None and settings.errors)
    page = render_template("accounts/person.html", form=form, person=found, settings=settings, names=names)
    return page, 400 if faulty else 200


def _save_person(form: PersonForm, found: Person | None) -> None:
    values = {name: getattr(form, name).data for name in actions.PERSON_FIELDS}
    if found is None:
        actions.add_person(
            current_user, username=form.username.data or "", password=form.password.data or "", values=values
        )
        return
    actions.change_person(current_user, found, values, seen=seen_version())
    if form.password.data:
        actions.set_password(current_user, found, form.password.data)


@bp.get("/crews")
def crews() -> str:
    """The crews of the district."""
    check(current_user, "crews.edit")
    return render_template("accounts/crews.html", crews=list(db.session.scalars(queries.crews(current_user))))


@bp.route("/crews/new", methods=["GET", "POST"])
@bp.route("/crews/<int:crew_id>", methods=["GET", "POST"])
def crew(crew_id: int | None = None) -> Any:
    """Add or edit a crew."""
    check(current_user, "crews.edit")
    found = one(within(current_user, Crew).where(Crew.id == crew_id)) if crew_id else None
    form = CrewForm(obj=found)
    if request.method == "POST" and form.validate():
        values = {name: getattr(form, name).data for name in actions.CREW_FIELDS}
        try:
            if found is None:
                actions.add_crew(current_user, _own_district(), values)
            else:
                actions.change_crew(current_user, found, values, seen=seen_version())
        except BadInput as fault:
            at_field(form, fault)
        else:
            return _done("admin.crews")
    return _page("accounts/crew.html", form, crew=found)


@bp.get("/districts")
def districts() -> str:
    """The districts this administrator looks after."""
    check(current_user, "districts.edit")
    return render_template(
        "accounts/districts.html", districts=list(db.session.scalars(queries.districts(current_user)))
    )


@bp.route("/districts/new", methods=["GET", "POST"])
@bp.route("/districts/<int:district_id>", methods=["GET", "POST"])
def district(district_id: int | None = None) -> Any:
    """Add or edit a district."""
    check(current_user, "districts.edit")
    found = one(queries.districts(current_user).where(District.id == district_id)) if district_id else None
    form = DistrictForm(obj=found)
    if request.method == "POST" and form.validate():
        fields = (*actions.DISTRICT_FIELDS, *actions.RULE_FIELDS, *actions.PHOTO_FIELDS)
        values = {name: form[name].data for name in fields if name in form}
        try:
            if found is None:
                actions.add_district(current_user, form.code.data or "", values)
            else:
                kept = {"note_zh": found.note_zh, "note_en": found.note_en}
                actions.change_district(current_user, found, values | kept, seen=seen_version())
        except BadInput as fault:
            at_field(form, fault)
        else:
            return _done("admin.districts")
    return _page("accounts/district.html", form, district=found)


def _own_district() -> District:
    """The district an admin adds to: their own, or the one chosen in the address."""
    wanted = current_user.district_id or request.args.get("district", type=int)
    return (
        one(select(District).where(District.id == wanted)) if wanted else one(queries.districts(current_user).limit(1))
    )


def _done(endpoint: str) -> Response:
    db.session.commit()
    flash(_("Saved."))
    return redirect(url_for(endpoint))


def _page(template: str, form: Any, **values: Any) -> tuple[str, int]:
    return render_template(template, form=form, **values), 400 if form.errors else 200
