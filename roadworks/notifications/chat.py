"""Chat hooks (DingTalk, WeCom, Feishu) by Apprise: an extra that may be missing; asked for here alone."""

import logging
from importlib import import_module
from importlib.util import find_spec
from typing import Any

log = logging.getLogger("roadworks.chat")


class ChatFault(Exception):
    """The hook did not take the message."""


def ready() -> bool:
    """Whether the extra is installed (requirements-chat.txt)."""
    return find_spec("apprise") is not None


def post(url: str, title: str, body: str) -> None:
    """Post one message to a hook; raises ChatFault where the extra is missing or the hook refuses."""
    if not ready():
        raise ChatFault("apprise is not installed")
    apprise: Any = import_module("apprise")
    hook = apprise.Apprise()
    if not hook.add(url):
        raise ChatFault("the hook is not understood")
    if not hook.notify(title=title, body=body):
        raise ChatFault("the hook refused the message")
