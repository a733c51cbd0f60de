"""Mail: to the console, to files, by SMTP to a real server on a socket."""

import email
import email.policy
import socketserver
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.accounts.mail import Mail, make_mailer, send_quietly
from app.settings import Settings

MAIL = Mail("li@example.org", "请确认 Confirm", "令牌 Token\n\npgm_abc\n")


async def test_the_console_shows_the_whole_mail(capsys: pytest.CaptureFixture[str]) -> None:
    await make_mailer(Settings()).send(MAIL)
    shown = capsys.readouterr().out
    assert MAIL.to in shown
    assert MAIL.text in shown


async def test_a_file_holds_the_mail_for_its_owner_only(tmp_path: Path) -> None:
    mailer = make_mailer(Settings(data_dir=tmp_path, mail="file", mail_from="试验场 <no-reply@example.org>"))
    await mailer.send(MAIL)
    await mailer.send(Mail("wu@example.org", "x", "y"))
    first, second = sorted((tmp_path / "mail").iterdir())
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    message = email.message_from_bytes(first.read_bytes(), policy=email.policy.default)
    assert (message["To"], message["Subject"]) == (MAIL.to, MAIL.subject)
    assert message.get_content() == MAIL.text
    assert b"wu@example.org" in second.read_bytes()


class _Smtp(socketserver.StreamRequestHandler):
    """Accepts one mail, as the simplest SMTP server does."""

    def handle(self) -> None:
        self.wfile.write(b"220 test\r\n")
        while line := self.rfile.readline().decode().strip():
            if line.upper().startswith("DATA"):
                self.wfile.write(b"354 go on\r\n")
                data = b""
                while not data.endswith(b"\r\n.\r\n"):
                    data += self.rfile.readline()
                self.server.received.append(data)  # type: ignore[attr-defined]
            self.wfile.write(b"221 bye\r\n" if line.upper() == "QUIT" else b"250 ok\r\n")
            if line.upper() == "QUIT":
                return


@contextmanager
def smtp_server() -> Iterator[tuple[int, list[bytes]]]:
    with socketserver.TCPServer(("127.0.0.1", 0), _Smtp) as server:
        server.received = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1], server.received  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()


async def test_a_server_gets_the_mail() -> None:
    with smtp_server() as (port, received):
        settings = Settings(mail="smtp", smtp_host="127.0.0.1", smtp_port=port, smtp_security="none")
        await make_mailer(settings).send(MAIL)
    message = email.message_from_bytes(received[0], policy=email.policy.default)
    assert (message["To"], message["Subject"]) == (MAIL.to, MAIL.subject)
    assert "pgm_abc" in message.get_content()


async def test_a_server_that_is_away_fails_no_request() -> None:
    settings = Settings(mail="smtp", smtp_host="127.0.0.1", smtp_port=1, smtp_security="none")
    mailer = make_mailer(settings)
    with pytest.raises(OSError, match="refused"):
        await mailer.send(MAIL)
    await send_quietly(mailer, MAIL)
