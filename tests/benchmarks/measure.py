"""Timing: repeated calls, percentiles, and ratios of medians taken in the same run."""

import gc
import resource
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

Call = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds of each call, in order."""

    values: Sequence[float]

    @property
    def p50(self) -> float:
        return sorted(self.values)[len(self.values) // 2]

    @property
    def p95(self) -> float:
        return sorted(self.values)[int(len(self.values) * 0.95)]


async def timed(calls: Sequence[Call], *, passes: int = 3) -> Timing:
    """Call each once to warm up, then `passes` times, and return every duration."""
    for call in calls:
        await call()
    gc.collect()
    gc.freeze()
    values = []
    for _ in range(passes):
        for call in calls:
            start = time.perf_counter()
            await call()
            values.append((time.perf_counter() - start) * 1_000)
    return Timing(values)


def peak_memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024


def line(name: str, measured: Timing, bare: Timing | None = None, target: str = "") -> str:
    """Return one row of the report: median / p95 in ms, and the ratio of medians to the bare thing."""
    text = f"{name:<44} {measured.p50:9.2f} / {measured.p95:8.2f} ms"
    if bare is not None:
        text += f"   bare {bare.p50:8.2f} ms   ratio {measured.p50 / bare.p50:6.2f}"
    return f"{text}   {target}".rstrip()
