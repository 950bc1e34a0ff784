"""The pages of the street fit a screen 320 px wide and text twice as big; a thumb hits every target; keys reach all."""

import pytest

from tests.browser.conftest import PHONE
from tests.browser.pocket import WHEN_KEPT, begun_order, until

NARROW = {"width": 320, "height": 640}
PAGES = {
    "inspector": [
        *(
            "/",
            "/defects/new",
            "/defects/60/filed",
            "/queue",
            "/street/guide",
            "/defects/470",
            "/map",
            "/workorders/364",
        ),
        *("/rounds/today", "/street/round", "/street/orders", "/nearby?lon=113.62148&lat=34.75014"),
        *("/rounds", "/rounds/20", "/account"),
    ],
    "crew": ["/", "/street/orders", "/workorders", "order", "finish"],
    "supervisor": ["/", "/workorders/20", "/rounds/20/sheet", "/notifications/digests/2018-W26"],
}
# What is seen once a page has drawn what it has from the phone.
DRAWN = {
    "/street/orders": "article.card",
    "/queue": "li.item",
    "/rounds/today": "[data-live] li",
    "/street/round": "[data-live] li",
}
# Records of each state, one of which the order moved on from; none is due to be sent.
RECORDS = """async () => {
  const { put } = await import('/static/js/store.js');
  const [person, at] = [Number(document.body.dataset.person), Date.now() - 60000];
  const row = (state, more) => put('records', {
    id: `00000000-0000-4000-8000-${state.padStart(12, '0')}`, state, kind: 'filing', person, at, number: 'L0930-AB', title: '沥青路面坑槽',
    tries: 3, next: at + 600000, faults: null, receipt: null, fields: {}, ...more });
  await row('draft', {});
  await row('waiting', { why: 'signed out' });
  await row('refused', { faults: { area_m2: ['不是数字'] } });
  await row('sent', { receipt: { number: 'BH20180630-0001', url: '/defects/470', told: '', photos: [] } });
  await row('conflict', { kind: 'step', thread: `order:20:${person}`, fields: { order: '20', verb: 'fail', at: new Date(at).toISOString(), reason: '面积不足' },
    conflict: { again: true, now: { word: '返工', crew: '金水区市政养护一班', version: 3 }, changed: { by: '张伟', did: '撤销', at: new Date(at).toISOString(), reason: '重报' } } });
}"""
# Somebody has looked just now: what pauses goes on pausing.
LOOKED = "localStorage.setItem('looked', Date.now());"
# What a page's elements lack, in words: too wide, cut off, or too small for a thumb (links within a sentence excepted).
LOOK = """() => {
  const faults = [];
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide > 0) faults.push(`${wide} px wider than the screen`);
  const seen = (element) => {
    if (!element.checkVisibility({ visibilityProperty: true })) return false;
    if (element.closest('.visually-hidden, .skip, [aria-hidden=true]')) return false;
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1;
  };
  const name = (element) => `${element.tagName.toLowerCase()}${element.id ? '#' + element.id : ''}.${element.className.baseVal ?? element.className} “${element.textContent.trim().slice(0, 30)}”`;
  // A name too long for the head ends in … there, and stands whole in the menu.
  const words = '.button, button, summary, .chip, .tabs a, .tile, .choices label, .tag, .state, h1, h2, label, .waiting';
  for (const element of document.querySelectorAll(words)) {
    if (!seen(element)) continue;
    const box = element.getBoundingClientRect();
    const walk = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      if (!node.textContent.trim() || !seen(node.parentElement) || node.parentElement.closest('.me > summary')) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const rect of range.getClientRects()) {
        if (rect.width > 1 && (rect.left < box.left - 1 || rect.right > box.right + 1)) {
          faults.push(`cut off: ${name(element)}`);
          break;
        }
      }
    }
    if (getComputedStyle(element).overflow === 'hidden' && element.scrollWidth > element.clientWidth + 1) faults.push(`cut off: ${name(element)}`);
  }
  const primary = ':is([data-order], .sendbar) .button:not(.quiet, .slim, .alarm), :is(.verify, [data-verb=fail]) .button, .button.big';
  for (const element of document.querySelectorAll(primary)) {
    if (seen(element) && element.getBoundingClientRect().height < 55.5) faults.push(`lower than 56 px: ${name(element)}`);
  }
  const inSentence = (element) => {
    if (element.tagName !== 'A' || getComputedStyle(element).display !== 'inline') return false;
    const around = element.closest('p, li, dd, td, figcaption, span, b, blockquote')?.textContent.trim() ?? '';
    return around.length > element.textContent.trim().length;
  };
  const targets = 'a[href], button, summary, select, textarea, input:not([type=hidden]), [role=button], [role=slider], .leaflet-marker-icon';
  for (const element of document.querySelectorAll(targets)) {
    if (!seen(element) || inSentence(element) || element.closest('.map')?.matches('[hidden]')) continue;
    const own = element.getBoundingClientRect();
    const label = element.closest('label') ?? (element.id && document.querySelector(`label[for="${element.id}"]`));
    const whole = element.matches('[type=radio], [type=checkbox]') && label ? label.getBoundingClientRect() : own;
    if (Math.max(own.width, whole.width) < 43.5 || Math.max(own.height, whole.height) < 43.5) {
      faults.push(`${Math.round(whole.width)}×${Math.round(whole.height)}: ${name(element)}`);
    }
  }
  return [...new Set(faults)];
}"""


