"""Form fields that understand what people type: full-width digits, units, Chinese punctuation."""

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import uuid4

from babel.support import NullTranslations, Translations
from flask import g, request
from flask_wtf import FlaskForm
from wtforms import DateField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.i18n import messages_path

from roadworks.base.db import db
from roadworks.base.errors import BadInput
from roadworks.base.i18n import _, _l, locale
from roadworks.base.quantities import format_chainage, hundredths, parse_chainage, parse_day, parse_decimal, parse_int

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NOT_A_NUMBER = _l("This is not a number. For example: 12.5")
NOT_A_DAY = _l("Write a day like 2018-06-30.")
UNSEEN = re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ud800-\udfff]")


def once() -> str:
    """The id of the form in this request, or a fresh one: a form that is sent twice is known by it. Raises BadInput."""
    said = request.form.get("once", "")
    if said and not UUID.fullmatch(said):
        raise BadInput()
    return said or str(uuid4())


class Form(FlaskForm):  # type: ignore[misc]
    """A form that reads the words of WTForms itself once per process, not once per request."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """How WTForms is set up."""

        def get_translations(self, form: Any) -> NullTranslations:
            """Its catalogue in the language in force."""
            return _form_words(locale())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        g.asked = self  # a conflict shows what was typed under the labels of the form


@lru_cache(maxsize=2)
def _form_words(language: str) -> NullTranslations:
    return Translations.load(messages_path(), [language], domain="wtforms")


def options(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    """Value and word as a choice field wants them."""
    return [SelectChoice(value, label) for value, label in pairs]


def clean_text(text: str | None) -> str:
    """Text as it is stored: no control signs, no lone surrogates, line ends as one sign, trimmed."""
    return UNSEEN.sub("", (text or "").replace("\r\n", "\n").replace("\r", "\n")).strip()


class HanDecimalField(StringField):
    """A Decimal with two places in `unit` (m, m2, mm), at most `most`, never negative."""

    data: Any

    def __init__(self, label: Any = None, *, unit: str, most: Decimal, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.unit, self.most = unit, most

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed; raises ValueError with words for the person."""
        self.raw = valuelist[0] if valuelist else ""
        self.data = None
        if not self.raw.strip():
            return
        try:
            value = parse_decimal(self.raw[:60], unit=self.unit)
        except ValueError as error:
            raise ValueError(str(NOT_A_NUMBER)) from error
        if value > self.most:
            raise ValueError(_("At most %(most)s.", most=self.most))
        self.data = hundredths(value)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data.normalize():f}"


class MoneyField(StringField):
    """An amount typed in 万元 (`350`, `3 500 000 元`, `1.2 亿`), kept in 元 to the fen."""

    data: Any

    def __init__(self, label: Any = None, *, most_yuan: Decimal = Decimal(100_000_000_000), **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.most_yuan = most_yuan

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed; raises ValueError with words for the person."""
        self.data = None
        text = valuelist[0] if valuelist else ""
        if not text.strip():
            return
        try:
            yuan = parse_decimal(text[:60], unit="wan") * 10_000
        except ValueError as error:
            raise ValueError(str(NOT_A_NUMBER)) from error
        if yuan > self.most_yuan:
            raise ValueError(_("At most %(most)s.", most=f"{self.most_yuan / 10_000:f}"))
        self.data = hundredths(yuan)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{(self.data / 10_000).normalize():f}"


class HanIntegerField(StringField):
    """A whole number, at most `most`, never negative."""

    data: Any

    def __init__(self, label: Any = None, *, most: int, unit: str = "", **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.unit, self.most = unit, most

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed; raises ValueError with words for the person."""
        self.data = None
        text = valuelist[0] if valuelist else ""
        if not text.strip():
            return
        try:
            value = parse_int(text[:40], unit=self.unit or None)
        except ValueError as error:
            raise ValueError(_("This is not a whole number.")) from error
        if value > self.most:
            raise ValueError(_("At most %(most)s.", most=self.most))
        self.data = value

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)


class HanDateField(DateField):
    """A day, also as somebody types it in Chinese: 2026年7月1日, full-width digits, 2026/7/1."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed; raises ValueError with words for the person."""
        self.data = None
        text = "".join(valuelist)
        if not text.strip():
            return
        try:
            self.data = parse_day(text)
        except ValueError as error:
            raise ValueError(str(NOT_A_DAY)) from error


class ChainageField(StringField):
    """A chainage 桩号 `K0+123`, as metres."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed; raises ValueError with words for the person."""
        self.data = None
        text = valuelist[0] if valuelist else ""
        if not text.strip():
            return
        try:
            self.data = hundredths(parse_chainage(text[:40]))
        except ValueError as error:
            raise ValueError(_("Write a chainage like K0+123.")) from error

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else format_chainage(self.data)


def at_field(form: Any, fault: BadInput) -> None:
    """Show a refusal at the field it is about; what was half-done is undone. Raises it again where no field fits."""
    db.session.rollback()
    if fault.field not in form:
        raise fault
    form[fault.field].errors = [*form[fault.field].errors, str(fault.message)]
