"""A Dask cluster of this machine: the scheduler in this process, the workers apart from it.

The workers are plain child processes in a session of their own. `distributed.LocalCluster` would
start them by `multiprocessing`, which runs the user's main module again, guard or no guard; and
they would die of a Ctrl-C on the terminal, that goes to all processes of a group.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
from contextlib import ExitStack, suppress
from typing import Any

from pliant.core.temporary import temporary_folder
from pliant.training.engines.child import command, environment

START = "from distributed.cli.dask_worker import main; main()"

DEATH_SECONDS = 10
"""How long workers look for a scheduler that has gone before they end themselves."""


class DaskHere:
    """A scheduler and `workers` worker processes of a thread each, started anew when they end."""

    def __init__(self, distributed: Any, workers: int) -> None:
        self._held = ExitStack()
        folder = self._held.enter_context(temporary_folder())
        self._cluster = distributed.LocalCluster(
            n_workers=0, processes=True, dashboard_address=None, silence_logs=logging.CRITICAL
        )
        self.address: str = self._cluster.scheduler_address
        said = f"--nworkers {workers} --nthreads 1 --no-dashboard --death-timeout {DEATH_SECONDS}"
        options = [self.address, *said.split(), "--local-directory", str(folder)]
        self._process = subprocess.Popen(
            command(START, *options),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=environment(),
        )

    def close(self) -> None:
        """End the workers and the scheduler; nothing is left of them."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._cluster.close()
        self._held.close()
