"""The `pliant` command: a file a verb."""

from __future__ import annotations

import errno
import io
import os
import sys
import time
import warnings
from collections.abc import Callable

STARTED = time.perf_counter()
"""When the user began to wait, but for the start of the interpreter."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def main() -> None:
    """Run the command line; a `PliantError` becomes one sentence and exit code 1."""
    from pliant.core.allocator import process_is_ours
    from pliant.core.descriptors import hold_standard

    hold_standard()
    process_is_ours()
    os.environ["PYTHONSAFEPATH"] = "1"  # files of a folder are data, also for clusters started here
    from pliant.cli.app import app
    from pliant.cli.stopping import STOPPING
    from pliant.core.errors import PliantError

    STOPPING.listen()
    _say_warnings()
    for stream in (sys.stdout, sys.stderr):  # a terminal may lack letters that names have
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        _run(app)
    except PliantError as error:
        print(f"pliant: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("pliant: stopped before it was through", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # nobody reads what waits to be written
        sys.exit(0)
    except OSError as error:
        if error.errno not in _FULL:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what waits to be written has no room either
        print(f"pliant: expected to write the output, but: {error.strerror}", file=sys.stderr)
        sys.exit(1)


def _run(app: Callable[[], object]) -> None:
    """Run the command, and write all that it printed.

    Raises
    ------
    BrokenPipeError
        When the reader of a pipe has seen enough, as `head` has; Click and Rich make it an exit.
    """
    try:
        app()
    except SystemExit as ended:
        if isinstance(ended.__context__, BrokenPipeError):
            raise ended.__context__ from None
        sys.stdout.flush()
        raise


def _say_warnings() -> None:
    """Say our own warnings in one line, as errors are said."""
    from pliant.core.errors import PliantWarning

    others = warnings.formatwarning

    def said(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        line: str | None = None,
    ) -> str:
        ours = issubclass(category, PliantWarning)
        return f"pliant: {message}\n" if ours else others(message, category, filename, lineno, line)

    warnings.formatwarning = said
