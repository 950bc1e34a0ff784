"""The board and the wall in a real browser: a card is drawn to the next stage, the wall refreshes and prints on A3."""

import re

from tests.browser.conftest import DESK
from tests.support import live

A3_LANDSCAPE = (1191, 842)
WALL = {"width": 1920, "height": 1080}


def test_a_card_is_drawn_only_to_the_next_column_and_a_shut_gate_says_what_is_missing(browser, base):
    context = browser.new_context(viewport=DESK, locale="zh-CN")
    page = context.new_page()
    live.enter(context, base, "supervisor")
    page.goto(f"{base}/projects/board")
    page.locator("[data-ready]").first.wait_for(state="attached")
    card = page.locator(".card[draggable=true]").first
    card.drag_to(page.locator("[data-stage=start]"))
    assert page.url.endswith("/projects/board")
    with page.expect_response(lambda answer: answer.url.endswith("/advance")) as answered:
        card.drag_to(page.locator("[data-stage=contract]"))
    assert answered.value.status == 409
    page.locator(".fault li").first.wait_for()
    assert "中标" in page.locator(".fault").inner_text()
    context.close()


def test_the_wall_refreshes_itself_and_keeps_its_rows_when_the_line_is_down(person, base):
    page = person("leader", WALL)
    page.clock.install()
    page.goto(f"{base}/projects/wall")
    page.locator("[data-ready]").first.wait_for(state="attached")
    small = page.evaluate(
        "[...document.querySelectorAll('body *')].filter(e => e.childNodes.length && e.innerText"
        " && parseFloat(getComputedStyle(e).fontSize) < 24).map(e => e.outerHTML.slice(0, 80))"
    )
    assert small == []
    with page.expect_response(lambda answer: answer.url.endswith("/projects/wall")):
        page.clock.run_for(61_000)
    assert page.locator("tbody tr").count() == 8
    assert page.locator("[data-stale]").is_hidden()


def test_the_wall_prints_on_one_sheet_of_a3_landscape(person, base):
    page = person("leader", WALL)
    page.goto(f"{base}/projects/wall")
    printed = page.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox ?\[0 0 ([0-9.]+) ([0-9.]+)\]", printed)
    assert [(round(float(w)), round(float(h))) for w, h in boxes] == [A3_LANDSCAPE]
