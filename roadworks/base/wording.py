"""The texts of templates: each looked up in the catalogue once per language, for a page asks for hundreds."""

from collections.abc import Iterable
from typing import Any

from babel.support import NullTranslations, Translations
from flask import Flask
from markupsafe import Markup

from roadworks.base.i18n import LOCALES, locale


def in_page(text: str, **values: Any) -> Markup:
    """`_` of the templates: the text in the language in force, as Jinja's own gives it."""
    key = (locale(), text)
    found = _worded.get(key)
    if found is None:
        found = Markup(_catalogue().gettext(text))  # noqa: S704  the catalogue is ours
        if "%" not in text:
            _worded[key] = found
    return found % values if "%" in text else found


def joined(parts: Iterable[str]) -> str:
    """Several in one sentence, as the language in force lists them."""
    return ("、" if locale() == "zh" else ", ").join(parts)


def _catalogue() -> Translations:
    """The compiled catalogue in force, read once per process."""
    return _catalogues[locale()]


_catalogues: dict[str, Any] = {}
# A text with nothing to fill in, per language; only literals of the templates come here.
_worded: dict[tuple[str, str], Markup] = {}


def init_app(app: Flask) -> None:
    """Read the catalogues and give templates their `_` and `trans`."""
    for name in LOCALES:
        folder = app.config["BABEL_TRANSLATION_DIRECTORIES"]
        _catalogues[name] = Translations.load(folder, [name]) if name != "en" else NullTranslations()
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # by the extension
        lambda text: _catalogue().gettext(text),
        lambda one, many, n: _catalogue().ngettext(one, many, n),
        newstyle=True,
    )
    app.jinja_env.globals["_"] = in_page
