"""The `pliant` command: a file a verb."""

from __future__ import annotations

import sys
import time

STARTED = time.perf_counter()
"""When the user began to wait, but for the start of the interpreter."""


def main() -> None:
    """Run the command line; a `PliantError` becomes one sentence and exit code 1."""
    from pliant.cli.app import app
    from pliant.errors import PliantError

    try:
        app()
    except PliantError as error:
        print(f"pliant: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("pliant: stopped before there was a model", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
