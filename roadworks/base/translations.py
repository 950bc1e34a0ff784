"""Commands for translators: is the Chinese catalogue whole, bring it up to date, compile it."""

import io
import sys
from pathlib import Path

import click
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from flask import Flask
from flask.cli import AppGroup

from roadworks.base.config import ROOT

PO = ROOT / "roadworks" / "translations" / "zh" / "LC_MESSAGES" / "messages.po"
KEYWORDS = {"_": None, "_l": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None}
METHODS = [("roadworks/migrations/**", "ignore"), ("roadworks/**.py", "python"), ("templates/**.*", "jinja2")]
OPTIONS = {"templates/**.*": {"trimmed": "true", "silent": "false"}}

group = AppGroup("translations", help="The Chinese catalogue.")


def extracted() -> Catalog:
    """All texts of code and templates."""
    found = Catalog(charset="utf-8")
    for top in ("roadworks", "templates"):
        methods = [(pattern.removeprefix(f"{top}/"), kind) for pattern, kind in METHODS if pattern.startswith(top)]
        options = {k.removeprefix(f"{top}/"): v for k, v in OPTIONS.items() if k.startswith(top)}
        for name, _line, text, comments, context in extract_from_dir(ROOT / top, methods, options, KEYWORDS):
            found.add(text, None, [(f"{top}/{name}", 0)], auto_comments=comments, context=context)
    return found


def catalogue(path: Path = PO) -> Catalog:
    """The Chinese catalogue as it stands."""
    if not path.exists():
        return Catalog(locale="zh", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale="zh")


def faults() -> list[str]:
    """A sentence for each text without Chinese, each doubtful one and each no longer used."""
    wanted, have = {m.id for m in extracted() if m.id}, catalogue()
    known = {m.id: m for m in have if m.id}
    wrong = [f"missing: {text!r}" for text in wanted if text not in known]
    wrong += [f"no longer used: {text!r}" for text in known if text not in wanted]
    for text, message in known.items():
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.fuzzy or not all(strings):
            wrong.append(f"empty or doubtful: {text!r}")
        wrong += [f"{error}: {text!r}" for error in message.check(have)]
    return sorted(wrong)


def compile_catalogue() -> None:
    """Write the compiled catalogue beside its source."""
    out = io.BytesIO()
    write_mo(out, catalogue())
    PO.with_suffix(".mo").write_bytes(out.getvalue())


@group.command("check")
def check_command() -> None:
    """Exit 1 where a text has no Chinese, or the Chinese has no text."""
    wrong = faults()
    for fault in wrong:
        click.echo(fault)
    sys.exit(1 if wrong else 0)


@group.command("update")
def update_command() -> None:
    """Bring the catalogue up to date with code and templates; new texts stand empty."""
    have, fresh = catalogue(), extracted()
    merged = Catalog(locale="zh", charset="utf-8", project="Roadworks", fuzzy=False)
    for message in fresh:
        if message.id:
            old = have.get(message.id)
            merged.add(message.id, old.string if old else None, message.locations)
    PO.parent.mkdir(parents=True, exist_ok=True)
    with PO.open("wb") as file:
        write_po(file, merged, sort_output=True, omit_header=False, include_lineno=False, width=110)


@group.command("compile")
def compile_command() -> None:
    """Compile the catalogue."""
    compile_catalogue()


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(group)
