"""Passwords: argon2id in a thread, and as much work for an address without an account as for one with."""

import asyncio
import unicodedata

from pwdlib import PasswordHash

# Of random bytes that nobody kept, by the parameters of the library's recommendation.
_NOBODYS_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$emmv7U3g6+T0U5SuoY+Wbg$z7yX2XksKvX+JrDDmkljjk+YpWZejrR+rPxtw2Vu4Z0"
)


class Passwords:
    """Hashes and verifies passwords; each call takes some 50 ms of a thread and 64 MiB."""

    def __init__(self, hasher: PasswordHash | None = None, nobodys_hash: str = _NOBODYS_HASH) -> None:
        self._hasher = hasher or PasswordHash.recommended()
        self._nobodys_hash = nobodys_hash

    async def hash(self, password: str) -> str:
        """Return the argon2id hash of `password` with its parameters and a new salt."""
        return await asyncio.to_thread(self._hasher.hash, _normal(password))

    async def verify(self, password: str, stored: str | None) -> bool:
        """Return whether `password` is the one of the hash `stored`; for None do the same work and return False."""
        right = await asyncio.to_thread(self._hasher.verify, _normal(password), stored or self._nobodys_hash)
        return right and stored is not None


def _normal(password: str) -> str:
    """Return the one form of a password that different keyboards write in different code points."""
    return unicodedata.normalize("NFKC", password)
