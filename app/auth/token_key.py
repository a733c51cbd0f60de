"""The key that signs access tokens: from the settings, or made once and kept in the data folder."""

import os
import secrets
from pathlib import Path

from app.settings import Settings

FILE_NAME = "token.key"
_BYTES = 32


class TokenKey:
    """Gives the key when it is first needed, so that what signs nothing writes no file."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._key: bytes | None = None

    def get(self) -> bytes:
        """Return the key. Several processes that ask at once get the same one."""
        if self._key is None:
            given = self._settings.token_key.get_secret_value()
            self._key = given.encode() if given else _kept(self._settings.data_dir / FILE_NAME)
        return self._key


def _kept(path: Path) -> bytes:
    """Return the key in the file at `path`, made now, readable by its owner only, if there is none."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_BYTES))
        try:
            # Unlike a rename this fails when another process was first; then its key is used.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes().strip()
