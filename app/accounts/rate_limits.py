"""How often what may be asked. Counted in the memory of each process: with n workers up to n times as often.

The windows are fixed. Whoever is refused is told after how many seconds the window ends.
"""

import math
from collections.abc import Callable
from datetime import datetime
from enum import Enum

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from app.errors import TooManyRequests

_KEPT_AT_MOST = 100_000


_READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_COMPUTING_OPERATIONS = frozenset(
    {"check_scope_lines", "draw_needs", "match_result", "propose_assignments", "replay_match_run"}
)


def counts_as_write(method: str, operation_id: str) -> bool:
    """Return whether a request counts as one that writes. POSTs that only compute do not."""
    return method.upper() not in _READING_METHODS and operation_id not in _COMPUTING_OPERATIONS


class Limit(Enum):
    """What is limited, and how often it is allowed."""

    SIGN_IN_BY_ADDRESS = RateLimitItemPerMinute(10, 15, "sign-in-address")
    SIGN_IN_BY_CLIENT = RateLimitItemPerMinute(60, 5, "sign-in-client")
    REGISTRATION_BY_ADDRESS = RateLimitItemPerHour(5, 1, "registration-address")
    REGISTRATION_BY_CLIENT = RateLimitItemPerHour(30, 1, "registration-client")
    RESET_BY_ADDRESS = RateLimitItemPerHour(5, 1, "reset-address")
    RESET_BY_CLIENT = RateLimitItemPerHour(30, 1, "reset-client")
    TOKEN_BY_CLIENT = RateLimitItemPerMinute(60, 5, "token-client")


class ClockedStorage(Storage):
    """Counts in memory by a clock that is handed in, and forgets windows that have ended."""

    STORAGE_SCHEME = None

    def __init__(self, clock: Callable[[], float], kept_at_most: int = _KEPT_AT_MOST) -> None:
        super().__init__()
        self._clock = clock
        self._kept_at_most = kept_at_most
        self._windows: dict[str, tuple[int, float]] = {}

    @property
    def base_exceptions(self) -> type[Exception]:
        """Nothing here fails in a way of its own."""
        return ValueError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count `amount` in the window of `key`, which ends `expiry` seconds after its first count."""
        now = self._clock()
        count, ends_at = self._windows.get(key, (0, 0.0))
        if ends_at <= now:
            if len(self._windows) >= self._kept_at_most:
                self._forget(now)
            count, ends_at = 0, now + expiry
        self._windows[key] = (count + amount, ends_at)
        return count + amount

    def get(self, key: str) -> int:
        """Return the count of the window of `key`."""
        count, ends_at = self._windows.get(key, (0, 0.0))
        return count if ends_at > self._clock() else 0

    def get_expiry(self, key: str) -> float:
        """Return when the window of `key` ends, in seconds of the clock."""
        return self._windows.get(key, (0, self._clock()))[1]

    def check(self) -> bool:
        """Memory is always there."""
        return True

    def reset(self) -> int:
        """Forget everything; return how many windows that were."""
        count = len(self._windows)
        self._windows.clear()
        return count

    def clear(self, key: str) -> None:
        """Forget the window of `key`."""
        self._windows.pop(key, None)

    def _forget(self, now: float) -> None:
        """Make room: windows that have ended, and if that is too few, those that end first."""
        self._windows = {key: window for key, window in self._windows.items() if window[1] > now}
        excess = len(self._windows) - self._kept_at_most * 9 // 10
        if excess > 0:
            for key in sorted(self._windows, key=lambda one: self._windows[one][1])[:excess]:
                del self._windows[key]


class RateLimits:
    """The limits of one process."""

    def __init__(self, *, writes_per_minute: int, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._storage = ClockedStorage(lambda: clock().timestamp())
        self._limiter = FixedWindowRateLimiter(self._storage)
        self._writes = RateLimitItemPerMinute(writes_per_minute, 1, "writes")

    def count(self, limit: Limit, who: str) -> None:
        """Count one use of `limit` by `who`. Raises TooManyRequests when it is one too many."""
        self._count(limit.value, who)

    def count_write(self, who: str) -> None:
        """Count one writing request. Raises TooManyRequests when it is one too many."""
        self._count(self._writes, who)

    def _count(self, item: RateLimitItem, who: str) -> None:
        if self._limiter.hit(item, who):
            return
        ends_at = self._storage.get_expiry(item.key_for(who))
        raise TooManyRequests(max(1, math.ceil(ends_at - self._clock().timestamp())))
