"""A letter as a mail message: headers fixed when it was written, the text, and the HTML beside it."""

from email.message import EmailMessage
from email.policy import SMTP

from flask import current_app

from roadworks.base import clock
from roadworks.notifications.models import Letter


def message(letter: Letter) -> EmailMessage:
    """The whole message, the same bytes but for its boundary at every asking; raises ValueError on a bad address."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = current_app.config["MAIL_FROM"]
    if letter.address:
        mail["To"] = letter.address
    mail["Subject"] = letter.subject
    mail["Date"] = clock.local(letter.written_at)
    mail["Message-ID"] = letter.message_id
    mail["Content-Language"] = letter.language
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(letter.text, cte="base64")
    mail.add_alternative(letter.html, subtype="html", cte="base64")
    mail.set_boundary(f"part-{letter.message_id[1:33]}")
    return mail
