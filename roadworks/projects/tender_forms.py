"""What a browser sends of a tender."""

from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from roadworks.base.clock import today
from roadworks.base.fields import HanDecimalField, HanIntegerField, clean_text, options
from roadworks.base.i18n import _, _l, locale, show_date
from roadworks.projects.forms import day
from roadworks.projects.models import METHODS
from roadworks.projects.tender import DATES
from roadworks.projects.tender_clock import Window
from roadworks.workflow.words import choices

MOST_YUAN = Decimal(10_000_000_000)


def _none(value: str | None) -> str | None:
    return value or None


class TenderForm(FlaskForm):
    """One round of tendering; what is not known stays empty."""

    method = SelectField(_l("Method"), choices=options(choices("method", METHODS)), validators=[InputRequired()])
    notice_on = day(DATES["notice_on"])
    sale_from = day(DATES["sale_from"])
    sale_to = day(DATES["sale_to"])
    clarified_on = day(DATES["clarified_on"])
    bid_deadline_on = day(DATES["bid_deadline_on"])
    opening_on = day(DATES["opening_on"])
    evaluated_on = day(DATES["evaluated_on"])
    publicity_from = day(DATES["publicity_from"])
    publicity_to = day(DATES["publicity_to"])
    award_on = day(DATES["award_on"])
    report_on = day(DATES["report_on"])
    contract_on = day(DATES["contract_on"])
    bidders = HanIntegerField(_l("Bidders"), most=999, validators=[Optional()])
    winner = StringField(_l("Winner"), validators=[Optional(), Length(max=120)], filters=[clean_text, _none])
    bid_bond_yuan = HanDecimalField(_l("Bid bond"), unit="yuan", most=MOST_YUAN, validators=[Optional()])
    performance_bond_yuan = HanDecimalField(
        _l("Performance bond"), unit="yuan", most=MOST_YUAN, validators=[Optional()]
    )
    failed_reason = TextAreaField(
        _l("Why the tender failed"), validators=[Optional(), Length(max=300)], filters=[clean_text, _none]
    )

    def values(self) -> dict[str, Any]:
        """What was filled in, by column."""
        return {name: f.data for name, f in self._fields.items() if name != "csrf_token"}

    def propose(self, windows: dict[str, Window]) -> None:
        """Say beside each empty date when it may lawfully be."""
        for name, window in windows.items():
            if not self[name].data:
                self[name].description = _hint(window)


def _hint(window: Window) -> str:
    first, last = _short(window.earliest), _short(window.latest)
    if window.earliest and window.earliest == window.latest:
        return _("on %(day)s", day=first)
    if window.earliest and window.latest:
        return _("earliest %(first)s, latest %(last)s", first=first, last=last)
    return _("earliest %(first)s", first=first) if window.earliest else _("latest %(last)s", last=last)


def _short(moment: date | None) -> str:
    """`7月18日` or `18 Jul`; with its year where that is not the present one."""
    if moment is None or moment.year != today().year:
        return show_date(moment)
    return f"{moment.month}月{moment.day}日" if locale() == "zh" else format_date(moment, "d MMM", locale="en")
