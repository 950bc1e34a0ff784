"""The guide for inspectors: every picture is there in both languages, small, and kept with the page on the phone."""

import re

from tests.browser import guide


def test_the_guide_has_all_its_pictures_small_in_both_languages(client_of):
    client = client_of("inspector")
    for language in ("zh", "en"):
        page = client.get("/street/guide", headers={"Accept-Language": language}).get_data(as_text=True)
        shown = set(re.findall(r"/static/[0-9a-f]{10}/guide/([\w-]+)\.png", page))
        assert shown == {f"{name}-{language}{ending}" for name in guide.NAMES for ending in guide.SCHEMES.values()}
    kept = {path.stem: path.stat().st_size for path in guide.OUT.glob("*.png")}
    looks = [f"-{language}{ending}" for language in ("zh", "en") for ending in guide.SCHEMES.values()]
    assert set(kept) == {name + look for name in guide.NAMES for look in looks}
    assert max(kept.values()) <= guide.MOST_BYTES, kept


def test_the_guide_is_kept_on_the_phone_and_found_from_where_one_files(client_of):
    client = client_of("inspector")
    kept = re.search(r'data-shells="([^"]+)"', client.get("/").get_data(as_text=True))
    assert kept
    assert "/street/guide" in kept[1].split()
    for path in ("/", "/street/orders", "/defects/new", "/queue"):
        assert 'href="/street/guide"' in client.get(path).get_data(as_text=True), path


def test_who_walks_no_rounds_is_not_offered_the_inspectors_pages_on_the_phone(client_of):
    for who, there in (("inspector", True), ("crew", False)):
        page = client_of(who).get("/queue").get_data(as_text=True)
        main = page[page.index("<main") : page.index("</main>")]
        assert ['href="/street/guide"' in main, 'href="/defects/new"' in main] == [there, there], who
        assert ('href="/street/orders"' in main) is not there, who
