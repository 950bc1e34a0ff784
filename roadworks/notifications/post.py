"""The post of this installation: which carrier takes which kind of letter."""

from collections.abc import Callable

from flask import current_app

from roadworks.accounts.models import Person
from roadworks.base.db import db
from roadworks.base.mail_server import MailServer
from roadworks.notifications import chat
from roadworks.notifications.carriers import NO_ADDRESS, Carrier, FileCarrier, Outcome, SmtpCarrier, letters_folder
from roadworks.notifications.mail import one_line
from roadworks.notifications.models import Letter
from roadworks.notifications.posting import CHAT

MOST_CHAT = 4000


def chosen() -> Carrier:
    """The carrier of this installation."""
    server: MailServer | None = current_app.config["MAIL_SERVER"]
    return Post(SmtpCarrier(server) if server else FileCarrier(letters_folder()))


class Post:
    """Gives each letter to who carries its kind: mail, or the chat hook."""

    def __init__(self, mail: Carrier) -> None:
        self.mail = mail

    def carry(self, letter: Letter, hold: Callable[[], bool]) -> Outcome:
        """Carry one letter; a chat hook that refuses is asked again later and holds up nothing else."""
        if letter.kind != CHAT:
            return self.mail.carry(letter, hold)
        person = db.session.get_one(Person, letter.person_id)
        hook = chat.hook_of(person)
        db.session.rollback()  # no transaction is open while others are spoken to
        if hook is None:
            return Outcome("refused", NO_ADDRESS)
        try:
            chat.post(hook[1], letter.subject, letter.text[:MOST_CHAT])
        except chat.ChatFault as fault:
            return Outcome("deferred", one_line(str(fault)))
        return Outcome("sent")

    def close(self) -> None:
        """No more letters for now."""
        self.mail.close()
