"""What a browser sends about people, crews and districts."""

from typing import Any

from wtforms import (
    BooleanField,
    FloatField,
    HiddenField,
    IntegerField,
    PasswordField,
    SelectField,
    StringField,
)
from wtforms.validators import (
    Email,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    Regexp,
    ValidationError,
)

from roadworks.base.fields import Form, HanDateField, clean_text, options
from roadworks.base.i18n import _l
from roadworks.base.quantities import parse_phone, whole_number
from roadworks.workflow.permissions import ROLES
from roadworks.workflow.words import choices

REQUIRED = InputRequired(_l("Please fill this in."))


def text(label: Any, most: int, *more: Any, required: bool = True) -> StringField:
    """A line of text."""
    first = REQUIRED if required else Optional()
    return StringField(label, validators=[first, Length(max=most), *more], filters=[clean_text])


class Phoned:
    """The check of a telephone number."""

    def validate_phone(self, field: Any) -> None:
        """Eleven digits, or a landline; stored without spaces."""
        if field.data:
            try:
                field.data = parse_phone(field.data)
            except ValueError as error:
                raise ValidationError(_l("This is not a telephone number.")) from error


class LoginForm(Form):
    """Name and password."""

    username = StringField(_l("Sign-in name"), validators=[REQUIRED, Length(max=200)])
    password = PasswordField(_l("Password"), validators=[REQUIRED])
    next = HiddenField()


class PasswordForm(Form):
    """One's own new password."""

    old = PasswordField(_l("Present password"), validators=[REQUIRED])
    password = PasswordField(
        _l("New password"),
        validators=[REQUIRED],
        description=_l("At least 10 characters; a short sentence is easy to remember."),
    )


class SettingsForm(Form):
    """Leave, substitute, and where one is told."""

    away_from = HanDateField(_l("On leave from"), validators=[Optional()])
    away_until = HanDateField(_l("Until and including"), validators=[Optional()])
    deputy = text(_l("Who stands in"), 80, required=False)
    chat_url = text(
        _l("Chat hook"),
        300,
        required=False,
    )
    wants_digest = BooleanField(_l("Weekly digest by mail"), default=True)

    def values(self) -> dict[str, Any]:
        """What was said, as the action takes it."""
        names = ("away_from", "away_until", "chat_url", "wants_digest")
        said = {name: self[name].data for name in names}
        return said | {"chat_url": said["chat_url"] or None, "deputy": self.deputy.data or ""}


class DutyForm(SettingsForm):
    """The same as an administrator sets it for somebody."""

    digest_duty = BooleanField(_l("The digest is this person's duty: no opting out"))

    def values(self) -> dict[str, Any]:
        """What was said, with the duty."""
        return {**super().values(), "digest_duty": bool(self.digest_duty.data)}


class PersonForm(Phoned, Form):
    """A person as an administrator edits them."""

    username = text(_l("Sign-in name"), 60)
    name = text(_l("Name"), 60)
    role = SelectField(_l("Role"), choices=options(choices("role", ROLES)), validators=[REQUIRED])
    district_id = SelectField(_l("District"), coerce=whole_number, validate_choice=False)
    crew_id = SelectField(_l("Crew"), coerce=whole_number, validate_choice=False)
    phone = text(_l("Telephone"), 30, required=False)
    email = text(_l("E-mail"), 200, Email(_l("This is not an e-mail address.")), required=False)
    active = BooleanField(_l("May sign in"), default=True)
    password = PasswordField(_l("Password"), validators=[Optional()])


class CrewForm(Phoned, Form):
    """A crew."""

    name_zh = text(_l("Name in Chinese"), 60)
    name_en = text(_l("Name in English"), 80)
    leader_name = text(_l("Crew leader"), 60, required=False)
    phone = text(_l("Telephone"), 30, required=False)
    chat_url = text(_l("Chat hook"), 300, required=False)
    active = BooleanField(_l("At work"), default=True)


HOURS = options((hour, f"{hour:02}:00") for hour in range(24))
WEEKDAYS = (
    *(_l("Monday"), _l("Tuesday"), _l("Wednesday"), _l("Thursday"), _l("Friday"), _l("Saturday"), _l("Sunday")),
)


class DistrictForm(Form):
    """A district and its bureau."""

    code = text(_l("Administrative code"), 6, Regexp(r"^\d{6}$", message=_l("Six digits, for example 410102.")))
    name_zh = text(_l("Name in Chinese"), 60)
    name_en = text(_l("Name in English"), 80)
    bureau_zh = text(_l("Bureau in Chinese"), 80)
    bureau_en = text(_l("Bureau in English"), 120)
    lon = FloatField(_l("Longitude of the map's centre"), validators=[REQUIRED, NumberRange(-180, 180)])
    lat = FloatField(_l("Latitude of the map's centre"), validators=[REQUIRED, NumberRange(-90, 90)])
    zoom = IntegerField(_l("Zoom of the map"), validators=[Optional(), NumberRange(3, 18)], default=13)
    quiet_from = SelectField(
        _l("No mail from"),
        choices=HOURS,
        coerce=int,
        description=_l("Only what is urgent goes out in the quiet hours. The same hour twice: none."),
        default=21,
    )
    quiet_until = SelectField(_l("Mail again from"), choices=HOURS, coerce=int, default=7)
    digest_weekday = SelectField(
        _l("Day of the weekly digest"), choices=options(enumerate(WEEKDAYS)), coerce=int, default=0
    )
    digest_hour = SelectField(_l("Hour of the weekly digest"), choices=HOURS, coerce=int, default=8)
    photo_px = IntegerField(
        _l("Longer side of photos, pixels"),
        validators=[NumberRange(1024, 2048, message=_l("Between 1024 and 2048 pixels."))],
        description=_l("Phones make photos this small before they send them."),
        default=2048,
    )
    photo_quality = IntegerField(
        _l("Quality of photos, %"),
        validators=[NumberRange(50, 95, message=_l("Between 50 and 95 %."))],
        description=_l("Less is faster to send and shows less."),
        default=86,
    )
    photo_original = BooleanField(
        _l("Keep the original photos as well"),
        description=_l("Phones then send photos as taken: five to ten times as much to send and to store."),
    )
    repair_warranty_months = IntegerField(
        _l("Warranty of small repairs, months"),
        validators=[Optional(), NumberRange(0, 60)],
        default=12,
        description=_l(
            "How long a crew answers for what it mended. No law sets it; 12 is a road's own warranty. 0: not at all."
        ),
    )
