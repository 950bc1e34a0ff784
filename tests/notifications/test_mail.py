"""Composed mail: both parts, the recipient's language, styles inside, links that lead home, nothing from the network."""

import re

import jinja2
import pytest

from roadworks.notifications.mail import compose, link

TEXT = """{% extends "mail/base.txt" %}{% block subject %}〔{{ n }}〕
{{ _("Work orders") }}{% endblock %}
{% block content %}{{ _("Work orders") }}: {{ name }}

{{ link("orders.order", order_id=7) }}
{% endblock %}"""
HTML = """{% extends "mail/base.html" %}{% block content %}<h1>{{ name }}</h1>
<p class="late">{{ _("Work orders") }}</p><p><a class="button" href="{{ link('orders.order', order_id=7) }}">x</a></p>{% endblock %}"""


@pytest.fixture
def mail(app):
    """Gives a composed mail with the templates of this test."""
    own = jinja2.DictLoader({"mail/trial.txt": TEXT, "mail/trial.html": HTML})
    app.jinja_env.loader = jinja2.ChoiceLoader([own, app.jinja_env.loader])
    app.config["BASE_URL"] = "https://roads.example/zy"

    def make(language="zh", **values):
        with app.app_context():
            return compose("trial", language, **{"n": 5, "name": "颍河路", **values})

    return make


def test_each_person_is_written_to_in_their_language(mail):
    assert mail("zh").subject == "〔5〕 工单"
    assert mail("en").subject == "〔5〕 Work orders"
    assert "Work orders: 颍河路" in mail("en").text
    assert 'lang="en"' in mail("en").html
    assert mail(None).subject == mail("zh").subject


def test_links_are_absolute_and_come_from_the_setting_alone(app, mail):
    with app.test_request_context("/", base_url="http://evil.example"):
        assert link("orders.order", order_id=7) == "https://roads.example/zy/workorders/7"
    letter = mail()
    assert "https://roads.example/zy/workorders/7" in letter.text
    assert 'href="https://roads.example/zy/workorders/7"' in letter.html
    assert set(re.findall(r"https?://[^/\"\s<]+", letter.html + letter.text)) == {"https://roads.example"}


def test_styles_stand_at_the_elements_and_dark_mode_stays(mail):
    html = mail().html
    assert re.search(r'<p class="late" style="[^"]*color: ?#a8201a', html)
    assert "prefers-color-scheme: dark" in html
    assert "<link" not in html


def test_what_people_typed_is_text_in_html_and_one_line_in_a_subject(mail):
    letter = mail(name="<script>x</script>", n="a\r\nBcc: all@example.org")
    assert "<script>" not in letter.html
    assert "&lt;script&gt;" in letter.html
    assert letter.subject == "〔a Bcc: all@example.org〕 工单"
    assert len(mail(n="长" * 500).subject) == 300
