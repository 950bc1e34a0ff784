"""`make run`: the demo on this machine, from an empty folder to a page in the browser; Ctrl-C stops all of it."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parents[1]
DEMO_MORNING = "2018-06-30T09:00:00+08:00"


def prepare(port: int) -> None:
    """The settings of the demo, as far as the person has not set others; the clock goes on while it runs."""
    instance = Path(os.environ.setdefault("ROADWORKS_INSTANCE", str(ROOT / "instance")))
    instance.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("ROADWORKS_DEMO", "1")
    os.environ.setdefault("ROADWORKS_BASE_URL", f"http://127.0.0.1:{port}")
    key = instance / "secret-key"
    if not key.exists():
        key.touch(mode=0o600)
        key.write_text(secrets.token_hex(32))
    os.environ.setdefault("ROADWORKS_SECRET_KEY", key.read_text())
    os.environ.setdefault("ROADWORKS_NOW", DEMO_MORNING)
    if "@" not in os.environ["ROADWORKS_NOW"]:
        os.environ["ROADWORKS_NOW"] += f"@{time.time()}"


def load_database() -> None:
    """Make or migrate the database, load the demo once, and let the clock begin after the newest event."""
    from flask_migrate import upgrade
    from sqlalchemy import func, inspect, select

    from roadworks import create_app
    from roadworks.base import clock
    from roadworks.base.db import db
    from roadworks.base.slots import Heartbeat
    from roadworks.demo import cli as demo
    from roadworks.workflow.audit import Event

    app = create_app()
    with app.app_context():
        if not inspect(db.engine).has_table("alembic_version") or not _at_head():
            upgrade()
        if app.config["DEMO"] and not demo.is_loaded():
            demo.load()
        # Neither what was done nor what ran by itself may lie in the future of the demo's clock.
        ends = db.session.scalar(select(func.max(Event.at))), db.session.scalar(select(func.max(Heartbeat.at)))
        newest = max((moment for moment in ends if moment), default=None)
        if app.config["DEMO"] and newest is not None and newest > clock.now():
            os.environ["ROADWORKS_NOW"] = f"{newest.isoformat()}@{time.time()}"
        db.session.rollback()
        db.engine.dispose()


def _at_head() -> bool:
    """Whether the database stands at the newest migration."""
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from flask import current_app

    from roadworks.base.db import db

    with db.engine.connect() as connection:
        here = MigrationContext.configure(connection).get_current_revision()
    return here == ScriptDirectory(str(current_app.config["MIGRATIONS"])).get_current_head()


def start(port: int) -> list[subprocess.Popen[bytes]]:
    """Start the web server and the clockwork, each in a group of its own."""
    web = [sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
    web += [
        "--worker-class",
        "gthread",
        "--threads",
        "32",
        "--log-level",
        "warning",
        "--no-control-socket",
        "--preload",
    ]
    jobs = [sys.executable, "-m", "flask", "--app", "wsgi", "jobs", "run"]
    return [subprocess.Popen(command, cwd=ROOT, start_new_session=True) for command in (web, jobs)]


def watch(children: list[subprocess.Popen[bytes]]) -> int:
    """Wait until the person stops us or a child ends; then stop all."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        while all(child.poll() is None for child in children):
            time.sleep(0.3)
    except KeyboardInterrupt:
        print("\nStopping.")
    for child in children:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGTERM)
    for child in children:
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
    return 0


def main() -> int:
    """Prepare, load, start, tell where it is, and watch."""
    port = int(os.environ.get("PORT", "8000"))
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            print(f"Port {port} is taken. Choose another: make run PORT=8001", file=sys.stderr)
            return 1
    prepare(port)
    load_database()
    children = start(port)
    from roadworks.base.config import DEMO_PASSWORD
    from roadworks.workflow.permissions import ROLES

    password = os.environ.get("ROADWORKS_DEMO_PASSWORD", DEMO_PASSWORD)
    print(
        f"\nRoadworks is at http://127.0.0.1:{port}\n"
        f"Sign in as {', '.join(ROLES)}; password: {password}\nCtrl-C stops it.\n"
    )
    sys.stdout.flush()
    return watch(children)


if __name__ == "__main__":
    sys.exit(main())
