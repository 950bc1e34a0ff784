"""Chat hooks (DingTalk, WeCom, Feishu) by Apprise: an extra that may be missing; asked for here alone."""

from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from roadworks.accounts.models import Person


class ChatFault(Exception):
    """The hook did not take the message."""


def hook_of(person: Person) -> tuple[str, str] | None:
    """Where a person is told besides mail: whose hook it is, and the hook; their own before their crew's."""
    if person.chat_url:
        return f"person:{person.id}", person.chat_url
    if person.crew is not None and person.crew.chat_url:
        return f"crew:{person.crew.id}", person.crew.chat_url
    return None


@lru_cache(maxsize=1)
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
