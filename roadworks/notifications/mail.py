"""Composing a mail: subject, text and HTML from templates/mail, in the recipient's language, with absolute links."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from css_inline import CSSInliner
from flask import current_app

from roadworks.base.i18n import LOCALES, force_locale

LONGEST_SUBJECT = 300
BLANK_LINES = re.compile(r"\n\s*\n\s*\n+")
# What base.html and base.txt put round what a letter says.
BEGIN, END = "<!-- said -->", "<!-- /said -->"
FOOT = "\n--\n"


@dataclass(frozen=True)
class Mail:
    """What a letter says; `subject` is one line, `html` a whole document that needs nothing from the network."""

    subject: str
    text: str
    html: str


def link(endpoint: str, *, _anchor: str = "", **values: Any) -> str:
    """The absolute address of a page, from ROADWORKS_BASE_URL: mail is written where there is no request."""
    base = urlsplit(current_app.config["BASE_URL"])
    adapter = current_app.url_map.bind(base.netloc, base.path or "/", url_scheme=base.scheme)
    return adapter.build(endpoint, values, force_external=True) + (f"#{_anchor}" if _anchor else "")


def one_line(text: str) -> str:
    """Text fit for a header: no line break or other control character, at most 300 characters."""
    words = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return words if len(words) <= LONGEST_SUBJECT else words[: LONGEST_SUBJECT - 1] + "…"


def compose(template: str, language: str | None, **values: Any) -> Mail:
    """Word templates/mail/<template>.txt (its block `subject` is the subject) and .html; None speaks Chinese.

    The templates get `link` (absolute addresses) and `locale` beside `values`, and the filters of every page.
    """
    spoken = language if language in LOCALES else "zh"
    with force_locale(str(spoken)):
        context = {"link": link, "locale": spoken, **values}
        plain = current_app.jinja_env.get_template(f"mail/{template}.txt")
        subject = "".join(plain.blocks["subject"](plain.new_context(context)))
        text = BLANK_LINES.sub("\n\n", plain.render(context)).strip() + "\n"
        html = current_app.jinja_env.get_template(f"mail/{template}.html").render(context)
    return Mail(one_line(subject), text, _inliner().inline(html))


@lru_cache(maxsize=1)
def _inliner() -> CSSInliner:
    """Style sheets become style attributes; the rules for dark mode and phones stay, for the clients that know them."""
    return CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def joined(newer: Mail, older: Mail) -> Mail:
    """One mail that says what two say, the newer first."""
    said, _foot, foot = newer.text.partition(FOOT)
    text = f"{said.rstrip()}\n\n* * *\n\n{older.text.partition(FOOT)[0].strip()}\n" + (FOOT + foot if foot else "")
    before = older.html.partition(BEGIN)[2].rpartition(END)[0] or older.html
    head, end, tail = newer.html.rpartition(END)
    html = f"{head}<hr>{before}{end}{tail}" if end else f"{tail}<hr>{before}"
    return Mail(newer.subject, text, html)
