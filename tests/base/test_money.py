"""Amounts are typed in 万元 as people write them, and shown so."""

from decimal import Decimal

import pytest
from wtforms import Form

from roadworks.base.fields import MoneyField
from roadworks.base.i18n import force_locale, show_wan, show_yuan


class Page(Form):
    """One amount."""

    yuan = MoneyField("x")


@pytest.mark.parametrize(
    ("typed", "yuan"),
    [
        ("350", "3500000.00"),
        ("３５０．５ 万元", "3505000.00"),
        ("1,234.5678", "12345678.00"),
        ("3 500 000 元", "3500000.00"),
        ("3\u202f500.00\u202f万元", "35000000.00"),
        ("0.0000125", "0.13"),
        ("3500000yuan", "3500000.00"),
        ("1.2亿", "120000000.00"),
        ("0.000001", "0.01"),
        ("", None),
    ],
)
def test_an_amount_is_understood(app, typed, yuan):
    with app.test_request_context():
        page = Page(data={}, formdata=None)
        page.yuan.process_formdata([typed])
        assert page.yuan.data == (Decimal(yuan) if yuan else None)


@pytest.mark.parametrize("typed", ["-1", "abc", "1e9", "99999999999", "3 5", "12 m"])
def test_what_is_no_amount_is_refused(app, typed):
    with app.test_request_context():
        page = Page()
        with pytest.raises(ValueError):
            page.yuan.process_formdata([typed])


def test_an_amount_is_shown_in_the_words_of_its_language(app):
    with app.app_context():
        with force_locale("zh"):
            assert show_wan(Decimal("3456700.00")) == "345.67\u202f万元"
            assert show_yuan(Decimal("3456700.00")) == "3\u202f456\u202f700.00 元"
        with force_locale("en"):
            assert show_wan(Decimal("3456700.00")) == "CNY\u202f3.4567\u202fmillion"
        assert show_wan(None) == "–"
