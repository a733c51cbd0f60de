"""The process that works on imports, forked from one that has imported everything: it starts at once."""

import multiprocessing
import os
import sys
from multiprocessing.context import ForkServerProcess

from app.jobs import process
from app.jobs.watch import given_to_process
from app.settings import Settings

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([__name__])


def start(settings: Settings) -> ForkServerProcess:
    """Start the process; the caller kills it."""
    started = _FORKS.Process(target=_main, args=(given_to_process(settings),), daemon=True)
    started.start()
    return started


def _main(given: bytes) -> None:
    reading, writing = os.pipe()
    os.write(writing, given)  # the other end stays open: no parent ends
    os.dup2(reading, 0)
    sys.stdin = os.fdopen(0, encoding="utf-8")
    process.main()
