"""The command in a process whose libraries are there already: tests need not wait for imports.

A process that has imported the libraries, and nothing of ours, stands by and forks for every
command. Each is a process of its own, with descriptors, a folder and an exit code as always, that
imports Pliant and runs it as `python -m pliant` does; only variables that Python itself looks at
when it starts, such as PYTHONPATH, are those of the first.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

LIBRARIES = (
    "pyarrow.csv",
    "pyarrow.parquet",
    "pandas",
    "sklearn.ensemble",
    "sklearn.linear_model",
    "lightgbm",
    "typer.rich_utils",
    "rich.table",
)
"""None that starts threads when it is imported, as CatBoost does: a fork would lack them."""


class Warm:
    """The process that stands by, from the first command on."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._told = tempfile.TemporaryDirectory()

    def close(self) -> None:
        """End it; no command is left."""
        if self._process is not None:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.close()
            self._process.wait()
            self._process.stdout.close()
            self._process = None
        self._told.cleanup()

    def run(self, arguments: list[str], folder: Path, timeout: float) -> Any:
        """Return a command that is over, as `subprocess.run` does."""
        said = [Path(self._told.name, name) for name in ("stdout", "stderr")]
        order = {
            "arguments": arguments,
            "folder": str(folder),
            "said": [str(path) for path in said],
            "environment": dict(os.environ),
        }
        process = self._ready()
        assert process.stdin is not None
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        code = self._ended(int(self._answer()), arguments, timeout)
        return subprocess.CompletedProcess(arguments, code, *(path.read_text() for path in said))

    def _ready(self) -> subprocess.Popen[str]:
        if self._process is None:
            command, pipe = [sys.executable, "-P", __file__], subprocess.PIPE
            self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        return self._process

    def _answer(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def _ended(self, pid: int, arguments: list[str], timeout: float) -> int:
        """Wait for a command and return its exit code."""
        assert self._process is not None
        with selectors.DefaultSelector() as over:
            over.register(self._process.stdout, selectors.EVENT_READ)
            if not over.select(timeout):
                os.kill(pid, signal.SIGKILL)
                self._answer()
                raise subprocess.TimeoutExpired(arguments, timeout)
        return int(self._answer())


def main() -> None:
    """Take orders, a line each; answer with the process that runs each, and its exit code."""
    for library in LIBRARIES:
        with suppress(ImportError):  # not everybody has all of them
            import_module(library)
    gc.freeze()  # what is there already is shared, and is looked at no more
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            end(outcome(json.loads(line)))
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def outcome(order: dict[str, Any]) -> int:
    """Run a command in this process; return its exit code."""
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    files = [os.open(os.devnull, os.O_RDONLY)]
    files += [os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) for path in order["said"]]
    for descriptor, file in enumerate(files):
        os.dup2(file, descriptor)
        os.close(file)
    sys.argv = ["pliant", *order["arguments"]]
    try:
        runpy.run_module("pliant", run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except Exception:  # noqa: BLE001 - it is said, as Python says it
        traceback.print_exc()
        return 1
    return 0


def end(code: int) -> None:
    """End this process as Python does, but leave its memory to the system."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        if not stream.closed:
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
