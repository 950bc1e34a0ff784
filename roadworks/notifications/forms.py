"""What a browser sends as an answer to a reminder."""

from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from roadworks.base.fields import Form, HanDateField, clean_text, options
from roadworks.base.i18n import _l
from roadworks.base.refusals import WRITTEN
from roadworks.notifications import answers
from roadworks.workflow.words import choices

WRITTEN.update(after=_l("After the limit"))


class AnswerForm(Form):
    """One of four answers, and what belongs to it."""

    answer = RadioField(
        _l("Your answer"),
        choices=options(choices("answer")),
        validators=[InputRequired(answers.WHICH)],
    )
    until = HanDateField(_l("By which day"), validators=[Optional()])
    whom = StringField(
        _l("Whose is it"),
        validators=[Optional(), Length(max=80)],
        filters=[clean_text],
        description=_l("Name or sign-in name of somebody in the district."),
    )
    text = TextAreaField(_l("Waiting for what, or why"), validators=[Optional(), Length(max=300)], filters=[clean_text])
