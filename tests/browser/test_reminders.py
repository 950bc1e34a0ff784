"""A reminder is answered on its page: the answer is the reason that everybody sees, and nobody asks again."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, demo_server


@pytest.fixture(scope="module")
def base(tmp_path_factory, sqlite_template):
    """A server of this file's own: the reminders raised here would ring on others' pages."""
    with demo_server(tmp_path_factory, sqlite_template) as address:
        yield address


def waiting(page, base) -> list[str]:
    """The titles of the reminders that wait for an answer."""
    page.goto(f"{base}/notifications")
    return page.locator("li.card h3").all_inner_texts()


def test_the_answer_to_a_reminder_silences_it_and_is_the_reason_that_others_see(person, base):
    boss = person("supervisor", DESK, lossy=True)
    assert waiting(boss, base) == []
    assert "remind: 0" not in base.flask("jobs", "once", "remind")
    before = waiting(boss, base)
    assert before

    card = boss.locator("li.card:has-text('病害未确认')").first
    title = card.locator("h3").inner_text()
    card.locator("a.button").click()
    assert boss.inner_text("#what") == title
    boss.click(".answer button")
    expect(boss.locator(".wrong"), "no answer is no answer").to_have_count(1)
    boss.click("label:has-text('限期办结')")
    boss.fill("#until", "2018-07-05")
    boss.click(".answer button")
    boss.wait_for_selector("text=已答复")
    expect(boss.locator("li.card h3")).to_have_count(len(before) - 1)

    assert base.flask("jobs", "once", "remind").strip() == "remind: 0"
    assert title not in waiting(boss, base)
    leader = person("leader", DESK)
    leader.goto(f"{base}/stalled?rule=triage")
    row = leader.locator(f"tbody tr:has-text('{title.split()[-1]}')").inner_text()
    assert "7月5日" in row
    assert "调度员" in row
