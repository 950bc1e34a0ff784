"""The real server with the demo's half-year, and a real browser."""

import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from roadworks import create_app
from roadworks.base import clock
from roadworks.base.db import db
from roadworks.demo import cli as demo
from tests.support import databases

ROOT = Path(__file__).resolve().parents[2]
DEMO_NOW = "2018-06-30T09:00:00+08:00"
BROWSER = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
BROWSER += ["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]
# A camera that shows a clock on green and a microphone that beeps, for those whom a test allows them.
BROWSER += ["--use-fake-device-for-media-stream"]


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def load_demo(instance: Path, url: str = "") -> None:
    """Load the demo into a migrated database."""
    app = create_app(databases.options(instance, url, DEMO="1"))
    with app.app_context():
        demo.load()
        db.session.remove()
        db.engine.dispose()
    clock.set_from(None)


def demo_instance(shared: Path, template: Path) -> Path:
    """The demo on SQLite, made once for all test processes."""
    folder = shared / f"demo-{databases.code_mark()}"  # a folder that outlives the run must not outlive its tables
    shared.mkdir(exist_ok=True, parents=True)
    with (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "whole").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            databases.copy_sqlite(template, folder)
            load_demo(folder)
            (folder / "whole").touch()
    return folder


class Address(str):
    """Where a server answers; `pid` is its master's, `instance` its folder, `env` its settings."""

    pid: int
    instance: Path
    env: dict[str, str]

    def workers(self) -> list[int]:
        """The processes that do the work."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        return [int(word) for word in children.read_text().split()]

    def flask(self, *words: str) -> str:
        """Run `flask …` beside the server, on the same data and by the same clock; gives what it printed."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
        return subprocess.run(command, cwd=ROOT, env=self.env, check=True, capture_output=True, text=True).stdout


@contextmanager
def server(
    instance: Path,
    *,
    workers: int = 1,
    preload: bool = False,
    before: tuple[str, ...] = (),
    root: Path = ROOT,
    **settings: str,
):
    """A running gunicorn on `instance`, of the program in `root`, started by `before` where given; gives its address."""
    port = free_port()
    env = {k: v for k, v in os.environ.items() if not k.startswith("ROADWORKS_")}
    env |= {
        "ROADWORKS_INSTANCE": str(instance),
        "ROADWORKS_DEMO": "1",
        "ROADWORKS_NOW": f"{DEMO_NOW}@{time.time()}",
        "ROADWORKS_SECRET_KEY": databases.KEY,
    }
    env |= {f"ROADWORKS_{k}": v for k, v in settings.items()}
    command = [sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{port}", "--workers", str(workers)]
    command += ["--worker-class", "gthread", "--threads", "16", "--log-level", "warning", "--no-control-socket"]
    command += ["--preload"] if preload else []
    process = subprocess.Popen([*before, *command], cwd=root, env=env, start_new_session=True)
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz", process)
        address = Address(f"http://127.0.0.1:{port}")
        address.pid, address.instance, address.env = process.pid, instance, env
        yield address
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=60)


def wait_for(address: str, process: subprocess.Popen) -> None:
    """Wait until the server answers, at most two minutes."""
    pause = threading.Event()
    for _ in range(1200):
        assert process.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(address, timeout=30):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pause.wait(0.1)
    raise AssertionError("the server did not answer within two minutes")


def sign_in(page, base: str, who: str) -> None:
    """Sign in with the demo's password."""
    page.goto(f"{base}/login")
    page.fill("#username", who)
    page.fill("#password", "roadworks-demo")
    page.click("form.panel button")
    page.wait_for_url(lambda url: "/login" not in url)


def enter(context, base: str, who: str) -> None:
    """Sign in with the demo's password, and draw no page for it: with its landing page that was a second for each."""
    address = f"{base}/login"
    token = re.search(r'name="csrf_token" value="([^"]+)"', context.request.get(address).text())
    assert token
    said = {"csrf_token": token[1], "username": who, "password": "roadworks-demo"}
    assert context.request.post(address, form=said, max_redirects=0).status == 302
