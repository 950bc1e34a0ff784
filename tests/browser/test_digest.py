"""The weekly digest from the mail to the thing it tells of, in a real browser."""

import re

DESK = {"width": 1280, "height": 900}
WEEK = "2018-W26"


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
