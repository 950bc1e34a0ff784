"""Lighthouse on a phone with simulated slow 4G, and what the filing page weighs the first time and later.

Run by `make bench`, or alone by `python -m tests.bench.first_load`; writes its part of docs/performance.md itself.
Lighthouse needs npm, which nothing else does: it is installed beside the other tools, by the lock that stands here.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from statistics import median

from playwright.sync_api import sync_playwright

from tests.browser.pocket import KNOWN, until
from tests.browser.scales import ASKED, file_one, files, weigh
from tests.support import databases, live

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "docs" / "performance.md"
LOCK, TOOL = Path(__file__).with_name("lighthouse"), ROOT / ".venv" / "lighthouse"
HEADING = "## First load on a phone"
CATEGORIES = {"performance": 95, "accessibility": 100, "best-practices": 100}
# what, who, address, how often; of several the median counts
PAGES = [
    ("file a defect", "inspector", "/defects/new", 3),
    ("my work, inspector", "inspector", "/", 1),
    ("my work, crew", "crew", "/", 1),
    ("on this phone", "inspector", "/queue", 1),
    ("one defect", "supervisor", "/defects/470", 1),
]
TIMES = {"first-contentful-paint": "FCP", "largest-contentful-paint": "LCP", "total-blocking-time": "TBT"}
PLACE = {"longitude": 113.62148, "latitude": 34.75014, "accuracy": 8}


def install() -> str:
    """Install what is not installed yet; gives a sentence where that cannot be."""
    npm, chromium = shutil.which("npm"), shutil.which("chromium")
    if not npm or not chromium:
        return "Not measured here: it needs npm and Chromium, and one of them is missing."
    TOOL.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(LOCK / name, TOOL)
    if not (TOOL / "node_modules" / ".bin" / "lighthouse").exists():
        done = subprocess.run([npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=TOOL, check=False)
        if done.returncode:
            return "Not measured here: npm could not install Lighthouse."
    return ""


def look(base: str, address: str, cookie: str) -> dict:
    """One report of Lighthouse on one page."""
    flags = f"--chrome-flags={' '.join([*live.BROWSER, '--headless=new'])}"
    wanted = [f"--extra-headers={json.dumps({'Cookie': cookie})}", f"--only-categories={','.join(CATEGORIES)}"]
    command = [TOOL / "node_modules" / ".bin" / "lighthouse", base + address, "--quiet", "--output=json", flags]
    env = os.environ | {"CHROME_PATH": shutil.which("chromium")}
    done = subprocess.run([*command, *wanted], env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return json.loads(done.stdout)


def row(what: str, reports: list[dict]) -> str:
    """One row of the table."""
    scores = {name: median(100 * (r["categories"][name]["score"] or 0) for r in reports) for name in CATEGORIES}
    times = [f"{median(r['audits'][name].get('numericValue', 0) for r in reports) / 1000:.1f}" for name in TIMES]
    weight = median(r["audits"]["total-byte-weight"].get("numericValue", 0) for r in reports) / 1000
    mark = "met" if all(scores[name] >= aim for name, aim in CATEGORIES.items()) else "missed"
    shown = " | ".join(f"{score:.0f}" for score in scores.values())
    line = f"| {what} | {shown} | {' | '.join(times)} | {weight:.0f} | {mark} |"
    print(line, flush=True)
    return line


def on_the_scales(browser, base: str, state) -> str:
    """What the filing page weighs with its map the first time, and what comes later where nothing has changed."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, storage_state=state, permissions=["geolocation"], geolocation=PLACE
    )
    page, address = context.new_page(), f"{base}/defects/new"
    first, own = weigh(page, lambda: file_one(page, address))
    until(page, KNOWN)

    def again() -> None:
        page.goto(address)
        page.wait_for_selector("html[data-ready]", state="attached")
        until(page, ASKED)

    again()  # the first time with what lies around this place
    later = sum(weigh(page, again, bodies=True)[0].values())
    context.close()
    whole = first[address] + sum(files({url: first[url] for url in own}).values())
    kept = sum(files(first).values())
    return (
        f"The filing page, an empty browser, a photo taken so that the map is shown: {whole / 1000:.0f} KB over the wire "
        f"with all headers (aim: at most 90). All that the phone keeps for the other pages of the street: "
        f"{kept / 1000:.0f} KB. Later, where nothing has changed and the phone is where it was: {later} bytes of page, "
        "files and data (aim: 0), for the page comes from the phone, and “unchanged” is a head without a body."
    )


def measure() -> list[str]:
    """The rows of the table and the sentence under it."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as player:
        instance = live.demo_instance(Path(folder) / "shared", databases.sqlite_template(Path(folder) / "template"))
        browser = player.chromium.launch(executable_path=shutil.which("chromium"), args=live.BROWSER)
        with live.server(instance, workers=2, preload=True) as base:
            states = {}
            for who in {who for _what, who, _address, _often in PAGES}:
                page = browser.new_page()
                live.sign_in(page, base, who)
                states[who] = page.context.storage_state()
                page.context.close()
            said = on_the_scales(browser, base, states["inspector"])
            browser.close()
            cookie = {who: "; ".join(f"{c['name']}={c['value']}" for c in s["cookies"]) for who, s in states.items()}
            rows = [
                row(what, [look(base, address, cookie[who]) for _ in range(often)])
                for what, who, address, often in PAGES
            ]
    return [*rows, "", said]


def write_section(path: Path = OUT) -> None:
    """Measure, and put the table into the page, in place of the one before."""
    missing = install()
    aims = ", ".join(f"{name.replace('-', ' ')} {aim}" for name, aim in CATEGORIES.items())
    head = [HEADING, "", f"Lighthouse 13, mobile, simulated slow 4G, signed in, nothing kept yet (aims: {aims})."]
    columns = ["page", *(name.replace("-", " ") for name in CATEGORIES), *(f"{t} s" for t in TIMES.values()), "KB", ""]
    table = [f"| {' | '.join(columns).rstrip()} |", "|---" * len(columns) + "|"]
    said = [*head, "", missing] if missing else [*head, "", *table, *measure()]
    text = path.read_text("utf-8") if path.exists() else "# Speed\n"
    text = re.sub(rf"\n*{HEADING}\n.*?(?=\n## |\Z)", "", text, flags=re.DOTALL).rstrip("\n")
    path.write_text(text + "\n\n" + "\n".join(said) + "\n", "utf-8")


if __name__ == "__main__":
    write_section()
