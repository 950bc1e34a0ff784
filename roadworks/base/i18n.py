"""Languages, and how dates, numbers and m² are written in them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import urlencode

from babel.core import negotiate_locale
from babel.dates import format_date, format_datetime
from flask import Flask, g, has_app_context, has_request_context, request, session
from flask_babel import Babel, get_locale
from flask_babel import force_locale as force_babel
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext as ngettext
from flask_login import current_user

from roadworks.base import clock
from roadworks.base.quantities import format_chainage

LOCALES = ("zh", "en")
YEAR_DAYS = 365
THIN = "\u202f"

babel = Babel()

__all__ = ["LOCALES", "_", "_l", "force_locale", "init_app", "label", "language", "ngettext"]


def language() -> str:
    """The language of this page: the person's choice, the one chosen before sign-in, the browser's, else Chinese."""
    if not has_request_context():
        return "zh"
    chosen = getattr(current_user, "language", None) or session.get("language")
    if chosen in LOCALES:
        return str(chosen)
    wanted = [tag for tag, _quality in request.accept_languages][:20]
    return negotiate_locale(wanted, LOCALES, sep="-") or "zh"


def locale() -> str:
    """`zh` or `en`, whichever is in force (also inside `force_locale`); asked some hundred times a page, so kept."""
    if not has_app_context():
        return "zh"
    kept: str | None = g.get("locale_in_force")
    if kept is None:
        found = get_locale()
        kept = g.locale_in_force = "en" if found is not None and found.language == "en" else "zh"
    return kept


@contextmanager
def force_locale(wanted: str) -> Iterator[None]:
    """Speak `wanted` within this block, whatever the page speaks."""
    before = g.get("locale_in_force")
    with force_babel(wanted):
        g.locale_in_force = wanted
        try:
            yield
        finally:
            g.locale_in_force = before


def label(named: Any) -> str:
    """The name of a row or a catalogue entry in the language in force (`name_zh`, `name_en`)."""
    zh, en = named.name_zh, named.name_en
    return str((en or zh) if locale() == "en" else zh)


def show_datetime(moment: datetime | None) -> str:
    """`2018年6月30日 18:00` or `30 Jun 2018, 18:00`, in local time."""
    if moment is None:
        return ""
    there = clock.local(moment)
    if locale() == "zh":
        return f"{there.year}年{there.month}月{there.day}日 {there:%H:%M}"
    return format_datetime(there, "d MMM y, HH:mm", locale="en", tzinfo=clock.ZONE)


def show_date(day: date | datetime | None) -> str:
    """`2018年6月30日` or `30 Jun 2018`."""
    if day is None:
        return ""
    if isinstance(day, datetime):
        day = clock.local(day).date()
    if locale() == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return format_date(day, "d MMM y", locale="en")


def show_day(moment: date | datetime | None) -> str:
    """The short form for tables: `06-30 18:00` this year, `2017-06-30` else."""
    if moment is None:
        return ""
    if not isinstance(moment, datetime):
        return f"{moment:%Y-%m-%d}"
    there = clock.local(moment)
    return f"{there:%m-%d %H:%M}" if there.year == clock.today().year else f"{there:%Y-%m-%d}"


def show_number(value: int | Decimal | None, places: int | None = None) -> str:
    """A number with thousands separated by a thin space (`9 030`), `places` after the point where given."""
    if value is None:
        return ""
    if places is not None:
        rounded = Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        return f"{rounded:,}".replace(",", THIN)
    plain = f"{value.normalize():,f}" if isinstance(value, Decimal) else f"{value:,}"
    return plain.replace(",", THIN)


def show_m2(value: Decimal | None, places: int | None = None) -> str:
    """An area with its unit: `12.5 m²`; trailing zeros are dropped unless `places` is given."""
    if value is None:
        return "–"
    trimmed = value if places is not None else Decimal(f"{value.normalize():f}")
    return f"{show_number(trimmed, places)}{THIN}m²"


def show_wan(yuan: Decimal | None) -> str:
    """An amount in 万元, as bureaus write it: `350 万元`, `CNY 3.5 million`."""
    if yuan is None:
        return "–"
    if locale() == "zh":
        return f"{show_number(yuan / 10_000)}{THIN}万元"
    return f"CNY{THIN}{show_number(yuan / 1_000_000)}{THIN}million"


def show_yuan(yuan: Decimal | None) -> str:
    """The exact amount: `3 500 000.00 元`."""
    return "–" if yuan is None else _("%(amount)s yuan", amount=show_number(yuan, 2))


def show_metres(value: float | Decimal | None) -> str:
    """A distance: `12 m`, `1.4 km`."""
    if value is None:
        return "–"
    if value < 1000:
        return f"{value:.0f}{THIN}m"
    return f"{float(value) / 1000:.1f}{THIN}km"


def show_span(span: timedelta) -> str:
    """A length of time in its two largest useful words: `3 小时`, `2 天 4 小时`; from two years on in years."""
    minutes = max(0, int(span.total_seconds() // 60))
    days, rest = divmod(minutes, 1440)
    if days >= 2 * YEAR_DAYS:
        return ngettext("%(num)d year", "%(num)d years", days // YEAR_DAYS)
    hours, left = divmod(rest, 60)
    if days:
        both = [ngettext("%(num)d day", "%(num)d days", days)]
        return " ".join(both + ([ngettext("%(num)d hour", "%(num)d hours", hours)] if hours and days < 10 else []))
    if hours:
        return ngettext("%(num)d hour", "%(num)d hours", hours)
    return ngettext("%(num)d minute", "%(num)d minutes", left)


def show_timeleft(due: datetime | None) -> str:
    """`剩 3 小时` before a deadline, `超时 2 小时` after it."""
    if due is None:
        return ""
    left = due - clock.now()
    if left >= timedelta():
        return _("%(span)s left", span=show_span(left))
    return _("overdue by %(span)s", span=show_span(-left))


def gap() -> str:
    """What stands between two sentences, or after a colon: nothing in Chinese, whose marks are wide already."""
    return "" if locale() == "zh" else " "


def init_app(app: Flask) -> None:
    """Choose the language per request and give templates their filters."""
    babel.init_app(app, locale_selector=language)
    app.jinja_env.filters.update(
        {
            "datetime": show_datetime,
            "moment": lambda text: show_datetime(datetime.fromisoformat(text)),
            "date": show_date,
            "day": show_day,
            "number": show_number,
            "m2": show_m2,
            "metres": show_metres,
            "wan": show_wan,
            "yuan": show_yuan,
            "span": show_span,
            "timeleft": show_timeleft,
            "label": label,
            "chainage": format_chainage,
            "query": lambda said: urlencode([(key, value) for key, values in said.items() for value in values]),
            "without": lambda said, name, value: {
                key: [v for v in values if (key, v) != (name, value)] for key, values in said.items()
            },
        }
    )
    app.jinja_env.globals["gap"] = gap
    app.context_processor(lambda: {"locale": locale()})