def shown(page, base, address: str) -> None:
    """A page with all that it draws by itself, and all that opens open."""
    assert page.goto(f"{base}{address}").status == 200, address
    page.wait_for_selector("html[data-ready]", state="attached")
    if address in DRAWN:
        page.locator(DRAWN[address]).first.wait_for()
    page.evaluate("() => { for (const part of document.querySelectorAll('main details')) part.open = true; }")


def addresses(page, base, who: str):
    """The pages of one person; an order of the crew's is found on the crew's own page."""
    order = ""
    for address in PAGES[who]:
        if address == "order":
            order = begun_order(page, base)
            yield order
        else:
            yield f"{order}/finish" if address == "finish" else address


@pytest.mark.parametrize("who", PAGES)
@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_the_street_fits_a_narrow_screen_and_double_text_and_a_thumb(person, base, who, locale):
    page, faults = person(who, NARROW, locale), []
    if who == "inspector":
        page.context.add_init_script(LOOKED)
        page.goto(base)
        page.evaluate(RECORDS)
    for address in addresses(page, base, who):
        page.set_viewport_size(NARROW)
        shown(page, base, address)
        faults += [f"{address} at 320 px: {fault}" for fault in page.evaluate(LOOK)]
        page.set_viewport_size(PHONE)
        page.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")
        faults += [f"{address} at 200 %: {fault}" for fault in page.evaluate(LOOK)]
    assert not faults, "\n".join(faults)
    if who == "supervisor":
        # On a tablet laid on its side the head takes two lines rather than more than the screen.
        page.set_viewport_size({"width": 1024, "height": 768})
        page.goto(base)
        assert page.evaluate("document.documentElement.scrollWidth") == 1024


# What a key can reach, in the order of the page, and where one is: seen, and with nothing over it.
REACHABLE = """() => {
  const groups = new Set();
  return [...document.querySelectorAll('main a[href], main button, main summary, main select, main textarea, main input:not([type=hidden])')]
    .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.disabled && element.tabIndex >= 0)
    .filter((element) => element.type !== 'radio' || (!groups.has(element.name) && groups.add(element.name)))
    .map((element) => (element.type === 'radio' ? element.name : element.id || element.name || element.textContent.trim()));
}"""
REACHED = """() => {
  const at = document.activeElement;
  const ring = [at, at.closest('label')].some((element) => element && parseFloat(getComputedStyle(element).outlineWidth) >= 2 && getComputedStyle(element).outlineStyle !== 'none');
  const box = (at.closest('label') ?? at).getBoundingClientRect();
  const covered = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  const free = covered && (at.contains(covered) || covered.contains(at) || at.closest('label')?.contains(covered));
  return [at.type === 'radio' ? at.name : at.id || at.name || at.textContent.trim(), ring, Boolean(free)];
}"""


def test_keys_reach_everything_in_order_and_one_sees_where_one_is(person, base):
    page = person("inspector")
    page.context.add_init_script(LOOKED)
    page.goto(base)
    page.evaluate(RECORDS)
    # What is new is drawn, and takes the focus away.
    until(page, WHEN_KEPT)
    for address in ("/defects/new", "/queue", "/rounds/today", "/street/orders"):
        page.goto(f"{base}{address}")
        page.wait_for_selector("html[data-ready]", state="attached")
        if address == "/defects/new":
            page.locator(".choices.big input").first.check()  # the types belong to a surface
        else:
            page.locator(DRAWN[address]).first.wait_for()
        wanted = page.evaluate(REACHABLE)
        page.evaluate("() => { document.activeElement.blur(); window.scrollTo(0, 0); }")
        page.locator("#main").evaluate("(main) => { main.tabIndex = -1; main.focus(); }")
        reached = []
        for _ in range(len(wanted)):
            page.keyboard.press("Tab")
            reached.append(page.evaluate(REACHED))
        assert [name for name, _ring, _free in reached] == wanted, address
        assert all(ring for _name, ring, _free in reached), [name for name, ring, _free in reached if not ring]
        assert all(free for _name, _ring, free in reached), [name for name, _ring, free in reached if not free]
