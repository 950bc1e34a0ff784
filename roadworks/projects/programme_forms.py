"""What a browser sends about programmes and their counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField
from wtforms.validators import NumberRange, Optional

from roadworks.accounts.forms import REQUIRED, text
from roadworks.base.errors import BadInput
from roadworks.base.fields import NOT_A_NUMBER, HanDecimalField, clean_text
from roadworks.base.i18n import _, _l
from roadworks.base.quantities import hundredths, parse_decimal
from roadworks.defects.filters import read_day
from roadworks.projects.counts import MORE_THAN, Line

MOST = Decimal(10**12)
LINES = 10
NO_STAGE = _l("Say which stage this count stands for.")


class ProgrammeForm(FlaskForm):  # type: ignore[misc]
    """A programme: what, how many, by when."""

    name_zh = text(_l("Name in Chinese"), 80)
    name_en = text(_l("Name in English"), 120, required=False)
    year = IntegerField(_l("Year"), validators=[REQUIRED, NumberRange(1990, 2200)])
    unit_zh = text(_l("Unit in Chinese"), 20)
    unit_en = text(_l("Unit in English"), 40)
    target = HanDecimalField(
        _l("Target"),
        unit="",
        most=MOST,
        validators=[Optional()],
        description=_l("Leave it empty where none was published."),
    )
    target_derived = BooleanField(_l("The target was worked out from a printed percentage"))
    sited = HanDecimalField(
        _l("Total that the stages must add up to"),
        unit="",
        most=MOST,
        validators=[Optional()],
        description=_l("For example the number of sites chosen."),
    )
    position = IntegerField(_l("Place in the list"), validators=[Optional(), NumberRange(0, 9999)], default=0)


@dataclass
class CountsForm:
    """The counts of a day: a fixed number of lines, each may stay empty."""

    typed: Mapping[str, str]
    faults: dict[str, str] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """What was typed, or what stood there."""
        return self.typed.get(name, "")

    @property
    def note(self) -> str:
        """How it was printed."""
        return clean_text(self.value("note"))[:1000]

    def as_of(self) -> date | None:
        """The day of the counts; a fault is kept for the page."""
        try:
            day = read_day({"as_of": [self.value("as_of")]}, "as_of")
        except BadInput as fault:
            self.faults["as_of"] = str(fault.message)
            return None
        if day is None:
            self.faults["as_of"] = _("Please fill this in.")
        return day

    def lines(self) -> list[Line]:
        """The lines that were filled in; faults are kept for the page by field."""
        return [line for n in range(LINES) if (line := self._line(n)) is not None]

    def _line(self, n: int) -> Line | None:
        stage, said = clean_text(self.value(f"stage_zh-{n}"))[:40], clean_text(self.value(f"count-{n}"))[:40]
        if not said:
            return None
        if not stage:
            self.faults[f"stage_zh-{n}"] = str(NO_STAGE)
            return None
        number = said.rstrip("".join(MORE_THAN)).strip()
        try:
            count = hundredths(parse_decimal(number))
        except ValueError:
            self.faults[f"count-{n}"] = str(NOT_A_NUMBER)
            return None
        if count > MOST:
            self.faults[f"count-{n}"] = _("At most %(most)s.", most=MOST)
        english = clean_text(self.value(f"stage_en-{n}"))[:60] or None
        more_than = number != said or bool(self.value(f"approximate-{n}"))
        return Line(stage, count, english, bool(self.value(f"milestone-{n}")), more_than)
