"""What a browser sends about roads and sections."""

import json
from decimal import Decimal
from typing import Any

from flask_wtf.file import FileField
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from roadworks.base.fields import Form, HanDateField, HanDecimalField, HanIntegerField, clean_text, options
from roadworks.base.i18n import _, _l
from roadworks.network.geojson import FeatureFault, _line
from roadworks.network.models import GRADES, MAINTENANCE_GRADES, MANAGED_BY, PAVEMENTS
from roadworks.workflow.words import choices

MOST_M2 = Decimal(10_000_000)


def _words(kind: str, values: tuple[str, ...]) -> list[tuple[str, Any]]:
    return [("", _l("Not known")), *choices(kind, values)]


def _none(value: str | None) -> str | None:
    return value or None


def _text(label: Any, most: int, *, required: bool = False) -> StringField:
    first = InputRequired(_l("Please fill this in.")) if required else Optional()
    return StringField(
        label, validators=[first, Length(max=most)], filters=[clean_text] if required else [clean_text, _none]
    )


class RoadForm(Form):
    """A road of the register."""

    name_zh = _text(_l("Name in Chinese"), 60, required=True)
    name_en = _text(_l("Name in English"), 80)
    code = _text(_l("Road code"), 20)
    grade = SelectField(_l("Road grade"), choices=options(_words("grade", GRADES)), coerce=_none)
    maintenance_grade = SelectField(
        _l("Maintenance grade"), choices=options(_words("maintenance_grade", MAINTENANCE_GRADES)), coerce=_none
    )
    managed_by = SelectField(_l("Managed by"), choices=options(choices("managed_by", MANAGED_BY)))
    source_note = _text(_l("Where its line comes from"), 200)


class SectionForm(Form):
    """A section of a road; what is not known stays empty."""

    from_zh = _text(_l("From"), 60)
    to_zh = _text(_l("To"), 60)
    from_en = _text(_l("From, in English"), 80)
    to_en = _text(_l("To, in English"), 80)
    length_m = HanDecimalField(_l("Length"), unit="m", most=Decimal(200_000), validators=[Optional()])
    carriageway_m2 = HanDecimalField(_l("Carriageway area"), unit="m2", most=MOST_M2, validators=[Optional()])
    sidewalk_m2 = HanDecimalField(_l("Sidewalk area"), unit="m2", most=MOST_M2, validators=[Optional()])
    pavement = SelectField(_l("Pavement"), choices=options(_words("pavement", PAVEMENTS)), coerce=_none)
    last_overhaul_on = HanDateField(_l("Last overhaul"), validators=[Optional()])
    warranty_ends_on = HanDateField(_l("Warranty ends"), validators=[Optional()])
    error_m = HanIntegerField(_l("The line may be off by"), most=100_000, unit="", validators=[Optional()])
    line = TextAreaField(
        _l("Centre-line"),
        validators=[Optional(), Length(max=200_000)],
        description=_l("GeoJSON coordinates in WGS-84: [[113.61, 34.75], [113.62, 34.75]]"),
    )

    def validate_line(self, field: Any) -> None:
        """A list of positions; kept as `centreline`."""
        self.centreline = None
        if not field.data or not field.data.strip():
            return
        try:
            points = json.loads(field.data, parse_constant=float)
            self.centreline = _line({"type": "LineString", "coordinates": points})
        except FeatureFault as fault:
            raise ValidationError(str(fault)) from fault
        except (ValueError, RecursionError) as error:
            raise ValidationError(_("This is not a list of positions.")) from error


class ImportForm(Form):
    """A GeoJSON file, tried first and brought in after."""

    file = FileField(_l("GeoJSON file"))
    for_real = BooleanField(_l("Bring it in (otherwise it is only tried)"))
