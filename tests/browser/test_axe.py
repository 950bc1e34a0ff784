"""No accessibility fault on any page, in both languages, on a phone and a desk, light and dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import DESK, PHONE
from tests.browser.pocket import begun_order

PAGES = {
    "inspector": ["/", "/rounds/today", "/street/round", "/nearby?lon=113.62148&lat=34.75014", "/workorders/364", "/defects/new", "/defects/60", "/defects/60/filed", "/queue", "/street/new", "/street/guide"],
    "crew": ["/", "/street/orders", "/workorders", "finish", "/account", "/notifications", "/notifications/reminders/34", "/notifications/digests/preview"],
    "supervisor": ["/", "/rounds", "/rounds/20", "/rounds/20/sheet", "/rounds/plan", "/rounds/duties", "/defects", "/defects?state=confirmed&q=路", "/defects/60", "/defects/470", "/defects/470/edit", "/workorders", "/workorders/20", "/workorders/390", "/workorders/20/sheet", "/workorders?all=1", "/workorders/new", "/workorders/new?defect=480", "/map", "/roads", "/roads/1", "/roads/new", "/roads/1/sections/1", "/rescue", "/stalled", "/notifications", "/notifications/reminders/1", "/notifications/digests/2018-W26", "/projects/make?defect=438&defect=442&defect=444", "/projects/new", "/projects/1"],
    "engineer": ["/projects", "/projects?q=工人&stage=tender", "/projects/board", "/projects/board?category=minor", "/programmes", "/programmes/8", "/programmes/8/counts", "/programmes/8/edit", "/programmes/new", "/projects/1", "/projects/8", "/projects/1/edit", "/projects/1/tender", "/projects/1/plan", "/projects/candidates", "/projects/candidates?surface=sidewalk&at_least=1", "/projects/candidates/9", "/sections/9/condition", "/surveys/import"],
    "leader": ["/projects/wall", "/projects/wall?month=2018-05", "/reports/bulletin", "/reports/bulletin?from=2017-01-01&to=2017-06-30", "/reports/mended", "/roles", "/stalled?rule=repair_overdue", "/notifications/reminders/36", "/notifications/digests", "/notifications/digests/2018-W26"],
    "admin": ["/admin/people", "/admin/people/new", "/admin/crews", "/admin/crews/1", "/admin/districts", "/admin/districts/1", "/admin/deadlines", "/admin/deadlines/1", "/admin/calendar", "/admin/legal", "/admin/legal/5", "/roads/import", "/admin/stages", "/admin/stages?category=minor", "/admin/stages/18", "/admin/reminders", "/admin/reminders/1", "/admin/letters", "/admin/letters/resend", "/admin/jobs", "/letters"],
}  # fmt: skip
WHOLE = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What hangs on colours and sizes alone.
BY_LOOK = ["color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block"]
# Each language on two screens, each screen in both schemes; the page is loaded once and shown on both. The first is judged
# by all rules, so that each screen is in one language.
LOOKS = {
    "zh-CN": [(PHONE, "light", WHOLE), (DESK, "light", BY_LOOK)],
    "en": [(DESK, "dark", WHOLE), (PHONE, "dark", BY_LOOK)],
}


def faults_of(page, rules: list[str]) -> list[str]:
    """What axe finds on the page as it is shown; it is brought into the page once."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(Axe().axe_script)
    # What is well is not told node by node: on long lists that takes as long as the judging.
    options = {"runOnly": rules, "resultTypes": ["violations"]}
    found = page.evaluate("(options) => axe.run(options).then(({ violations }) => violations)", options)
    first = [(fault["id"], fault["nodes"][0]) for fault in found]
    return [f"{name}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}" for name, node in first]


@pytest.mark.parametrize("locale", LOOKS)
@pytest.mark.parametrize("who", PAGES)
def test_no_page_has_an_accessibility_fault(person, base, who, locale):
    page = person(who, locale=locale)
    faults = []
    for address in PAGES[who]:
        address = f"{begun_order(page, base)}/finish" if address == "finish" else address
        for place, (view, scheme, rules) in enumerate(LOOKS[locale]):
            page.set_viewport_size(view)
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            if place == 0:
                assert page.goto(f"{base}{address}").status == 200, address
                page.wait_for_selector("html[data-ready]", state="attached")
            said = f"{address} {view['width']} {scheme}"
            faults += [f"{said}: {fault}" for fault in faults_of(page, rules)]
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if wide > 0:
                faults.append(f"{said}: {wide}px wider than the screen")
    assert not faults, "\n".join(faults)


def test_sign_in_is_free_of_faults_and_fits_320_px_at_double_text(browser, base):
    context = browser.new_context(viewport={"width": 320, "height": 700}, locale="zh-CN")
    page = context.new_page()
    for address in ("/login", "/nothing-here"):
        page.goto(f"{base}{address}")
        assert not faults_of(page, WHOLE)
        page.add_style_tag(url="/static/app.css")
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    context.close()
