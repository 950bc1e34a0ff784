"""What a browser sends about a defect: shape, not sense."""

import secrets
import uuid
from decimal import Decimal
from typing import Any

from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from roadworks.base.fields import (
    UUID,
    ChainageField,
    Form,
    HanDecimalField,
    HanIntegerField,
    clean_text,
    options,
)
from roadworks.base.i18n import _l
from roadworks.base.quantities import whole_number, whole_numbers
from roadworks.base.refusals import WRITTEN
from roadworks.defects import rules
from roadworks.defects.catalogue import TYPES
from roadworks.defects.models import POSITION_SOURCES, SEVERITIES, SIDES, SURFACES
from roadworks.workflow.words import choices

WORST_AREA_M2 = Decimal(100_000)
TOO_LARGE = _l("Check the size and confirm it.")
NO_SIZE = _l("Give length and width, or the area.")
NOT_A_PLACE = _l("This position cannot be right. Take it again, or choose the road by hand.")

WRITTEN.update(
    owner=_l("Owner of the asset"),
    due=_l("Answer by"),
    original=_l("Number of the original"),
    before=_l("Number of the one mended before"),
)


def new_client_id() -> str:
    """An id for a form drawn without JavaScript; the device makes its own where it can."""
    return str(uuid.UUID(bytes=secrets.token_bytes(16), version=4))


class DefectForm(Form):
    """The fields of a defect: for filing, and again for correcting."""

    # What a slip of the point makes of a hole; few that are real are half as large.
    large_m2 = 200
    asks_size = False

    client_id = HiddenField()
    photo_ids = HiddenField(default="")
    lon = HiddenField()
    lat = HiddenField()
    accuracy_m = HiddenField()
    position_source = HiddenField(default="manual")
    found_at = HiddenField()
    round_client_id = HiddenField(default="")
    section_id = SelectField(_l("Road section"), choices=[], validators=[Optional()], validate_choice=False)
    side = SelectField(
        _l("Side"),
        choices=options([("", _l("Not said")), *choices("side", SIDES)]),
        validators=[Optional()],
        default="",
    )
    place = StringField(
        _l("Place in words"),
        validators=[Length(max=200)],
        filters=[clean_text],
        description=_l("Junction, direction, distance, lamp post: what a crew needs to find it."),
    )
    chainage_m = ChainageField(_l("Chainage"), validators=[Optional()], description=_l("For example K0+123"))
    surface = RadioField(
        _l("Which surface"),
        choices=options(choices("surface", SURFACES)),
        validators=[InputRequired(_l("Choose the surface."))],
    )
    type_code = RadioField(
        _l("What is it"),
        choices=[],
        validate_choice=False,
        validators=[InputRequired(_l("Choose what it is."))],
    )
    length_m = HanDecimalField(_l("Length"), unit="m", most=Decimal(10_000), validators=[Optional()])
    width_m = HanDecimalField(_l("Width"), unit="m", most=Decimal(1000), validators=[Optional()])
    count = HanIntegerField(_l("Places"), most=1000, validators=[Optional()], default=1)
    area_m2 = HanDecimalField(
        _l("Area"),
        unit="m2",
        most=WORST_AREA_M2,
        validators=[Optional()],
        description=_l("Worked out from length and width by the counting rules; change it if you measured otherwise."),
    )
    large = BooleanField(_l("The size is right: it is that large."))
    depth_mm = HanIntegerField(_l("Depth"), unit="mm", most=20_000, validators=[Optional()])
    severity = RadioField(
        _l("Severity"),
        choices=options([("", _l("As proposed")), *choices("severity", SEVERITIES)]),
        validators=[Optional()],
        default="",
    )
    note = TextAreaField(_l("Note"), validators=[Length(max=2000)], filters=[clean_text])
    no_photo_reason = StringField(_l("Why there is no photo"), validators=[Length(max=200)], filters=[clean_text])

    def validate_client_id(self, field: Any) -> None:
        """An id that is not one is replaced only when empty: a damaged one is a fault."""
        if not field.data:
            field.data = new_client_id()
        if not UUID.fullmatch(field.data):
            raise ValidationError(_l("The form's own number is damaged. Open a new form."))

    def validate_type_code(self, field: Any) -> None:
        """The type must stand in the catalogue and occur on the surface chosen."""
        if field.data not in TYPES:
            raise ValidationError(_l("Choose what it is."))
        if self.surface.data and TYPES[field.data].surface != self.surface.data:
            raise ValidationError(_l("This type does not occur on this surface."))

    def validate(self, *more: Any, **named: Any) -> bool:
        """What is wrong in a field; beside other faults a missing size is told at once, not at the next try."""
        valid = bool(super().validate(*more, **named))
        sizes = (self.area_m2, self.length_m, self.width_m, self.count)
        if not valid and not any(field.errors for field in sizes) and self._unsized():
            self.area_m2.errors = [str(NO_SIZE)]
        return valid

    def _unsized(self) -> bool:
        if self.area_m2.data is None and self.type_code.data not in TYPES:
            return self.length_m.data is None
        return self._area_m2() is None

    def _area_m2(self) -> Decimal | None:
        if self.area_m2.data is not None:
            return Decimal(self.area_m2.data)
        length, width = self.length_m.data, self.width_m.data
        return rules.counted_area_m2(self.type_code.data, length, width, self.count.data or 1)

    def sure_of_size(self) -> bool:
        """Whether the size is a usual one, or the person's word stands that it is so large; else told at the area."""
        self.asks_size = not self.large.data and (self._area_m2() or 0) > self.large_m2
        if self.asks_size:
            self.area_m2.errors = [str(TOO_LARGE)]
        return not self.asks_size

    def validate_lat(self, field: Any) -> None:
        """Both or none, within the bounds of the earth, and not 0, 0."""
        try:
            position = self.position()
        except ValueError as error:
            raise ValidationError(NOT_A_PLACE) from error
        if position is not None and abs(position[0]) < 0.01 and abs(position[1]) < 0.01:
            raise ValidationError(NOT_A_PLACE)

    def position(self) -> tuple[float, float] | None:
        """Longitude and latitude in degrees, or None; raises ValueError on what is no position."""
        if not self.lon.data and not self.lat.data:
            return None
        lon, lat = float(self.lon.data or "nan"), float(self.lat.data or "nan")
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise ValueError(lon, lat)
        return round(lon, 7), round(lat, 7)

    def round(self) -> str | None:
        """The id of the round on which it was found; what is no id names none."""
        said = self.round_client_id.data or ""
        return said if UUID.fullmatch(said) else None

    def accuracy(self) -> int | None:
        """The radius of the fix in metres, where the device told one."""
        found = whole_number((self.accuracy_m.data or "").split(".")[0])
        return None if found is None else min(found, 100_000)

    def photo_id_list_or_none(self) -> list[int] | None:
        """The ids of the pictures already kept for this form; None where the list is damaged."""
        words = [word for word in (self.photo_ids.data or "").split(",") if word]
        return whole_numbers(words) if len(words) <= 50 else None

    def source(self) -> str:
        """Where the position comes from; by hand where there is none."""
        said = self.position_source.data
        return said if said in POSITION_SOURCES and self.position() else "manual"
