"""Signing in and out, one's own account, the language, and the table of roles."""

import logging

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_login import current_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from roadworks.accounts import absence, actions, passwords, roles, sign_in, throttle
from roadworks.accounts.forms import LoginForm, PasswordForm, SettingsForm
from roadworks.accounts.models import Person, fold_username
from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.fields import at_field
from roadworks.base.i18n import LOCALES, _
from roadworks.base.web import back_or, safe_next, seen_version

bp = Blueprint("accounts", __name__)
log = logging.getLogger("roadworks.sign-in")


@bp.route("/login", methods=["GET", "POST"])
def login() -> Response | str | tuple[str, int]:
    """Sign in by name and password."""
    if current_user.is_authenticated and request.method == "GET":
        return redirect(url_for("worklist.home"))
    form = LoginForm(request.form if request.method == "POST" else None, next=request.args.get("next"))
    if request.method == "GET" or not form.validate():
        return _login_page(form, 200 if request.method == "GET" else 400)
    name = fold_username(form.username.data or "")
    person = _person(name, form.password.data or "")
    if person is None:
        form.password.errors = [_("Name and password do not fit together.")]
        return _login_page(form, 400)
    sign_in.begin(person)
    db.session.commit()
    return sign_in.remember_device(redirect(safe_next(form.next.data) or url_for("worklist.home")), name)


def _person(name: str, password: str) -> Person | None:
    """The person, if the password fits; failures are counted and kept. Raises TooMany, Unavailable, BadInput."""
    account, address = throttle.key("account", name), throttle.key("address", request.remote_addr or "")
    throttle.check(account, address, known_device=sign_in.known_device(name))
    person = db.session.scalars(select(Person).where(Person.username == name)).unique().one_or_none()
    stored = person.password_hash if person and person.active else None
    # Hashing takes a while: the database is let go meanwhile.
    db.session.rollback()
    if passwords.fits(stored, password) and person is not None:
        db.session.refresh(person)
        log.info("signed in: %r from %s", name, request.remote_addr)
        return person
    log.warning("sign-in failed: %r from %s", name, request.remote_addr)
    throttle.count(account, address)
    db.session.commit()
    return None


def _login_page(form: LoginForm, status: int) -> tuple[str, int]:
    demo = current_app.config["DEMO_PASSWORD"] if current_app.config["DEMO"] else None
    return render_template("accounts/login.html", form=form, demo_password=demo), status


@bp.post("/logout")
def logout() -> Response:
    """Sign out on this device."""
    sign_in.end(current_user)
    db.session.commit()
    return redirect(url_for("accounts.login"))


@bp.post("/language")
def set_language() -> Response:
    """Choose the language, for this browser and, signed in, for the person."""
    wanted = request.form.get("language", "")
    if wanted not in LOCALES:
        raise BadInput()
    session["language"] = wanted
    if current_user.is_authenticated:
        actions.choose_language(current_user, wanted)
        db.session.commit()
    return back_or("worklist.home" if current_user.is_authenticated else "accounts.login")


@bp.route("/account", methods=["GET", "POST"])
def account() -> Response | str | tuple[str, int]:
    """One's own account: who am I, leave and channels, and a new password."""
    form = PasswordForm()
    if request.method == "GET":
        return _account_page(form)
    me: Person = current_user._get_current_object()
    if form.validate():
        try:
            actions.set_password(me, me, form.password.data or "", old=form.old.data)
        except BadInput as fault:
            form[fault.field].errors = [str(fault.message)]
        else:
            sign_in.begin(me)
            db.session.commit()
            flash(_("Your password is changed. Other devices are signed out."))
            return redirect(url_for("accounts.account"))
    db.session.rollback()
    return _account_page(form), 400


@bp.post("/account/settings")
def settings() -> Response | tuple[str, int]:
    """One's own leave, substitute and channels."""
    me: Person = current_user._get_current_object()
    form = SettingsForm()
    if form.validate():
        try:
            absence.settle(me, me, **form.values(), seen=seen_version())
        except BadInput as fault:
            at_field(form, fault)
        else:
            db.session.commit()
            flash(_("Saved."))
            return redirect(url_for("accounts.account"))
    return _account_page(PasswordForm(formdata=None), form), 400


def _account_page(form: PasswordForm, settings: SettingsForm | None = None) -> str:
    me: Person = current_user._get_current_object()
    if settings is None:
        standing_in = me.substitute.username if me.substitute else ""
        settings = SettingsForm(formdata=None, obj=me)
        settings.deputy.data = standing_in
    names = absence.candidates(me)
    return render_template("accounts/account.html", form=form, settings=settings, names=names)


@bp.get("/roles")
def role_table() -> str:
    """Who may do what: the permission table itself."""
    return render_template("accounts/roles.html", rows=roles.rows())
