"""A project from three defects to construction, with its papers, by clicks alone; the wall shows it."""

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import DESK, demo_server
from tests.support.cast import jpeg

# What is filled in where the checklist asks for it: the hash of its link → how.
FACTS = {
    "in_charge_id": lambda page: page.select_option("#in_charge_id", label="项目负责人（演示）"),
    "designer": lambda page: page.fill("#designer", "市政设计院"),
    "contractor": lambda page: page.fill("#contractor", "某市政工程公司"),
}
TENDER = {
    "notice_on": "2018-05-07",
    "sale_from": "2018-05-07",
    "sale_to": "2018-05-14",
    "bid_deadline_on": "2018-05-28",
    "opening_on": "2018-05-28",
    "bidders": "4",
    "evaluated_on": "2018-05-29",
    "publicity_from": "2018-05-30",
    "publicity_to": "2018-06-04",
    "award_on": "2018-06-05",
    "winner": "某市政工程公司",
    "contract_on": "2018-06-25",
}
STAGES = {
    "项目储备": 2,
    "立项": 3,
    "方案设计": 4,
    "施工图设计": 2,
    "图纸评审": 2,
    "预算财评": 2,
    "招标": 2,
    "签订合同": 4,
    "开工准备": 4,
}


@pytest.fixture(scope="module")
def base(tmp_path_factory, sqlite_template):
    """A server of this file's own: what is made here hangs on the wall that others count and draw."""
    with demo_server(tmp_path_factory, sqlite_template) as address:
        yield address


def pdf(word: str) -> bytes:
    """One small page; no two words give the same file."""
    out = io.BytesIO()
    Image.new("L", (60, 85), 255).save(out, "PDF", title=word)
    return out.getvalue()


def made_of_three(page, base) -> list[str]:
    """Choose three confirmed defects in the list and make a project of them; gives their numbers."""
    page.goto(f"{base}/defects?state=confirmed")
    page.locator("[data-ready]").first.wait_for(state="attached")
    rows = page.locator("tbody tr:has(input)")
    numbers = [rows.nth(n).locator("th").inner_text() for n in range(3)]
    for n in range(3):
        rows.nth(n).locator("label.check").click()
    page.click(".bulk button[formaction$='/projects/make']")
    expect(page.locator("[name=defect]:checked")).to_have_count(3)
    page.fill("#name_zh", "三处病害中修")
    page.fill("#expected_on", "2018-10-31")
    page.click(".sendbar button")
    page.wait_for_selector("h1:has-text('三处病害中修')")
    page.wait_for_load_state("domcontentloaded")
    return numbers


def hand_in_all(page) -> int:
    """Whatever the checklist lacks, from the top: a paper is uploaded, a fact filled in; gives how many papers."""
    papers = 0
    missing = page.locator(".checklist li.missing").first
    while missing.count():
        name = missing.locator("b").inner_text()
        if missing.locator("summary").count():
            missing.locator("summary").click()
            file = {"name": f"{name.replace('/', '、')}.pdf", "mimeType": "application/pdf", "buffer": pdf(name)}
            missing.locator("input[type=file]").set_input_files(file)
            missing.locator("form button").click()
            papers += 1
        else:
            fill_in(page, missing.locator("a"))
        page.wait_for_selector(f".checklist li.there:has(b:text-is('{name}'))")
        page.wait_for_load_state("domcontentloaded")
    return papers


def fill_in(page, link) -> None:
    """Follow the link of a fact to where it is filled in, and come back."""
    project, fact = page.url.partition("#")[0], link.get_attribute("href").partition("#")[2]
    link.click()
    if fact:
        FACTS[fact](page)
        page.click("main form button:has-text('保存')")
    else:
        tender(page)
        page.goto(project)


def tender(page) -> None:
    """Record the dates of the tender; a deadline too soon is refused at its field with the article, and mended."""
    for name, value in {**TENDER, "bid_deadline_on": "2018-05-20"}.items():
        page.fill(f"#{name}", value)
    page.click("main form button:has-text('保存')")
    expect(page.locator("#bid_deadline_on-fault")).to_contain_text("《招标投标法》第二十四条")
    page.wait_for_load_state("domcontentloaded")
    expect(page.locator(".wrong"), "a breach stands at its own field alone").to_have_count(1)
    assert page.input_value("#winner") == TENDER["winner"], "nothing of what was typed is lost"
    page.fill("#bid_deadline_on", TENDER["bid_deadline_on"])
    page.click("main form button:has-text('保存')")
    page.wait_for_selector("text=已保存")
    page.wait_for_load_state("domcontentloaded")
    assert page.locator(".clock li .overdue").count() == 0


def test_three_defects_become_a_project_that_goes_with_its_papers_to_construction_and_the_wall(person, base):
    boss = person("supervisor", DESK, lossy=True)
    numbers = made_of_three(boss, base)
    number = boss.locator(".head p span").first.inner_text()
    for stage, papers in STAGES.items():
        assert boss.inner_text(".head .lead").startswith(stage)
        assert boss.locator("#step-advance").count() == 0, "the gate is shut"
        assert hand_in_all(boss) == papers, stage
        boss.click("#step-advance summary")
        boss.click("#step-advance form button")
        boss.wait_for_selector(f".head .lead:not(:has-text('{stage} →'))")
        boss.wait_for_load_state("domcontentloaded")
    assert boss.inner_text(".head .lead").startswith("施工")

    boss.click("summary:has-text('进展')")
    boss.fill("#progress-percent", "15")
    boss.fill("#progress-text", "围挡已设，开始铣刨。")
    boss.set_input_files(
        "#progress-photos", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": jpeg("tan", (800, 600))}
    )
    boss.click("details[open] form[action$=progress] button")
    boss.wait_for_selector(".told .photos img")
    assert "15 %" in boss.inner_text(".told")

    leader = person("leader", {"width": 1920, "height": 1080})
    leader.goto(f"{base}/projects/wall")
    row = leader.locator("tbody tr:has-text('三处病害中修')").inner_text()
    assert "施工" in row
    assert "15 %" in row
    assert "在办" in row
    for defect in numbers:
        boss.goto(f"{base}/defects?q={defect}")
        boss.click(f"th a:has-text('{defect}')")
        assert "留待项目" in boss.inner_text(".head")
        assert number in boss.inner_text("main")
