"""The weekly digest from the mail to the thing it tells of, in a real browser."""

import email
import re
from email.policy import default as rules
from urllib.parse import urlsplit

from tests.browser.conftest import DESK

WEEK = "2018-W26"


def letters(base) -> list[email.message.EmailMessage]:
    """The letters that have left: without a mail server each is a file."""
    base.flask("jobs", "once", "send-letters")
    files = sorted((base.instance / "letters").rglob("*.eml"))
    return [email.message_from_bytes(file.read_bytes(), policy=rules) for file in files]


def test_the_link_in_a_letter_that_was_sent_opens_the_digest_with_the_same_figures(person, base):
    letter = next(letter for letter in letters(base) if "第26周" in letter["subject"] and "逾期" in letter["subject"])
    text = letter.get_body(("plain",)).get_content()
    link = urlsplit(re.search(rf"https?://\S+/notifications/digests/{WEEK}\b", text).group())
    page = person("supervisor", DESK)
    page.goto(base + link.path)
    headline, role = text.strip().splitlines()[:2]
    assert page.inner_text("h1") == headline
    assert role in page.inner_text(".head")
    shown = re.sub(r"\s", "", page.inner_text("main"))
    late = re.search(r"^逾期：(\d+)", text, re.MULTILINE).group(1)
    assert f"〔{late} 件逾期〕" in letter["subject"]
    for word, figure in re.findall(r"^(\S+): (\d+)$", text, re.MULTILINE):
        assert word + figure in shown


def test_the_digest_opens_from_the_mail_and_leads_to_its_rows(person, base):
    page = person("supervisor", DESK)
    mail = page.request.get(f"{base}/notifications/digests/{WEEK}/mail.txt").text()
    assert re.match(r"〔\d+ 件逾期〕第26周 道路养护周报\n", mail)
    address = re.search(r"https?://[^/\s]+(/notifications/digests/\S+)", mail).group(1)
    page.goto(base + address)
    assert "第26周" in page.inner_text("h1").replace(" ", "")
    first = page.locator(".lines a").first
    number = first.inner_text()
    assert number in mail
    first.click()
    page.wait_for_url("**/workorders/*")
    assert number in page.inner_text("h1")


def test_every_word_of_the_mail_stands_on_the_page(person, base):
    page = person("leader", DESK)
    mail = page.request.get(f"{base}/notifications/digests/{WEEK}/mail.txt").text()
    page.goto(f"{base}/notifications/digests/{WEEK}")
    shown = re.sub(r"\s", "", page.inner_text("main"))
    for title in re.findall(r"^== (.+)$", mail, re.MULTILINE):
        assert re.sub(r"\s", "", title) in shown
