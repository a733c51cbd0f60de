"""Mail: one port; to the console or to files in development, by SMTP in production."""

import asyncio
import smtplib
import ssl
import sys
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from typing import Protocol

import structlog

from app.kit.ids import new_id
from app.settings import Settings

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Mail:
    """A mail of plain text to one address."""

    to: str
    subject: str
    text: str


class Mailer(Protocol):
    """Delivers mails. `send` may raise; use `send_quietly` where the answer must not depend on it."""

    async def send(self, mail: Mail) -> None:
        """Hand `mail` on. Raises OSError or smtplib.SMTPException when that fails."""


class ConsoleMailer:
    """Prints mails to standard output: for development, where they hold the tokens that one needs."""

    async def send(self, mail: Mail) -> None:
        """Print `mail`."""
        sys.stdout.write(f"--- mail to {mail.to}: {mail.subject}\n{mail.text}\n---\n")
        sys.stdout.flush()


class FileMailer:
    """Writes each mail to a file of its own, readable by its owner only; names sort by time."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    async def send(self, mail: Mail) -> None:
        """Write `mail` as `<id>.eml`."""
        await asyncio.to_thread(self._write, mail)

    def _write(self, mail: Mail) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / f"{new_id()}.eml"
        path.touch(mode=0o600)
        path.write_bytes(_message(mail, self._sender).as_bytes())


class SmtpMailer:
    """Sends mails by SMTP, each on a connection of its own, in a thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def send(self, mail: Mail) -> None:
        """Send `mail`; returns when the server has accepted it."""
        await asyncio.to_thread(self._deliver, _message(mail, self._settings.mail_from))

    def _deliver(self, message: EmailMessage) -> None:
        settings = self._settings
        with self._connect() as server:
            if settings.smtp_security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
            server.send_message(message)

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        timeout = settings.smtp_timeout_seconds
        if settings.smtp_security == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(settings.smtp_host, settings.smtp_port, timeout=timeout, context=context)
        return smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=timeout)


def make_mailer(settings: Settings) -> Mailer:
    """Return the mailer that `settings` name."""
    match settings.mail:
        case "console":
            return ConsoleMailer()
        case "file":
            return FileMailer(settings.mail_dir, settings.mail_from)
        case "smtp":
            return SmtpMailer(settings)


async def send_quietly(mailer: Mailer, mail: Mail) -> None:
    """Send `mail`; a failure is logged, and can be mended by asking for the mail again."""
    try:
        await mailer.send(mail)
    except (OSError, smtplib.SMTPException):
        log.exception("a mail could not be sent", subject=mail.subject)


def _message(mail: Mail, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].strip("<> ") or "localhost")
    message.set_content(mail.text)
    return message
