"""Who carries letters away: a mail server, or a folder of files where there is none."""

import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.errors import MessageError
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Literal, Protocol

from flask import current_app

from roadworks.base.errors import Unavailable
from roadworks.base.mail_server import MailServer
from roadworks.base.storage import LocalStorage
from roadworks.notifications.mail import one_line
from roadworks.notifications.mime import message
from roadworks.notifications.models import Letter

NO_ADDRESS = "no address"
NEVER_BACK = "never came back"
DOT = b"\r\n.\r\n"
# A message that cannot be built or that the server's extensions do not allow: trying again changes nothing.
UNSENDABLE = (ValueError, MessageError, smtplib.SMTPNotSupportedError)


@dataclass(frozen=True)
class Outcome:
    """What became of a letter; `unknown`: the line went dead after the final dot. `down`: ask no more for now."""

    kind: Literal["sent", "deferred", "refused", "unknown", "lost"]
    said: str = ""
    down: bool = False


class Carrier(Protocol):
    """Carries letters, one at a time."""

    def carry(self, letter: Letter, hold: Callable[[], bool]) -> Outcome:
        """Carry one letter; `hold` renews our claim on it and tells whether it is still ours."""

    def close(self) -> None:
        """No more letters for now."""


def letters_folder() -> LocalStorage:
    """Where letters lie as files when there is no mail server."""
    return LocalStorage(Path(current_app.config["INSTANCE"]) / "letters")


class FileCarrier:
    """Writes each letter as an .eml file, whole or not at all."""

    def __init__(self, folder: LocalStorage) -> None:
        self.folder = folder

    def carry(self, letter: Letter, hold: Callable[[], bool]) -> Outcome:
        """Write the file; its name is the letter's."""
        try:
            self.folder.put(f"{letter.written_at:%Y-%m}/{letter.id:07d}.eml", message(letter).as_bytes())
        except Unavailable as error:
            return Outcome("deferred", one_line(str(error.__cause__)), down=True)
        except UNSENDABLE as error:
            return Outcome("refused", _words(error))
        return Outcome("sent")

    def close(self) -> None:
        """Nothing is open."""


class _Line:
    """Remembers whether the final dot of a message has left: from then on the server may have taken it."""

    dotted = False

    def send(self, s: Any) -> None:
        """Send, and note the dot."""
        super().send(s)  # type: ignore[misc]
        if isinstance(s, bytes) and s.endswith(DOT):
            self.dotted = True


class _Plain(_Line, smtplib.SMTP):
    """A line that begins unprotected."""


class _Tls(_Line, smtplib.SMTP_SSL):
    """A line protected from its first byte."""


class SmtpCarrier:
    """Hands letters to a mail server, many on one line."""

    def __init__(self, server: MailServer) -> None:
        self.server = server
        self.line: _Plain | _Tls | None = None
        self.carried = 0

    def carry(self, letter: Letter, hold: Callable[[], bool]) -> Outcome:
        """Hand one letter over; a line that ended after earlier letters is opened once more."""
        if not letter.address:
            return Outcome("refused", NO_ADDRESS)
        used = self.carried > 0
        outcome = self._try(letter, hold)
        return self._try(letter, hold) if used and outcome.kind == "deferred" and outcome.down else outcome

    def _try(self, letter: Letter, hold: Callable[[], bool]) -> Outcome:
        if self.line is None:
            try:
                self.line = self._open()
            except (smtplib.SMTPException, OSError, ValueError) as error:  # ValueError: a password beyond ASCII
                # Whatever the server says before it sees a letter is no judgement on the letter.
                return Outcome("deferred", _words(error), down=True)
            if not hold():
                return Outcome("lost")
        outcome = self._hand_over(self.line, letter)
        self.carried += outcome.kind == "sent"
        if outcome.down:
            self.close()
        return outcome

    def _hand_over(self, line: _Plain | _Tls, letter: Letter) -> Outcome:
        line.dotted = False
        sender = parseaddr(current_app.config["MAIL_FROM"])[1]
        try:
            line.send_message(message(letter), sender, [letter.address])
        except smtplib.SMTPRecipientsRefused as error:
            return _judged(*next(iter(error.recipients.values())))
        except smtplib.SMTPResponseException as error:
            return _judged(error.smtp_code, error.smtp_error)
        except UNSENDABLE as error:
            return Outcome("refused", _words(error))
        except (smtplib.SMTPException, OSError) as error:
            return Outcome("unknown" if line.dotted else "deferred", _words(error), down=True)
        return Outcome("sent")

    def _open(self) -> _Plain | _Tls:
        server, safe = self.server, ssl.create_default_context()
        line: _Plain | _Tls
        if server.tls:
            line = _Tls(server.host, server.port, timeout=server.timeout, context=safe)
        else:
            line = _Plain(server.host, server.port, timeout=server.timeout)
        try:
            if server.starttls:
                line.starttls(context=safe)
            if server.user:
                line.login(server.user, server.password)
            line.ehlo_or_helo_if_needed()  # here, so that what follows a claim is no more than four answers
        except (smtplib.SMTPException, OSError, ValueError):
            line.close()
            raise
        self.carried = 0
        return line

    def close(self) -> None:
        """Say goodbye, where anybody listens."""
        if self.line is not None:
            with suppress(smtplib.SMTPException, OSError):
                self.line.quit()
            self.line.close()
            self.line = None


def _judged(code: int, text: bytes | str) -> Outcome:
    """What an answer means: 5xx is final, anything else may change; 421 ends the line."""
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    kind: Literal["refused", "deferred"] = "refused" if 500 <= code < 600 else "deferred"
    return Outcome(kind, one_line(f"{code} {said}"), down=code == 421)


def _words(error: Exception) -> str:
    if isinstance(error, UnicodeEncodeError):  # its own words show what could not be written: a piece of a password
        return one_line(f"{type(error).__name__}: {error.reason}")
    return one_line(f"{type(error).__name__}: {error}")
