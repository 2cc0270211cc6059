"""A Dask cluster of this machine: the scheduler in this process, the workers apart from it.

The workers are plain child processes in a session of their own. `distributed.LocalCluster` would
start them by `multiprocessing`, which runs the user's main module again, guard or no guard; and
they would die of a Ctrl-C on the terminal, that goes to all processes of a group.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from typing import Any

DEATH_SECONDS = 10
"""How long workers look for a scheduler that has gone before they end themselves."""

START = (
    "import sys, json; sys.path[:] = json.loads(sys.argv.pop());"
    "from distributed.cli.dask_worker import main; main()"
)
"""What the workers run: nothing of the folder that they are started in."""


class DaskHere:
    """A scheduler and `workers` worker processes of a thread each, started anew when they end."""

    def __init__(self, distributed: Any, workers: int) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="pliant-", ignore_cleanup_errors=True)
        self._cluster = distributed.LocalCluster(
            n_workers=0, processes=True, dashboard_address=None, silence_logs=logging.CRITICAL
        )
        self.address: str = self._cluster.scheduler_address
        said = f"--nworkers {workers} --nthreads 1 --no-dashboard --death-timeout {DEATH_SECONDS}"
        options = [self.address, *said.split(), "--local-directory", self._folder.name]
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", START, *options, json.dumps(_found_in())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={name: text for name, text in os.environ.items() if name != "PYTHONPATH"},
        )

    def close(self) -> None:
        """End the workers and the scheduler; nothing is left of them."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._cluster.close()
        self._folder.cleanup()


def _found_in() -> list[str]:
    """Return where workers look for modules: where this process does, Python's own first."""
    library = os.path.dirname(os.__file__)
    own = (library, os.path.join(library, "lib-dynload"))
    return sorted((str(place) for place in sys.path if place), key=lambda place: place not in own)
