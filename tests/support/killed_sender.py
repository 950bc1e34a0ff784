"""A sender that is killed between the server's answer and its own commit."""

import os
import signal
import sys
from datetime import datetime
from pathlib import Path

from roadworks import create_app
from roadworks.base import clock
from roadworks.notifications import sender
from tests.support import databases


def die(*_said) -> None:
    """kill -9."""
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    instance, url, smtp, now = sys.argv[1:]
    sender.settle = die
    app = create_app(databases.options(Path(instance), url, SMTP_URL=smtp))
    with app.app_context(), clock.at(datetime.fromisoformat(now)):
        sender.send_due()
